/* Products in pairs (gemm/pairs.inc.h, winograd/pairs.inc.h) add rows to columns before they multiply, so both must be
 * of one size: rows of any size, gradients of any size, zeros. Every kernel of these convolutions must pass. */
#include "unit.h"

#include <math.h>
#include <string.h>

enum { CI = 64, CO = 64, SIDE = 8, PIXELS = SIDE * SIDE };

#define LAYER(side, around)                                                                                            \
    {                                                                                                                  \
        .kind = FAL_LAYER_CONV, .h = SIDE, .w = SIDE, .ci = CI, .co = CO, .kernel = side, .stride = 1, .pad = around,  \
        .groups = 1, .residual = -1                                                                                    \
    }
static const fal_layer layers[] = {LAYER(1, 0), LAYER(3, 1)};
enum { LAYERS = sizeof layers / sizeof layers[0] };

/** A layer and a kernel that fits it. */
typedef struct {
    int number; /* of the next to be tried */
    const fal_layer *layer;
    const fal_conv_kernel *kernel;
    size_t taps;
} pairing;

static bool next_pairing(pairing *at)
{
    const fal_cpu cpu = fal_test_cpu();
    do {
        at->layer = &layers[at->number % LAYERS];
        at->taps = (size_t)(at->layer->kernel * at->layer->kernel);
        at->kernel = fal_kernels_number(at->number++ / LAYERS);
    } while (at->kernel != NULL && !at->kernel->fits(at->layer, &cpu));
    return at->kernel != NULL;
}

/* Inference is the product alone: BN changes nothing. */
static void plain_norm(fal_test_unit *unit)
{
    for (int c = 0; c < CO; c++) {
        unit->gamma[c] = 1.0F;
        unit->beta[c] = unit->mean[c] = unit->bias[c] = 0.0F;
        unit->var[c] = 1.0F - (float)FAL_BN_EPS;
    }
}

static void kernels_in_pairs_are_among_those_tried(void **state)
{
    (void)state;
    const fal_cpu cpu = fal_test_cpu();
    int in_pairs[LAYERS] = {0};
    for (pairing at = {0}; next_pairing(&at);) {
        in_pairs[at.layer - layers] += strstr(at.kernel->name, "-pairs") != NULL;
    }
    assert_true(in_pairs[0] > 0 || strcmp(fal_test_best_set(&cpu, 0), "blas") == 0);
    assert_true(in_pairs[1] > 0 || strstr(fal_test_best_winograd(&cpu, 0), "-pairs") == NULL);
}

static void rows_of_any_size_are_equally_exact(void **state)
{
    (void)state;
    for (pairing at = {0}; next_pairing(&at);) {
        enum { IMAGES = 5 };
        fal_test_unit unit;
        fal_test_truth truth;
        fal_test_unit_create(&unit, at.layer, at.kernel, IMAGES, false);
        plain_norm(&unit);
        for (int e = 0; e < IMAGES * PIXELS * CI; e++) {
            unit.images[e] *= powf(10.0F, (float)(5 * (e / (PIXELS * CI)) - 10)); /* 1e-10 to 1e10 */
        }
        fal_test_unit_load(&unit);
        fal_test_truth_create(&unit, fal_test_rounding_of(at.kernel), &truth);
        fal_test_unit_infer(&unit);
        const double worst = fal_test_map_worst(&unit.call.y, IMAGES, truth.y_infer, truth.y_infer_error);
        if (!(worst <= FAL_TEST_DEVIATIONS)) {
            fail_msg("%s, %s: y is off by %.3g times what float32 may be off by", at.kernel->family, at.kernel->name,
                     worst);
        }
        fal_test_truth_destroy(&truth);
        fal_test_unit_destroy(&unit);
    }
}

/* The first image is black but for its last pixel, a filter is all zeros: exact zeros where they alone count. */
static void zeros_give_exact_zeros(void **state)
{
    (void)state;
    for (pairing at = {0}; next_pairing(&at);) {
        fal_test_unit unit;
        fal_test_unit_create(&unit, at.layer, at.kernel, 2, false);
        plain_norm(&unit);
        memset(unit.images, 0, (PIXELS - 1) * CI * sizeof(float));
        memset(unit.weight + 5 * CI * at.taps, 0, CI * at.taps * sizeof(float));
        fal_test_unit_load(&unit);
        fal_test_unit_infer(&unit);
        for (int p = 0; p < PIXELS; p++) {
            const float *black = fal_map_pixel(&unit.call.y, 0, p / SIDE, p % SIDE);
            const float *other = fal_map_pixel(&unit.call.y, 1, p / SIDE, p % SIDE);
            const bool far = p / SIDE < SIDE / 2 && p % SIDE < SIDE / 2; /* from the last pixel */
            for (int o = 0; o < CO; o++) {
                assert_true(black[o] == 0.0F || !far);
                assert_true((other[o] == 0.0F) == (o == 5));
            }
        }
        fal_test_unit_destroy(&unit);
    }
}

/* In training channels of x of any size, taken back by the weights. gemm's pairs know sizes of rows only. */
static void channels_of_any_size_are_equally_exact(void **state)
{
    (void)state;
    enum { IMAGES = 7 };
    for (pairing at = {0}; next_pairing(&at);) {
        if (strcmp(at.kernel->family, "pairs") == 0) {
            continue;
        }
        fal_test_unit unit;
        fal_test_truth truth;
        fal_test_unit_create(&unit, at.layer, at.kernel, IMAGES, false);
        for (int e = 0; e < IMAGES * PIXELS * CI; e++) {
            unit.images[e] *= powf(4.0F, (float)(e % CI % 7 - 3));
        }
        for (size_t e = 0; e < CO * CI * at.taps; e++) {
            unit.weight[e] *= powf(4.0F, (float)(3 - (int)(e / at.taps % CI % 7)));
        }
        fal_test_unit_load(&unit);
        fal_test_truth_create(&unit, fal_test_rounding_of(at.kernel), &truth);
        fal_test_unit_train(&unit);
        const double y = fal_test_map_worst(&unit.call.y, IMAGES, truth.y, truth.y_error);
        if (!(y <= FAL_TEST_DEVIATIONS)) {
            fail_msg("%s, %s: y is off by %.3g times what float32 may be off by", at.kernel->family, at.kernel->name,
                     y);
        }
        fal_test_truth_destroy(&truth);
        fal_test_unit_destroy(&unit);
    }
}

/* gemm's pairs bring dz to one size as a whole, so a channel of small gradients takes the rounding of large ones. */
static void even_out(const pairing *at, double *error)
{
    double most = 0.0;
    if (strcmp(at->kernel->family, "pairs") != 0) {
        return;
    }
    for (size_t e = 0; e < CI * CO * at->taps; e++) {
        most = fmax(most, error[e]);
    }
    for (size_t e = 0; e < CI * CO * at->taps; e++) {
        error[e] = most;
    }
}

static void gradients_of_any_size_are_equally_exact(void **state)
{
    (void)state;
    static const float sizes[] = {1e-12F, 1e-4F, 1e8F};
    for (pairing at = {0}; next_pairing(&at);) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            fal_test_unit unit;
            fal_test_truth truth;
            fal_test_unit_create(&unit, at.layer, at.kernel, 7, false);
            for (size_t e = 0; e < 7 * unit.call.dy.image; e++) {
                unit.call.dy.at[e] *= sizes[i];
            }
            for (size_t e = 0; e < 7 * unit.call.x.image; e++) {
                unit.call.x.at[e] *= 100.0F;
            }
            for (int e = 0; e < 7 * PIXELS * CI; e++) {
                unit.images[e] *= 100.0F;
            }
            fal_test_truth_create(&unit, fal_test_rounding_of(at.kernel), &truth);
            fal_test_unit_train(&unit);
            fal_test_unit_silence(&unit, &truth);
            fal_test_unit_backward(&unit);
            const double dx = fal_test_map_worst(&unit.call.dx, 7, truth.dx, truth.dx_error);
            even_out(&at, truth.dweight_error);
            const double dweight =
                fal_test_worst(unit.call.dweight, truth.dweight, truth.dweight_error, CI * CO * at.taps);
            if (!(dx <= FAL_TEST_DEVIATIONS && dweight <= FAL_TEST_DEVIATIONS)) {
                fail_msg("%s, %s: dx is off by %.3g, dweight by %.3g times what float32 may be off by",
                         at.kernel->family, at.kernel->name, dx, dweight);
            }
            fal_test_truth_destroy(&truth);
            fal_test_unit_destroy(&unit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_in_pairs_are_among_those_tried),
        cmocka_unit_test(rows_of_any_size_are_equally_exact),
        cmocka_unit_test(zeros_give_exact_zeros),
        cmocka_unit_test(channels_of_any_size_are_equally_exact),
        cmocka_unit_test(gradients_of_any_size_are_equally_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
