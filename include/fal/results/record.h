/* What a trial has recorded so far, on rank 0 of its group: the tables, and what cannot be derived from them.
 * Together with the weights and the place in the trial this is the checkpoint. */
#ifndef FAL_RESULTS_RECORD_H
#define FAL_RESULTS_RECORD_H

#include "fal/base/status.h"
#include "fal/results/tables.h"

typedef struct {
    fal_table rounds, fl_rounds, clients, queries, starts;
    double *class_accuracy; /* [rounds.count][classes], NaN: class absent from the test set */
    int64_t *confusion;     /* [true class][predicted class] of the last AL round recorded; NULL: a checkpoint of an
                               earlier version did not have it */
    double *first_round;    /* [clients][classes] accuracy of the first local-only models; NULL: not recorded */
    /* While people are asked: rows of /clients and /queries as the query left them, in client order; label -1: not
       known to the data set. They are in checkpoints alone. */
    fal_table asking_clients, asking;
    int clients_count, classes;
} fal_record;

/** One row per start of the program: /run/starts. */
typedef struct {
    int64_t start, unix_seconds, al_round, fl_round, ranks, threads;
} fal_row_start;
extern const fal_table_kind fal_starts_kind;

void fal_record_init(fal_record *record, int clients, int classes);
void fal_record_destroy(fal_record *record);
/** Append the class accuracies of one AL round, classes values. */
fal_status fal_record_add_classes(fal_record *record, const double *accuracy);
/** Copy the test images by true and predicted class, classes * classes values, over those of the AL round before. */
fal_status fal_record_set_confusion(fal_record *record, const int64_t *confusion);
/** Balanced accuracy: the mean of the class accuracies that are not NaN, in class order; NaN if all are. */
double fal_balanced_accuracy(const double *accuracy, int classes);

/** Labels bought per AL round, client and class, from /queries: [al_rounds][clients][classes], fal_free. With `sums`,
 *  those bought up to and including each AL round. FAL_ERR_INPUT for rows out of range (a damaged file). */
fal_status fal_record_counts(const fal_record *record, int64_t al_rounds, bool sums, int64_t **counts);

#endif
