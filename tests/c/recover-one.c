/*
 * Recovers one log and prints the outcome, one item a line: the code, the error, the report, a checksum of what was
 * recovered, and how many descriptors and allocations are left in the process.
 *
 *   recover-one [mode=M] [threads=N] [set-aside=1] [rounds=N] [as=BYTES] [files=N] [user=ID] [export=OUT_DIR] WAL_DIR
 *
 * With export, what was recovered is exported, and the code and the error are those of the export.
 * as, files and user limit the process before recovery begins.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kevo.h"

/* The functions of faults.c, if it is preloaded. */
static void (*faults_arm)(int);
static long long (*faults_live)(void);

static void fail(const char *what)
{
  perror(what);
  exit(2);
}

static void find(const char *name, void *function)
{
  void *found = dlsym(RTLD_DEFAULT, name);
  memcpy(function, &found, sizeof found);
}

static void limit(__rlimit_resource_t resource, const char *number)
{
  struct rlimit wanted;
  wanted.rlim_cur = wanted.rlim_max = (rlim_t)strtoull(number, NULL, 10);
  if (setrlimit(resource, &wanted) != 0)
    fail("setrlimit");
}

static void become(const char *user)
{
  const uid_t id = (uid_t)strtoul(user, NULL, 10);
  if (setgroups(0, NULL) != 0 || setgid(id) != 0 || setuid(id) != 0)
    fail("setuid");
}

static int open_descriptors(void)
{
  int fd, count = 0;
  for (fd = 0; fd < 1024; fd++)
    count += fcntl(fd, F_GETFD) != -1;
  return count;
}

/* A checksum of all entries, by FNV-1a. */
static uint64_t mix(uint64_t sum, const void *data, size_t len)
{
  const unsigned char *byte = data;
  for (; len > 0; len--)
    sum = (sum ^ *byte++) * UINT64_C(0x100000001b3);
  return sum;
}

static uint64_t sum_of(const kevo_memtable_list *list)
{
  uint64_t sum = UINT64_C(0xcbf29ce484222325);
  kevo_iterator *iterator;
  kevo_entry entry;
  if (kevo_memtable_list_iterator(list, NULL, &iterator) != KEVO_OK)
    return 0;
  while (kevo_iterator_next(iterator) == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK) {
    sum = mix(sum, &entry.sequence, sizeof entry.sequence);
    sum = mix(sum, &entry.key.len, sizeof entry.key.len);
    sum = mix(sum, entry.key.data, entry.key.len);
    sum = mix(sum, entry.value.data, entry.value.len);
  }
  kevo_iterator_free(iterator);
  return sum;
}

static void print_report(const kevo_recovery_report *report)
{
  size_t i;
  printf("files %" PRIu64 "\n", kevo_recovery_report_stat(report, KEVO_STAT_FILES));
  printf("bytes %" PRIu64 "\n", kevo_recovery_report_stat(report, KEVO_STAT_BYTES));
  printf("applied %" PRIu64 "\n", kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED));
  printf("left_out %" PRIu64 "\n", kevo_recovery_report_stat(report, KEVO_STAT_FILES_LEFT_OUT));
  for (i = 0; i < kevo_recovery_report_damage_count(report); i++) {
    const char *path, *what;
    uint64_t offset, length;
    int kind;
    kevo_recovery_report_damage(report, i, &path, &offset, &length, &kind, &what);
    printf("damage %d %" PRIu64 " %" PRIu64 " %s\n", kind, offset, length, path);
  }
}

static void print_error(const kevo_error *error)
{
  const char *path = kevo_error_path(error);
  if (error == NULL)
    return;
  printf("os %d\n", kevo_error_os_code(error));
  if (kevo_error_offset(error) != UINT64_MAX)
    printf("offset %" PRIu64 "\n", kevo_error_offset(error));
  if (path != NULL)
    printf("path %s\n", path);
  printf("message %s\n", kevo_error_message(error));
}

static void export(const kevo_memtable_list *list, const char *out_dir)
{
  kevo_error *error;
  const int code = kevo_memtable_list_export(list, out_dir, 0, NULL, NULL, &error);
  printf("code %d\n", code);
  print_error(error);
  kevo_error_free(error);
}

static void recover(const char *wal_dir, const kevo_recovery_options *options, const char *out_dir, int is_last)
{
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;
  int code;
  if (faults_arm != NULL)
    faults_arm(1);
  code = kevo_recover(wal_dir, options, &list, &report, &error);
  if (faults_arm != NULL)
    faults_arm(0);
  if (out_dir != NULL) {
    export(list, out_dir);
  } else if (is_last) {
    printf("code %d\n", code);
    print_error(error);
    print_report(report);
    if (code == KEVO_OK)
      printf("sum %016" PRIx64 "\n", sum_of(list));
  }
  kevo_error_free(error);
  kevo_recovery_report_free(report);
  kevo_memtable_list_free(list);
}

int main(int argc, char **argv)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  const char *out_dir = NULL;
  int i, before, rounds = 1;
  /* Nothing here waits for anything: a process that does is stuck. */
  alarm(60);
  find("faults_arm", &faults_arm);
  find("faults_live", &faults_live);
  for (i = 1; i < argc - 1; i++) {
    const char *value = strchr(argv[i], '=');
    const size_t len = value == NULL ? 0 : (size_t)(value++ - argv[i]);
    if (strncmp(argv[i], "mode", len) == 0)
      kevo_recovery_options_set_mode(options, atoi(value));
    else if (strncmp(argv[i], "threads", len) == 0)
      kevo_recovery_options_set_threads(options, (unsigned)atoi(value));
    else if (strncmp(argv[i], "set-aside", len) == 0)
      kevo_recovery_options_set_include_set_aside(options, atoi(value));
    else if (strncmp(argv[i], "rounds", len) == 0)
      rounds = atoi(value);
    else if (strncmp(argv[i], "as", len) == 0)
      limit(RLIMIT_AS, value);
    else if (strncmp(argv[i], "files", len) == 0)
      limit(RLIMIT_NOFILE, value);
    else if (strncmp(argv[i], "user", len) == 0)
      become(value);
    else if (strncmp(argv[i], "export", len) == 0)
      out_dir = value;
    else
      return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  before = open_descriptors();
  for (i = 0; i < rounds; i++)
    recover(argv[argc - 1], options, out_dir, i + 1 == rounds);
  kevo_recovery_options_free(options);
  printf("descriptors %d\n", open_descriptors() - before);
  if (faults_live != NULL)
    printf("live %lld\n", faults_live());
  return 0;
}
