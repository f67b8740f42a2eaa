/* What the results files hold beyond learning curves, read once each, in the order of settings and strategies. */
#ifndef FAL_REPORT_GATHER_INTERNAL_H
#define FAL_REPORT_GATHER_INTERNAL_H

#include "fal/results/details.h"

#include "report_internal.h"

/** Class by class, over the seeds of one strategy in one setting. */
typedef struct {
    int classes; /* 0: not yet known */
    char (*names)[64];
    int seeds, clients;
    double *sensitivity; /* [classes] sum over seeds that have the class in the test set */
    int *tested;         /* [classes] these seeds */
    double *held;        /* [classes] sum over seeds: images of all clients */
    double *labelled;    /* [classes] sum over seeds: labels of all clients after the last AL round */
    double *confusion;   /* [classes][classes] sum over seeds */
    int confused;        /* seeds that have a confusion matrix */
} fal_class_sums;

fal_status fal_class_sums_add(fal_class_sums *sums, const fal_details *details);
void fal_class_sums_destroy(fal_class_sums *sums);

/* The frames that are filled file by file. */
typedef struct {
    fal_frame *trials, *bought, *bought_rounds, *classes, *confusion, *first_round, *first_images;
    fal_class_sums sums;   /* of the current strategy */
    bool first_round_done; /* of the current setting */
    bool digests;          /* the present file can be read as a whole, so that it has a digest */
    double bytes;          /* of the files so far, that digests are limited by */
} fal_gathering;

void fal_gather_start(fal_report *report, fal_gathering *to);
/** One trial; `first`: the first seed of its strategy. */
fal_status fal_gather_trial(fal_gathering *to, const fal_setting *setting, const fal_curve *curve,
                            const fal_details *details, bool first);
/** After all seeds of a strategy. */
void fal_gather_classes(fal_gathering *to, const fal_setting *setting, const char *strategy);

#endif
