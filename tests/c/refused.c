/*
 * Calls that need memory for handles, copies and messages alone, each with its first, its second, ... allocation and
 * all that follow refused. Driven by tests/c_api/refused.rs.
 *
 *   refused WAL_DIR
 */
#include <kevo.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

/* How many allocations succeed until the rest is refused; less than 0: all do. */
static long left = -1;
static int was_refused;
static long live;

static int is_refused(void)
{
  if (left < 0)
    return 0;
  if (left > 0) {
    left--;
    return 0;
  }
  was_refused = 1;
  errno = ENOMEM;
  return 1;
}

static void *counted(void *memory)
{
  live += memory != NULL;
  return memory;
}

void *malloc(size_t size)
{
  return is_refused() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
  return is_refused() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
  if (is_refused())
    return NULL;
  return old == NULL ? counted(__libc_realloc(old, size)) : __libc_realloc(old, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
  if (is_refused())
    return ENOMEM;
  *memory = counted(__libc_memalign(alignment, size));
  return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory)
{
  live -= memory != NULL;
  __libc_free(memory);
}

static kevo_memtable_list *list;
static kevo_scan *scan;

/* Each gives whether what was asked for was given. */

static int make_options(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_recovery_options_free(options);
  return options != NULL;
}

static int make_scan(void)
{
  kevo_scan *made = kevo_scan_new();
  kevo_scan_free(made);
  return made != NULL;
}

static int make_list(void)
{
  kevo_memtable_list *made = kevo_memtable_list_ref(list);
  kevo_memtable_list_free(made);
  return made != NULL;
}

static int make_memtable(void)
{
  kevo_memtable *memtable = NULL;
  int code = kevo_memtable_list_table(list, 0, &memtable);
  CHECK(code == (memtable != NULL ? KEVO_OK : KEVO_E_NO_MEMORY));
  kevo_memtable_free(memtable);
  return memtable != NULL;
}

static int was_set(int code)
{
  CHECK(code == KEVO_OK || code == KEVO_E_NO_MEMORY);
  return code == KEVO_OK;
}

static int set_lower(void)
{
  return was_set(kevo_scan_set_lower(scan, "lower", 5, 1));
}

static int set_upper(void)
{
  return was_set(kevo_scan_set_upper(scan, "upper", 5, 0));
}

static int set_prefix(void)
{
  return was_set(kevo_scan_set_prefix(scan, "prefix", 6));
}

/* An error is there, whole, or what is missing is memory. */
static int was_told(int code, kevo_error *error)
{
  int is_there = error != NULL;
  CHECK(code == (is_there ? KEVO_E_INVALID_ARGUMENT : KEVO_E_NO_MEMORY));
  if (is_there) {
    CHECK(kevo_error_code(error) == code);
    CHECK(strstr(kevo_error_message(error), "is NULL") != NULL);
  }
  kevo_error_free(error);
  return is_there;
}

static int fail_to_recover(void)
{
  kevo_memtable_list *recovered = NULL;
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  int code = kevo_recover(NULL, NULL, &recovered, &report, &error);
  int is_told = was_told(code, error);
  int is_reported = report != NULL;
  CHECK(recovered == NULL);
  kevo_recovery_report_free(report);
  return is_told && is_reported;
}

static int fail_to_export(void)
{
  kevo_error *error = NULL;
  int code = kevo_memtable_list_export(list, NULL, 0, NULL, NULL, &error);
  return was_told(code, error);
}

static void sweep(const char *name, int (*call)(void))
{
  long given, before;
  int is_done = 0;
  /* What a thread needs once cannot be refused: glibc aborts. */
  CHECK(call());
  before = live;
  for (given = 0; !is_done; given++) {
    CHECK(given < 100);
    was_refused = 0;
    left = given;
    is_done = call();
    left = -1;
    CHECK(is_done || was_refused);
    /* What a scan has copied may be of another number of allocations. */
    CHECK(live == before || call == set_lower || call == set_upper || call == set_prefix);
  }
  printf("%s: %ld allocations\n", name, given - 1);
  CHECK(given > 1);
}

int main(int count, char **arguments)
{
  CHECK(count == 2);
  printf("refused: each call with less and less memory\n");
  OK(kevo_recover(arguments[1], NULL, &list, NULL, NULL));
  scan = kevo_scan_new();
  CHECK(scan != NULL);
  sweep("kevo_recovery_options_new", make_options);
  sweep("kevo_scan_new", make_scan);
  sweep("kevo_memtable_list_ref", make_list);
  sweep("kevo_memtable_list_table", make_memtable);
  sweep("kevo_scan_set_lower", set_lower);
  sweep("kevo_scan_set_upper", set_upper);
  sweep("kevo_scan_set_prefix", set_prefix);
  sweep("kevo_recover", fail_to_recover);
  sweep("kevo_memtable_list_export", fail_to_export);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
  return 0;
}
