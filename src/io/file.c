/* Files as a whole: replaced atomically, read within bounds.
 *
 * A file of ours is never changed in place: it is written beside under a temporary name, synced, renamed, and the
 * folder is synced. So a reader always finds a whole file, and a full disk or a kill leaves the old one untouched. */
#include "fal/io/file.h"

#include <errno.h>
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
#include "fal/base/text.h"

enum { PIECE = 1 << 20 }; /* bytes per read when a file is only passed through */

static fal_status write_all(int descriptor, const char *path, const char *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        const ssize_t wrote = write(descriptor, bytes + done, count - done);
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
    const int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        /* A folder that may be written but not read cannot be opened; the file is in place all the same. */
        status = errno == EACCES ? FAL_OK
                                 : fal_fail(FAL_ERR_OUTPUT, "%s: cannot open its folder: %s", path, strerror(errno));
    } else {
        if (fsync(folder) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) {
            status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot sync its folder: %s", path, strerror(errno));
        }
        (void)close(folder);
    }
    free(copy);
    return status;
}

/** A new file under `name`, which no other process uses: it ends in our process id. */
static int open_temporary(const char *name)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int descriptor = open(name, flags, 0666);
    if (descriptor < 0 && errno == EEXIST) { /* left by a killed process that had our id */
        (void)unlink(name);
        descriptor = open(name, flags, 0666);
    }
    return descriptor;
}

fal_status fal_file_replace(const char *path, const void *bytes, size_t count)
{
    fal_status status = FAL_OK;
    fal_text temporary = {0};
    int descriptor = -1;
    struct stat there = {0};
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) { /* a rename would put a file where a device was */
        return fal_fail(FAL_ERR_OUTPUT, "%s: is %s: choose another name", path,
                        S_ISDIR(there.st_mode) ? "a folder" : "not a regular file");
    }
    FAL_TRY_GOTO(fal_text_add(&temporary, "%s.tmp.%ld", path, (long)getpid()));
    descriptor = open_temporary(temporary.chars);
    if (descriptor < 0) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the file: %s", path, strerror(errno));
        goto done;
    }
    status = write_all(descriptor, path, bytes, count);
    if (status == FAL_OK && fsync(descriptor) != 0 && errno != EINVAL) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot sync the file to disk: %s", path, strerror(errno));
    }
    if (close(descriptor) != 0 && status == FAL_OK) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot write the file: %s", path, strerror(errno));
    }
    if (status == FAL_OK && rename(temporary.chars, path) != 0) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot put the new file in place: %s", path, strerror(errno));
    }
    if (status != FAL_OK) {
        (void)unlink(temporary.chars);
        goto done;
    }
    status = sync_folder_of(path);
done:
    fal_text_destroy(&temporary);
    return status;
}

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
    return stat(path, &about) == 0;
}

fal_status fal_file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot remove: %s", path, strerror(errno));
    }
    return FAL_OK;
}

fal_status fal_file_rename(const char *from, const char *to)
{
    if (rename(from, to) != 0) {
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

fal_status fal_file_make_folder(const char *path)
{
    if (path[0] == '\0') {
        return fal_fail(FAL_ERR_OUTPUT, "the name of the output folder is empty");
    }
    fal_status status = FAL_OK;
    fal_text probe = {0};
    char *copy = strdup(path);
    int descriptor = -1;
    if (copy == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
    }
    FAL_TRY_GOTO(make_parts(copy));
    /* Only a file that was made proves that files can be made: access() knows no quota and no read-only mount. */
    FAL_TRY_GOTO(fal_text_add(&probe, "%s/.fal_probe.tmp.%ld", path, (long)getpid()));
    descriptor = open_temporary(probe.chars);
    if (descriptor < 0) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot make files in this folder: %s", path, strerror(errno));
        goto done;
    }
    (void)close(descriptor);
    (void)unlink(probe.chars);
done:
    fal_text_destroy(&probe);
    free(copy);
    return status;
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
