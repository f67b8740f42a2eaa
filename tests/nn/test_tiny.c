/* A tiny cnn4conv against float64 numbers that are committed (tests/fixtures/gen_nn.py): needs nothing from outside. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/nn/modelfile.h"
#include "fal/nn/net.h"

enum { N = 6, CLASSES = 3, WIDTH = 4, STEPS = 3, PIXELS = 16 * 16 };
/* Largest difference over largest value. Four layers of sums of 36 float32 products, each off by u sqrt(36) of its size
 * in 2.4 standard deviations (tests/support/unit_truth.c) and four times that at most; BN divides by the spread of
 * these sums, 24 values and more a channel, so that errors keep their share. Backward the same once more, and the
 * weights' gradients are sums of at most 6 x 256 products. */
static const double tolerance = 4.0 * 4.0 * (FLT_EPSILON / 2.0) * 6.0;

typedef struct {
    fal_h5 *file;
    fal_model *model;
    fal_net *net;
    float *params, *gradient;
    float x[N * PIXELS * 3];
    int32_t labels[N];
} tiny;

static double *read_doubles(const tiny *t, const char *path)
{
    fal_h5_shape shape = {0};
    double *values = NULL;
    assert_ok(fal_h5_read_new(t->file, path, &shape, (size_t)1 << 20, &values));
    assert_int_equal(shape.type, FAL_H5_DOUBLE);
    return values;
}

static void setup(tiny *t, fal_kernels kernels)
{
    const fal_model_shape shape = {
        .architecture = "cnn4conv", .h = 16, .w = 16, .c = 3, .classes = CLASSES, .width = WIDTH};
    const fal_net_options options = {.batch = N, .training = true, .kernels = kernels};
    const fal_h5_shape images = {.type = FAL_H5_FLOAT, .rank = 4, .dims = {N, 3, 16, 16}};
    const fal_h5_shape labels = {.type = FAL_H5_INT64, .rank = 1, .dims = {N}};
    static float planes[N * PIXELS * 3];
    int64_t wide[N];
    assert_ok(fal_h5_open(fal_test_fixture("nn_tiny.h5"), &t->file));
    assert_ok(fal_model_create(&shape, &t->model));
    assert_ok(fal_net_create(t->model, &options, &t->net));
    assert_ok(fal_alloc(&t->params, fal_model_size(t->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&t->gradient, fal_model_trained(t->model), sizeof(float), "test"));
    assert_ok(fal_modelfile_get(t->file, "/start", t->model, t->params));
    assert_ok(fal_h5_read(t->file, "/images", &images, planes));
    assert_ok(fal_h5_read(t->file, "/labels", &labels, wide));
    for (int e = 0; e < N * PIXELS * 3; e++) {
        t->x[e / (3 * PIXELS) * 3 * PIXELS + e % PIXELS * 3 + e / PIXELS % 3] = planes[e];
    }
    for (int k = 0; k < N; k++) {
        t->labels[k] = (int32_t)wide[k];
    }
}

static void teardown(tiny *t)
{
    fal_free(t->gradient);
    fal_free(t->params);
    fal_net_destroy(t->net);
    fal_model_destroy(t->model);
    fal_h5_close(t->file);
}

static void close_to(const tiny *t, const char *path, const float *values, size_t count, double floor)
{
    double *expected = read_doubles(t, path);
    double apart = 0.0;
    double largest = floor;
    for (size_t i = 0; i < count; i++) {
        const double difference = fabs((double)values[i] - expected[i]);
        apart = difference > apart || isnan(difference) ? difference : apart;
        largest = fmax(largest, fabs(expected[i]));
    }
    if (!(apart <= tolerance * largest)) {
        fail_msg("%s, %s kernels: off by %.2e of %.2e", path, fal_net_kernels(t->net), apart, largest);
    }
    fal_free(expected);
}

/* All tensors below a group: running statistics from the parameters, trained ones from `trained`. The gradient of a
 * convolution's bias is zero but for rounding, hence a floor. */
static void tensors_close_to(const tiny *t, const char *group, const float *trained)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(t->model, &count);
    for (int i = 0; i < count; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "/%s/%s", group, tensors[i].name);
        const float *values = tensors[i].trained ? trained : t->params;
        close_to(t, path, values + tensors[i].offset, tensors[i].count, 0.1);
    }
}

static void check(fal_kernels kernels)
{
    static tiny t;
    float logits[N * CLASSES];
    float embedding[N * WIDTH];
    double loss = 0.0;
    t = (tiny){0};
    setup(&t, kernels);
    const size_t trained = fal_model_trained(t.model);
    fal_net_infer(t.net, t.params, t.x, N, logits, embedding);
    close_to(&t, "/eval_logits", logits, sizeof logits / sizeof(float), 0.0);
    close_to(&t, "/eval_embedding", embedding, sizeof embedding / sizeof(float), 0.0);
    fal_net_train_forward(t.net, t.params, t.x, t.labels, N, logits, embedding, &loss);
    close_to(&t, "/train_logits", logits, sizeof logits / sizeof(float), 0.0);
    close_to(&t, "/train_embedding", embedding, sizeof embedding / sizeof(float), 0.0);
    assert_ok(fal_modelfile_get(t.file, "/start", t.model, t.params));
    fal_net_gradient(t.net, t.params, t.x, t.labels, N, t.gradient, &loss, NULL);
    const float rounded = (float)loss;
    close_to(&t, "/loss", &rounded, 1, 0.0);
    tensors_close_to(&t, "after_one_pass", t.gradient);
    assert_ok(fal_modelfile_get(t.file, "/start", t.model, t.params));
    float *velocity = NULL;
    assert_ok(fal_alloc(&velocity, trained, sizeof(float), "test"));
    for (int step = 0; step < STEPS; step++) {
        fal_net_gradient(t.net, t.params, t.x, t.labels, N, t.gradient, &loss, NULL);
        fal_sgd_step(t.params, t.gradient, velocity, trained, 0.01F, 0.9F, 1e-5F);
    }
    tensors_close_to(&t, "after_steps", t.params);
    fal_free(velocity);
    teardown(&t);
}

static void reference_kernels_match_float64(void **state)
{
    (void)state;
    check(FAL_KERNELS_REFERENCE);
}

static void fast_kernels_match_float64(void **state)
{
    (void)state;
    check(FAL_KERNELS_FAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_kernels_match_float64),
        cmocka_unit_test(fast_kernels_match_float64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
