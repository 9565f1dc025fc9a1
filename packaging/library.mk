# How libkevo is built, and how programs in C and C++ are compiled against it. The makefile that includes this sets
# ROOT to the path of the checkout: empty, or with a slash at its end.

CARGO ?= cargo
CFLAGS ?= -O2
CXXFLAGS ?= -O2
# Cargo runs in the checkout, so a relative path starts there.
CARGO_TARGET_DIR ?= target

# Run in the checkout. It makes LIB and STATIC_LIB, or leaves them if they are up to date. Without the crate type rlib,
# which `cargo build` makes as well, they are optimised as a whole.
BUILD_LIBRARY = $(CARGO) rustc --release --lib --crate-type cdylib,staticlib
SOURCE = $(addprefix $(ROOT),src build.rs cbindgen.toml Cargo.toml Cargo.lock)

VERSION = $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' $(ROOT)Cargo.toml)
# build.rs gives the shared library this soname.
SONAME = libkevo.so.$(firstword $(subst ., ,$(VERSION)))
HEADER = $(ROOT)include/kevo.h
LIB_DIR = $(if $(filter /%,$(CARGO_TARGET_DIR)),,$(ROOT))$(CARGO_TARGET_DIR)/release
LIB = $(LIB_DIR)/libkevo.so
STATIC_LIB = $(LIB_DIR)/libkevo.a
# As old as the last build, even if that found nothing to do.
BUILT = $(LIB_DIR)/libkevo.built

COMPILE = $(CC) -std=c99 -Wall -Wextra -pedantic-errors $(CPPFLAGS) $(CFLAGS) -I $(ROOT)include
COMPILE_CPP = $(CXX) -std=c++17 -Wall -Wextra -pedantic-errors $(CPPFLAGS) $(CXXFLAGS) -I $(ROOT)include

# Cargo knows whether it has anything to do. Without cargo, which root often does not have under sudo, a library that was
# built after the last change of its source will do.
#
# A program that is linked to the library loads it by its soname, so a link of that name lets the program run without
# an installation.
library:
	@if command -v $(firstword $(CARGO)) >/dev/null; then \
	  (cd ./$(ROOT) && $(BUILD_LIBRARY)) && touch '$(BUILT)'; \
	elif [ -n "$$(find $(SOURCE) -newer '$(BUILT)' 2>&1)" ]; then \
	  echo "$(LIB) must be built, and there is no $(firstword $(CARGO)) here: run make as a user who has it" >&2; exit 1; \
	fi
	@[ "$$(readlink '$(LIB_DIR)/$(SONAME)')" = libkevo.so ] || ln -sf libkevo.so '$(LIB_DIR)/$(SONAME)'

$(LIB) $(STATIC_LIB) $(HEADER): library ;

.PHONY: library
