/* All images of a set, a window at a time: for what looks at each once and keeps none. */
#include "fal/data/dataset.h"

#include "fal/base/memory.h"
#include "fal/io/h5.h"

static const int64_t window_bytes = (int64_t)4 << 20;

fal_status fal_dataset_visit(const fal_dataset *dataset, bool test, fal_dataset_visitor visit, void *context)
{
    const int64_t n = test ? dataset->n_test : dataset->n_train;
    const int64_t bytes = (int64_t)dataset->h * dataset->w * dataset->c;
    const int64_t wide = window_bytes / bytes > 0 ? window_bytes / bytes : 1;
    const int64_t step = wide < n ? wide : n;
    const fal_h5_shape shape = {FAL_H5_UINT8, 4, {n, dataset->h, dataset->w, dataset->c}};
    fal_h5 *file = NULL;
    uint8_t *window = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_h5_open(dataset->path, &file));
    FAL_TRY_GOTO(fal_alloc(&window, (size_t)step, (size_t)bytes, "window of images"));
    for (int64_t first = 0; first < n; first += step) {
        const int64_t count = first + step < n ? step : n - first;
        FAL_TRY_GOTO(fal_h5_read_rows(file, test ? "/test/images" : "/train/images", &shape, first, count, window));
        FAL_TRY_GOTO(visit(context, window, first, count));
    }
done:
    fal_free(window);
    fal_h5_close(file);
    return status;
}
