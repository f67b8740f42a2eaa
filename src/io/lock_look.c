/* Looking at somebody's lock without taking it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/input.h"
#include "fal/base/retry.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "lock_internal.h"

void fal_lock_host(char name[FAL_HOST_SIZE])
{
    if (gethostname(name, FAL_HOST_SIZE) != 0) {
        (void)snprintf(name, FAL_HOST_SIZE, "unknown");
    }
    name[FAL_HOST_SIZE - 1] = '\0';
}

bool fal_lock_owner(const char *text, char host[FAL_HOST_SIZE], long *process)
{
    return sscanf(text, "%127s %ld", host, process) == 2;
}

/* Name of the program, up to 15 bytes, and state of a process; false: they cannot be told. */
static bool process_about(long process, char name[16], char *state)
{
    char path[32];
    char line[1024] = ""; /* NUMBER (NAME) STATE ... */
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    (void)fread(line, 1, sizeof line - 1, file);
    (void)fclose(file);
    const char *start = strchr(line, '(');
    char *end = strrchr(line, ')'); /* the name may hold any */
    if (start == NULL || end == NULL || end < start || end[1] != ' ') {
        return false;
    }
    *end = '\0';
    (void)fal_text_copy(name, 16, start + 1);
    *state = end[2];
    return true;
}

bool fal_lock_process_is_there(long process)
{
    static const char ours[] = "fal_";
    char name[16];
    char own[16];
    char state = '\0';
    if (process <= 0 || (kill((pid_t)process, 0) != 0 && errno != EPERM)) {
        return false;
    }
    if (!process_about(process, name, &state)) {
        return true;
    }
    return state != 'Z' && state != 'X' &&
           (strncmp(name, ours, sizeof ours - 1) == 0 ||
            (process_about((long)getpid(), own, &state) && strcmp(name, own) == 0));
}

/* A lock that is seen is held, wherever. One that is not seen is free if its owner was here; elsewhere the file system
 * may not share locks. Without any locks the process decides. */
static fal_lock_holder holder_of(int descriptor, const fal_lock_view *view, bool named)
{
    char here[FAL_HOST_SIZE];
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result = 0;
    FAL_RETRY(result, fcntl(descriptor, F_OFD_GETLK, &range));
    if (result == 0 && range.l_type != F_UNLCK) {
        return FAL_LOCK_HELD;
    }
    fal_lock_host(here);
    if (!named || strcmp(view->host, here) != 0) {
        return FAL_LOCK_UNKNOWN;
    }
    /* Without locks of the file system: a process of that number may be another one by now, so its signs decide. */
    return result != 0 && fal_lock_process_is_there(view->process) ? FAL_LOCK_UNKNOWN : FAL_LOCK_LEFT;
}

void fal_lock_look(const char *lock_path, fal_lock_view *view)
{
    char text[FAL_OWNER_SIZE + FAL_LOCK_SIGN] = "";
    struct stat about;
    int descriptor = -1;
    *view = (fal_lock_view){.holder = FAL_LOCK_NONE};
    FAL_RETRY(descriptor, open(lock_path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (descriptor < 0) {
        return;
    }
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode)) {
        const ssize_t got = fal_input_at(descriptor, text, sizeof text - 1, 0);
        text[got > 0 ? got : 0] = '\0';
        const bool named = fal_lock_owner(text, view->host, &view->process);
        const char *second = strchr(text, '\n');
        (void)fal_text_copy(view->sign, sizeof view->sign, second != NULL ? second + 1 : "");
        fal_text_make_printable(view->host, false);
        view->changed = (int64_t)about.st_mtim.tv_sec;
        view->holder = holder_of(descriptor, view, named);
    }
    (void)close(descriptor);
}
