/* Average pooling; sums in row order. Pixels that no window covers get no gradient. */
#include "average_pool.h"

#include <string.h>

#include "fal/base/parallel.h"

enum { BLOCK = 16 }; /* channels whose sums are kept in double meanwhile */

typedef struct {
    const fal_layer *layer;
    const fal_map *x, *y; /* or their gradients */
    bool add;
    int h, w; /* of a window */
} pool_args;

static pool_args args_of(const fal_layer *layer, const fal_map *x, const fal_map *y)
{
    return (pool_args){.layer = layer,
                       .x = x,
                       .y = y,
                       .h = layer->pool == 0 ? layer->h : layer->pool,
                       .w = layer->pool == 0 ? layer->w : layer->pool};
}

/* Mean of a window at x for `count` channels, at most BLOCK. */
static void window_mean(const pool_args *args, const float *x, int count, float *y)
{
    const size_t pixel = (size_t)args->x->c, row = (size_t)args->x->columns * pixel;
    const double values = (double)(args->h * args->w);
    double sum[BLOCK] = {0.0};
    for (int i = 0; i < args->h; i++) {
        const float *from = x + (size_t)i * row;
        for (int j = 0; j < args->w; j++, from += pixel) {
            if (count == BLOCK) {
#pragma omp simd
                for (int c = 0; c < BLOCK; c++) {
                    sum[c] += (double)from[c];
                }
            } else {
                for (int c = 0; c < count; c++) {
                    sum[c] += (double)from[c];
                }
            }
        }
    }
    for (int c = 0; c < count; c++) {
        y[c] = (float)(sum[c] / values);
    }
}

static void forward_image(void *context, int k)
{
    const pool_args *args = context;
    const fal_layer *layer = args->layer;
    for (int i = 0; i < layer->ho; i++) {
        for (int j = 0; j < layer->wo; j++) {
            const float *from = fal_map_pixel(args->x, k, i * args->h, j * args->w);
            float *to = fal_map_pixel(args->y, k, i, j);
            for (int c = 0; c < layer->co; c += BLOCK) {
                window_mean(args, from + c, layer->co - c < BLOCK ? layer->co - c : BLOCK, to + c);
            }
        }
    }
}

void fal_average_pool_forward(const fal_layer *layer, int n, const fal_map *x, const fal_map *y)
{
    pool_args args = args_of(layer, x, y);
    fal_parallel_for(n, forward_image, &args);
}

static void backward_image(void *context, int k)
{
    const pool_args *args = context;
    const fal_layer *layer = args->layer;
    const float share = 1.0F / (float)(args->h * args->w);
    for (int i = 0; i < layer->h; i++) {
        for (int j = 0; j < layer->w; j++) {
            const bool covered = i / args->h < layer->ho && j / args->w < layer->wo;
            const float *from = covered ? fal_map_pixel(args->y, k, i / args->h, j / args->w) : NULL;
            float *to = fal_map_pixel(args->x, k, i, j);
            const int co = layer->co;
            if (!covered) {
                memset(to, 0, args->add ? 0 : (size_t)co * sizeof *to);
            } else if (args->add) {
#pragma omp simd
                for (int c = 0; c < co; c++) {
                    to[c] += from[c] * share;
                }
            } else {
#pragma omp simd
                for (int c = 0; c < co; c++) {
                    to[c] = from[c] * share;
                }
            }
        }
    }
}

void fal_average_pool_backward(const fal_layer *layer, int n, const fal_map *dy, const fal_map *dx, bool add)
{
    pool_args args = args_of(layer, dx, dy);
    args.add = add;
    fal_parallel_for(n, backward_image, &args);
}
