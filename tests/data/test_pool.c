/* Pools: every image of a client is labelled or unlabelled, never both; the initial labels are a fair draw. */
#include "support.h"

#include <string.h>

#include "fal/data/pool.h"

static const int32_t client_of[12] = {0, 1, 0, -1, 1, 0, 0, 2, 1, 0, 0, 0};

static void pool_starts_with_the_clients_images_unlabelled(void **state)
{
    (void)state;
    const int64_t expected[7] = {0, 2, 5, 6, 9, 10, 11};
    fal_pool pool;
    assert_ok(fal_pool_create(&pool, client_of, 12, 0));
    assert_int_equal(pool.size, 7);
    assert_int_equal(pool.unlabelled_count, 7);
    assert_int_equal(pool.labelled_count, 0);
    assert_memory_equal(pool.unlabelled, expected, sizeof expected);
    fal_pool_destroy(&pool);
}

static void labelling_keeps_the_order_of_purchase_and_of_the_rest(void **state)
{
    (void)state;
    const int64_t first[3] = {9, 0, 11};
    const int64_t second[1] = {5};
    const int64_t bought[4] = {9, 0, 11, 5};
    const int64_t rest[3] = {2, 6, 10};
    fal_pool pool;
    assert_ok(fal_pool_create(&pool, client_of, 12, 0));
    fal_pool_label(&pool, first, 3);
    fal_pool_label(&pool, second, 1);
    assert_int_equal(pool.labelled_count, 4);
    assert_int_equal(pool.unlabelled_count, 3);
    assert_memory_equal(pool.labelled, bought, sizeof bought);
    assert_memory_equal(pool.unlabelled, rest, sizeof rest);
    fal_pool_label(&pool, rest, 3);
    assert_int_equal(pool.unlabelled_count, 0);
    fal_pool_destroy(&pool);
}

static void dropped_images_are_neither_labelled_nor_left(void **state)
{
    (void)state;
    const int64_t labels[2] = {10, 0};
    const int64_t gone[2] = {11, 5};
    const int64_t rest[3] = {2, 6, 9};
    fal_pool pool;
    assert_ok(fal_pool_create(&pool, client_of, 12, 0));
    fal_pool_label(&pool, labels, 2);
    fal_pool_drop(&pool, gone, 2);
    fal_pool_drop(&pool, NULL, 0);
    assert_int_equal(pool.labelled_count, 2);
    assert_int_equal(pool.dropped_count, 2);
    assert_int_equal(pool.unlabelled_count, 3);
    assert_int_equal(pool.size, 7);
    assert_memory_equal(pool.labelled, labels, sizeof labels);
    assert_memory_equal(pool.unlabelled, rest, sizeof rest);
    fal_pool_destroy(&pool);
}

static void a_client_without_images_has_an_empty_pool(void **state)
{
    (void)state;
    int64_t chosen[1];
    fal_pool pool;
    assert_ok(fal_pool_create(&pool, client_of, 12, 3));
    assert_int_equal(pool.size, 0);
    assert_int_equal(fal_pool_initial(&pool, 1, 3, 5, chosen), 0);
    fal_pool_destroy(&pool);
}

static void initial_labels_are_distinct_images_of_the_pool(void **state)
{
    (void)state;
    int64_t chosen[7];
    fal_pool pool;
    assert_ok(fal_pool_create(&pool, client_of, 12, 0));
    assert_int_equal(fal_pool_initial(&pool, 1, 0, 100, chosen), 7);
    fal_pool_label(&pool, chosen, 7); /* asserts that they are distinct and of this pool */
    assert_int_equal(pool.labelled_count, 7);
    fal_pool_destroy(&pool);
}

static void initial_labels_choose_every_image_equally_often(void **state)
{
    (void)state;
    enum { DRAWS = 3500 };
    int64_t chosen[3];
    int times[12] = {0};
    int first[12] = {0};
    fal_pool pool;
    assert_ok(fal_pool_create(&pool, client_of, 12, 0));
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        assert_int_equal(fal_pool_initial(&pool, seed, 0, 3, chosen), 3);
        first[chosen[0]]++;
        for (int i = 0; i < 3; i++) {
            times[chosen[i]]++;
        }
    }
    for (int i = 0; i < 12; i++) { /* means 1500 and 500, standard deviations 29 and 21 */
        assert_in_range(times[i], client_of[i] == 0 ? 1350 : 0, client_of[i] == 0 ? 1650 : 0);
        assert_in_range(first[i], client_of[i] == 0 ? 400 : 0, client_of[i] == 0 ? 600 : 0);
    }
    fal_pool_destroy(&pool);
}

static void initial_labels_differ_between_clients_and_seeds(void **state)
{
    (void)state;
    int32_t all[500] = {0};
    int64_t chosen[3][50];
    fal_pool pool;
    assert_ok(fal_pool_create(&pool, all, 500, 0));
    (void)fal_pool_initial(&pool, 1, 0, 50, chosen[0]);
    (void)fal_pool_initial(&pool, 2, 0, 50, chosen[1]);
    (void)fal_pool_initial(&pool, 1, 1, 50, chosen[2]);
    assert_memory_not_equal(chosen[0], chosen[1], sizeof chosen[0]);
    assert_memory_not_equal(chosen[0], chosen[2], sizeof chosen[0]);
    fal_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_starts_with_the_clients_images_unlabelled),
        cmocka_unit_test(labelling_keeps_the_order_of_purchase_and_of_the_rest),
        cmocka_unit_test(dropped_images_are_neither_labelled_nor_left),
        cmocka_unit_test(a_client_without_images_has_an_empty_pool),
        cmocka_unit_test(initial_labels_are_distinct_images_of_the_pool),
        cmocka_unit_test(initial_labels_choose_every_image_equally_often),
        cmocka_unit_test(initial_labels_differ_between_clients_and_seeds),
    };
    return cmocka_run_group_tests_name("data/pool", tests, NULL, NULL);
}
