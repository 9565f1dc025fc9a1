# Installs the library, what other programs find it by, and kevo-dump. Part of ../Makefile.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
# Not to be chosen: the files there know where the prefix is.
CMAKEDIR = $(PREFIX)/share/cmake/kevo
INSTALL ?= install

VERSION = $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' ../Cargo.toml)
# The soname that build.rs gives.
SONAME = libkevo.so.$(firstword $(subst ., ,$(VERSION)))
HEADERS = $(wildcard ../include/*)
CMAKE_FILES = $(wildcard install/*.cmake)
MANUALS = $(wildcard ../docs/*.1)

# All that is installed, and where.
INSTALLED = $(BINDIR)/kevo-dump \
  $(HEADERS:../include/%=$(INCLUDEDIR)/%) \
  $(addprefix $(LIBDIR)/,libkevo.a libkevo.so.$(VERSION) $(SONAME) libkevo.so) \
  $(PKGCONFIGDIR)/kevo.pc \
  $(CMAKE_FILES:install/%=$(CMAKEDIR)/%) \
  $(MANUALS:../docs/%=$(MANDIR)/man1/%)

# A directory as kevo.pc has it: relative to the prefix where it can be, so that the prefix may be moved.
in_pc = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

install: directories all build/kevo-dump
	$(INSTALL) -m 755 build/kevo-dump '$(DESTDIR)$(BINDIR)'
	$(INSTALL) -m 644 $(HEADERS) '$(DESTDIR)$(INCLUDEDIR)'
	$(INSTALL) -m 644 '$(STATIC_LIB)' '$(DESTDIR)$(LIBDIR)'
	$(INSTALL) -m 755 '$(LIB)' '$(DESTDIR)$(LIBDIR)/libkevo.so.$(VERSION)'
	ln -sf libkevo.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/$(SONAME)'
	ln -sf libkevo.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libkevo.so'
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call in_pc,$(LIBDIR))|' \
	  -e 's|@INCLUDEDIR@|$(call in_pc,$(INCLUDEDIR))|' -e 's|@VERSION@|$(VERSION)|' install/kevo.pc.in \
	  | $(INSTALL) -m 644 /dev/stdin '$(DESTDIR)$(PKGCONFIGDIR)/kevo.pc'
	$(INSTALL) -m 644 $(CMAKE_FILES) '$(DESTDIR)$(CMAKEDIR)'
	$(if $(MANUALS),$(INSTALL) -m 644 $(MANUALS) '$(DESTDIR)$(MANDIR)/man1')

uninstall: absolute
	rm -f $(INSTALLED:%='$(DESTDIR)%')
	-rmdir '$(DESTDIR)$(CMAKEDIR)'

directories: absolute
	$(INSTALL) -d $(patsubst %,'$(DESTDIR)%',$(sort $(dir $(INSTALLED))))

# Programs would look for what is below a relative directory somewhere else each time.
absolute:
	@for place in $(INSTALLED); do case $$place in /*) ;; *) \
	  echo "$$place: PREFIX and all directories must be absolute, and without spaces" >&2; exit 1;; esac; done

# Unlike ../kevo-dump, which is run in place, it has the library in itself: no directory is a wrong one for it.
build/kevo-dump: $(wildcard dump/*.c dump/*.h) $(HEADER) $(STATIC_LIB) build/library-path
	$(COMPILE) -o $@ dump/*.c $(LDFLAGS) -Wl,--gc-sections,--strip-debug '$(STATIC_LIB)' \
	  $$(sed -n 's/^Libs.private: //p' install/kevo.pc.in)

.PHONY: install uninstall directories absolute
