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
    const char *name; /* of the dataset, unless the user gives one; NULL: that of the output */
    fal_import_form form;
    int fewest; /* files */
    uint32_t takes;
    fal_status (*make)(fal_import_input *in, fal_dataset_parts *parts);
} importer;

#define IMPORTER_ROW(kind, name, form, fewest, takes, help)                                                            \
    {{#kind, help}, name, form, fewest, FAL_IMPORT_ALL_TAKE | (takes), fal_import_##kind},
static const importer importers[] = {FAL_IMPORTERS(IMPORTER_ROW)};
#undef IMPORTER_ROW
enum { IMPORTERS = sizeof importers / sizeof importers[0] };

#define OPTION_ROW(id, option, value, help) [FAL_IMPORT_##id] = {option, value},
static const struct {
    const char *name, *value;
} option_rows[FAL_IMPORT_OPTION_COUNT] = {FAL_IMPORT_OPTIONS(OPTION_ROW)};
#undef OPTION_ROW

bool fal_import_option_is_path(fal_import_option option)
{
    const char *value = option_rows[option].value;
    return value != NULL && (strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0);
}

const fal_import_kind *fal_import_kinds(void)
{
    static fal_import_kind kinds[IMPORTERS + 1];
    for (int i = 0; i < IMPORTERS; i++) {
        kinds[i] = importers[i].about;
    }
    return kinds;
}

/* ---- pieces ---------------------------------------------------------------------------------------------------- */

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
    const char *slash = strrchr(name, '/');
    if (pieces->count >= FILES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: more than %d files to import", name, FILES_MAX);
    }
    FAL_TRY(new_piece(pieces, &piece));
    (void)fal_text_copy(piece->name, sizeof piece->name, slash != NULL ? slash + 1 : name);
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
    const char *slash = strrchr(path, '/');
    FAL_TRY(fal_file_sha256(path, sha256));
    if (refuse_equal && in->source.chars != NULL && strstr(in->source.chars, sha256) != NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds the same data as a file before it: give one of them", path);
    }
    return fal_text_add(&in->source, "%s%s sha256:%s", in->source.length > 0 ? "; " : "",
                        slash != NULL ? slash + 1 : path, sha256);
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

int fal_import_largest_label(const int16_t *labels, int64_t n, int so_far)
{
    for (int64_t i = 0; i < n; i++) {
        so_far = labels[i] > so_far ? labels[i] : so_far;
    }
    return so_far;
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
    return fal_fail(FAL_ERR_USAGE,
                    "import %.60s: there is no such kind of data%s%s: see fal_data import --help and docs/own-data.md",
                    kind, nearest != NULL ? ", did you mean " : "", nearest != NULL ? nearest : "");
}

/** "svhn, npy": the kinds that take an option. */
static void list_takers(fal_import_option option, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < IMPORTERS; i++) {
        if ((importers[i].takes >> option & 1U) != 0 && used < size) {
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", importers[i].about.kind);
        }
    }
}

static fal_status check_settings(const fal_import_settings *settings, const importer *chosen, const char **name)
{
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        if (settings->values[i] != NULL && (chosen->takes >> i & 1U) == 0) {
            char takers[256];
            list_takers((fal_import_option)i, takers, sizeof takers);
            return fal_fail(FAL_ERR_USAGE, "--%s: import %s does not take it, only: %s", option_rows[i].name,
                            settings->kind, takers);
        }
    }
    if (settings->file_count < chosen->fewest) {
        return fal_fail(FAL_ERR_USAGE, "import %s: no files given: %s", settings->kind, chosen->about.help);
    }
    *name = chosen->name != NULL ? chosen->name : settings->output_name;
    *name = settings->name != NULL ? settings->name : *name;
    if (settings->name == NULL && chosen->name == NULL && *name != NULL && !fal_dataset_name_is_valid(*name)) {
        return fal_fail(FAL_ERR_USAGE,
                        "the output's name, %.60s, cannot be the dataset's: give --name, of letters, digits, '-', '_', "
                        "'+' and '.'",
                        *name);
    }
    if (*name == NULL || !fal_dataset_name_is_valid(*name)) {
        return fal_fail(FAL_ERR_USAGE, "--name %.60s: must consist of letters, digits, '-', '_', '+' and '.'",
                        *name != NULL ? *name : "");
    }
    return FAL_OK;
}

/** What the user said wins over the importer's constants. */
static fal_status take_constants(const fal_import_options *options, fal_dataset_parts *parts)
{
    if (options->means > parts->c || options->stds > parts->c) {
        return fal_fail(FAL_ERR_USAGE, "--mean, --std: three numbers are given, but the images have one channel");
    }
    for (int i = 0; i < parts->c; i++) {
        parts->mean[i] = options->means > 0 ? options->mean[options->means == 1 ? 0 : i] : parts->mean[i];
        parts->std[i] = options->stds > 0 ? options->std[options->stds == 1 ? 0 : i] : parts->std[i];
    }
    return FAL_OK;
}

/** One file given for both. */
static fal_status check_sets(const fal_dataset_parts *parts)
{
    const size_t bytes = (size_t)parts->n_train * (size_t)parts->h * (size_t)parts->w * (size_t)parts->c;
    if (parts->n_train == parts->n_test && memcmp(parts->train_images, parts->test_images, bytes) == 0) {
        return fal_fail(FAL_ERR_INPUT, "training and test images are the same: give the two sets");
    }
    return FAL_OK;
}

static fal_status finish(const fal_import_options *options, fal_dataset_parts *parts)
{
    parts->flip = options->flip == FAL_IMPORT_AUTO ? parts->flip : options->flip == FAL_IMPORT_YES;
    FAL_TRY(take_constants(options, parts));
    FAL_TRY(check_sets(parts));
    if (parts->n_test > 0) {
        return options->test_share <= 0 ? FAL_OK
                                        : fal_fail(FAL_ERR_USAGE,
                                                   "--test-share: the files have a test set of %lld "
                                                   "images: leave the option or the test files away",
                                                   (long long)parts->n_test);
    }
    return fal_import_split(options->test_share, options->seed, parts);
}

/** The options in the words of the command line: they belong to the origin of the dataset as its files do. */
static void add_options(const fal_import_settings *settings, fal_dataset_parts *parts)
{
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        const size_t used = strlen(parts->source);
        if (settings->values[i] != NULL && !fal_import_option_is_path((fal_import_option)i)) {
            (void)snprintf(parts->source + used, sizeof parts->source - used, "%s--%s%s%s", used > 0 ? "; " : "",
                           option_rows[i].name, settings->values[i][0] != '\0' ? " " : "", settings->values[i]);
        }
    }
}

fal_status fal_import_make(const fal_import_settings *settings, fal_dataset_parts *parts, fal_import_remarks *remarks)
{
    const importer *chosen = NULL;
    const char *name = NULL;
    fal_import_options options;
    memset(parts, 0, sizeof *parts);
    memset(remarks, 0, sizeof *remarks);
    FAL_TRY(find_importer(settings->kind, &chosen));
    FAL_TRY(check_settings(settings, chosen, &name));
    FAL_TRY(fal_import_read_options(settings, &options));
    fal_import_input in = {
        .options = &options, .form = chosen->form, .paths = settings->files, .path_count = settings->file_count};
    (void)fal_text_copy(parts->name, sizeof parts->name, name);
    parts->flip = true;
    fal_status status = fal_import_in_child(settings, &in, chosen->make, parts);
    if (status == FAL_OK) {
        (void)fal_text_copy(parts->name, sizeof parts->name,
                            name); /* it becomes part of file names: ours, not the child's */
        add_options(settings, parts);
        status = finish(&options, parts);
    }
    remarks->notes = in.notes;
    if (status == FAL_OK) {
        status = fal_import_remark(chosen->takes, parts, remarks);
    }
    if (status != FAL_OK) {
        fal_dataset_parts_destroy(parts);
    }
    return status;
}
