/* Winograd's matrices from the rule they follow, and the Winograd kernels over all small sizes and whole nets. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "fal/base/parallel.h"
#include "nn/kernels/winograd/points.h"

/* Double precision throughout: only rounding is left, of sums of some dozens of terms up to 10: a thousand times 2^-53
 * and more. A wrong constant is off by 1e-8 even if it is right to float32. */
static const double exact = 1e-12;

typedef struct {
    double a[6][4], b[6][6], g[6][3]; /* output, input, weight transform: one row per point */
} matrices;

/* p: the five finite points; the sixth row belongs to the infinite one. A tile with fewer outputs leaves out the last
 * finite points: their rows are zero, the weights' other rows stay, and what those lack, the product of (p - q) over
 * the points left out, is in b. */
static void derive(const double p[5], int outputs, matrices *m)
{
    memset(m, 0, sizeof *m);
    for (int i = 0; i < 6; i++) {
        double coefficients[6] = {1.0}; /* of the product of (x - q) over the other finite points */
        double norm = 1.0, left_out = 1.0;
        int degree = 0;
        for (int q = 0; q < 5; q++) {
            if (q == i) {
                continue;
            }
            norm *= i < 5 ? p[i] - p[q] : 1.0;
            if (q > outputs) {
                left_out *= i < 5 ? p[i] - p[q] : 1.0;
                continue;
            }
            degree++;
            for (int k = degree; k >= 0; k--) {
                coefficients[k] = (k > 0 ? coefficients[k - 1] : 0.0) - p[q] * coefficients[k];
            }
        }
        if (i > outputs && i < 5) {
            continue;
        }
        for (int k = 0; k < 6; k++) {
            m->b[i][k] = coefficients[k] * left_out;
        }
        for (int k = 0; k < outputs; k++) {
            m->a[i][k] = i < 5 ? pow(p[i], k) : (k == outputs - 1 ? 1.0 : 0.0);
        }
        for (int k = 0; k < 3; k++) {
            m->g[i][k] = i < 5 ? pow(p[i], k) / norm : (k == 2 ? 1.0 : 0.0);
        }
    }
}

static void constants_follow_from_the_points(void **state)
{
    (void)state;
    const double p[5] = {0.0, sqrt(0.5), -sqrt(0.5), sqrt(2.0), -sqrt(2.0)};
    matrices m;
    derive(p, 4, &m);
    /* Rows of b are {0, -a b^2, -b^2, a, 1} and the like; those of 0 and infinity {1, 0, -(a^2 + b^2), 0, 1}. */
    const double input[6][6] = {{1, 0, -WINO_SUM, 0, 1, 0},
                                {0, -WINO_A * WINO_B2, -WINO_B2, WINO_A, 1, 0},
                                {0, WINO_A * WINO_B2, -WINO_B2, -WINO_A, 1, 0},
                                {0, -WINO_B * WINO_A2, -WINO_A2, WINO_B, 1, 0},
                                {0, WINO_B * WINO_A2, -WINO_A2, -WINO_B, 1, 0},
                                {0, 1, 0, -WINO_SUM, 0, 1}};
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < 6; k++) {
            assert_true(fabs(m.b[i][k] - input[i][k]) < exact);
        }
    }
    assert_true(fabs(m.a[1][3] - WINO_A3) < exact && fabs(m.a[3][3] - WINO_B3) < exact);
    assert_true(fabs(m.g[0][0] - 1.0) < exact);
    assert_true(fabs(m.g[1][0] - WINO_GA) < exact && fabs(m.g[2][0] - WINO_GA) < exact);
    assert_true(fabs(m.g[3][0] - WINO_GB) < exact && fabs(m.g[4][0] - WINO_GB) < exact);
}

/* A' [(G w G') o (B' d B)] A is the correlation, for these points and for any others, and for smaller tiles. */
static void matrices_give_the_direct_correlation(void **state)
{
    (void)state;
    const double points[2][5] = {{0.0, sqrt(0.5), -sqrt(0.5), sqrt(2.0), -sqrt(2.0)}, {0.0, 1.0, -1.0, 2.0, -2.0}};
    const fal_rng rng = {.seed = 5, .purpose = FAL_RNG_TEST};
    double d[6][6], w[3][3];
    for (int e = 0; e < 36; e++) {
        d[e / 6][e % 6] = fal_rng_normal(&rng, (uint64_t)e);
        w[e % 9 / 3][e % 3] = fal_rng_normal(&rng, (uint64_t)(100 + e));
    }
    for (int which = 0; which < 6; which++) {
        const int outputs = 2 + which / 2;
        matrices m;
        derive(points[which % 2], outputs, &m);
        double y[4][4] = {{0}};
        for (int i = 0; i < 36; i++) {
            const int r = i / 6, s = i % 6;
            double u = 0.0, v = 0.0;
            for (int e = 0; e < 9; e++) {
                u += m.g[r][e / 3] * m.g[s][e % 3] * w[e / 3][e % 3];
            }
            for (int e = 0; e < 36; e++) {
                v += m.b[r][e / 6] * m.b[s][e % 6] * d[e / 6][e % 6];
            }
            for (int e = 0; e < 16; e++) {
                y[e / 4][e % 4] += m.a[r][e / 4] * m.a[s][e % 4] * u * v;
            }
        }
        for (int e = 0; e < 16; e++) {
            if (e / 4 >= outputs || e % 4 >= outputs) {
                continue;
            }
            double direct = 0.0;
            for (int t = 0; t < 9; t++) {
                direct += w[t / 3][t % 3] * d[e / 4 + t / 3][e % 4 + t % 3];
            }
            assert_true(fabs(direct - y[e / 4][e % 4]) < exact * 100);
        }
    }
}

/* By how much the transforms multiply the rounding of the products between them, against that of a plain sum of as many
 * products: of random inputs and weights each product has the size of its rows of both input transforms, and output k
 * takes it times to[i][k]; a plain sum has `terms` products of size 1. Both directions alike: the square. */
static double amplification(const double *to, int outputs, const double *left, int left_size, const double *right,
                            int right_size, int terms)
{
    double most = 0.0;
    for (int k = 0; k < outputs; k++) {
        double square = 0.0;
        for (int i = 0; i < 6; i++) {
            double a = 0.0, b = 0.0;
            for (int e = 0; e < left_size; e++) {
                a += left[i * left_size + e] * left[i * left_size + e];
            }
            for (int e = 0; e < right_size; e++) {
                b += right[i * right_size + e] * right[i * right_size + e];
            }
            square += to[i * outputs + k] * to[i * outputs + k] * a * b / terms;
        }
        most = fmax(most, square);
    }
    return most;
}

/* What the tests of kernels allow (unit.h) is what the matrices ask for, with tiles of every size. */
static void rounding_follows_from_the_matrices(void **state)
{
    (void)state;
    const double p[5] = {0.0, sqrt(0.5), -sqrt(0.5), sqrt(2.0), -sqrt(2.0)};
    const fal_test_rounding *allowed = &fal_test_roundings[FAL_TEST_WINOGRAD];
    double most[3] = {0.0};
    for (int outputs = 2; outputs <= 4; outputs++) {
        matrices m;
        derive(p, outputs, &m);
        const double *a = m.a[0], *b = m.b[0], *g = m.g[0];
        most[0] = fmax(most[0], amplification(a, 4, b, 6, g, 3, 3));
        most[1] = fmax(most[1], amplification(b, 6, a, 4, g, 3, 3));
        most[2] = fmax(most[2], amplification(g, 3, a, 4, b, 6, outputs));
    }
    const double ours[3] = {allowed->forward, allowed->data, allowed->weight};
    for (int i = 0; i < 3; i++) {
        assert_true(most[i] <= ours[i] && ours[i] < 1.02 * most[i]);
    }
}

static void check_size(const fal_conv_kernel *kernel, const fal_layer *layer, int n)
{
    static const char *const what[] = {"y", "dweight", "dx"};
    fal_test_unit unit;
    fal_test_truth truth;
    fal_test_unit_create(&unit, layer, kernel, n, false);
    fal_test_truth_create(&unit, fal_test_rounding_of(kernel), &truth);
    fal_test_unit_train(&unit);
    fal_test_unit_silence(&unit, &truth);
    fal_test_unit_backward(&unit);
    const size_t weights = (size_t)layer->co * (size_t)layer->ci * 9;
    const double worst[] = {fal_test_map_worst(&unit.call.y, n, truth.y, truth.y_error),
                            fal_test_worst(unit.call.dweight, truth.dweight, truth.dweight_error, weights),
                            unit.call.dx.at == NULL ? 0.0
                                                    : fal_test_map_worst(&unit.call.dx, n, truth.dx, truth.dx_error)};
    for (int i = 0; i < 3; i++) {
        if (!(worst[i] <= FAL_TEST_DEVIATIONS)) {
            fail_msg(
                "%s, %d x %d, %d -> %d channels, %s, %d images: %s is off by %.3g times what float32 may be off by",
                kernel->name, layer->h, layer->w, layer->ci, layer->co, layer->max_pool ? "pooled" : "not pooled", n,
                what[i], worst[i]);
        }
    }
    fal_test_truth_destroy(&truth);
    fal_test_unit_destroy(&unit);
}

static void every_size_from_3_to_33_matches_the_truth(void **state)
{
    (void)state;
    static const int channels[][2] = {{16, 16}, {32, 16}, {16, 48}, {1, 16}, {3, 64}};
    const fal_cpu cpu = fal_test_cpu();
    const fal_conv_kernel *kernel = NULL;
    for (int k = 0; (kernel = fal_kernels_number(k)) != NULL; k++) {
        if (!fal_test_rounding_of(kernel)->mixes) {
            continue; /* not Winograd's */
        }
        for (int size = 3; size <= 33; size += size < 12 ? 1 : size < 16 ? 2 : 5) {
            for (size_t c = 0; c < 2 * sizeof channels / sizeof channels[0]; c++) {
                const int *pair = channels[c / 2];
                const bool first = pair[0] < 16, pooled = c % 2 == 0;
                const fal_layer layer = {.h = size,
                                         .w = size + size % 3,
                                         .ci = pair[0],
                                         .co = pair[1],
                                         .kernel = 3,
                                         .stride = 1,
                                         .pad = 1,
                                         .groups = 1,
                                         .relu = pooled,
                                         .max_pool = pooled,
                                         .input = first ? -1 : 0,
                                         .residual = -1};
                if (kernel->reads_images == first && kernel->fits(&layer, &cpu)) {
                    check_size(kernel, &layer, size % 2 + 1);
                }
            }
        }
    }
}

typedef struct {
    float *params, *gradient, *logits;
    double loss;
    char kernels[16];
} outcome;

/* One training step and inference of cnn4conv, 64 channels, with this instruction set, products in pairs ("0", "1",
 * NULL: as the CPU has it) and number of threads. */
static void run_net(const char *isa, const char *pairs, int threads, int n, const fal_model_shape *shape, outcome *out)
{
    const fal_net_options options = {.batch = n, .training = true, .kernels = FAL_KERNELS_FAST};
    const fal_rng init = {.seed = 3, .purpose = FAL_RNG_MODEL_INIT}, noise = {.seed = 4, .purpose = FAL_RNG_TEST};
    const size_t values = (size_t)n * (size_t)(shape->h * shape->w * shape->c);
    fal_model *model = NULL;
    fal_net *net = NULL;
    float *x = NULL;
    int32_t *labels = NULL;
    fal_test_kernels(isa, pairs);
    fal_parallel_set_threads(threads);
    assert_ok(fal_model_create(shape, &model));
    assert_ok(fal_net_create(model, &options, &net));
    assert_ok(fal_alloc(&out->params, fal_model_size(model), sizeof(float), "test"));
    assert_ok(fal_alloc(&out->gradient, fal_model_trained(model), sizeof(float), "test"));
    assert_ok(fal_alloc(&out->logits, (size_t)n * 10, sizeof(float), "test"));
    assert_ok(fal_alloc(&x, values, sizeof(float), "test"));
    assert_ok(fal_alloc(&labels, (size_t)n, sizeof(int32_t), "test"));
    fal_model_init(model, &init, out->params);
    for (size_t i = 0; i < values; i++) {
        x[i] = (float)fal_rng_normal(&noise, i);
    }
    for (int k = 0; k < n; k++) {
        labels[k] = k % 10;
    }
    fal_net_gradient(net, out->params, x, labels, n, out->gradient, &out->loss, NULL);
    fal_net_infer(net, out->params, x, n, out->logits, NULL);
    (void)strncpy(out->kernels, fal_net_kernels(net), sizeof out->kernels - 1);
    fal_free(labels);
    fal_free(x);
    fal_net_destroy(net);
    fal_model_destroy(model);
    fal_parallel_set_threads(1);
    fal_test_kernels(NULL, NULL);
}

static void release(outcome *out)
{
    fal_free(out->params);
    fal_free(out->gradient);
    fal_free(out->logits);
}

static void a_step_has_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    static const int batches[] = {1, 7, 64};
    const fal_model_shape shape = {.architecture = "cnn4conv", .h = 28, .w = 28, .c = 1, .classes = 10, .width = 64};
    fal_model *model = NULL;
    assert_ok(fal_model_create(&shape, &model));
    const size_t size = fal_model_size(model) * sizeof(float), trained = fal_model_trained(model) * sizeof(float);
    for (int s = 0; fal_test_set(s) != NULL; s++) {
        for (int b = 0; b < 6; b++) {
            const char *pairs = b < 3 ? "0" : "1";
            const int n = batches[b % 3];
            outcome one = {0};
            run_net(fal_test_set(s), pairs, 1, n, &shape, &one);
            for (int threads = 2; threads <= 3; threads++) {
                outcome more = {0};
                run_net(fal_test_set(s), pairs, threads, n, &shape, &more);
                assert_memory_equal(&one.loss, &more.loss, sizeof one.loss);
                assert_memory_equal(one.params, more.params, size);
                assert_memory_equal(one.gradient, more.gradient, trained);
                assert_memory_equal(one.logits, more.logits, (size_t)n * 10 * sizeof(float));
                release(&more);
            }
            release(&one);
        }
    }
    fal_model_destroy(model);
}

static void the_environment_chooses_the_instruction_set(void **state)
{
    (void)state;
    const fal_model_shape shape = {.architecture = "cnn4conv", .h = 16, .w = 16, .c = 3, .classes = 10, .width = 16};
    fal_test_kernels("", NULL);
    const fal_cpu cpu = fal_kernels_cpu();
    for (int s = 0; fal_test_set(s) != NULL; s++) {
        outcome out = {0};
        run_net(fal_test_set(s), NULL, 1, 2, &shape, &out);
        assert_string_equal(out.kernels, fal_test_best_winograd(&cpu, s));
        release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_follow_from_the_points),
        cmocka_unit_test(matrices_give_the_direct_correlation),
        cmocka_unit_test(rounding_follows_from_the_matrices),
        cmocka_unit_test(every_size_from_3_to_33_matches_the_truth),
        cmocka_unit_test(a_step_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(the_environment_chooses_the_instruction_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
