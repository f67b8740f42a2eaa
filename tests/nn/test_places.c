/* Inference of an image gives the same bits wherever it stands: at any place of a batch of any size, in any thread's
 * piece, with every instruction set. Strategies tell identical images apart by their index alone because of this. */
#include "unit.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/nn/net.h"

enum { IMAGES = 71, VALUES = 3, CLASSES = 7 };

typedef struct {
    const char *name;
    int side, channels, width;
} kind;

static const kind kinds[] = {{"cnn4conv", 32, 3, 16},
                             {"cnn4conv", 28, 1, 64},
                             {"cnn4conv", 19, 3, 8},
                             {"resnet10", 8, 3, 0},
                             {"mobilenet", 17, 1, 0}};

typedef struct {
    fal_model *model;
    float *params, *x, *logits, *embedding, *one_logits, *one_embedding;
    size_t image, d;
    int value[IMAGES];
} world;

/* Copies of a few images at random places. */
static void world_create(world *w, const kind *k)
{
    const fal_rng init = {.seed = 5, .purpose = FAL_RNG_MODEL_INIT};
    const fal_rng noise = {.seed = 6, .purpose = FAL_RNG_TEST}, places = {.seed = 7, .purpose = FAL_RNG_TEST};
    fal_model_shape shape = {.h = k->side, .w = k->side, .c = k->channels, .width = k->width, .classes = CLASSES};
    assert_true(strlen(k->name) < sizeof shape.architecture);
    strcpy(shape.architecture, k->name);
    assert_ok(fal_model_create(&shape, &w->model));
    w->image = (size_t)(k->side * k->side * k->channels);
    w->d = (size_t)fal_model_embedding(w->model);
    assert_ok(fal_alloc(&w->params, fal_model_size(w->model), sizeof(float), "test"));
    assert_ok(fal_alloc(&w->x, IMAGES * w->image, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->logits, (size_t)IMAGES * CLASSES, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->embedding, IMAGES * w->d, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->one_logits, (size_t)VALUES * CLASSES, sizeof(float), "test"));
    assert_ok(fal_alloc(&w->one_embedding, VALUES * w->d, sizeof(float), "test"));
    fal_model_init(w->model, &init, w->params);
    for (int i = 0; i < IMAGES; i++) {
        w->value[i] = i < VALUES ? i : (int)fal_rng_below(&places, (uint64_t)i, VALUES);
        for (size_t e = 0; e < w->image; e++) {
            w->x[(size_t)i * w->image + e] = (float)fal_rng_normal(&noise, (size_t)w->value[i] * w->image + e);
        }
    }
}

static void world_destroy(world *w)
{
    float *const arrays[] = {w->params, w->x, w->logits, w->embedding, w->one_logits, w->one_embedding};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        fal_free(arrays[i]);
    }
    fal_model_destroy(w->model);
}

static void check_places(world *w, const char *what, const fal_net_options *options)
{
    static const int sizes[] = {IMAGES, 18, 7};
    fal_net *net = NULL;
    fal_parallel_set_threads(1);
    assert_ok(fal_net_create(w->model, options, &net));
    for (size_t v = 0; v < VALUES; v++) {
        fal_net_infer(net, w->params, w->x + v * w->image, 1, w->one_logits + v * CLASSES, w->one_embedding + v * w->d);
    }
    fal_net_destroy(net);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const int first = IMAGES - sizes[s];
        fal_parallel_set_threads(1 + (int)s);
        assert_ok(fal_net_create(w->model, options, &net));
        fal_net_infer(net, w->params, w->x + (size_t)first * w->image, sizes[s], w->logits, w->embedding);
        for (int i = 0; i < sizes[s]; i++) {
            const size_t v = (size_t)w->value[first + i];
            if (memcmp(w->logits + i * CLASSES, w->one_logits + v * CLASSES, CLASSES * sizeof(float)) != 0 ||
                memcmp(w->embedding + (size_t)i * w->d, w->one_embedding + v * w->d, w->d * sizeof(float)) != 0) {
                fail_msg("%s, %s kernels: image %d of %d differs from its copy", what, fal_net_kernels(net), i,
                         sizes[s]);
            }
        }
        fal_net_destroy(net);
    }
    fal_parallel_set_threads(1);
}

static void copies_have_the_same_logits_and_embeddings(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        world w;
        world_create(&w, &kinds[k]);
        for (int s = 0; fal_test_set(s) != NULL; s++) {
            for (int pairs = 0; pairs < 2; pairs++) {
                const fal_net_options options = {.batch = 10, .training = pairs == 1, .kernels = FAL_KERNELS_FAST};
                fal_test_kernels(fal_test_set(s), pairs == 1 ? "1" : "0");
                check_places(&w, kinds[k].name, &options);
            }
        }
        const fal_net_options reference = {.kernels = FAL_KERNELS_REFERENCE};
        if (kinds[k].width == 8) {
            check_places(&w, kinds[k].name, &reference);
        }
        world_destroy(&w);
    }
    fal_test_kernels(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(copies_have_the_same_logits_and_embeddings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
