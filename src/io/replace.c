/* Files that are replaced as a whole.
 *
 * A file of ours is never changed in place: it is written beside under a temporary name, synced, renamed, and the
 * folder is synced. So a reader always finds a whole file, and a full disk or a kill leaves the old one untouched. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/base/retry.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "file_internal.h"

fal_status fal_file_write(int descriptor, const char *path, const void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        const ssize_t wrote = write(descriptor, (const char *)bytes + done, count - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return fal_fail(FAL_ERR_OUTPUT, "%s: cannot write %zu bytes: %s", path, count,
                            wrote == 0 ? "the disk takes no more" : strerror(errno));
        }
        done += (size_t)wrote;
    }
    return FAL_OK;
}

/** The rename is only safe from a power cut once the folder is on disk, too. */
fal_status fal_file_sync_folder_of(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
    }
    fal_status status = FAL_OK;
    int folder = -1;
    int synced = 0;
    FAL_RETRY(folder, open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder < 0) {
        /* A folder that may be written but not read cannot be opened; the file is in place all the same. */
        status = errno == EACCES ? FAL_OK
                                 : fal_fail(FAL_ERR_OUTPUT, "%s: cannot open its folder: %s", path, strerror(errno));
    } else {
        FAL_RETRY(synced, fsync(folder));
        if (synced != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) {
            status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot sync its folder: %s", path, strerror(errno));
        }
        (void)close(folder);
    }
    free(copy);
    return status;
}

/* ---- temporary files ------------------------------------------------------------------------------------------- */

/** A file that is written, but not in its place. */
typedef struct staged staged;
struct staged {
    char *path, *temporary;
    staged *older, *next; /* of all that are unfinished; of the same stage */
};

struct fal_stage {
    staged *first, *last; /* in the order of their places */
    staged *below;        /* what was unfinished before */
};

/** The newest temporary file, for the handler below; NULL: none. */
static staged *volatile unfinished;

void fal_file_remove_unfinished(void)
{
    for (const staged *one = unfinished; one != NULL; one = one->older) {
        (void)unlink(one->temporary); /* one that is in place has no such name any more */
    }
}

static void end_cleanly(int signal_number)
{
    fal_file_remove_unfinished();
    (void)raise(signal_number); /* once more, now with its own meaning */
}

void fal_file_clean_on_signals(void)
{
    static const int ending[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,   SIGXCPU,
                                 SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF};
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        struct sigaction action;
        if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL) { /* nohup ignores SIGHUP */
            memset(&action, 0, sizeof action);
            (void)sigemptyset(&action.sa_mask);
            action.sa_flags = SA_RESETHAND;
            action.sa_handler = end_cleanly;
            (void)sigaction(ending[i], &action, NULL);
        }
    }
}

/** A new file under `name`, which no other process uses: it ends in our process id. */
int fal_file_open_temporary(const char *name, mode_t mode)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int descriptor = -1;
    FAL_RETRY(descriptor, open(name, flags, mode));
    if (descriptor < 0 && errno == EEXIST) { /* left by a killed process that had our id */
        (void)unlink(name);
        FAL_RETRY(descriptor, open(name, flags, mode));
    }
    return descriptor;
}

/** A name of the system's own, /dev/stdout or /dev/fd/1: whatever it leads to, the rename would replace the name. */
static bool is_system_link(const char *path)
{
    static const char proc[] = "/proc/";
    char target[sizeof proc] = "";
    char *copy = strdup(path);
    char *folder = copy != NULL ? realpath(dirname(copy), NULL) : NULL;
    const bool system =
        (readlink(path, target, sizeof proc - 1) > 0 && strcmp(target, proc) == 0) ||
        (folder != NULL && (strcmp(folder, "/dev") == 0 || strncmp(folder, proc, sizeof proc - 1) == 0));
    free(folder);
    free(copy);
    return system;
}

/** What is there and may not be replaced; `there` is it (st_mode 0: nothing), behind a link what that leads to. */
static fal_status check_replaced(const char *path, struct stat *there)
{
    struct stat name;
    if (stat(path, there) != 0) {
        there->st_mode = 0;
        return FAL_OK;
    }
    if (S_ISDIR(there->st_mode)) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: is a folder: choose another name", path);
    }
    /* A rename would put a file where a device was. */
    if (!S_ISREG(there->st_mode) || (lstat(path, &name) == 0 && S_ISLNK(name.st_mode) && is_system_link(path))) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: is not a regular file: choose another name", path);
    }
    if ((there->st_mode & 0222) == 0) { /* a rename asks the folder only, and the superuser nobody */
        return fal_fail(FAL_ERR_OUTPUT, "%s: is write-protected: choose another name, or chmod u+w it", path);
    }
    return FAL_OK;
}

/** All of the bytes on disk under the temporary name; closes the descriptor. */
static fal_status fill_temporary(int descriptor, const char *path, const void *bytes, size_t count)
{
    int result = 0;
    fal_status status = fal_file_write(descriptor, path, bytes, count);
    FAL_RETRY(result, status == FAL_OK ? fsync(descriptor) : 0);
    if (result != 0 && errno != EINVAL) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot sync the file to disk: %s", path, strerror(errno));
    }
    /* An interrupted close has closed all the same, and the bytes are on disk. */
    if (close(descriptor) != 0 && errno != EINTR && status == FAL_OK) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot write the file: %s", path, strerror(errno));
    }
    return status;
}

/** The bytes under the temporary name, with the rights of what they will replace. */
static fal_status write_staged(const staged *one, const struct stat *there, const void *bytes, size_t count)
{
    const int descriptor = fal_file_open_temporary(one->temporary, there->st_mode != 0 ? 0600 : 0666);
    if (descriptor < 0) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the file: %s", one->path, strerror(errno));
    }
    /* Who may read the old one may read the new one, and nobody else; where modes are kept. */
    if (there->st_mode != 0) {
        (void)fchmod(descriptor, there->st_mode & 0777);
    }
    return fill_temporary(descriptor, one->path, bytes, count);
}

fal_status fal_stage_add(fal_stage *stage, const char *path, const void *bytes, size_t count)
{
    struct stat there = {0};
    fal_text temporary = {0};
    staged *one = NULL;
    FAL_TRY(check_replaced(path, &there));
    FAL_TRY(fal_alloc(&one, 1, sizeof *one, path));
    one->path = strdup(path);
    fal_text_add(&temporary, "%s.tmp.%ld", path, (long)getpid());
    one->temporary = temporary.chars;
    if (one->path == NULL || fal_text_status(&temporary) != FAL_OK) {
        free(one->path);
        fal_text_destroy(&temporary);
        fal_free(one);
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
    }
    if (stage->last != NULL) {
        stage->last->next = one;
    } else {
        stage->first = one;
    }
    stage->last = one;
    one->older = unfinished;
    unfinished = one;
    return write_staged(one, &there, bytes, count);
}

static bool same_folder(const char *a, const char *b)
{
    const char *end_a = strrchr(a, '/');
    const char *end_b = strrchr(b, '/');
    return (end_a == NULL && end_b == NULL) ||
           (end_a != NULL && end_b != NULL && end_a - a == end_b - b && strncmp(a, b, (size_t)(end_a - a)) == 0);
}

static fal_status place(const fal_stage *stage)
{
    for (const staged *one = stage->first; one != NULL; one = one->next) {
        int result = 0;
        FAL_RETRY(result, rename(one->temporary, one->path));
        if (result != 0) {
            return fal_fail(FAL_ERR_OUTPUT, "%s: cannot put the new file in place: %s", one->path, strerror(errno));
        }
    }
    for (const staged *one = stage->first; one != NULL; one = one->next) {
        FAL_TRY(one->next == NULL || !same_folder(one->path, one->next->path) ? fal_file_sync_folder_of(one->path)
                                                                              : FAL_OK);
    }
    return FAL_OK;
}

/* The names stay known until none of them is a file's that a signal would leave. */
static void clear(fal_stage *stage, bool placed)
{
    for (staged *one = stage->first, *next = NULL; one != NULL; one = next) {
        next = one->next;
        if (!placed) {
            (void)unlink(one->temporary);
        }
    }
    unfinished = stage->below;
    for (staged *one = stage->first, *next = NULL; one != NULL; one = next) {
        next = one->next;
        free(one->temporary);
        free(one->path);
        fal_free(one);
    }
    *stage = (fal_stage){.below = stage->below};
}

fal_status fal_stage_finish(fal_stage *stage)
{
    const fal_status status = place(stage);
    clear(stage, status == FAL_OK);
    return status;
}

fal_status fal_stage_create(fal_stage **stage)
{
    FAL_TRY(fal_alloc(stage, 1, sizeof **stage, "files"));
    (*stage)->below = unfinished;
    return FAL_OK;
}

void fal_stage_destroy(fal_stage *stage)
{
    if (stage != NULL) {
        clear(stage, false);
        fal_free(stage);
    }
}

fal_status fal_file_replace(const char *path, const void *bytes, size_t count)
{
    fal_stage stage = {.below = unfinished};
    const fal_status status = fal_stage_add(&stage, path, bytes, count);
    if (status == FAL_OK) {
        return fal_stage_finish(&stage);
    }
    clear(&stage, false);
    return status;
}
