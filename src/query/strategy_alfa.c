/* alfa-mix (Parvaneh et al., CVPR 2022), closed form: images whose predicted class changes when their embedding is
 * mixed with the mean of a class; k-means spreads the choice over these candidates.
 *
 * The moved point is z + e r, with r = |delta| / sqrt(d) ghat * (delta / (delta + 1e-8)) the same for all caps e; so
 * its logits are W z + b + e W r, one product per image and class instead of five. */
#include <math.h>

#include "alfa.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "unit.h"

enum { BLOCK = 32 };
enum { HEAD_OWN, HEAD_GLOBAL }; /* --alfa-head */

typedef struct {
    const fal_query_input *input;
    int x, head;
    double *anchor; /* [classes][d] */
    double *w;      /* [classes][d] the head in double */
    double *room;   /* [threads][2 d + 3 classes] */
    int *first_cap; /* [n] 1..5: the first cap that makes it a candidate; FAL_ALFA_CAPS + 1: none */
} search;

static double dot(const double *a, const double *b, int d)
{
    double sum[4] = {0.0};
    int e = 0;
    for (; e + 4 <= d; e += 4) {
        sum[0] += a[e] * b[e];
        sum[1] += a[e + 1] * b[e + 1];
        sum[2] += a[e + 2] * b[e + 2];
        sum[3] += a[e + 3] * b[e + 3];
    }
    for (; e < d; e++) {
        sum[0] += a[e] * b[e];
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Unit gradient of the cross-entropy to yhat with respect to z; false if it is zero. */
static bool unit_gradient(const search *s, const double *logit, int yhat, double *p, double *unit)
{
    const int classes = s->input->classes;
    const int d = s->input->d;
    fal_score_softmax_real(logit, classes, p);
    p[yhat] = 0.0;
    for (int c = 0; c < classes; c++) {
        p[yhat] -= c == yhat ? 0.0 : p[c];
    }
    for (int e = 0; e < d; e++) {
        unit[e] = 0.0;
    }
    for (int c = 0; c < classes; c++) {
        for (int e = 0; e < d; e++) {
            unit[e] += p[c] * s->w[(int64_t)c * d + e];
        }
    }
    const double norm = sqrt(dot(unit, unit, d));
    for (int e = 0; e < d && norm > 0.0; e++) {
        unit[e] /= norm;
    }
    return norm > 0.0;
}

/* r towards the anchor, without the cap. */
static void direction(const float *z, const double *anchor, const double *unit, int d, double *r)
{
    double far = 0.0;
    for (int e = 0; e < d; e++) {
        const double delta = anchor[e] - (double)z[e];
        far += delta * delta;
        r[e] = delta + 1e-8 != 0.0 ? unit[e] * (delta / (delta + 1e-8)) : 0.0;
    }
    const double scale = sqrt(far) / sqrt((double)d);
    for (int e = 0; e < d; e++) {
        r[e] *= scale;
    }
}

static bool changes(const double *logit, const double *slope, double cap, int classes, int yhat)
{
    int best = 0;
    for (int c = 1; c < classes; c++) {
        best = logit[c] + cap * slope[c] > logit[best] + cap * slope[best] ? c : best;
    }
    return best != yhat;
}

static int first_cap_of(const search *s, int64_t image, double *room)
{
    const fal_query_input *in = s->input;
    const int classes = in->classes;
    const int d = in->d;
    const float *z = in->embedding[s->x] + image * d;
    double *unit = room;
    double *r = unit + d;
    double *logit = r + d;
    double *slope = logit + classes;
    double *p = slope + classes;
    const int yhat = fal_score_argmax(in->logits[s->x] + image * classes, classes);
    int first = FAL_ALFA_CAPS + 1;
    for (int e = 0; e < d; e++) {
        r[e] = (double)z[e];
    }
    for (int c = 0; c < classes; c++) {
        logit[c] = (double)in->head_b[s->head][c] + dot(s->w + (int64_t)c * d, r, d);
    }
    if (!unit_gradient(s, logit, yhat, p, unit)) {
        return first;
    }
    for (int c = 0; c < classes && first > 1; c++) {
        direction(z, s->anchor + (int64_t)c * d, unit, d, r);
        for (int j = 0; j < classes; j++) {
            slope[j] = dot(s->w + (int64_t)j * d, r, d);
        }
        for (int cap = 1; cap < first; cap++) {
            first = changes(logit, slope, 0.2 * cap, classes, yhat) ? cap : first;
        }
    }
    return first;
}

static void search_piece(void *context, int piece)
{
    const search *s = context;
    const int64_t n = s->input->n;
    double *room = s->room + (int64_t)fal_parallel_thread() * (2 * s->input->d + 3 * s->input->classes);
    for (int64_t i = (int64_t)piece * BLOCK; i < n && i < (int64_t)(piece + 1) * BLOCK; i++) {
        if (fal_stop_inside() != FAL_OK) {
            return;
        }
        s->first_cap[i] = first_cap_of(s, i, room);
    }
}

/* Means of the labelled embeddings of each class; of all labelled for a class without any. */
static void anchors(const search *s, int64_t *count)
{
    const fal_query_input *in = s->input;
    const int d = in->d;
    double *all = s->anchor + (int64_t)in->classes * d;
    for (int64_t i = 0; i < in->m; i++) {
        count[in->labels[i]]++;
        for (int e = 0; e < d; e++) {
            const double z = (double)in->embedding_lab[s->x][i * d + e];
            s->anchor[(int64_t)in->labels[i] * d + e] += z;
            all[e] += z;
        }
    }
    for (int c = 0; c < in->classes; c++) {
        double *anchor = s->anchor + (int64_t)c * d;
        for (int e = 0; e < d; e++) {
            anchor[e] = count[c] > 0 ? anchor[e] / (double)count[c] : all[e] / (double)in->m;
        }
    }
}

fal_status fal_alfa_candidates(const fal_query_input *in, int x, int head, int64_t b, unsigned char *candidate,
                               int64_t *count, int *caps)
{
    const size_t classes = (size_t)in->classes;
    const size_t d = (size_t)in->d;
    const size_t room = (size_t)fal_parallel_threads() * (2 * d + 3 * classes);
    search s = {.input = in, .x = x, .head = head};
    int64_t *seen = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&s.anchor, (classes + 1) * d, sizeof *s.anchor, "alfa-mix"));
    FAL_TRY_GOTO(fal_alloc(&s.w, classes * d, sizeof *s.w, "alfa-mix"));
    FAL_TRY_GOTO(fal_alloc(&s.room, room, sizeof *s.room, "alfa-mix"));
    FAL_TRY_GOTO(fal_alloc(&s.first_cap, (size_t)in->n, sizeof *s.first_cap, "alfa-mix"));
    FAL_TRY_GOTO(fal_alloc(&seen, classes, sizeof *seen, "alfa-mix"));
    for (size_t i = 0; i < classes * d; i++) {
        s.w[i] = (double)in->head_w[head][i];
    }
    if (in->m > 0) {
        anchors(&s, seen);
        fal_parallel_for((int)((in->n + BLOCK - 1) / BLOCK), search_piece, &s);
        FAL_TRY_GOTO(fal_stop_inside());
    }
    *caps = 0;
    for (int cap = 1; cap <= FAL_ALFA_CAPS; cap++) {
        const bool stop = cap > 1 && count[cap - 2] > b;
        *caps = stop ? *caps : cap;
        count[cap - 1] = 0;
        for (int64_t i = 0; i < in->n; i++) {
            candidate[i] = in->m > 0 && s.first_cap[i] <= *caps;
            count[cap - 1] += candidate[i];
        }
    }
done:
    fal_free(seen);
    fal_free(s.first_cap);
    fal_free(s.room);
    fal_free(s.w);
    fal_free(s.anchor);
    return status;
}

/* z / max(|z|, 1e-12) of the candidates, packed; member [count]: their positions. */
static void unit_candidates(const fal_query_call *call, const unsigned char *candidate, float *unit, int64_t *member)
{
    const fal_query_input *in = call->input;
    int64_t count = 0;
    for (int64_t i = 0; i < in->n; i++) {
        if (!candidate[i]) {
            continue;
        }
        fal_unit_rows(in->embedding[call->model] + i * in->d, 1, in->d, unit + count * in->d);
        member[count++] = i;
    }
}

/* From every non-empty cluster the member nearest its centre, ties to the lowest; returns their number. */
static fal_status nearest_members(const fal_kmeans *clusters, const float *unit, const int64_t *member,
                                  fal_query_result *result, int64_t *taken)
{
    int64_t *best = NULL;
    double *least = NULL;
    const int d = clusters->d;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&best, (size_t)clusters->k, sizeof *best, "alfa-mix"));
    FAL_TRY_GOTO(fal_alloc(&least, (size_t)clusters->k, sizeof *least, "alfa-mix"));
    for (int64_t c = 0; c < clusters->k; c++) {
        best[c] = -1;
    }
    for (int64_t i = 0; i < clusters->n; i++) {
        const int32_t c = clusters->label[i];
        double far = 0.0;
        for (int e = 0; e < d; e++) {
            const double delta = (double)unit[i * d + e] - (double)clusters->centre[(int64_t)c * d + e];
            far += delta * delta;
        }
        if (best[c] < 0 || far < least[c]) {
            best[c] = i;
            least[c] = far;
        }
    }
    *taken = 0;
    for (int64_t c = 0; c < clusters->k; c++) {
        if (best[c] >= 0) {
            result->chosen[*taken] = member[best[c]];
            result->cluster[*taken] = (int32_t)c;
            ++*taken;
        }
    }
done:
    fal_free(least);
    fal_free(best);
    return status;
}

size_t fal_alfa_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    const size_t anchors = (2 * (size_t)classes + 1) * (size_t)d * sizeof(double);
    return anchors + fal_query_clustering_bytes(options, n, d, b);
}

fal_status fal_strategy_alfa(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const int head = in->options->alfa_head == HEAD_GLOBAL ? FAL_GLOBAL : call->model;
    unsigned char *candidate = NULL;
    float *unit = NULL;
    int64_t *member = NULL;
    fal_kmeans clusters = {0};
    int64_t counts[FAL_ALFA_CAPS];
    int caps = 0;
    int64_t taken = 0;
    if (in->head_w[head] == NULL || in->head_b[head] == NULL) {
        return fal_fail(FAL_ERR_USAGE, "alfa_head: the last layer of the global model is not at hand: give the global "
                                       "model, or use alfa_head = own");
    }
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&candidate, (size_t)in->n, 1, "alfa-mix"));
    FAL_TRY_GOTO(fal_alfa_candidates(in, call->model, head, call->b, candidate, counts, &caps));
    const int64_t count = counts[FAL_ALFA_CAPS - 1];
    if (count > 0) {
        const fal_rng rng = fal_query_stream(in, FAL_STREAM_ALFA, 0);
        FAL_TRY_GOTO(fal_alloc(&unit, (size_t)count * (size_t)in->d, sizeof *unit, "alfa-mix"));
        FAL_TRY_GOTO(fal_alloc(&member, (size_t)count, sizeof *member, "alfa-mix"));
        unit_candidates(call, candidate, unit, member);
        FAL_TRY_GOTO(fal_kmeans_run(unit, count, in->d, count < call->b ? count : call->b,
                                    (int)in->options->kmeans_starts, &rng, &clusters));
        FAL_TRY_GOTO(nearest_members(&clusters, unit, member, call->result, &taken));
    }
    const fal_rng fill = fal_query_stream(in, FAL_STREAM_FILL, 0);
    status = taken < call->b ? fal_query_fill(&fill, in->n, taken, call->b, call->result->chosen) : FAL_OK;
done:
    fal_kmeans_destroy(&clusters);
    fal_free(member);
    fal_free(unit);
    fal_free(candidate);
    return status;
}
