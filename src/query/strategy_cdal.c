/* cdal (Agarwal et al., ECCV 2020): k-centre on the probabilities of one model, away from the labelled images.
 *
 * The distance is the mean of both Kullback-Leibler divergences, 1/2 sum over c of (p - q)(ln p - ln q), term by term
 * in double: exactly 0 for images with equal logits. */
#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "query_internal.h"

enum { BLOCK = 256 };

/* p and ln p of `count` images; ln p from the logits, so that it is finite where p is 0. */
typedef struct {
    double *p, *ln; /* [count][classes] */
    int64_t count;
} distributions;

typedef struct {
    distributions pool;
    const double *p, *ln; /* of the new centres */
    int64_t centres;
    int classes;
    double *far;   /* [n] distance to the nearest centre; -1: chosen */
    int64_t *best; /* [pieces] farthest image of the piece, the lowest of equals */
} search;

size_t fal_cdal_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)options;
    (void)b;
    (void)d;
    return 2 * (size_t)n * (size_t)classes * sizeof(double);
}

static fal_status distributions_create(const float *logits, int64_t count, int classes, distributions *of)
{
    *of = (distributions){.count = count};
    FAL_TRY(fal_score_probabilities(logits, count, classes, &of->p));
    FAL_TRY(fal_alloc(&of->ln, (size_t)count * (size_t)classes, sizeof *of->ln, "cdal"));
    for (int64_t i = 0; i < count; i++) {
        const float *row = logits + i * classes;
        const double most = (double)row[fal_score_argmax(row, classes)];
        double sum = 0.0;
        for (int c = 0; c < classes; c++) {
            sum += exp((double)row[c] - most);
        }
        const double ln_sum = log(sum);
        for (int c = 0; c < classes; c++) {
            of->ln[i * classes + c] = (double)row[c] - most - ln_sum;
        }
    }
    return FAL_OK;
}

static void distributions_destroy(distributions *of)
{
    fal_free(of->p);
    fal_free(of->ln);
}

static double divergence(const double *p, const double *ln_p, const double *q, const double *ln_q, int classes)
{
    double sum = 0.0;
    for (int c = 0; c < classes; c++) {
        sum += (p[c] - q[c]) * (ln_p[c] - ln_q[c]);
    }
    return 0.5 * sum;
}

/* Lower the distances of a block by the new centres. */
static void lower_piece(void *context, int piece)
{
    search *s = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t last = first + BLOCK < s->pool.count ? first + BLOCK : s->pool.count;
    int64_t best = first;
    for (int64_t i = first; i < last; i++) {
        for (int64_t c = 0; c < s->centres; c++) {
            const double far = divergence(s->pool.p + i * s->classes, s->pool.ln + i * s->classes,
                                          s->p + c * s->classes, s->ln + c * s->classes, s->classes);
            s->far[i] = far < s->far[i] ? far : s->far[i];
        }
        best = s->far[i] > s->far[best] ? i : best;
    }
    s->best[piece] = best;
}

static fal_status farthest_first(search *s, int64_t b, fal_query_result *result)
{
    const int pieces = (int)((s->pool.count + BLOCK - 1) / BLOCK);
    for (int64_t taken = 0; taken < b; taken++) {
        FAL_TRY(fal_stop_inside());
        fal_parallel_for(pieces, lower_piece, s);
        int64_t best = s->best[0];
        for (int piece = 1; piece < pieces; piece++) {
            best = s->far[s->best[piece]] > s->far[best] ? s->best[piece] : best;
        }
        result->chosen[taken] = best;
        result->score[taken] = isfinite(s->far[best]) ? s->far[best] : NAN; /* the first of all has no other */
        s->far[best] = -1.0;
        s->p = s->pool.p + best * s->classes;
        s->ln = s->pool.ln + best * s->classes;
        s->centres = 1;
    }
    return FAL_OK;
}

fal_status fal_strategy_cdal(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    distributions labelled = {0};
    search s = {.classes = in->classes};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(distributions_create(in->logits[call->model], in->n, in->classes, &s.pool));
    FAL_TRY_GOTO(distributions_create(in->logits_lab[call->model], in->m, in->classes, &labelled));
    FAL_TRY_GOTO(fal_alloc(&s.far, (size_t)in->n, sizeof *s.far, "cdal"));
    FAL_TRY_GOTO(fal_alloc(&s.best, (size_t)((in->n + BLOCK - 1) / BLOCK), sizeof *s.best, "cdal"));
    for (int64_t i = 0; i < in->n; i++) {
        s.far[i] = INFINITY;
    }
    s.p = labelled.p;
    s.ln = labelled.ln;
    s.centres = labelled.count;
    status = farthest_first(&s, call->b, call->result);
done:
    fal_free(s.best);
    fal_free(s.far);
    distributions_destroy(&labelled);
    distributions_destroy(&s.pool);
    return status;
}
