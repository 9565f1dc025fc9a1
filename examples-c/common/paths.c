#define _XOPEN_SOURCE 700

#include "paths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *joined(const char *parent, const char *name)
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

int has_name(const char *directory, const char *name)
{
  char *path = joined(directory, name);
  struct stat status;
  int is_there = path != NULL && stat(path, &status) == 0;

  free(path);
  return is_there;
}

const char *path_below(const char *directory, const char *path)
{
  size_t length = strlen(directory);

  if (length == 0 || strncmp(path, directory, length) != 0)
    return path;
  if (directory[length - 1] != '/' && path[length] != '/')
    return path;
  path += length;
  while (*path == '/')
    path++;
  return path;
}
