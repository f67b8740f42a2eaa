/* FairFAL's measures: how far both models and the classes are apart, prototypes, pseudo-labels, quotas. */
#include "fairfal.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

/* mean [classes]: mean over seen classes of the class's mean softmax. seen [classes] out. false without images. */
static bool balanced_mean(const float *logits_lab, const int32_t *labels, int64_t m, int classes, double *mean,
                          int64_t *count)
{
    double p[FAL_CLASSES_MAX];
    int seen = 0;
    memset(count, 0, (size_t)classes * sizeof *count);
    memset(mean, 0, (size_t)classes * sizeof *mean);
    for (int64_t i = 0; i < m; i++) {
        count[labels[i]]++;
    }
    for (int c = 0; c < classes; c++) {
        seen += count[c] > 0;
    }
    for (int64_t i = 0; i < m; i++) {
        fal_score_softmax(logits_lab + i * classes, classes, p);
        for (int c = 0; c < classes; c++) {
            mean[c] += p[c] / ((double)count[labels[i]] * (double)seen);
        }
    }
    return m > 0;
}

static double ratio_of(const double *mean, const int64_t *count, int classes)
{
    double least = INFINITY;
    double most = 0.0;
    for (int c = 0; c < classes; c++) {
        if (count[c] > 0) {
            least = mean[c] < least ? mean[c] : least;
            most = mean[c] > most ? mean[c] : most;
        }
    }
    return most > 0.0 ? least / most : 1.0;
}

double fal_fairfal_ratio(const float *logits_lab, const int32_t *labels, int64_t m, int classes)
{
    double mean[FAL_CLASSES_MAX];
    int64_t count[FAL_CLASSES_MAX];
    return balanced_mean(logits_lab, labels, m, classes, mean, count) ? ratio_of(mean, count, classes) : NAN;
}

static void measure(const fal_query_input *in, double shared, fal_fairfal *f)
{
    double global[FAL_CLASSES_MAX];
    double local[FAL_CLASSES_MAX];
    int64_t count[FAL_CLASSES_MAX];
    f->ratio = 1.0;
    (void)balanced_mean(in->logits_lab[FAL_LOCAL], in->labels, in->m, in->classes, local, count);
    if (balanced_mean(in->logits_lab[FAL_GLOBAL], in->labels, in->m, in->classes, global, count)) {
        f->ratio = ratio_of(global, count, in->classes);
    }
    for (int c = 0; c < in->classes; c++) {
        const double both = (global[c] + local[c]) / 2.0;
        f->seen[c] = count[c] > 0;
        f->distance += in->m > 0 && both > 0.0 ? 0.5 * fabs(global[c] - local[c]) / both / in->classes : 0.0;
    }
    const double ratio = isfinite(shared) ? shared : f->ratio;
    f->blend = 1.0 - 0.5 * (f->distance + ratio);
    f->global_uncertainty = f->blend > 0.75;
    f->global_gradients = ratio < 0.5;
}

static fal_status uncertainties(const fal_query_input *in, fal_fairfal *f)
{
    const float *logits = in->logits[f->global_uncertainty ? FAL_GLOBAL : FAL_LOCAL];
    FAL_TRY(fal_score_keys(&fal_score_entropy, logits, in->n, in->classes, f->uncertainty));
    for (int64_t i = 0; i < in->n; i++) {
        f->uncertainty[i] = in->classes > 1 ? -f->uncertainty[i] / log((double)in->classes) : 0.0;
    }
    return FAL_OK;
}

static double norm_of(const float *z, int d)
{
    double sum = 0.0;
    for (int e = 0; e < d; e++) {
        sum += (double)z[e] * (double)z[e];
    }
    return sqrt(sum) > 1e-12 ? sqrt(sum) : 1e-12;
}

/* Prototypes are means of unit embeddings under G. */
static void prototypes(const fal_query_input *in, fal_fairfal *f)
{
    int64_t count[FAL_CLASSES_MAX] = {0};
    for (int64_t i = 0; i < in->m; i++) {
        const float *z = in->embedding_lab[FAL_GLOBAL] + i * in->d;
        const double norm = norm_of(z, in->d);
        count[in->labels[i]]++;
        for (int e = 0; e < in->d; e++) {
            f->prototype[(int64_t)in->labels[i] * in->d + e] += (double)z[e] / norm;
        }
    }
    for (int64_t i = 0; i < (int64_t)in->classes * in->d; i++) {
        f->prototype[i] /= count[i / in->d] > 0 ? (double)count[i / in->d] : 1.0;
    }
}

/* The class of the nearest prototype by cosine, ties to the lowest; without any labelled image G's own prediction. */
static void pseudo_labels(const fal_query_input *in, fal_fairfal *f)
{
    double scale[FAL_CLASSES_MAX];
    for (int c = 0; c < in->classes; c++) {
        double sum = 0.0;
        for (int e = 0; e < in->d; e++) {
            sum += f->prototype[(int64_t)c * in->d + e] * f->prototype[(int64_t)c * in->d + e];
        }
        scale[c] = sqrt(sum) > 1e-12 ? sqrt(sum) : 1e-12;
    }
    for (int64_t i = 0; i < in->n; i++) {
        const float *z = in->embedding[FAL_GLOBAL] + i * in->d;
        const double norm = norm_of(z, in->d);
        double most = -INFINITY;
        f->pseudo[i] = fal_score_argmax(in->logits[FAL_GLOBAL] + i * in->classes, in->classes);
        for (int c = 0; c < in->classes; c++) {
            double cosine = 0.0;
            for (int e = 0; e < in->d && f->seen[c]; e++) {
                cosine += (double)z[e] / norm * (f->prototype[(int64_t)c * in->d + e] / scale[c]);
            }
            if (f->seen[c] && cosine > most) {
                most = cosine;
                f->pseudo[i] = c;
            }
        }
    }
}

/* Equal shares, the remainder to the classes with most images, cut to what exists; the surplus goes round. */
static void quotas(const fal_query_input *in, int64_t b, fal_fairfal *f)
{
    const int classes = in->classes;
    int64_t size[FAL_CLASSES_MAX] = {0};
    double key[FAL_CLASSES_MAX] = {0.0};
    int64_t order[FAL_CLASSES_MAX];
    int64_t left = 0;
    for (int64_t i = 0; i < in->n; i++) {
        size[f->pseudo[i]]++;
    }
    for (int c = 0; c < classes; c++) {
        key[c] = -(double)size[c];
        f->quota[c] = b / classes;
    }
    fal_topk_smallest(key, classes, classes, order);
    for (int64_t i = 0; i < b % classes; i++) {
        f->quota[order[i]]++;
    }
    for (int c = 0; c < classes; c++) {
        if (f->quota[c] > size[c]) {
            left += f->quota[c] - size[c];
            f->quota[c] = size[c];
        }
    }
    for (int at = 0; left > 0; at = (at + 1) % classes) { /* b <= n: there is always a class with room */
        if (f->quota[order[at]] < size[order[at]]) {
            f->quota[order[at]]++;
            left--;
        }
    }
}

size_t fal_fairfal_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)options;
    (void)b;
    enum { PER_IMAGE = 48, PER_CLASS = 32 };
    return (size_t)n * ((size_t)classes * sizeof(double) + PER_IMAGE) +
           (size_t)classes * ((size_t)d * sizeof(double) + PER_CLASS);
}

fal_status fal_fairfal_create(const fal_query_input *in, int64_t b, double shared, fal_fairfal *f)
{
    const size_t classes = (size_t)in->classes;
    const size_t n = (size_t)in->n;
    *f = (fal_fairfal){0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&f->uncertainty, n, sizeof *f->uncertainty, "fairfal"));
    FAL_TRY_GOTO(fal_alloc(&f->prototype, classes * (size_t)in->d, sizeof *f->prototype, "fairfal"));
    FAL_TRY_GOTO(fal_alloc(&f->seen, classes, sizeof *f->seen, "fairfal"));
    FAL_TRY_GOTO(fal_alloc(&f->pseudo, n, sizeof *f->pseudo, "fairfal"));
    FAL_TRY_GOTO(fal_alloc(&f->quota, classes, sizeof *f->quota, "fairfal"));
    measure(in, shared, f);
    FAL_TRY_GOTO(uncertainties(in, f));
    prototypes(in, f);
    pseudo_labels(in, f);
    quotas(in, b, f);
done:
    if (status != FAL_OK) {
        fal_fairfal_destroy(f);
    }
    return status;
}

void fal_fairfal_destroy(fal_fairfal *f)
{
    fal_free(f->uncertainty);
    fal_free(f->prototype);
    fal_free(f->seen);
    fal_free(f->pseudo);
    fal_free(f->quota);
    *f = (fal_fairfal){0};
}
