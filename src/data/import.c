/* Importing image data: files, archives and folders become pieces in memory, an importer per kind makes arrays of them.
 *
 * The order in which files are given does not matter where their names or contents tell them apart, so the same files
 * always give the same dataset. */
#include "fal/data/import.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "import_internal.h"

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"

enum { FILES_MAX = 10000, PATH_SIZE = 4096 };

typedef struct {
    fal_import_kind about;
    const char *name; /* of the dataset, unless the user gives one; NULL: the user must */
    fal_status (*make)(fal_import_pieces *pieces, fal_dataset_parts *parts);
} importer;

static const importer importers[] = {
    {{"cifar10", "CIFAR-10, binary version: data_batch_*.bin test_batch.bin, .xz, .tar.gz or the folder"},
     "cifar10",
     fal_import_cifar10},
    {{"cifar100", "CIFAR-100, binary version: train.bin test.bin, .xz, .tar.gz or the folder (fine labels)"},
     "cifar100",
     fal_import_cifar100},
    {{"idx", "MNIST, Fashion-MNIST and relatives: the four idx files, .gz or plain, in any order, or the folder"},
     NULL,
     fal_import_idx},
};
enum { IMPORTERS = sizeof importers / sizeof importers[0] };

const fal_import_kind *fal_import_kinds(void)
{
    static fal_import_kind kinds[IMPORTERS + 1];
    for (int i = 0; i < IMPORTERS; i++) {
        kinds[i] = importers[i].about;
    }
    return kinds;
}

/* ---- pieces ---------------------------------------------------------------------------------------------------- */

static void destroy_pieces(fal_import_pieces *pieces)
{
    for (int i = 0; i < pieces->count; i++) {
        fal_free(pieces->pieces[i].bytes);
    }
    fal_free(pieces->pieces);
    *pieces = (fal_import_pieces){0};
}

static fal_status new_piece(fal_import_pieces *pieces, fal_import_piece **piece)
{
    if (pieces->count == pieces->room) {
        fal_import_piece *larger = NULL;
        const int room = pieces->room == 0 ? 16 : 2 * pieces->room;
        FAL_TRY(fal_alloc(&larger, (size_t)room, sizeof *larger, "files to import"));
        if (pieces->count > 0) {
            memcpy(larger, pieces->pieces, (size_t)pieces->count * sizeof *larger);
        }
        fal_free(pieces->pieces);
        pieces->pieces = larger;
        pieces->room = room;
    }
    *piece = &pieces->pieces[pieces->count];
    **piece = (fal_import_piece){0};
    return FAL_OK;
}

typedef struct {
    fal_import_pieces *pieces;
    bool folder;
    const char *path;
} collector;

static fal_status collect(void *context, const char *name, const unsigned char *bytes, size_t count, bool inside)
{
    const collector *c = context;
    fal_import_piece *piece = NULL;
    const char *slash = strrchr(name, '/');
    if (c->pieces->count >= FILES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: more than %d files to import", name, FILES_MAX);
    }
    FAL_TRY(new_piece(c->pieces, &piece));
    (void)fal_text_copy(piece->name, sizeof piece->name, slash != NULL ? slash + 1 : name);
    (void)snprintf(piece->origin, sizeof piece->origin, "%s%s%s", c->path, inside ? ": member " : "",
                   inside ? name : "");
    FAL_TRY(fal_alloc(&piece->bytes, count, 1, piece->name));
    if (count > 0) {
        memcpy(piece->bytes, bytes, count);
    }
    piece->count = count;
    piece->found = inside || c->folder;
    c->pieces->total += count;
    c->pieces->count++;
    return FAL_OK;
}

/* ---- files and folders ----------------------------------------------------------------------------------------- */

static fal_status read_file(const char *path, bool folder, fal_import_pieces *pieces, fal_text *source)
{
    char sha256[65];
    collector c = {pieces, folder, path};
    const char *slash = strrchr(path, '/');
    FAL_TRY(fal_file_sha256(path, sha256));
    FAL_TRY(fal_archive_visit(path, FAL_IMPORT_LIMIT - pieces->total, collect, &c));
    return fal_text_add(source, "%s%s sha256:%s", source->length > 0 ? "; " : "", slash != NULL ? slash + 1 : path,
                        sha256);
}

static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }
static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static fal_status read_folder(const char *path, fal_import_pieces *pieces, fal_text *source)
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
            status = read_file(file, true, pieces, source);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

static fal_status read_all(const fal_import_settings *settings, fal_import_pieces *pieces, fal_text *source)
{
    for (int i = 0; i < settings->file_count; i++) {
        struct stat about;
        const char *path = settings->files[i];
        const bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
        FAL_TRY(folder ? read_folder(path, pieces, source) : read_file(path, false, pieces, source));
    }
    return FAL_OK;
}

/* ---- what importers share -------------------------------------------------------------------------------------- */

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

bool fal_import_has_ending(const char *name, const char *ending)
{
    const size_t length = strlen(name);
    const size_t tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

fal_status fal_import_class_names(const fal_import_piece *piece, fal_dataset_parts *parts)
{
    int names = 0;
    for (size_t at = 0; at < piece->count;) {
        const unsigned char *end = memchr(piece->bytes + at, '\n', piece->count - at);
        const size_t length = end != NULL ? (size_t)(end - piece->bytes) - at : piece->count - at;
        char line[FAL_NAME_MAX] = "";
        if (length < sizeof line) {
            memcpy(line, piece->bytes + at, length);
        }
        const char *name = fal_text_trim(line);
        if (length >= sizeof line || (name[0] != '\0' && names == parts->classes)) {
            return fal_fail(FAL_ERR_INPUT, "%s: expected %d class names, one a line, of up to %d bytes", piece->name,
                            parts->classes, FAL_NAME_MAX - 1);
        }
        if (name[0] != '\0') {
            (void)fal_text_copy(parts->class_names[names++], FAL_NAME_MAX, name);
        }
        at += length + 1;
    }
    if (names != parts->classes) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %d class names, expected %d", piece->name, names, parts->classes);
    }
    return FAL_OK;
}

void fal_import_number_classes(fal_dataset_parts *parts)
{
    for (int i = 0; i < parts->classes; i++) {
        (void)snprintf(parts->class_names[i], FAL_NAME_MAX, "%d", i);
    }
}

void fal_import_constants(fal_dataset_parts *parts, float mean, float std)
{
    for (int i = 0; i < 3; i++) {
        parts->mean[i] = mean;
        parts->std[i] = std;
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static fal_status find_importer(const char *kind, const importer **found)
{
    const char *kinds[IMPORTERS];
    for (int i = 0; i < IMPORTERS; i++) {
        kinds[i] = importers[i].about.kind;
        if (strcmp(kind, kinds[i]) == 0) {
            *found = &importers[i];
            return FAL_OK;
        }
    }
    const char *nearest = fal_text_nearest(kind, kinds, IMPORTERS);
    return fal_fail(FAL_ERR_USAGE, "import %.60s: there is no such kind of data%s%s: see fal_data import --help", kind,
                    nearest != NULL ? ", did you mean " : "", nearest != NULL ? nearest : "");
}

fal_status fal_import_make(const fal_import_settings *settings, fal_dataset_parts *parts)
{
    const importer *chosen = NULL;
    fal_import_pieces pieces = {0};
    fal_text source = {0};
    fal_status status = FAL_OK;
    memset(parts, 0, sizeof *parts);
    FAL_TRY(find_importer(settings->kind, &chosen));
    const char *name = settings->name != NULL ? settings->name : chosen->name;
    if (settings->file_count < 1) {
        return fal_fail(FAL_ERR_USAGE, "import %s: no files given: %s", settings->kind, chosen->about.help);
    }
    if (name == NULL || !fal_dataset_name_is_valid(name)) {
        return fal_fail(FAL_ERR_USAGE, "--name %.60s: must consist of letters, digits, '-', '_', '+' and '.'",
                        name != NULL ? name : "");
    }
    FAL_TRY_GOTO(read_all(settings, &pieces, &source));
    (void)fal_text_copy(parts->name, sizeof parts->name, name);
    (void)fal_text_copy(parts->source, sizeof parts->source, source.chars != NULL ? source.chars : "");
    parts->flip = true;
    status = chosen->make(&pieces, parts);
done:
    fal_text_destroy(&source);
    destroy_pieces(&pieces);
    if (status != FAL_OK) {
        fal_dataset_parts_destroy(parts);
    }
    return status;
}
