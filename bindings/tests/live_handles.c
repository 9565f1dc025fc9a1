/*
 * Stands between the tests of a binding and libkevo, and counts the handles that were made and are not freed yet.
 *
 * Linked to libkevo.so, it offers all of its functions; those that make or free a handle are counted on their way. The
 * counts, an int64_t for each kind of handle, are in the file $KEVO_LIVE_HANDLES/<process id>, which every language can
 * read: when all is freed, every byte of it is zero.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kevo.h"

enum kind {
  kevo_recovery_options_kind,
  kevo_memtable_list_kind,
  kevo_recovery_report_kind,
  kevo_error_kind,
  kevo_memtable_kind,
  kevo_scan_kind,
  kevo_iterator_kind,
  KINDS
};

static int64_t *live;
static void *libkevo;

static void *or_exit(void *result, const char *what)
{
  if (result == NULL || result == MAP_FAILED) {
    perror(what);
    exit(EXIT_FAILURE);
  }
  return result;
}

__attribute__((constructor)) static void start(void)
{
  const char *directory = getenv("KEVO_LIVE_HANDLES");
  char path[4096];
  int file;

  snprintf(path, sizeof path, "%s/%ld", directory != NULL ? directory : "", (long)getpid());
  file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  or_exit(file >= 0 && ftruncate(file, KINDS * sizeof *live) == 0 ? path : NULL, path);
  live = or_exit(mmap(NULL, KINDS * sizeof *live, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), path);
  close(file);
  libkevo = or_exit(dlopen("libkevo.so.0", RTLD_NOW), "libkevo.so.0");
}

static void count(enum kind kind, const void *handle, int by)
{
  if (handle != NULL)
    __atomic_add_fetch(&live[kind], by, __ATOMIC_SEQ_CST);
}

/* The function of libkevo that has the name of the one that calls it. */
#define LIBKEVO(function) ((__typeof__(&function))or_exit(dlsym(libkevo, #function), #function))

#define COUNTED_NEW(type)                                                                                              \
  type *type##_new(void)                                                                                               \
  {                                                                                                                    \
    type *handle = LIBKEVO(type##_new)();                                                                              \
    count(type##_kind, handle, 1);                                                                                     \
    return handle;                                                                                                     \
  }

#define COUNTED_FREE(type)                                                                                             \
  void type##_free(type *handle)                                                                                       \
  {                                                                                                                    \
    count(type##_kind, handle, -1);                                                                                    \
    LIBKEVO(type##_free)(handle);                                                                                      \
  }

COUNTED_NEW(kevo_recovery_options)
COUNTED_NEW(kevo_scan)
COUNTED_FREE(kevo_recovery_options)
COUNTED_FREE(kevo_memtable_list)
COUNTED_FREE(kevo_recovery_report)
COUNTED_FREE(kevo_error)
COUNTED_FREE(kevo_memtable)
COUNTED_FREE(kevo_scan)
COUNTED_FREE(kevo_iterator)

int kevo_recover(const char *wal_dir, const kevo_recovery_options *options, kevo_memtable_list **list,
                 kevo_recovery_report **report, kevo_error **error)
{
  int code = LIBKEVO(kevo_recover)(wal_dir, options, list, report, error);

  count(kevo_memtable_list_kind, list != NULL ? *list : NULL, 1);
  count(kevo_recovery_report_kind, report != NULL ? *report : NULL, 1);
  count(kevo_error_kind, error != NULL ? *error : NULL, 1);
  return code;
}

int kevo_memtable_list_export(const kevo_memtable_list *list, const char *out_dir, uint32_t flags, uint64_t *entries,
                              uint64_t *memtable_size, kevo_error **error)
{
  int code = LIBKEVO(kevo_memtable_list_export)(list, out_dir, flags, entries, memtable_size, error);

  count(kevo_error_kind, error != NULL ? *error : NULL, 1);
  return code;
}

kevo_memtable_list *kevo_memtable_list_ref(const kevo_memtable_list *list)
{
  kevo_memtable_list *handle = LIBKEVO(kevo_memtable_list_ref)(list);

  count(kevo_memtable_list_kind, handle, 1);
  return handle;
}

int kevo_memtable_list_table(const kevo_memtable_list *list, size_t index, kevo_memtable **table)
{
  int code = LIBKEVO(kevo_memtable_list_table)(list, index, table);

  count(kevo_memtable_kind, table != NULL ? *table : NULL, 1);
  return code;
}

int kevo_memtable_list_iterator(const kevo_memtable_list *list, const kevo_scan *scan, kevo_iterator **iterator)
{
  int code = LIBKEVO(kevo_memtable_list_iterator)(list, scan, iterator);

  count(kevo_iterator_kind, iterator != NULL ? *iterator : NULL, 1);
  return code;
}

int kevo_memtable_iterator(const kevo_memtable *table, const kevo_scan *scan, kevo_iterator **iterator)
{
  int code = LIBKEVO(kevo_memtable_iterator)(table, scan, iterator);

  count(kevo_iterator_kind, iterator != NULL ? *iterator : NULL, 1);
  return code;
}
