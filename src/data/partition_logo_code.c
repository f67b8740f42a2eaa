/* The partition that the program of LoGo's authors makes, with draws of ours, for comparing with their numbers
 * (algorithms.md section 2). It is not exact: clients that come first are favoured, sizes may differ. */
#include <math.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "class_counts.h"
#include "partition_internal.h"

enum { PASSES = 100, DRAWS = 3 /* of FAL_RNG_PARTITION's rounds */ };
static const double ALPHA_CUT = 10.0; /* from here on classes are cut, below it clients take turns */

/* One deal at work. */
typedef struct {
    const fal_partition_shape *shape;
    int64_t *cap;    /* [clients][classes] images of a class that a client may take at once */
    int64_t *images; /* [total] class after class */
    int64_t *next;   /* [classes] of images, what is taken next */
    int64_t *end;    /* [classes] */
    int64_t *size;   /* [clients] images that it has */
    int32_t *client_of;
} deal;

/* m [clients][classes] out: rows of Dirichlet(alpha); alpha = inf: equal shares. */
static void draw(const fal_partition_shape *shape, double *m)
{
    for (int k = 0; k < shape->clients; k++) {
        double *row = m + (int64_t)k * shape->classes;
        double largest = -INFINITY;
        double sum = 0.0;
        for (int c = 0; c < shape->classes; c++) {
            const fal_rng rng = {.seed = shape->seed,
                                 .purpose = FAL_RNG_PARTITION,
                                 .fl_round = DRAWS,
                                 .client = (uint32_t)k,
                                 .epoch = (uint32_t)c};
            row[c] = isinf(shape->alpha) ? 0.0 : fal_rng_log_gamma_variate(&rng, shape->alpha);
            largest = row[c] > largest ? row[c] : largest;
        }
        for (int c = 0; c < shape->classes; c++) {
            row[c] = exp(row[c] - largest);
            sum += row[c];
        }
        for (int c = 0; c < shape->classes; c++) {
            row[c] /= sum;
        }
    }
}

static void sum_up(const fal_partition_shape *shape, const double *m, double *row_sum, double *column_sum)
{
    memset(row_sum, 0, (size_t)shape->clients * sizeof *row_sum);
    memset(column_sum, 0, (size_t)shape->classes * sizeof *column_sum);
    for (int k = 0; k < shape->clients; k++) {
        for (int c = 0; c < shape->classes; c++) {
            row_sum[k] += m[(int64_t)k * shape->classes + c];
            column_sum[c] += m[(int64_t)k * shape->classes + c];
        }
    }
}

/* A column of zeros, which theirs divides by, stays. */
static void divide(const fal_partition_shape *shape, double *m, const double *row_sum, const double *column_sum)
{
    for (int k = 0; k < shape->clients; k++) {
        for (int c = 0; c < shape->classes; c++) {
            const double sum = row_sum != NULL ? row_sum[k] : column_sum[c];
            m[(int64_t)k * shape->classes + c] /= sum > 0.0 ? sum : 1.0;
        }
    }
}

/* Are the sums what they should be? Below alpha 10 theirs looks only for those that are too small. */
static bool balanced(const fal_partition_shape *shape, const double *row_sum, const double *column_sum)
{
    const double ratio = (double)shape->clients / shape->classes;
    const double error = fmin(1.0, fmin(ratio, 1.0 / ratio)) / 1000.0;
    const bool turns = shape->alpha < ALPHA_CUT;
    const double row = turns ? 1.0 : 1.0 / ratio;
    const double column = turns ? ratio : 1.0;
    bool fits = true;
    for (int k = 0; k < shape->clients; k++) {
        fits = fits && row_sum[k] > row - error && (turns || row_sum[k] < row + error);
    }
    for (int c = 0; c < shape->classes; c++) {
        fits = fits && column_sum[c] > column - error && (turns || column_sum[c] < column + error);
    }
    return fits;
}

/* Divides columns and rows by their sums in turn until they fit; false: they do not, and theirs would go on. */
static bool balance(const fal_partition_shape *shape, double *m, double *row_sum, double *column_sum)
{
    const bool turns = shape->alpha < ALPHA_CUT;
    sum_up(shape, m, row_sum, column_sum);
    for (int sweep = 0; sweep < FAL_PARTITION_SWEEPS; sweep++) {
        if (balanced(shape, row_sum, column_sum)) {
            return true;
        }
        for (int half = 0; half < 2; half++) {
            const bool columns = turns == (half == 0); /* first the columns, from alpha 10 on the rows */
            divide(shape, m, columns ? NULL : row_sum, column_sum);
            sum_up(shape, m, row_sum, column_sum);
        }
    }
    return false;
}

/* What each client may take: the class's images times its share, rounded up. */
static void set_caps(const fal_partition_shape *shape, const double *m, int64_t *cap)
{
    const int64_t entries = (int64_t)shape->clients * shape->classes;
    for (int64_t at = 0; at < entries; at++) {
        const int64_t most = (int64_t)ceil(m[at] * (double)shape->class_counts[at % shape->classes]);
        cap[at] = most <= 1 ? 0 : most + (shape->alpha < ALPHA_CUT);
    }
}

static int64_t take(deal *d, int client, int class_number, int64_t most)
{
    const int64_t left = d->end[class_number] - d->next[class_number];
    const int64_t taken = most < left ? most : left;
    for (int64_t i = 0; i < taken; i++) {
        d->client_of[d->images[d->next[class_number]++]] = client;
    }
    d->size[client] += taken;
    return taken;
}

/* Clients take turns, up to what each may take of a class and up to a fair share of all; who is short in the end takes
 * what is left, class by class. */
static void take_turns(deal *d)
{
    const fal_partition_shape *shape = d->shape;
    const int64_t share = (shape->total + shape->clients - 1) / shape->clients;
    int64_t taken = 1; /* in this pass; after one without any nothing changes any more */
    for (int pass = 0; pass < PASSES && taken > 0; pass++) {
        taken = 0;
        for (int k = 0; k < shape->clients; k++) {
            for (int c = 0; c < shape->classes; c++) {
                const int64_t cap = d->cap[(int64_t)k * shape->classes + c];
                const int64_t room = share - d->size[k];
                taken += take(d, k, c, cap < room ? cap : room);
            }
        }
    }
    for (int k = 0; k < shape->clients; k++) {
        for (int c = 0; c < shape->classes; c++) {
            (void)take(d, k, c, share - d->size[k]);
        }
    }
}

/* Each class is cut at the sums of what the clients may take; what lies behind the last is dropped. */
static void cut_classes(deal *d)
{
    int64_t dropped = d->shape->total;
    for (int c = 0; c < d->shape->classes; c++) {
        for (int k = 0; k < d->shape->clients; k++) {
            dropped -= take(d, k, c, d->cap[(int64_t)k * d->shape->classes + c]);
        }
    }
    if (dropped > 0) {
        fal_log_warn_once("--partition logo-code: %lld of %lld images belong to no client, as in the program of LoGo's "
                          "authors",
                          (long long)dropped, (long long)d->shape->total);
    }
}

/* Images class after class; where clients take turns, they draw them. */
static void list_images(deal *d, const int16_t *labels, int64_t n)
{
    const fal_partition_shape *shape = d->shape;
    int64_t at = 0;
    for (int c = 0; c < shape->classes; c++) {
        const fal_rng rng = {.seed = shape->seed, .purpose = FAL_RNG_PARTITION, .fl_round = 1, .epoch = (uint32_t)c};
        const int64_t count = fal_class_images(labels, n, c, d->images + at);
        if (shape->alpha < ALPHA_CUT) {
            fal_rng_shuffle(&rng, d->images + at, count);
        }
        d->next[c] = at;
        at += count;
        d->end[c] = at;
    }
}

fal_status fal_partition_logo_code(const fal_partition_shape *shape, const int16_t *labels, int64_t n,
                                   int32_t *client_of)
{
    const size_t entries = (size_t)shape->clients * (size_t)shape->classes;
    deal d = {.shape = shape, .client_of = client_of};
    double *m = NULL;
    double *sums = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&m, entries, sizeof *m, "partition"));
    FAL_TRY_GOTO(fal_alloc(&sums, (size_t)shape->clients + (size_t)shape->classes, sizeof *sums, "partition"));
    FAL_TRY_GOTO(fal_alloc(&d.cap, entries, sizeof *d.cap, "partition"));
    FAL_TRY_GOTO(fal_alloc(&d.images, (size_t)n, sizeof *d.images, "partition"));
    FAL_TRY_GOTO(fal_alloc(&d.next, 2 * (size_t)shape->classes, sizeof *d.next, "partition"));
    FAL_TRY_GOTO(fal_alloc(&d.size, (size_t)shape->clients, sizeof *d.size, "partition"));
    d.end = d.next + shape->classes;
    for (int64_t i = 0; i < n; i++) {
        client_of[i] = -1;
    }
    draw(shape, m);
    if (!balance(shape, m, sums, sums + shape->clients)) {
        fal_log_warn_once(
            "--partition logo-code: shares are not balanced after %d sweeps: the program of LoGo's authors "
            "would not end here; dealt by what they are now",
            FAL_PARTITION_SWEEPS);
    }
    set_caps(shape, m, d.cap);
    list_images(&d, labels, n);
    if (shape->alpha < ALPHA_CUT) {
        take_turns(&d);
    } else {
        cut_classes(&d);
    }
done:
    fal_free(d.size);
    fal_free(d.next);
    fal_free(d.images);
    fal_free(d.cap);
    fal_free(sums);
    fal_free(m);
    return status;
}
