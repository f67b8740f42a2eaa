/* Area averages in integers.
 *
 * Lengths are measured so that both grids fall on whole numbers: along an axis of n pixels in and m out, a pixel in is
 * m long and a pixel out is n long. Weights are overlaps, their sum over a pixel out is n on each axis, so the mean is
 * one division by h * w at the end and nothing is rounded before. */
#include "fal/data/resize.h"

#include <string.h>

#include "fal/base/memory.h"

/** Part of pixel in `i` (length m) that pixel out `o` (length n) covers. */
static int64_t overlap(int64_t i, int64_t m, int64_t o, int64_t n)
{
    const int64_t begin = i * m > o * n ? i * m : o * n;
    const int64_t end = (i + 1) * m < (o + 1) * n ? (i + 1) * m : (o + 1) * n;
    return end - begin;
}

/** One row in -> weighted sums along it, [to_w][c]; at most 255 * w. */
static void sum_row(const uint8_t *row, int w, int c, uint32_t *sums, int to_w)
{
    memset(sums, 0, (size_t)to_w * (size_t)c * sizeof *sums);
    for (int o = 0; o < to_w; o++) {
        uint32_t *sum = sums + (size_t)o * (size_t)c;
        for (int i = (int)((int64_t)o * w / to_w); i < w && (int64_t)i * to_w < ((int64_t)o + 1) * w; i++) {
            const uint32_t weight = (uint32_t)overlap(i, to_w, o, w);
            for (int k = 0; k < c; k++) {
                sum[k] += weight * row[(size_t)i * (size_t)c + (size_t)k];
            }
        }
    }
}

fal_status fal_resize_area(const uint8_t *from, int h, int w, int c, uint8_t *to, int to_h, int to_w)
{
    uint64_t *total = NULL;
    uint32_t *sums = NULL;
    const size_t values = (size_t)to_w * (size_t)c;
    FAL_ASSERT(h >= 1 && w >= 1 && to_h >= 1 && to_w >= 1 && (c == 1 || c == 3));
    FAL_ASSERT(h <= FAL_RESIZE_SIDE_MAX && w <= FAL_RESIZE_SIDE_MAX);
    if (h == to_h && w == to_w) {
        memcpy(to, from, (size_t)h * values);
        return FAL_OK;
    }
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&total, values, sizeof *total, "sums of a row"));
    FAL_TRY_GOTO(fal_alloc(&sums, values, sizeof *sums, "sums of a row"));
    const uint64_t area = (uint64_t)h * (uint64_t)w;
    int summed = -1; /* the row that sums belong to: neighbours in the result share one */
    for (int o = 0; o < to_h; o++) {
        memset(total, 0, values * sizeof *total);
        for (int i = (int)((int64_t)o * h / to_h); i < h && (int64_t)i * to_h < ((int64_t)o + 1) * h; i++) {
            if (i != summed) {
                sum_row(from + (size_t)i * (size_t)w * (size_t)c, w, c, sums, to_w);
                summed = i;
            }
            const uint64_t weight = (uint64_t)overlap(i, to_h, o, h);
            for (size_t v = 0; v < values; v++) {
                total[v] += weight * sums[v];
            }
        }
        for (size_t v = 0; v < values; v++) {
            to[(size_t)o * values + v] = (uint8_t)((2 * total[v] + area) / (2 * area));
        }
    }
done:
    fal_free(sums);
    fal_free(total);
    return status;
}

void fal_resize_crop_centre(uint8_t *pixels, int *h, int *w, int c, int to_h, int to_w)
{
    int new_h = *h;
    int new_w = *w;
    if ((int64_t)*w * to_h > (int64_t)*h * to_w) {
        new_w = (int)((int64_t)*h * to_w / to_h);
        new_w = new_w < 1 ? 1 : new_w;
    } else {
        new_h = (int)((int64_t)*w * to_h / to_w);
        new_h = new_h < 1 ? 1 : new_h;
    }
    const size_t row = (size_t)*w * (size_t)c;
    const size_t new_row = (size_t)new_w * (size_t)c;
    const uint8_t *from = pixels + (size_t)((*h - new_h) / 2) * row + (size_t)((*w - new_w) / 2) * (size_t)c;
    for (int y = 0; y < new_h; y++) {
        memmove(pixels + (size_t)y * new_row, from + (size_t)y * row, new_row);
    }
    *h = new_h;
    *w = new_w;
}

void fal_resize_to_grey(uint8_t *pixels, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *p = pixels + 3 * i;
        pixels[i] = (uint8_t)((19595U * p[0] + 38470U * p[1] + 7471U * p[2] + 32768U) >> 16);
    }
}

void fal_resize_to_colour(uint8_t *pixels, int64_t count)
{
    for (int64_t i = count - 1; i >= 0; i--) {
        const uint8_t grey = pixels[i];
        memset(pixels + 3 * i, grey, 3);
    }
}
