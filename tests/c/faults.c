/*
 * Makes calls to the system fail in one process, into which it is preloaded. The environment says what goes wrong.
 *
 *   FAULT_CALL    what fails: open, stat, read, write, sync, rename, mkdir, chmod, chown; thread, allocate, map, these
 *                 only while faults_arm(1) holds; memory is both allocate and map
 *   FAULT_PATH    of calls on files, those whose path ends so
 *   FAULT_OFFSET  of reads, only the one that includes this byte; the bytes before it are read
 *   FAULT_SIZE    of allocate and map, only those of at least this many bytes
 *   FAULT_FIRST   the first of these calls to be hit, counted from 1
 *   FAULT_LAST    the last one
 *   FAULT_EVERY   of those from the first to the last, only those whose number is a multiple of this
 *   FAULT_ERRNO   the error number with which they fail; 0: a read gives at most 1000 bytes
 *   FAULT_RUN     the first call that is hit does not fail, but runs this shell command first; no later call is hit
 *   FAULT_HITS    a file that grows by one byte for each hit
 *
 * faults_choose replaces FAULT_FIRST and FAULT_LAST and counts anew; faults_seen is the count.
 * faults_live counts the allocations and mappings that have not been freed yet.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The highest descriptor that is kept track of. */
#define MAX_FD 1023

/* The function of this name that the C library has. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void faults_arm(int armed);
void faults_choose(unsigned long long new_first, unsigned long long new_last);
unsigned long long faults_seen(void);
long long faults_live(void);

static const char *call = "", *path_end = "", *command;
static unsigned long long least_size, first = 1, last = -1ull, every = 1;
static long long bad_byte = -1;
static int error_number, hits = -1;
static atomic_ullong seen;
static atomic_llong live;
static atomic_int is_armed, is_over;
static atomic_char is_about[MAX_FD + 1];

static void number_from(const char *variable, unsigned long long *number)
{
  const char *text = getenv(variable);
  if (text != NULL)
    *number = strtoull(text, NULL, 10);
}

__attribute__((constructor)) static void start(void)
{
  unsigned long long fails_with = 0, offset = -1ull;
  number_from("FAULT_OFFSET", &offset);
  number_from("FAULT_SIZE", &least_size);
  number_from("FAULT_FIRST", &first);
  number_from("FAULT_LAST", &last);
  number_from("FAULT_EVERY", &every);
  number_from("FAULT_ERRNO", &fails_with);
  bad_byte = (long long)offset;
  error_number = (int)fails_with;
  command = getenv("FAULT_RUN");
  if (getenv("FAULT_PATH") != NULL)
    path_end = getenv("FAULT_PATH");
  if (getenv("FAULT_HITS") != NULL)
    hits = REAL(open)(getenv("FAULT_HITS"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (getenv("FAULT_CALL") != NULL)
    call = getenv("FAULT_CALL");
}

void faults_arm(int armed)
{
  atomic_store(&is_armed, armed);
}

/* While no other thread is in any of the functions below. */
void faults_choose(unsigned long long new_first, unsigned long long new_last)
{
  first = new_first;
  last = new_last;
  atomic_store(&seen, 0);
}

unsigned long long faults_seen(void)
{
  return atomic_load(&seen);
}

long long faults_live(void)
{
  return atomic_load(&live);
}

/* Whether a call of this name is hit and must fail. */
static int is_hit(const char *name)
{
  unsigned long long count;
  if (strcmp(name, call) != 0 || atomic_load(&is_over))
    return 0;
  count = atomic_fetch_add(&seen, 1) + 1;
  if (count < first || count > last || count % every != 0)
    return 0;
  if (command != NULL && atomic_exchange(&is_over, 1))
    return 0;
  if (hits >= 0 && write(hits, "x", 1) != 1)
    abort();
  if (command != NULL) {
    /* The shell must not be affected. */
    unsetenv("LD_PRELOAD");
    if (system(command) != 0)
      abort();
    return 0;
  }
  errno = error_number;
  return 1;
}

static int is_meant(const char *path)
{
  /* Programs pass NULL to ask whether there is a statx. */
  const size_t len = path == NULL ? 0 : strlen(path), end = strlen(path_end);
  return end > 0 && len >= end && strcmp(path + len - end, path_end) == 0;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static int opened(const char *path, int fd)
{
  if (fd >= 0 && fd <= MAX_FD)
    atomic_store(&is_about[fd], (char)is_meant(path));
  return fd;
}

static mode_t mode_of(int flags, va_list arguments)
{
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
  va_list arguments;
  mode_t mode;
  va_start(arguments, flags);
  mode = mode_of(flags, arguments);
  va_end(arguments);
  return is_meant(path) && is_hit("open") ? -1 : opened(path, REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
  va_list arguments;
  mode_t mode;
  va_start(arguments, flags);
  mode = mode_of(flags, arguments);
  va_end(arguments);
  return is_meant(path) && is_hit("open") ? -1 : opened(path, REAL(open64)(path, flags, mode));
}

int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict found)
{
  return is_meant(path) && is_hit("stat") ? -1 : REAL(statx)(directory, path, flags, mask, found);
}

int stat64(const char *restrict path, struct stat64 *restrict found)
{
  return is_meant(path) && is_hit("stat") ? -1 : REAL(stat64)(path, found);
}

static int is_about_file(int fd)
{
  return fd >= 0 && fd <= MAX_FD && atomic_load(&is_about[fd]);
}

/* How many bytes may be read; 0 if the read must fail. */
static size_t readable(int fd, size_t len, long long offset)
{
  if (!is_about_file(fd))
    return len;
  if (bad_byte >= 0) {
    if (bad_byte < offset || bad_byte >= offset + (long long)len)
      return len;
    if (bad_byte > offset)
      return (size_t)(bad_byte - offset);
  }
  if (!is_hit("read"))
    return len;
  if (error_number != 0)
    return 0;
  return len > 1000 ? 1000 : len;
}

ssize_t pread64(int fd, void *buffer, size_t len, off64_t offset)
{
  const size_t most = readable(fd, len, offset);
  return most == 0 && len > 0 ? -1 : REAL(pread64)(fd, buffer, most, offset);
}

ssize_t pread(int fd, void *buffer, size_t len, off_t offset)
{
  return pread64(fd, buffer, len, offset);
}

ssize_t write(int fd, const void *data, size_t len)
{
  return is_about_file(fd) && is_hit("write") ? -1 : REAL(write)(fd, data, len);
}

int fsync(int fd)
{
  return is_about_file(fd) && is_hit("sync") ? -1 : REAL(fsync)(fd);
}

int rename(const char *from, const char *to)
{
  return is_meant(from) && is_hit("rename") ? -1 : REAL(rename)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
  return is_meant(path) && is_hit("mkdir") ? -1 : REAL(mkdir)(path, mode);
}

int chmod(const char *path, mode_t mode)
{
  return is_meant(path) && is_hit("chmod") ? -1 : REAL(chmod)(path, mode);
}

int chown(const char *path, uid_t owner, gid_t group)
{
  return is_meant(path) && is_hit("chown") ? -1 : REAL(chown)(path, owner, group);
}

/* ---- threads and memory ------------------------------------------------------------------------------------- */

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*body)(void *),
                   void *restrict argument)
{
  return is_armed && is_hit("thread") ? error_number : REAL(pthread_create)(thread, attributes, body, argument);
}

static int is_refused(const char *name, size_t size)
{
  return is_armed && size >= least_size && (is_hit(name) || is_hit("memory"));
}

static void *counted(void *memory)
{
  if (memory != NULL)
    atomic_fetch_add(&live, 1);
  return memory;
}

void *malloc(size_t size)
{
  return is_refused("allocate", size) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
  return is_refused("allocate", count * size) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
  void *memory = is_refused("allocate", size) ? NULL : __libc_realloc(old, size);
  return old == NULL ? counted(memory) : memory;
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
  *memory = is_refused("allocate", size) ? NULL : counted(__libc_memalign(alignment, size));
  return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory)
{
  if (memory != NULL)
    atomic_fetch_sub(&live, 1);
  __libc_free(memory);
}

void *mmap64(void *place, size_t len, int protection, int flags, int fd, off64_t offset)
{
  void *memory = is_refused("map", len) ? MAP_FAILED : REAL(mmap64)(place, len, protection, flags, fd, offset);
  if (memory != MAP_FAILED)
    atomic_fetch_add(&live, 1);
  return memory;
}

void *mmap(void *place, size_t len, int protection, int flags, int fd, off_t offset)
{
  return mmap64(place, len, protection, flags, fd, offset);
}

int munmap(void *place, size_t len)
{
  const int code = REAL(munmap)(place, len);
  if (code == 0)
    atomic_fetch_sub(&live, 1);
  return code;
}
