/* Gradients of whole nets against finite differences in the parameters.
 *
 * Below the head everything is float32, and ReLU and pooling have kinks: with a short step along a random direction
 * over a whole tensor the difference quotient agrees to two per cent (0.5 per cent of the gradient's norm in the first
 * layer, most of it the loss's curvature and kinks, the same on every machine), while a wrong term is off by tens of
 * per cent. Both losses are off by their rounding, that of float32 sums of 9 x width terms
 * (tests/support/unit_truth.c), over two steps. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/nn/net.h"

static const double direction_tolerance = 0.02;

typedef struct {
    fal_model *model;
    fal_net *net;
    float *params, *moved, *gradient, *x;
    int32_t *labels;
    int n;
} bench;

static void bench_create(bench *b, const fal_model_shape *shape, int n, fal_kernels kernels)
{
    const fal_net_options options = {.batch = n, .training = true, .kernels = kernels};
    const fal_rng init = {.seed = 3, .purpose = FAL_RNG_MODEL_INIT};
    const fal_rng noise = {.seed = 4, .purpose = FAL_RNG_TEST};
    const size_t image = (size_t)(shape->h * shape->w * shape->c);
    b->n = n;
    assert_ok(fal_model_create(shape, &b->model));
    assert_ok(fal_net_create(b->model, &options, &b->net));
    assert_ok(fal_alloc(&b->params, fal_model_size(b->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&b->moved, fal_model_size(b->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&b->gradient, fal_model_trained(b->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&b->x, (size_t)n * image, sizeof(float), "test"));
    assert_ok(fal_alloc(&b->labels, (size_t)n, sizeof(int32_t), "test"));
    fal_model_init(b->model, &init, b->params);
    for (size_t i = 0; i < (size_t)n * image; i++) {
        b->x[i] = (float)fal_rng_normal(&noise, i);
    }
    for (int k = 0; k < n; k++) {
        b->labels[k] = k % shape->classes;
    }
}

static void bench_destroy(bench *b)
{
    fal_free(b->labels);
    fal_free(b->x);
    fal_free(b->gradient);
    fal_free(b->moved);
    fal_free(b->params);
    fal_net_destroy(b->net);
    fal_model_destroy(b->model);
}

/* Loss with tensor t moved by step times a fixed random direction. */
static double loss_along(bench *b, const fal_tensor *tensor, double step)
{
    const fal_rng direction = {.seed = 9, .purpose = FAL_RNG_TEST};
    double loss = 0.0;
    memcpy(b->moved, b->params, fal_model_size(b->model) * sizeof(float));
    for (size_t e = 0; e < tensor->count; e++) {
        b->moved[tensor->offset + e] += (float)(step * fal_rng_normal(&direction, e));
    }
    fal_net_train_forward(b->net, b->moved, b->x, b->labels, b->n, NULL, NULL, &loss);
    return loss;
}

static double slope_along(const bench *b, const fal_tensor *tensor, double *size)
{
    const fal_rng direction = {.seed = 9, .purpose = FAL_RNG_TEST};
    double slope = 0.0;
    double square = 0.0;
    for (size_t e = 0; e < tensor->count; e++) {
        const double g = (double)b->gradient[tensor->offset + e];
        slope += g * fal_rng_normal(&direction, e);
        square += g * g;
    }
    *size = sqrt(square);
    return slope;
}

static void check_gradient(const fal_model_shape *shape, int n, fal_kernels kernels)
{
    bench b = {0};
    int count = 0;
    double loss = 0.0;
    bench_create(&b, shape, n, kernels);
    memcpy(b.moved, b.params, fal_model_size(b.model) * sizeof(float));
    fal_net_gradient(b.net, b.moved, b.x, b.labels, n, b.gradient, &loss, NULL);
    const fal_tensor *tensors = fal_model_tensors(b.model, &count);
    for (int t = 0; t < count; t++) {
        if (!tensors[t].trained) {
            continue;
        }
        double size = 0.0;
        const double expected = slope_along(&b, &tensors[t], &size);
        const double step = 2e-3 / sqrt((double)tensors[t].count);
        const double measured = (loss_along(&b, &tensors[t], step) - loss_along(&b, &tensors[t], -step)) / (2.0 * step);
        const double rounding = FLT_EPSILON / 2.0 * sqrt(9.0 * shape->width) * loss;
        assert_true(fabs(measured - expected) <= direction_tolerance * (fabs(expected) + size) + rounding / step);
    }
    bench_destroy(&b);
}

static void gradient_is_the_slope_of_the_loss(void **state)
{
    (void)state;
    const fal_model_shape shape = {.architecture = "cnn4conv", .h = 17, .w = 20, .c = 3, .classes = 5, .width = 8};
    check_gradient(&shape, 6, FAL_KERNELS_REFERENCE);
    check_gradient(&shape, 6, FAL_KERNELS_FAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_is_the_slope_of_the_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
