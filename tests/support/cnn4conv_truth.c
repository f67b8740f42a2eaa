/* cnn4conv in double precision, for tests. Maps are NHWC. */
#include "cnn4conv_truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 4 };

typedef struct {
    const fal_layer *layer;
    const float *weight, *gamma, *beta;
    double *x, *z, *y, *dx, *dz, *rstd; /* x [n][h][w][ci]; z, dz [n][h][w][co], z normalised; y [n][ho][wo][co] */
    int *chosen;                        /* [n][ho][wo][co]: index into z, or -1 where ReLU gave zero */
} block;

struct fal_test_cnn4conv {
    const fal_model *model;
    int n;
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
            at->chosen = zeros((size_t)(n * l->ho * l->wo * l->co), sizeof(int));
        }
    }
    return truth;
}

void fal_test_cnn4conv_destroy(fal_test_cnn4conv *truth)
{
    for (int b = 0; b <= BLOCKS; b++) {
        block *at = &truth->blocks[b];
        void *const memory[] = {at->x, at->dx, at->z, at->dz, at->rstd, at->chosen};
        for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
            free(memory[i]);
        }
    }
    free(truth->logits);
    free(truth);
}

/* Visits pixel (i, j) of image k and its neighbour under tap (u, v): offsets of both in pixels. */
#define FOR_ALL_TAPS(l, n)                                                                                             \
    for (int p = 0; p < (n) * (l)->h * (l)->w; p++)                                                                    \
        for (int tap = 0, i = p / (l)->w % (l)->h, j = p % (l)->w; tap < 9; tap++)                                     \
            if (i + tap / 3 >= 1 && i + tap / 3 <= (l)->h && j + tap % 3 >= 1 && j + tap % 3 <= (l)->w)

static void convolve(const block *at, int n)
{
    const fal_layer *l = at->layer;
    memset(at->z, 0, (size_t)(n * l->h * l->w * l->co) * sizeof(double));
    FOR_ALL_TAPS(l, n)
    {
        const double *x = at->x + (ptrdiff_t)(p + (tap / 3 - 1) * l->w + tap % 3 - 1) * l->ci;
        for (int o = 0; o < l->co; o++) {
            double sum = 0.0;
            for (int c = 0; c < l->ci; c++) {
                sum += x[c] * (double)at->weight[(o * l->ci + c) * 9 + tap];
            }
            at->z[(ptrdiff_t)p * l->co + o] += sum;
        }
    }
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

/* ReLU and pooling of one window; returns its margin. */
static double pool(const block *at, const int index[4], int o, double *y, int *chosen)
{
    double best = -INFINITY, second = -INFINITY;
    int winner = 0;
    for (int q = 0; q < 4; q++) {
        const double value = (double)at->gamma[o] * at->z[index[q]] + (double)at->beta[o];
        winner = value > best ? q : winner;
        second = value > best ? best : value > second ? value : second;
        best = value > best ? value : best;
    }
    *y = best > 0.0 ? best : 0.0;
    *chosen = best > 0.0 ? index[winner] : -1;
    return best > 0.0 && best - second < best ? best - second : fabs(best);
}

static double activate(const block *at, int n, double *y)
{
    const fal_layer *l = at->layer;
    double margin = INFINITY;
    for (int e = 0; e < n * l->ho * l->wo * l->co; e++) {
        const int o = e % l->co, j = e / l->co % l->wo, i = e / l->co / l->wo % l->ho;
        const int first = ((e / (l->co * l->wo * l->ho) * l->h + 2 * i) * l->w + 2 * j) * l->co + o;
        const int index[4] = {first, first + l->co, first + l->w * l->co, first + (l->w + 1) * l->co};
        margin = fmin(margin, pool(at, index, o, &y[e], &at->chosen[e]));
    }
    return margin;
}

double fal_test_cnn4conv_forward(fal_test_cnn4conv *truth, const float *params, const float *x)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(truth->model, &count);
    double margin = INFINITY;
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
        convolve(at, truth->n);
        normalise(at, truth->n);
        margin = fmin(margin, activate(at, truth->n, truth->blocks[b + 1].x));
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
    return margin;
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
static void backward_bn(const block *at, int n, const double *dy, double *dgamma, double *dbeta)
{
    const fal_layer *l = at->layer;
    const int co = l->co, pixels = n * l->h * l->w;
    memset(at->dz, 0, (size_t)(pixels * co) * sizeof(double));
    for (int e = 0; e < n * l->ho * l->wo * co; e++) {
        if (at->chosen[e] >= 0) {
            at->dz[at->chosen[e]] = dy[e];
            dgamma[e % co] += dy[e] * at->z[at->chosen[e]];
            dbeta[e % co] += dy[e];
        }
    }
    for (int e = 0; e < pixels * co; e++) {
        const int o = e % co;
        at->dz[e] =
            (double)at->gamma[o] * at->rstd[o] * (at->dz[e] - dbeta[o] / pixels - at->z[e] * dgamma[o] / pixels);
    }
}

static void backward_convolution(const block *at, int n, double *dweight)
{
    const fal_layer *l = at->layer;
    memset(at->dx, 0, (size_t)(n * l->h * l->w * l->ci) * sizeof(double));
    FOR_ALL_TAPS(l, n)
    {
        const ptrdiff_t from = (ptrdiff_t)(p + (tap / 3 - 1) * l->w + tap % 3 - 1) * l->ci;
        for (int o = 0; o < l->co; o++) {
            const double dz = at->dz[(ptrdiff_t)p * l->co + o];
            for (int c = 0; c < l->ci; c++) {
                dweight[(o * l->ci + c) * 9 + tap] += dz * at->x[from + c];
                at->dx[from + c] += dz * (double)at->weight[(o * l->ci + c) * 9 + tap];
            }
        }
    }
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
        const block *at = &truth->blocks[b];
        backward_bn(at, truth->n, truth->blocks[b + 1].dx, gradient + tensors[at->layer->gamma].offset,
                    gradient + tensors[at->layer->beta].offset);
        backward_convolution(at, truth->n, gradient + tensors[at->layer->weight].offset);
    }
}
