/* All images of a set, a window at a time: for what looks at each once and keeps none. */
#include "dataset_internal.h"

#include "fal/base/memory.h"

static const int64_t window_bytes = (int64_t)4 << 20;

fal_status fal_dataset_visit_rows(const fal_dataset *dataset, fal_h5 *file, const char *path, int64_t n,
                                  fal_dataset_visitor visit, void *context)
{
    const int64_t bytes = (int64_t)dataset->h * dataset->w * dataset->c;
    const int64_t wide = window_bytes / bytes > 0 ? window_bytes / bytes : 1;
    const int64_t step = wide < n ? wide : n;
    const fal_h5_shape shape = {FAL_H5_UINT8, 4, {n, dataset->h, dataset->w, dataset->c}};
    uint8_t *window = NULL;
    FAL_TRY(fal_alloc(&window, (size_t)step, (size_t)bytes, "window of images"));
    fal_status status = FAL_OK;
    for (int64_t first = 0; first < n && status == FAL_OK; first += step) {
        const int64_t count = first + step < n ? step : n - first;
        status = fal_h5_read_rows(file, path, &shape, first, count, window);
        status = status == FAL_OK ? visit(context, window, first, count) : status;
    }
    fal_free(window);
    return status;
}

fal_status fal_dataset_visit(const fal_dataset *dataset, bool test, fal_dataset_visitor visit, void *context)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(dataset->path, &file));
    const fal_status status = fal_dataset_visit_rows(dataset, file, test ? "/test/images" : "/train/images",
                                                     test ? dataset->n_test : dataset->n_train, visit, context);
    fal_h5_close(file);
    return status;
}
