/* A dataset as folders of PNG files. Names carry the rows, so the order of the images survives. */
#include "fal/data/export.h"

#include <stdio.h>
#include <string.h>

#include "import_folder_internal.h"

#include "fal/base/memory.h"
#include "fal/base/stop.h"
#include "fal/io/png_write.h"
#include "fal/io/tree.h"

typedef struct {
    const fal_dataset *dataset;
    const fal_export_progress *progress;
    fal_tree *tree;
    bool test;
    int digits, site_digits;
    int64_t done, total;
    char folders[FAL_CLASSES_MAX][FAL_FOLDER_ESCAPED]; /* of the classes */
} writer;

static int digits_of(int64_t most, int least)
{
    char text[32];
    const int length = snprintf(text, sizeof text, "%lld", (long long)most);
    return length > least ? length : least;
}

/** "train/3/cat/000017.png" */
static void name_of(const writer *w, int64_t row, char *name, size_t size)
{
    const fal_dataset *d = w->dataset;
    const int16_t label = w->test ? d->test_labels[row] : d->train_labels[row];
    char site[32] = "";
    if (!w->test && d->train_site != NULL) {
        (void)snprintf(site, sizeof site, "%0*d/", w->site_digits, d->train_site[row]);
    }
    (void)snprintf(name, size, "%s/%s%s/%0*lld.png", w->test ? "test" : "train", site,
                   label >= 0 ? w->folders[label] : FAL_FOLDER_UNLABELLED, w->digits, (long long)row);
}

static fal_status write_images(void *context, const uint8_t *images, int64_t first, int64_t count)
{
    writer *w = context;
    const fal_dataset *d = w->dataset;
    const size_t bytes = (size_t)d->h * (size_t)d->w * (size_t)d->c;
    for (int64_t i = 0; i < count; i++) {
        if (fal_stop_requests() > 0) {
            char cause[FAL_STOP_TEXT];
            fal_stop_cause(cause);
            return fal_fail(FAL_STOPPED, "the export was stopped%s: nothing was written", cause);
        }
        char name[FAL_FOLDER_ESCAPED + 128];
        unsigned char *file = NULL;
        size_t size = 0;
        name_of(w, first + i, name, sizeof name);
        FAL_TRY(fal_png_encode(images + (size_t)i * bytes, d->h, d->w, d->c, &file, &size));
        const fal_status status = fal_tree_write(w->tree, name, file, size);
        fal_free(file);
        FAL_TRY(status);
    }
    w->done += count;
    if (w->progress != NULL) {
        w->progress->tell(w->progress->context, w->done, w->total);
    }
    return FAL_OK;
}

static fal_status write_classes(writer *w)
{
    fal_text list = {0};
    for (int i = 0; i < w->dataset->classes; i++) {
        fal_folder_escape(w->dataset->class_names[i], w->folders[i]);
        fal_text_add(&list, "%s\n", w->folders[i]);
    }
    fal_status status = fal_text_status(&list);
    if (status == FAL_OK) {
        status = fal_tree_write(w->tree, FAL_FOLDER_LIST, list.chars, list.length);
    }
    fal_text_destroy(&list);
    return status;
}

static fal_status write_tree(writer *w, const char *folder)
{
    const fal_dataset *d = w->dataset;
    int32_t largest_site = 0;
    for (int64_t i = 0; i < d->n_train && d->train_site != NULL; i++) {
        largest_site = d->train_site[i] > largest_site ? d->train_site[i] : largest_site;
    }
    w->site_digits = digits_of(largest_site, 1);
    w->digits = digits_of((d->n_train > d->n_test ? d->n_train : d->n_test) - 1, 6);
    w->total = d->n_train + d->n_test;
    fal_status status = fal_tree_create(folder, &w->tree);
    FAL_TRY(status);
    status = write_classes(w);
    for (int set = 0; set < 2 && status == FAL_OK; set++) {
        w->test = set == 1;
        status = fal_dataset_visit(d, w->test, write_images, w);
    }
    if (status == FAL_OK) {
        status = fal_tree_finish(w->tree);
    }
    fal_tree_destroy(w->tree);
    return status;
}

fal_status fal_export_png(const char *path, const char *folder, const fal_export_progress *progress)
{
    fal_dataset *dataset = NULL;
    writer *w = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    FAL_TRY_GOTO(fal_dataset_open(path, dataset));
    FAL_TRY_GOTO(fal_alloc(&w, 1, sizeof *w, "names of folders"));
    w->dataset = dataset;
    w->progress = progress;
    status = write_tree(w, folder);
done:
    fal_free(w);
    fal_dataset_close(dataset);
    fal_free(dataset);
    return status;
}
