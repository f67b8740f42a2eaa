/* An exact sum over a model's weights, one block per tensor, so that each tensor has exponents of its own. */
#include "algorithms_internal.h"
#include "fal/base/memory.h"

fal_status fal_tensor_sum_create(const fal_model *model, bool only_trained, fal_exact_sum **sum, const char ***names)
{
    int tensors = 0;
    int blocks = 0;
    const fal_tensor *tensor = fal_model_tensors(model, &tensors);
    const size_t size = only_trained ? fal_model_trained(model) : fal_model_size(model);
    size_t *offsets = NULL;
    size_t *counts = NULL;
    const char **made = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&offsets, (size_t)tensors, sizeof *offsets, "sum of weights"));
    FAL_TRY_GOTO(fal_alloc(&counts, (size_t)tensors, sizeof *counts, "sum of weights"));
    FAL_TRY_GOTO(fal_alloc((void *)&made, (size_t)tensors, sizeof *made, "sum of weights"));
    for (int i = 0; i < tensors; i++) {
        if (tensor[i].trained || !only_trained) {
            offsets[blocks] = tensor[i].offset;
            counts[blocks] = tensor[i].count;
            made[blocks] = tensor[i].name;
            blocks++;
        }
    }
    FAL_TRY_GOTO(fal_exact_sum_create(size, blocks, offsets, counts, sum));
    *names = made;
    made = NULL;
done:
    fal_free((void *)made);
    fal_free(counts);
    fal_free(offsets);
    return status;
}

fal_status fal_change_sum_create(const fal_model *model, size_t size, fal_exact_sum **sum, const char ***names)
{
    FAL_ASSERT(size == fal_model_size(model) || size == fal_model_trained(model));
    return fal_tensor_sum_create(model, size < fal_model_size(model), sum, names);
}
