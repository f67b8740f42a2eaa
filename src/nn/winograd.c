/* One Winograd layer, or its products, by themselves, with contents that keep all numbers ordinary. */
#include "fal/nn/winograd.h"

#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/random.h"
#include "kernels/kernels.h"

static float *take(void *base, size_t *total, size_t count)
{
    return fal_kernels_take(base, total, count * sizeof(float));
}

/* All that a call points to; returns its bytes. */
static size_t lay_out(const fal_kernel_bytes *bytes, void *base, fal_conv_call *call)
{
    const fal_layer *layer = call->layer;
    const size_t channels = (size_t)layer->ci, weights = 9 * channels * channels;
    size_t total = 0;
    call->x = fal_kernels_take_map(base, &total, call->n, layer->h, layer->w, layer->ci);
    call->dx = fal_kernels_take_map(base, &total, call->n, layer->h, layer->w, layer->ci);
    call->y = fal_kernels_take_map(base, &total, call->n, layer->ho, layer->wo, layer->co);
    call->dy = fal_kernels_take_map(base, &total, call->n, layer->ho, layer->wo, layer->co);
    float *weight = take(base, &total, weights), *gamma = take(base, &total, channels);
    call->weight = weight;
    call->gamma = gamma;
    call->beta = take(base, &total, channels);
    call->mean = take(base, &total, channels);
    call->var = take(base, &total, channels);
    call->dweight = take(base, &total, weights);
    call->dgamma = take(base, &total, channels);
    call->dbeta = take(base, &total, channels);
    call->state = fal_kernels_take(base, &total, bytes->state);
    call->scratch = fal_kernels_take(base, &total, bytes->scratch);
    if (base != NULL) {
        const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_TEST};
        for (size_t e = 0; e < weights; e++) {
            weight[e] = (float)(0.05 * fal_rng_normal(&rng, e));
        }
        for (size_t c = 0; c < channels; c++) {
            gamma[c] = c % 3 == 0 ? -1.0F : 1.0F;
        }
    }
    return total;
}

static void fill(const fal_map *map, int n, uint32_t stream)
{
    const fal_rng rng = {.seed = 2, .purpose = FAL_RNG_TEST, .client = stream};
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < map->h; i++) {
            float *row = fal_map_pixel(map, k, i, 0);
            for (int e = 0; e < map->w * map->c; e++) {
                row[e] = (float)fal_rng_normal(&rng, (uint64_t)((i * map->w * map->c + e) % 1021));
            }
        }
    }
}

static fal_layer layer_of(int size, int channels)
{
    return (fal_layer){.kind = FAL_LAYER_CONV,
                       .residual = -1,
                       .h = size,
                       .w = size,
                       .ci = channels,
                       .hc = size,
                       .wc = size,
                       .co = channels,
                       .ho = size / 2,
                       .wo = size / 2,
                       .kernel = 3,
                       .stride = 1,
                       .pad = 1,
                       .groups = 1,
                       .relu = true,
                       .max_pool = true};
}

static const fal_conv_kernel *vector_kernel(const fal_layer *layer)
{
    const fal_cpu cpu = fal_kernels_cpu();
    const fal_conv_kernel *kernel = fal_kernels_choose(layer, &cpu, FAL_KERNELS_FAST);
    return kernel->measure == NULL ? NULL : kernel;
}

fal_status fal_winograd_measure(int size, int channels, int batch, int runs, fal_winograd_seconds *least,
                                const char **kernels)
{
    fal_status status = FAL_OK;
    const fal_layer layer = layer_of(size, channels);
    const fal_kernel_use use = {.batch = batch, .training = true, .threads = 1};
    const int threads = fal_parallel_threads();
    const fal_conv_kernel *kernel = vector_kernel(&layer);
    fal_conv_call call = {.layer = &layer, .use = &use, .n = batch};
    fal_arena arena = {0};
    *least = (fal_winograd_seconds){0};
    *kernels = kernel == NULL ? "none" : kernel->name;
    if (kernel == NULL) {
        return FAL_OK;
    }
    const fal_kernel_bytes bytes = kernel->plan(&layer, &use);
    const size_t total = lay_out(&bytes, NULL, &call);
    FAL_TRY_GOTO(fal_arena_create(&arena, total, "Winograd layer"));
    (void)lay_out(&bytes, fal_arena_take(&arena, total), &call);
    fill(&call.x, batch, 1);
    fill(&call.dy, batch, 2);
    *least = (fal_winograd_seconds){INFINITY, INFINITY, INFINITY, INFINITY};
    fal_parallel_set_threads(1);
    for (int run = 0; run < runs; run++) {
        kernel->forward_train(&call);
        kernel->backward(&call);
        kernel->measure(&call, least);
    }
    fal_parallel_set_threads(threads);
done:
    fal_arena_destroy(&arena);
    return status;
}

/* Positions lie as in a layer: a line apart from multiples of 4 KiB. */
static size_t lay_out_block(void *base, fal_winograd_block *block)
{
    const size_t positions = (size_t)block->positions, channels = (size_t)block->channels;
    size_t total = 0;
    block->tile_step = (size_t)block->tiles * channels + FAL_ALIGNMENT / sizeof(float);
    block->weight_step = channels * channels + channels + FAL_ALIGNMENT / sizeof(float); /* "pairs" keep sums there */
    block->v = take(base, &total, positions * block->tile_step);
    block->m = take(base, &total, positions * block->tile_step);
    block->u = take(base, &total, positions * block->weight_step);
    return total;
}

fal_status fal_winograd_measure_products(int tiles, int runs, fal_winograd_gflops *best, const char **kernels)
{
    fal_status status = FAL_OK;
    const fal_layer layer = layer_of(16, 64);
    const int threads = fal_parallel_threads();
    const fal_conv_kernel *kernel = vector_kernel(&layer);
    fal_winograd_block block = {.positions = 36, .tiles = tiles, .channels = 64};
    fal_arena arena = {0};
    *best = (fal_winograd_gflops){0};
    *kernels = kernel == NULL ? "none" : kernel->name;
    if (kernel == NULL) {
        return FAL_OK;
    }
    const size_t total = lay_out_block(NULL, &block);
    FAL_TRY_GOTO(fal_arena_create(&arena, total, "Winograd block"));
    (void)lay_out_block(fal_arena_take(&arena, total), &block);
    const fal_rng rng = {.seed = 3, .purpose = FAL_RNG_TEST};
    fal_parallel_set_threads(1);
    for (int run = 0; run < runs; run++) {
        /* Anew in each run, or the sums of the weight gradient would grow without end. */
        for (size_t e = 0; e < (size_t)block.positions * block.weight_step; e++) {
            block.u[e] = (float)fal_rng_normal(&rng, e % 1021);
        }
        for (size_t e = 0; e < (size_t)block.positions * block.tile_step; e++) {
            block.v[e] = (float)fal_rng_normal(&rng, e % 1019);
        }
        kernel->measure_products(&block, best);
    }
    fal_parallel_set_threads(threads);
done:
    fal_arena_destroy(&arena);
    return status;
}
