/* Paths of files in a directory. */
#ifndef COMMON_PATHS_H
#define COMMON_PATHS_H

/* The path of `name` in the directory `parent`, which the caller frees; NULL if there is no memory. "" has no slash. */
char *joined(const char *parent, const char *name);

/* Whether `directory` is one, and has a file or a directory of this name. */
int has_name(const char *directory, const char *name);

/* The part of `path` after `directory` and the slashes that follow it; all of it if it does not begin so. */
const char *path_below(const char *directory, const char *path);

#endif
