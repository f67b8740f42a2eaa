/* probcover (Yehuda et al., NeurIPS 2022): balls of one radius that cover as many images as can be.
 *
 * No graph is kept: how many uncovered images every ball holds is counted once, and what a choice covers is subtracted.
 * Every image is covered once, so this takes as many distances again as the first count. Those are products of
 * matrices, and where one is too close to delta for their rounding the distance itself decides. */
#include "probcover.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/sort.h"
#include "fal/base/stop.h"
#include "products.h"
#include "rows.h"
#include "unit.h"

enum { BALLS_MOST = 2000, BLOCK = 256 };

/* What a squared distance of unit rows from a product of d terms may be off by, and a direct one, generously. */
static float rounding_of(int d) { return 1.2e-7F * (float)(d + 64); }

typedef struct {
    const float *unit;
    int64_t total;
    int d;
    const int32_t *label;
    const int64_t *at;
    double *reach; /* [balls] squared distance to the nearest image of another pseudo-class, negative: to be sorted */
} purity;

/* One ball. */
static void reach_piece(void *context, int piece)
{
    const purity *p = context;
    const int64_t image = p->at[piece];
    float far[BLOCK];
    float nearest = INFINITY;
    if (fal_stop_inside() != FAL_OK) {
        return;
    }
    for (int64_t first = 0; first < p->total; first += BLOCK) {
        const int64_t rows = first + BLOCK < p->total ? BLOCK : p->total - first;
        fal_rows_distances(p->unit + first * p->d, rows, p->d, p->unit + image * p->d, far);
        for (int64_t i = 0; i < rows; i++) {
            nearest = p->label[first + i] != p->label[image] && far[i] < nearest ? far[i] : nearest;
        }
    }
    p->reach[piece] = -(double)nearest;
}

fal_status fal_probcover_radius(const float *unit, int64_t total, int d, const int32_t *label, const int64_t *at,
                                int64_t count, float *square)
{
    purity p = {.unit = unit, .total = total, .d = d, .label = label, .at = at};
    const int64_t pure = (95 * count + 99) / 100;
    int64_t *order = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&p.reach, (size_t)count, sizeof *p.reach, "probcover"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)count, sizeof *order, "probcover"));
    fal_parallel_for((int)count, reach_piece, &p);
    FAL_TRY_GOTO(fal_stop_inside());
    FAL_TRY_GOTO(fal_sort_rising(p.reach, order, count));
    *square = (float)-p.reach[order[pure - 1]];
done:
    fal_free(order);
    fal_free(p.reach);
    return status;
}

typedef struct {
    const float *unit;
    int64_t n, total;
    int d;
    float square;
    unsigned char *covered; /* [total] */
    const float *centre;    /* [centres][d] that cover what is near */
    int64_t centres;
    int64_t *fresh; /* [total] images whose number is added to the balls that hold them, or subtracted */
    int64_t fresh_count, sign;
    int64_t *holds; /* [n] uncovered images in the ball */
    float *norm;    /* [total] */
    float *room;    /* [threads][BLOCK][d + BLOCK]: rows of fresh images, their products with a block */
} cover;

static void cover_piece(void *context, int piece)
{
    const cover *c = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t rows = first + BLOCK < c->total ? BLOCK : c->total - first;
    float far[BLOCK];
    for (int64_t j = 0; j < c->centres; j++) {
        if (j % BLOCK == BLOCK - 1 && fal_stop_inside() != FAL_OK) {
            return;
        }
        fal_rows_distances(c->unit + first * c->d, rows, c->d, c->centre + j * c->d, far);
        for (int64_t i = 0; i < rows; i++) {
            c->covered[first + i] |= far[i] < c->square;
        }
    }
}

/* Is image j in the ball of i? product: their inner product. */
static bool holds(const cover *c, int64_t i, int64_t j, float product)
{
    float far = c->norm[i] + c->norm[j] - 2.0F * product;
    if (fabsf(far - c->square) <= rounding_of(c->d)) {
        fal_rows_distances(c->unit + i * c->d, 1, c->d, c->unit + j * c->d, &far);
    }
    return far < c->square;
}

static void count_piece(void *context, int piece)
{
    const cover *c = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t rows = first + BLOCK < c->n ? BLOCK : c->n - first;
    float *fresh = c->room + (int64_t)fal_parallel_thread() * BLOCK * (c->d + BLOCK);
    float *product = fresh + (int64_t)BLOCK * c->d;
    for (int64_t start = 0; start < c->fresh_count; start += BLOCK) {
        const int64_t count = start + BLOCK < c->fresh_count ? BLOCK : c->fresh_count - start;
        if (fal_stop_inside() != FAL_OK) {
            return;
        }
        for (int64_t j = 0; j < count; j++) {
            memcpy(fresh + j * c->d, c->unit + c->fresh[start + j] * c->d, (size_t)c->d * sizeof *fresh);
        }
        fal_products_transposed(c->unit + first * c->d, rows, fresh, count, c->d, product, BLOCK);
        for (int64_t i = 0; i < rows; i++) {
            int64_t inside = 0;
            for (int64_t j = 0; j < count; j++) {
                inside += holds(c, first + i, c->fresh[start + j], product[i * BLOCK + j]);
            }
            c->holds[first + i] += c->sign * inside;
        }
    }
}

static int pieces_of(int64_t rows) { return (int)((rows + BLOCK - 1) / BLOCK); }

/* Count for, or against, the balls the images that are covered now and were not before, or not at all. */
static fal_status count(cover *c, unsigned char *counted, bool covered)
{
    c->fresh_count = 0;
    c->sign = covered ? -1 : 1;
    for (int64_t i = 0; i < c->total; i++) {
        if (c->covered[i] == covered && counted[i] != covered) {
            c->fresh[c->fresh_count++] = i;
            counted[i] = covered;
        }
    }
    fal_parallel_for(pieces_of(c->n), count_piece, c);
    return fal_stop_inside();
}

static fal_status greedy(cover *c, unsigned char *counted, int64_t b, fal_query_result *result, int64_t *taken)
{
    fal_parallel_for(pieces_of(c->total), cover_piece, c); /* by labelled images */
    for (int64_t i = 0; i < c->total; i++) {
        counted[i] = 1; /* so that the first count is of what is not covered */
    }
    FAL_TRY(count(c, counted, false));
    for (*taken = 0; *taken < b; ++*taken) {
        int64_t best = 0;
        for (int64_t i = 1; i < c->n; i++) {
            best = c->holds[i] > c->holds[best] ? i : best;
        }
        if (c->holds[best] <= 0) {
            return FAL_OK;
        }
        result->chosen[*taken] = best;
        result->score[*taken] = (double)c->holds[best];
        c->centre = c->unit + best * c->d;
        c->centres = 1;
        fal_parallel_for(pieces_of(c->total), cover_piece, c);
        FAL_TRY(count(c, counted, true));
    }
    return FAL_OK;
}

fal_status fal_probcover_pick(fal_query_call *call, const float *unit, float square, int64_t *taken)
{
    const fal_query_input *in = call->input;
    const size_t total = (size_t)(in->n + in->m);
    cover c = {.unit = unit, .n = in->n, .total = in->n + in->m, .d = in->d, .square = square};
    unsigned char *counted = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&c.covered, total, 1, "probcover"));
    FAL_TRY_GOTO(fal_alloc(&counted, total, 1, "probcover"));
    FAL_TRY_GOTO(fal_alloc(&c.fresh, total, sizeof *c.fresh, "probcover"));
    FAL_TRY_GOTO(fal_alloc(&c.holds, (size_t)in->n, sizeof *c.holds, "probcover"));
    FAL_TRY_GOTO(fal_alloc(&c.norm, total, sizeof *c.norm, "probcover"));
    FAL_TRY_GOTO(fal_alloc(&c.room, (size_t)fal_parallel_threads() * BLOCK, (size_t)(in->d + BLOCK) * sizeof *c.room,
                           "probcover"));
    fal_rows_norms(unit, in->n + in->m, in->d, c.norm);
    c.centre = unit + in->n * in->d;
    c.centres = in->m;
    status = greedy(&c, counted, call->b, call->result, taken);
done:
    fal_free(c.room);
    fal_free(c.norm);
    fal_free(c.holds);
    fal_free(c.fresh);
    fal_free(counted);
    fal_free(c.covered);
    return status;
}

/* Centres of the balls that delta is judged by: all images, or some of them drawn. */
static fal_status draw_balls(const fal_query_input *in, int64_t total, int64_t **at, int64_t *balls)
{
    const fal_rng rng = fal_query_stream(in, FAL_STREAM_PROBCOVER_BALLS, 0);
    *balls = total < BALLS_MOST ? total : BALLS_MOST;
    FAL_TRY(fal_alloc(at, (size_t)*balls, sizeof **at, "probcover"));
    return fal_query_fill(&rng, total, 0, *balls, *at);
}

size_t fal_probcover_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)b;
    const size_t rooms = (size_t)fal_parallel_threads() * BLOCK * (size_t)(d + BLOCK) * sizeof(float);
    const size_t covering = (size_t)n * (size_t)d * sizeof(float) + rooms;
    const size_t clustering = fal_query_clustering_bytes(options, n, d, classes);
    return clustering > covering ? clustering : covering;
}

fal_status fal_strategy_probcover(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const int64_t total = in->n + in->m;
    const fal_rng rng = fal_query_stream(in, FAL_STREAM_PROBCOVER, 0);
    const fal_rng fill = fal_query_stream(in, FAL_STREAM_FILL, 0);
    float *unit = NULL;
    int64_t *at = NULL;
    int64_t balls = 0;
    int64_t taken = 0;
    float square = 0.0F;
    fal_kmeans classes = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_unit_of_all(in, call->model, &unit));
    FAL_TRY_GOTO(fal_kmeans_run(unit, total, in->d, in->classes < total ? in->classes : total,
                                (int)in->options->kmeans_starts, &rng, &classes));
    FAL_TRY_GOTO(draw_balls(in, total, &at, &balls));
    FAL_TRY_GOTO(fal_probcover_radius(unit, total, in->d, classes.label, at, balls, &square));
    FAL_TRY_GOTO(fal_probcover_pick(call, unit, square, &taken));
    status = taken < call->b ? fal_query_fill(&fill, in->n, taken, call->b, call->result->chosen) : FAL_OK;
done:
    fal_kmeans_destroy(&classes);
    fal_free(at);
    fal_free(unit);
    return status;
}
