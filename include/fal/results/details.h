/* Reading of a results file what pages about a trial need beyond its learning curve: class counts, confusion, losses,
 * parameters, how it was run. Nothing of the file is trusted. */
#ifndef FAL_RESULTS_DETAILS_H
#define FAL_RESULTS_DETAILS_H

#include <stdint.h>

#include "fal/base/status.h"
#include "fal/results/tables.h"

/** An attribute as text. */
typedef struct {
    char name[64];
    char value[256]; /* printable; longer ones are cut */
} fal_detail;

/** Arrays that the file lacks are NULL; those that it has agree in their shapes, and with clients, classes and
 *  al_rounds. Shares are 0..1 or NaN, counts not negative, no number of a table is infinite but scores; whole numbers
 *  that an earlier version did not write are FAL_TABLE_MISSING. Of a trial that was stopped within an AL round, the
 *  FL rounds and bought labels of AL round al_rounds + 1 are there, too. */
typedef struct {
    int clients, classes;    /* 0: no array tells */
    int al_rounds;           /* recorded; more than a curve has that was read earlier, if the trial went on meanwhile */
    char (*class_names)[64]; /* [classes] printable; numbers from 0 where the file states none; NULL: no classes */
    int64_t *pool_counts;    /* [clients][classes] images that the clients hold */
    int64_t *labelled_counts; /* [al_rounds][clients][classes] */
    double *class_accuracy;   /* [al_rounds][classes] shares, NaN: class absent from the test set */
    int64_t *confusion;       /* [classes][classes] test images, by the global model of AL round al_rounds: true class,
                                 predicted class */
    double *first_local;      /* [clients][classes] shares: of the first local-only models */
    double *first_global;     /* [classes] shares: of the global model after AL round 1 */
    fal_row_client *client_rows; /* [al_rounds * clients] by AL round, then client */
    fal_row_fl_round *fl_rows;   /* [fl_count] */
    int64_t fl_count;
    fal_row_query *query_rows; /* [query_count] bought labels in the file's order */
    int64_t query_count;
    fal_detail *parameters; /* [parameter_count] scientific parameters that the file states, by name */
    int parameter_count;
    fal_detail *run; /* [run_count] how it was run: attributes of /run, by name */
    int run_count;
} fal_details;

/** FAL_ERR_INPUT: no results file of ours, or what it holds can't be: `details` stay untouched. */
fal_status fal_details_read(const char *path, fal_details *details);
/** Also fine for a zeroed struct and NULL. */
void fal_details_destroy(fal_details *details);

#endif
