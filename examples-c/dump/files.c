#define _GNU_SOURCE /* for O_NOATIME */

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef O_NOATIME
#define O_NOATIME 0
#endif

#define SET_ASIDE_PREFIX "backup_"

/* Takes a name of the directory `parent`, which the path goes below; "" is the WAL directory itself. */
typedef void (*name_taker)(struct files *files, int directory, const char *parent, const char *name);

/* Only the owner and the superuser may leave the access time as it is. */
static int open_directory(const char *path)
{
  int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
  int descriptor = open(path, flags | O_NOATIME);

  return descriptor >= 0 ? descriptor : open(path, flags);
}

/* Returns 0, or the system's number for why the directory cannot be looked at. */
static int each_name(struct files *files, const char *path, const char *below, name_taker take)
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
    take(files, descriptor, below, entry->d_name);
  closedir(directory);
  return 0;
}

/* Room for one more element of `size` bytes behind `count`, a power of two of them at a time; NULL if there is none. */
static void *grown(void *elements, size_t count, size_t size)
{
  if ((count & (count - 1)) != 0)
    return elements;
  return realloc(elements, (count > 0 ? 2 * count : 1) * size);
}

static char *joined(const char *parent, const char *name)
{
  char *path = malloc(strlen(parent) + strlen(name) + 2);

  if (path != NULL) {
    strcpy(path, parent);
    if (*parent != '\0')
      strcat(path, "/");
    strcat(path, name);
  }
  return path;
}

static int is_log(const char *name)
{
  size_t length = strlen(name);

  return length >= 4 && strcmp(name + length - 4, ".wal") == 0;
}

static void take_log(struct files *files, int directory, const char *parent, const char *name)
{
  struct log_file *logs;
  struct stat status;

  if (!is_log(name) || fstatat(directory, name, &status, 0) != 0 || !S_ISREG(status.st_mode))
    return;
  logs = grown(files->logs, files->count, sizeof *logs);
  if (logs == NULL)
    return;
  files->logs = logs;
  logs += files->count;
  logs->path = joined(parent, name);
  if (logs->path == NULL)
    return;
  logs->name = logs->path + (*parent != '\0' ? strlen(parent) + 1 : 0);
  logs->size = (uint64_t)status.st_size;
  files->count++;
}

static void take_set_aside(struct files *files, int directory, const char *parent, const char *name)
{
  struct directory *set_aside;
  struct stat status;

  if (strncmp(name, SET_ASIDE_PREFIX, strlen(SET_ASIDE_PREFIX)) != 0 || fstatat(directory, name, &status, 0) != 0 ||
      !S_ISDIR(status.st_mode))
    return;
  set_aside = grown(files->set_aside, files->set_aside_count, sizeof *set_aside);
  if (set_aside == NULL)
    return;
  files->set_aside = set_aside;
  set_aside += files->set_aside_count;
  set_aside->name = joined(parent, name);
  files->set_aside_count += set_aside->name != NULL;
}

static void take_any(struct files *files, int directory, const char *parent, const char *name)
{
  take_log(files, directory, parent, name);
  take_set_aside(files, directory, parent, name);
}

/* Adds what a set-aside directory holds to the logs, or only counts it. */
static void look_into(struct files *files, const char *wal_dir, struct directory *directory, int include)
{
  char *path = joined(wal_dir, directory->name);
  size_t before = files->count;
  size_t i;

  directory->files = directory->bytes = 0;
  directory->error = path != NULL ? each_name(files, path, directory->name, take_log) : ENOMEM;
  free(path);
  for (i = before; i < files->count; i++) {
    directory->files++;
    directory->bytes += files->logs[i].size;
  }
  while (!include && files->count > before)
    free(files->logs[--files->count].path);
}

/* Of two files of one name, the one in a set-aside directory was there first. */
static int compare_logs(const void *left, const void *right)
{
  const struct log_file *a = left, *b = right;
  int by_name = strcmp(a->name, b->name);
  int a_is_live = a->name == a->path, b_is_live = b->name == b->path;

  if (by_name != 0)
    return by_name;
  return a_is_live != b_is_live ? a_is_live - b_is_live : strcmp(a->path, b->path);
}

static int compare_directories(const void *left, const void *right)
{
  return strcmp(((const struct directory *)left)->name, ((const struct directory *)right)->name);
}

void files_list(struct files *files, const char *wal_dir, int include_set_aside)
{
  size_t i;

  memset(files, 0, sizeof *files);
  each_name(files, wal_dir, "", take_any);
  for (i = 0; i < files->set_aside_count; i++)
    look_into(files, wal_dir, &files->set_aside[i], include_set_aside);
  if (files->count > 0)
    qsort(files->logs, files->count, sizeof *files->logs, compare_logs);
  if (files->set_aside_count > 0)
    qsort(files->set_aside, files->set_aside_count, sizeof *files->set_aside, compare_directories);
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
