/* Has a command done as soon as the system has said something of a file, or just before a folder is listed, in a process that this is
   preloaded into.

   MEDDLE_AT    the end of the file's or folder's name
   MEDDLE_WITH  the command, done once; the file's name is its $1

   MEDDLE_LENGTH  if it is given, files are said to have no length, as on file systems that make them up when they are read
*/
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_flag done = ATOMIC_FLAG_INIT;

static void meddle(const char *name) {
    const char *at = getenv("MEDDLE_AT"), *with = getenv("MEDDLE_WITH");
    if (!name || !at || !with) return;
    size_t len = strlen(name), tail = strlen(at);
    if (len < tail || strcmp(name + len - tail, at) != 0 || atomic_flag_test_and_set(&done)) return;
    pid_t child = fork();
    if (child == 0) {
        unsetenv("LD_PRELOAD");
        execl("/bin/sh", "sh", "-c", with, "sh", name, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

int statx(int folder, const char *name, int flags, unsigned mask, struct statx *found) {
    int (*real)(int, const char *, int, unsigned, struct statx *) = dlsym(RTLD_NEXT, "statx");
    int result = real(folder, name, flags, mask, found);
    meddle(name);
    if (result == 0 && getenv("MEDDLE_LENGTH") && S_ISREG(found->stx_mode)) found->stx_size = 0;
    return result;
}

DIR *opendir(const char *name) {
    DIR *(*real)(const char *) = dlsym(RTLD_NEXT, "opendir");
    meddle(name);
    return real(name);
}
