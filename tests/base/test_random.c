/* Addressed random numbers: Philox known answers, and enough statistics to notice a wrong address or formula. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/random.h"

static const fal_rng TEST = {.seed = 42, .purpose = FAL_RNG_TEST};

static void philox_gives_its_known_answers(void **state)
{
    (void)state;
    /* Random123's kat_vectors for philox4x32 with 10 rounds, where our address can express counter and key. */
    const fal_rng zero = {0};
    const fal_rng pi = {.seed = UINT64_C(0x299f31d0a4093822),
                        .purpose = (fal_purpose)0x03,
                        .epoch = 0x707344,
                        .client = 0x85a308d3,
                        .al_round = 0x1319,
                        .fl_round = 0x8a2e};
    static const uint32_t zero_words[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    static const uint32_t pi_words[4] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(fal_rng_u32(&zero, i), zero_words[i]);
        assert_int_equal(fal_rng_u32(&pi, UINT64_C(4) * 0x243f6a88 + i), pi_words[i]);
    }
    assert_true(fal_rng_u64(&zero, 1) == UINT64_C(0x9b00dbd8bc57ac4c));
}

static void every_part_of_the_address_matters(void **state)
{
    (void)state;
    fal_rng others[6] = {TEST, TEST, TEST, TEST, TEST, TEST};
    others[0].seed++;
    others[1].purpose++;
    others[2].al_round++;
    others[3].client++;
    others[4].fl_round++;
    others[5].epoch++;
    for (int i = 0; i < 6; i++) {
        assert_true(fal_rng_u64(&TEST, 0) != fal_rng_u64(&others[i], 0));
        for (int j = 0; j < i; j++) {
            assert_true(fal_rng_u64(&others[j], 0) != fal_rng_u64(&others[i], 0));
        }
    }
}

enum { DRAWS = 100000 };

static void uniform_draws_fill_the_interval_evenly(void **state)
{
    (void)state;
    int bins[100] = {0};
    double chi = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        const double u = fal_rng_uniform(&TEST, i);
        assert_true(u > 0 && u < 1);
        bins[(int)(100 * u)]++;
    }
    for (int b = 0; b < 100; b++) {
        chi += pow(bins[b] - DRAWS / 100.0, 2) / (DRAWS / 100.0);
    }
    assert_true(chi > 56 && chi < 155); /* 99 degrees of freedom: 4 standard deviations of 14 */
}

/* Correlation of `DRAWS` pairs of uniform numbers; standard deviation 0.0032. */
static double correlation(fal_rng a, fal_rng b, uint64_t shift)
{
    double sum = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        sum += (fal_rng_uniform(&a, i) - 0.5) * (fal_rng_uniform(&b, i + shift) - 0.5);
    }
    return 12 * sum / DRAWS;
}

static void neighbouring_addresses_are_independent(void **state)
{
    (void)state;
    fal_rng client = TEST;
    fal_rng epoch = TEST;
    fal_rng seed = TEST;
    client.client = 1;
    epoch.epoch = 1;
    seed.seed++;
    assert_true(fabs(correlation(TEST, TEST, 1)) < 0.015);
    assert_true(fabs(correlation(TEST, client, 0)) < 0.015);
    assert_true(fabs(correlation(TEST, epoch, 0)) < 0.015);
    assert_true(fabs(correlation(TEST, seed, 0)) < 0.015);
}

static void normal_draws_have_their_moments(void **state)
{
    (void)state;
    double moments[5] = {0};
    for (uint64_t i = 0; i < DRAWS; i++) {
        const double x = fal_rng_normal(&TEST, i);
        for (int power = 1; power <= 4; power++) {
            moments[power] += pow(x, power) / DRAWS;
        }
    }
    assert_true(fabs(moments[1]) < 0.016); /* 5 standard deviations each */
    assert_true(fabs(moments[2] - 1) < 0.023);
    assert_true(fabs(moments[3]) < 0.062);
    assert_true(fabs(moments[4] - 3) < 0.16);
}

static void draws_below_a_bound_are_even(void **state)
{
    (void)state;
    int counts[7] = {0};
    for (uint64_t i = 0; i < 70000; i++) {
        const uint64_t x = fal_rng_below(&TEST, i, 7);
        assert_true(x < 7);
        counts[x]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(counts[i], 10000 - 470, 10000 + 470); /* standard deviation 93 */
    }
    assert_true(fal_rng_below(&TEST, 5, 1) == 0);
}

static void shuffles_reach_every_order_equally_often(void **state)
{
    (void)state;
    int counts[4 * 4 * 4] = {0};
    int orders = 0;
    for (uint64_t seed = 0; seed < 24000; seed++) {
        const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_TEST};
        int64_t items[4] = {0, 1, 2, 3};
        fal_rng_shuffle(&rng, items, 4);
        counts[items[0] * 16 + items[1] * 4 + items[2]]++;
    }
    for (int i = 0; i < 64; i++) {
        orders += counts[i] > 0;
        assert_true(counts[i] == 0 || (counts[i] > 840 && counts[i] < 1160)); /* standard deviation 31 */
    }
    assert_int_equal(orders, 24);
}

static void gamma_variates_have_their_mean_and_variance(void **state)
{
    (void)state;
    static const double shapes[5] = {0.1, 0.5, 1, 3, 50};
    for (int s = 0; s < 5; s++) {
        enum { N = 20000 };
        double sum = 0;
        double squares = 0;
        for (uint32_t i = 0; i < N; i++) {
            const fal_rng rng = {.seed = 7, .purpose = FAL_RNG_TEST, .client = i, .epoch = (uint32_t)s};
            const double x = exp(fal_rng_log_gamma_variate(&rng, shapes[s]));
            sum += x / N;
            squares += x * x / N;
        }
        const double a = shapes[s];
        const double variance = squares - sum * sum;
        /* The variance of the sample variance is a (2 a + 6) / N to first order. */
        assert_true(fabs(sum - a) < 5 * sqrt(a / N));
        assert_true(fabs(variance - a) < 5 * sqrt(a * (2 * a + 6) / N));
    }
}

static void tiny_shapes_stay_finite(void **state)
{
    (void)state;
    /* E[log Gamma(a)] is digamma(a), near -1 / a - 0.577 for small a; its standard deviation is near 1 / a. */
    double sum = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        const fal_rng rng = {.seed = 7, .purpose = FAL_RNG_TEST, .client = i};
        const double x = fal_rng_log_gamma_variate(&rng, 1e-3);
        assert_true(isfinite(x));
        sum += x / 10000;
    }
    assert_true(fabs(sum + 1000.58) < 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_known_answers),
        cmocka_unit_test(every_part_of_the_address_matters),
        cmocka_unit_test(uniform_draws_fill_the_interval_evenly),
        cmocka_unit_test(neighbouring_addresses_are_independent),
        cmocka_unit_test(normal_draws_have_their_moments),
        cmocka_unit_test(draws_below_a_bound_are_even),
        cmocka_unit_test(shuffles_reach_every_order_equally_often),
        cmocka_unit_test(gamma_variates_have_their_mean_and_variance),
        cmocka_unit_test(tiny_shapes_stay_finite),
    };
    return cmocka_run_group_tests_name("base/random", tests, NULL, NULL);
}
