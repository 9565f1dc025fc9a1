/*
 * Records what one process does to the files below a directory, in its order; is preloaded into it.
 *
 *   RECORDER_ROOT   the directory
 *   RECORDER_TRACE  the file that is made: a line for each call that has succeeded, and what it wrote after that line
 *
 *   open FD PATH        made, or there already
 *   write FD LENGTH     and so many bytes; of FD 1 also, which is not a file below the directory
 *   cut FD LENGTH
 *   sync FD
 *   close FD
 *   rename PATH<tab>PATH, link PATH<tab>PATH, remove PATH, make-directory PATH, remove-directory PATH
 *
 * Calls are made one at a time, so that the order of the lines is that of the calls. A call that would not be seen, such
 * as a write at an offset, ends the process.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The highest descriptor that is kept track of. */
#define MAX_FD 1023

/* The function of this name that the C library has. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static int trace = -1;
static char is_recorded[MAX_FD + 1];

static void give_up(const char *why)
{
  fprintf(stderr, "recorder: %s\n", why);
  abort();
}

__attribute__((constructor)) static void start(void)
{
  root = getenv("RECORDER_ROOT");
  if (root == NULL || getenv("RECORDER_TRACE") == NULL)
    return;
  trace = REAL(open)(getenv("RECORDER_TRACE"), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (trace < 0)
    give_up("no trace");
  is_recorded[1] = 1;
}

static int is_below(const char *path)
{
  return trace >= 0 && strncmp(path, root, strlen(root)) == 0;
}

static int is_of_record(int fd)
{
  return fd >= 0 && fd <= MAX_FD && is_recorded[fd];
}

static void put(const void *bytes, size_t length)
{
  const char *next = bytes;
  while (length > 0) {
    const ssize_t done = REAL(write)(trace, next, length);
    if (done <= 0)
      give_up("the trace cannot be written");
    next += done;
    length -= (size_t)done;
  }
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
  char line[9000];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= sizeof line)
    give_up("a line is too long");
  put(line, (size_t)length);
}

static void lock(void)
{
  pthread_mutex_lock(&mutex);
}

static int unlock(int result)
{
  pthread_mutex_unlock(&mutex);
  return result;
}

static int opened(int fd, const char *path, int flags)
{
  if (fd < 0 || !is_below(path))
    return fd;
  if (fd > MAX_FD)
    give_up("too many descriptors");
  if (flags & (O_TRUNC | O_APPEND | O_SYNC | O_DSYNC))
    give_up("a way to open that is not known here");
  is_recorded[fd] = 1;
  note("open %d %s\n", fd, path);
  return fd;
}

/* The mode that an open has, if it makes a file. */
#define MODE_OF(flags)                \
  mode_t mode = 0;                    \
  if ((flags) & O_CREAT) {            \
    va_list arguments;                \
    va_start(arguments, flags);       \
    mode = va_arg(arguments, mode_t); \
    va_end(arguments);                \
  }

int open(const char *path, int flags, ...)
{
  MODE_OF(flags)
  lock();
  return unlock(opened(REAL(open)(path, flags, mode), path, flags));
}

int open64(const char *path, int flags, ...)
{
  MODE_OF(flags)
  lock();
  return unlock(opened(REAL(open64)(path, flags, mode), path, flags));
}

int close(int fd)
{
  lock();
  const int result = REAL(close)(fd);
  if (is_of_record(fd)) {
    is_recorded[fd] = 0;
    note("close %d\n", fd);
  }
  return unlock(result);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
  lock();
  const ssize_t done = REAL(write)(fd, bytes, length);
  if (done >= 0 && is_of_record(fd)) {
    note("write %d %zd\n", fd, done);
    put(bytes, (size_t)done);
  }
  unlock(0);
  return done;
}

#define NOT_SEEN(name, parameters, arguments)              \
  ssize_t name parameters                                  \
  {                                                        \
    if (is_of_record(fd))                                  \
      give_up(#name " of a file that is recorded");        \
    return REAL(name) arguments;                           \
  }

NOT_SEEN(pwrite, (int fd, const void *bytes, size_t length, off_t offset), (fd, bytes, length, offset))
NOT_SEEN(pwrite64, (int fd, const void *bytes, size_t length, off64_t offset), (fd, bytes, length, offset))
NOT_SEEN(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))

static int cut(int fd, int result, long long length)
{
  if (result == 0 && is_of_record(fd))
    note("cut %d %lld\n", fd, length);
  return result;
}

int ftruncate(int fd, off_t length)
{
  lock();
  return unlock(cut(fd, REAL(ftruncate)(fd, length), (long long)length));
}

int ftruncate64(int fd, off64_t length)
{
  lock();
  return unlock(cut(fd, REAL(ftruncate64)(fd, length), (long long)length));
}

static int synced(int fd, int result)
{
  if (result == 0 && is_of_record(fd))
    note("sync %d\n", fd);
  return result;
}

int fsync(int fd)
{
  lock();
  return unlock(synced(fd, REAL(fsync)(fd)));
}

int fdatasync(int fd)
{
  lock();
  return unlock(synced(fd, REAL(fdatasync)(fd)));
}

static int done_to(const char *what, const char *path, int result)
{
  if (result == 0 && is_below(path))
    note("%s %s\n", what, path);
  return result;
}

static int done_to_both(const char *what, const char *from, const char *to, int result)
{
  if (result == 0 && is_below(from))
    note("%s %s\t%s\n", what, from, to);
  return result;
}

int unlink(const char *path)
{
  lock();
  return unlock(done_to("remove", path, REAL(unlink)(path)));
}

int mkdir(const char *path, mode_t mode)
{
  lock();
  return unlock(done_to("make-directory", path, REAL(mkdir)(path, mode)));
}

int rmdir(const char *path)
{
  lock();
  return unlock(done_to("remove-directory", path, REAL(rmdir)(path)));
}

int rename(const char *from, const char *to)
{
  lock();
  return unlock(done_to_both("rename", from, to, REAL(rename)(from, to)));
}

int link(const char *from, const char *to)
{
  lock();
  return unlock(done_to_both("link", from, to, REAL(link)(from, to)));
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags)
{
  lock();
  return unlock(done_to_both("link", from, to, REAL(linkat)(from_directory, from, to_directory, to, flags)));
}
