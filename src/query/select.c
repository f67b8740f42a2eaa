/* A query on arrays: checks, the strategy, and the log of how the two models see the choice. */
#include <math.h>
#include <string.h>

#include "assignment.h"
#include "copies.h"
#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "query_internal.h"
#include "rows.h"

enum { ASSIGN_MOST = 4096 }; /* M takes B^3 operations and B^2 doubles: beyond this budget it is left out */

int64_t fal_query_budget(double budget, double images)
{
    if (budget >= 1.0) {
        return (int64_t)budget;
    }
    const int64_t rounded = (int64_t)floor(budget * images + 0.5);
    return rounded < 1 ? 1 : rounded;
}

fal_status fal_query_result_create(int64_t b, fal_query_result *result)
{
    const size_t count = (size_t)b;
    *result = (fal_query_result){.count = b, .m_transport = NAN, .overlap = NAN};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&result->chosen, count, sizeof *result->chosen, "result of a query"));
    FAL_TRY_GOTO(fal_alloc(&result->score, count, sizeof *result->score, "result of a query"));
    FAL_TRY_GOTO(fal_alloc(&result->cluster, count, sizeof *result->cluster, "result of a query"));
    FAL_TRY_GOTO(fal_alloc(&result->score_global, count, sizeof *result->score_global, "result of a query"));
    FAL_TRY_GOTO(fal_alloc(&result->score_local, count, sizeof *result->score_local, "result of a query"));
done:
    if (status != FAL_OK) {
        fal_query_result_destroy(result);
    }
    return status;
}

void fal_query_result_destroy(fal_query_result *result)
{
    fal_free(result->chosen);
    fal_free(result->score);
    fal_free(result->cluster);
    fal_free(result->score_global);
    fal_free(result->score_local);
    *result = (fal_query_result){0};
}

/* Squares and products of what passes are finite in float32. */
static fal_status check_array(const float *values, int64_t rows, int width, const char *what)
{
    for (int64_t i = 0; values != NULL && i < rows; i++) {
        double sum = 0.0;
        for (int e = 0; e < width; e++) {
            sum += (double)values[i * width + e] * (double)values[i * width + e];
        }
        if (!(sum <= FAL_ROWS_NORM_MOST)) {
            return fal_fail(
                FAL_ERR_NUMERIC,
                "query: %s of image %lld hold a value that is %s: the model has diverged; lower the learning "
                "rate",
                what, (long long)i, isfinite(sum) ? "beyond 1e17" : "not finite");
        }
    }
    return FAL_OK;
}

/* Are given embeddings what the strategy looks at? */
static bool is_given(const fal_strategy *strategy, const fal_query_input *in)
{
    return in->given != NULL && (strategy->needs & FAL_NEED_ANY_EMBEDDINGS) != 0;
}

/* Of the models. */
static int needs_of(const fal_strategy *strategy, const fal_query_input *in)
{
    return is_given(strategy, in) ? fal_query_needs_given(strategy->needs) : strategy->needs;
}

static fal_status check(const fal_strategy *strategy, const fal_query_input *in)
{
    const int needs = needs_of(strategy, in);
    FAL_ASSERT(in->classes >= 1 && in->classes <= FAL_CLASSES_MAX && in->d >= 1 && in->options != NULL);
    FAL_ASSERT(!is_given(strategy, in) || (in->given_d >= 1 && (in->m == 0 || in->given_lab != NULL)));
    for (int x = 0; x < 2; x++) {
        const bool logits = fal_query_needs_logits(needs, x), embeddings = fal_query_needs_embeddings(needs, x);
        if (!logits && !embeddings) {
            continue;
        }
        FAL_ASSERT(!logits || in->logits[x] != NULL);
        FAL_ASSERT(!embeddings || in->embedding[x] != NULL);
        FAL_TRY(check_array(in->logits[x], in->n, in->classes, "logits"));
        FAL_TRY(check_array(in->embedding[x], in->n, in->d, "embeddings"));
        if (needs & FAL_NEED_LABELLED) {
            FAL_ASSERT(in->m == 0 || !logits || in->logits_lab[x] != NULL);
            FAL_ASSERT(in->m == 0 || !embeddings || in->embedding_lab[x] != NULL);
            FAL_TRY(check_array(in->logits_lab[x], in->m, in->classes, "logits of the labelled images"));
            FAL_TRY(check_array(in->embedding_lab[x], in->m, in->d, "embeddings of the labelled images"));
        }
    }
    return FAL_OK;
}

static fal_query_input seen_by(const fal_strategy *strategy, const fal_query_input *in)
{
    fal_query_input seen = *in;
    for (int x = 0; x < 2 && is_given(strategy, in); x++) {
        seen.embedding[x] = in->given;
        seen.embedding_lab[x] = in->given_lab;
        seen.head_w[x] = seen.head_b[x] = NULL; /* are for embeddings of their own model */
        seen.d = in->given_d;
    }
    return seen;
}

/* Images that are equal in all that the strategy looks at are told apart by their index alone. */
static fal_status settle_copies(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    fal_row_array rows[4];
    int count = 0;
    int64_t *first = NULL;
    if (!fal_strategy_looks(call->strategy)) { /* random draws indices: to it all images are different */
        return FAL_OK;
    }
    const int needs = needs_of(call->strategy, in);
    for (int x = 0; x < 2; x++) {
        if (fal_query_needs_logits(needs, x)) {
            rows[count++] = (fal_row_array){in->logits[x], in->classes};
        }
        if (fal_query_needs_embeddings(needs, x)) {
            rows[count++] = (fal_row_array){in->embedding[x], in->d};
        }
    }
    if (is_given(call->strategy, in)) {
        rows[count++] = (fal_row_array){in->given, in->given_d};
    }
    FAL_TRY(fal_alloc(&first, (size_t)in->n, sizeof *first, "copies in a pool"));
    fal_status status = fal_copies_find(rows, count, in->n, first);
    if (status == FAL_OK) {
        status = fal_copies_settle(first, in->n, call->b, call->result->chosen);
    }
    fal_free(first);
    return status;
}

static fal_status assert_distinct(const fal_query_result *result, int64_t n)
{
    unsigned char *seen = NULL;
    FAL_TRY(fal_alloc(&seen, (size_t)n, 1, "result of a query"));
    for (int64_t i = 0; i < result->count; i++) {
        FAL_ASSERT(result->chosen[i] >= 0 && result->chosen[i] < n && !seen[result->chosen[i]]);
        seen[result->chosen[i]] = 1;
    }
    fal_free(seen);
    return FAL_OK;
}

/* Scores of the chosen images under model x into `out`; marks the b images that x alone would have asked for with its
 * bit in `marks` [n]. Without logits nothing is known. */
static fal_status log_model(const fal_query_call *call, int x, double *key, int64_t *top, double *out,
                            unsigned char *marks)
{
    const fal_query_input *in = call->input;
    const fal_score *score = call->strategy->score != NULL ? call->strategy->score : &fal_score_entropy;
    FAL_TRY(fal_score_keys(score, in->logits[x], in->n, in->classes, key));
    fal_topk_smallest(key, in->n, call->b, top);
    for (int64_t i = 0; i < call->b; i++) {
        out[i] = fal_score_value(score, key[call->result->chosen[i]]);
        marks[top[i]] |= (unsigned char)(1 << x);
    }
    return FAL_OK;
}

/* The score of every chosen image under both models, and the share of the b images that G and L alone, by this score,
 * would both have asked for. */
static fal_status log_scores(const fal_query_call *call)
{
    const fal_query_input *in = call->input;
    fal_query_result *result = call->result;
    const int needs = needs_of(call->strategy, in);
    double *key = NULL;
    int64_t *top = NULL;
    unsigned char *marks = NULL;
    const bool global = (needs & FAL_NEED_GLOBAL) && in->logits[FAL_GLOBAL] != NULL;
    const bool local = (needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) && in->logits[FAL_LOCAL] != NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)in->n, sizeof *key, "log of a query"));
    FAL_TRY_GOTO(fal_alloc(&top, (size_t)call->b, sizeof *top, "log of a query"));
    FAL_TRY_GOTO(fal_alloc(&marks, (size_t)in->n, 1, "log of a query"));
    if (global) {
        FAL_TRY_GOTO(log_model(call, FAL_GLOBAL, key, top, result->score_global, marks));
    }
    if (local) {
        FAL_TRY_GOTO(log_model(call, FAL_LOCAL, key, top, result->score_local, marks));
    }
    if (global && local) {
        int64_t both = 0;
        for (int64_t i = 0; i < in->n; i++) {
            both += marks[i] == 3;
        }
        result->overlap = (double)both / (double)call->b;
    }
done:
    fal_free(marks);
    fal_free(top);
    fal_free(key);
    return status;
}

fal_status fal_query_transport(const float *centre, int64_t b, const fal_query_input *in, const int64_t *chosen,
                               double *m_transport)
{
    const int d = in->d;
    double *cost = NULL;
    double *g = NULL;
    int64_t *column = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&cost, (size_t)b * (size_t)b, sizeof *cost, "M of a query"));
    FAL_TRY_GOTO(fal_alloc(&g, (size_t)d, sizeof *g, "M of a query"));
    FAL_TRY_GOTO(fal_alloc(&column, (size_t)b, sizeof *column, "M of a query"));
    for (int64_t i = 0; i < b; i++) {
        fal_logo_gradient(in->logits[FAL_LOCAL] + chosen[i] * in->classes, in->embedding[FAL_LOCAL] + chosen[i] * d,
                          in->classes, d, g);
        for (int64_t c = 0; c < b; c++) {
            double sum = 0.0;
            for (int e = 0; e < d; e++) {
                const double difference = (double)centre[c * d + e] - g[e];
                sum += difference * difference;
            }
            cost[c * b + i] = sum;
        }
    }
    status = fal_assignment_solve(cost, b, b, column, m_transport);
done:
    fal_free(column);
    fal_free(g);
    fal_free(cost);
    return status;
}

/* M (Eq. 10): how far the chosen images are from the macro centroids of L; the same centroids for every strategy, in
 * L's own embeddings, whatever the strategy saw (`in` is the query's input). */
static fal_status log_transport(fal_query_call *call, const fal_query_input *in)
{
    if (!(call->strategy->needs & FAL_NEED_LOCAL) || call->b > ASSIGN_MOST || in->logits[FAL_LOCAL] == NULL ||
        in->embedding[FAL_LOCAL] == NULL) {
        return FAL_OK;
    }
    if (call->macro == NULL) {
        fal_kmeans clusters = {0};
        FAL_TRY(fal_logo_macro(in, call->b, &clusters));
        call->macro = clusters.centre;
        clusters.centre = NULL;
        fal_kmeans_destroy(&clusters);
    }
    return fal_query_transport(call->macro, call->b, in, call->result->chosen, &call->result->m_transport);
}

/* Of M: L's gradients and their clusters, then the costs of an assignment. */
static size_t transport_bytes(const fal_strategy *strategy, const fal_query_options *options, int64_t n, int64_t b,
                              int d)
{
    if (!(strategy->needs & FAL_NEED_LOCAL)) {
        return 0;
    }
    b = b < ASSIGN_MOST ? b : ASSIGN_MOST; /* the last of a pool may be fewer than the budget */
    enum { PER_CHOICE = 48 };              /* of the assignment */
    const size_t clusters = fal_query_clustering_bytes(options, n, d, b);
    const size_t costs = (size_t)b * ((size_t)b * sizeof(double) + (size_t)d * sizeof(float) + PER_CHOICE);
    return clusters > costs ? clusters : costs;
}

size_t fal_strategy_bytes(const fal_strategy *strategy, const fal_query_options *options, int64_t n, int64_t b,
                          int classes, int d)
{
    /* Probabilities under both models. */
    const size_t row = strategy->needs & FAL_NEED_LOGITS ? 2 * (size_t)classes * sizeof(double) : 0;
    const size_t own = strategy->bytes != NULL ? strategy->bytes(options, n, b, classes, d) : (size_t)n * row;
    const size_t m = transport_bytes(strategy, options, n, b, d);
    enum { PER_IMAGE = 48, SMALL = 1 << 14 }; /* copies, orders, scores; arrays of a few numbers */
    return (own > m ? own : m) + (size_t)n * PER_IMAGE + SMALL;
}

fal_status fal_query_select(const fal_strategy *strategy, const fal_query_input *input, fal_query_result *result)
{
    const int64_t b = input->budget < input->n ? input->budget : input->n;
    FAL_ASSERT(b >= 0 && result->count == b);
    for (int64_t i = 0; i < b; i++) {
        result->score[i] = result->score_global[i] = result->score_local[i] = NAN;
        result->cluster[i] = -1;
    }
    result->m_transport = result->overlap = NAN;
    result->embed_seconds = result->select_seconds = 0.0;
    if (b == 0) {
        return FAL_OK;
    }
    FAL_TRY(check(strategy, input));
    const fal_query_input seen = seen_by(strategy, input);
    fal_query_call call = {.strategy = strategy, .input = &seen, .b = b, .model = strategy->model, .result = result};
    const double start = fal_clock_seconds();
    fal_status status = strategy->select(&call);
    if (status == FAL_OK) {
        status = assert_distinct(result, input->n);
    }
    if (status == FAL_OK) {
        status = settle_copies(&call);
    }
    result->select_seconds = fal_clock_seconds() - start;
    if (status == FAL_OK) {
        status = log_scores(&call);
    }
    if (status == FAL_OK) {
        status = log_transport(&call, input);
    }
    fal_free(call.macro);
    return status;
}
