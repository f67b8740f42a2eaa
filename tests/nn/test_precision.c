/* Gradients of whole training passes against double precision: every instruction set and the reference, ragged batches,
 * a batch of one, odd image sizes.
 *
 * What a gradient may be off by is what a double pass is off by whose products carry noise of the size of float32's
 * rounding (cnn4conv_truth.h), with plain products, or with Winograd's where kernels transform: the condition of this
 * network and batch, measured. Where ReLU or pooling stands on the edge, rounding decides, and a gradient may differ by
 * per cents in any float32 program. So batches are drawn until the passes with noise decide everywhere like the exact
 * one. */
#include "cnn4conv_truth.h"
#include "unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/nn/net.h"

enum { CLASSES = 10, DRAWS = 200, NOISES = 3 };
/* Of the largest deviation of a tensor in the passes with noise, whose normal noise is 2.4 standard deviations of a
 * plain sum's rounding. */
static const double deviations = 2.0;

/* Whose products they are: the reference's, Winograd's, Winograd's in pairs. */
enum { RULE_PLAIN, RULE_WINOGRAD, RULE_PAIRS, RULES };
static const int rules[RULES] = {FAL_TEST_PLAIN, FAL_TEST_WINOGRAD, FAL_TEST_WINOGRAD_PAIRS};

typedef struct {
    int h, w, c, width, n;
} sizes;

static const sizes cases[] = {{32, 32, 3, 32, 8}, {28, 28, 1, 32, 7}, {28, 28, 3, 16, 5},
                              {33, 19, 3, 16, 6}, {32, 32, 3, 64, 1}, {16, 16, 4, 16, 3}};

typedef struct {
    fal_model *model;
    float *params, *moved, *gradient, *x;
    double *truth, *noisy;
    double *error[RULES]; /* [tensors] what float32 may be off by */
    double loss, loss_error[RULES];
    int32_t labels[8];
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

/* Draw a batch whose decisions noise of the size that is allowed does not change. */
static void draw_decided(pass *p, const sizes *size, fal_test_cnn4conv *exact, fal_test_cnn4conv *noisy)
{
    const double factors[] = {deviations * fal_test_roundings[FAL_TEST_WINOGRAD].forward,
                              fal_test_roundings[FAL_TEST_WINOGRAD_PAIRS].forward};
    bool decided = false;
    for (uint64_t seed = 1; !decided; seed++) {
        assert_true(seed <= DRAWS);
        draw(p, size, seed);
        fal_test_cnn4conv_forward(exact, p->params, p->x);
        decided = true;
        for (uint32_t d = 0; d < 2 * NOISES && decided; d++) {
            fal_test_cnn4conv_noise(noisy, factors[d / NOISES], d % NOISES);
            fal_test_cnn4conv_forward(noisy, p->params, p->x);
            decided = fal_test_cnn4conv_decide_alike(exact, noisy);
        }
    }
}

/* The largest deviations of passes with noise. */
static void measure(pass *p, fal_test_cnn4conv *noisy, int which)
{
    const double factor = fal_test_roundings[rules[which]].forward;
    double *error = p->error[which];
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(p->model, &count);
    for (uint32_t d = 0; d < NOISES; d++) {
        double loss = 0.0;
        fal_test_cnn4conv_noise(noisy, factor, d);
        fal_test_cnn4conv_forward(noisy, p->params, p->x);
        fal_test_cnn4conv_backward(noisy, p->labels, p->noisy, &loss);
        p->loss_error[which] = fmax(p->loss_error[which], fabs(loss - p->loss) + FLT_EPSILON / 2.0 * p->loss);
        for (int t = 0; t < count; t++) {
            for (size_t e = tensors[t].offset; tensors[t].trained && e < tensors[t].offset + tensors[t].count; e++) {
                const double stored = FLT_EPSILON / 2.0 * fabs(p->truth[e]);
                error[t] = fmax(error[t], fabs(p->noisy[e] - p->truth[e]) + stored);
            }
        }
    }
}

static void pass_create(pass *p, const sizes *size)
{
    fal_model_shape shape = {.architecture = "cnn4conv", .h = size->h, .w = size->w, .c = size->c};
    shape.classes = CLASSES;
    shape.width = size->width;
    int count = 0;
    assert_ok(fal_model_create(&shape, &p->model));
    (void)fal_model_tensors(p->model, &count);
    assert_ok(fal_alloc(&p->params, fal_model_size(p->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&p->moved, fal_model_size(p->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&p->gradient, fal_model_trained(p->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&p->truth, fal_model_trained(p->model), sizeof(double), "test"));
    assert_ok(fal_alloc(&p->noisy, fal_model_trained(p->model), sizeof(double), "test"));
    for (int rule = 0; rule < RULES; rule++) {
        assert_ok(fal_alloc(&p->error[rule], (size_t)count, sizeof(double), "test"));
    }
    assert_ok(fal_alloc(&p->x, (size_t)(size->n * size->h * size->w * size->c), sizeof(float), "test"));
    fal_test_cnn4conv *exact = fal_test_cnn4conv_create(p->model, size->n);
    fal_test_cnn4conv *noisy = fal_test_cnn4conv_create(p->model, size->n);
    draw_decided(p, size, exact, noisy);
    for (int k = 0; k < size->n; k++) {
        p->labels[k] = (7 * k + 3) % CLASSES;
    }
    fal_test_cnn4conv_backward(exact, p->labels, p->truth, &p->loss);
    for (int rule = 0; rule < RULES; rule++) {
        measure(p, noisy, rule);
    }
    fal_test_cnn4conv_destroy(noisy);
    fal_test_cnn4conv_destroy(exact);
}

static void pass_destroy(pass *p)
{
    fal_free(p->x);
    for (int rule = 0; rule < RULES; rule++) {
        fal_free(p->error[rule]);
    }
    fal_free(p->noisy);
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
    const bool plain = kind == FAL_KERNELS_REFERENCE || strcmp(fal_net_kernels(net), "blas") == 0;
    const bool pairs = strstr(fal_net_kernels(net), "-pairs") != NULL;
    const int rule = plain ? RULE_PLAIN : pairs ? RULE_PAIRS : RULE_WINOGRAD;
    assert_true(fabs(loss - p->loss) <= deviations * p->loss_error[rule]);
    for (int t = 0; t < count; t++) {
        double apart = 0.0;
        for (size_t e = tensors[t].offset; tensors[t].trained && e < tensors[t].offset + tensors[t].count; e++) {
            const double here = fabs((double)p->gradient[e] - p->truth[e]);
            apart = here > apart || isnan(here) ? here : apart;
        }
        const double worst = apart > 0.0 ? apart / p->error[rule][t] : apart;
        if (!(worst <= deviations)) {
            fail_msg("%dx%dx%d, %d channels, %d images, %s: %s is off by %.3g times what float32 may be off by",
                     size->h, size->w, size->c, size->width, size->n, fal_net_kernels(net), tensors[t].name, worst);
        }
    }
    fal_net_destroy(net);
}

static void gradients_are_those_of_double_precision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pass p = {0};
        pass_create(&p, &cases[i]);
        for (int s = 0; fal_test_set(s) != NULL; s++) {
            for (int pairs = 0; pairs < 2; pairs++) {
                fal_test_kernels(fal_test_set(s), pairs == 1 ? "1" : "0");
                compare(&p, &cases[i], cases[i].n + s % 2, FAL_KERNELS_FAST); /* also in a net for larger batches */
            }
        }
        fal_test_kernels(NULL, NULL);
        compare(&p, &cases[i], cases[i].n, FAL_KERNELS_REFERENCE);
        pass_destroy(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_are_those_of_double_precision)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
