/* Images of a dataset: only the wanted rows are read, in windows of a few MiB, so that a rank never holds another
 * client's images for longer than a window. */
#include <string.h>

#include "dataset_internal.h"

#include "fal/base/memory.h"
#include "fal/base/stop.h"

static const int64_t window_bytes = (int64_t)4 << 20;

int fal_dataset_list_files(const fal_dataset *dataset, fal_dataset_file *only, const fal_dataset_file **files)
{
    if (dataset->files != NULL) {
        *files = dataset->files;
        return dataset->file_count;
    }
    *only =
        (fal_dataset_file){.path = dataset->path, .n_train = dataset->n_train, .n_test = dataset->n_test, .held = true};
    memcpy(only->sha256_train_images, dataset->sha256_train_images, sizeof only->sha256_train_images);
    memcpy(only->sha256_test_images, dataset->sha256_test_images, sizeof only->sha256_test_images);
    *files = only;
    return 1;
}

/** The wanted rows of one window: read at once from the first to the last, the others dropped. row_of: of the file's
 * rows, -1: not wanted. */
static fal_status read_window(fal_h5 *file, const fal_dataset *dataset, const fal_h5_shape *shape,
                              const int64_t *row_of, int64_t begin, int64_t end, uint8_t *window)
{
    const size_t bytes = (size_t)dataset->h * dataset->w * dataset->c;
    int64_t rows = 0;
    while (begin < end && row_of[begin] < 0) {
        begin++;
    }
    while (end > begin && row_of[end - 1] < 0) {
        end--;
    }
    for (int64_t i = begin; i < end; i++) {
        rows += row_of[i] >= 0;
    }
    if (rows == 0) {
        return FAL_OK;
    }
    uint8_t *place = dataset->train_images + (size_t)row_of[begin] * bytes;
    if (rows == end - begin) {
        return fal_h5_read_rows(file, "/train/images", shape, begin, rows, place);
    }
    FAL_TRY(fal_h5_read_rows(file, "/train/images", shape, begin, end - begin, window));
    for (int64_t i = begin; i < end; i++) {
        if (row_of[i] >= 0) {
            memcpy(place, window + (size_t)(i - begin) * bytes, bytes);
            place += bytes;
        }
    }
    return FAL_OK;
}

static fal_status load_train(fal_h5 *file, const fal_dataset *dataset, const fal_dataset_file *from)
{
    const int64_t n = from->n_train;
    const int64_t bytes = (int64_t)dataset->h * dataset->w * dataset->c;
    const int64_t step = window_bytes / bytes > 0 ? window_bytes / bytes : 1;
    const fal_h5_shape shape = {FAL_H5_UINT8, 4, {n, dataset->h, dataset->w, dataset->c}};
    const int64_t *row_of = dataset->row_of + from->first;
    uint8_t *window = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&window, (size_t)(step < n ? step : n), (size_t)bytes, "window of training images"));
    for (int64_t begin = 0; begin < n && status == FAL_OK; begin += step) {
        FAL_TRY_GOTO(fal_stop_between());
        status = read_window(file, dataset, &shape, row_of, begin, begin + step < n ? begin + step : n, window);
    }
done:
    fal_free(window);
    return status;
}

/** Those of the file that are among the test images that the dataset is to hold. */
static fal_status load_test(fal_h5 *file, const fal_dataset *dataset, const fal_dataset_file *from)
{
    const size_t bytes = (size_t)dataset->h * dataset->w * dataset->c;
    const int64_t end = from->test_first + from->n_test;
    const int64_t held_end = dataset->test_first + dataset->test_held;
    const int64_t first = from->test_first > dataset->test_first ? from->test_first : dataset->test_first;
    const int64_t last = end < held_end ? end : held_end;
    if (first >= last) {
        return FAL_OK;
    }
    const fal_h5_shape shape = {FAL_H5_UINT8, 4, {from->n_test, dataset->h, dataset->w, dataset->c}};
    return fal_h5_read_rows(file, "/test/images", &shape, first - from->test_first, last - first,
                            dataset->test_images + (size_t)(first - dataset->test_first) * bytes);
}

static fal_status load_file(const fal_dataset *dataset, const fal_dataset_file *from)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(from->path, &file));
    fal_status status = load_train(file, dataset, from);
    if (status == FAL_OK) {
        status = load_test(file, dataset, from);
    }
    fal_h5_close(file);
    return status;
}

/** Room, and which row is which image. */
static fal_status make_room(fal_dataset *dataset, const uint8_t *wanted, int64_t test_first, int64_t test_count)
{
    const int64_t n = dataset->n_train;
    const size_t bytes = (size_t)dataset->h * dataset->w * dataset->c;
    FAL_TRY(fal_alloc(&dataset->row_of, (size_t)n, sizeof *dataset->row_of, "rows of the training images"));
    for (int64_t i = 0; i < n; i++) {
        dataset->row_of[i] = wanted == NULL || wanted[i] != 0 ? dataset->held++ : -1;
    }
    FAL_TRY(fal_alloc(&dataset->train_images, (size_t)dataset->held, bytes, "training images"));
    FAL_TRY(fal_alloc(&dataset->test_images, (size_t)test_count, bytes, "test images"));
    dataset->test_first = test_first;
    dataset->test_held = test_count;
    return FAL_OK;
}

static void drop_images(fal_dataset *dataset)
{
    fal_free(dataset->test_images);
    fal_free(dataset->row_of);
    fal_free(dataset->train_images);
    dataset->test_images = NULL;
    dataset->row_of = NULL;
    dataset->train_images = NULL;
    dataset->held = 0;
    dataset->test_first = 0;
    dataset->test_held = 0;
}

static fal_status load(fal_dataset *dataset, const uint8_t *wanted, int64_t test_first, int64_t test_count)
{
    fal_dataset_file only;
    const fal_dataset_file *files = NULL;
    const int count = fal_dataset_list_files(dataset, &only, &files);
    FAL_TRY(make_room(dataset, wanted, test_first, test_count));
    for (int i = 0; i < count; i++) {
        FAL_TRY(files[i].held ? load_file(dataset, &files[i]) : FAL_OK);
    }
    return dataset->train_marks != NULL ? fal_dataset_compare_marks(dataset) : FAL_OK;
}

fal_status fal_dataset_load(fal_dataset *dataset, const uint8_t *wanted, int64_t test_first, int64_t test_count)
{
    FAL_ASSERT(test_first >= 0 && test_count >= 0 && test_first <= dataset->n_test - test_count);
    drop_images(dataset);
    const fal_status status = load(dataset, wanted, test_first, test_count);
    if (status != FAL_OK) {
        drop_images(dataset);
    }
    return status;
}

void fal_dataset_held_tests(const fal_dataset *dataset, int64_t *first, int64_t *count)
{
    fal_dataset_file only;
    const fal_dataset_file *files = NULL;
    const int file_count = fal_dataset_list_files(dataset, &only, &files);
    *first = 0;
    *count = 0;
    for (int i = 0; i < file_count; i++) {
        if (files[i].held && files[i].n_test > 0) {
            *first = *count == 0 ? files[i].test_first : *first;
            *count += files[i].n_test;
        }
    }
}

const uint8_t *fal_dataset_train_image(const fal_dataset *dataset, int64_t image)
{
    FAL_ASSERT(image >= 0 && image < dataset->n_train && dataset->row_of != NULL && dataset->row_of[image] >= 0);
    return dataset->train_images + (size_t)dataset->row_of[image] * dataset->h * dataset->w * dataset->c;
}
