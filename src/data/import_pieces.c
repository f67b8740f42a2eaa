/* What importers work from: files, archives and folders, unpacked into pieces in memory.
 *
 * The order in which files are given does not matter where their names or contents tell them apart, so the same files
 * always give the same dataset. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "import_internal.h"

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"

enum { FILES_MAX = 10000, PATH_SIZE = 4096 };

/* ---- pieces ---------------------------------------------------------------------------------------------------- */

static fal_status new_piece(fal_import_pieces *pieces, fal_import_piece **piece)
{
    FAL_TRY(fal_grow(&pieces->pieces, pieces->count, pieces->count + 1, &pieces->room, sizeof *pieces->pieces,
                     "files to import"));
    *piece = &pieces->pieces[pieces->count];
    **piece = (fal_import_piece){0};
    return FAL_OK;
}

typedef struct {
    fal_import_input *in;
    const char *path;
    int64_t bytes; /* of the file */
    size_t before; /* unpacked bytes of the files before */
    bool folder;
} collector;

/** Of a file a third of the work is its checksum, the rest unpacking, which is about as long as it unpacks to. */
static void tell_unpacked(const collector *c)
{
    const int64_t unpacked = (int64_t)(c->in->pieces.total - c->before);
    const int64_t share = unpacked < c->bytes ? unpacked : c->bytes;
    fal_import_tell(c->in, c->path, c->in->bytes_done + (c->bytes + 2 * share) / 3, c->in->bytes_total);
}

static fal_status collect(void *context, const char *name, const unsigned char *bytes, size_t count, bool inside)
{
    const collector *c = context;
    fal_import_pieces *pieces = &c->in->pieces;
    fal_import_piece *piece = NULL;
    if (pieces->count >= FILES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: more than %d files to import", name, FILES_MAX);
    }
    FAL_TRY(new_piece(pieces, &piece));
    (void)fal_text_copy(piece->name, sizeof piece->name, fal_path_base(name));
    (void)snprintf(piece->origin, sizeof piece->origin, "%s%s%s", c->path, inside ? ": member " : "",
                   inside ? name : "");
    FAL_TRY(fal_alloc(&piece->bytes, count, 1, piece->name));
    if (count > 0) {
        memcpy(piece->bytes, bytes, count);
    }
    piece->count = count;
    piece->found = inside || c->folder;
    pieces->total += count;
    pieces->count++;
    tell_unpacked(c);
    return FAL_OK;
}

/* ---- files and folders ----------------------------------------------------------------------------------------- */

fal_status fal_import_add_source(fal_import_input *in, const char *path, bool refuse_equal)
{
    char sha256[65];
    if (fal_import_bytes_of(path) > (int64_t)FAL_IMPORT_LIMIT) { /* whose checksum takes hours */
        return fal_fail(FAL_ERR_INPUT, "%s: has more than the %lld MiB that an import takes: split it", path,
                        (long long)(FAL_IMPORT_LIMIT >> 20));
    }
    FAL_TRY(fal_file_sha256(path, sha256));
    if (refuse_equal && in->source.chars != NULL && strstr(in->source.chars, sha256) != NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds the same data as a file before it: give one of them", path);
    }
    fal_text_add(&in->source, "%s%s sha256:%s", in->source.length > 0 ? "; " : "", fal_path_base(path), sha256);
    return fal_text_status(&in->source);
}

fal_status fal_import_read(fal_import_input *in, const char *path, bool found)
{
    const collector c = {in, path, fal_import_bytes_of(path), in->pieces.total, found};
    fal_import_tell(in, path, in->bytes_done, in->bytes_total);
    FAL_TRY(fal_import_add_source(in, path, false));
    tell_unpacked(&c);
    FAL_TRY(fal_archive_visit(path, in->limit - in->pieces.total, collect, (void *)&c));
    in->bytes_done += c.bytes;
    return FAL_OK;
}

static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }
static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static fal_status visit_folder(fal_import_input *in, const char *path, fal_import_visitor visit, void *context)
{
    struct dirent **entries = NULL;
    fal_status status = FAL_OK;
    const int count = scandir(path, &entries, visible, by_bytes);
    if (count < 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot list the folder: %s", path, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        char file[PATH_SIZE];
        struct stat about;
        const int length = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (status == FAL_OK && length > 0 && length < (int)sizeof file && stat(file, &about) == 0 &&
            S_ISREG(about.st_mode) && about.st_size > 0) {
            status = visit(in, file, true, context);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

fal_status fal_import_visit_files(fal_import_input *in, fal_import_visitor visit, void *context)
{
    for (int i = 0; i < in->path_count; i++) {
        struct stat about;
        const char *path = in->paths[i];
        const bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
        FAL_TRY(folder ? visit_folder(in, path, visit, context) : visit(in, path, false, context));
    }
    return FAL_OK;
}

static fal_status read_one(fal_import_input *in, const char *path, bool found, void *context)
{
    (void)context;
    return fal_import_read(in, path, found);
}

fal_status fal_import_read_all(fal_import_input *in) { return fal_import_visit_files(in, read_one, NULL); }

/* ---- one among others ------------------------------------------------------------------------------------------ */

/* An insertion sort does for a handful of files. */
void fal_import_sort(fal_import_pieces *pieces)
{
    for (int i = 1; i < pieces->count; i++) {
        const fal_import_piece moving = pieces->pieces[i];
        int to = i;
        for (; to > 0 && strcmp(pieces->pieces[to - 1].name, moving.name) > 0; to--) {
            pieces->pieces[to] = pieces->pieces[to - 1];
        }
        pieces->pieces[to] = moving;
    }
}

fal_status fal_import_refuse_equal(const fal_import_pieces *pieces, bool (*counts)(const fal_import_piece *piece))
{
    char(*sha256)[FAL_HASH_TEXT] = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&sha256, (size_t)pieces->count, sizeof *sha256, "checksums of files"));
    for (int i = 0; i < pieces->count; i++) {
        const fal_import_piece *piece = &pieces->pieces[i];
        if (!counts(piece)) {
            continue;
        }
        FAL_TRY_GOTO(fal_hash_bytes(piece->bytes, piece->count, sha256[i]));
        for (int before = 0; before < i; before++) {
            if (strcmp(sha256[before], sha256[i]) == 0) {
                status = fal_fail(FAL_ERR_INPUT, "%s and %s hold the same data: give one of them",
                                  pieces->pieces[before].origin, piece->origin);
                goto done;
            }
        }
    }
done:
    fal_free(sha256);
    return status;
}

bool fal_import_is_test(const char *name)
{
    return (strstr(name, "test") != NULL || strstr(name, "t10k") != NULL) && strstr(name, "train") == NULL;
}
