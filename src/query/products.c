/* Matrix products of the query layer. */
#include "products.h"

#include <string.h>

#include "lanes.h"

void fal_products_transposed(const float *a, int64_t rows, const float *b, int64_t columns, int depth, float *out,
                             int64_t stride)
{
    for (int64_t i = 0; i < rows; i++) {
        fal_lanes_dots(b, columns, depth, a + i * depth, out + i * stride);
    }
}

void fal_products_plain(const float *a, int64_t rows, const float *b, int columns, int depth, float *out)
{
    for (int64_t i = 0; i < rows; i++) {
        fal_lanes_combine(b, depth, columns, a + i * depth, out + i * columns);
    }
}

void fal_products_gradient(const float *a, int64_t stride, int rows, const float *b, int columns, int64_t depth,
                           float *out)
{
    memset(out, 0, (size_t)rows * (size_t)columns * sizeof *out);
    for (int64_t k = 0; k < depth; k++) {
        for (int i = 0; i < rows; i++) {
            const float factor = a[k * stride + i];
            for (int j = 0; j < columns; j++) {
                out[(int64_t)i * columns + j] += factor * b[k * columns + j];
            }
        }
    }
}
