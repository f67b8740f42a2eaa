/* Distance of class counts from uniform (algorithms.md section 6): total variation, i.e. the earth mover's distance
 * with unit distance between any two classes. */
#include "fal/data/emd.h"

#include <math.h>

double fal_emd(const int64_t *counts, int classes)
{
    int64_t total = 0;
    for (int c = 0; c < classes; c++) {
        total += counts[c];
    }
    if (total == 0) {
        return NAN;
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        sum += fabs((double)counts[c] / (double)total - 1.0 / (double)classes);
    }
    return 0.5 * sum;
}

double fal_emd_local(const int64_t *counts, int clients, int classes)
{
    double sum = 0;
    int with_images = 0;
    for (int k = 0; k < clients; k++) {
        const double emd = fal_emd(counts + (int64_t)k * classes, classes);
        if (!isnan(emd)) {
            sum += emd;
            with_images++;
        }
    }
    return with_images > 0 ? sum / with_images : NAN;
}

double fal_emd_global(const int64_t *counts, int clients, int classes)
{
    int64_t total = 0;
    for (int64_t i = 0; i < (int64_t)clients * classes; i++) {
        total += counts[i];
    }
    if (total == 0) {
        return NAN;
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        int64_t of_class = 0;
        for (int k = 0; k < clients; k++) {
            of_class += counts[(int64_t)k * classes + c];
        }
        sum += fabs((double)of_class / (double)total - 1.0 / (double)classes);
    }
    return 0.5 * sum;
}
