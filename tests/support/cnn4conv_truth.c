/* cnn4conv in double precision, for tests. Maps are NHWC. */
#include "cnn4conv_truth.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/random.h"

enum { BLOCKS = 4 };

typedef struct {
    const fal_layer *layer;
    const float *weight, *gamma, *beta;
    double *x, *z, *dx, *dz, *rstd; /* x [n][h][w][ci]; z, dz [n][h][w][co], z normalised */
    double *squares;                /* of the terms of the larger of x and z */
    int *chosen;                    /* [n][ho][wo][co]: index into z, or -1 where ReLU gave zero */
} block;

struct fal_test_cnn4conv {
    const fal_model *model;
    int n;
    double noise; /* factor */
    uint32_t draw;
    block blocks[BLOCKS + 1]; /* the last one's x is the map that the linear layer reads */
    const float *linear;
    const float *bias;
    double *logits;
};

static void *zeros(size_t count, size_t size)
{
    void *values = calloc(count, size);
    assert_non_null(values);
    return values;
}

fal_test_cnn4conv *fal_test_cnn4conv_create(const fal_model *model, int n)
{
    fal_test_cnn4conv *truth = zeros(1, sizeof *truth);
    int count = 0;
    const fal_layer *layers = fal_model_layers(model, &count);
    assert_int_equal(count, BLOCKS + 1);
    truth->model = model;
    truth->n = n;
    truth->logits = zeros((size_t)n * (size_t)layers[BLOCKS].co, sizeof(double));
    for (int b = 0; b <= BLOCKS; b++) {
        block *at = &truth->blocks[b];
        const fal_layer *l = at->layer = &layers[b];
        at->x = zeros((size_t)(n * l->h * l->w * l->ci), sizeof(double));
        at->dx = zeros((size_t)(n * l->h * l->w * l->ci), sizeof(double));
        if (b < BLOCKS) {
            at->z = zeros((size_t)(n * l->h * l->w * l->co), sizeof(double));
            at->dz = zeros((size_t)(n * l->h * l->w * l->co), sizeof(double));
            at->rstd = zeros((size_t)l->co, sizeof(double));
            at->squares = zeros((size_t)(n * l->h * l->w * (l->ci > l->co ? l->ci : l->co)), sizeof(double));
            at->chosen = zeros((size_t)(n * l->ho * l->wo * l->co), sizeof(int));
        }
    }
    return truth;
}

void fal_test_cnn4conv_destroy(fal_test_cnn4conv *truth)
{
    for (int b = 0; b <= BLOCKS; b++) {
        block *at = &truth->blocks[b];
        void *const memory[] = {at->x, at->dx, at->z, at->dz, at->rstd, at->squares, at->chosen};
        for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
            free(memory[i]);
        }
    }
    free(truth->logits);
    free(truth);
}

void fal_test_cnn4conv_noise(fal_test_cnn4conv *truth, double factor, uint32_t draw)
{
    truth->noise = factor;
    truth->draw = draw;
}

/* What the noise of pass number `use` of a block is for. */
enum { NOISE_Z, NOISE_DX, NOISE_DWEIGHT, NOISE_DGAMMA, NOISE_DBETA };

/* values [count], sums of `terms` products with these sums of squares, get their noise. */
static void add_noise(const fal_test_cnn4conv *truth, int b, int use, double terms, const double *squares, int count,
                      double *values)
{
    const fal_rng rng = {
        .seed = 31, .purpose = FAL_RNG_TEST, .client = truth->draw, .fl_round = (uint32_t)b, .epoch = (uint32_t)use};
    for (int e = 0; truth->noise > 0.0 && e < count; e++) {
        const double error = FLT_EPSILON / 2.0 * (sqrt(terms * squares[e]) + fabs(values[e]));
        values[e] += truth->noise * error * fal_rng_normal(&rng, (uint64_t)e);
    }
}

/* Visits pixel (i, j) of image k and its neighbour under tap (u, v): offsets of both in pixels. */
#define FOR_ALL_TAPS(l, n)                                                                                             \
    for (int p = 0; p < (n) * (l)->h * (l)->w; p++)                                                                    \
        for (int tap = 0, i = p / (l)->w % (l)->h, j = p % (l)->w; tap < 9; tap++)                                     \
            if (i + tap / 3 >= 1 && i + tap / 3 <= (l)->h && j + tap % 3 >= 1 && j + tap % 3 <= (l)->w)

static void convolve(const fal_test_cnn4conv *truth, int b)
{
    const block *at = &truth->blocks[b];
    const fal_layer *l = at->layer;
    const int values = truth->n * l->h * l->w * l->co;
    memset(at->z, 0, (size_t)values * sizeof(double));
    memset(at->squares, 0, (size_t)values * sizeof(double));
    FOR_ALL_TAPS(l, truth->n)
    {
        const double *x = at->x + (ptrdiff_t)(p + (tap / 3 - 1) * l->w + tap % 3 - 1) * l->ci;
        for (int o = 0; o < l->co; o++) {
            double sum = 0.0, square = 0.0;
            for (int c = 0; c < l->ci; c++) {
                const double term = x[c] * (double)at->weight[(o * l->ci + c) * 9 + tap];
                sum += term;
                square += term * term;
            }
            at->z[(ptrdiff_t)p * l->co + o] += sum;
            at->squares[(ptrdiff_t)p * l->co + o] += square;
        }
    }
    add_noise(truth, b, NOISE_Z, 9.0 * l->ci, at->squares, values, at->z);
}

static void normalise(const block *at, int n)
{
    const int co = at->layer->co, pixels = n * at->layer->h * at->layer->w;
    for (int o = 0; o < co; o++) {
        double mean = 0.0, var = 0.0;
        for (int p = 0; p < pixels; p++) {
            mean += at->z[p * co + o] / pixels;
        }
        for (int p = 0; p < pixels; p++) {
            var += (at->z[p * co + o] - mean) * (at->z[p * co + o] - mean) / pixels;
        }
        at->rstd[o] = 1.0 / sqrt(var + 1e-5);
        for (int p = 0; p < pixels; p++) {
            at->z[p * co + o] = (at->z[p * co + o] - mean) * at->rstd[o];
        }
    }
}

/* ReLU and pooling. */
static void activate(const block *at, int n, double *y)
{
    const fal_layer *l = at->layer;
    for (int e = 0; e < n * l->ho * l->wo * l->co; e++) {
        const int o = e % l->co, j = e / l->co % l->wo, i = e / l->co / l->wo % l->ho;
        const int first = ((e / (l->co * l->wo * l->ho) * l->h + 2 * i) * l->w + 2 * j) * l->co + o;
        const int index[4] = {first, first + l->co, first + l->w * l->co, first + (l->w + 1) * l->co};
        double best = -INFINITY;
        for (int q = 0; q < 4; q++) {
            const double value = (double)at->gamma[o] * at->z[index[q]] + (double)at->beta[o];
            at->chosen[e] = value > best ? index[q] : at->chosen[e];
            best = fmax(best, value);
        }
        y[e] = fmax(best, 0.0);
        at->chosen[e] = best > 0.0 ? at->chosen[e] : -1;
    }
}

bool fal_test_cnn4conv_decide_alike(const fal_test_cnn4conv *a, const fal_test_cnn4conv *b)
{
    for (int i = 0; i < BLOCKS; i++) {
        const fal_layer *l = a->blocks[i].layer;
        const size_t windows = (size_t)(a->n * l->ho * l->wo * l->co);
        if (memcmp(a->blocks[i].chosen, b->blocks[i].chosen, windows * sizeof *a->blocks[i].chosen) != 0) {
            return false;
        }
    }
    return true;
}

void fal_test_cnn4conv_forward(fal_test_cnn4conv *truth, const float *params, const float *x)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(truth->model, &count);
    const fal_layer *head = truth->blocks[BLOCKS].layer;
    const int pixels = head->h * head->w, d = pixels * head->ci;
    for (int e = 0; e < truth->n * truth->blocks[0].layer->h * truth->blocks[0].layer->w * truth->blocks[0].layer->ci;
         e++) {
        truth->blocks[0].x[e] = (double)x[e];
    }
    for (int b = 0; b < BLOCKS; b++) {
        block *at = &truth->blocks[b];
        at->weight = params + tensors[at->layer->weight].offset;
        at->gamma = params + tensors[at->layer->gamma].offset;
        at->beta = params + tensors[at->layer->beta].offset;
        convolve(truth, b);
        normalise(at, truth->n);
        activate(at, truth->n, truth->blocks[b + 1].x);
    }
    truth->linear = params + tensors[head->weight].offset;
    truth->bias = params + tensors[head->bias].offset;
    for (int k = 0; k < truth->n; k++) {
        for (int c = 0; c < head->co; c++) {
            double sum = (double)truth->bias[c];
            for (int e = 0; e < d; e++) { /* embeddings are channel-major */
                sum += (double)truth->linear[c * d + e] *
                       truth->blocks[BLOCKS].x[k * d + e % pixels * head->ci + e / pixels];
            }
            truth->logits[k * head->co + c] = sum;
        }
    }
}

static double backward_head(fal_test_cnn4conv *truth, const int32_t *labels, double *dlinear, double *dbias)
{
    const block *at = &truth->blocks[BLOCKS];
    const fal_layer *l = at->layer;
    const int pixels = l->h * l->w, d = pixels * l->ci;
    double loss = 0.0;
    memset(at->dx, 0, (size_t)(truth->n * d) * sizeof(double));
    for (int k = 0; k < truth->n; k++) {
        const double *logits = truth->logits + k * l->co;
        double sum = 0.0;
        for (int c = 0; c < l->co; c++) {
            sum += exp(logits[c]);
        }
        loss += (log(sum) - logits[labels[k]]) / truth->n;
        for (int c = 0; c < l->co; c++) {
            const double g = (exp(logits[c]) / sum - (c == labels[k])) / truth->n;
            dbias[c] += g;
            for (int e = 0; e < d; e++) {
                const int x = k * d + e % pixels * l->ci + e / pixels;
                dlinear[c * d + e] += g * at->x[x];
                at->dx[x] += g * (double)truth->linear[c * d + e];
            }
        }
    }
    return loss;
}

/* From the gradient of y (the next block's dx) to dgamma, dbeta and dz. */
static void backward_bn(const fal_test_cnn4conv *truth, int b, double *dgamma, double *dbeta)
{
    const block *at = &truth->blocks[b];
    const fal_layer *l = at->layer;
    const double *dy = truth->blocks[b + 1].dx;
    const int co = l->co, n = truth->n, pixels = n * l->h * l->w;
    double *squares = at->squares; /* [2][co] */
    memset(squares, 0, (size_t)(2 * co) * sizeof *squares);
    memset(at->dz, 0, (size_t)(pixels * co) * sizeof(double));
    for (int e = 0; e < n * l->ho * l->wo * co; e++) {
        if (at->chosen[e] >= 0) {
            const double product = dy[e] * at->z[at->chosen[e]];
            at->dz[at->chosen[e]] = dy[e];
            dgamma[e % co] += product;
            dbeta[e % co] += dy[e];
            squares[e % co] += product * product;
            squares[co + e % co] += dy[e] * dy[e];
        }
    }
    add_noise(truth, b, NOISE_DGAMMA, pixels, squares, co, dgamma);
    add_noise(truth, b, NOISE_DBETA, pixels, squares + co, co, dbeta);
    for (int e = 0; e < pixels * co; e++) {
        const int o = e % co;
        at->dz[e] =
            (double)at->gamma[o] * at->rstd[o] * (at->dz[e] - dbeta[o] / pixels - at->z[e] * dgamma[o] / pixels);
    }
}

static void backward_convolution(const fal_test_cnn4conv *truth, int b, double *dweight)
{
    const block *at = &truth->blocks[b];
    const fal_layer *l = at->layer;
    const int inputs = truth->n * l->h * l->w * l->ci, weights = 9 * l->ci * l->co;
    double *squares = zeros((size_t)weights, sizeof *squares);
    memset(at->dx, 0, (size_t)inputs * sizeof(double));
    memset(at->squares, 0, (size_t)inputs * sizeof(double));
    FOR_ALL_TAPS(l, truth->n)
    {
        const ptrdiff_t from = (ptrdiff_t)(p + (tap / 3 - 1) * l->w + tap % 3 - 1) * l->ci;
        for (int o = 0; o < l->co; o++) {
            const double dz = at->dz[(ptrdiff_t)p * l->co + o];
            for (int c = 0; c < l->ci; c++) {
                const double to_weight = dz * at->x[from + c];
                const double to_input = dz * (double)at->weight[(o * l->ci + c) * 9 + tap];
                dweight[(o * l->ci + c) * 9 + tap] += to_weight;
                squares[(o * l->ci + c) * 9 + tap] += to_weight * to_weight;
                at->dx[from + c] += to_input;
                at->squares[from + c] += to_input * to_input;
            }
        }
    }
    add_noise(truth, b, NOISE_DWEIGHT, (double)(truth->n * l->h * l->w), squares, weights, dweight);
    add_noise(truth, b, NOISE_DX, 9.0 * l->co, at->squares, inputs, at->dx);
    free(squares);
}

void fal_test_cnn4conv_backward(fal_test_cnn4conv *truth, const int32_t *labels, double *gradient, double *loss)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(truth->model, &count);
    const fal_layer *head = truth->blocks[BLOCKS].layer;
    memset(gradient, 0, fal_model_trained(truth->model) * sizeof *gradient);
    *loss =
        backward_head(truth, labels, gradient + tensors[head->weight].offset, gradient + tensors[head->bias].offset);
    for (int b = BLOCKS - 1; b >= 0; b--) {
        const fal_layer *l = truth->blocks[b].layer;
        backward_bn(truth, b, gradient + tensors[l->gamma].offset, gradient + tensors[l->beta].offset);
        backward_convolution(truth, b, gradient + tensors[l->weight].offset);
    }
}
