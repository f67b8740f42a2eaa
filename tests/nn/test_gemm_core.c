/* Which kernels of OpenBLAS a CPU should have. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "fal/nn/gemm.h"

static void test_newer_cpus_get_kernels_by_their_instructions(void **state)
{
    (void)state;
    static const char *const old[] = {"Prescott",  "prescott",    "Core2",  "Nehalem",
                                      "Barcelona", "Sandybridge", "unknown"};
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        assert_string_equal(fal_gemm_better_core(old[i], true, true), "SkylakeX");
        assert_string_equal(fal_gemm_better_core(old[i], true, false), "Haswell");
        assert_null(fal_gemm_better_core(old[i], false, false));
    }
}

static void test_a_choice_that_fits_stays(void **state)
{
    (void)state;
    static const char *const fit[] = {
        "Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids", "Steamroller", "Excavator", "NEOVERSEN1", ""};
    for (size_t i = 0; i < sizeof fit / sizeof fit[0]; i++) {
        assert_null(fal_gemm_better_core(fit[i], true, true));
        assert_null(fal_gemm_better_core(fit[i], true, false));
    }
}

static void test_what_the_user_says_stays(void **state)
{
    (void)state;
    assert_int_equal(setenv("OPENBLAS_CORETYPE", "Core2", 1), 0);
    assert_false(fal_gemm_fit_core());
    assert_string_equal(getenv("OPENBLAS_CORETYPE"), "Core2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newer_cpus_get_kernels_by_their_instructions),
        cmocka_unit_test(test_a_choice_that_fits_stays),
        cmocka_unit_test(test_what_the_user_says_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
