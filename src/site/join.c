/* How images become a site of a study: they must be what the study says, so that no site learns another thing. */
#include "fal/site/join.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/data/image_names.h"

/* ---- from a data set file -------------------------------------------------------------------------------------- */

static fal_status check_sites(const fal_dataset *dataset)
{
    for (int64_t i = 1; dataset->train_site != NULL && i < dataset->n_train; i++) {
        if (dataset->train_site[i] != dataset->train_site[0]) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: holds the images of several sites (/train/site): give a file with those of one",
                            dataset->path);
        }
    }
    return FAL_OK;
}

/* The names of both sets as one block. */
static fal_status take_names(const fal_dataset *dataset, fal_dataset_parts *parts)
{
    fal_image_names names[2] = {{0}, {0}};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_image_names_read(dataset, false, &names[0]));
    FAL_TRY_GOTO(fal_image_names_read(dataset, true, &names[1]));
    if (names[0].bytes == NULL || (dataset->n_test > 0 && names[1].bytes == NULL)) {
        goto done; /* of all images, or of none */
    }
    FAL_TRY_GOTO(fal_alloc(&parts->names,
                           (size_t)(names[0].count * names[0].width) + (size_t)(names[1].count * names[1].width), 1,
                           "names of the images"));
    for (int set = 0; set < 2; set++) {
        for (int64_t i = 0; i < names[set].count; i++) {
            const char *name = fal_image_name(&names[set], i);
            memcpy(parts->names + parts->names_bytes, name, strlen(name) + 1);
            parts->names_bytes += strlen(name) + 1;
        }
    }
done:
    fal_image_names_destroy(&names[0]);
    fal_image_names_destroy(&names[1]);
    return status;
}

/* The arrays go over to the parts; where they came from is kept, name and licence are not. */
static fal_status take_parts(fal_dataset *dataset, fal_dataset_parts *parts)
{
    const fal_status status = fal_dataset_parts_of(dataset, parts);
    if (status != FAL_OK) {
        memset(parts, 0, sizeof *parts); /* the arrays are still the dataset's */
        return status;
    }
    dataset->train_images = NULL;
    dataset->test_images = NULL;
    dataset->train_labels = NULL;
    dataset->test_labels = NULL;
    parts->train_site = NULL; /* of one site */
    parts->name[0] = '\0';
    parts->license[0] = '\0';
    (void)fal_text_copy(parts->source, sizeof parts->source, "a data set file: train ");
    (void)strcat(parts->source, dataset->sha256_train_images);
    return FAL_OK;
}

fal_status fal_site_read_dataset(const char *source, fal_dataset_parts *parts)
{
    fal_dataset *dataset = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_dataset_look(source, NULL, NULL));
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    FAL_TRY_GOTO(fal_dataset_open_pool(source, dataset));
    FAL_TRY_GOTO(check_sites(dataset));
    FAL_TRY_GOTO(fal_dataset_load(dataset, NULL, 0, dataset->n_test));
    FAL_TRY_GOTO(take_parts(dataset, parts));
    status = take_names(dataset, parts);
done:
    fal_dataset_close(dataset);
    fal_free(dataset);
    return status;
}

/* ---- into a study ---------------------------------------------------------------------------------------------- */

static fal_status check_classes(const fal_site_study *study, const char *source, const fal_dataset_parts *parts)
{
    const fal_dataset *head = &study->head;
    for (int c = 0; c < parts->classes && c < head->classes; c++) {
        if (strcmp(parts->class_names[c], head->class_names[c]) != 0) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: its class %d is %s, in the study it is %s: import the images with the study's classes "
                            "in the study's order",
                            source, c, parts->class_names[c], head->class_names[c]);
        }
    }
    if (parts->classes != head->classes) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %d classes, the study %d: import the images with the study's classes",
                        source, parts->classes, head->classes);
    }
    return FAL_OK;
}

static fal_status check_parts(const fal_site_study *study, int client, const char *source,
                              const fal_dataset_parts *parts)
{
    const fal_dataset *head = &study->head;
    FAL_TRY(check_classes(study, source, parts));
    if (parts->h != head->h || parts->w != head->w || parts->c != head->c) {
        return fal_fail(FAL_ERR_INPUT, "%s: images of %d x %d x %d, the study has %d x %d x %d (%s)", source, parts->h,
                        parts->w, parts->c, head->h, head->w, head->c,
                        parts->c == head->c ? "height x width x channels" : "1 channel is grey, 3 are colour");
    }
    if (parts->n_train != study->sites[client].images) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: holds %lld training images, the study says that %s has %lld: tell whoever coordinates it",
                        source, (long long)parts->n_train, study->sites[client].name,
                        (long long)study->sites[client].images);
    }
    return FAL_OK;
}

static bool same_bytes(const void *a, const void *b, size_t size)
{
    return size == 0 || (a != NULL && b != NULL && memcmp(a, b, size) == 0);
}

static bool same_content(const fal_dataset_parts *a, const fal_dataset_parts *b)
{
    const size_t image = (size_t)a->h * (size_t)a->w * (size_t)a->c;
    const size_t channels = (size_t)a->c;
    if (a->h != b->h || a->w != b->w || a->c != b->c || a->classes != b->classes || a->flip != b->flip ||
        a->n_train != b->n_train || a->n_test != b->n_test || a->names_bytes != b->names_bytes) {
        return false;
    }
    for (int c = 0; c < a->classes; c++) {
        if (strcmp(a->class_names[c], b->class_names[c]) != 0) {
            return false;
        }
    }
    return same_bytes(a->mean, b->mean, channels * sizeof *a->mean) &&
           same_bytes(a->std, b->std, channels * sizeof *a->std) &&
           same_bytes(a->train_images, b->train_images, (size_t)a->n_train * image) &&
           same_bytes(a->test_images, b->test_images, (size_t)a->n_test * image) &&
           same_bytes(a->train_labels, b->train_labels, (size_t)a->n_train * sizeof *a->train_labels) &&
           same_bytes(a->test_labels, b->test_labels, (size_t)a->n_test * sizeof *a->test_labels) &&
           same_bytes(a->names, b->names, a->names_bytes);
}

/* A file that is there is somebody's data set, or was left by a command that was killed: only then it may be there. */
static fal_status write_new(const char *path, const fal_dataset_parts *parts)
{
    fal_dataset_parts *there = NULL;
    if (!fal_file_exists(path)) {
        return fal_dataset_write(parts, path);
    }
    FAL_TRY(fal_alloc(&there, 1, sizeof *there, "dataset"));
    const bool same = fal_site_read_dataset(path, there) == FAL_OK && same_content(there, parts);
    fal_status_clear();
    fal_dataset_parts_destroy(there);
    fal_free(there);
    return same ? FAL_OK
                : fal_fail(FAL_ERR_USAGE,
                           "%s: is there already, and holds something else than this site's images: choose another "
                           "name, or remove it",
                           path);
}

fal_status fal_site_join(const char *path, const fal_site_study *study, int client, const char *source,
                         fal_dataset_parts *parts)
{
    char state_path[FAL_PATH_MAX];
    char answers_path[FAL_PATH_MAX];
    FAL_TRY(fal_site_name(path, state_path, answers_path));
    if (fal_file_exists(state_path) || fal_file_exists(answers_path)) {
        return fal_fail(FAL_ERR_USAGE, "%s: is there already: a site begins once; move it away to begin anew",
                        fal_file_exists(state_path) ? state_path : answers_path);
    }
    FAL_TRY(check_parts(study, client, source, parts));
    memcpy(parts->mean, study->head.mean, sizeof parts->mean);
    memcpy(parts->std, study->head.std, sizeof parts->std);
    (void)fal_text_copy(parts->name, sizeof parts->name, study->sites[client].name);
    FAL_TRY(write_new(path, parts));
    return fal_site_begin(path, study, client);
}
