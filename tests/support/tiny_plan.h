/* A plan of one trial over a data set of which only the head is there, for tests of a trial's files. */
#ifndef TESTS_TINY_PLAN_H
#define TESTS_TINY_PLAN_H

#include "fal/data/dataset.h"
#include "fal/experiment/plan.h"

typedef struct {
    fal_dataset *dataset; /* two classes, cat and dog */
    fal_plan plan;        /* results lie beside the test's temporary files */
    fal_params *params, *defaults;
} tiny_plan;

void tiny_plan_create(tiny_plan *tiny);
void tiny_plan_destroy(tiny_plan *tiny);

#endif
