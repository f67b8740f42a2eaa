/* Reading of a results file what reports need. */
#ifndef FAL_RESULTS_CURVE_H
#define FAL_RESULTS_CURVE_H

#include <stdint.h>

#include "fal/base/status.h"
#include "fal/results/tables.h"

/** By what trials are compared. */
typedef enum {
    FAL_MEASURE_ACCURACY, /* test_accuracy: correct images / all, mean over the AL round's last 5 FL rounds */
    FAL_MEASURE_BALANCED  /* mean accuracy of the classes with test images, after the AL round's last FL round */
} fal_measure;
/* For options: the words in that order. */
#define FAL_MEASURE_CHOICES "accuracy|balanced"
/** As titles say it: "accuracy", "balanced accuracy". */
const char *fal_measure_name(fal_measure measure);

/** The learning curve of one finished (or running) trial: what winning rates need. */
typedef struct {
    char *path;         /* of the file, as it was given */
    char setting[1024]; /* results name without strategy and seed */
    char strategy[64];
    int64_t seed;
    char status[16];     /* running | stopped | waiting | complete */
    int rounds;          /* AL rounds */
    fal_measure measure; /* what `accuracy` is */
    double *accuracy;    /* [rounds] shares */
    double *share;       /* [rounds] labelled share */
    fal_row_round *row;  /* [rounds] all of it; what the file does not state is NaN, or FAL_TABLE_MISSING */
    char data[65];       /* hash of what identifies the data set's arrays and constants; "": the file states none */
} fal_curve;

/** FAL_ERR_INPUT: no results file of ours, damaged, or without what the measure needs: `curve` stays untouched. */
fal_status fal_curve_read(const char *path, fal_measure measure, fal_curve *curve);
void fal_curve_destroy(fal_curve *curve);
/** Is this one of our files, but no results? What is not ours is for fal_curve_read to complain about. */
bool fal_curve_is_other_format(const char *path);

#endif
