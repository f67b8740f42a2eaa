/* The vector layer (src/nn/kernels/simd/): each operation beside a scalar one, to the bit. One program for each
 * instruction set. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/random.h"
#include "nn/kernels/kernels.h"
#include "nn/kernels/simd/simd.h"

enum { ROUNDS = 200, EIGHT = 8 };

/* What float32 has at its edges, then numbers of all sizes. */
static float number(uint64_t index)
{
    static const float edges[] = {0.0F,    -0.0F,       1.0F,     -1.0F,   INFINITY,       -INFINITY,
                                  NAN,     FLT_MAX,     -FLT_MAX, FLT_MIN, FLT_MIN / 4096, -FLT_MIN / 4096,
                                  FLT_MAX, FLT_EPSILON, 0.5F,     3.0F};
    enum { EDGES = sizeof edges / sizeof edges[0] };
    const fal_rng rng = {.seed = 19, .purpose = FAL_RNG_TEST};
    if (index % 3 == 0) {
        return edges[(size_t)(fal_rng_uniform(&rng, index) * EDGES)];
    }
    return (float)(fal_rng_normal(&rng, index) * pow(10.0, 12.0 * fal_rng_uniform(&rng, index + 500000) - 6.0));
}

/* An ordinary one. */
static float ordinary(uint64_t index)
{
    const fal_rng rng = {.seed = 20, .purpose = FAL_RNG_TEST};
    return (float)fal_rng_normal(&rng, index);
}

/* Vectors of numbers: a, b and c of a round. */
typedef struct {
    float a[LANES], b[LANES], c[LANES];
} operands;

static operands operands_of(int round)
{
    operands all;
    for (int l = 0; l < LANES; l++) {
        const uint64_t index = (uint64_t)(3 * (round * LANES + l));
        all.a[l] = number(index + (uint64_t)round);
        all.b[l] = round % 4 == 0 && l % 3 == 0 ? all.a[l] : number(index + 1 + (uint64_t)(round / 3));
        all.c[l] = number(index + 2 + (uint64_t)(round / 9));
    }
    return all;
}

/* The same number, or both not a number. */
static void same(const char *what, float have, float wanted)
{
    uint32_t bits[2];
    memcpy(&bits[0], &have, sizeof have);
    memcpy(&bits[1], &wanted, sizeof wanted);
    if (bits[0] != bits[1] && !(isnan(have) && isnan(wanted))) {
        fail_msg("%s: %a instead of %a", what, (double)have, (double)wanted);
    }
}

/* Lane by lane: an expression of vectors va, vb, vc against one of numbers a, b, c. */
#define SAME_AS(vector, scalar)                                                                                        \
    do {                                                                                                               \
        float have_[LANES];                                                                                            \
        v_store(have_, (vector));                                                                                      \
        for (int l_ = 0; l_ < LANES; l_++) {                                                                           \
            const float a = all.a[l_], b = all.b[l_], c = all.c[l_];                                                   \
            (void)a, (void)b, (void)c;                                                                                 \
            same(#vector, have_[l_], (scalar));                                                                        \
        }                                                                                                              \
    } while (0)

static void arithmetic_is_that_of_single_numbers(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const operands all = operands_of(round);
        const vec va = v_load(all.a), vb = v_load(all.b), vc = v_load(all.c);
        SAME_AS(va, a);
        SAME_AS(v_zero(), 0.0F);
        SAME_AS(v_set(all.a[1]), all.a[1]);
        SAME_AS(v_spread(all.a + 1), all.a[1]);
        SAME_AS(v_add(va, vb), a + b);
        SAME_AS(v_sub(va, vb), a - b);
        SAME_AS(v_mul(va, vb), a * b);
        SAME_AS(v_fma(va, vb, vc), fmaf(a, b, c));
        SAME_AS(v_fnma(va, vb, vc), fmaf(-a, b, c));
    }
}

static void the_larger_number_is_chosen_as_by_a_comparison(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const operands all = operands_of(round);
        const vec va = v_load(all.a), vb = v_load(all.b), vc = v_load(all.c);
        SAME_AS(v_relu(va), 0.0F > a ? 0.0F : a); /* a NaN stays */
        SAME_AS(v_max(va, vb), a > b ? a : b);
        SAME_AS(v_select(v_greater(va, vb), va, vc), a > b ? a : c);
        SAME_AS(v_select(v_unordered(va, vb), vb, vc), isnan(a) || isnan(b) ? b : c);
        SAME_AS(v_where(v_greater(va, vb), va), a > b ? a : 0.0F);
        SAME_AS(v_where(v_mask_or(v_greater(va, vb), v_unordered(va, vc)), vb),
                a > b || isnan(a) || isnan(c) ? b : 0.0F);
    }
}

static void loads_and_stores_need_no_alignment(void **state)
{
    (void)state;
    float from[2 * LANES], to[2 * LANES];
    for (int i = 0; i < 2 * LANES; i++) {
        from[i] = (float)i;
    }
    for (int at = 0; at <= LANES; at++) {
        memset(to, 0, sizeof to);
        v_prefetch(from + at);
        v_store(to + LANES - at, v_load(from + at));
        for (int i = 0; i < 2 * LANES; i++) {
            const int lane = i - (LANES - at);
            assert_true(to[i] == (lane >= 0 && lane < LANES ? (float)(at + lane) : 0.0F));
        }
    }
}

static void whole_numbers_go_through_bytes(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t a[LANES], b[LANES], out[3][LANES + 2];
        for (int l = 0; l < LANES; l++) {
            a[l] = (uint8_t)(round * 7 + l * 31);
            b[l] = l % 3 == 0 ? a[l] : (uint8_t)(round * 13 + l * 17);
        }
        memset(out, 77, sizeof out);
        const ivec va = i_load_bytes(a), vb = i_load_bytes(b);
        i_store_bytes(out[0] + 1, va);
        i_store_bytes(out[1] + 1, i_select(i_equal(va, vb), i_set(round), vb));
        i_store_bytes(out[2] + 1, i_select(i_less(va, vb), va, i_set(255)));
        for (int l = 0; l < LANES; l++) {
            assert_int_equal(out[0][l + 1], a[l]);
            assert_int_equal(out[1][l + 1], a[l] == b[l] ? round : b[l]);
            assert_int_equal(out[2][l + 1], a[l] < b[l] ? a[l] : 255);
        }
        for (int k = 0; k < 3; k++) {
            assert_true(out[k][0] == 77 && out[k][LANES + 1] == 77);
        }
    }
    /* Signed, and wider than a byte. */
    uint8_t out[LANES];
    i_store_bytes(out, i_select(i_less(i_set(-70000), i_set(3)), i_set(1), i_set(2)));
    assert_int_equal(out[0], 1);
}

static void numbers_are_picked_by_index(void **state)
{
    (void)state;
    enum { TABLE = 15 * 9 + 1 };
    float table[TABLE], have[LANES];
    for (int i = 0; i < TABLE; i++) {
        table[i] = ordinary((uint64_t)i);
    }
    for (int step = 0; step <= 9; step++) {
        v_store(have, v_gather(table, i_lanes(step)));
        for (int l = 0; l < LANES; l++) {
            assert_true(have[l] == table[l * step]);
        }
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t which[LANES];
        for (int l = 0; l < LANES; l++) {
            which[l] = (uint8_t)((round >> l % 7) + l) % 4;
        }
        v_store(have, v_pick4(table + round % 100, i_load_bytes(which)));
        for (int l = 0; l < LANES; l++) {
            assert_true(have[l] == table[round % 100 + which[l]]);
        }
    }
}

static void sums_are_kept_in_double(void **state)
{
    (void)state;
    double sum[LANES] = {0.0}, sums[LANES] = {0.0}, squares[LANES] = {0.0};
    double sum_wanted[LANES] = {0.0}, sums_wanted[LANES] = {0.0}, squares_wanted[LANES] = {0.0};
    for (int round = 0; round < ROUNDS; round++) {
        const bool fresh = round % 50 == 0;
        const double share = 1.0 / (1 + round % 16);
        float a[LANES], b[LANES];
        for (int l = 0; l < LANES; l++) {
            a[l] = ordinary((uint64_t)(round * LANES + l)) * 1000.0F;
            b[l] = ordinary((uint64_t)(round * LANES + l + 100000));
        }
        v_accumulate(sum, v_load(a));
        v_accumulate_moments(sums, squares, v_load(a), v_load(b), share, fresh);
        for (int l = 0; l < LANES; l++) {
            const double value = (double)a[l], square = fma(share * value, value, (double)b[l]);
            sum_wanted[l] += value;
            sums_wanted[l] = fresh ? value : sums_wanted[l] + value;
            squares_wanted[l] = fresh ? square : squares_wanted[l] + square;
            assert_true(sum[l] == sum_wanted[l]);
            assert_true(sums[l] == sums_wanted[l] && squares[l] == squares_wanted[l]);
        }
    }
}

static void a_variable_in_a_register_stays_what_it_is(void **state)
{
    (void)state;
    float have[LANES];
    vec a = v_set(3.0F);
    V_IN_REGISTER(a);
    v_store(have, a);
    assert_true(have[0] == 3.0F && have[LANES - 1] == 3.0F);
}

static void eights_are_those_of_single_numbers(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        float a[EIGHT], b[EIGHT], c[EIGHT], have[6][EIGHT];
        for (int l = 0; l < EIGHT; l++) {
            a[l] = number((uint64_t)(3 * (EIGHT * round + l)));
            b[l] = number((uint64_t)(3 * (EIGHT * round + l) + 1));
            c[l] = number((uint64_t)(3 * (EIGHT * round + l) + 2));
        }
        e_store(have[0], e_mul(e_load(a), e_load(b)));
        e_store(have[1], e_div(e_load(a), e_load(b)));
        e_store(have[2], e_fma(e_load(a), e_load(b), e_load(c)));
        e_store(have[3], e_fnma(e_load(a), e_load(b), e_load(c)));
        e_store(have[4], e_set(a[3]));
        e_store(have[5], e_zero());
        for (int l = 0; l < EIGHT; l++) {
            same("e_mul", have[0][l], a[l] * b[l]);
            same("e_div", have[1][l], a[l] / b[l]);
            same("e_fma", have[2][l], fmaf(a[l], b[l], c[l]));
            same("e_fnma", have[3][l], fmaf(-a[l], b[l], c[l]));
            same("e_set", have[4][l], a[3]);
            same("e_zero", have[5][l], 0.0F);
        }
    }
}

static void eights_are_summed_neighbours_first(void **state)
{
    (void)state;
    float m[EIGHT][EIGHT], have[EIGHT];
    eight rows[EIGHT];
    for (int r = 0; r < EIGHT; r++) {
        for (int l = 0; l < EIGHT; l++) {
            m[r][l] = ordinary((uint64_t)(r * EIGHT + l));
        }
        rows[r] = e_load(m[r]);
    }
    e_store(have, e_sums(rows));
    for (int r = 0; r < EIGHT; r++) {
        const float *x = m[r];
        same("e_sums", have[r], ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7])));
    }
}

static void inverse_roots_are_powers_of_two_near_them(void **state)
{
    (void)state;
    static const float odd[] = {0.0F, INFINITY, NAN, FLT_MIN / 4096};
    for (int power = -126; power <= 126; power++) {
        for (int part = 0; part < 4; part++) {
            float have[EIGHT];
            const float square = ldexpf(1.0F + 0.25F * (float)part, power);
            e_store(have, e_inverse_root(e_set(square)));
            int exponent = 0;
            assert_true(frexpf(have[5], &exponent) == 0.5F);
            const double near = (double)have[5] * (double)have[5] * (double)square;
            assert_true(near >= 1.0 && near < 4.0);
        }
    }
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        float have[EIGHT];
        e_store(have, e_inverse_root(e_set(odd[i])));
        assert_true(isnormal(have[0]) && have[0] > 0.0F);
    }
}

static void transposes_put_rows_into_columns(void **state)
{
    (void)state;
    enum { APART = 11 };
    float m[EIGHT][EIGHT], factor[EIGHT], to[EIGHT * APART], four[16];
    const float *from[EIGHT];
    for (int r = 0; r < EIGHT; r++) {
        factor[r] = ldexpf(1.0F, r - 3);
        from[r] = m[r];
        for (int l = 0; l < EIGHT; l++) {
            m[r][l] = ordinary((uint64_t)(r * EIGHT + l + 1000));
        }
    }
    memset(to, 0, sizeof to);
    transpose_block(from, factor, to, APART);
    for (int l = 0; l < EIGHT; l++) {
        for (int r = 0; r < APART; r++) {
            assert_true(to[l * APART + r] == (r < EIGHT ? m[r][l] * factor[r] : 0.0F));
        }
    }
    transpose_four(m[0] + 1, m[1], m[2] + 3, m[3], four);
    for (int l = 0; l < 4; l++) {
        assert_true(four[4 * l] == m[0][l + 1] && four[4 * l + 1] == m[1][l]);
        assert_true(four[4 * l + 2] == m[2][l + 3] && four[4 * l + 3] == m[3][l]);
    }
}

static void panels_divide_the_channels_and_fit_the_registers(void **state)
{
    (void)state;
    assert_true(6 * SIMD_COLUMNS + SIMD_COLUMNS + 1 <= SIMD_REGISTERS);
    assert_true(SIMD_PANEL == SIMD_COLUMNS * LANES && SIMD_PANEL % PANEL_LEAST == 0);
    for (int n = PANEL_LEAST; n <= 1024; n += PANEL_LEAST) {
        const int panel = simd_panel(n, SIMD_PANEL);
        assert_int_equal(n % panel, 0);
        assert_in_range(panel, PANEL_LEAST, SIMD_PANEL);
        assert_true(simd_widest(panel) || n % (2 * panel) != 0 || 2 * panel > SIMD_PANEL);
        assert_int_equal(simd_panel(n, PANEL_LEAST), PANEL_LEAST);
    }
}

static void this_cpu_lacks_the_instruction_set(void **state)
{
    (void)state;
    printf("skipped: no %s\n", SIMD_TEXT(FAL_SIMD));
    skip();
}

/* main itself must do with any CPU's instructions. */
static const struct CMUnitTest lacking[] = {cmocka_unit_test(this_cpu_lacks_the_instruction_set)};
static const struct CMUnitTest tests[] = {
    cmocka_unit_test(arithmetic_is_that_of_single_numbers),
    cmocka_unit_test(the_larger_number_is_chosen_as_by_a_comparison),
    cmocka_unit_test(loads_and_stores_need_no_alignment),
    cmocka_unit_test(whole_numbers_go_through_bytes),
    cmocka_unit_test(numbers_are_picked_by_index),
    cmocka_unit_test(sums_are_kept_in_double),
    cmocka_unit_test(a_variable_in_a_register_stays_what_it_is),
    cmocka_unit_test(eights_are_those_of_single_numbers),
    cmocka_unit_test(eights_are_summed_neighbours_first),
    cmocka_unit_test(inverse_roots_are_powers_of_two_near_them),
    cmocka_unit_test(transposes_put_rows_into_columns),
    cmocka_unit_test(panels_divide_the_channels_and_fit_the_registers),
};

int main(void)
{
    if (!fal_kernels_cpu().FAL_SIMD) {
        return cmocka_run_group_tests(lacking, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
