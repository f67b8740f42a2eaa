/* Class by class over seeds: sensitivity, labels, confusion. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

#include "gather_internal.h"

static fal_status start(fal_class_sums *sums, const fal_details *details)
{
    const size_t n = (size_t)details->classes;
    FAL_TRY(fal_alloc(&sums->names, n, sizeof *sums->names, "classes"));
    FAL_TRY(fal_alloc(&sums->sensitivity, n, sizeof(double), "classes"));
    FAL_TRY(fal_alloc(&sums->tested, n, sizeof(int), "classes"));
    FAL_TRY(fal_alloc(&sums->held, n, sizeof(double), "classes"));
    FAL_TRY(fal_alloc(&sums->labelled, n, sizeof(double), "classes"));
    FAL_TRY(fal_alloc(&sums->confusion, n * n, sizeof(double), "classes"));
    memcpy(sums->names, details->class_names, n * sizeof *sums->names);
    sums->classes = details->classes;
    return FAL_OK;
}

static void add_counts(const int64_t *counts, int clients, int classes, double *sum)
{
    for (int i = 0; counts != NULL && i < clients * classes; i++) {
        sum[i % classes] += (double)counts[i];
    }
}

fal_status fal_class_sums_add(fal_class_sums *sums, const fal_details *details)
{
    if (details->classes == 0 || details->al_rounds == 0) {
        return FAL_OK;
    }
    if (sums->classes == 0) {
        FAL_TRY(start(sums, details));
    }
    if (sums->classes != details->classes) {
        return FAL_OK; /* of other data: its setting holds one kind only, but a file may say anything */
    }
    const int n = sums->classes;
    const size_t last = (size_t)(details->al_rounds - 1);
    sums->seeds++;
    for (int c = 0; c < n && details->class_accuracy != NULL; c++) {
        const double value = details->class_accuracy[last * (size_t)n + (size_t)c];
        sums->sensitivity[c] += isnan(value) ? 0 : value;
        sums->tested[c] += !isnan(value);
    }
    add_counts(details->pool_counts, details->clients, n, sums->held);
    if (details->labelled_counts != NULL) {
        add_counts(details->labelled_counts + last * (size_t)details->clients * (size_t)n, details->clients, n,
                   sums->labelled);
    }
    for (int i = 0; i < n * n && details->confusion != NULL; i++) {
        sums->confusion[i] += (double)details->confusion[i];
    }
    sums->confused += details->confusion != NULL;
    return FAL_OK;
}

void fal_class_sums_destroy(fal_class_sums *sums)
{
    fal_free(sums->confusion);
    fal_free(sums->labelled);
    fal_free(sums->held);
    fal_free(sums->tested);
    fal_free(sums->sensitivity);
    fal_free(sums->names);
    *sums = (fal_class_sums){0};
}
