/* Greedy kernel coverage.
 *
 * Two images that would cover nothing but each other gain the same: differences of float32 kernels are exact in double,
 * so that this is a tie.
 *
 * The kernel of the pool is kept. Gains can only fall as images are chosen, in floating point, too: rounding keeps
 * order, and sums are of the same terms in the same order. So an old gain is an upper bound, only images whose bound is
 * the largest are looked at again, and the choice is that of the plain greedy algorithm, ties included. */
#include "herding.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/sort.h"
#include "fal/base/stop.h"
#include "rows.h"
#include "unit.h"

enum { BLOCK = 64 };

typedef struct {
    int64_t n, m; /* images of the pool, or of a part of it, and labelled images */
    int d;
    int64_t *image; /* [n] positions in the pool, rising */
    float *unit;    /* [n + m][d] */
    double *weight; /* [n] */
    double width;
    float *kernel;  /* [n][n] */
    float *cover;   /* [n] largest kernel to what is labelled or chosen */
    double *gain;   /* [n] as it was at this choice: */
    int64_t *since; /* [n] */
} herd;

size_t fal_herding_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    const int64_t limit = options->herding_subset > b ? options->herding_subset : b;
    const size_t part = (size_t)(options->herding_subset == 0 || n < limit ? n : limit);
    (void)classes;
    return (part * part + (size_t)n * (size_t)d) * sizeof(float);
}

static void herd_destroy(herd *h)
{
    fal_free(h->image);
    fal_free(h->unit);
    fal_free(h->weight);
    fal_free(h->kernel);
    fal_free(h->cover);
    fal_free(h->gain);
    fal_free(h->since);
}

/* The images that take part: all, or a random subset. */
static fal_status draw_images(const fal_query_call *call, herd *h)
{
    const fal_query_input *in = call->input;
    const int64_t wanted = in->options->herding_subset;
    const int64_t limit = wanted > call->b ? wanted : call->b;
    h->n = wanted == 0 || in->n <= limit ? in->n : limit;
    FAL_TRY(fal_alloc(&h->image, (size_t)h->n, sizeof *h->image, "herding"));
    if (h->n < in->n) {
        const fal_rng rng = fal_query_stream(in, FAL_STREAM_HERDING_SUBSET, 0);
        FAL_TRY(fal_query_fill(&rng, in->n, 0, h->n, h->image));
        fal_sort_int64(h->image, h->n);
    } else {
        for (int64_t i = 0; i < h->n; i++) {
            h->image[i] = i;
        }
    }
    return FAL_OK;
}

static fal_status herd_create(const fal_query_call *call, double width, const double *weight, herd *h)
{
    const fal_query_input *in = call->input;
    const int x = call->model;
    *h = (herd){.m = in->m, .d = in->d, .width = width};
    FAL_TRY(draw_images(call, h));
    const size_t n = (size_t)h->n;
    FAL_TRY(fal_alloc(&h->unit, (n + (size_t)h->m) * (size_t)h->d, sizeof *h->unit, "herding"));
    FAL_TRY(fal_alloc(&h->weight, n, sizeof *h->weight, "herding"));
    FAL_TRY(fal_alloc(&h->kernel, n * n, sizeof *h->kernel, "kernel of a pool (see --herding-subset)"));
    FAL_TRY(fal_alloc(&h->cover, n, sizeof *h->cover, "herding"));
    FAL_TRY(fal_alloc(&h->gain, n, sizeof *h->gain, "herding"));
    FAL_TRY(fal_alloc(&h->since, n, sizeof *h->since, "herding"));
    for (int64_t i = 0; i < h->n; i++) {
        fal_unit_rows(in->embedding[x] + h->image[i] * h->d, 1, h->d, h->unit + i * h->d);
        h->weight[i] = weight != NULL ? weight[h->image[i]] : 1.0;
    }
    fal_unit_rows(in->embedding_lab[x], in->m, in->d, h->unit + h->n * h->d);
    return FAL_OK;
}

static float kernel_of(float square, double width)
{
    if (width > 0.0) {
        return (float)exp(-(double)square / (width * width));
    }
    return square > 0.0F ? 0.0F : 1.0F;
}

/* Sum over the pool of weight * max(kernel - cover, 0). */
static double gain_of(const herd *h, int64_t i)
{
    const float *kernel = h->kernel + i * h->n;
    double sum[4] = {0.0};
    for (int64_t j = 0; j < h->n; j++) {
        const double more = (double)kernel[j] - (double)h->cover[j];
        sum[j % 4] += more > 0.0 ? h->weight[j] * more : 0.0;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Kernels of a block of rows with the pool, and what labelled images cover of the block. */
static void kernel_piece(void *context, int piece)
{
    const herd *h = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t rows = first + BLOCK < h->n ? BLOCK : h->n - first;
    float far[BLOCK];
    for (int64_t j = 0; j < h->n + h->m; j++) {
        if (j % BLOCK == 0 && fal_stop_inside() != FAL_OK) {
            return;
        }
        fal_rows_distances(h->unit + first * h->d, rows, h->d, h->unit + j * h->d, far);
        for (int64_t i = 0; i < rows; i++) {
            const float kernel = kernel_of(far[i], h->width);
            float *cover = &h->cover[first + i];
            if (j < h->n) {
                h->kernel[(first + i) * h->n + j] = kernel;
            } else {
                *cover = kernel > *cover ? kernel : *cover;
            }
        }
    }
}

static void gain_piece(void *context, int piece)
{
    const herd *h = context;
    const int64_t first = (int64_t)piece * BLOCK;
    for (int64_t i = first; i < h->n && i < first + BLOCK; i++) {
        h->gain[i] = gain_of(h, i);
    }
}

/* Of the images that are not chosen the one with the largest gain, the lowest of equals. */
static fal_status best_gain(herd *h, int64_t step, int64_t *best)
{
    for (;;) {
        *best = 0;
        FAL_TRY(fal_stop_inside());
        for (int64_t i = 1; i < h->n; i++) {
            *best = h->gain[i] > h->gain[*best] ? i : *best;
        }
        if (h->since[*best] == step) {
            return FAL_OK;
        }
        h->gain[*best] = gain_of(h, *best);
        h->since[*best] = step;
    }
}

static fal_status greedy(herd *h, int64_t b, fal_query_result *result)
{
    const int pieces = (int)((h->n + BLOCK - 1) / BLOCK);
    fal_parallel_for(pieces, kernel_piece, h);
    FAL_TRY(fal_stop_inside());
    fal_parallel_for(pieces, gain_piece, h);
    for (int64_t step = 0; step < b; step++) {
        int64_t best = 0;
        FAL_TRY(best_gain(h, step, &best));
        result->chosen[step] = h->image[best];
        result->score[step] = h->gain[best];
        h->gain[best] = -1.0;
        for (int64_t j = 0; j < h->n; j++) {
            const float kernel = h->kernel[best * h->n + j];
            h->cover[j] = kernel > h->cover[j] ? kernel : h->cover[j];
        }
    }
    return FAL_OK;
}

fal_status fal_herding_select(fal_query_call *call, double width, const double *weight)
{
    herd h = {0};
    fal_status status = herd_create(call, width, weight, &h);
    if (status == FAL_OK) {
        status = greedy(&h, call->b, call->result);
    }
    herd_destroy(&h);
    return status;
}
