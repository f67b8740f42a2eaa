/* What trials take, counted from their settings: images that go through the network, operations, the order in which
 * trials are best handed out. */
#ifndef FAL_EXPERIMENT_COST_INTERNAL_H
#define FAL_EXPERIMENT_COST_INTERNAL_H

#include "fal/experiment/cost.h"
#include "fal/nn/model.h"
#include "forecast_internal.h"

/** A local-only model stops at 99 % training accuracy: about half of its epochs, where nothing better is known. */
#define FAL_LOCAL_ONLY_SHARE 0.5

/** One trial, in images on the rank that has most to do. */
typedef struct {
    double train;       /* images of local training, over all epochs */
    double local_only;  /* images of local-only models if these took all their epochs; as many in their stop tests */
    double infer;       /* pool and labelled images of queries */
    double evaluations; /* of the whole test set */
    double first_evaluations; /* of these: of the first local-only models, in the query of AL round 2 */
    double labelled;          /* labels bought by all clients together */
    int64_t al_rounds;
    int64_t fl_rounds; /* in all AL rounds together */
} fal_work;

fal_status fal_work_count(const fal_planned *planned, const fal_dataset *dataset, int ranks, fal_work *work);

/** Multiplications and additions of direct convolutions per image: forward, and forward + backward. */
void fal_flops_count(const fal_model *model, double *infer, double *train);
/** Of all that a trial does on all ranks. local_only_share: of the epochs that local-only models really take. */
fal_status fal_flops_of_trial(const fal_planned *planned, const fal_dataset *dataset, double local_only_share,
                              double *flops);

/** What a trial is made of, for the forecast of its time. */
typedef struct {
    const fal_settings *settings;     /* borrowed */
    int64_t images;                   /* that the clients hold together */
    int64_t al_rounds;                /* at most */
    double test_images, infer, train; /* operations per image */
} fal_shape;

fal_status fal_shape_make(const fal_planned *planned, const fal_dataset *dataset, fal_shape *shape);
/** Of one AL round, from 1; of all AL rounds after one (0: of the whole trial). */
fal_load fal_shape_round(const fal_shape *shape, int64_t al_round);
fal_load fal_shape_after(const fal_shape *shape, int64_t al_round);

/** order [count] out: trials by falling expected operations, in the plan's order where these are about equal (within a
 *  factor of 1.4), so that comparisons of strategies are still complete early. */
fal_status fal_cost_order(const fal_plan *plan, const fal_dataset *dataset, int64_t *order);

#endif
