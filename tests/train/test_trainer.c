/* A client's local training, the local-only model, schedules. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "small_fed.h"
#include "train/trainer_internal.h"

static small_fed small;
static fal_trainer *trainer;
static float *params, *other;
static size_t bytes;

static int set_up(void **state)
{
    (void)state;
    assert_ok(small_fed_create(&small, 8, 0, SMALL_TEST));
    assert_ok(fal_trainer_create(small.model, &small.dataset, &small.train, FAL_KERNELS_FAST, &trainer));
    assert_ok(small_fed_params(&small, &params));
    assert_ok(small_fed_params(&small, &other));
    bytes = fal_model_size(small.model) * sizeof *params;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fal_free(other);
    fal_free(params);
    fal_trainer_destroy(trainer);
    trainer = NULL;
    small_fed_destroy(&small);
    return 0;
}

static void learning_rate_drops_after_the_milestone(void **state)
{
    (void)state;
    /* algorithms.md section 3: 0.01 for t <= 75 of 100, i.e. 76 rounds. */
    assert_true(fal_fed_learning_rate(&small.train, 0, 100) == 0.01);
    assert_true(fal_fed_learning_rate(&small.train, 75, 100) == 0.01);
    assert_true(fal_fed_learning_rate(&small.train, 76, 100) == 0.01 * 0.1);
    fal_train_settings settings = small.train;
    settings.lr_milestone = 0.29; /* 0.29 * 100 is 28.999... in double */
    assert_true(fal_fed_learning_rate(&settings, 29, 100) == 0.01);
    assert_true(fal_fed_learning_rate(&settings, 30, 100) == 0.01 * 0.1);
}

static void training_is_a_function_of_its_address(void **state)
{
    (void)state;
    fal_local_outcome a;
    fal_local_outcome b;
    assert_ok(fal_client_train(trainer, &small.pools[0], 0, 1, 2, 0.01, NULL, params, &a));
    /* Something else in between, which leaves momentum and batches behind. */
    memcpy(other, params, bytes);
    assert_ok(fal_client_train(trainer, &small.pools[3], 3, 1, 2, 0.01, NULL, other, &b));
    float *again = NULL;
    assert_ok(small_fed_params(&small, &again));
    assert_ok(fal_client_train(trainer, &small.pools[0], 0, 1, 2, 0.01, NULL, again, &b));
    assert_memory_equal(params, again, bytes);
    assert_true(a.loss == b.loss);
    assert_int_equal(a.steps, 2 * 2); /* 12 images, batches of 8, 2 epochs */
    fal_free(again);
    /* Another FL round draws other orders and flips. */
    assert_ok(small_fed_params(&small, &again));
    assert_ok(fal_client_train(trainer, &small.pools[0], 0, 1, 3, 0.01, NULL, again, &b));
    assert_true(memcmp(params, again, bytes) != 0);
    fal_free(again);
}

static void client_without_labels_does_not_train(void **state)
{
    (void)state;
    fal_local_outcome outcome;
    assert_int_equal(small.labelled[1], 0);
    assert_ok(fal_client_train(trainer, &small.pools[1], 1, 1, 0, 0.01, NULL, params, &outcome));
    assert_memory_equal(params, other, bytes);
    assert_true(isnan(outcome.loss));
    assert_int_equal(outcome.steps, 0);
    int epochs = -1;
    double accuracy = 0;
    assert_ok(fal_client_train_local_only(trainer, &small.pools[1], 1, 1, NULL, params, &epochs, &accuracy));
    assert_int_equal(epochs, 0);
    assert_true(isnan(accuracy));
}

static const fal_tensor *tensor_of(bool trained)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(small.model, &count);
    while (tensors->trained != trained) {
        tensors++;
    }
    return tensors;
}

static void values_that_are_not_finite_are_named(void **state)
{
    (void)state;
    fal_local_outcome outcome;
    char message[FAL_MESSAGE_MAX];
    int epochs = 0;
    double accuracy = 0;
    params[tensor_of(true)->offset] = NAN;
    (void)snprintf(message, sizeof message,
                   "client 5, AL round 2, FL round 9: the weights of %s are no longer finite: use a smaller --lr",
                   tensor_of(true)->name);
    assert_fails(fal_client_train(trainer, &small.pools[5], 5, 2, 8, 0.01, NULL, params, &outcome), FAL_ERR_NUMERIC,
                 message);
    other[tensor_of(true)->offset] = NAN;
    (void)snprintf(message, sizeof message,
                   "client 5, local-only model, AL round 2, before FL round 1: the weights of %s are no longer finite",
                   tensor_of(true)->name);
    assert_fails(fal_client_train_local_only(trainer, &small.pools[5], 5, 2, other, params, &epochs, &accuracy),
                 FAL_ERR_NUMERIC, message);
}

/* Nothing in training reads running statistics, so no loss tells of them. */
static void batch_statistics_that_are_not_finite_are_named(void **state)
{
    (void)state;
    fal_local_outcome outcome;
    char message[FAL_MESSAGE_MAX];
    params[tensor_of(false)->offset] = INFINITY;
    (void)snprintf(message, sizeof message,
                   "client 5, AL round 2, FL round 9: the batch statistics %s are no longer finite: use a smaller --lr",
                   tensor_of(false)->name);
    assert_fails(fal_client_train(trainer, &small.pools[5], 5, 2, 8, 0.01, NULL, params, &outcome), FAL_ERR_NUMERIC,
                 message);
}

/* A step of 1e38 overflows at once, whatever it is that does so first. */
static void a_step_that_overflows_names_client_and_rounds(void **state)
{
    (void)state;
    fal_local_outcome outcome;
    assert_fails(fal_client_train(trainer, &small.pools[5], 5, 2, 8, 1e38, NULL, params, &outcome), FAL_ERR_NUMERIC,
                 "client 5, AL round 2, FL round 9: the ");
}

/* Fresh weights have a loss of about ln 5. */
static void losses_above_the_bound_are_divergence(void **state)
{
    (void)state;
    fal_local_outcome outcome;
    int epochs = 0;
    double accuracy = 0;
    trainer->settings.loss_bound = 5;
    assert_ok(fal_client_train(trainer, &small.pools[5], 5, 2, 8, 0.01, NULL, params, &outcome));
    trainer->settings.loss_bound = 1e-3;
    assert_fails(fal_client_train(trainer, &small.pools[5], 5, 2, 8, 0.01, NULL, params, &outcome), FAL_ERR_NUMERIC,
                 "client 5, AL round 2, FL round 9: the training loss ");
    assert_fails(fal_client_train_local_only(trainer, &small.pools[5], 5, 2, NULL, params, &epochs, &accuracy),
                 FAL_ERR_NUMERIC, "client 5, local-only model, AL round 2, before FL round 1: the training loss ");
    assert_ok(fal_trainer_check_loss(trainer, "evaluation", true, NAN, params));
    assert_fails(fal_trainer_check_loss(trainer, "evaluation", true, INFINITY, params), FAL_ERR_NUMERIC,
                 "evaluation: the test loss inf is above 1e-06 x ln 5");
    trainer->settings.loss_bound = 0;
    assert_ok(fal_trainer_check_loss(trainer, "evaluation", true, 1e300, params));
}

static void local_only_model_learns_and_stops(void **state)
{
    (void)state;
    int epochs = 0;
    double accuracy = 0;
    assert_ok(fal_client_train_local_only(trainer, &small.pools[5], 5, 2, NULL, params, &epochs, &accuracy));
    assert_true(accuracy >= 0.99 || epochs == small.train.local_only_epochs);
    double again = 0;
    assert_int_equal(fal_trainer_accuracy(trainer, params, small.pools[5].labelled, 20, NULL, &again), FAL_OK);
    assert_true(accuracy == again);
    /* One epoch less has not reached the accuracy yet. */
    assert_in_range(epochs, 2, small.train.local_only_epochs);
    trainer->settings.local_only_epochs = epochs - 1;
    int fewer = 0;
    assert_ok(fal_client_train_local_only(trainer, &small.pools[5], 5, 2, NULL, other, &fewer, &accuracy));
    assert_int_equal(fewer, epochs - 1);
    assert_true(accuracy < 0.99);
}

static void local_only_models_of_a_round_start_alike(void **state)
{
    (void)state;
    int epochs = 0;
    double accuracy = 0;
    trainer->settings.local_only_epochs = 0;
    assert_ok(fal_client_train_local_only(trainer, &small.pools[0], 0, 2, NULL, params, &epochs, &accuracy));
    assert_ok(fal_client_train_local_only(trainer, &small.pools[5], 5, 2, NULL, other, &epochs, &accuracy));
    assert_memory_equal(params, other, bytes);
    assert_ok(fal_client_train_local_only(trainer, &small.pools[5], 5, 3, NULL, other, &epochs, &accuracy));
    assert_true(memcmp(params, other, bytes) != 0);
    /* "Finetuned" starts from what it is given, and leaves that alone. */
    assert_ok(fal_client_train_local_only(trainer, &small.pools[5], 5, 3, params, other, &epochs, &accuracy));
    assert_memory_equal(params, other, bytes);
}

/* The learning rate drops to 0 at the milestone: from there on the trained weights stand still. */
static void local_only_milestone_counts_steps_or_epochs(void **state)
{
    (void)state;
    const size_t trained = fal_model_trained(small.model) * sizeof(float);
    int epochs = 0;
    double accuracy = 0;
    trainer->settings.lr_decay = 0;
    trainer->settings.local_only_stop = 2; /* never */
    trainer->settings.local_only_epochs = 6;
    trainer->settings.lr_milestone = 0.5; /* 3 */
    /* Client 3 has 16 images: 2 steps per epoch. Step 3 is in the second epoch, so 2 and 6 epochs end alike. */
    assert_ok(fal_client_train_local_only(trainer, &small.pools[3], 3, 1, NULL, params, &epochs, &accuracy));
    trainer->settings.local_only_epochs = 7; /* still floor(0.5 * 7) = 3 */
    assert_ok(fal_client_train_local_only(trainer, &small.pools[3], 3, 1, NULL, other, &epochs, &accuracy));
    assert_memory_equal(params, other, trained);
    float *one = NULL;
    assert_ok(small_fed_params(&small, &one));
    trainer->settings.local_only_epochs = 2;
    trainer->settings.lr_milestone = 1.5; /* 3 */
    assert_ok(fal_client_train_local_only(trainer, &small.pools[3], 3, 1, NULL, one, &epochs, &accuracy));
    assert_memory_equal(params, one, trained);
    trainer->settings.lr_milestone = 1; /* 2: one step less */
    assert_ok(fal_client_train_local_only(trainer, &small.pools[3], 3, 1, NULL, one, &epochs, &accuracy));
    assert_true(memcmp(params, one, trained) != 0);
    /* Counted in epochs, 3 epochs train. */
    trainer->settings.local_only_steps_are_batches = false;
    trainer->settings.local_only_epochs = 6;
    trainer->settings.lr_milestone = 0.5;
    assert_ok(fal_client_train_local_only(trainer, &small.pools[3], 3, 1, NULL, other, &epochs, &accuracy));
    assert_true(memcmp(params, other, trained) != 0);
    trainer->settings.local_only_epochs = 3;
    trainer->settings.lr_milestone = 1;
    assert_ok(fal_client_train_local_only(trainer, &small.pools[3], 3, 1, NULL, one, &epochs, &accuracy));
    assert_memory_equal(one, other, trained);
    fal_free(one);
}

static void stop_test_flips_only_when_asked(void **state)
{
    (void)state;
    const fal_rng flips = {.seed = 3, .purpose = FAL_RNG_LOCAL_STOP_AUGMENT, .al_round = 2, .client = 5};
    /* The filled batch itself shows it: half of the images, about, are mirrored. */
    const size_t image = trainer->pixels;
    float *plain = NULL;
    int mirrored = 0;
    assert_ok(fal_alloc(&plain, 20 * image, sizeof *plain, "images"));
    fal_trainer_fill(trainer, small.pools[5].labelled, NULL, NULL, 0, 20);
    memcpy(plain, trainer->x, 20 * image * sizeof *plain);
    fal_trainer_fill(trainer, small.pools[5].labelled, NULL, &flips, 0, 20);
    for (size_t i = 0; i < 20; i++) {
        mirrored += memcmp(plain + i * image, trainer->x + i * image, image * sizeof *plain) != 0;
    }
    assert_in_range(mirrored, 3, 17);
    /* Filled in two parts, the flips are those of the positions. */
    memcpy(plain, trainer->x, 20 * image * sizeof *plain);
    fal_trainer_fill(trainer, small.pools[5].labelled + 8, NULL, &flips, 8, 12);
    assert_memory_equal(plain + 8 * image, trainer->x, 12 * image * sizeof *plain);
    fal_free(plain);
}

#define TEST_WITH_TRAINER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH_TRAINER(learning_rate_drops_after_the_milestone),
        TEST_WITH_TRAINER(training_is_a_function_of_its_address),
        TEST_WITH_TRAINER(client_without_labels_does_not_train),
        TEST_WITH_TRAINER(values_that_are_not_finite_are_named),
        TEST_WITH_TRAINER(batch_statistics_that_are_not_finite_are_named),
        TEST_WITH_TRAINER(a_step_that_overflows_names_client_and_rounds),
        TEST_WITH_TRAINER(losses_above_the_bound_are_divergence),
        TEST_WITH_TRAINER(local_only_model_learns_and_stops),
        TEST_WITH_TRAINER(local_only_models_of_a_round_start_alike),
        TEST_WITH_TRAINER(local_only_milestone_counts_steps_or_epochs),
        TEST_WITH_TRAINER(stop_test_flips_only_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
