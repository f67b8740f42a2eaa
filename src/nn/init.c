/* Fresh weights (algorithms.md section 4, Initial values): element e of tensor t is draw e of the stream fl_round = t,
 * so a value depends on nothing but the address. Gaps between tensors are zero. */
#include <string.h>

#include "model_internal.h"

static float draw(const fal_initializer *init, const fal_rng *stream, size_t element)
{
    switch (init->kind) {
    case FAL_INIT_UNIFORM:
        return (float)(init->scale * (2.0 * fal_rng_uniform(stream, element) - 1.0));
    case FAL_INIT_NORMAL:
        return (float)(init->scale * fal_rng_normal(stream, element));
    case FAL_INIT_CONSTANT:
        break;
    }
    return (float)init->scale;
}

void fal_model_init(const fal_model *model, const fal_rng *rng, float *params)
{
    memset(params, 0, model->size * sizeof *params);
    for (int t = 0; t < model->tensor_count; t++) {
        const fal_tensor *tensor = &model->tensors[t];
        fal_rng stream = *rng;
        stream.fl_round = (uint32_t)t;
        for (size_t e = 0; e < tensor->count; e++) {
            params[tensor->offset + e] = draw(&model->inits[t], &stream, e);
        }
    }
}
