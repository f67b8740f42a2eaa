/* feal (Chen et al., CVPR 2024): evidential uncertainty of both models, and no two near neighbours.
 *
 * Outputs are read as a Dirichlet distribution, a = max(logit, 0) + 1. Score = scaled Dirichlet entropy of G times the
 * sum of both models' expected entropies. The pool is walked by falling score; an image is taken if fewer than five
 * others are near it in L's embeddings (cosine above 0.85), or none of its five nearest of these is taken. */
#include "feal.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/sort.h"
#include "fal/base/stop.h"
#include "rows.h"

enum { NEIGHBOURS = 5, BLOCK = 1024 };
static const double near_cosine = 0.85;
/* Above what float32 can be wrong about a cosine of d terms, of rows that were rounded when they were made unit ones.
 */
static double float_error(int d) { return 2.5 * fal_rows_rounding(d); }

/* Derivative of ln Gamma for x >= 1: recurrence up to 10, then the asymptotic series (error below 1e-14). */
static double digamma(double x)
{
    double shift = 0.0;
    while (x < 10.0) {
        shift -= 1.0 / x;
        x += 1.0;
    }
    const double s = 1.0 / (x * x);
    const double tail =
        s * (1.0 / 12 - s * (1.0 / 120 - s * (1.0 / 252 - s * (1.0 / 240 - s * (1.0 / 132 - s * (691.0 / 32760))))));
    return shift + log(x) - 0.5 / x - tail;
}

static double log_gamma(double x)
{
    int sign = 0;
    return lgamma_r(x, &sign);
}

double fal_feal_aleatoric(const float *logits, int classes)
{
    double total = 0.0;
    double sum = 0.0;
    for (int c = 0; c < classes; c++) {
        total += fmax((double)logits[c], 0.0) + 1.0;
    }
    for (int c = 0; c < classes; c++) {
        const double a = fmax((double)logits[c], 0.0) + 1.0;
        sum += a / total * (digamma(total + 1.0) - digamma(a + 1.0));
    }
    return sum;
}

double fal_feal_entropy(const float *logits, int classes)
{
    double total = 0.0;
    double sum = 0.0;
    for (int c = 0; c < classes; c++) {
        const double a = fmax((double)logits[c], 0.0) + 1.0;
        total += a;
        sum += log_gamma(a) - (a - 1.0) * digamma(a);
    }
    return sum - log_gamma(total) + (total - (double)classes) * digamma(total);
}

void fal_feal_scores(const fal_query_input *in, double *score)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (int64_t i = 0; i < in->n; i++) {
        score[i] = fal_feal_entropy(in->logits[FAL_GLOBAL] + i * in->classes, in->classes);
        low = score[i] < low ? score[i] : low;
        high = score[i] > high ? score[i] : high;
    }
    for (int64_t i = 0; i < in->n; i++) {
        const double scaled = high > low ? (score[i] - low) / (high - low) : 1.0;
        score[i] = scaled * (fal_feal_aleatoric(in->logits[FAL_GLOBAL] + i * in->classes, in->classes) +
                             fal_feal_aleatoric(in->logits[FAL_LOCAL] + i * in->classes, in->classes));
    }
}

typedef struct {
    const float *z; /* [n][d] */
    float *unit;    /* [n][d], zero rows stay zero */
    double *norm;   /* [n] */
    float *cosine;  /* [n] to the image at hand */
    int64_t n, image;
    int d;
} neighbourhood;

static void cosine_piece(void *context, int piece)
{
    const neighbourhood *h = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t rows = first + BLOCK < h->n ? BLOCK : h->n - first;
    fal_rows_dots(h->unit + first * h->d, rows, h->d, h->unit + h->image * h->d, h->cosine + first);
}

static double exact_cosine(const neighbourhood *h, int64_t a, int64_t b)
{
    double sum = 0.0;
    for (int e = 0; e < h->d; e++) {
        sum += (double)h->z[a * h->d + e] * (double)h->z[b * h->d + e];
    }
    return sum / (h->norm[a] * h->norm[b]);
}

/* Up to NEIGHBOURS other images with a cosine above near_cosine, nearest first, ties to the lowest; their number. */
static int neighbours_of(neighbourhood *h, int64_t image, int64_t *near)
{
    double value[NEIGHBOURS];
    int count = 0;
    if (h->norm[image] <= 0.0) {
        return 0;
    }
    h->image = image;
    const double error = float_error(h->d);
    fal_parallel_for((int)((h->n + BLOCK - 1) / BLOCK), cosine_piece, h);
    for (int64_t i = 0; i < h->n; i++) {
        const double least = count == NEIGHBOURS ? value[count - 1] : near_cosine;
        if (i == image || (double)h->cosine[i] + error < least) {
            continue;
        }
        const double cosine = exact_cosine(h, i, image);
        if (!(cosine > least)) {
            continue;
        }
        int at = count < NEIGHBOURS ? count++ : NEIGHBOURS - 1;
        for (; at > 0 && value[at - 1] < cosine; at--) {
            value[at] = value[at - 1];
            near[at] = near[at - 1];
        }
        value[at] = cosine;
        near[at] = i;
    }
    return count;
}

size_t fal_feal_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)options;
    (void)b;
    (void)classes;
    return (size_t)n * ((size_t)d * sizeof(float) + 4 * sizeof(double));
}

static fal_status neighbourhood_create(const fal_query_input *in, neighbourhood *h)
{
    *h = (neighbourhood){.z = in->embedding[FAL_LOCAL], .n = in->n, .d = in->d};
    FAL_TRY(fal_alloc(&h->unit, (size_t)in->n * (size_t)in->d, sizeof *h->unit, "feal"));
    FAL_TRY(fal_alloc(&h->norm, (size_t)in->n, sizeof *h->norm, "feal"));
    FAL_TRY(fal_alloc(&h->cosine, (size_t)in->n, sizeof *h->cosine, "feal"));
    for (int64_t i = 0; i < in->n; i++) {
        double sum = 0.0;
        for (int e = 0; e < in->d; e++) {
            sum += (double)h->z[i * in->d + e] * (double)h->z[i * in->d + e];
        }
        h->norm[i] = sqrt(sum);
        for (int e = 0; e < in->d && sum > 0.0; e++) {
            h->unit[i * in->d + e] = (float)((double)h->z[i * in->d + e] / h->norm[i]);
        }
    }
    return FAL_OK;
}

static void neighbourhood_destroy(neighbourhood *h)
{
    fal_free(h->unit);
    fal_free(h->norm);
    fal_free(h->cosine);
}

fal_status fal_strategy_feal(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    fal_query_result *result = call->result;
    neighbourhood h = {0};
    double *score = NULL;
    int64_t *order = NULL;
    unsigned char *taken = NULL;
    int64_t count = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&score, (size_t)in->n, sizeof *score, "feal"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)in->n, sizeof *order, "feal"));
    FAL_TRY_GOTO(fal_alloc(&taken, (size_t)in->n, 1, "feal"));
    FAL_TRY_GOTO(neighbourhood_create(in, &h));
    fal_feal_scores(in, score);
    FAL_TRY_GOTO(fal_sort_falling(score, order, in->n));
    for (int64_t i = 0; i < in->n && count < call->b; i++) {
        int64_t near[NEIGHBOURS];
        FAL_TRY_GOTO(fal_stop_inside());
        const int found = neighbours_of(&h, order[i], near);
        bool crowded = false;
        for (int j = 0; j < found && found == NEIGHBOURS; j++) {
            crowded = crowded || taken[near[j]];
        }
        if (!crowded) {
            taken[order[i]] = 1;
            result->chosen[count++] = order[i];
        }
    }
    for (int64_t i = 0; i < in->n && count < call->b; i++) { /* short of b: the skipped ones by falling score */
        if (!taken[order[i]]) {
            result->chosen[count++] = order[i];
        }
    }
    for (int64_t i = 0; i < call->b; i++) {
        result->score[i] = score[result->chosen[i]];
    }
done:
    neighbourhood_destroy(&h);
    fal_free(taken);
    fal_free(order);
    fal_free(score);
    return status;
}
