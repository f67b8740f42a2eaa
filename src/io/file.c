/* Files: read within bounds, compared, removed, renamed; folders that can be written. replace.c writes them. */
#include "fal/io/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/hash.h"
#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/base/retry.h"
#include "fal/base/text.h"
#include "file_internal.h"

enum { PIECE = 1 << 20 }; /* bytes per read when a file is only passed through */

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

/* By the real path too: on some network file systems one file shows several inodes. (Reports compare hundreds of
 * outputs with a thousand inputs: only of equal sizes.) */
static bool is_same(const char *a, const struct stat *of_a, const char *b, const struct stat *of_b)
{
    if (of_a->st_dev == of_b->st_dev && of_a->st_ino == of_b->st_ino) {
        return true;
    }
    if (of_a->st_size != of_b->st_size) {
        return false;
    }
    char *real_a = realpath(a, NULL);
    char *real_b = realpath(b, NULL);
    const bool same = real_a != NULL && real_b != NULL && strcmp(real_a, real_b) == 0;
    free(real_a);
    free(real_b);
    return same;
}

bool fal_file_is_same(const char *a, const char *b)
{
    struct stat of_a;
    struct stat of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && is_same(a, &of_a, b, &of_b);
}

fal_status fal_file_refuse_input(const char *output, const char *const *inputs, int count)
{
    struct stat of_output;
    struct stat of_input;
    if (stat(output, &of_output) != 0 || !S_ISREG(of_output.st_mode)) {
        return FAL_OK; /* every input is there already; what is no file is never replaced */
    }
    for (int i = 0; i < count; i++) {
        if (inputs[i] != NULL && stat(inputs[i], &of_input) == 0 && is_same(output, &of_output, inputs[i], &of_input)) {
            return fal_fail(FAL_ERR_USAGE, "%s: would be written over, but it is read as %s: choose another output",
                            output, inputs[i]);
        }
    }
    return FAL_OK;
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
    return fal_file_sync_folder_of(to);
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
        descriptor = fal_file_open_temporary(probe.chars, 0600);
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
