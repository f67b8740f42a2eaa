/* Files as a whole: replaced atomically, read within bounds.
 *
 * A file of ours is never changed in place: it is written beside under a temporary name, synced, renamed, and the
 * folder is synced. So a reader always finds a whole file, and a full disk or a kill leaves the old one untouched. */
#include "fal/io/file.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/hash.h"
#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/base/retry.h"
#include "fal/base/text.h"

enum { PIECE = 1 << 20 }; /* bytes per read when a file is only passed through */

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
static fal_status sync_folder_of(const char *path)
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

/** The temporary file that is being written, for the handler below; NULL: none. */
static const char *volatile unfinished;

void fal_file_remove_unfinished(void)
{
    const char *name = unfinished;
    if (name != NULL) {
        (void)unlink(name);
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
static int open_temporary(const char *name, mode_t mode)
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

fal_status fal_file_replace(const char *path, const void *bytes, size_t count)
{
    fal_status status = FAL_OK;
    fal_text temporary = {0};
    int descriptor = -1;
    int result = 0;
    struct stat there = {0};
    FAL_TRY(check_replaced(path, &there));
    fal_text_add(&temporary, "%s.tmp.%ld", path, (long)getpid());
    FAL_TRY_GOTO(fal_text_status(&temporary));
    unfinished = temporary.chars;
    descriptor = open_temporary(temporary.chars, there.st_mode != 0 ? 0600 : 0666);
    if (descriptor < 0) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the file: %s", path, strerror(errno));
        goto done;
    }
    if (there.st_mode != 0) { /* who may read the old one may read the new one, and nobody else; where modes are kept */
        (void)fchmod(descriptor, there.st_mode & 0777);
    }
    status = fill_temporary(descriptor, path, bytes, count);
    FAL_RETRY(result, status == FAL_OK ? rename(temporary.chars, path) : 0);
    if (result != 0) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot put the new file in place: %s", path, strerror(errno));
    }
    if (status != FAL_OK) {
        (void)unlink(temporary.chars);
        goto done;
    }
    unfinished = NULL;
    status = sync_folder_of(path);
done:
    unfinished = NULL;
    fal_text_destroy(&temporary);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

fal_status fal_file_open(const char *path, int *descriptor, size_t *size)
{
    return fal_input_open(path, FAL_ERR_INPUT, descriptor, size);
}

fal_status fal_file_read(const char *path, size_t limit, char **bytes, size_t *count)
{
    return fal_input_read(path, limit, FAL_ERR_INPUT, bytes, count);
}

bool fal_file_exists(const char *path)
{
    struct stat about;
    int result = 0;
    FAL_RETRY(result, stat(path, &about));
    return result == 0 || (errno != ENOENT && errno != ENOTDIR);
}

fal_status fal_file_refuse_input(const char *output, const char *const *inputs, int count)
{
    struct stat of_output;
    struct stat of_input;
    if (stat(output, &of_output) != 0 || !S_ISREG(of_output.st_mode)) {
        return FAL_OK; /* every input is there already; what is no file is never replaced */
    }
    char *real_output = realpath(output, NULL);
    fal_status status = FAL_OK;
    for (int i = 0; i < count && status == FAL_OK; i++) {
        if (inputs[i] == NULL || stat(inputs[i], &of_input) != 0) {
            continue;
        }
        /* By the real path too: on some network file systems one file shows several inodes. (Reports compare hundreds
         * of outputs with a thousand inputs: only of equal sizes.) */
        char *real_input = of_input.st_size == of_output.st_size ? realpath(inputs[i], NULL) : NULL;
        const bool same = (of_input.st_dev == of_output.st_dev && of_input.st_ino == of_output.st_ino) ||
                          (real_input != NULL && real_output != NULL && strcmp(real_input, real_output) == 0);
        if (same) {
            status = fal_fail(FAL_ERR_USAGE, "%s: would be written over, but it is read as %s: choose another output",
                              output, inputs[i]);
        }
        free(real_input);
    }
    free(real_output);
    return status;
}

fal_status fal_file_remove(const char *path)
{
    int result = 0;
    FAL_RETRY(result, unlink(path));
    if (result != 0 && errno != ENOENT) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot remove: %s", path, strerror(errno));
    }
    return FAL_OK;
}

fal_status fal_file_rename(const char *from, const char *to)
{
    int result = 0;
    FAL_RETRY(result, rename(from, to));
    if (result != 0) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot rename to %s: %s", from, to, strerror(errno));
    }
    return sync_folder_of(to);
}

/** mkdir for every part of `path`, which is cut and mended in place. */
static fal_status make_parts(char *path)
{
    for (char *cut = path + 1;; cut++) {
        if (*cut != '/' && *cut != '\0') {
            continue;
        }
        const char kept = *cut;
        *cut = '\0';
        struct stat about;
        const int reason = mkdir(path, 0777) == 0 ? 0 : errno; /* stat would replace it */
        if (reason != 0 && !(stat(path, &about) == 0 && S_ISDIR(about.st_mode))) {
            return fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the folder: %s", path,
                            strerror(reason == EEXIST ? ENOTDIR : reason));
        }
        *cut = kept;
        if (kept == '\0') {
            return FAL_OK;
        }
    }
}

/** Only a file that was made proves that files can be made: access() knows no quota and no read-only mount. The file
 *  has no name where the file system can do that, and else only for a moment. */
static fal_status probe_folder(const char *path)
{
    fal_text probe = {0};
    int descriptor = -1;
    fal_status status = FAL_OK;
#ifdef O_TMPFILE
    FAL_RETRY(descriptor, open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
#endif
    if (descriptor < 0) {
        fal_text_add(&probe, "%s/.fal_probe.tmp.%ld", path, (long)getpid());
        FAL_TRY_GOTO(fal_text_status(&probe));
        descriptor = open_temporary(probe.chars, 0600);
        if (descriptor < 0) {
            status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot make files in this folder: %s", path, strerror(errno));
            goto done;
        }
        (void)unlink(probe.chars);
    }
    (void)close(descriptor);
done:
    fal_text_destroy(&probe);
    return status;
}

fal_status fal_file_make_folder(const char *path)
{
    if (path[0] == '\0') {
        return fal_fail(FAL_ERR_OUTPUT, "the name of the output folder is empty");
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
    }
    const fal_status status = make_parts(copy);
    free(copy);
    return status == FAL_OK ? probe_folder(path) : status;
}

fal_status fal_file_sha256(const char *path, char text[65])
{
    int descriptor = -1;
    size_t size = 0;
    size_t got = 0;
    char *piece = NULL;
    fal_hash *hash = NULL;
    FAL_TRY(fal_file_open(path, &descriptor, &size));
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&piece, PIECE, 1, path));
    FAL_TRY_GOTO(fal_hash_create(&hash));
    do {
        FAL_TRY_GOTO(fal_input_take(descriptor, path, FAL_ERR_INPUT, piece, PIECE, &got));
        fal_hash_add(hash, piece, got);
    } while (got == PIECE);
    fal_hash_finish(hash, text);
done:
    fal_hash_destroy(hash);
    fal_free(piece);
    (void)close(descriptor);
    return status;
}
