/* SGD with momentum and weight decay as PyTorch's: no damping, no Nesterov (algorithms.md section 3). */
#include "fal/base/parallel.h"
#include "fal/nn/net.h"

enum { BLOCK = 1 << 16 };

typedef struct {
    float *w;
    const float *gradient;
    float *velocity;
    size_t count;
    float lr, momentum, decay;
} step_args;

static void step_block(void *context, int piece)
{
    const step_args *args = context;
    const size_t first = (size_t)piece * BLOCK;
    const size_t end = args->count - first < BLOCK ? args->count : first + BLOCK;
    float *w = args->w;
    float *velocity = args->velocity;
    const float *gradient = args->gradient;
    const float lr = args->lr;
    const float momentum = args->momentum;
    const float decay = args->decay;
#pragma omp simd
    for (size_t i = first; i < end; i++) {
        const float v = momentum * velocity[i] + (gradient[i] + decay * w[i]);
        velocity[i] = v;
        w[i] -= lr * v;
    }
}

void fal_sgd_step(float *w, const float *gradient, float *velocity, size_t count, float lr, float momentum, float decay)
{
    step_args args = {.w = w, .gradient = gradient, .velocity = velocity, .count = count};
    args.lr = lr;
    args.momentum = momentum;
    args.decay = decay;
    fal_parallel_for((int)((count + BLOCK - 1) / BLOCK), step_block, &args);
}
