#define _GNU_SOURCE /* for O_NOATIME */

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "paths.h"

#ifndef O_NOATIME
#define O_NOATIME 0
#endif

#define SET_ASIDE_PREFIX "backup_"

/*
 * Is given a name in the directory `parent`, a path below the WAL directory; "" is the WAL directory itself.
 * `directory` is a descriptor of that directory.
 */
typedef void (*name_visitor)(struct files *files, int directory, const char *parent, const char *name);

/* Only the owner and the superuser may ask for O_NOATIME. */
static int open_directory(const char *path)
{
  int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
  int descriptor = open(path, flags | O_NOATIME);

  return descriptor >= 0 ? descriptor : open(path, flags);
}

/* Returns 0, or the errno that says why the directory cannot be listed. */
static int each_name(struct files *files, const char *path, const char *parent, name_visitor visit)
{
  int descriptor = open_directory(path);
  DIR *directory = descriptor >= 0 ? fdopendir(descriptor) : NULL;
  struct dirent *entry;

  if (directory == NULL) {
    int error = errno;

    if (descriptor >= 0)
      close(descriptor);
    return error;
  }
  while ((entry = readdir(directory)) != NULL)
    visit(files, descriptor, parent, entry->d_name);
  closedir(directory);
  return 0;
}

/*
 * Makes room for one more element of `size` bytes after `count` of them. The capacity is a power of two, so only a
 * count that is one needs a larger array. Returns the array; NULL, and `elements` stays, if there is no memory.
 */
static void *grown(void *elements, size_t count, size_t size)
{
  if ((count & (count - 1)) != 0)
    return elements;
  return realloc(elements, (count > 0 ? 2 * count : 1) * size);
}

static int is_log(const char *name)
{
  size_t length = strlen(name);

  return length >= 4 && strcmp(name + length - 4, ".wal") == 0;
}

/* Takes over `log->path`, and frees it if there is no memory. */
static void append_log(struct files *files, const struct log_file *log)
{
  struct log_file *logs = log->path != NULL ? grown(files->logs, files->count, sizeof *logs) : NULL;

  if (logs == NULL) {
    files->is_incomplete = 1;
    free(log->path);
    return;
  }
  files->logs = logs;
  logs[files->count++] = *log;
}

static void add_log(struct files *files, int directory, const char *parent, const char *name)
{
  struct log_file log;
  struct stat status;

  if (!is_log(name) || fstatat(directory, name, &status, 0) != 0 || !S_ISREG(status.st_mode))
    return;
  log.path = joined(parent, name);
  log.size = log.new_size = (uint64_t)status.st_size;
  log.status_seconds = status.st_ctim.tv_sec;
  log.status_nanoseconds = status.st_ctim.tv_nsec;
  log.change = UNCHANGED;
  append_log(files, &log);
}

static void add_set_aside(struct files *files, int directory, const char *parent, const char *name)
{
  struct directory *set_aside;
  struct stat status;

  if (strncmp(name, SET_ASIDE_PREFIX, strlen(SET_ASIDE_PREFIX)) != 0 || fstatat(directory, name, &status, 0) != 0 ||
      !S_ISDIR(status.st_mode))
    return;
  set_aside = grown(files->set_aside, files->set_aside_count, sizeof *set_aside);
  if (set_aside != NULL) {
    files->set_aside = set_aside;
    set_aside += files->set_aside_count;
    set_aside->name = joined(parent, name);
    files->set_aside_count += set_aside->name != NULL;
  }
  if (set_aside == NULL || set_aside->name == NULL)
    files->is_incomplete = 1;
}

static void add_any(struct files *files, int directory, const char *parent, const char *name)
{
  add_log(files, directory, parent, name);
  add_set_aside(files, directory, parent, name);
}

/* Counts what a set-aside directory holds; with `include`, its logs stay among the logs. */
static void list_set_aside(struct files *files, const char *wal_dir, struct directory *directory, int include)
{
  char *path = joined(wal_dir, directory->name);
  size_t before = files->count;
  size_t i;

  directory->files = directory->bytes = 0;
  directory->error = path != NULL ? each_name(files, path, directory->name, add_log) : ENOMEM;
  free(path);
  for (i = before; i < files->count; i++) {
    directory->files++;
    directory->bytes += files->logs[i].size;
  }
  while (!include && files->count > before)
    free(files->logs[--files->count].path);
}

const char *log_name(const char *path)
{
  const char *slash = strrchr(path, '/');

  return slash != NULL ? slash + 1 : path;
}

/* Of two files of one name, the one in a set-aside directory was there first. */
int compare_log_paths(const char *a, const char *b)
{
  const char *name_a = log_name(a), *name_b = log_name(b);
  int by_name = strcmp(name_a, name_b);
  int a_is_live = name_a == a, b_is_live = name_b == b;

  if (by_name != 0)
    return by_name;
  return a_is_live != b_is_live ? a_is_live - b_is_live : strcmp(a, b);
}

static int compare_logs(const void *left, const void *right)
{
  return compare_log_paths(((const struct log_file *)left)->path, ((const struct log_file *)right)->path);
}

static int compare_directories(const void *left, const void *right)
{
  return strcmp(((const struct directory *)left)->name, ((const struct directory *)right)->name);
}

static void sort_logs(struct files *files)
{
  if (files->count > 0)
    qsort(files->logs, files->count, sizeof *files->logs, compare_logs);
}

void files_list(struct files *files, const char *wal_dir, int include_set_aside)
{
  size_t i;

  memset(files, 0, sizeof *files);
  each_name(files, wal_dir, "", add_any);
  for (i = 0; i < files->set_aside_count; i++)
    list_set_aside(files, wal_dir, &files->set_aside[i], include_set_aside);
  sort_logs(files);
  if (files->set_aside_count > 0)
    qsort(files->set_aside, files->set_aside_count, sizeof *files->set_aside, compare_directories);
}

/* The log with the path of `log` among `count` logs that are sorted; NULL if there is none. */
static const struct log_file *find_log(const struct log_file *logs, size_t count, const struct log_file *log)
{
  return count > 0 ? bsearch(log, logs, count, sizeof *logs, compare_logs) : NULL;
}

/* Whatever writes to a file, and whatever puts another file in its place, changes the status time. */
static int is_same(const struct log_file *a, const struct log_file *b)
{
  return a->size == b->size && a->status_seconds == b->status_seconds &&
         a->status_nanoseconds == b->status_nanoseconds;
}

static void set_change(struct log_file *log, const struct log_file *now)
{
  if (now == NULL) {
    log->change = GONE;
  } else if (!is_same(log, now)) {
    log->change = CHANGED;
    log->new_size = now->size;
  }
}

/* Moves the logs that only `now` has to the end of `files`. */
static void append_new_logs(struct files *files, struct files *now)
{
  const size_t sorted = files->count;
  size_t i;

  for (i = 0; i < now->count; i++) {
    struct log_file *log = &now->logs[i];

    if (find_log(files->logs, sorted, log) == NULL) {
      log->change = APPEARED;
      append_log(files, log);
      log->path = NULL;
    }
  }
}

void files_list_again(struct files *files, const char *wal_dir, int include_set_aside)
{
  struct files now;
  size_t i;

  files_list(&now, wal_dir, include_set_aside);
  for (i = 0; i < files->count; i++)
    set_change(&files->logs[i], find_log(now.logs, now.count, &files->logs[i]));
  append_new_logs(files, &now);
  sort_logs(files);
  files->is_incomplete |= now.is_incomplete;
  files_free(&now);
}

void files_free(struct files *files)
{
  size_t i;

  for (i = 0; i < files->count; i++)
    free(files->logs[i].path);
  for (i = 0; i < files->set_aside_count; i++)
    free(files->set_aside[i].name);
  free(files->logs);
  free(files->set_aside);
}
