/* Who has which client and which test images, what FL algorithms add to local training, and evaluation. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/fed/evaluate.h"
#include "fal/fed/round.h"
#include "fed/algorithms_internal.h"
#include "small_fed.h"
#include "train/trainer_internal.h"

static void clients_are_dealt_in_blocks_to_all_ranks(void **state)
{
    (void)state;
    for (int clients = 1; clients <= 13; clients++) {
        for (int size = 1; size <= 16; size++) {
            int next = 0;
            for (int rank = 0; rank < size; rank++) {
                const int count = fal_fed_client_count(clients, size, rank);
                assert_int_equal(fal_fed_first_client(clients, size, rank), next);
                assert_in_range(count, clients / size, (clients + size - 1) / size);
                for (int client = next; client < next + count; client++) {
                    assert_int_equal(fal_fed_rank_of(clients, size, client), rank);
                }
                next += count;
            }
            assert_int_equal(next, clients);
        }
    }
}

static void test_images_are_shared_out_without_gaps(void **state)
{
    (void)state;
    for (int size = 1; size <= 12; size++) {
        int64_t next = 0;
        for (int rank = 0; rank < size; rank++) {
            int64_t first = -1;
            int64_t count = -1;
            fal_evaluate_share(10, size, rank, &first, &count);
            assert_int_equal(first, next);
            next += count;
        }
        assert_int_equal(next, 10);
    }
}

static void fedprox_adds_gradient_and_penalty(void **state)
{
    (void)state;
    enum { N = 21 };
    fal_params *options = NULL;
    fal_fed_settings settings = {.algorithm = "fedprox"};
    const fal_algorithm *fedprox = fal_algorithm_find("fedprox");
    void *prox = NULL;
    fal_local_extra extra = {0};
    float gradient[N];
    float w[N];
    float anchor[N];
    double penalty = 0;
    for (int i = 0; i < N; i++) {
        gradient[i] = (float)i;
        w[i] = 0.5F * (float)i;
        anchor[i] = 0.25F;
        penalty += 0.5 / 2 * (0.5 * i - 0.25) * (0.5 * i - 0.25);
    }
    assert_ok(small_fed_options("fedprox_mu", "0.5", &options));
    settings.params = options;
    assert_ok(fedprox->create(&(fal_algorithm_setup){.settings = &settings}, &prox));
    fedprox->extra(prox, 0, anchor, &extra);
    assert_true(fabs(extra.add_to_gradient(extra.state, gradient, w, N) - penalty) < 1e-12);
    fedprox->destroy(prox);
    fal_params_destroy(options);
    for (int i = 0; i < N; i++) {
        assert_true(gradient[i] == (float)i + 0.5F * (0.5F * (float)i - 0.25F));
    }
}

static void evaluation_counts_every_test_image_once(void **state)
{
    (void)state;
    int64_t correct[SMALL_CLASSES];
    int64_t images[SMALL_CLASSES];
    int64_t confusion[SMALL_CLASSES][SMALL_CLASSES];
    int64_t pairs[SMALL_CLASSES][SMALL_CLASSES] = {{0}};
    int64_t right = 0;
    double loss = 0;
    float *logits = NULL;
    float *params = NULL;
    small_fed small;
    fal_trainer *trainer = NULL;
    fal_evaluation evaluation = {.correct = correct, .images = images, .confusion = confusion[0]};
    fal_local_outcome outcome;
    assert_ok(small_fed_create(&small, 8, 0, SMALL_TEST));
    assert_ok(fal_trainer_create(small.model, &small.dataset, &small.train, FAL_KERNELS_FAST, &trainer));
    assert_ok(small_fed_params(&small, &params));
    assert_ok(fal_client_train(trainer, &small.pools[5], 5, 1, 0, 0.01, NULL, params, &outcome));
    assert_ok(fal_evaluate_alone(trainer, &small.dataset, params, &evaluation));
    assert_ok(fal_alloc(&logits, SMALL_TEST * SMALL_CLASSES, sizeof *logits, "logits"));
    fal_trainer_fill(trainer, NULL, NULL, NULL, 0, SMALL_TEST);
    fal_net_infer(fal_trainer_net(trainer), params, trainer->x, SMALL_TEST, logits, NULL);
    for (int i = 0; i < SMALL_TEST; i++) {
        const float *row = logits + (size_t)i * SMALL_CLASSES;
        right += fal_logits_argmax(row, SMALL_CLASSES) == small.dataset.test_labels[i];
        pairs[small.dataset.test_labels[i]][fal_logits_argmax(row, SMALL_CLASSES)]++;
        loss += fal_logits_loss(row, SMALL_CLASSES, small.dataset.test_labels[i]) / SMALL_TEST;
    }
    assert_true(evaluation.accuracy == (double)right / SMALL_TEST);
    float some[3 * SMALL_CLASSES];
    assert_ok(fal_trainer_logits(trainer, params, true, 7, 3, some));
    assert_memory_equal(some, logits + 7 * SMALL_CLASSES, sizeof some);
    const int64_t eleventh[1] = {11};
    assert_ok(fal_trainer_logits(trainer, params, false, 10, 3, some));
    fal_trainer_fill(trainer, eleventh, NULL, NULL, 0, 1);
    fal_net_infer(fal_trainer_net(trainer), params, trainer->x, 1, logits, NULL);
    assert_memory_equal(some + SMALL_CLASSES, logits, SMALL_CLASSES * sizeof *logits);
    assert_true(fabs(evaluation.loss - loss) < 1e-9);
    int64_t sum = 0;
    for (int c = 0; c < SMALL_CLASSES; c++) {
        assert_int_equal(images[c], SMALL_TEST / SMALL_CLASSES + (c < SMALL_TEST % SMALL_CLASSES));
        sum += correct[c];
    }
    assert_int_equal(sum, right);
    assert_memory_equal(confusion, pairs, sizeof pairs);
    fal_free(logits);
    params[fal_model_trained(small.model) - 1] = 0;
    for (size_t i = 0; i < fal_model_trained(small.model); i++) {
        params[i] = INFINITY;
    }
    assert_fails(fal_evaluate_alone(trainer, &small.dataset, params, &evaluation), FAL_ERR_NUMERIC,
                 "evaluation: the weights of ");
    fal_free(params);
    fal_trainer_destroy(trainer);
    small_fed_destroy(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_are_dealt_in_blocks_to_all_ranks),
        cmocka_unit_test(test_images_are_shared_out_without_gaps),
        cmocka_unit_test(fedprox_adds_gradient_and_penalty),
        cmocka_unit_test(evaluation_counts_every_test_image_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
