/* Preloaded into fal_hpc by faults.py: numbers the operations on files under some paths, and lets one of them fail, be
 * cut short, or be the last thing that the process does. Settings come from the environment:
 *
 *   FAULT_PATHS    files and folders, absolute, with ':' between them
 *   FAULT_CHANGES  set: what only reads or looks has no number
 *   FAULT_RANK     act on this rank only; absent: on each
 *   FAULT_AT       the number, from 1, at which to act; 0: only count
 *   FAULT_DO       "kill" before the operation; "half": half of a write, then kill; "short": half of a read or write;
 *                  a number: fail with this errno
 *   FAULT_LOG      gets a line "number rank call path" for each operation or, with FAULT_AT, for that one
 *
 * Numbers go on in processes that are forked. What a call has is not changed: descriptors are those of the program. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DESCRIPTORS = 4096, PATHS = 16, KILL = -1, HALF = -2, SHORT = -3 };

static char paths[PATHS][PATH_MAX];
static int path_count;
static char here[PATH_MAX]; /* the folder where the program was started */
static char *watched[DESCRIPTORS];
static bool changes_only;
static int at;
static int what; /* KILL, HALF, SHORT or an errno */
static int log_file = -1;
static char rank[16];
static pid_t first_process;
static atomic_int *operations; /* shared with forked processes */

__attribute__((constructor)) static void start(void)
{
    const char *own = getenv("OMPI_COMM_WORLD_RANK");
    own = own != NULL ? own : getenv("PMI_RANK");
    (void)snprintf(rank, sizeof rank, "%s", own != NULL ? own : "0");
    const char *list = getenv("FAULT_PATHS");
    const char *only = getenv("FAULT_RANK");
    const char *number = getenv("FAULT_AT");
    const char *action = getenv("FAULT_DO");
    const char *log = getenv("FAULT_LOG");
    for (const char *p = list; p != NULL && *p != '\0' && path_count < PATHS; p += strspn(p, ":")) {
        const size_t length = strcspn(p, ":");
        (void)snprintf(paths[path_count++], PATH_MAX, "%.*s", (int)length, p);
        p += length;
    }
    operations = mmap(NULL, sizeof *operations, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (operations == MAP_FAILED || getcwd(here, sizeof here) == NULL ||
        strcmp(program_invocation_short_name, "fal_hpc") != 0) {
        path_count = 0;
    }
    first_process = getpid();
    changes_only = getenv("FAULT_CHANGES") != NULL;
    at = number != NULL && (only == NULL || strcmp(only, rank) == 0) ? atoi(number) : 0;
    if (action != NULL) {
        what = strcmp(action, "kill") == 0    ? KILL
               : strcmp(action, "half") == 0  ? HALF
               : strcmp(action, "short") == 0 ? SHORT
                                              : atoi(action);
    }
    if (log != NULL && path_count > 0) {
        log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
    if (number != NULL && atoi(number) > 0 && at == 0) { /* another rank's number */
        log_file = -1;
    }
}

static bool is_watched(const char *path)
{
    char whole[2 * PATH_MAX];
    (void)snprintf(whole, sizeof whole, "%s%s%s", path[0] == '/' ? "" : here, path[0] == '/' ? "" : "/", path);
    for (int i = 0; i < path_count; i++) {
        const size_t length = strlen(paths[i]);
        if (strncmp(whole, paths[i], length) == 0 && (whole[length] == '/' || whole[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static const char *name_of(int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS ? watched[descriptor] : NULL;
}

static void end_here(void)
{
    (void)kill(first_process, SIGKILL);
    (void)kill(getpid(), SIGKILL);
}

static bool only_looks(const char *call)
{
    static const char *const calls[] = {"open-read", "opendir", "stat", "fstat", "read", "pread"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(call, calls[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** Counts an operation; 0: let it pass, else what to do. KILL does not come back. */
static int meet(const char *call, const char *path)
{
    if (path_count == 0 || (changes_only && only_looks(call))) {
        return 0;
    }
    const int number = atomic_fetch_add(operations, 1) + 1;
    if (log_file >= 0 && (at == 0 || number == at)) {
        char line[2 * PATH_MAX];
        const int length = snprintf(line, sizeof line, "%d %s %s %s\n", number, rank, call, path);
        (void)syscall(SYS_write, log_file, line, (size_t)length);
    }
    if (at == 0 || number != at) {
        return 0;
    }
    if (what == KILL) {
        end_here();
    }
    return what;
}

/** errno, if this is to fail; what can only be cut short is not. */
static bool fails(int action)
{
    if (action == HALF) {
        end_here();
    }
    if (action > 0) {
        errno = action;
    }
    return action > 0;
}

#define REAL(result, name, ...)                                                                                        \
    static result (*real)(__VA_ARGS__);                                                                                \
    if (real == NULL) {                                                                                                \
        real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name);                                                         \
    }

static int opened(int descriptor, const char *path)
{
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        watched[descriptor] = strdup(path);
    }
    return descriptor;
}

int open(const char *path, int flags, ...)
{
    REAL(int, "open", const char *, int, ...)
    va_list arguments;
    va_start(arguments, flags);
    const int mode = va_arg(arguments, int); /* whatever is there: used only where it counts */
    va_end(arguments);
    if (path_count == 0 || !is_watched(path)) {
        return real(path, flags, mode);
    }
    const char *call = (flags & O_TMPFILE) == O_TMPFILE  ? "probe"
                       : (flags & O_DIRECTORY)           ? "open-folder"
                       : (flags & O_ACCMODE) == O_RDONLY ? "open-read"
                                                         : "open-write";
    return fails(meet(call, path)) ? -1 : opened(real(path, flags, mode), path);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const int mode = va_arg(arguments, int);
    va_end(arguments);
    return open(path, flags, mode);
}

/** Linux closes, whatever it says. */
int close(int descriptor)
{
    REAL(int, "close", int)
    char *path = descriptor >= 0 && descriptor < DESCRIPTORS ? watched[descriptor] : NULL;
    if (path == NULL) {
        return real(descriptor);
    }
    const int action = meet("close", path);
    watched[descriptor] = NULL;
    free(path);
    const int result = real(descriptor);
    return fails(action) ? -1 : result;
}

/** How many bytes are moved. */
static size_t cut(int action, size_t count) { return action < 0 && count > 1 ? count / 2 : count; }

#define MOVING(name, alias, pointer)                                                                                   \
    ssize_t name(int descriptor, pointer bytes, size_t count)                                                          \
    {                                                                                                                  \
        REAL(ssize_t, #name, int, pointer, size_t)                                                                     \
        const char *path = name_of(descriptor);                                                                        \
        const int action = path != NULL ? meet(#name, path) : 0;                                                       \
        if (action > 0) {                                                                                              \
            errno = action;                                                                                            \
            return -1;                                                                                                 \
        }                                                                                                              \
        const ssize_t moved = real(descriptor, bytes, cut(action, count));                                             \
        if (action == HALF) {                                                                                          \
            end_here();                                                                                                \
        }                                                                                                              \
        return moved;                                                                                                  \
    }                                                                                                                  \
    ssize_t p##name(int descriptor, pointer bytes, size_t count, off_t offset)                                         \
    {                                                                                                                  \
        REAL(ssize_t, "p" #name, int, pointer, size_t, off_t)                                                          \
        const char *path = name_of(descriptor);                                                                        \
        const int action = path != NULL ? meet("p" #name, path) : 0;                                                   \
        if (action > 0) {                                                                                              \
            errno = action;                                                                                            \
            return -1;                                                                                                 \
        }                                                                                                              \
        const ssize_t moved = real(descriptor, bytes, cut(action, count), offset);                                     \
        if (action == HALF) {                                                                                          \
            end_here();                                                                                                \
        }                                                                                                              \
        return moved;                                                                                                  \
    }                                                                                                                  \
    ssize_t p##name##64(int descriptor, pointer bytes, size_t count, off_t offset)                                     \
    {                                                                                                                  \
        return p##name(descriptor, bytes, count, offset);                                                              \
    }
MOVING(read, pread, void *)
MOVING(write, pwrite, const void *)

int fsync(int descriptor)
{
    REAL(int, "fsync", int)
    const char *path = name_of(descriptor);
    return path != NULL && fails(meet("fsync", path)) ? -1 : real(descriptor);
}

int ftruncate(int descriptor, off_t size)
{
    REAL(int, "ftruncate", int, off_t)
    const char *path = name_of(descriptor);
    return path != NULL && fails(meet("ftruncate", path)) ? -1 : real(descriptor, size);
}

int fcntl(int descriptor, int command, ...)
{
    REAL(int, "fcntl", int, int, ...)
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    const char *path = command == F_OFD_SETLK ? name_of(descriptor) : NULL;
    return path != NULL && fails(meet("lock", path)) ? -1 : real(descriptor, command, argument);
}

#define BY_PATH(name)                                                                                                  \
    int name(const char *path)                                                                                         \
    {                                                                                                                  \
        REAL(int, #name, const char *)                                                                                 \
        return is_watched(path) && fails(meet(#name, path)) ? -1 : real(path);                                         \
    }
BY_PATH(unlink)
BY_PATH(remove)
BY_PATH(rmdir)

#define OF_TWO(name)                                                                                                   \
    int name(const char *from, const char *to)                                                                         \
    {                                                                                                                  \
        REAL(int, #name, const char *, const char *)                                                                   \
        return (is_watched(from) || is_watched(to)) && fails(meet(#name, to)) ? -1 : real(from, to);                   \
    }
OF_TWO(rename)
OF_TWO(link)

int unlinkat(int folder, const char *name, int flags)
{
    REAL(int, "unlinkat", int, const char *, int)
    const char *path = folder == AT_FDCWD ? (is_watched(name) ? name : NULL) : name_of(folder);
    return path != NULL && fails(meet("unlink", path)) ? -1 : real(folder, name, flags);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, "mkdir", const char *, mode_t)
    return is_watched(path) && fails(meet("mkdir", path)) ? -1 : real(path, mode);
}

DIR *opendir(const char *path)
{
    REAL(DIR *, "opendir", const char *)
    return is_watched(path) && fails(meet("opendir", path)) ? NULL : real(path);
}

#define LOOKING(name)                                                                                                  \
    int name(const char *path, struct stat *about)                                                                     \
    {                                                                                                                  \
        REAL(int, #name, const char *, struct stat *)                                                                  \
        return is_watched(path) && fails(meet("stat", path)) ? -1 : real(path, about);                                 \
    }
LOOKING(stat)
LOOKING(lstat)

int fstat(int descriptor, struct stat *about)
{
    REAL(int, "fstat", int, struct stat *)
    const char *path = name_of(descriptor);
    return path != NULL && fails(meet("fstat", path)) ? -1 : real(descriptor, about);
}
