/* Reading in a child process (io/sandbox.h): what decodes files from strangers never runs in the process that writes
 * the dataset. The child sends the head of the dataset and its arrays; here they are received as if a stranger had sent
 * them, too. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>

#include "import_internal.h"

#include "image_names_internal.h"

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/io/sandbox.h"

/* Unpacked bytes per byte of the files, and what small files may unpack to in any case. Photographs and scans shrink to
 * a half or a tenth; a thousandth is what deflate can do with nothing but zeros. */
enum { EXPANSION = 32, SECONDS = 1800, NOTES_LIMIT = 1 << 16 };
static const size_t unpacked_least = (size_t)256 << 20;
/* While a member is unpacked there are its buffer, the one it outgrows and its copy; decoding needs less. */
enum { COPIES = 3 };
/* Of large collections: slower than any decoder, so that only what loops meets the limit. */
static const int64_t bytes_per_second = 1 << 20;
static const size_t libraries = (size_t)64 << 20;

/* ---- how much there is to read --------------------------------------------------------------------------------- */

/** Bytes of a file, or of all files below a folder, a few levels deep and at most *left entries. */
static int64_t bytes_below(const char *path, int depth, int *left)
{
    struct stat about;
    int64_t bytes = 0;
    if (path == NULL || stat(path, &about) != 0) {
        return 0;
    }
    if (!S_ISDIR(about.st_mode)) {
        return S_ISREG(about.st_mode) ? (int64_t)about.st_size : 0;
    }
    DIR *folder = depth > 0 ? opendir(path) : NULL;
    for (struct dirent *entry = NULL; folder != NULL && *left > 0 && (entry = readdir(folder)) != NULL; --*left) {
        fal_text below = {0};
        fal_text_add(&below, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && !below.failed) {
            bytes += bytes_below(below.chars, depth - 1, left);
        }
        fal_text_destroy(&below);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return bytes;
}

int64_t fal_import_bytes_of(const char *file)
{
    int left = 0;
    return bytes_below(file, 0, &left);
}

static int64_t bytes_to_read(const fal_import_input *in)
{
    enum { DEPTH = 6, ENTRIES_MOST = 2000000 };
    const fal_import_options *o = in->options;
    const char *const others[] = {o->images, o->labels, o->test_images, o->test_labels, o->sites, o->unlabelled};
    int64_t bytes = 0;
    int left = ENTRIES_MOST;
    for (int i = 0; i < in->path_count; i++) {
        bytes += bytes_below(in->paths[i], DEPTH, &left);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        bytes += bytes_below(others[i], DEPTH, &left);
    }
    return bytes;
}

/* ---- the child ------------------------------------------------------------------------------------------------- */

void fal_import_tell(fal_import_input *in, const char *file, int64_t done, int64_t total)
{
    static const double step = 0.1;
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : file;
    const double now = fal_clock_seconds();
    if (in->line != NULL && (now - in->told > step || done == 0 || done == total)) {
        in->told = now;
        fal_sandbox_tell(in->line, name, done, total);
    }
}

void fal_import_note(fal_import_input *in, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (in->notes.length + sizeof line < NOTES_LIMIT) {
        fal_text_add(&in->notes, "%s\n", line);
    }
}

typedef struct {
    fal_import_input *in;
    fal_status (*make)(fal_import_input *in, fal_dataset_parts *parts);
    fal_dataset_parts *parts;
    void (*progress)(void *context, const char *file, int64_t done, int64_t total);
    void *progress_context;
} exchange;

typedef struct {
    void *values;
    size_t bytes;
} block;

enum { BLOCKS = 6, NAMES_LIMIT = 1 << 30 };

static void list_blocks(const fal_dataset_parts *parts, block blocks[BLOCKS])
{
    const size_t pixels = (size_t)parts->h * (size_t)parts->w * (size_t)parts->c;
    const size_t n = (size_t)parts->n_train;
    const size_t t = (size_t)parts->n_test;
    blocks[0] = (block){parts->train_images, n * pixels};
    blocks[1] = (block){parts->train_labels, n * sizeof *parts->train_labels};
    blocks[2] = (block){parts->train_site, parts->train_site != NULL ? n * sizeof *parts->train_site : 0};
    blocks[3] = (block){parts->test_images, t * pixels};
    blocks[4] = (block){parts->test_labels, t * sizeof *parts->test_labels};
    blocks[5] = (block){parts->names, parts->names != NULL ? parts->names_bytes : 0};
}

static fal_status work(void *context, fal_sandbox_line *line)
{
    const exchange *e = context;
    fal_import_input *in = e->in;
    block blocks[BLOCKS];
    in->line = line;
    if (in->form == FAL_IMPORT_PIECES) {
        FAL_TRY(fal_import_read_all(in));
    }
    FAL_TRY(e->make(in, e->parts));
    FAL_TRY(fal_text_status(&in->notes));
    (void)fal_text_copy(e->parts->source, sizeof e->parts->source, in->source.chars != NULL ? in->source.chars : "");
    list_blocks(e->parts, blocks);
    FAL_TRY(fal_sandbox_send(line, e->parts, sizeof *e->parts));
    for (int i = 0; i < BLOCKS; i++) {
        FAL_TRY(fal_sandbox_send(line, blocks[i].values, blocks[i].bytes));
    }
    const uint64_t length = in->notes.length;
    FAL_TRY(fal_sandbox_send(line, &length, sizeof length));
    return fal_sandbox_send(line, in->notes.chars, in->notes.length);
}

/* ---- here ------------------------------------------------------------------------------------------------------ */

/* The importer's own business, said by name where it is an oversight and no attack. */
static fal_status check_is_filled(const fal_dataset_parts *parts)
{
    const char *missing = parts->n_train < 1             ? "training images"
                          : parts->classes < 1           ? "number of classes"
                          : parts->c < 1                 ? "number of channels"
                          : parts->h < 1 || parts->w < 1 ? "size of the images"
                                                         : NULL;
    return missing == NULL ? FAL_OK : fal_fail(FAL_ERR_INPUT, "the files give no %s", missing);
}

static fal_status not_ours(void)
{
    return fal_fail(FAL_ERR_INPUT, "what was read does not fit together: do not use these files");
}

static bool is_text(const char *text, size_t size) { return memchr(text, '\0', size) != NULL; }

/** Sizes, before anything of these sizes is allocated. */
static bool sizes_are_possible(const fal_dataset_parts *parts)
{
    if (parts->classes < 1 || parts->classes > FAL_CLASSES_MAX || (parts->c != 1 && parts->c != 3) || parts->h < 1 ||
        parts->h > FAL_SIDE_MAX || parts->w < 1 || parts->w > FAL_SIDE_MAX || parts->n_train < 1 ||
        parts->n_train > FAL_IMAGES_MAX || parts->n_test < 0 || parts->n_test > FAL_IMAGES_MAX) {
        return false;
    }
    const size_t most = FAL_IMPORT_LIMIT / ((size_t)parts->h * (size_t)parts->w * (size_t)parts->c);
    return (size_t)parts->n_train <= most && (size_t)parts->n_test <= most;
}

static bool texts_are_whole(const fal_dataset_parts *parts)
{
    bool good = is_text(parts->name, sizeof parts->name) && is_text(parts->source, sizeof parts->source) &&
                is_text(parts->license, sizeof parts->license);
    for (int i = 0; i < parts->classes && good; i++) {
        good = is_text(parts->class_names[i], FAL_NAME_MAX) && parts->class_names[i][0] != '\0';
    }
    return good;
}

static bool labels_are_classes(const int16_t *labels, int64_t n, int lowest, int classes)
{
    bool good = true;
    for (int64_t i = 0; i < n; i++) {
        good = good && labels[i] >= lowest && labels[i] < classes;
    }
    return good;
}

static fal_status check_arrays(const fal_dataset_parts *parts)
{
    bool good = labels_are_classes(parts->train_labels, parts->n_train, -1, parts->classes) &&
                labels_are_classes(parts->test_labels, parts->n_test, 0, parts->classes);
    for (int i = 0; i < parts->c; i++) {
        good = good && isfinite(parts->mean[i]) && isfinite(parts->std[i]) && parts->std[i] > 0;
    }
    for (int64_t i = 0; i < parts->n_train && parts->train_site != NULL; i++) {
        good = good && parts->train_site[i] >= 0;
    }
    return good && fal_image_names_fit(parts) ? FAL_OK : not_ours();
}

static fal_status receive_array(fal_sandbox_line *line, void *array, size_t bytes, const char *what)
{
    FAL_TRY(fal_alloc(array, bytes, 1, what));
    return fal_sandbox_receive(line, *(void **)array, bytes);
}

static fal_status receive_notes(fal_sandbox_line *line, fal_text *notes)
{
    uint64_t length = 0;
    char *chars = NULL;
    FAL_TRY(fal_sandbox_receive(line, &length, sizeof length));
    if (length > NOTES_LIMIT) {
        return not_ours();
    }
    FAL_TRY(fal_alloc(&chars, length + 1, 1, "notes"));
    fal_status status = fal_sandbox_receive(line, chars, length);
    if (status == FAL_OK) {
        fal_text_add(notes, "%s", chars);
        status = fal_text_status(notes);
    }
    fal_free(chars);
    return status;
}

static fal_status take(void *context, fal_sandbox_line *line)
{
    const exchange *e = context;
    fal_dataset_parts *parts = e->parts;
    block blocks[BLOCKS];
    fal_status status = fal_sandbox_receive(line, parts, sizeof *parts);
    const bool sites = parts->train_site != NULL;
    const bool names = parts->names != NULL;
    parts->train_images = NULL; /* addresses of the child's */
    parts->train_labels = NULL;
    parts->train_site = NULL;
    parts->test_images = NULL;
    parts->test_labels = NULL;
    parts->names = NULL;
    FAL_TRY(status);
    FAL_TRY(check_is_filled(parts));
    if (!sizes_are_possible(parts) || !texts_are_whole(parts) || parts->names_bytes > NAMES_LIMIT) {
        return not_ours();
    }
    list_blocks(parts, blocks);
    FAL_TRY(receive_array(line, &parts->train_images, blocks[0].bytes, "training images"));
    FAL_TRY(receive_array(line, &parts->train_labels, blocks[1].bytes, "training labels"));
    if (sites) {
        FAL_TRY(receive_array(line, &parts->train_site, (size_t)parts->n_train * sizeof(int32_t), "sites"));
    } else {
        FAL_TRY(fal_sandbox_receive(line, NULL, 0));
    }
    FAL_TRY(receive_array(line, &parts->test_images, blocks[3].bytes, "test images"));
    FAL_TRY(receive_array(line, &parts->test_labels, blocks[4].bytes, "test labels"));
    if (names) {
        FAL_TRY(receive_array(line, &parts->names, parts->names_bytes, "names of the images"));
    } else {
        FAL_TRY(fal_sandbox_receive(line, NULL, 0));
    }
    FAL_TRY(receive_notes(line, &e->in->notes));
    return check_arrays(parts);
}

static void hear(void *context, const char *what, int64_t done, int64_t total)
{
    const exchange *e = context;
    if (e->progress != NULL) {
        e->progress(e->progress_context, what, done, total);
    }
}

fal_status fal_import_in_child(const fal_import_settings *settings, fal_import_input *in,
                               fal_status (*make)(fal_import_input *in, fal_dataset_parts *parts),
                               fal_dataset_parts *parts)
{
    exchange e = {in, make, parts, settings->progress, settings->progress_context};
    const fal_sandbox_job job = {.work = work, .take = take, .hear = hear, .context = &e};
    const char *first = in->path_count > 0 ? in->paths[0] : in->options->images;
    in->bytes_total = bytes_to_read(in);
    const size_t unpacked = EXPANSION * (size_t)in->bytes_total;
    in->limit = unpacked < unpacked_least ? unpacked_least : unpacked;
    in->limit = in->limit < FAL_IMPORT_LIMIT ? in->limit : FAL_IMPORT_LIMIT;
    const int64_t seconds = SECONDS + in->bytes_total / bytes_per_second;
    const fal_sandbox_limits limits = {.memory = COPIES * in->limit + libraries, .seconds = seconds};
    return fal_sandbox_exchange(first != NULL ? first : settings->kind, &limits, &job);
}
