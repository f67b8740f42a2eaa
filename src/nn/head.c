/* Embeddings, linear layer, softmax cross-entropy. */
#include "head.h"

#include <math.h>
#include <string.h>

#include "fal/base/parallel.h"

/* Eight partial sums side by side, added in order at the end: the same bits whatever vectors the CPU has. */
enum { LANES = 8 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef float float_lanes __attribute__((vector_size(LANES * sizeof(float))));

/* Compiled for several instruction sets, one of which is chosen when the program starts. Multiplications and additions
 * stay apart in all of them (-ffp-contract=off). Sanitizers' code must not run that early. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define FOR_EACH_CPU __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_CPU
#endif

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

/* A macro, since a function that returns such a vector has another calling convention on each CPU. */
#define LOAD_LANES(out, from)                                                                                          \
    do {                                                                                                               \
        float_lanes narrow;                                                                                            \
        memcpy(&narrow, (from), sizeof narrow);                                                                        \
        (out) = __builtin_convertvector(narrow, lanes);                                                                \
    } while (0)

FOR_EACH_CPU static double dot(const float *a, const float *b, int d)
{
    lanes sums = {0.0}, x, y;
    int e = 0;
    for (; e + LANES <= d; e += LANES) {
        LOAD_LANES(x, a + e);
        LOAD_LANES(y, b + e);
        sums += x * y;
    }
    double sum = 0.0;
    for (int lane = 0; lane < LANES; lane++) {
        sum += sums[lane];
    }
    for (; e < d; e++) {
        sum += (double)a[e] * (double)b[e];
    }
    return sum;
}

/* out [d] = sum over k of factors[k * stride] times row k of rows [count][d]. */
FOR_EACH_CPU static void weighted_rows(int count, const float *factors, int stride, const float *rows, int d,
                                       float *out)
{
    int first = 0;
    for (; first + LANES <= d; first += LANES) {
        lanes sums = {0.0}, row;
        for (int k = 0; k < count; k++) {
            LOAD_LANES(row, rows + (size_t)k * (size_t)d + first);
            sums += (double)factors[(size_t)k * (size_t)stride] * row;
        }
        const float_lanes narrow = __builtin_convertvector(sums, float_lanes);
        memcpy(out + first, &narrow, sizeof narrow);
    }
    for (; first < d; first++) {
        double sum = 0.0;
        for (int k = 0; k < count; k++) {
            sum += (double)factors[(size_t)k * (size_t)stride] * (double)rows[(size_t)k * (size_t)d + first];
        }
        out[first] = (float)sum;
    }
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
    weighted_rows(args->n, args->dlogits + c, classes, args->embedding, d, args->dweight + (size_t)c * (size_t)d);
}

static void backward_image(void *context, int k)
{
    const head_args *args = context;
    const int d = args->head->d, classes = args->head->classes;
    weighted_rows(classes, args->dlogits + (size_t)k * (size_t)classes, 1, args->head->weight, d,
                  args->dembedding + (size_t)k * (size_t)d);
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
