/* Makes calls of the system fail, in a process that this is preloaded into. What fails is said by the environment:

   FAULT_CALL   open, pread, mmap, thread or clock; tell says on standard error what is opened
   FAULT_ERRNO  what it fails with, as a number
   FAULT_NAME   the end of the file's name; of a file for open and pread
   FAULT_FROM   the first offset for pread; the number of threads that can be started, or of looks at the
                clock that succeed
   FAULT_TIMES  how often it fails; for ever if it is not given
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static atomic_long times;

static int is_call(const char *call) {
    const char *wanted = getenv("FAULT_CALL");
    return wanted && strcmp(wanted, call) == 0;
}

static int ends_as_wanted(const char *name) {
    const char *end = getenv("FAULT_NAME");
    if (!end) return 1;
    size_t len = strlen(name), tail = strlen(end);
    return len >= tail && strcmp(name + len - tail, end) == 0;
}

static long from(void) {
    const char *text = getenv("FAULT_FROM");
    return text ? atol(text) : 0;
}

/* Sets errno, if it is to fail this time. */
static int fails(void) {
    const char *most = getenv("FAULT_TIMES");
    if (most && atomic_fetch_add(&times, 1) >= atol(most)) return 0;
    const char *error = getenv("FAULT_ERRNO");
    errno = error ? atoi(error) : EIO;
    return 1;
}

static int open_as(const char *symbol, const char *path, int flags, mode_t mode) {
    if (is_call("open") && ends_as_wanted(path) && fails()) return -1;
    if (is_call("tell")) dprintf(2, "opened %s\n", path);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, symbol);
    return real(path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_as("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_as("open64", path, flags, mode);
}

/* As from a disk, a read comes to an end where the next one fails. */
static size_t room(off64_t offset, size_t len) {
    off64_t rest = from() - offset;
    return is_call("pread") && rest > 0 && (off64_t)len > rest ? (size_t)rest : len;
}

static int pread_fails(int file, off64_t offset) {
    if (!is_call("pread") || offset < from()) return 0;
    char link[64], name[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t got = readlink(link, name, sizeof name - 1);
    if (got < 0) return 0;
    name[got] = 0;
    return ends_as_wanted(name) && fails();
}

ssize_t pread(int file, void *buffer, size_t len, off_t offset) {
    if (pread_fails(file, offset)) return -1;
    ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
    return real(file, buffer, room(offset, len), offset);
}

ssize_t pread64(int file, void *buffer, size_t len, off64_t offset) {
    if (pread_fails(file, offset)) return -1;
    ssize_t (*real)(int, void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pread64");
    return real(file, buffer, room(offset, len), offset);
}

/* Maps of files only: the heap is not to be without memory. */
void *mmap(void *at, size_t len, int protection, int flags, int file, off_t offset) {
    if (is_call("mmap") && file >= 0 && fails()) return MAP_FAILED;
    void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");
    return real(at, len, protection, flags, file, offset);
}

void *mmap64(void *at, size_t len, int protection, int flags, int file, off64_t offset) {
    if (is_call("mmap") && file >= 0 && fails()) return MAP_FAILED;
    void *(*real)(void *, size_t, int, int, int, off64_t) = dlsym(RTLD_NEXT, "mmap64");
    return real(at, len, protection, flags, file, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static atomic_long started;
    if (is_call("thread") && atomic_fetch_add(&started, 1) >= from()) return EAGAIN;
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attributes, start, argument);
}

/* Nobody expects that: Rust's library panics. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    static atomic_long looks;
    if (is_call("clock") && atomic_fetch_add(&looks, 1) >= from() && fails()) return -1;
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    return real(clock, time);
}
