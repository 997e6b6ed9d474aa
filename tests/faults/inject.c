/* Makes calls of the system fail, in a process that this is preloaded into. What fails is said by the environment:

   FAULT_CALL   open, list, read, pread, mmap, stat, write, print, fsync, rename, thread, clock, random,
                memory or unshare, which is refused always; tell says on standard error what is opened
   FAULT_ERRNO  what it fails with, as a number; threads always with EAGAIN; with 0 the process is killed instead
   FAULT_NAME   the end of the file's name; of a file for open and pread
   FAULT_FROM   the first offset for pread; the number of threads that can be started, or of looks at the clock
                that succeed; the least size for memory
   FAULT_SKIP   how many of these calls go well before the first that fails
   FAULT_TIMES  how often it fails then; for ever if it is not given
   FAULT_MARK   a file that is made when a call fails, so that it can be told from a run without so many calls

   Only calls through the C library are seen, as Rust's standard library makes them. What it calls itself (malloc its pages, opendir its
   descriptor) is not, nor what makes its calls without it (rustix): unshare is refused by a filter in the system, with status 99 where
   there is none.
*/
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Read once: an allocation cannot ask for them. Before that nothing fails. */
static const char *call_that_fails, *name_that_fails, *mark;
static long from, skip, most = LONG_MAX, error = EIO;
static atomic_long calls;

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

static void refuse_unshare(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    int is_set = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
    if (!is_set || syscall(SYS_unshare, 0) == 0) _exit(99);
}

__attribute__((constructor)) static void read_environment(void) {
    from = number("FAULT_FROM", 0);
    skip = number("FAULT_SKIP", 0);
    most = number("FAULT_TIMES", LONG_MAX);
    error = number("FAULT_ERRNO", EIO);
    name_that_fails = getenv("FAULT_NAME");
    mark = getenv("FAULT_MARK");
    call_that_fails = getenv("FAULT_CALL");
    if (call_that_fails && strcmp(call_that_fails, "unshare") == 0) refuse_unshare();
}

static int is_call(const char *call) {
    return call_that_fails && strcmp(call_that_fails, call) == 0;
}

static int ends_as_wanted(const char *name) {
    if (!name_that_fails) return 1;
    size_t len = strlen(name), tail = strlen(name_that_fails);
    return len >= tail && strcmp(name + len - tail, name_that_fails) == 0;
}

static int is_named_as_wanted(int file) {
    if (!name_that_fails) return 1;
    char link[64], name[PATH_MAX];
    snprintf(link, sizeof link, "/proc/thread-self/fd/%d", file);
    ssize_t got = readlink(link, name, sizeof name - 1);
    if (got < 0) return 0;
    name[got] = 0;
    return ends_as_wanted(name);
}

/* Sets errno, if it is to fail this time. */
static int fails(void) {
    long call = atomic_fetch_add(&calls, 1);
    if (call < skip || call - skip >= most) return 0;
    if (mark) {
        /* Not by a call that may be one of those that fail. */
        long made = syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (made >= 0) syscall(SYS_close, made);
    }
    if (error == 0) syscall(SYS_kill, getpid(), SIGKILL);
    errno = (int)error;
    return 1;
}

#define REAL(symbol) ((typeof(&symbol))dlsym(RTLD_NEXT, #symbol))

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(symbol)                                                             \
    int symbol(const char *path, int flags, ...) {                               \
        va_list rest;                                                            \
        va_start(rest, flags);                                                   \
        mode_t mode = mode_of(flags, rest);                                      \
        va_end(rest);                                                            \
        if (is_call("open") && ends_as_wanted(path) && fails()) return -1;       \
        if (is_call("tell")) dprintf(2, "opened %s\n", path);                    \
        return REAL(symbol)(path, flags, mode);                                  \
    }
OPEN(open)
OPEN(open64)

DIR *opendir(const char *path) {
    if (is_call("list") && ends_as_wanted(path) && fails()) return NULL;
    return REAL(opendir)(path);
}

struct dirent64 *readdir64(DIR *folder) {
    if (is_call("list") && fails()) return NULL;
    return REAL(readdir64)(folder);
}

ssize_t read(int file, void *buffer, size_t len) {
    if (is_call("read") && is_named_as_wanted(file) && fails()) return -1;
    return REAL(read)(file, buffer, len);
}

/* As from a disk, a read comes to an end where the next one fails. */
static size_t room(off64_t offset, size_t len) {
    off64_t rest = from - offset;
    return is_call("pread") && rest > 0 && (off64_t)len > rest ? (size_t)rest : len;
}

static int pread_fails(int file, off64_t offset) {
    return is_call("pread") && offset >= from && is_named_as_wanted(file) && fails();
}

ssize_t pread(int file, void *buffer, size_t len, off_t offset) {
    if (pread_fails(file, offset)) return -1;
    return REAL(pread)(file, buffer, room(offset, len), offset);
}

ssize_t pread64(int file, void *buffer, size_t len, off64_t offset) {
    if (pread_fails(file, offset)) return -1;
    return REAL(pread64)(file, buffer, room(offset, len), offset);
}

/* Maps of files only: the heap is not to be without memory. */
void *mmap(void *at, size_t len, int protection, int flags, int file, off_t offset) {
    if (is_call("mmap") && file >= 0 && fails()) return MAP_FAILED;
    return REAL(mmap)(at, len, protection, flags, file, offset);
}

void *mmap64(void *at, size_t len, int protection, int flags, int file, off64_t offset) {
    if (is_call("mmap") && file >= 0 && fails()) return MAP_FAILED;
    return REAL(mmap64)(at, len, protection, flags, file, offset);
}

/* Without a place for the answer it is only asked whether there is this call. */
int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
    /* The header promises that there is always one, and compilers believe it. */
    void *volatile answer = found;
    if (answer && is_call("stat") && (*path ? ends_as_wanted(path) : is_named_as_wanted(folder)) && fails()) return -1;
    return REAL(statx)(folder, path, flags, mask, found);
}

int fstat64(int file, struct stat64 *found) {
    if (is_call("stat") && is_named_as_wanted(file) && fails()) return -1;
    return REAL(fstat64)(file, found);
}

#define STAT(symbol)                                                             \
    int symbol(const char *restrict path, struct stat64 *restrict found) {       \
        if (is_call("stat") && ends_as_wanted(path) && fails()) return -1;       \
        if (is_call("tell")) dprintf(2, "opened %s\n", path);                    \
        return REAL(symbol)(path, found);                                        \
    }
STAT(stat64)
STAT(lstat64)

/* Files are written to; on standard output and standard error it is printed. */
ssize_t write(int file, const void *buffer, size_t len) {
    if (is_call(file > STDERR_FILENO ? "write" : "print") && is_named_as_wanted(file) && fails()) return -1;
    return REAL(write)(file, buffer, len);
}

int fsync(int file) {
    if (is_call("fsync") && is_named_as_wanted(file) && fails()) return -1;
    return REAL(fsync)(file);
}

/* As where the kernel has no such call: then Rust's library opens /dev/urandom. */
ssize_t getrandom(void *buffer, size_t len, unsigned flags) {
    if (is_call("random") && fails()) return -1;
    return REAL(getrandom)(buffer, len, flags);
}

int rename(const char *old, const char *new) {
    if (is_call("rename") && ends_as_wanted(new) && fails()) return -1;
    return REAL(rename)(old, new);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static atomic_long started;
    if (is_call("thread") && atomic_fetch_add(&started, 1) >= from && fails()) return EAGAIN;
    return REAL(pthread_create)(thread, attributes, start, argument);
}

/* dlsym allocates, so these cannot be asked for by it. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

static int memory_fails(size_t len) {
    return is_call("memory") && len >= (size_t)from && fails();
}

void *malloc(size_t len) {
    return memory_fails(len) ? NULL : __libc_malloc(len);
}

void *calloc(size_t number, size_t len) {
    return memory_fails(number * len) ? NULL : __libc_calloc(number, len);
}

void *realloc(void *before, size_t len) {
    return memory_fails(len) ? NULL : __libc_realloc(before, len);
}

int posix_memalign(void **at, size_t alignment, size_t len) {
    *at = memory_fails(len) ? NULL : __libc_memalign(alignment, len);
    return *at ? 0 : ENOMEM;
}

/* Nobody expects that: Rust's library panics. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    static atomic_long looks;
    if (is_call("clock") && atomic_fetch_add(&looks, 1) >= from && fails()) return -1;
    return REAL(clock_gettime)(clock, time);
}
