/* ksas (KAFAL; Cao et al., ICCV 2023): where both models disagree most, after weighting classes by the client's labels.
 *
 * ln nu_c is added to both models' logits (nu_c: labelled images of class c; classes with none drop out), and the score
 * is half the sum of both Kullback-Leibler divergences. The training loss of the same paper is not part of it. */
#include <math.h>

#include "fal/base/memory.h"
#include "query_internal.h"

/* Log-softmax of logits + shift over the classes with a finite shift. */
static void log_softmax(const float *logits, const double *shift, int classes, double *out)
{
    double most = -INFINITY;
    double sum = 0.0;
    for (int c = 0; c < classes; c++) {
        out[c] = (double)logits[c] + shift[c];
        most = out[c] > most ? out[c] : most;
    }
    for (int c = 0; c < classes; c++) {
        sum += exp(out[c] - most);
    }
    for (int c = 0; c < classes; c++) {
        out[c] -= most + log(sum);
    }
}

void fal_ksas_scores(const fal_query_input *in, double *score)
{
    double shift[FAL_CLASSES_MAX];
    double a[FAL_CLASSES_MAX];
    double b[FAL_CLASSES_MAX];
    int64_t seen[FAL_CLASSES_MAX] = {0};
    for (int64_t i = 0; i < in->m; i++) {
        seen[in->labels[i]]++;
    }
    for (int c = 0; c < in->classes; c++) {
        shift[c] = seen[c] > 0 ? log((double)seen[c]) : -INFINITY;
    }
    for (int64_t i = 0; i < in->n; i++) {
        score[i] = 0.0;
        if (in->m == 0) {
            continue; /* no class was seen: nothing to disagree about */
        }
        log_softmax(in->logits[FAL_GLOBAL] + i * in->classes, shift, in->classes, a);
        log_softmax(in->logits[FAL_LOCAL] + i * in->classes, shift, in->classes, b);
        for (int c = 0; c < in->classes; c++) {
            if (seen[c] > 0) {
                score[i] += 0.5 * (exp(a[c]) - exp(b[c])) * (a[c] - b[c]);
            }
        }
    }
}

fal_status fal_strategy_ksas(fal_query_call *call)
{
    double *score = NULL;
    const int64_t n = call->input->n;
    FAL_TRY(fal_alloc(&score, (size_t)n, sizeof *score, "scores of a query"));
    fal_ksas_scores(call->input, score);
    for (int64_t i = 0; i < n; i++) {
        score[i] = -score[i];
    }
    fal_topk_smallest(score, n, call->b, call->result->chosen);
    for (int64_t i = 0; i < call->b; i++) {
        call->result->score[i] = -score[call->result->chosen[i]];
    }
    fal_free(score);
    return FAL_OK;
}
