/* SCAFFOLD's correction of one local step: apart from the algorithm's state, so that local training needs no MPI. */
#include "algorithms_internal.h"

void fal_scaffold_correct(float *w, const float *correction, size_t count, float lr)
{
    for (size_t i = 0; i < count; i++) {
        w[i] -= lr * correction[i];
    }
}
