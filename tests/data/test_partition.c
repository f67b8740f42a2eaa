/* The balanced Dirichlet partition: exact margins for any shape, a function of its arguments, close to what was drawn.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/partition_internal.h"
#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "fal/data/emd.h"
#include "fal/data/partition.h"

enum { MANY = 32 * 32 };

/* Class counts of every kind that a data set may have: equal, uneven, long-tailed, with empty classes. */
static int64_t class_counts_of_kind(int kind, int classes, int64_t per_class, int64_t *class_counts)
{
    int64_t total = 0;
    for (int c = 0; c < classes; c++) {
        const fal_rng rng = {.seed = (uint64_t)kind, .purpose = FAL_RNG_TEST, .client = (uint32_t)classes};
        int64_t count = per_class;
        if (kind == 1) {
            count = 1 + (int64_t)fal_rng_below(&rng, (uint64_t)c, 2 * (uint64_t)per_class);
        } else if (kind == 2) {
            count = (int64_t)((double)per_class * pow(0.02, (double)c / classes));
        } else if (kind == 3) {
            count = c % 3 == 1 ? 0 : per_class + c;
        }
        class_counts[c] = count;
        total += count;
    }
    return total;
}

static void assert_exact_margins(const int64_t *counts, int clients, int classes, const int64_t *class_counts)
{
    int64_t total = 0;
    for (int c = 0; c < classes; c++) {
        int64_t sum = 0;
        for (int k = 0; k < clients; k++) {
            assert_true(counts[k * classes + c] >= 0);
            sum += counts[k * classes + c];
        }
        assert_int_equal(sum, class_counts[c]);
        total += class_counts[c];
    }
    for (int k = 0; k < clients; k++) {
        int64_t sum = 0;
        for (int c = 0; c < classes; c++) {
            sum += counts[k * classes + c];
        }
        assert_int_equal(sum, total / clients + (k < total % clients));
    }
}

static const double ALPHAS[] = {0.01, 0.05, 0.1, 1, 10, 1000, INFINITY};
enum { ALPHA_COUNT = sizeof ALPHAS / sizeof ALPHAS[0] };

static void margins_are_exact_for_any_shape(void **state)
{
    (void)state;
    static const int shapes[][2] = {{1, 1}, {1, 7}, {7, 1}, {2, 2}, {3, 5}, {10, 10}, {13, 7}, {32, 31}, {5, 32}};
    int64_t class_counts[32];
    int64_t counts[MANY];
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        for (int kind = 0; kind < 4; kind++) {
            for (int a = 0; a < ALPHA_COUNT; a++) {
                const int clients = shapes[s][0];
                const int classes = shapes[s][1];
                if (class_counts_of_kind(kind, classes, 40, class_counts) < clients) {
                    continue;
                }
                assert_ok(fal_partition_counts(7 + (uint64_t)kind, ALPHAS[a], clients, classes, class_counts, counts));
                assert_exact_margins(counts, clients, classes, class_counts);
            }
        }
    }
}

static void as_many_clients_as_images_get_one_each(void **state)
{
    (void)state;
    const int64_t class_counts[4] = {5, 0, 1, 14};
    int64_t counts[20 * 4];
    for (int a = 0; a < ALPHA_COUNT; a++) {
        assert_ok(fal_partition_counts(3, ALPHAS[a], 20, 4, class_counts, counts));
        assert_exact_margins(counts, 20, 4, class_counts);
    }
}

static void more_clients_than_images_is_a_usage_error(void **state)
{
    (void)state;
    const int64_t class_counts[2] = {2, 1};
    int64_t counts[8];
    assert_fails(fal_partition_counts(1, 1, 4, 2, class_counts, counts), FAL_ERR_USAGE, "--clients 4");
}

static void entries_are_floor_or_ceiling_of_the_fitted_matrix(void **state)
{
    (void)state;
    int64_t class_counts[32];
    double m[MANY];
    int64_t counts[MANY];
    int converged = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        const int clients = 2 + (int)seed % 23;
        const int classes = 2 + (int)seed % 7 * 4;
        fal_partition_shape shape = {.clients = clients, .classes = classes, .class_counts = class_counts};
        shape.total = class_counts_of_kind((int)seed % 4, classes, 30, class_counts);
        shape.seed = seed;
        shape.alpha = ALPHAS[2 + seed % (ALPHA_COUNT - 2)];
        int sweeps = 0;
        assert_ok(fal_partition_fit(&shape, m, &sweeps));
        assert_ok(fal_partition_round(&shape, m, counts));
        converged += sweeps < FAL_PARTITION_SWEEPS;
        for (int i = 0; sweeps < FAL_PARTITION_SWEEPS && i < clients * classes; i++) {
            assert_true(counts[i] == (int64_t)floor(m[i]) || counts[i] == (int64_t)ceil(m[i]) ||
                        fabs((double)counts[i] - m[i]) < 1e-6);
        }
    }
    assert_true(converged >= 35);
}

static void rounding_costs_no_more_than_any_exchange(void **state)
{
    (void)state;
    /* Optimal: no 2 x 2 exchange of units between two clients and two classes lowers the sum of distances. */
    int64_t class_counts[8];
    double m[6 * 8];
    int64_t counts[6 * 8];
    fal_partition_shape shape = {.clients = 6, .classes = 8, .class_counts = class_counts, .seed = 11, .alpha = 1};
    shape.total = class_counts_of_kind(1, 8, 20, class_counts);
    assert_ok(fal_partition_fit(&shape, m, NULL));
    assert_ok(fal_partition_round(&shape, m, counts));
    for (int k = 0; k < 6; k++) {
        for (int j = 0; j < 6; j++) {
            for (int c = 0; c < 8; c++) {
                for (int e = 0; e < 8; e++) {
                    const int down[2] = {k * 8 + c, j * 8 + e};
                    const int up[2] = {k * 8 + e, j * 8 + c};
                    double gain = 0;
                    for (int i = 0; i < 2; i++) {
                        gain += (double)counts[down[i]] > m[down[i]] ? ceil(m[down[i]]) - m[down[i]] : -INFINITY;
                        gain -= (double)counts[up[i]] < m[up[i]] ? ceil(m[up[i]]) - m[up[i]] : INFINITY;
                    }
                    assert_true(k == j || c == e || gain < 1e-8);
                }
            }
        }
    }
}

static void a_column_above_its_class_count_gives_units_back(void **state)
{
    (void)state;
    /* What a fit that stopped early may leave: floors of class 0 sum to 4, but it has 3 images. */
    const double m[4] = {2.0, 0.0, 2.0, 0.0};
    const int64_t class_counts[2] = {3, 1};
    const fal_partition_shape shape = {.clients = 2, .classes = 2, .class_counts = class_counts, .total = 4};
    const int64_t expected[4] = {1, 1, 2, 0}; /* from the largest entry, the lower client of two equal ones */
    int64_t counts[4];
    assert_ok(fal_partition_round(&shape, m, counts));
    assert_memory_equal(counts, expected, sizeof expected);
}

static void ties_go_to_lower_clients_then_lower_classes(void **state)
{
    (void)state;
    const double m[4] = {0.5, 0.5, 0.5, 0.5};
    const int64_t class_counts[2] = {1, 1};
    const fal_partition_shape shape = {.clients = 2, .classes = 2, .class_counts = class_counts, .total = 2};
    const int64_t expected[4] = {1, 0, 0, 1};
    int64_t counts[4];
    assert_ok(fal_partition_round(&shape, m, counts));
    assert_memory_equal(counts, expected, sizeof expected);
}

static void infinite_alpha_gives_every_client_the_same_proportions(void **state)
{
    (void)state;
    const int64_t class_counts[3] = {100, 53, 47};
    int64_t counts[10 * 3];
    assert_ok(fal_partition_counts(5, INFINITY, 10, 3, class_counts, counts));
    for (int k = 0; k < 10; k++) {
        assert_int_equal(counts[k * 3], 10);
        assert_in_range(counts[k * 3 + 1], 5, 6);
        assert_in_range(counts[k * 3 + 2], 4, 5);
    }
}

static void local_emd_matches_the_design_at_cifar_10_shape(void **state)
{
    (void)state;
    /* algorithms.md section 2; the mean over 20 draws of 10 clients has a standard error of about 0.005. */
    static const double alphas[5] = {0.01, 0.1, 1, 100, INFINITY};
    static const double emds[5] = {0.80, 0.66, 0.34, 0.04, 0};
    int64_t class_counts[10];
    int64_t counts[100];
    (void)class_counts_of_kind(0, 10, 5000, class_counts);
    for (int a = 0; a < 5; a++) {
        double mean = 0;
        for (uint64_t seed = 1; seed <= 20; seed++) {
            assert_ok(fal_partition_counts(seed, alphas[a], 10, 10, class_counts, counts));
            mean += fal_emd_local(counts, 10, 10) / 20;
        }
        assert_true(fabs(mean - emds[a]) < 0.02);
    }
}

static int16_t labels[2000];
static int32_t client_of[2000];
static int32_t again[2000];

static void every_image_is_held_exactly_once(void **state)
{
    (void)state;
    int64_t counts[9 * 10];
    int64_t seen[9 * 10] = {0};
    for (int i = 0; i < 2000; i++) {
        labels[i] = (int16_t)(i * 7 % 11 - 1);
    }
    assert_ok(fal_partition_make(4, 0.1, 9, 10, labels, 2000, client_of, counts));
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(client_of[i] == -1, labels[i] == -1);
        if (labels[i] >= 0) {
            assert_in_range(client_of[i], 0, 8);
            seen[client_of[i] * 10 + labels[i]]++;
        }
    }
    assert_memory_equal(seen, counts, sizeof seen);
}

static void result_depends_on_the_arguments_alone(void **state)
{
    (void)state;
    int64_t counts[100];
    int64_t other[100];
    for (int i = 0; i < 2000; i++) {
        labels[i] = (int16_t)(i % 10);
    }
    assert_ok(fal_partition_make(4, 0.1, 10, 10, labels, 2000, client_of, counts));
    assert_ok(fal_partition_make(5, 0.1, 10, 10, labels, 2000, again, other));
    assert_memory_not_equal(client_of, again, sizeof again);
    assert_ok(fal_partition_make(4, 0.1, 10, 10, labels, 2000, again, other));
    assert_memory_equal(client_of, again, sizeof again);
    assert_memory_equal(counts, other, sizeof other);
}

static void images_of_a_class_are_dealt_at_random(void **state)
{
    (void)state;
    /* Two clients, one class: neighbours in the data set must not stay together. */
    int64_t counts[2];
    memset(labels, 0, sizeof labels);
    assert_ok(fal_partition_make(9, 1, 2, 1, labels, 2000, client_of, counts));
    int changes = 0;
    for (int i = 1; i < 2000; i++) {
        changes += client_of[i] != client_of[i - 1];
    }
    assert_in_range(changes, 900, 1100); /* mean 1000, standard deviation 22 */
}

static void large_shapes_end_quickly(void **state)
{
    (void)state;
    int64_t class_counts[100];
    int64_t *counts = NULL;
    assert_ok(fal_alloc(&counts, 200 * 100, sizeof *counts, "test"));
    (void)class_counts_of_kind(2, 100, 500, class_counts);
    assert_ok(fal_partition_counts(1, 0.01, 200, 100, class_counts, counts));
    assert_exact_margins(counts, 200, 100, class_counts);
    assert_ok(fal_partition_counts(1, 1000, 200, 100, class_counts, counts));
    assert_exact_margins(counts, 200, 100, class_counts);
    fal_free(counts);
}

/* The time bound of the project's own list, in processor time; by far more than the fraction of a second it takes. */
static void two_hundred_clients_and_a_hundred_classes_take_seconds(void **state)
{
    (void)state;
    enum { CLIENTS = 200, CLASSES = 100, SECONDS = 20 };
    int64_t class_counts[CLASSES];
    int64_t *counts = NULL;
    assert_ok(fal_alloc(&counts, CLIENTS * CLASSES, sizeof *counts, "test"));
    for (int kind = 0; kind < 4; kind++) {
        (void)class_counts_of_kind(kind, CLASSES, 500, class_counts);
        const clock_t start = clock();
        assert_ok(fal_partition_counts(7, 0.05, CLIENTS, CLASSES, class_counts, counts));
        assert_true((double)(clock() - start) / CLOCKS_PER_SEC < SECONDS);
        assert_exact_margins(counts, CLIENTS, CLASSES, class_counts);
    }
    fal_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(margins_are_exact_for_any_shape),
        cmocka_unit_test(as_many_clients_as_images_get_one_each),
        cmocka_unit_test(more_clients_than_images_is_a_usage_error),
        cmocka_unit_test(entries_are_floor_or_ceiling_of_the_fitted_matrix),
        cmocka_unit_test(rounding_costs_no_more_than_any_exchange),
        cmocka_unit_test(a_column_above_its_class_count_gives_units_back),
        cmocka_unit_test(ties_go_to_lower_clients_then_lower_classes),
        cmocka_unit_test(infinite_alpha_gives_every_client_the_same_proportions),
        cmocka_unit_test(local_emd_matches_the_design_at_cifar_10_shape),
        cmocka_unit_test(every_image_is_held_exactly_once),
        cmocka_unit_test(result_depends_on_the_arguments_alone),
        cmocka_unit_test(images_of_a_class_are_dealt_at_random),
        cmocka_unit_test(large_shapes_end_quickly),
        cmocka_unit_test(two_hundred_clients_and_a_hundred_classes_take_seconds),
    };
    return cmocka_run_group_tests_name("data/partition", tests, NULL, NULL);
}
