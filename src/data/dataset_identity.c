/* What identifies a data set's arrays: SHA-256 of each as the file states it, checked where an array is read whole, and
 * a mark for every image, so that those read later, perhaps by another rank from another copy of the file, are known to
 * be the ones that were checked. */
#include "dataset_internal.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/stop.h"

fal_status fal_dataset_labels_sha256(const int16_t *labels, int64_t count, char sha256[FAL_HASH_TEXT])
{
    fal_hash *hash = NULL;
    FAL_TRY(fal_hash_create(&hash));
    fal_dataset_hash_labels(hash, labels, count);
    fal_hash_finish(hash, sha256);
    fal_hash_destroy(hash);
    return FAL_OK;
}

static uint64_t mark_of(fal_hash *hash, const uint8_t *image, size_t bytes)
{
    unsigned char digest[FAL_HASH_BYTES];
    uint64_t mark = 0;
    fal_hash_add(hash, image, bytes);
    fal_hash_finish_bytes(hash, digest);
    memcpy(&mark, digest, sizeof mark);
    return mark;
}

typedef struct {
    fal_hash *all, *one;
    uint64_t *marks; /* NULL: not wanted */
    size_t bytes;    /* of an image */
} summing;

static fal_status add_images(void *context, const uint8_t *images, int64_t first, int64_t count)
{
    const summing *s = context;
    FAL_TRY(fal_stop_between());
    fal_hash_add(s->all, images, (size_t)count * s->bytes);
    for (int64_t i = 0; i < count && s->marks != NULL; i++) {
        s->marks[first + i] = mark_of(s->one, images + (size_t)i * s->bytes, s->bytes);
    }
    return FAL_OK;
}

fal_status fal_dataset_images_sha256(const fal_dataset *dataset, fal_h5 *file, const char *path, int64_t n,
                                     uint64_t *marks, char sha256[FAL_HASH_TEXT])
{
    summing s = {.marks = marks, .bytes = (size_t)dataset->h * (size_t)dataset->w * (size_t)dataset->c};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_hash_create(&s.all));
    FAL_TRY_GOTO(fal_hash_create(&s.one));
    FAL_TRY_GOTO(fal_dataset_visit_rows(dataset, file, path, n, add_images, &s));
    fal_hash_finish(s.all, sha256);
done:
    fal_hash_destroy(s.one);
    fal_hash_destroy(s.all);
    return status;
}

fal_status fal_dataset_compare_sha256(const char *path, const char *array, const char *stated, const char *found)
{
    if (strcmp(stated, found) != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: the checksum of %s is %.12s..., but sha256 says %.12s...: import it again",
                        path, array, found, stated);
    }
    return FAL_OK;
}

static fal_status other_image(const fal_dataset *dataset, const char *array, int64_t image)
{
    if (dataset->files != NULL) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: image %lld of %s is not the one that was there at the start: no file may change while the "
                        "job runs",
                        dataset->path, (long long)image, array);
    }
    return fal_fail(FAL_ERR_INPUT,
                    "%s: image %lld of %s is not the one that rank 0 saw at the start: all ranks must read the same "
                    "file, and it must not change while the job runs",
                    dataset->path, (long long)image, array);
}

fal_status fal_dataset_compare_marks(const fal_dataset *dataset)
{
    const size_t bytes = (size_t)dataset->h * dataset->w * dataset->c;
    fal_hash *hash = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_hash_create(&hash));
    for (int64_t i = 0; i < dataset->n_train && status == FAL_OK; i++) {
        if (dataset->row_of[i] >= 0 &&
            mark_of(hash, fal_dataset_train_image(dataset, i), bytes) != dataset->train_marks[i]) {
            status = other_image(dataset, "/train/images", i);
        }
    }
    for (int64_t i = 0; i < dataset->test_held && status == FAL_OK; i++) {
        const int64_t image = dataset->test_first + i;
        if (mark_of(hash, dataset->test_images + (size_t)i * bytes, bytes) != dataset->test_marks[image]) {
            status = other_image(dataset, "/test/images", image);
        }
    }
    fal_hash_destroy(hash);
    return status;
}

fal_status fal_dataset_alloc_marks(fal_dataset *dataset)
{
    FAL_TRY(fal_alloc(&dataset->train_marks, (size_t)dataset->n_train, sizeof *dataset->train_marks, "image marks"));
    return fal_alloc(&dataset->test_marks, (size_t)dataset->n_test, sizeof *dataset->test_marks, "image marks");
}

static fal_status mark_arrays(fal_dataset *dataset, const fal_dataset_file *from, fal_h5 *file)
{
    char sha256[FAL_HASH_TEXT];
    uint64_t *train = dataset->train_marks + from->first;
    uint64_t *test = dataset->test_marks + from->test_first;
    if (from->n_train > 0) {
        FAL_TRY(fal_dataset_images_sha256(dataset, file, "/train/images", from->n_train, train, sha256));
        FAL_TRY(fal_dataset_compare_sha256(from->path, "/train/images", from->sha256_train_images, sha256));
    }
    if (from->n_test == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_dataset_images_sha256(dataset, file, "/test/images", from->n_test, test, sha256));
    return fal_dataset_compare_sha256(from->path, "/test/images", from->sha256_test_images, sha256);
}

static fal_status mark_file(fal_dataset *dataset, const fal_dataset_file *from)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(from->path, &file));
    const fal_status status = mark_arrays(dataset, from, file);
    fal_h5_close(file);
    return status;
}

fal_status fal_dataset_mark_images(fal_dataset *dataset)
{
    fal_dataset_file only;
    const fal_dataset_file *files = NULL;
    const int count = fal_dataset_list_files(dataset, &only, &files);
    FAL_TRY(fal_dataset_alloc_marks(dataset));
    for (int i = 0; i < count; i++) {
        FAL_TRY(files[i].held ? mark_file(dataset, &files[i]) : FAL_OK);
    }
    return FAL_OK;
}
