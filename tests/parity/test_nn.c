/* Whole networks against PyTorch's float64 numbers: inference, training forward, loss, running statistics, gradients,
 * ten SGD steps, with the reference kernels and with the fast ones. Tolerances: the nn notes of FAL_REFERENCE, section
 * 5 (four times what PyTorch's own float32 misses; "transform" where kernels transform). Inputs of a ReLU in a
 * "natural" network are so near to 0 that any rounding, also of a BLAS's older kernels, may carry one across, which
 * changes gradients by a per cent or more: there every kernel has the tolerance that was measured with such noise. */
#include "nn_reference.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/nn/net.h"

enum { BATCHES = 3 };

typedef struct {
    const char *file, *group;
    fal_model_shape shape;
    int batches[BATCHES]; /* 0: none */
    double eval, train, loss, running;
    double gradient[2], sgd[2]; /* direct, transform; sgd 0: no run */
} network_case;

static const network_case cases[] = {
    {.file = "nn_cnn4conv_32x32x3.h5",
     .group = "",
     .shape = {.architecture = "cnn4conv", .h = 32, .w = 32, .c = 3, .classes = 10},
     .batches = {8, 5, 1},
     .eval = 3e-6,
     .train = 5e-6,
     .loss = 1e-6,
     .running = 1e-6,
     .gradient = {2e-5, 4e-5},
     .sgd = {6e-5, 6e-5}},
    {.file = "nn_cnn4conv_28x28x3.h5",
     .group = "",
     .shape = {.architecture = "cnn4conv", .h = 28, .w = 28, .c = 3, .classes = 10},
     .batches = {8, 5, 1},
     .eval = 2e-6,
     .train = 5e-6,
     .loss = 2e-6,
     .running = 1e-6,
     .gradient = {1e-5, 4e-5},
     .sgd = {7e-5, 8e-4}},
    {.file = "nn_cnn4conv_28x28x1.h5",
     .group = "",
     .shape = {.architecture = "cnn4conv", .h = 28, .w = 28, .c = 1, .classes = 10},
     .batches = {8, 5, 1},
     .eval = 2e-6,
     .train = 5e-6,
     .loss = 1e-6,
     .running = 1e-6,
     .gradient = {2e-5, 6e-5},
     .sgd = {6e-5, 3e-3}},
    {.file = "nn_resnet10.h5",
     .group = "/natural",
     .shape = {.architecture = "resnet10", .h = 32, .w = 32, .c = 3, .classes = 10},
     .batches = {4, 3},
     .eval = 2e-6,
     .train = 3e-6,
     .loss = 1e-6,
     .running = 1e-6,
     .gradient = {4e-2, 4e-2},
     .sgd = {0.0, 0.0}},
    {.file = "nn_resnet10.h5",
     .group = "/steady",
     .shape = {.architecture = "resnet10", .h = 32, .w = 32, .c = 3, .classes = 10},
     .batches = {3},
     .eval = 1e-6,
     .train = 1e-6,
     .loss = 1e-6,
     .running = 1e-6,
     .gradient = {2e-5, 9e-5},
     .sgd = {5e-4, 5e-4}},
    {.file = "nn_resnet18.h5",
     .group = "/natural",
     .shape = {.architecture = "resnet18", .h = 32, .w = 32, .c = 3, .classes = 10},
     .batches = {4, 3},
     .eval = 2e-6,
     .train = 6e-6,
     .loss = 1e-6,
     .running = 2e-6,
     .gradient = {1e-1, 1e-1},
     .sgd = {0.0, 0.0}},
    {.file = "nn_resnet18.h5",
     .group = "/steady",
     .shape = {.architecture = "resnet18", .h = 32, .w = 32, .c = 3, .classes = 10},
     .batches = {3},
     .eval = 1e-6,
     .train = 1e-6,
     .loss = 1e-6,
     .running = 1e-6,
     .gradient = {2e-5, 8e-5},
     .sgd = {2e-4, 2e-4}},
    {.file = "nn_mobilenet.h5",
     .group = "/natural",
     .shape = {.architecture = "mobilenet", .h = 32, .w = 32, .c = 3, .classes = 10},
     .batches = {8, 5},
     .eval = 3e-6,
     .train = 7e-5,
     .loss = 4e-6,
     .running = 5e-6,
     .gradient = {4e-1, 4e-1},
     .sgd = {0.0, 0.0}},
    {.file = "nn_mobilenet.h5",
     .group = "/steady",
     .shape = {.architecture = "mobilenet", .h = 32, .w = 32, .c = 3, .classes = 10},
     .batches = {4, 3},
     .eval = 2e-6,
     .train = 5e-6,
     .loss = 1e-6,
     .running = 1e-6,
     .gradient = {2e-4, 2e-3},
     .sgd = {2e-3, 2e-3}},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* One network at work on a case. */
typedef struct {
    const network_case *which;
    fal_test_network reference;
    fal_net *net;
    int sort; /* 0 direct, 1 transform kernels */
    float *params, *gradient, *logits, *embedding;
} bench;

static void bench_create(bench *b, const network_case *which, const char *path, fal_kernels kernels)
{
    *b = (bench){.which = which};
    const fal_net_options options = {.batch = 8, .training = true, .kernels = kernels};
    fal_test_network_open(&b->reference, path, which->group, &which->shape);
    const fal_model *model = b->reference.model;
    assert_ok(fal_net_create(model, &options, &b->net));
    const char *name = fal_net_kernels(b->net);
    b->sort = strcmp(name, "reference") != 0 && strcmp(name, "blas") != 0 && strcmp(name, "depthwise") != 0;
    assert_ok(fal_alloc(&b->params, fal_model_size(model), sizeof(float), "test"));
    assert_ok(fal_alloc(&b->gradient, fal_model_trained(model), sizeof(float), "test"));
    assert_ok(fal_alloc(&b->logits, (size_t)(8 * which->shape.classes), sizeof(float), "test"));
    assert_ok(fal_alloc(&b->embedding, (size_t)(8 * fal_model_embedding(model)), sizeof(float), "test"));
}

static void bench_destroy(bench *b)
{
    fal_free(b->embedding);
    fal_free(b->logits);
    fal_free(b->gradient);
    fal_free(b->params);
    fal_net_destroy(b->net);
    fal_test_network_close(&b->reference);
}

static void within(const bench *b, const char *group, const char *what, double error, double tolerance)
{
    if (!(error <= tolerance)) {
        fail_msg("%s%s %s, %s kernels: %s is off by %.2e, allowed %.2e", b->which->file, b->which->group, group,
                 fal_net_kernels(b->net), what, error, tolerance);
    }
}

static void close_to(const bench *b, const char *group, const char *what, const float *values, double tolerance)
{
    char path[128];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/%s", group, what);
    double *expected = fal_test_network_doubles(&b->reference, path, &count);
    within(b, group, what, fal_test_relative(values, expected, count), tolerance);
    fal_free(expected);
}

static void loss_close_to(const bench *b, const char *group, double loss, double expected, double tolerance)
{
    within(b, group, "loss", fabs(loss - expected) / fabs(expected), tolerance);
}

static void check_batch(bench *b, int size)
{
    char group[32];
    char path[64];
    int images = 0;
    size_t count = 0;
    double loss = 0.0;
    int32_t labels[8];
    const fal_test_network *reference = &b->reference;
    const size_t params = fal_model_size(reference->model) * sizeof(float);
    const fal_model_shape *shape = &b->which->shape;
    (void)snprintf(group, sizeof group, "batch%d", size);
    float *x = fal_test_network_images(reference, "images", &images);
    int64_t *all_labels = fal_test_network_integers(reference, "labels", &count);
    const int64_t first = fal_test_network_integer(reference, group, "first_image");
    for (int k = 0; k < size; k++) {
        labels[k] = (int32_t)all_labels[first + k];
    }
    const float *batch = x + (size_t)first * (size_t)(shape->h * shape->w * shape->c);
    memcpy(b->params, reference->start, params);
    fal_net_infer(b->net, b->params, batch, size, b->logits, b->embedding);
    assert_memory_equal(b->params, reference->start, params);
    close_to(b, group, "eval_logits", b->logits, b->which->eval);
    close_to(b, group, "eval_embedding", b->embedding, b->which->eval);
    fal_net_train_forward(b->net, b->params, batch, labels, size, b->logits, b->embedding, &loss);
    close_to(b, group, "train_logits", b->logits, b->which->train);
    close_to(b, group, "train_embedding", b->embedding, b->which->train);
    memcpy(b->params, reference->start, params);
    fal_net_gradient(b->net, b->params, batch, labels, size, b->gradient, &loss, NULL);
    (void)snprintf(path, sizeof path, "%s/loss", group);
    double *expected_loss = fal_test_network_doubles(reference, path, &count);
    loss_close_to(b, group, loss, expected_loss[0], b->which->loss);
    (void)snprintf(path, sizeof path, "%s/running", group);
    within(b, group, "running statistics", fal_test_network_running_error(reference, path, b->params),
           b->which->running);
    (void)snprintf(path, sizeof path, "%s/gradient", group);
    within(b, group, "gradient", fal_test_network_error(reference, path, FAL_TEST_TRAINED, b->gradient, NULL),
           b->which->gradient[b->sort]);
    fal_free(expected_loss);
    fal_free(all_labels);
    fal_free(x);
}

static void check_sgd(bench *b)
{
    int images = 0;
    size_t count = 0;
    size_t places = 0;
    const fal_test_network *reference = &b->reference;
    const fal_model_shape *shape = &b->which->shape;
    const size_t image = (size_t)(shape->h * shape->w * shape->c);
    const size_t trained = fal_model_trained(reference->model);
    const double tolerance = b->which->sgd[b->sort];
    float *x = fal_test_network_images(reference, "sgd/images", &images);
    int64_t *labels = fal_test_network_integers(reference, "sgd/labels", &count);
    int64_t *batches = fal_test_network_integers(reference, "sgd/batches", &places);
    double *losses = fal_test_network_doubles(reference, "sgd/loss", &count);
    const size_t batch = places / count;
    float *batch_x = NULL;
    float *velocity = NULL;
    assert_in_range(batch, 1, 8);
    assert_ok(fal_alloc(&batch_x, batch * image, sizeof(float), "test"));
    assert_ok(fal_alloc(&velocity, trained, sizeof(float), "test"));
    memcpy(b->params, reference->start, fal_model_size(reference->model) * sizeof(float));
    for (size_t step = 0; step < count; step++) {
        int32_t batch_labels[8] = {0};
        double loss = 0.0;
        int n = 0;
        for (size_t place = 0; place < batch; place++) {
            const int64_t row = batches[step * batch + place];
            if (row >= 0) {
                memcpy(batch_x + (size_t)n * image, x + (size_t)row * image, image * sizeof(float));
                batch_labels[n++] = (int32_t)labels[row];
            }
        }
        fal_net_gradient(b->net, b->params, batch_x, batch_labels, n, b->gradient, &loss, NULL);
        loss_close_to(b, "sgd", loss, losses[step], tolerance);
        fal_sgd_step(b->params, b->gradient, velocity, trained, 0.01F, 0.9F, 1e-5F);
    }
    within(b, "sgd", "update",
           fal_test_network_error(reference, "sgd/after", FAL_TEST_ALL, b->params, reference->start), tolerance);
    fal_free(velocity);
    fal_free(batch_x);
    fal_free(losses);
    fal_free(batches);
    fal_free(labels);
    fal_free(x);
}

static void check_case(const network_case *which, const char *path, fal_kernels kernels)
{
    bench b;
    bench_create(&b, which, path, kernels);
    for (int i = 0; i < BATCHES && which->batches[i] > 0; i++) {
        check_batch(&b, which->batches[i]);
    }
    if (which->sgd[0] > 0.0) {
        check_sgd(&b);
    }
    bench_destroy(&b);
}

static void check_architecture(const char *architecture, fal_kernels kernels)
{
    for (int i = 0; i < CASES; i++) {
        if (strcmp(cases[i].shape.architecture, architecture) != 0) {
            continue;
        }
        const char *path = fal_test_reference(cases[i].file);
        if (path == NULL) {
            skip();
        }
        check_case(&cases[i], path, kernels);
    }
}

/* The generator is what makes start values that no file holds. */
static void generator_makes_the_stored_values(void **state)
{
    (void)state;
    const char *path = fal_test_reference("nn_cnn4conv_32x32x3.h5");
    if (path == NULL) {
        skip();
    }
    int count = 0;
    int images = 0;
    fal_test_network reference;
    fal_test_network_open(&reference, path, "", &cases[0].shape);
    const fal_tensor *tensors = fal_model_tensors(reference.model, &count);
    for (int t = 0; t < count; t++) {
        char name[128];
        float *stored = NULL;
        fal_h5_shape shape = {0};
        (void)snprintf(name, sizeof name, "/start/%s", tensors[t].name);
        assert_ok(fal_h5_read_new(reference.file, name, &shape, (size_t)1 << 24, &stored));
        assert_int_equal(fal_h5_elements(&shape), tensors[t].count);
        assert_memory_equal(stored, reference.start + tensors[t].offset, tensors[t].count * sizeof(float));
        fal_free(stored);
    }
    float *x = fal_test_network_images(&reference, "images", &images);
    const uint64_t stream = (uint64_t)fal_test_network_integer(&reference, "batch8", "generator_id");
    const float second_pixel = fal_test_generator_value(reference.seed, stream, 1, 1, 0.0F, 0);
    assert_true(x[3] == second_pixel);
    fal_free(x);
    fal_test_network_close(&reference);
}

static void cnn4conv_reference_kernels(void **state)
{
    (void)state;
    check_architecture("cnn4conv", FAL_KERNELS_REFERENCE);
}

static void cnn4conv_fast_kernels(void **state)
{
    (void)state;
    check_architecture("cnn4conv", FAL_KERNELS_FAST);
}

/* The larger networks: with the fast kernels; their reference kernels would take minutes and are checked layer by
 * layer in tests/nn/test_kernels.c. */
static void resnet10_fast_kernels(void **state)
{
    (void)state;
    check_architecture("resnet10", FAL_KERNELS_FAST);
}

static void resnet18_fast_kernels(void **state)
{
    (void)state;
    check_architecture("resnet18", FAL_KERNELS_FAST);
}

static void mobilenet_fast_kernels(void **state)
{
    (void)state;
    check_architecture("mobilenet", FAL_KERNELS_FAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_makes_the_stored_values),
        cmocka_unit_test(cnn4conv_reference_kernels),
        cmocka_unit_test(cnn4conv_fast_kernels),
        cmocka_unit_test(resnet10_fast_kernels),
        cmocka_unit_test(resnet18_fast_kernels),
        cmocka_unit_test(mobilenet_fast_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
