/* From bytes to normalised float batches; orders and flips by addressed random numbers. */
#include "fal/data/batch.h"

void fal_batch_order(const fal_rng *rng, int64_t *order, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        order[i] = i;
    }
    fal_rng_shuffle(rng, order, n);
}

bool fal_batch_flipped(const fal_rng *rng, int64_t position) { return fal_rng_u32(rng, (uint64_t)position) >> 31 != 0; }

void fal_pixel_table_init(fal_pixel_table *table, const fal_dataset *dataset)
{
    for (int channel = 0; channel < 3; channel++) {
        for (int u = 0; u < 256 && channel < dataset->c; u++) {
            table->value[channel][u] = ((float)u / 255.0F - dataset->mean[channel]) / dataset->std[channel];
        }
    }
}

/* `count` pixels from `pixel` on, `step` bytes apart. */
static void convert(const fal_pixel_table *table, const uint8_t *pixel, int64_t count, int step, int channels, float *x)
{
    if (channels == 1) {
        for (int64_t i = 0; i < count; i++, pixel += step) {
            x[i] = table->value[0][*pixel];
        }
        return;
    }
    for (int64_t i = 0; i < count; i++, pixel += step, x += 3) {
        x[0] = table->value[0][pixel[0]];
        x[1] = table->value[1][pixel[1]];
        x[2] = table->value[2][pixel[2]];
    }
}

void fal_batch_image(const fal_pixel_table *table, const fal_dataset *dataset, const uint8_t *pixels, bool flip,
                     float *x)
{
    const int c = dataset->c;
    const int64_t row = (int64_t)dataset->w * c;
    if (!flip) {
        convert(table, pixels, (int64_t)dataset->h * dataset->w, c, c, x);
        return;
    }
    for (int r = 0; r < dataset->h; r++) {
        convert(table, pixels + (r + 1) * row - c, dataset->w, -c, c, x + r * row);
    }
}
