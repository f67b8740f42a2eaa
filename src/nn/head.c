/* Embeddings, linear layer, softmax cross-entropy. */
#include "head.h"

#include <math.h>
#include <string.h>

#include "fal/base/parallel.h"

/* Partial sums of a dot product, added in order at the end: fixed, and wide enough for vectors. */
enum { LANES = 8 };

typedef struct {
    const fal_head *head;
    int n;
    const float *embedding;
    const float *dlogits;
    float *logits;
    float *dweight, *dbias, *dembedding;
} head_args;

void fal_head_flatten(const fal_map *map, int n, float *embedding)
{
    const size_t pixels = (size_t)map->h * (size_t)map->w;
    for (int k = 0; k < n; k++, embedding += pixels * (size_t)map->c) {
        for (int i = 0; i < map->h; i++) {
            for (int j = 0; j < map->w; j++) {
                const float *from = fal_map_pixel(map, k, i, j);
                for (int c = 0; c < map->c; c++) {
                    embedding[(size_t)c * pixels + (size_t)(i * map->w + j)] = from[c];
                }
            }
        }
    }
}

void fal_head_unflatten(const float *gradient, int n, const fal_map *map)
{
    const size_t pixels = (size_t)map->h * (size_t)map->w;
    for (int k = 0; k < n; k++, gradient += pixels * (size_t)map->c) {
        for (int i = 0; i < map->h; i++) {
            for (int j = 0; j < map->w; j++) {
                float *to = fal_map_pixel(map, k, i, j);
                for (int c = 0; c < map->c; c++) {
                    to[c] = gradient[(size_t)c * pixels + (size_t)(i * map->w + j)];
                }
            }
        }
    }
}

static double dot(const float *a, const float *b, int d)
{
    double lanes[LANES] = {0.0};
    int e = 0;
    for (; e + LANES <= d; e += LANES) {
#pragma omp simd
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] += (double)a[e + lane] * (double)b[e + lane];
        }
    }
    for (; e < d; e++) {
        lanes[0] += (double)a[e] * (double)b[e];
    }
    double sum = 0.0;
    for (int lane = 0; lane < LANES; lane++) {
        sum += lanes[lane];
    }
    return sum;
}

static void forward_image(void *context, int k)
{
    const head_args *args = context;
    const fal_head *head = args->head;
    const float *embedding = args->embedding + (size_t)k * (size_t)head->d;
    float *logits = args->logits + (size_t)k * (size_t)head->classes;
    for (int c = 0; c < head->classes; c++) {
        logits[c] =
            (float)((double)head->bias[c] + dot(embedding, head->weight + (size_t)c * (size_t)head->d, head->d));
    }
}

void fal_head_forward(const fal_head *head, int n, const float *embedding, float *logits)
{
    head_args args = {.head = head, .n = n, .embedding = embedding, .logits = logits};
    fal_parallel_for(n, forward_image, &args);
}

double fal_head_loss(int classes, int n, const float *logits, const int32_t *labels, float *dlogits, int64_t *correct)
{
    double sum = 0.0;
    *correct = 0;
    for (int k = 0; k < n; k++, logits += classes) {
        const int32_t label = labels[k];
        FAL_ASSERT(label >= 0 && label < classes);
        const double loss = fal_logits_loss(logits, classes, label);
        /* log p_c = logit_c - normaliser, and the loss is the label's -log p. */
        const double normaliser = loss + (double)logits[label];
        sum += loss;
        *correct += fal_logits_argmax(logits, classes) == label;
        for (int c = 0; dlogits != NULL && c < classes; c++) {
            const double p = exp((double)logits[c] - normaliser);
            dlogits[(size_t)k * (size_t)classes + (size_t)c] = (float)((p - (c == label ? 1.0 : 0.0)) / n);
        }
    }
    return sum / n;
}

/* Row c of the weight's gradient; images in order. */
static void backward_class(void *context, int c)
{
    const head_args *args = context;
    const int d = args->head->d;
    const int classes = args->head->classes;
    double bias = 0.0;
    for (int k = 0; k < args->n; k++) {
        bias += (double)args->dlogits[(size_t)k * (size_t)classes + (size_t)c];
    }
    args->dbias[c] = (float)bias;
    for (int first = 0; first < d; first += LANES) {
        double lanes[LANES] = {0.0};
        const int count = d - first < LANES ? d - first : LANES;
        for (int k = 0; k < args->n; k++) {
            const double g = (double)args->dlogits[(size_t)k * (size_t)classes + (size_t)c];
            const float *embedding = args->embedding + (size_t)k * (size_t)d + first;
            for (int lane = 0; lane < count; lane++) {
                lanes[lane] += g * (double)embedding[lane];
            }
        }
        for (int lane = 0; lane < count; lane++) {
            args->dweight[(size_t)c * (size_t)d + (size_t)(first + lane)] = (float)lanes[lane];
        }
    }
}

static void backward_image(void *context, int k)
{
    const head_args *args = context;
    const int d = args->head->d;
    const float *dlogits = args->dlogits + (size_t)k * (size_t)args->head->classes;
    float *dembedding = args->dembedding + (size_t)k * (size_t)d;
    for (int first = 0; first < d; first += LANES) {
        double lanes[LANES] = {0.0};
        const int count = d - first < LANES ? d - first : LANES;
        for (int c = 0; c < args->head->classes; c++) {
            const float *weight = args->head->weight + (size_t)c * (size_t)d + first;
            for (int lane = 0; lane < count; lane++) {
                lanes[lane] += (double)dlogits[c] * (double)weight[lane];
            }
        }
        for (int lane = 0; lane < count; lane++) {
            dembedding[first + lane] = (float)lanes[lane];
        }
    }
}

void fal_head_backward(const fal_head *head, int n, const float *embedding, const float *dlogits, float *dweight,
                       float *dbias, float *dembedding)
{
    head_args args = {.head = head, .n = n, .embedding = embedding, .dlogits = dlogits};
    args.dweight = dweight;
    args.dbias = dbias;
    args.dembedding = dembedding;
    fal_parallel_for(head->classes, backward_class, &args);
    fal_parallel_for(n, backward_image, &args);
}
