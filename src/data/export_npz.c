/* A dataset as a NumPy archive. Images go from the file to their places in the archive, so there is one copy of them.
 */
#include "fal/data/export.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/io/file.h"
#include "fal/io/npy.h"
#include "fal/io/zip_write.h"

enum { X_TRAIN, Y_TRAIN, X_TEST, Y_TEST, CLASS_NAMES, SITES, MEMBERS };

typedef struct {
    const fal_dataset *dataset;
    const fal_export_progress *progress;
    unsigned char headers[MEMBERS][FAL_NPY_HEADER];
    size_t header_bytes[MEMBERS];
    fal_zip_member members[MEMBERS];
    int count;
    bool test;
    int64_t done;
    int name_width; /* characters of the longest class name */
} archive;

/* ---- class names ----------------------------------------------------------------------------------------------- */

/** The next character of UTF-8 (valid: the dataset's names are checked when it is opened). */
static uint32_t next_character(const unsigned char **at)
{
    const unsigned char *p = *at;
    const int more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? p[0] : p[0] & (0x3fU >> more);
    for (int i = 1; i <= more && p[i] != '\0'; i++) {
        code = code << 6 | (p[i] & 0x3fU);
        ++*at;
    }
    ++*at;
    return code;
}

static int characters_of(const char *name)
{
    int count = 0;
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; count++) {
        (void)next_character(&at);
    }
    return count;
}

/** As NumPy keeps texts: 32 bits a character, filled up with zeros. */
static void put_class_names(const archive *a, unsigned char *to)
{
    for (int i = 0; i < a->dataset->classes; i++, to += 4 * a->name_width) {
        unsigned char *here = to;
        for (const unsigned char *at = (const unsigned char *)a->dataset->class_names[i]; *at != '\0'; here += 4) {
            const uint32_t code = next_character(&at);
            for (int k = 0; k < 4; k++) {
                here[k] = (unsigned char)(code >> (8 * k) & 255U);
            }
        }
    }
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

static void put_labels(const int16_t *labels, int64_t n, unsigned char *to)
{
    for (int64_t i = 0; i < n; i++) {
        for (int k = 0; k < 8; k++) {
            *to++ = (unsigned char)((uint64_t)(int64_t)labels[i] >> (8 * k) & 255U);
        }
    }
}

static void put_sites(const int32_t *sites, int64_t n, unsigned char *to)
{
    for (int64_t i = 0; i < n; i++) {
        for (int k = 0; k < 4; k++) {
            *to++ = (unsigned char)((uint32_t)sites[i] >> (8 * k) & 255U);
        }
    }
}

static fal_status put_images(void *context, const uint8_t *images, int64_t first, int64_t count)
{
    archive *a = context;
    const fal_dataset *d = a->dataset;
    const size_t bytes = (size_t)d->h * (size_t)d->w * (size_t)d->c;
    const int member = a->test ? X_TEST : X_TRAIN;
    memcpy(a->members[member].at + a->header_bytes[member] + (size_t)first * bytes, images, (size_t)count * bytes);
    a->done += count;
    if (a->progress != NULL) {
        a->progress->tell(a->progress->context, a->done, d->n_train + d->n_test);
    }
    return FAL_OK;
}

/* ---- the archive ----------------------------------------------------------------------------------------------- */

static void plan_member(archive *a, int member, const char *name, const fal_h5_shape *shape)
{
    a->header_bytes[member] = fal_npy_header(shape, a->headers[member]);
    const size_t values = (size_t)fal_h5_elements(shape) * fal_h5_type_bytes(shape->type);
    a->members[member] = (fal_zip_member){name, a->header_bytes[member] + values, NULL};
}

static void plan(archive *a)
{
    const fal_dataset *d = a->dataset;
    const int rank = d->c == 1 ? 3 : 4;
    plan_member(a, X_TRAIN, "x_train.npy", &(fal_h5_shape){FAL_H5_UINT8, rank, {d->n_train, d->h, d->w, d->c}});
    plan_member(a, Y_TRAIN, "y_train.npy", &(fal_h5_shape){FAL_H5_INT64, 1, {d->n_train}});
    plan_member(a, X_TEST, "x_test.npy", &(fal_h5_shape){FAL_H5_UINT8, rank, {d->n_test, d->h, d->w, d->c}});
    plan_member(a, Y_TEST, "y_test.npy", &(fal_h5_shape){FAL_H5_INT64, 1, {d->n_test}});
    for (int i = 0; i < d->classes; i++) {
        const int width = characters_of(d->class_names[i]);
        a->name_width = width > a->name_width ? width : a->name_width;
    }
    a->header_bytes[CLASS_NAMES] = fal_npy_text_header(d->classes, a->name_width, a->headers[CLASS_NAMES]);
    a->members[CLASS_NAMES] = (fal_zip_member){
        "class_names.npy", a->header_bytes[CLASS_NAMES] + 4 * (size_t)d->classes * (size_t)a->name_width, NULL};
    a->count = SITES;
    if (d->train_site != NULL) {
        plan_member(a, SITES, "sites.npy", &(fal_h5_shape){FAL_H5_INT32, 1, {d->n_train}});
        a->count = MEMBERS;
    }
}

static unsigned char *values_of(const archive *a, int member)
{
    return a->members[member].at + a->header_bytes[member];
}

static fal_status fill(archive *a)
{
    const fal_dataset *d = a->dataset;
    for (int i = 0; i < a->count; i++) {
        memcpy(a->members[i].at, a->headers[i], a->header_bytes[i]);
    }
    put_labels(d->train_labels, d->n_train, values_of(a, Y_TRAIN));
    put_labels(d->test_labels, d->n_test, values_of(a, Y_TEST));
    put_class_names(a, values_of(a, CLASS_NAMES));
    if (d->train_site != NULL) {
        put_sites(d->train_site, d->n_train, values_of(a, SITES));
    }
    FAL_TRY(fal_dataset_visit(d, false, put_images, a));
    a->test = true;
    return fal_dataset_visit(d, true, put_images, a);
}

fal_status fal_export_npz(const char *path, const char *file, const fal_export_progress *progress)
{
    fal_dataset *dataset = NULL;
    unsigned char *bytes = NULL;
    size_t size = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    FAL_TRY_GOTO(fal_dataset_open(path, dataset));
    archive a = {.dataset = dataset, .progress = progress};
    plan(&a);
    FAL_TRY_GOTO(fal_zip_plan(a.members, a.count, &bytes, &size));
    FAL_TRY_GOTO(fill(&a));
    fal_zip_finish(a.members, a.count, bytes, size);
    status = fal_file_replace(file, bytes, size);
done:
    fal_free(bytes);
    fal_dataset_close(dataset);
    fal_free(dataset);
    return status;
}
