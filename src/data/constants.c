/* Mean and standard deviation: sums of grey levels and of their squares as integers, turned into numbers at the end. */
#include "fal/data/constants.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"

/* So many pixels are certain not to overflow the sum of squares: 2^48 * 255^2 < 2^64. */
static const uint64_t pixels_max = (uint64_t)1 << 48;
static const double std_least = 1e-3; /* what fal_data import --std takes */

typedef struct {
    int c;
    int64_t pixels_per_image;
    uint64_t pixels;
    uint64_t sum[3], squares[3];
} sums;

static fal_status add(void *context, const uint8_t *images, int64_t first, int64_t count)
{
    sums *s = context;
    uint64_t histogram[3][256] = {{0}};
    const int64_t pixels = count * s->pixels_per_image;
    (void)first;
    for (int64_t i = 0; i < pixels; i++) {
        for (int k = 0; k < s->c; k++) {
            histogram[k][images[i * s->c + k]]++;
        }
    }
    s->pixels += (uint64_t)pixels;
    for (int k = 0; k < s->c; k++) {
        for (uint64_t level = 0; level < 256; level++) {
            s->sum[k] += level * histogram[k][level];
            s->squares[k] += level * level * histogram[k][level];
        }
    }
    return FAL_OK;
}

static fal_status add_file(const char *path, bool train_only, fal_dataset *dataset, sums *s, int64_t *images)
{
    FAL_TRY(fal_dataset_open_pool(path, dataset)); /* a site's may be without a test set */
    fal_status status = FAL_OK;
    const int64_t here = dataset->n_train + (train_only ? 0 : dataset->n_test);
    const uint64_t pixels = (uint64_t)dataset->h * (uint64_t)dataset->w * (uint64_t)here; /* below 2^51 */
    if (s->c != 0 && s->c != dataset->c) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: has %d channel%s, the files before have %d: one set of constants needs one kind", path,
                          dataset->c, dataset->c == 1 ? "" : "s", s->c);
    } else if (pixels > pixels_max - s->pixels) {
        status = fal_fail(FAL_ERR_INPUT, "%s: more pixels in all than can be added up", path);
    }
    s->c = dataset->c;
    s->pixels_per_image = (int64_t)dataset->h * dataset->w;
    *images += here;
    if (status == FAL_OK) {
        status = fal_dataset_visit(dataset, false, add, s);
    }
    if (status == FAL_OK && !train_only && dataset->n_test > 0) {
        status = fal_dataset_visit(dataset, true, add, s);
    }
    fal_dataset_close(dataset);
    return status;
}

fal_status fal_constants_take(const char *const *paths, int count, bool train_only, fal_constants *constants)
{
    sums s = {0};
    fal_dataset *dataset = NULL;
    fal_status status = FAL_OK;
    *constants = (fal_constants){.files = count};
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    for (int i = 0; i < count && status == FAL_OK; i++) {
        status = add_file(paths[i], train_only, dataset, &s, &constants->images);
    }
    fal_free(dataset);
    FAL_TRY(status);
    constants->c = s.c;
    for (int k = 0; k < s.c; k++) {
        const double n = (double)s.pixels;
        const double mean = (double)s.sum[k] / n;
        const double variance = (double)s.squares[k] / n - mean * mean;
        const double std = sqrt(variance > 0 ? variance : 0) / 255;
        if (std < std_least) {
            return fal_fail(FAL_ERR_INPUT, "%s: channel %d hardly varies (std %.2g): are these the right images?",
                            paths[0], k, std);
        }
        constants->mean[k] = (float)(mean / 255);
        constants->std[k] = (float)std;
    }
    return FAL_OK;
}
