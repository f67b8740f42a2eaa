/* Uncertainty of one image from its softmax: entropy, confidence, margin; in double, row by row, so that identical
 * images have identical scores. */
#include "query_internal.h"

#include <math.h>

#include "fal/base/memory.h"

static double entropy(const double *p, int classes)
{
    double sum = 0.0;
    for (int c = 0; c < classes; c++) {
        sum -= p[c] > 0.0 ? p[c] * log(p[c]) : 0.0;
    }
    return sum;
}

static double confidence(const double *p, int classes)
{
    double most = p[0];
    for (int c = 1; c < classes; c++) {
        most = p[c] > most ? p[c] : most;
    }
    return most;
}

static double margin(const double *p, int classes)
{
    double first = p[0];
    double second = classes > 1 ? -1.0 : 0.0;
    for (int c = 1; c < classes; c++) {
        if (p[c] > first) {
            second = first;
            first = p[c];
        } else if (p[c] > second) {
            second = p[c];
        }
    }
    return first - second;
}

/* All but the largest, in *second the largest of them. */
static double sum_of_others(const double *p, int classes, double *second)
{
    int first = 0;
    double sum = 0.0;
    for (int c = 1; c < classes; c++) {
        first = p[c] > p[first] ? c : first;
    }
    *second = 0.0;
    for (int c = 0; c < classes; c++) {
        sum += c == first ? 0.0 : p[c];
        *second = c != first && p[c] > *second ? p[c] : *second;
    }
    return sum;
}

static double lack_of_confidence(const double *p, int classes)
{
    double second = 0.0;
    return sum_of_others(p, classes, &second);
}

static double lack_of_margin(const double *p, int classes)
{
    double second = 0.0;
    return sum_of_others(p, classes, &second) + second;
}

const fal_score fal_score_entropy = {"entropy", true, entropy, entropy};
const fal_score fal_score_confidence = {"confidence", false, confidence, lack_of_confidence};
const fal_score fal_score_margin = {"margin", false, margin, lack_of_margin};

int fal_score_argmax(const float *logits, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++) {
        best = logits[c] > logits[best] ? c : best;
    }
    return best;
}

void fal_score_softmax(const float *logits, int classes, double *p)
{
    for (int c = 0; c < classes; c++) {
        p[c] = (double)logits[c];
    }
    fal_score_softmax_real(p, classes, p);
}

void fal_score_softmax_real(const double *logits, int classes, double *p)
{
    double most = logits[0];
    for (int c = 1; c < classes; c++) {
        most = logits[c] > most ? logits[c] : most;
    }
    double sum = 0.0;
    for (int c = 0; c < classes; c++) {
        p[c] = exp(logits[c] - most);
        sum += p[c];
    }
    for (int c = 0; c < classes; c++) {
        p[c] /= sum;
    }
}

/* of(p) of every row. */
static fal_status of_rows(double (*of)(const double *p, int classes), const float *logits, int64_t n, int classes,
                          double *value)
{
    double *p = NULL;
    FAL_TRY(fal_alloc(&p, (size_t)classes, sizeof *p, "scores of a query"));
    for (int64_t i = 0; i < n; i++) {
        fal_score_softmax(logits + i * classes, classes, p);
        value[i] = of(p, classes);
    }
    fal_free(p);
    return FAL_OK;
}

fal_status fal_score_keys(const fal_score *score, const float *logits, int64_t n, int classes, double *key)
{
    FAL_TRY(of_rows(score->of, logits, n, classes, key));
    for (int64_t i = 0; i < n && score->largest_first; i++) {
        key[i] = -key[i];
    }
    return FAL_OK;
}

fal_status fal_score_doubts(const fal_score *score, const float *logits, int64_t n, int classes, double *doubt)
{
    return of_rows(score->doubt, logits, n, classes, doubt);
}

double fal_score_value(const fal_score *score, double key) { return score->largest_first ? -key : key; }

fal_status fal_score_probabilities(const float *logits, int64_t n, int classes, double **p)
{
    double *all = NULL;
    FAL_TRY(fal_alloc(&all, (size_t)n * (size_t)classes, sizeof *all, "probabilities of a query"));
    for (int64_t i = 0; i < n; i++) {
        fal_score_softmax(logits + i * classes, classes, all + i * classes);
    }
    *p = all;
    return FAL_OK;
}
