# Builds, tests and installs libkevo, kevo and kevo-dump.
#
#   make            build what is installed
#   make run        recover logs that Kevo itself cannot bring back, and show what is in them
#   make test       run the tests, those in C included
#   make install    install to PREFIX (/usr/local), below DESTDIR if that is set; docs/install.md has more
#   make packages   make an archive, and a Debian package where dpkg-deb is, in target/packages
#   make uninstall  remove what `make install` with the same variables has installed
#   make clean      remove what was built
#
# CC, CFLAGS, CARGO and CARGO_TARGET_DIR mean what they always mean. The programs in examples-c have their own Makefile.

.DEFAULT_GOAL = all
ROOT =
include packaging/library.mk

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
# Cannot be chosen: the files there find the prefix by their own path.
CMAKEDIR = $(PREFIX)/share/cmake/kevo
INSTALL ?= install
OBJCOPY ?= objcopy

# What is installed as libkevo.a.
ARCHIVE = $(LIB_DIR)/installed/libkevo.a
PROGRAMS = $(LIB_DIR)/kevo $(LIB_DIR)/kevo-dump
HEADERS = $(wildcard include/*)
CMAKE_FILES = $(wildcard packaging/*.cmake)
MANUALS = $(wildcard docs/*.1)

# The path of every file that is installed.
INSTALLED = $(PROGRAMS:$(LIB_DIR)/%=$(BINDIR)/%) \
  $(HEADERS:include/%=$(INCLUDEDIR)/%) \
  $(addprefix $(LIBDIR)/,libkevo.a libkevo.so.$(VERSION) $(SONAME) libkevo.so) \
  $(PKGCONFIGDIR)/kevo.pc \
  $(CMAKE_FILES:packaging/%=$(CMAKEDIR)/%) \
  $(MANUALS:docs/%=$(MANDIR)/man1/%)

# A directory as kevo.pc has it: relative to the prefix where that is possible, so that the prefix may be moved.
in_pc = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

all: $(LIB) $(ARCHIVE) $(PROGRAMS)

# One object that exports kevo_* alone, so that it links beside any other static library. Two that are written in Rust
# would otherwise both define what belongs to Rust's runtime. Bitcode is of no use in it, and upsets ar.
$(ARCHIVE): $(STATIC_LIB)
	@mkdir -p '$(dir $(ARCHIVE))'
	$(LD) -r --force-group-allocation --gc-sections --gc-keep-exported --whole-archive '$(STATIC_LIB)' -o '$(ARCHIVE).o'
	$(OBJCOPY) --wildcard --keep-global-symbol='kevo_*' -R .llvmbc -R .llvmcmd --strip-debug '$(ARCHIVE).o'
	rm -f '$(ARCHIVE)'
	$(AR) rcs '$(ARCHIVE)' '$(ARCHIVE).o'
	rm '$(ARCHIVE).o'

# They contain the library, so that they work wherever they are installed. Those in examples-c are linked to the shared
# one.
$(LIB_DIR)/kevo: SOURCES = tool
$(LIB_DIR)/kevo: $(wildcard examples-c/tool/*.[ch])
$(LIB_DIR)/kevo-dump: SOURCES = dump
$(LIB_DIR)/kevo-dump: $(wildcard examples-c/dump/*.[ch])

$(PROGRAMS): $(wildcard examples-c/common/*.[ch]) $(HEADER) $(ARCHIVE)
	$(COMPILE) -pthread -o $@ examples-c/$(SOURCES)/*.c examples-c/common/*.c $(LDFLAGS) -Wl,--gc-sections,--strip-debug \
	  '$(ARCHIVE)' $$(sed -n 's/^Libs.private: //p' packaging/kevo.pc.in)

run:
	$(MAKE) -C examples-c run

test:
	$(CARGO) test

install: directories all
	$(INSTALL) -m 755 $(PROGRAMS:%='%') '$(DESTDIR)$(BINDIR)'
	$(INSTALL) -m 644 $(HEADERS) '$(DESTDIR)$(INCLUDEDIR)'
	$(INSTALL) -m 644 '$(ARCHIVE)' '$(DESTDIR)$(LIBDIR)'
	$(INSTALL) -m 755 '$(LIB)' '$(DESTDIR)$(LIBDIR)/libkevo.so.$(VERSION)'
	ln -sf libkevo.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/$(SONAME)'
	ln -sf libkevo.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libkevo.so'
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call in_pc,$(LIBDIR))|' \
	  -e 's|@INCLUDEDIR@|$(call in_pc,$(INCLUDEDIR))|' -e 's|@VERSION@|$(VERSION)|' packaging/kevo.pc.in \
	  | $(INSTALL) -m 644 /dev/stdin '$(DESTDIR)$(PKGCONFIGDIR)/kevo.pc'
	$(INSTALL) -m 644 $(CMAKE_FILES) '$(DESTDIR)$(CMAKEDIR)'
	$(if $(MANUALS),$(INSTALL) -m 644 $(MANUALS) '$(DESTDIR)$(MANDIR)/man1')

packages: all
	packaging/packages '$(CARGO_TARGET_DIR)/packages'

uninstall: absolute
	rm -f $(INSTALLED:%='$(DESTDIR)%')
	-rmdir '$(DESTDIR)$(CMAKEDIR)'

directories: absolute
	$(INSTALL) -d $(patsubst %,'$(DESTDIR)%',$(sort $(dir $(INSTALLED))))

# A relative directory would be a different one for each program that uses what is installed.
absolute:
	@for file in $(INSTALLED); do case $$file in /*) ;; *) \
	  echo "$$file: PREFIX and all directories must be absolute, and without spaces" >&2; exit 1;; esac; done

clean:
	$(MAKE) -C examples-c clean
	$(CARGO) clean

.PHONY: all run test install packages uninstall directories absolute clean
