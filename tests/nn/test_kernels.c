/* Every kernel that fits against the double-precision truth, over the shapes that networks and their edges have. What a
 * result may be off by follows from the terms that it is the sum of (tests/support/unit_truth.c), element by element.
 */
#include "unit.h"

#include <string.h>

#include "fal/base/parallel.h"

typedef struct {
    const char *what;
    fal_layer layer;
    int n;
    bool residual, add;
} unit_case;

#define CONV3(size_h, size_w, in, out)                                                                                 \
    .h = (size_h), .w = (size_w), .ci = (in), .co = (out), .kernel = 3, .stride = 1, .pad = 1, .groups = 1, .relu = true
#define CONV1(size_h, size_w, in, out)                                                                                 \
    .h = (size_h), .w = (size_w), .ci = (in), .co = (out), .kernel = 1, .stride = 1, .pad = 0, .groups = 1, .relu = true

#define CONV(size, step, size_h, size_w, in, out)                                                                      \
    .h = (size_h), .w = (size_w), .ci = (in), .co = (out), .kernel = (size), .stride = (step), .pad = (size) / 2,      \
    .groups = 1, .relu = true

#define DEPTH(step, size_h, size_w, channels)                                                                          \
    .h = (size_h), .w = (size_w), .ci = (channels), .co = (channels), .kernel = 3, .stride = (step), .pad = 1,         \
    .groups = (channels), .relu = true

static const unit_case cases[] = {
    {"cnn4conv block 1, 32x32x3", {CONV3(32, 32, 3, 64), .max_pool = true}, 5, false, false},
    {"cnn4conv block 1, 28x28x1", {CONV3(28, 28, 1, 64), .max_pool = true}, 3, false, false},
    {"cnn4conv block 1, width 8", {CONV3(16, 16, 3, 8), .max_pool = true}, 7, false, false},
    {"cnn4conv block 2, 16x16", {CONV3(16, 16, 64, 64), .max_pool = true}, 5, false, false},
    {"cnn4conv block 2, 14x14", {CONV3(14, 14, 64, 64), .max_pool = true}, 7, false, false},
    {"cnn4conv block 2, width 16", {CONV3(16, 16, 16, 16), .max_pool = true}, 3, false, false},
    {"cnn4conv block 3, 8x8", {CONV3(8, 8, 64, 64), .max_pool = true}, 13, false, false},
    {"cnn4conv block 3, 7x7", {CONV3(7, 7, 64, 64), .max_pool = true}, 9, false, false},
    {"cnn4conv block 4, 4x4", {CONV3(4, 4, 64, 64), .max_pool = true}, 17, false, false},
    {"cnn4conv block 4, 3x3", {CONV3(3, 3, 64, 64), .max_pool = true}, 6, false, false},
    {"one image", {CONV3(16, 16, 64, 64), .max_pool = true}, 1, false, false},
    {"odd sizes", {CONV3(11, 6, 12, 20), .max_pool = true}, 3, false, false},
    {"no pooling", {CONV3(8, 8, 64, 64)}, 3, false, false},
    {"no ReLU", {.h = 8, .w = 8, .ci = 16, .co = 8, .kernel = 3, .stride = 1, .pad = 1, .groups = 1}, 3, false, false},
    {"residual", {CONV3(8, 8, 64, 64)}, 3, true, false},
    {"residual, both added", {CONV3(7, 9, 16, 16)}, 5, true, true},
    {"residual, both added, several blocks of tiles", {CONV3(18, 29, 32, 16)}, 3, true, true},
    {"no ReLU, odd edges",
     {.h = 9, .w = 14, .ci = 16, .co = 32, .kernel = 3, .stride = 1, .pad = 1, .groups = 1},
     3,
     true,
     false},
    {"pooling without ReLU",
     {.h = 9, .w = 12, .ci = 16, .co = 32, .kernel = 3, .stride = 1, .pad = 1, .groups = 1, .max_pool = true},
     3,
     false,
     true},
    {"one pixel", {CONV3(1, 1, 64, 32)}, 3, true, true},
    {"tiles of 4 and 2, several blocks", {CONV3(14, 14, 32, 48)}, 7, true, true},
    {"smaller tiles below only", {CONV3(11, 8, 16, 64), .max_pool = true}, 5, false, true},
    {"smaller tiles at the right only", {CONV3(8, 10, 64, 16), .max_pool = true}, 5, false, false},
    {"tiles of 2 alone", {CONV3(2, 2, 64, 64), .max_pool = true}, 29, false, true},
    {"tiles of 4 and 3, many channels", {CONV3(11, 7, 128, 128)}, 2, true, true},
    {"rows and columns that ask for two sizes", {CONV3(6, 7, 32, 32), .max_pool = true}, 5, false, false},
    {"many channels", {CONV3(4, 4, 128, 192)}, 2, true, true},
    {"many channels, one image, pooling", {CONV3(7, 5, 256, 64), .max_pool = true}, 1, false, false},
    {"unequal blocks of channels", {CONV3(5, 6, 80, 112)}, 3, false, true},
    {"unequal blocks of channels, many tiles", {CONV3(5, 1, 80, 80)}, 121, true, true},
    {"stride 2",
     {.h = 8, .w = 8, .ci = 16, .co = 32, .kernel = 3, .stride = 2, .pad = 1, .groups = 1, .relu = true},
     3,
     false,
     false},
    {"stride 2, odd",
     {.h = 7, .w = 9, .ci = 8, .co = 8, .kernel = 3, .stride = 2, .pad = 1, .groups = 1, .relu = true},
     3,
     false,
     true},
    {"1x1", {CONV1(8, 8, 32, 64)}, 3, false, false},
    {"1x1 stride 2, no ReLU",
     {.h = 8, .w = 7, .ci = 16, .co = 32, .kernel = 1, .stride = 2, .groups = 1},
     4,
     false,
     true},
    {"depthwise",
     {.h = 9, .w = 8, .ci = 32, .co = 32, .kernel = 3, .stride = 1, .pad = 1, .groups = 32, .relu = true},
     3,
     false,
     false},
    {"depthwise stride 2",
     {.h = 9, .w = 8, .ci = 24, .co = 24, .kernel = 3, .stride = 2, .pad = 1, .groups = 24, .relu = true},
     3,
     false,
     false},
    {"3x3 stride 2, as in resnet", {CONV(3, 2, 16, 16, 64, 128)}, 3, false, false},
    {"3x3 stride 2, odd, both ways", {CONV(3, 2, 7, 5, 32, 48)}, 5, false, true},
    {"3x3 stride 2, one image of 3x3", {CONV(3, 2, 3, 3, 64, 64)}, 1, false, false},
    {"3x3 stride 2, many images", {CONV(3, 2, 8, 8, 48, 32)}, 21, false, false},
    {"3x3 stride 2, sums in several parts", {CONV(3, 2, 4, 4, 272, 32)}, 3, false, true},
    {"3x3 to few channels", {CONV(3, 1, 5, 6, 32, 16)}, 4, false, true},
    {"1x1 of 2x2", {CONV(1, 1, 2, 2, 96, 160)}, 33, false, false},
    {"1x1 of one pixel", {CONV(1, 1, 1, 1, 32, 64)}, 6, false, false},
    {"1x1, sums in several parts", {CONV(1, 1, 3, 4, 800, 64)}, 2, false, true},
    {"1x1, wide", {CONV(1, 1, 4, 4, 64, 320)}, 9, false, false},
    {"1x1, several parts of the rows", {CONV(1, 1, 20, 19, 16, 32)}, 4, false, false},
    {"1x1 stride 2, odd", {CONV(1, 2, 7, 9, 64, 128)}, 5, false, false},
    {"first layer, 3 channels", {CONV(3, 1, 32, 32, 3, 64), .input = -1}, 3, false, false},
    {"first layer, 1 channel", {CONV(3, 1, 28, 28, 1, 32), .input = -1}, 5, false, false},
    {"first layer, stride 2", {CONV(3, 2, 9, 8, 3, 32), .input = -1}, 4, false, false},
    {"first layer, 4 channels, one image", {CONV(3, 2, 6, 5, 4, 16), .input = -1}, 1, false, false},
    {"depthwise, wide rows", {DEPTH(1, 5, 70, 16)}, 2, false, false},
    {"depthwise, 4x4", {DEPTH(1, 4, 4, 64)}, 19, false, true},
    {"depthwise of one pixel", {DEPTH(1, 1, 1, 32)}, 5, false, false},
    {"depthwise, one image", {DEPTH(1, 16, 16, 16)}, 1, false, false},
    {"depthwise stride 2, even", {DEPTH(2, 8, 10, 32)}, 5, false, false},
    {"depthwise stride 2, odd", {DEPTH(2, 7, 5, 48)}, 3, false, true},
    {"depthwise stride 2, 2x2", {DEPTH(2, 2, 2, 16)}, 7, false, false},
    {"depthwise stride 2 of one row", {DEPTH(2, 1, 9, 16)}, 4, false, true},
    {"groups of 4",
     {.h = 6, .w = 5, .ci = 8, .co = 12, .kernel = 3, .stride = 1, .pad = 1, .groups = 2, .relu = true},
     3,
     false,
     false},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* All but the three products is the same code (plain/). */
static bool is_plain(const fal_conv_kernel *kernel) { return kernel->product != NULL; }

static void within(const unit_case *which, const fal_conv_kernel *kernel, const char *what, double worst)
{
    if (!(worst <= FAL_TEST_DEVIATIONS)) {
        fail_msg("%s, %s: %s is off by %.3g times what float32 may be off by, allowed %d times", which->what,
                 kernel->name, what, worst, FAL_TEST_DEVIATIONS);
    }
}

static void create_unit(const unit_case *which, const fal_conv_kernel *kernel, fal_test_unit *unit)
{
    fal_test_unit_create(unit, &which->layer, kernel, which->n, which->residual);
    unit->call.add_dx = unit->call.add_dresidual = which->add;
}

static void check_case(const unit_case *which, const fal_conv_kernel *kernel, const fal_test_truth *t)
{
    fal_test_unit unit;
    create_unit(which, kernel, &unit);
    const int n = unit.n;
    const size_t co = (size_t)unit.layer.co;
    const size_t weights = co * (size_t)(unit.layer.ci / unit.layer.groups * unit.layer.kernel * unit.layer.kernel);
    fal_test_unit_infer(&unit);
    within(which, kernel, "y in inference", fal_test_map_worst(&unit.call.y, n, t->y_infer, t->y_infer_error));
    fal_test_unit_train(&unit);
    within(which, kernel, "y", fal_test_map_worst(&unit.call.y, n, t->y, t->y_error));
    assert_true(fal_test_map_border(&unit.call.y, n) == 0.0);
    within(which, kernel, "mean", fal_test_worst(unit.mean, t->mean, t->mean_error, co));
    within(which, kernel, "var", fal_test_worst(unit.var, t->var, t->var_error, co));
    fal_test_unit_silence(&unit, t);
    fal_test_unit_backward(&unit);
    within(which, kernel, "dweight", fal_test_worst(unit.call.dweight, t->dweight, t->dweight_error, weights));
    within(which, kernel, "dgamma", fal_test_worst(unit.call.dgamma, t->dgamma, t->dgamma_error, co));
    within(which, kernel, "dbeta", fal_test_worst(unit.call.dbeta, t->dbeta, t->dbeta_error, co));
    for (size_t c = 0; c < co; c++) {
        assert_true(unit.call.dbias[c] == 0.0F);
    }
    if (unit.call.dx.at != NULL) {
        within(which, kernel, "dx", fal_test_map_worst(&unit.call.dx, n, t->dx, t->dx_error));
    }
    if (which->residual) {
        within(which, kernel, "dresidual",
               fal_test_map_worst(&unit.call.dresidual, n, t->dresidual, t->dresidual_error));
    }
    fal_test_unit_destroy(&unit);
}

/* All kernels of one rounding that take the case; the contents of a unit do not depend on its kernel, so one truth
 * serves all. Returns their number. */
static int check_kernels(const unit_case *which, const fal_test_rounding *rounding)
{
    const fal_cpu cpu = fal_test_cpu();
    const fal_conv_kernel *kernel = NULL;
    fal_test_truth truth;
    int checked = 0;
    for (int number = 0; (kernel = fal_kernels_number(number)) != NULL; number++) {
        if (fal_test_rounding_of(kernel) != rounding || !kernel->fits(&which->layer, &cpu)) {
            continue;
        }
        if (checked++ == 0) {
            fal_test_unit unit;
            create_unit(which, &fal_conv_plain_reference, &unit);
            fal_test_truth_create(&unit, rounding, &truth);
            const int outputs = unit.n * unit.layer.ho * unit.layer.wo * unit.layer.co;
            assert_true(truth.undecided_count <= 1 + (size_t)outputs / 200); /* or there would be little to look at */
            fal_test_unit_destroy(&unit);
        }
        check_case(which, kernel, &truth);
    }
    if (checked > 0) {
        fal_test_truth_destroy(&truth);
    }
    return checked;
}

static void every_kernel_matches_the_truth(void **state)
{
    (void)state;
    int checked = 0;
    for (int i = 0; i < CASES; i++) {
        for (int r = 0; r < FAL_TEST_ROUNDINGS; r++) {
            checked += check_kernels(&cases[i], &fal_test_roundings[r]);
        }
    }
    assert_true(checked >= 2 * CASES - 3); /* BLAS has no groups */
}

/* Two pixels that are equal after ReLU: the gradient goes to the first; none at a ReLU that is exactly at zero. */
static void ties_go_to_the_first_pixel(void **state)
{
    (void)state;
    const fal_layer layer = {CONV1(2, 2, 8, 8), .max_pool = true};
    const fal_cpu cpu = fal_test_cpu();
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = fal_kernels_number(number)) != NULL; number++) {
        if (!kernel->fits(&layer, &cpu)) {
            continue;
        }
        fal_test_unit unit;
        fal_test_unit_create(&unit, &layer, kernel, 1, false);
        memset(unit.weight, 0, 64 * sizeof(float));
        for (int c = 0; c < 8; c++) {
            unit.weight[c * 8 + c] = 1.0F;
            unit.gamma[c] = 1.0F;
            unit.beta[c] = c < 4 ? 0.0F : -10.0F; /* from channel 4 on nothing is active */
            const float pixels[4] = {-1.0F, 1.0F, -1.0F, 1.0F};
            for (int pixel = 0; pixel < 4; pixel++) {
                unit.images[pixel * 8 + c] = pixels[pixel];
            }
        }
        fal_test_unit_load(&unit);
        fal_test_unit_train(&unit);
        fal_test_unit_backward(&unit);
        const float *first = fal_map_pixel(&unit.call.dx, 0, 0, 1);
        const float *second = fal_map_pixel(&unit.call.dx, 0, 1, 1);
        const float *dy = fal_map_pixel(&unit.call.dy, 0, 0, 0);
        for (int c = 0; c < 4; c++) {
            /* xhat = +-1, so g at the first of the two gives dz = g (1 - 1/4 - 1/4) there, -g/2 at the other. */
            assert_true(fal_test_error_float(&first[c], &(double){0.5 * (double)dy[c]}, 1) < 1e-4);
            assert_true(fal_test_error_float(&second[c], &(double){-0.5 * (double)dy[c]}, 1) < 1e-4);
            assert_true(first[c + 4] == 0.0F && second[c + 4] == 0.0F);
        }
        fal_test_unit_destroy(&unit);
    }
}

/* A channel whose mean is a thousand times its spread: a variance by E[z^2] - E[z]^2 in float32 is lost. */
static void variance_survives_a_large_mean(void **state)
{
    (void)state;
    const unit_case which = {"large mean", {CONV3(8, 8, 64, 64)}, 4, false, false};
    const fal_cpu cpu = fal_test_cpu();
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = fal_kernels_number(number)) != NULL; number++) {
        if (!kernel->fits(&which.layer, &cpu)) {
            continue;
        }
        fal_test_unit unit;
        fal_test_truth truth;
        create_unit(&which, kernel, &unit);
        memset(unit.weight, 0, (size_t)64 * 64 * 9 * sizeof(float));
        for (int c = 0; c < 64; c++) {
            unit.weight[(c * 64 + c) * 9 + 4] = 1.0F; /* the centre tap: z = x */
        }
        for (size_t e = 0; e < (size_t)4 * 64 * 64; e++) {
            unit.images[e] += 300.0F;
        }
        fal_test_unit_load(&unit);
        fal_test_truth_create(&unit, fal_test_rounding_of(kernel), &truth);
        fal_test_unit_train(&unit);
        within(&which, kernel, "var", fal_test_worst(unit.var, truth.var, truth.var_error, 64));
        within(&which, kernel, "y", fal_test_map_worst(&unit.call.y, 4, truth.y, truth.y_error));
        fal_test_truth_destroy(&truth);
        fal_test_unit_destroy(&unit);
    }
}

static void same_floats(const float *a, const float *b, size_t count)
{
    if (a != NULL) {
        assert_memory_equal(a, b, count * sizeof *a);
    }
}

static void check_threads(const unit_case *which, const fal_conv_kernel *kernel)
{
    fal_test_unit units[3];
    const fal_layer *layer = &which->layer;
    const size_t n = (size_t)which->n, co = (size_t)layer->co;
    const size_t fan_in = (size_t)(layer->ci / layer->groups * layer->kernel * layer->kernel);
    for (int threads = 1; threads <= 3; threads++) {
        fal_test_unit *unit = &units[threads - 1];
        fal_parallel_set_threads(threads);
        create_unit(which, kernel, unit);
        fal_test_unit_train(unit);
        fal_test_unit_backward(unit);
        const fal_conv_call *call = &unit->call, *one = &units[0].call;
        same_floats(call->y.at, one->y.at, n * call->y.image);
        same_floats(call->dx.at, one->dx.at, n * call->dx.image);
        same_floats(call->dresidual.at, one->dresidual.at, n * call->dresidual.image);
        same_floats(call->dweight, one->dweight, co * fan_in);
        same_floats(call->dgamma, one->dgamma, co);
        same_floats(call->dbeta, one->dbeta, co);
        same_floats(unit->mean, units[0].mean, co);
        same_floats(unit->var, units[0].var, co);
    }
    for (int threads = 1; threads <= 3; threads++) {
        fal_test_unit_destroy(&units[threads - 1]);
    }
    fal_parallel_set_threads(1);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const fal_cpu cpu = fal_test_cpu();
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = fal_kernels_number(number)) != NULL; number++) {
        for (int i = 0; i < CASES; i++) {
            /* What units share needs one shape only. */
            if ((i == 4 || !is_plain(kernel)) && kernel->fits(&cases[i].layer, &cpu)) {
                check_threads(&cases[i], kernel);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_matches_the_truth),
        cmocka_unit_test(ties_go_to_the_first_pixel),
        cmocka_unit_test(variance_survives_a_large_mean),
        cmocka_unit_test(threads_do_not_change_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
