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

/* ---- one file under two names ---------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    bool there;
    struct stat about;
    char *real; /* NULL until it is asked for */
} named;

static named look_at(const char *path)
{
    named file = {.path = path};
    file.there = path != NULL && stat(path, &file.about) == 0;
    return file;
}

/* By the real path too: on some network file systems one file shows several inodes. (Reports compare hundreds of
 * outputs with a thousand inputs: only of equal sizes.) */
static bool is_same(named *a, named *b)
{
    if (!a->there || !b->there) {
        return false;
    }
    if (a->about.st_dev == b->about.st_dev && a->about.st_ino == b->about.st_ino) {
        return true;
    }
    if (a->about.st_size != b->about.st_size) {
        return false;
    }
    a->real = a->real != NULL ? a->real : realpath(a->path, NULL);
    b->real = b->real != NULL ? b->real : realpath(b->path, NULL);
    return a->real != NULL && b->real != NULL && strcmp(a->real, b->real) == 0;
}

bool fal_file_is_same(const char *a, const char *b)
{
    named first = look_at(a);
    named second = look_at(b);
    const bool same = is_same(&first, &second);
    free(first.real);
    free(second.real);
    return same;
}

fal_status fal_file_find_twins(const char *const *paths, int count, int *first, int *second)
{
    named *files = NULL;
    *first = *second = -1;
    FAL_TRY(fal_alloc(&files, (size_t)count, sizeof *files, "names of files"));
    for (int i = 0; i < count && *first < 0; i++) {
        files[i] = look_at(paths[i]);
        for (int k = 0; k < i && *first < 0; k++) {
            if (is_same(&files[k], &files[i])) {
                *first = k;
                *second = i;
            }
        }
    }
    for (int i = 0; i < count; i++) {
        free(files[i].real);
    }
    fal_free(files);
    return FAL_OK;
}

fal_status fal_file_refuse_input(const char *output, const char *const *inputs, int count)
{
    named file = look_at(output);
    fal_status status = FAL_OK;
    if (!file.there || !S_ISREG(file.about.st_mode)) {
        return FAL_OK; /* every input is there already; what is no file is never replaced */
    }
    for (int i = 0; i < count && status == FAL_OK; i++) {
        named input = look_at(inputs[i]);
        if (is_same(&file, &input)) {
            status = fal_fail(FAL_ERR_USAGE, "%s: would be written over, but it is read as %s: choose another output",
                              output, inputs[i]);
        }
        free(input.real);
    }
    free(file.real);
    return status;
}

/* ---- removed, renamed, folders --------------------------------------------------------------------------------- */

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
