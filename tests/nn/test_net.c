/* Whole nets: the same bits for any number of threads, an image's inference does not depend on its batch, ragged and
 * single-image batches, the batch of one value per channel, memory as planned, counting of hits. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/nn/net.h"

enum { N = 70, BATCH = 9 };

typedef struct {
    fal_model *model;
    float *params, *moved, *gradient, *x, *logits, *embedding;
    int32_t labels[N];
    size_t image, size;
} world;

static void world_create(world *w, int h, int c, int width)
{
    const fal_model_shape shape = {.architecture = "cnn4conv", .h = h, .w = h, .c = c, .classes = 4, .width = width};
    const fal_rng init = {.seed = 3, .purpose = FAL_RNG_MODEL_INIT};
    const fal_rng noise = {.seed = 4, .purpose = FAL_RNG_TEST};
    *w = (world){.image = (size_t)(h * h * c)};
    assert_ok(fal_model_create(&shape, &w->model));
    w->size = fal_model_size(w->model);
    assert_ok(fal_alloc(&w->params, w->size, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->moved, w->size, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->gradient, fal_model_trained(w->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&w->x, N * w->image, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->logits, (size_t)N * 4, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->embedding, (size_t)N * (size_t)fal_model_embedding(w->model), sizeof(float), "test"));
    fal_model_init(w->model, &init, w->params);
    for (size_t i = 0; i < N * w->image; i++) {
        w->x[i] = (float)fal_rng_normal(&noise, i);
    }
    for (int k = 0; k < N; k++) {
        w->labels[k] = k % 4;
    }
}

static void world_destroy(world *w)
{
    fal_free(w->embedding);
    fal_free(w->logits);
    fal_free(w->x);
    fal_free(w->gradient);
    fal_free(w->moved);
    fal_free(w->params);
    fal_model_destroy(w->model);
}

static fal_net *make_net(const world *w, bool training, fal_kernels kernels)
{
    const fal_net_options options = {.batch = BATCH, .training = training, .kernels = kernels};
    fal_net *net = NULL;
    assert_true(fal_net_bytes(w->model, &options) > w->size);
    assert_ok(fal_net_create(w->model, &options, &net));
    return net;
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    for (int kind = FAL_KERNELS_FAST; kind <= FAL_KERNELS_REFERENCE; kind++) {
        world w;
        float *first = NULL;
        float *logits = NULL;
        world_create(&w, 28, 1, kind == FAL_KERNELS_FAST ? 64 : 8);
        const size_t trained = fal_model_trained(w.model);
        assert_ok(fal_alloc(&first, trained, sizeof(float), "test"));
        assert_ok(fal_alloc(&logits, (size_t)N * 4, sizeof(float), "test"));
        for (int threads = 1; threads <= 3; threads++) {
            fal_parallel_set_threads(threads);
            fal_net *net = make_net(&w, true, (fal_kernels)kind);
            double loss = 0.0;
            memcpy(w.moved, w.params, w.size * sizeof(float));
            fal_net_gradient(net, w.moved, w.x, w.labels, BATCH, w.gradient, &loss, NULL);
            fal_net_gradient(net, w.moved, w.x, w.labels, 7, w.gradient, &loss, NULL);
            fal_net_infer(net, w.moved, w.x, N, w.logits, NULL);
            if (threads == 1) {
                memcpy(first, w.gradient, trained * sizeof(float));
                memcpy(logits, w.logits, (size_t)N * 4 * sizeof(float));
            }
            assert_memory_equal(first, w.gradient, trained * sizeof(float));
            assert_memory_equal(logits, w.logits, (size_t)N * 4 * sizeof(float));
            fal_net_destroy(net);
        }
        fal_parallel_set_threads(1);
        fal_free(logits);
        fal_free(first);
        world_destroy(&w);
    }
}

/* Evaluation is cut differently on different numbers of ranks: a logit must not feel it. */
static void inference_of_an_image_does_not_depend_on_its_batch(void **state)
{
    (void)state;
    const int widths[] = {64, 8, 64}, sizes[] = {32, 32, 28};
    for (int i = 0; i < 3; i++) {
        world w;
        world_create(&w, sizes[i], 3, widths[i]);
        fal_net *net = make_net(&w, false, FAL_KERNELS_FAST);
        fal_net *training = make_net(&w, true, FAL_KERNELS_FAST);
        const size_t d = (size_t)fal_model_embedding(w.model);
        float logits[4];
        float embedding[256];
        fal_net_infer(net, w.params, w.x, N, w.logits, w.embedding);
        for (int k = 0; k < N; k += 3) {
            fal_net_infer(k % 2 == 0 ? net : training, w.params, w.x + (size_t)k * w.image, 1, logits, embedding);
            assert_memory_equal(logits, w.logits + (size_t)k * 4, sizeof logits);
            assert_memory_equal(embedding, w.embedding + (size_t)k * d, d * sizeof(float));
        }
        fal_net_infer(training, w.params, w.x + 5 * w.image, N - 5, NULL, w.embedding);
        assert_memory_equal(embedding, w.embedding + (size_t)(69 - 5) * d, d * sizeof(float));
        fal_net_destroy(training);
        fal_net_destroy(net);
        world_destroy(&w);
    }
}

/* 16x16 images leave 2x2 values per channel before the last pooling; a batch of one image must work, and a net that
 * has seen a larger batch must not remember it. */
static void a_small_batch_after_a_large_one_is_as_if_alone(void **state)
{
    (void)state;
    world w;
    float *alone = NULL;
    double loss = 0.0;
    double loss_alone = 0.0;
    world_create(&w, 16, 3, 64);
    const size_t trained = fal_model_trained(w.model);
    assert_ok(fal_alloc(&alone, trained, sizeof(float), "test"));
    fal_net *fresh = make_net(&w, true, FAL_KERNELS_FAST);
    fal_net *used = make_net(&w, true, FAL_KERNELS_FAST);
    memcpy(w.moved, w.params, w.size * sizeof(float));
    fal_net_gradient(fresh, w.moved, w.x, w.labels, 1, alone, &loss_alone, NULL);
    fal_net_gradient(used, w.moved, w.x + w.image, w.labels, BATCH, w.gradient, &loss, NULL);
    fal_net_infer(used, w.params, w.x, 13, w.logits, NULL);
    memcpy(w.moved, w.params, w.size * sizeof(float));
    fal_net_gradient(used, w.moved, w.x, w.labels, 1, w.gradient, &loss, NULL);
    assert_true(loss == loss_alone && isfinite(loss));
    assert_memory_equal(alone, w.gradient, trained * sizeof(float));
    fal_net_destroy(used);
    fal_net_destroy(fresh);
    fal_free(alone);
    world_destroy(&w);
}

static void hits_are_counted(void **state)
{
    (void)state;
    world w;
    double loss = 0.0;
    int64_t correct = -1;
    int64_t expected = 0;
    world_create(&w, 16, 1, 8);
    fal_net *net = make_net(&w, true, FAL_KERNELS_REFERENCE);
    memcpy(w.moved, w.params, w.size * sizeof(float));
    fal_net_train_forward(net, w.moved, w.x, w.labels, BATCH, w.logits, NULL, &loss);
    double sum = 0.0;
    for (int k = 0; k < BATCH; k++) {
        expected += fal_logits_argmax(w.logits + (size_t)k * 4, 4) == w.labels[k];
        sum += fal_logits_loss(w.logits + (size_t)k * 4, 4, w.labels[k]);
    }
    assert_true(fabs(sum / BATCH - loss) < 1e-12);
    memcpy(w.moved, w.params, w.size * sizeof(float));
    fal_net_gradient(net, w.moved, w.x, w.labels, BATCH, w.gradient, &loss, &correct);
    assert_int_equal(correct, expected);
    assert_int_equal(fal_logits_argmax((const float[4]){1.0F, 3.0F, 3.0F, 2.0F}, 4), 1);
    fal_net_destroy(net);
    world_destroy(&w);
}

/* A NaN in the images or weights must come out, not be hidden by ReLU or pooling. */
static void nan_is_not_hidden(void **state)
{
    (void)state;
    for (int kind = FAL_KERNELS_FAST; kind <= FAL_KERNELS_REFERENCE; kind++) {
        world w;
        double loss = 0.0;
        world_create(&w, 32, 3, kind == FAL_KERNELS_FAST ? 64 : 8);
        fal_net *net = make_net(&w, true, (fal_kernels)kind);
        memcpy(w.moved, w.params, w.size * sizeof(float));
        w.moved[0] = NAN;
        fal_net_gradient(net, w.moved, w.x, w.labels, BATCH, w.gradient, &loss, NULL);
        assert_true(isnan(loss));
        fal_net_destroy(net);
        world_destroy(&w);
    }
}

static void sgd_is_pytorchs(void **state)
{
    (void)state;
    float w[3] = {1.0F, -2.0F, 0.5F};
    float v[3] = {0.0F, 0.0F, 0.0F};
    const float g[3] = {0.5F, 0.25F, 0.0F};
    fal_sgd_step(w, g, v, 3, 0.5F, 0.5F, 0.25F);
    assert_true(w[0] == 0.625F && w[1] == -1.875F && w[2] == 0.4375F);
    fal_sgd_step(w, g, v, 3, 0.5F, 0.5F, 0.0F);
    assert_true(v[0] == 0.875F && w[0] == 0.1875F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(inference_of_an_image_does_not_depend_on_its_batch),
        cmocka_unit_test(a_small_batch_after_a_large_one_is_as_if_alone),
        cmocka_unit_test(hits_are_counted),
        cmocka_unit_test(nan_is_not_hidden),
        cmocka_unit_test(sgd_is_pytorchs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
