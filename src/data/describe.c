/* What fal_data prints: a dataset's content, its verification. Text only; apps print it. */
#include "fal/data/describe.h"

#include <string.h>

#include "class_counts.h"
#include "dataset_internal.h"

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/data/emd.h"
#include "fal/io/h5.h"

/* ---- content --------------------------------------------------------------------------------------------------- */

static void add_channels(fal_text *text, const char *name, const float *values, int channels)
{
    fal_text_add(text, "%-14s", name);
    for (int i = 0; i < channels; i++) {
        fal_text_add(text, " %.6g", (double)values[i]);
    }
    fal_text_add(text, "\n");
}

static void add_class_table(const fal_dataset *dataset, fal_text *text)
{
    fal_class_counts train;
    fal_class_counts test;
    fal_class_counts_take(&train, dataset->train_labels, dataset->n_train);
    fal_class_counts_take(&test, dataset->test_labels, dataset->n_test);
    fal_text_add(text, "\n");
    fal_class_counts_add(dataset->class_names[0], dataset->classes, &train, &test, FAL_CLASSES_MAX, text);
    fal_text_add(text, "\ndistance of the training classes from uniform (EMD): %.3f\n",
                 fal_emd(train.of_class, dataset->classes));
}

/** Source and licence are for people; a dataset may go without. */
static fal_status add_origin(const char *path, fal_text *text)
{
    static const char *const names[] = {"license", "source"};
    char value[16384];
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    fal_status status = FAL_OK;
    for (int i = 0; i < 2 && status == FAL_OK; i++) {
        if (fal_h5_has_attribute(file, "/", names[i])) {
            status = fal_h5_get_text(file, "/", names[i], value, sizeof value);
            for (char *p = value; *p != '\0'; p++) { /* lines become one */
                *p = *p == '\n' || *p == '\r' || *p == '\t' ? ' ' : *p;
            }
            fal_text_make_printable(value, false);
            if (status == FAL_OK) {
                fal_text_add(text, "%-14s %s\n", names[i], value);
            }
        }
    }
    fal_h5_close(file);
    return status;
}

static fal_status describe(const fal_dataset *dataset, fal_text *text)
{
    fal_text_add(text, "%-14s %s\n", "name", dataset->name);
    fal_text_add(text, "%-14s %lld training, %lld test\n", "images", (long long)dataset->n_train,
                 (long long)dataset->n_test);
    fal_text_add(text, "%-14s %d x %d x %d (height, width, channels)\n", "shape", dataset->h, dataset->w, dataset->c);
    fal_text_add(text, "%-14s %d\n", "classes", dataset->classes);
    fal_text_add(text, "%-14s %s\n", "augment", dataset->flip ? "flip" : "none");
    add_channels(text, "mean", dataset->mean, dataset->c);
    add_channels(text, "std", dataset->std, dataset->c);
    fal_text_add(text, "%-14s %s\n", "sites", dataset->train_site != NULL ? "yes" : "no");
    FAL_TRY(add_origin(dataset->path, text));
    add_class_table(dataset, text);
    fal_text_add(text, "\nsha256\n");
    fal_text_add(text, "  /train/images %s\n", dataset->sha256_train_images);
    fal_text_add(text, "  /train/labels %s\n", dataset->sha256_train_labels);
    if (dataset->n_test > 0) {
        fal_text_add(text, "  /test/images  %s\n", dataset->sha256_test_images);
        fal_text_add(text, "  /test/labels  %s\n", dataset->sha256_test_labels);
    }
    return fal_text_status(text);
}

/** Open, do, close: the dataset's head is too large for a stack. */
static fal_status with_dataset(const char *path, fal_status (*act)(const fal_dataset *dataset, fal_text *text),
                               fal_text *text)
{
    fal_dataset *dataset = NULL;
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    fal_status status = fal_dataset_open_pool(path, dataset);
    if (status == FAL_OK) {
        status = act(dataset, text);
        fal_dataset_close(dataset);
    }
    fal_free(dataset);
    return status;
}

fal_status fal_describe_dataset(const char *path, fal_text *text) { return with_dataset(path, describe, text); }

/* ---- verification ---------------------------------------------------------------------------------------------- */

static fal_status compare(const fal_dataset *dataset, const char *array, const char *stated, const char *found,
                          fal_text *text)
{
    FAL_TRY(fal_dataset_compare_sha256(dataset->path, array, stated, found));
    fal_text_add(text, "  ok  %-14s %s\n", array, found);
    return fal_text_status(text);
}

static fal_status verify_arrays(const fal_dataset *dataset, fal_h5 *file, fal_text *text)
{
    char sha256[65];
    FAL_TRY(fal_dataset_images_sha256(dataset, file, "/train/images", dataset->n_train, NULL, sha256));
    FAL_TRY(compare(dataset, "/train/images", dataset->sha256_train_images, sha256, text));
    FAL_TRY(fal_dataset_labels_sha256(dataset->train_labels, dataset->n_train, sha256));
    FAL_TRY(compare(dataset, "/train/labels", dataset->sha256_train_labels, sha256, text));
    if (dataset->n_test == 0) {
        fal_text_add(text, "  without a test set, as a site's may be\n");
        return fal_text_status(text);
    }
    FAL_TRY(fal_dataset_images_sha256(dataset, file, "/test/images", dataset->n_test, NULL, sha256));
    FAL_TRY(compare(dataset, "/test/images", dataset->sha256_test_images, sha256, text));
    FAL_TRY(fal_dataset_labels_sha256(dataset->test_labels, dataset->n_test, sha256));
    return compare(dataset, "/test/labels", dataset->sha256_test_labels, sha256, text);
}

static fal_status verify(const fal_dataset *dataset, fal_text *text)
{
    fal_h5 *file = NULL;
    fal_text_add(text, "%s: %s, %lld + %lld images of %d x %d x %d, %d classes\n", dataset->path, dataset->name,
                 (long long)dataset->n_train, (long long)dataset->n_test, dataset->h, dataset->w, dataset->c,
                 dataset->classes);
    FAL_TRY(fal_h5_open(dataset->path, &file));
    const fal_status status = verify_arrays(dataset, file, text);
    fal_h5_close(file);
    return status;
}

fal_status fal_describe_verify(const char *path, fal_text *text) { return with_dataset(path, verify, text); }
