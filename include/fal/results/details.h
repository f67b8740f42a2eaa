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

/** Arrays that the file lacks are NULL. */
typedef struct {
    int clients, classes, al_rounds;
    char (*class_names)[64];  /* [classes] printable; numbers where the file states none */
    int64_t *pool_counts;     /* [clients][classes] images that the clients hold */
    int64_t *labelled_counts; /* [al_rounds][clients][classes] */
    double *class_accuracy;   /* [al_rounds][classes] shares, NaN: class absent from the test set */
    int64_t *confusion;       /* [classes][classes] test images of the last global model: true class, predicted class */
    double *first_local;      /* [clients][classes] shares: of the first local-only models */
    double *first_global;     /* [classes] shares: of the global model after AL round 1 */
    fal_row_client *client_rows; /* [al_rounds * clients] by AL round, then client */
    fal_row_fl_round *fl_rows;   /* [fl_count] */
    int64_t fl_count;
    fal_row_query *query_rows; /* [query_count] bought labels in the file's order */
    int64_t query_count;
    fal_detail *parameters; /* [parameter_count] scientific parameters that the file states, in its order */
    int parameter_count;
    fal_detail *run; /* [run_count] how it was run: attributes of /run */
    int run_count;
} fal_details;

fal_status fal_details_read(const char *path, fal_details *details);
void fal_details_destroy(fal_details *details);

#endif
