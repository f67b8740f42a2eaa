/* Had a trial's training come to an end when it was measured? Two plain figures of its last AL round; no test. The
 * definitions are in docs/statistics.md. Not collective. */
#ifndef FAL_REPORT_CONVERGENCE_H
#define FAL_REPORT_CONVERGENCE_H

#include "fal/results/details.h"

/** A client whose mean training loss in its last FL round is above this has not learnt its labelled images. */
#define FAL_CONVERGENCE_LOSS 0.1
/** Relative fall of the mean training loss from which on it counts as still falling. */
#define FAL_CONVERGENCE_FALL 0.05
/** Below this mean training loss nothing is left to fall: 0.002 that becomes 0.001 is no training that was cut short.
 */
#define FAL_CONVERGENCE_DONE 0.01

typedef struct {
    int clients;          /* with a training loss in the last AL round */
    int above;            /* of these, those above FAL_CONVERGENCE_LOSS */
    double share;         /* above / clients; NaN: no client has a loss */
    int window;           /* FL rounds in each of the two windows; 0: too few FL rounds, or a loss is missing */
    double before, after; /* mean training loss over the last window but one, and over the last; NaN if not known */
    double fall;          /* 1 - after / before; negative: it rises; NaN if not known */
    bool falls;           /* fall > FAL_CONVERGENCE_FALL and after > FAL_CONVERGENCE_DONE; false if not known */
} fal_convergence;

/** Losses of the clients in the AL round's last FL round, NaN: took no part. Fills clients, above, share. */
void fal_convergence_of_clients(const double *loss, int64_t count, fal_convergence *to);
/** Mean training losses of the FL rounds of one AL round, in order. Fills the rest. */
void fal_convergence_of_rounds(const double *loss, int64_t count, fal_convergence *to);
/** Both, of the last AL round that is recorded. */
fal_status fal_convergence_find(const fal_details *details, fal_convergence *to);

#endif
