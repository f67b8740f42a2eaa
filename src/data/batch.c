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

void fal_batch_image(const fal_dataset *dataset, const uint8_t *pixels, bool flip, float *x)
{
    const int w = dataset->w;
    const int c = dataset->c;
    float value[3][256];
    for (int channel = 0; channel < c; channel++) {
        for (int u = 0; u < 256; u++) {
            value[channel][u] = ((float)u / 255.0F - dataset->mean[channel]) / dataset->std[channel];
        }
    }
    for (int row = 0; row < dataset->h; row++) {
        const uint8_t *from = pixels + (int64_t)row * w * c;
        float *to = x + (int64_t)row * w * c;
        for (int column = 0; column < w; column++) {
            const uint8_t *pixel = from + (int64_t)(flip ? w - 1 - column : column) * c;
            for (int channel = 0; channel < c; channel++) {
                *to++ = value[channel][pixel[channel]];
            }
        }
    }
}
