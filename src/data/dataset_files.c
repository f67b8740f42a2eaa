/* A data set in several files, one per site: what must agree among them, and the whole that they make. */
#include <stdio.h>
#include <string.h>

#include "dataset_internal.h"

#include "fal/base/memory.h"
#include "fal/base/text.h"

/* ---- what must agree ------------------------------------------------------------------------------------------- */

static fal_status fail_class(const fal_dataset *first, const fal_dataset *other, int c)
{
    for (int at = 0; at < first->classes; at++) {
        if (strcmp(first->class_names[at], other->class_names[c]) == 0) {
            return fal_fail(
                FAL_ERR_INPUT,
                "%s: class \"%s\" is number %d, but number %d in %s: import them in one order (classes.txt, "
                "--help of fal_data import folder)",
                other->path, other->class_names[c], c, at, first->path);
        }
    }
    return fal_fail(FAL_ERR_INPUT, "%s: class %d is \"%s\", but \"%s\" in %s: all sites need the same classes",
                    other->path, c, other->class_names[c], first->class_names[c], first->path);
}

fal_status fal_dataset_check_kind(const fal_dataset *first, const fal_dataset *other)
{
    if (other->h != first->h || other->w != first->w || other->c != first->c) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: images of %d x %d x %d, but %d x %d x %d in %s: import them with one --resize",
                        other->path, other->h, other->w, other->c, first->h, first->w, first->c, first->path);
    }
    const int both = other->classes < first->classes ? other->classes : first->classes;
    for (int c = 0; c < both; c++) {
        if (strcmp(first->class_names[c], other->class_names[c]) != 0) {
            return fail_class(first, other, c);
        }
    }
    if (other->classes != first->classes) {
        const fal_dataset *more = other->classes > first->classes ? other : first;
        return fal_fail(
            FAL_ERR_INPUT,
            "%s: %d classes, but %d in %s (\"%s\" is in one of them only): all sites need the same classes, "
            "with images or without",
            other->path, other->classes, first->classes, first->path, more->class_names[both]);
    }
    return FAL_OK;
}

fal_status fal_dataset_check_constants(const fal_dataset *first, const fal_dataset *other)
{
    for (int i = 0; i < first->c; i++) {
        if (other->mean[i] != first->mean[i] || other->std[i] != first->std[i]) {
            return fal_fail(
                FAL_ERR_INPUT,
                "%s: mean %.9g and std %.9g of channel %d, but %.9g and %.9g in %s: give all of them one mean "
                "and std (--mean, --std; fal_data constants finds them)",
                other->path, (double)other->mean[i], (double)other->std[i], i, (double)first->mean[i],
                (double)first->std[i], first->path);
        }
    }
    if (other->flip != first->flip) {
        return fal_fail(FAL_ERR_INPUT, "%s: augmentation is %s, but %s in %s: import them with one --augment",
                        other->path, other->flip ? "flip" : "none", first->flip ? "flip" : "none", first->path);
    }
    return FAL_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/** Of the list of the files' checksums at this offset; a file without such an array has none ("-"). */
static fal_status sum_of(const fal_dataset_file *files, int count, size_t offset, char sha256[FAL_HASH_TEXT])
{
    fal_text list = {0};
    for (int i = 0; i < count; i++) {
        const char *own = (const char *)&files[i] + offset;
        fal_text_add(&list, "%s\n", own[0] != '\0' ? own : "-");
    }
    fal_status status = fal_text_status(&list);
    if (status == FAL_OK) {
        status = fal_hash_bytes(list.chars, list.length, sha256);
    }
    fal_text_destroy(&list);
    return status;
}

static fal_status set_sums(fal_dataset *whole)
{
    const fal_dataset_file *files = whole->files;
    const int count = whole->file_count;
    FAL_TRY(sum_of(files, count, offsetof(fal_dataset_file, sha256_train_images), whole->sha256_train_images));
    FAL_TRY(sum_of(files, count, offsetof(fal_dataset_file, sha256_train_labels), whole->sha256_train_labels));
    FAL_TRY(sum_of(files, count, offsetof(fal_dataset_file, sha256_test_images), whole->sha256_test_images));
    return sum_of(files, count, offsetof(fal_dataset_file, sha256_test_labels), whole->sha256_test_labels);
}

static void set_name(fal_dataset *whole)
{
    char first[FAL_NAME_MAX - 12]; /* leaves room for "+999-more" */
    char text[FAL_NAME_MAX + 16];
    size_t used = 0;
    for (int i = 0; i < whole->sites; i++) {
        used += (size_t)snprintf(whole->name + used, sizeof whole->name - used, "%s%s", i > 0 ? "+" : "",
                                 whole->files[i].name);
        if (used >= sizeof whole->name) {
            (void)fal_text_copy(first, sizeof first, whole->files[0].name);
            (void)snprintf(text, sizeof text, "%s+%d-more", first, whole->sites - 1);
            (void)fal_text_copy(whole->name, sizeof whole->name, text);
            return;
        }
    }
}

/** "a.h5, b.h5, c.h5"; cut where that is too long. */
static void set_path(fal_dataset *whole)
{
    size_t used = 0;
    for (int i = 0; i < whole->sites && used < sizeof whole->path; i++) {
        used += (size_t)snprintf(whole->path + used, sizeof whole->path - used, "%s%s", i > 0 ? ", " : "",
                                 whole->files[i].path);
    }
}

static fal_status add_file(fal_dataset *whole, const fal_dataset_file *file)
{
    char *path = NULL;
    const size_t length = strlen(file->path);
    if (whole->n_train + file->n_train > FAL_IMAGES_MAX || whole->n_test + file->n_test > FAL_IMAGES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: more than %d images with those of the files before it", file->path,
                        FAL_IMAGES_MAX);
    }
    FAL_TRY(fal_alloc(&path, length + 1, 1, "file name"));
    memcpy(path, file->path, length);
    fal_dataset_file *to = &whole->files[whole->file_count++];
    *to = *file;
    to->path = path;
    to->first = whole->n_train;
    to->test_first = whole->n_test;
    whole->n_train += file->n_train;
    whole->n_test += file->n_test;
    return FAL_OK;
}

/** All labels missing, every image of its site. */
static fal_status make_arrays(fal_dataset *whole)
{
    FAL_TRY(fal_alloc(&whole->train_labels, (size_t)whole->n_train, sizeof *whole->train_labels, "labels"));
    FAL_TRY(fal_alloc(&whole->test_labels, (size_t)whole->n_test, sizeof *whole->test_labels, "labels"));
    FAL_TRY(fal_alloc(&whole->train_site, (size_t)whole->n_train, sizeof *whole->train_site, "sites"));
    FAL_TRY(fal_alloc(&whole->site_counts, (size_t)whole->sites * (size_t)whole->classes, sizeof *whole->site_counts,
                      "class counts"));
    for (int f = 0; f < whole->file_count; f++) {
        const fal_dataset_file *file = &whole->files[f];
        for (int64_t i = file->first; i < file->first + file->n_train; i++) {
            whole->train_labels[i] = -1;
            whole->train_site[i] = f;
        }
        for (int64_t i = file->test_first; i < file->test_first + file->n_test; i++) {
            whole->test_labels[i] = -1;
        }
    }
    return FAL_OK;
}

fal_status fal_dataset_compose(const fal_dataset *first, const fal_dataset_file *files, int count, int sites,
                               fal_dataset *whole)
{
    fal_status status = FAL_OK;
    FAL_ASSERT(sites >= 1 && sites <= count);
    memset(whole, 0, sizeof *whole);
    whole->h = first->h;
    whole->w = first->w;
    whole->c = first->c;
    whole->classes = first->classes;
    whole->flip = first->flip;
    memcpy(whole->mean, first->mean, sizeof whole->mean);
    memcpy(whole->std, first->std, sizeof whole->std);
    memcpy(whole->class_names, first->class_names, sizeof whole->class_names);
    whole->sites = sites;
    FAL_TRY_GOTO(fal_alloc(&whole->files, (size_t)count, sizeof *whole->files, "data set"));
    for (int i = 0; i < count; i++) {
        FAL_TRY_GOTO(add_file(whole, &files[i]));
    }
    set_name(whole);
    set_path(whole);
    FAL_TRY_GOTO(set_sums(whole));
    FAL_TRY_GOTO(make_arrays(whole));
    return FAL_OK;
done:
    fal_dataset_close(whole);
    return status;
}

bool fal_dataset_knows_label(const fal_dataset *dataset, int64_t image)
{
    return dataset->files == NULL ||
           dataset->files[dataset->train_site[image]].held; /* sites are numbered as files are */
}
