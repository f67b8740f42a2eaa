/* Pictures into arrays, one at a time: each goes to its place in the result as soon as it is decoded, so memory does
 * not grow with the files. Until the first colour picture comes, the result is grey; then what is there becomes colour.
 *
 * What cannot be read does not end the work at once: people should learn of more than one such file at a time. */
#include <stdio.h>
#include <string.h>

#include "import_folder_internal.h"

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/data/resize.h"
#include "fal/io/file.h"
#include "fal/io/picture.h"

enum { FAILURES_MAX = 5, SIZES_MAX = 6 };

typedef struct {
    int h, w;
    int64_t count;
} size_seen;

typedef struct {
    fal_import_input *in;
    const fal_folder *folder;
    fal_dataset_parts *parts;
    fal_hash *hash; /* over the bytes of all files, in order */
    int64_t next_train, next_test;
    /* What was seen. */
    size_seen sizes[SIZES_MAX]; /* without --resize */
    int size_count;
    int64_t other_sizes; /* pictures of further sizes */
    int64_t grey, colour, of_16_bit, transparent, turned;
    int failures;
    fal_text reasons;
} decoder;

/* ---- room for the result --------------------------------------------------------------------------------------- */

static fal_status make_room(decoder *d, const fal_picture *first)
{
    fal_dataset_parts *parts = d->parts;
    const fal_folder *folder = d->folder;
    parts->h = d->in->options->height > 0 ? d->in->options->height : first->h;
    parts->w = d->in->options->width > 0 ? d->in->options->width : first->w;
    parts->c = first->c;
    if (parts->h > FAL_SIDE_MAX || parts->w > FAL_SIDE_MAX) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: the pictures have %d x %d pixels, at most %d a side can be: give --resize HxW",
                        folder->root, parts->h, parts->w, FAL_SIDE_MAX);
    }
    for (int64_t i = 0; i < folder->count; i++) {
        *(folder->pictures[i].place == FAL_FOLDER_TEST ? &parts->n_test : &parts->n_train) += 1;
    }
    const size_t bytes = (size_t)parts->h * (size_t)parts->w * (size_t)parts->c;
    FAL_TRY(fal_alloc(&parts->train_images, (size_t)parts->n_train, bytes, "training images"));
    FAL_TRY(fal_alloc(&parts->train_labels, (size_t)parts->n_train, sizeof *parts->train_labels, "training labels"));
    FAL_TRY(fal_alloc(&parts->test_images, (size_t)parts->n_test, bytes, "test images"));
    FAL_TRY(fal_alloc(&parts->test_labels, (size_t)parts->n_test, sizeof *parts->test_labels, "test labels"));
    if (folder->sites.count > 0) {
        FAL_TRY(fal_alloc(&parts->train_site, (size_t)parts->n_train, sizeof *parts->train_site, "sites"));
    }
    return FAL_OK;
}

/** Grey images that are there already become colour. */
static fal_status widen(uint8_t **images, int64_t n, int64_t filled, size_t pixels)
{
    uint8_t *wider = NULL;
    FAL_TRY(fal_alloc(&wider, (size_t)n, 3 * pixels, "images in colour"));
    memcpy(wider, *images, (size_t)filled * pixels);
    fal_resize_to_colour(wider, filled * (int64_t)pixels);
    fal_free(*images);
    *images = wider;
    return FAL_OK;
}

static fal_status make_colour(decoder *d)
{
    fal_dataset_parts *parts = d->parts;
    const size_t pixels = (size_t)parts->h * (size_t)parts->w;
    FAL_TRY(widen(&parts->train_images, parts->n_train, d->next_train, pixels));
    FAL_TRY(widen(&parts->test_images, parts->n_test, d->next_test, pixels));
    parts->c = 3;
    return FAL_OK;
}

/* ---- one picture ----------------------------------------------------------------------------------------------- */

static void see_size(decoder *d, int h, int w)
{
    int i = 0;
    while (i < d->size_count && (d->sizes[i].h != h || d->sizes[i].w != w)) {
        i++;
    }
    if (i == SIZES_MAX) {
        d->other_sizes++;
        return;
    }
    d->size_count = i == d->size_count ? i + 1 : d->size_count;
    d->sizes[i] = (size_seen){h, w, d->sizes[i].count + 1};
}

/** Crop and grey as the options say; what was met is counted. */
static void prepare(decoder *d, fal_picture *picture)
{
    const fal_import_options *options = d->in->options;
    d->of_16_bit += picture->was_16_bit;
    d->transparent += picture->was_transparent;
    d->turned += picture->was_turned;
    *(picture->c == 1 ? &d->grey : &d->colour) += 1;
    if (options->crop) {
        const bool sized = options->height > 0;
        fal_resize_crop_centre(picture->pixels, &picture->h, &picture->w, picture->c, sized ? options->height : 1,
                               sized ? options->width : 1);
    }
    if (options->grey && picture->c == 3) {
        fal_resize_to_grey(picture->pixels, (int64_t)picture->h * picture->w);
        picture->c = 1;
    }
}

static fal_status store(decoder *d, const fal_folder_picture *about, const fal_picture *picture)
{
    fal_dataset_parts *parts = d->parts;
    if (parts->train_images == NULL) {
        FAL_TRY(make_room(d, picture));
    }
    if (picture->c > parts->c) {
        FAL_TRY(make_colour(d));
    }
    const bool test = about->place == FAL_FOLDER_TEST;
    const int64_t row = test ? d->next_test++ : d->next_train++;
    const size_t bytes = (size_t)parts->h * (size_t)parts->w * (size_t)parts->c;
    uint8_t *to = (test ? parts->test_images : parts->train_images) + (size_t)row * bytes;
    FAL_TRY(fal_resize_area(picture->pixels, picture->h, picture->w, picture->c, to, parts->h, parts->w));
    if (picture->c < parts->c) {
        fal_resize_to_colour(to, (int64_t)parts->h * parts->w);
    }
    (test ? parts->test_labels : parts->train_labels)[row] = (int16_t)about->class_number;
    if (!test && parts->train_site != NULL) {
        parts->train_site[row] = about->site;
    }
    return FAL_OK;
}

/** Sizes differ, so nothing will be made: only sizes are of interest from here on. */
static fal_status measure(decoder *d, const char *path, const unsigned char *bytes, size_t count)
{
    int h = 0;
    int w = 0;
    FAL_TRY(fal_picture_measure(path, bytes, count, &h, &w));
    if (d->in->options->crop) {
        h = w = h < w ? h : w;
    }
    see_size(d, h, w);
    return FAL_OK;
}

static fal_status take(decoder *d, const fal_folder_picture *about)
{
    char *bytes = NULL;
    size_t count = 0;
    fal_picture picture = {0};
    fal_status status = FAL_OK;
    FAL_TRY(fal_file_read(about->path, FAL_PICTURE_FILE_MAX, &bytes, &count));
    fal_hash_add(d->hash, bytes, count);
    if (d->size_count > 1) {
        FAL_TRY_GOTO(measure(d, about->path, (const unsigned char *)bytes, count));
        goto done;
    }
    FAL_TRY_GOTO(fal_picture_decode(about->path, (const unsigned char *)bytes, count, &picture));
    fal_free(bytes);
    bytes = NULL;
    prepare(d, &picture);
    if (d->in->options->height == 0) {
        see_size(d, picture.h, picture.w);
    }
    if (d->failures == 0 && d->size_count <= 1) {
        status = store(d, about, &picture);
    }
done:
    fal_picture_destroy(&picture);
    fal_free(bytes);
    return status;
}

/* ---- all ------------------------------------------------------------------------------------------------------- */

/** FAL_OK if this failure is one to collect. */
static fal_status collect_failure(decoder *d, fal_status status)
{
    if (status != FAL_ERR_INPUT) {
        return status;
    }
    char message[FAL_MESSAGE_MAX];
    (void)fal_text_copy(message, sizeof message, fal_status_message());
    fal_status_clear();
    d->failures++;
    fal_text_add(&d->reasons, "%s%s", d->reasons.length > 0 ? "; " : "", message);
    return fal_text_status(&d->reasons);
}

static fal_status fail_sizes(const decoder *d)
{
    char list[512] = "";
    for (int i = 0; i < d->size_count; i++) {
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%d x %d (%lld)", i > 0 ? ", " : "", d->sizes[i].h,
                       d->sizes[i].w, (long long)d->sizes[i].count);
    }
    const size_t used = strlen(list);
    if (d->other_sizes > 0) {
        (void)snprintf(list + used, sizeof list - used, ", others (%lld)", (long long)d->other_sizes);
    }
    return fal_fail(FAL_ERR_INPUT,
                    "%s: the pictures differ in size: %s (height x width, pictures): bring them to one size with "
                    "--resize HxW, e.g. 32x32%s",
                    d->folder->root, list, d->in->options->crop ? "" : ", and --crop centre to keep proportions");
}

static fal_status check(decoder *d)
{
    if (d->failures == 1) {
        return fal_fail(FAL_ERR_INPUT, "%s", d->reasons.chars);
    }
    if (d->failures > 1) {
        return fal_fail(FAL_ERR_INPUT, "%s%d pictures cannot be read: %s",
                        d->failures == FAILURES_MAX ? "at least " : "", d->failures, d->reasons.chars);
    }
    return d->size_count > 1 ? fail_sizes(d) : FAL_OK;
}

static void note_changes(const decoder *d)
{
    fal_import_input *in = d->in;
    if (d->grey > 0 && d->colour > 0) {
        fal_import_note(in, "grey and colour mixed, %lld and %lld pictures: all become %s", (long long)d->grey,
                        (long long)d->colour, in->options->grey ? "grey" : "colour (--grey: all grey)");
    }
    if (d->of_16_bit > 0) {
        fal_import_note(in, "pictures of 16 bits a value, scaled to 8 and rounded: %lld", (long long)d->of_16_bit);
    }
    if (d->transparent > 0) {
        fal_import_note(in, "pictures transparent in places, laid on black: %lld", (long long)d->transparent);
    }
    if (d->turned > 0) {
        fal_import_note(in, "pictures turned upright as their cameras noted (EXIF): %lld", (long long)d->turned);
    }
}

static void add_source(const decoder *d)
{
    char sha256[FAL_HASH_TEXT];
    const char *root = d->folder->root;
    const char *slash = strrchr(root, '/');
    fal_hash_finish(d->hash, sha256);
    fal_text_add(&d->in->source, "%s%s: %lld pictures, sha256 of all in order:%s", d->in->source.length > 0 ? "; " : "",
                 slash != NULL && slash[1] != '\0' ? slash + 1 : root, (long long)d->folder->count, sha256);
}

fal_status fal_folder_decode(fal_import_input *in, const fal_folder *folder, fal_dataset_parts *parts)
{
    decoder d = {.in = in, .folder = folder, .parts = parts};
    fal_status status = FAL_OK;
    FAL_TRY(fal_hash_create(&d.hash));
    for (int64_t i = 0; i < folder->count && d.failures < FAILURES_MAX; i++) {
        fal_import_tell(in, folder->pictures[i].path, i, folder->count);
        status = take(&d, &folder->pictures[i]);
        if (status != FAL_OK) {
            FAL_TRY_GOTO(collect_failure(&d, status));
        }
    }
    FAL_TRY_GOTO(check(&d));
    note_changes(&d);
    add_source(&d);
    status = fal_text_status(&in->source);
done:
    fal_text_destroy(&d.reasons);
    fal_hash_destroy(d.hash);
    return status;
}
