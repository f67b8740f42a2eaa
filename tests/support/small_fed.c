/* A small federated problem in memory for tests. */
#include "small_fed.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "fal/experiment/parameters.h"

enum { SIDE = 16, CHANNELS = 3, BYTES = SIDE * SIDE * CHANNELS };

/* A pattern per class (4x4 patches) and noise. */
static void make_image(uint64_t number, int label, uint8_t *image)
{
    const fal_rng pattern = {.seed = 5, .purpose = FAL_RNG_TEST, .client = (uint32_t)label};
    const fal_rng noise = {.seed = 6, .purpose = FAL_RNG_TEST, .client = (uint32_t)number};
    for (uint64_t i = 0; i < BYTES; i++) {
        const uint64_t patch = i / CHANNELS % SIDE / 4 + i / CHANNELS / SIDE / 4 * 4;
        const uint64_t level = fal_rng_below(&pattern, patch * CHANNELS + i % CHANNELS, 128);
        image[i] = (uint8_t)(level + fal_rng_below(&noise, i, 128));
    }
}

static fal_status make_dataset(fal_dataset *dataset, int64_t test_first, int64_t test_held)
{
    *dataset = (fal_dataset){.h = SIDE,
                             .w = SIDE,
                             .c = CHANNELS,
                             .classes = SMALL_CLASSES,
                             .n_train = SMALL_TRAIN,
                             .n_test = SMALL_TEST,
                             .mean = {0.5F, 0.5F, 0.5F},
                             .std = {0.25F, 0.25F, 0.25F},
                             .held = SMALL_TRAIN,
                             .test_first = test_first,
                             .test_held = test_held};
    FAL_TRY(fal_alloc(&dataset->train_images, SMALL_TRAIN, BYTES, "images"));
    FAL_TRY(fal_alloc(&dataset->test_images, (size_t)test_held, BYTES, "images"));
    FAL_TRY(fal_alloc(&dataset->train_labels, SMALL_TRAIN, sizeof(int16_t), "labels"));
    FAL_TRY(fal_alloc(&dataset->test_labels, SMALL_TEST, sizeof(int16_t), "labels"));
    FAL_TRY(fal_alloc(&dataset->row_of, SMALL_TRAIN, sizeof(int64_t), "rows"));
    for (int64_t i = 0; i < SMALL_TRAIN; i++) {
        dataset->train_labels[i] = (int16_t)(i * i % SMALL_CLASSES);
        dataset->row_of[i] = i;
        make_image((uint64_t)i, dataset->train_labels[i], dataset->train_images + i * BYTES);
    }
    for (int64_t i = 0; i < SMALL_TEST; i++) {
        dataset->test_labels[i] = (int16_t)(i % SMALL_CLASSES);
        if (i >= test_first && i < test_first + test_held) {
            make_image((uint64_t)(1000 + i), dataset->test_labels[i], dataset->test_images + (i - test_first) * BYTES);
        }
    }
    return FAL_OK;
}

fal_status small_fed_create(small_fed *small, int width, int64_t test_first, int64_t test_held)
{
    static const int64_t labelled[SMALL_CLIENTS] = {12, 0, 5, 16, 1, 20, 9};
    const fal_model_shape shape = {
        .architecture = "cnn4conv", .h = SIDE, .w = SIDE, .c = CHANNELS, .classes = SMALL_CLASSES, .width = width};
    int32_t client_of[SMALL_TRAIN];
    memset(small, 0, sizeof *small);
    small->train = (fal_train_settings){.seed = 3,
                                        .epochs = 2,
                                        .batch = 8,
                                        .momentum = 0.9,
                                        .weight_decay = 1e-5,
                                        .flip = true,
                                        .lr = 0.01,
                                        .lr_decay = 0.1,
                                        .lr_milestone = 0.75,
                                        .local_only_epochs = 20,
                                        .local_only_stop = 0.99,
                                        .local_only_steps_are_batches = true};
    FAL_TRY(fal_model_create(&shape, &small->model));
    FAL_TRY(make_dataset(&small->dataset, test_first, test_held));
    for (int i = 0; i < SMALL_TRAIN; i++) {
        client_of[i] = i % SMALL_CLIENTS;
    }
    for (int client = 0; client < SMALL_CLIENTS; client++) {
        int64_t chosen[SMALL_TRAIN];
        FAL_TRY(fal_pool_create(&small->pools[client], client_of, SMALL_TRAIN, client));
        small->labelled[client] =
            fal_pool_initial(&small->pools[client], 3, (uint32_t)client, labelled[client], chosen);
        fal_pool_label(&small->pools[client], chosen, small->labelled[client]);
    }
    return FAL_OK;
}

void small_fed_destroy(small_fed *small)
{
    for (int client = 0; client < SMALL_CLIENTS; client++) {
        fal_pool_destroy(&small->pools[client]);
    }
    fal_free(small->dataset.row_of);
    fal_free(small->dataset.test_labels);
    fal_free(small->dataset.train_labels);
    fal_free(small->dataset.test_images);
    fal_free(small->dataset.train_images);
    fal_model_destroy(small->model);
}

fal_status small_fed_params(const small_fed *small, float **params)
{
    const fal_rng rng = {.seed = 3, .purpose = FAL_RNG_MODEL_INIT};
    FAL_TRY(fal_alloc(params, fal_model_size(small->model), sizeof **params, "weights"));
    fal_model_init(small->model, &rng, *params);
    return FAL_OK;
}

fal_status small_fed_options(const char *name, const char *value, fal_params **params)
{
    FAL_TRY(fal_params_create(fal_parameters(), params));
    return name == NULL ? FAL_OK : fal_params_set(*params, name, value, FAL_SOURCE_FILE, "test");
}
