/* Gradients of whole training passes against double precision: every instruction set and the reference, ragged batches,
 * a batch of one, odd image sizes.
 *
 * Where ReLU or pooling stands on the edge, rounding decides, and a gradient may differ by per cents in any float32
 * program. So batches are drawn until the double pass has no decision closer to its edge than float32 can be wrong. */
#include "cnn4conv_truth.h"

#include <math.h>
#include <stdlib.h>

#include "fal/base/memory.h"
#include "fal/nn/net.h"

enum { CLASSES = 10, DRAWS = 200 };
/* Largest difference over the tensor's largest value. Measured: up to 3.5e-6. */
static const double tolerance = 1e-5;
/* Of BN's output, whose values reach 4; measured errors of the kernels reach 3e-6. */
static const double margin_wanted = 8e-6;

typedef struct {
    int h, w, c, width, n;
} sizes;

static const sizes cases[] = {{32, 32, 3, 32, 8}, {28, 28, 1, 32, 7}, {28, 28, 3, 16, 5},
                              {33, 19, 3, 16, 6}, {32, 32, 3, 64, 1}, {16, 16, 4, 16, 3}};

typedef struct {
    fal_model *model;
    float *params, *moved, *gradient, *x;
    double *truth;
    int32_t labels[8];
    double loss;
} pass;

static void draw(pass *p, const sizes *size, uint64_t seed)
{
    const fal_rng init = {.seed = seed, .purpose = FAL_RNG_MODEL_INIT};
    const fal_rng noise = {.seed = seed, .purpose = FAL_RNG_TEST};
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(p->model, &count);
    fal_model_init(p->model, &init, p->params);
    for (int t = 0; t < count;
         t++) { /* scales of both signs, shifts: pooling picks the least where a scale is negative */
        float *values = p->params + tensors[t].offset;
        for (size_t e = 0; tensors[t].rank == 1 && tensors[t].trained && e < tensors[t].count; e++) {
            values[e] =
                (float)((e % 4 == 3 ? -1.0 : 1.0) * (0.7 + 0.2 * fal_rng_normal(&noise, 1000 * (uint64_t)t + e)));
        }
    }
    for (size_t e = 0; e < (size_t)(size->n * size->h * size->w * size->c); e++) {
        p->x[e] = (float)fal_rng_normal(&noise, 1000000 + e);
    }
}

static void pass_create(pass *p, const sizes *size)
{
    fal_model_shape shape = {.architecture = "cnn4conv", .h = size->h, .w = size->w, .c = size->c};
    shape.classes = CLASSES;
    shape.width = size->width;
    assert_ok(fal_model_create(&shape, &p->model));
    assert_ok(fal_alloc(&p->params, fal_model_size(p->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&p->moved, fal_model_size(p->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&p->gradient, fal_model_trained(p->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&p->truth, fal_model_trained(p->model), sizeof(double), "test"));
    assert_ok(fal_alloc(&p->x, (size_t)(size->n * size->h * size->w * size->c), sizeof(float), "test"));
    fal_test_cnn4conv *truth = fal_test_cnn4conv_create(p->model, size->n);
    double margin = 0.0;
    for (uint64_t seed = 1; margin < margin_wanted; seed++) {
        assert_true(seed <= DRAWS);
        draw(p, size, seed);
        margin = fal_test_cnn4conv_forward(truth, p->params, p->x);
    }
    for (int k = 0; k < size->n; k++) {
        p->labels[k] = (7 * k + 3) % CLASSES;
    }
    fal_test_cnn4conv_backward(truth, p->labels, p->truth, &p->loss);
    fal_test_cnn4conv_destroy(truth);
}

static void pass_destroy(pass *p)
{
    fal_free(p->x);
    fal_free(p->truth);
    fal_free(p->gradient);
    fal_free(p->moved);
    fal_free(p->params);
    fal_model_destroy(p->model);
}

static void compare(pass *p, const sizes *size, int batch, fal_kernels kind)
{
    const fal_net_options options = {.batch = batch, .training = true, .kernels = kind};
    fal_net *net = NULL;
    double loss = 0.0;
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(p->model, &count);
    assert_ok(fal_net_create(p->model, &options, &net));
    for (size_t e = 0; e < fal_model_size(p->model); e++) {
        p->moved[e] = p->params[e];
    }
    fal_net_gradient(net, p->moved, p->x, p->labels, size->n, p->gradient, &loss, NULL);
    assert_true(fabs(loss - p->loss) < 1e-5 * p->loss);
    for (int t = 0; t < count; t++) {
        if (tensors[t].trained) {
            const double error =
                fal_test_error_float(p->gradient + tensors[t].offset, p->truth + tensors[t].offset, tensors[t].count);
            if (error >= tolerance) {
                print_error("%dx%dx%d, %d channels, %d images, %s: %s: %.2e\n", size->h, size->w, size->c, size->width,
                            size->n, fal_net_kernels(net), tensors[t].name, error);
            }
            assert_true(error < tolerance);
        }
    }
    fal_net_destroy(net);
}

static void gradients_are_those_of_double_precision(void **state)
{
    (void)state;
    static const char *const sets[] = {"avx512", "avx2", "blas"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pass p = {0};
        pass_create(&p, &cases[i]);
        for (size_t s = 0; s < sizeof sets / sizeof sets[0]; s++) {
            assert_int_equal(setenv("FAL_KERNELS_ISA", sets[s], 1), 0);
            compare(&p, &cases[i], cases[i].n + (int)(s % 2), FAL_KERNELS_FAST); /* also in a net for larger batches */
        }
        assert_int_equal(unsetenv("FAL_KERNELS_ISA"), 0);
        compare(&p, &cases[i], cases[i].n, FAL_KERNELS_REFERENCE);
        pass_destroy(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_are_those_of_double_precision)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
