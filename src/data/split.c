/* A dataset as several, one per site or client, and several as one. */
#include "fal/data/split.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/base/text.h"

static size_t image_bytes(const fal_dataset_parts *parts)
{
    return (size_t)parts->h * (size_t)parts->w * (size_t)parts->c;
}

/* n_train and n_test given. */
static fal_status make_arrays(fal_dataset_parts *parts, bool sites)
{
    const size_t bytes = image_bytes(parts);
    FAL_TRY(fal_alloc(&parts->train_images, (size_t)parts->n_train, bytes, "training images"));
    FAL_TRY(fal_alloc(&parts->train_labels, (size_t)parts->n_train, sizeof *parts->train_labels, "labels"));
    FAL_TRY(fal_alloc(&parts->test_images, (size_t)parts->n_test, bytes, "test images"));
    FAL_TRY(fal_alloc(&parts->test_labels, (size_t)parts->n_test, sizeof *parts->test_labels, "labels"));
    return sites ? fal_alloc(&parts->train_site, (size_t)parts->n_train, sizeof *parts->train_site, "sites") : FAL_OK;
}

/* Head and texts of `dataset`, no arrays. */
static fal_status take_head(const fal_dataset *dataset, fal_dataset_parts *parts)
{
    FAL_TRY(fal_dataset_parts_of(dataset, parts));
    parts->train_images = parts->test_images = NULL;
    parts->train_labels = parts->test_labels = NULL;
    parts->train_site = NULL;
    return FAL_OK;
}

/* ---- one as several -------------------------------------------------------------------------------------------- */

static void copy_rows(const fal_dataset *dataset, const int32_t *client_of, int client, int64_t test_first,
                      fal_dataset_parts *parts)
{
    const size_t bytes = image_bytes(parts);
    int64_t row = 0;
    for (int64_t i = 0; i < dataset->n_train; i++) {
        if (client_of[i] == client) {
            memcpy(parts->train_images + (size_t)row * bytes, fal_dataset_train_image(dataset, i), bytes);
            parts->train_labels[row++] = dataset->train_labels[i];
        }
    }
    if (parts->n_test > 0) {
        memcpy(parts->test_images, dataset->test_images + (size_t)test_first * bytes, (size_t)parts->n_test * bytes);
        memcpy(parts->test_labels, dataset->test_labels + test_first,
               (size_t)parts->n_test * sizeof *parts->test_labels);
    }
}

fal_status fal_split_take(const fal_dataset *dataset, const int32_t *client_of, int clients, int client,
                          fal_dataset_parts *parts)
{
    const int64_t each = dataset->n_test / clients;
    const int64_t larger = dataset->n_test % clients;
    const int64_t test_first = client * each + (client < larger ? client : larger);
    FAL_ASSERT(dataset->held == dataset->n_train && dataset->test_held == dataset->n_test);
    FAL_TRY(take_head(dataset, parts));
    parts->n_train = 0;
    parts->n_test = each + (client < larger);
    for (int64_t i = 0; i < dataset->n_train; i++) {
        parts->n_train += client_of[i] == client;
    }
    if (parts->n_train == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: client %d of %d would hold no image", dataset->path, client, clients);
    }
    const fal_status status = make_arrays(parts, false);
    if (status != FAL_OK) {
        fal_dataset_parts_destroy(parts);
        return status;
    }
    copy_rows(dataset, client_of, client, test_first, parts);
    return FAL_OK;
}

/* ---- several as one -------------------------------------------------------------------------------------------- */

/* The files of a join, opened. */
typedef struct {
    fal_dataset *files; /* [count] */
    int count;
    int64_t train, test; /* images before the file at work */
} joining;

static fal_status open_all(const char *const *paths, int count, joining *j)
{
    FAL_TRY(fal_alloc(&j->files, (size_t)count, sizeof *j->files, "datasets"));
    for (int i = 0; i < count; i++) {
        FAL_TRY(fal_dataset_open_pool(paths[i], &j->files[i]));
        j->count++;
        FAL_TRY(fal_dataset_check_kind(&j->files[0], &j->files[i]));
        FAL_TRY(fal_dataset_check_constants(&j->files[0], &j->files[i]));
        j->train += j->files[i].n_train;
        j->test += j->files[i].n_test;
        if (j->train > FAL_IMAGES_MAX || j->test > FAL_IMAGES_MAX) {
            return fal_fail(FAL_ERR_INPUT, "%s: more than %d images with those of the files before it", paths[i],
                            FAL_IMAGES_MAX);
        }
    }
    return FAL_OK;
}

/* Where it is all from; a licence that is not the same for all is said there, too. */
static fal_status join_texts(const joining *j, fal_dataset_parts *parts)
{
    fal_dataset_parts *one = NULL;
    fal_text source = {0};
    bool same = true;
    fal_status status = fal_alloc(&one, 1, sizeof *one, "dataset");
    fal_text_add(&source, "joined by fal_data join");
    for (int i = 0; i < j->count && status == FAL_OK; i++) {
        status = fal_dataset_parts_of(&j->files[i], one);
        same = same && (i == 0 || strcmp(one->license, parts->license) == 0);
        (void)fal_text_copy(parts->license, sizeof parts->license, i == 0 ? one->license : parts->license);
        fal_text_add(&source, "; site %d: %s (%s), /train/images %s%s%s", i, fal_path_base(j->files[i].path),
                     j->files[i].name, j->files[i].sha256_train_images, one->license[0] != '\0' ? ", licence " : "",
                     one->license);
    }
    status = status == FAL_OK ? fal_text_status(&source) : status;
    if (status == FAL_OK) { /* of very many files the last ones are not named */
        (void)snprintf(parts->source, sizeof parts->source, "%s", source.chars);
        parts->license[0] = same ? parts->license[0] : '\0';
    }
    fal_text_destroy(&source);
    fal_free(one);
    return status;
}

static fal_status add_file(fal_dataset *file, int site, joining *j, fal_dataset_parts *parts)
{
    const size_t bytes = image_bytes(parts);
    FAL_TRY(fal_dataset_mark_images(file));
    FAL_TRY(fal_dataset_load(file, NULL, 0, file->n_test));
    memcpy(parts->train_images + (size_t)j->train * bytes, file->train_images, (size_t)file->n_train * bytes);
    memcpy(parts->train_labels + j->train, file->train_labels, (size_t)file->n_train * sizeof *file->train_labels);
    for (int64_t i = 0; i < file->n_train; i++) {
        parts->train_site[j->train + i] = site;
    }
    if (file->n_test > 0) {
        memcpy(parts->test_images + (size_t)j->test * bytes, file->test_images, (size_t)file->n_test * bytes);
        memcpy(parts->test_labels + j->test, file->test_labels, (size_t)file->n_test * sizeof *file->test_labels);
    }
    j->train += file->n_train;
    j->test += file->n_test;
    fal_dataset_close(file);
    return FAL_OK;
}

fal_status fal_split_join(const char *const *paths, int count, fal_dataset_parts *parts)
{
    joining j = {0};
    fal_status status = FAL_OK;
    memset(parts, 0, sizeof *parts);
    FAL_TRY_GOTO(open_all(paths, count, &j));
    FAL_TRY_GOTO(take_head(&j.files[0], parts));
    FAL_TRY_GOTO(join_texts(&j, parts));
    parts->n_train = j.train;
    parts->n_test = j.test;
    FAL_TRY_GOTO(make_arrays(parts, true));
    j.train = 0;
    j.test = 0;
    for (int i = 0; i < count; i++) {
        FAL_TRY_GOTO(add_file(&j.files[i], i, &j, parts));
    }
done:
    for (int i = 0; i < j.count; i++) {
        fal_dataset_close(&j.files[i]);
    }
    fal_free(j.files);
    if (status != FAL_OK) {
        fal_dataset_parts_destroy(parts);
    }
    return status;
}
