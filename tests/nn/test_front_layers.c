/* The first layers of an inference net with large maps see a few images at a time: which layers, and that nothing
 * depends on it. */
#include "unit.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/nn/net.h"
#include "nn/front_layers.h"

enum { CLASSES = 10, IMAGES = 19, SIDE = 32, IMAGE = SIDE * SIDE * 3 };

static fal_model *model_of(const char *architecture)
{
    fal_model *model = NULL;
    fal_model_shape shape = {.h = SIDE, .w = SIDE, .c = 3, .width = 64, .classes = CLASSES};
    assert_true(strlen(architecture) < sizeof shape.architecture);
    strcpy(shape.architecture, architecture);
    assert_ok(fal_model_create(&shape, &model));
    return model;
}

static void layers_end_behind_the_last_large_map(void **state)
{
    (void)state;
    bool all[FAL_MODEL_LAYERS_MAX];
    memset(all, true, sizeof all);
    int at_once = 0;
    fal_model *model = model_of("mobilenet");
    /* The stem and blocks 1 to 3 make 32x32 and 16x16 maps; the depthwise layer of block 4 reads the last of them. */
    assert_int_equal(fal_front_layers_plan(model, all, 64, 1, &at_once), 8);
    assert_int_equal(at_once, 8);
    assert_int_equal(fal_front_layers_plan(model, all, 64, 4, &at_once), 8);
    assert_int_equal(at_once, 32);
    all[5] = false; /* the fifth layer is the last that may */
    assert_int_equal(fal_front_layers_plan(model, all, 64, 1, &at_once), 4);
    all[0] = false;
    assert_int_equal(fal_front_layers_plan(model, all, 64, 1, &at_once), 0);
    assert_int_equal(at_once, 64);
    fal_model_destroy(model);
}

static void residuals_keep_layers_together(void **state)
{
    (void)state;
    bool all[FAL_MODEL_LAYERS_MAX];
    memset(all, true, sizeof all);
    int at_once = 0, count = 0;
    fal_model *model = model_of("resnet18");
    const fal_layer *layers = fal_model_layers(model, &count);
    const int front = fal_front_layers_plan(model, all, 64, 1, &at_once);
    for (int l = front; l < count; l++) {
        assert_true(layers[l].input >= front - 1);
        assert_true(layers[l].residual < 0 || layers[l].residual >= front - 1);
    }
    assert_in_range(at_once, 1, 64);
    fal_model_destroy(model);
}

/* Logits of images x, `at_once` in a call. */
static void infer(const fal_model *model, const float *params, const float *x, int at_once, float *logits)
{
    fal_net *net = NULL;
    const fal_net_options options = {.kernels = FAL_KERNELS_FAST};
    assert_ok(fal_net_create(model, &options, &net));
    for (int first = 0; first < IMAGES; first += at_once) {
        const int n = IMAGES - first < at_once ? IMAGES - first : at_once;
        fal_net_infer(net, params, x + (size_t)first * IMAGE, n, logits + (size_t)first * CLASSES, NULL);
    }
    fal_net_destroy(net);
}

static void the_batch_does_not_change_a_bit(void **state)
{
    (void)state;
    fal_model *model = model_of("mobilenet");
    float *params = NULL, *x = NULL;
    static float one[IMAGES * CLASSES], all[IMAGES * CLASSES];
    const fal_rng init = {.seed = 7, .purpose = FAL_RNG_MODEL_INIT}, noise = {.seed = 7, .purpose = FAL_RNG_TEST};
    assert_ok(fal_alloc(&params, fal_model_size(model), sizeof *params, "test"));
    assert_ok(fal_alloc(&x, (size_t)IMAGES * IMAGE, sizeof *x, "test"));
    fal_model_init(model, &init, params);
    for (size_t e = 0; e < (size_t)IMAGES * IMAGE; e++) {
        x[e] = (float)fal_rng_normal(&noise, e);
    }
    for (int s = 0; fal_test_set(s) != NULL; s++) {
        fal_test_kernels(fal_test_set(s), NULL);
        infer(model, params, x, 1, one);
        for (int threads = 1; threads <= 3; threads++) {
            fal_parallel_set_threads(threads);
            infer(model, params, x, IMAGES, all);
            assert_memory_equal(one, all, sizeof all);
        }
        fal_parallel_set_threads(1);
    }
    fal_test_kernels(NULL, NULL);
    fal_free(x);
    fal_free(params);
    fal_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_end_behind_the_last_large_map),
        cmocka_unit_test(residuals_keep_layers_together),
        cmocka_unit_test(the_batch_does_not_change_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
