/* The graph network of gcnal (Caramalau et al., CVPR 2021), in memory and time linear in the pool.
 *
 * With unit rows X, A' = (X X' - I) D^-1 + I is never formed: A' v = X (X' (D^-1 v)) - D^-1 v + v. In the first layer
 * A' (X W1) = (A' X) W1, so A' X is made once and an epoch is two products of nodes x d x 128, forward and for the
 * gradient of W1. Sums over nodes are taken over fixed blocks of rows, and the blocks' sums added in order. */
#include "gcn.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "rows.h"
#include "products.h"

enum { BLOCK = 256, HIDDEN = FAL_GCN_HIDDEN, SLICE = 128, WORDS = HIDDEN / 2 };
static const double keep = 0.7;
static const double pool_weight = 1.2;
static const float ones[BLOCK] = {
#define ONE8 1, 1, 1, 1, 1, 1, 1, 1
#define ONE64 ONE8, ONE8, ONE8, ONE8, ONE8, ONE8, ONE8, ONE8
    ONE64, ONE64, ONE64, ONE64};

static int row_blocks(const fal_gcn *g) { return (int)((g->nodes + BLOCK - 1) / BLOCK); }

static int64_t block_rows(const fal_gcn *g, int block, int64_t *first)
{
    *first = (int64_t)block * BLOCK;
    return *first + BLOCK < g->nodes ? BLOCK : g->nodes - *first;
}

static float *partial_of(const fal_gcn *g, int block) { return g->partial + (int64_t)block * (g->d + 2 * HIDDEN); }

static void sum_piece(void *context, int block)
{
    const fal_gcn *g = context;
    int64_t first = 0;
    const int64_t rows = block_rows(g, block, &first);
    fal_rows_combine(g->x + first * g->d, rows, g->d, g->scaled + first, partial_of(g, block));
}

/* g->sum = X' scaled. */
static void sum_rows(fal_gcn *g)
{
    fal_parallel_for(row_blocks(g), sum_piece, g);
    for (int e = 0; e < g->d; e++) {
        double sum = 0.0;
        for (int block = 0; block < row_blocks(g); block++) {
            sum += (double)partial_of(g, block)[e];
        }
        g->sum[e] = (float)sum;
    }
}

/* keep [HIDDEN] of a row: 1 / 0.7 for a kept unit, else 0. Unit j takes the lower half of word j, or the upper half of
 * word j - 64. false: nothing is dropped. */
static bool dropout_of(const fal_gcn *g, int64_t row, float *factor)
{
    const float kept = (float)(1.0 / keep);
    if (g->mask != NULL) {
        for (int j = 0; j < HIDDEN; j++) {
            factor[j] = (g->mask[row * (HIDDEN / 8) + j / 8] >> (7 - j % 8) & 1) != 0 ? kept : 0.0F;
        }
    } else if (g->dropout != NULL) {
        uint32_t words[WORDS];
        const uint32_t limit = (uint32_t)(keep * 65536.0);
        fal_rng_words(g->dropout, (uint64_t)row * (WORDS / 4), words, WORDS);
        for (int j = 0; j < WORDS; j++) {
            factor[j] = (words[j] & 0xffffU) < limit ? kept : 0.0F;
        }
        for (int j = 0; j < WORDS; j++) {
            factor[WORDS + j] = (words[j] >> 16) < limit ? kept : 0.0F;
        }
    }
    return g->mask != NULL || g->dropout != NULL;
}

static void hidden_piece(void *context, int block)
{
    const fal_gcn *g = context;
    int64_t first = 0;
    const int64_t rows = block_rows(g, block, &first);
    float *hidden = g->hidden + first * HIDDEN;
    float bias[HIDDEN];
    float w3[HIDDEN];
    float factor[HIDDEN];
    float dot[BLOCK];
    for (int j = 0; j < HIDDEN; j++) {
        bias[j] = (float)g->weight.b1[j];
        w3[j] = (float)g->weight.w3[j];
    }
    fal_products_plain(g->ax + first * g->d, rows, g->w1, HIDDEN, g->d, hidden);
    for (int64_t i = 0; i < rows; i++) {
        const bool drops = dropout_of(g, first + i, factor);
        fal_rows_relu(hidden + i * HIDDEN, bias, drops ? factor : NULL, HIDDEN);
    }
    fal_rows_dots(hidden, rows, HIDDEN, w3, dot);
    for (int64_t i = 0; i < rows; i++) {
        g->value[first + i] = dot[i];
        g->scaled[first + i] = (float)(g->inverse[first + i] * (double)dot[i]);
    }
}

static void output_piece(void *context, int block)
{
    const fal_gcn *g = context;
    int64_t first = 0;
    const int64_t rows = block_rows(g, block, &first);
    float dot[BLOCK];
    fal_rows_dots(g->x + first * g->d, rows, g->d, g->sum, dot);
    for (int64_t i = first; i < first + rows; i++) {
        g->output[i] = (double)dot[i - first] - (double)g->scaled[i] + (double)g->value[i] + g->weight.b3;
    }
}

void fal_gcn_forward(fal_gcn *g)
{
    for (int64_t i = 0; i < (int64_t)g->d * HIDDEN; i++) {
        g->w1[i] = (float)g->weight.w1[i];
    }
    fal_parallel_for(row_blocks(g), hidden_piece, g);
    sum_rows(g);
    fal_parallel_for(row_blocks(g), output_piece, g);
}

/* ln (1 + e^x) without overflow. */
static double softplus(double x) { return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x))); }

static double sigmoid(double x) { return x >= 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x)); }

double fal_gcn_loss(const fal_gcn *g)
{
    const int64_t n = g->nodes - g->labelled;
    double pool = 0.0;
    double labelled = 0.0;
    for (int64_t i = 0; i < n; i++) {
        pool += softplus(g->output[i]);
    }
    for (int64_t i = n; i < g->nodes; i++) {
        labelled += softplus(-g->output[i]);
    }
    return pool_weight * pool / (double)n + (g->labelled > 0 ? labelled / (double)g->labelled : 0.0);
}

/* t = A'' go (the transpose of A'), then the gradient at the hidden units and the block's share of w3's and b1's. */
static void back_piece(void *context, int block)
{
    const fal_gcn *g = context;
    int64_t first = 0;
    const int64_t rows = block_rows(g, block, &first);
    float w3[HIDDEN];
    float t[BLOCK];
    const double scale = g->dropout != NULL || g->mask != NULL ? 1.0 / keep : 1.0;
    for (int j = 0; j < HIDDEN; j++) {
        w3[j] = (float)(g->weight.w3[j] * scale);
    }
    fal_rows_dots(g->x + first * g->d, rows, g->d, g->sum, t);
    for (int64_t i = 0; i < rows; i++) {
        const double go = (double)g->scaled[first + i];
        t[i] = (float)(g->inverse[first + i] * ((double)t[i] - go) + go);
        fal_rows_gate(g->hidden + (first + i) * HIDDEN, w3, t[i], HIDDEN, g->back + (first + i) * HIDDEN);
    }
    float *share = partial_of(g, block) + g->d;
    fal_rows_combine(g->hidden + first * HIDDEN, rows, HIDDEN, t, share);
    fal_rows_combine(g->back + first * HIDDEN, rows, HIDDEN, ones, share + HIDDEN);
}

static void slice_piece(void *context, int slice)
{
    const fal_gcn *g = context;
    const int first = slice * SLICE;
    const int rows = first + SLICE < g->d ? SLICE : g->d - first;
    fal_products_gradient(g->ax + first, g->d, rows, g->back, HIDDEN, g->nodes, g->w1 + (int64_t)first * HIDDEN);
}

void fal_gcn_backward(fal_gcn *g)
{
    const int64_t n = g->nodes - g->labelled;
    double bias = 0.0;
    for (int64_t i = 0; i < g->nodes; i++) {
        const double s = sigmoid(g->output[i]);
        const double go = i < n ? pool_weight * s / (double)n : (s - 1.0) / (double)g->labelled;
        g->scaled[i] = (float)go;
        bias += go;
    }
    sum_rows(g);
    fal_parallel_for(row_blocks(g), back_piece, g);
    fal_parallel_for((g->d + SLICE - 1) / SLICE, slice_piece, g);
    for (int64_t i = 0; i < (int64_t)g->d * HIDDEN; i++) {
        g->gradient.w1[i] = (double)g->w1[i];
    }
    for (int j = 0; j < HIDDEN; j++) {
        g->gradient.w3[j] = g->gradient.b1[j] = 0.0;
        for (int block = 0; block < row_blocks(g); block++) {
            g->gradient.w3[j] += (double)partial_of(g, block)[g->d + j];
            g->gradient.b1[j] += (double)partial_of(g, block)[g->d + HIDDEN + j];
        }
    }
    g->gradient.b3 = bias;
}

static void adam(double *w, const double *gradient, double *first, double *second, int64_t count, int step)
{
    const double beta1 = 0.9;
    const double beta2 = 0.999;
    const double rate = 1e-3;
    const double epsilon = 1e-8;
    const double decay = 5e-4;
    const double correct1 = 1.0 - pow(beta1, step);
    const double correct2 = 1.0 - pow(beta2, step);
    for (int64_t i = 0; i < count; i++) {
        const double slope = gradient[i] + decay * w[i];
        first[i] = beta1 * first[i] + (1.0 - beta1) * slope;
        second[i] = beta2 * second[i] + (1.0 - beta2) * slope * slope;
        w[i] -= rate * (first[i] / correct1) / (sqrt(second[i] / correct2) + epsilon);
    }
}

void fal_gcn_step(fal_gcn *g)
{
    g->steps++;
    adam(g->weight.w1, g->gradient.w1, g->first.w1, g->second.w1, (int64_t)g->d * HIDDEN, g->steps);
    adam(g->weight.b1, g->gradient.b1, g->first.b1, g->second.b1, HIDDEN, g->steps);
    adam(g->weight.w3, g->gradient.w3, g->first.w3, g->second.w3, HIDDEN, g->steps);
    adam(&g->weight.b3, &g->gradient.b3, &g->first.b3, &g->second.b3, 1, g->steps);
}

void fal_gcn_start(fal_gcn *g, const fal_rng *rng)
{
    fal_rng at = *rng;
    const double bound = 1.0 / sqrt((double)HIDDEN);
    for (int64_t i = 0; i < (int64_t)g->d * HIDDEN; i++) {
        at.epoch = 0;
        g->weight.w1[i] = bound * (2.0 * fal_rng_uniform(&at, (uint64_t)i) - 1.0);
    }
    for (int j = 0; j < HIDDEN; j++) {
        at.epoch = 1;
        g->weight.b1[j] = bound * (2.0 * fal_rng_uniform(&at, (uint64_t)j) - 1.0);
        at.epoch = 2;
        g->weight.w3[j] = 2.0 * fal_rng_uniform(&at, (uint64_t)j) - 1.0;
    }
    at.epoch = 3;
    g->weight.b3 = 2.0 * fal_rng_uniform(&at, 0) - 1.0;
}

/* Unit rows of the pool, then of the labelled images. */
static void unit_rows(fal_gcn *g, const float *pool, const float *labelled)
{
    const int64_t n = g->nodes - g->labelled;
    for (int64_t i = 0; i < g->nodes; i++) {
        const float *z = i < n ? pool + i * g->d : labelled + (i - n) * g->d;
        double sum = 0.0;
        for (int e = 0; e < g->d; e++) {
            sum += (double)z[e] * (double)z[e];
        }
        const double norm = sqrt(sum) > 1e-12 ? sqrt(sum) : 1e-12;
        for (int e = 0; e < g->d; e++) {
            g->x[i * g->d + e] = (float)((double)z[e] / norm);
        }
    }
}

/* D_j = <x_j, sum of x> - 1, in double. */
static void inverse_degrees(fal_gcn *g, double *total)
{
    for (int64_t i = 0; i < g->nodes; i++) {
        for (int e = 0; e < g->d; e++) {
            total[e] += (double)g->x[i * g->d + e];
        }
    }
    for (int64_t i = 0; i < g->nodes; i++) {
        double degree = -1.0;
        for (int e = 0; e < g->d; e++) {
            degree += (double)g->x[i * g->d + e] * total[e];
        }
        g->inverse[i] = fabs(degree) < 1e-12 ? 0.0 : 1.0 / degree;
    }
}

/* A' X = X (X' D^-1 X) - D^-1 X + X. */
static fal_status propagate(fal_gcn *g)
{
    const int d = g->d;
    float *square = NULL;
    FAL_TRY(fal_alloc(&square, (size_t)d * (size_t)d, sizeof *square, "gcnal"));
    for (int64_t i = 0; i < g->nodes; i++) {
        for (int e = 0; e < d; e++) {
            g->ax[i * d + e] = (float)(g->inverse[i] * (double)g->x[i * d + e]);
        }
    }
    fal_products_gradient(g->x, d, d, g->ax, d, g->nodes, square);
    float *rows = NULL;
    const fal_status status = fal_alloc(&rows, (size_t)BLOCK * (size_t)d, sizeof *rows, "gcnal");
    for (int block = 0; status == FAL_OK && block < row_blocks(g); block++) {
        int64_t first = 0;
        const int64_t count = block_rows(g, block, &first);
        fal_products_plain(g->x + first * d, count, square, d, d, rows);
        for (int64_t i = 0; i < count * d; i++) {
            g->ax[first * d + i] = rows[i] - g->ax[first * d + i] + g->x[first * d + i];
        }
    }
    fal_free(rows);
    fal_free(square);
    return status;
}

size_t fal_gcn_bytes(int64_t nodes, int d)
{
    const size_t width = (size_t)d;
    const size_t node = sizeof(float) * (2 * width + 2 * HIDDEN + 2) + 2 * sizeof(double);
    const size_t block = sizeof(float) * (width + 2 * HIDDEN);
    const size_t weights = width * HIDDEN * (4 * sizeof(double) + sizeof(float));
    const size_t propagating = sizeof(float) * width * (width + BLOCK);
    return (size_t)nodes * node + (size_t)(nodes / BLOCK + 1) * block + weights + propagating + 16 * width;
}

fal_status fal_gcn_create(const float *pool, int64_t n, const float *labelled, int64_t m, int d, fal_gcn *g)
{
    *g = (fal_gcn){.nodes = n + m, .labelled = m, .d = d};
    const size_t nodes = (size_t)(n + m);
    const size_t width = (size_t)d;
    double *total = NULL;
    double **const matrices[] = {&g->weight.w1, &g->gradient.w1, &g->first.w1, &g->second.w1};
    fal_status status = FAL_OK;
    for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++) {
        FAL_TRY_GOTO(fal_alloc(matrices[i], width * HIDDEN, sizeof(double), "gcnal"));
    }
    FAL_TRY_GOTO(fal_alloc(&total, width, sizeof *total, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->x, nodes * width, sizeof *g->x, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->ax, nodes * width, sizeof *g->ax, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->inverse, nodes, sizeof *g->inverse, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->w1, width * HIDDEN, sizeof *g->w1, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->hidden, nodes * HIDDEN, sizeof *g->hidden, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->back, nodes * HIDDEN, sizeof *g->back, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->value, nodes, sizeof *g->value, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->scaled, nodes, sizeof *g->scaled, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->output, nodes, sizeof *g->output, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->sum, width, sizeof *g->sum, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&g->partial, (size_t)row_blocks(g) * (width + 2 * HIDDEN), sizeof *g->partial, "gcnal"));
    unit_rows(g, pool, labelled);
    inverse_degrees(g, total);
    status = propagate(g);
done:
    fal_free(total);
    if (status != FAL_OK) {
        fal_gcn_destroy(g);
    }
    return status;
}

void fal_gcn_destroy(fal_gcn *g)
{
    void *const all[] = {g->weight.w1, g->gradient.w1, g->first.w1, g->second.w1, g->x,      g->ax,  g->inverse, g->w1,
                         g->hidden,    g->back,        g->value,    g->scaled,    g->output, g->sum, g->partial};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fal_free(all[i]);
    }
    *g = (fal_gcn){0};
}
