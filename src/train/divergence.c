/* Training that diverges: values that are no longer finite, and losses that no training that works has. Messages name
 * where it came up first, and are the same on any number of ranks and threads. */
#include <math.h>

#include "trainer_internal.h"

static const fal_tensor *first_not_finite(const fal_model *model, const float *values, bool trained)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(model, &count);
    for (int t = 0; t < count; t++) {
        for (size_t i = 0; tensors[t].trained == trained && i < tensors[t].count; i++) {
            if (!isfinite(values[tensors[t].offset + i])) {
                return &tensors[t];
            }
        }
    }
    return NULL;
}

/* The trained tensor with the largest |weight|, which is in *size. */
static const fal_tensor *largest(const fal_model *model, const float *params, double *size)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(model, &count);
    const fal_tensor *found = &tensors[0];
    *size = -1;
    for (int t = 0; t < count; t++) {
        for (size_t i = 0; tensors[t].trained && i < tensors[t].count; i++) {
            const double weight = fabs((double)params[tensors[t].offset + i]);
            if (weight > *size) {
                *size = weight;
                found = &tensors[t];
            }
        }
    }
    return found;
}

fal_status fal_trainer_check_params(const fal_trainer *trainer, const char *where, const float *params)
{
    const fal_tensor *bad = first_not_finite(trainer->model, params, true);
    if (bad != NULL) {
        /* The momentum has all gradients: if these were finite, the step itself was too large. */
        const bool gradient = first_not_finite(trainer->model, trainer->velocity, true) != NULL;
        return fal_fail(FAL_ERR_NUMERIC, "%s: the %s of %s are no longer finite: use a smaller --lr", where,
                        gradient ? "gradient and then the weights" : "weights", bad->name);
    }
    bad = first_not_finite(trainer->model, params, false);
    return bad == NULL
               ? FAL_OK
               : fal_fail(FAL_ERR_NUMERIC, "%s: the batch statistics %s are no longer finite: use a smaller --lr",
                          where, bad->name);
}

fal_status fal_trainer_fail_loss(const fal_trainer *trainer, const char *where, const char *what, const float *params)
{
    double size = 0;
    FAL_TRY(fal_trainer_check_params(trainer, where, params));
    const fal_tensor *tensor = largest(trainer->model, params, &size);
    return fal_fail(FAL_ERR_NUMERIC,
                    "%s: %s is no longer finite (the largest weights are in %s, up to %.3g): use a smaller --lr", where,
                    what, tensor->name, size);
}

fal_status fal_trainer_check_loss(const fal_trainer *trainer, const char *where, bool test, double loss,
                                  const float *params)
{
    const int classes = fal_model_shape_of(trainer->model)->classes;
    const double factor = trainer->settings.loss_bound * (test ? trainer->settings.loss_bound : 1);
    const double bound = factor * log(classes);
    double size = 0;
    if (!(bound > 0) || !(loss > bound)) { /* off; one class; NaN: nothing was measured */
        return FAL_OK;
    }
    const fal_tensor *tensor = largest(trainer->model, params, &size);
    return fal_fail(
        FAL_ERR_NUMERIC,
        "%s: the %s loss %.4g is above %g x ln %d = %.4g (the largest weights are in %s, up to %.3g): use a "
        "smaller --lr, which is another trial; --loss-bound 0 goes on with this one",
        where, test ? "test" : "training", loss, factor, classes, bound, tensor->name, size);
}
