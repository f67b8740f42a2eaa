/* Areas under the learning curves: the tests of every pair. */
#include "areas_internal.h"

#include <math.h>

static fal_status test_pair(const fal_setting *setting, int i, int j, double *scratch, fal_area_test *test)
{
    fal_status status = FAL_OK;
    fal_pair pair = {0};
    double *a = scratch;
    double *b = scratch + setting->curve_count;
    *test = (fal_area_test){.strategy = setting->strategies[i], .other = setting->strategies[j]};
    test->shift = (fal_stats_shift){NAN, NAN, NAN, NAN};
    test->w = test->wilcoxon = NAN;
    FAL_TRY_GOTO(fal_pair_create(setting, i, j, &pair));
    fal_pair_areas(&pair, a, b);
    test->rounds = pair.rounds;
    test->test = fal_stats_paired(a, b, pair.seeds);
    /* Equal differences say nothing about the spread. */
    test->needed = isinf(test->test.t) ? 0 : fal_stats_needed_seeds(FAL_AREA_WORTH, test->test.sd);
    if (pair.seeds > 0 && pair.seeds <= FAL_STATS_SEEDS_MAX) {
        FAL_TRY_GOTO(fal_stats_wilcoxon(a, b, pair.seeds, &test->w, &test->wilcoxon));
        FAL_TRY_GOTO(fal_stats_hodges_lehmann(a, b, pair.seeds, &test->shift));
    }
done:
    fal_pair_destroy(&pair);
    return status;
}

fal_status fal_area_tests(const fal_setting *setting, double *scratch, fal_area_test *tests)
{
    int count = 0;
    for (int i = 0; i < setting->strategy_count; i++) {
        for (int j = i + 1; j < setting->strategy_count; j++) {
            FAL_TRY(test_pair(setting, i, j, scratch, &tests[count++]));
        }
    }
    for (int c = 0; c < count; c++) {
        scratch[c] = tests[c].test.p;
    }
    FAL_TRY(fal_stats_holm(scratch, count, scratch));
    for (int c = 0; c < count; c++) {
        tests[c].holm = scratch[c];
        scratch[c] = tests[c].wilcoxon;
    }
    FAL_TRY(fal_stats_holm(scratch, count, scratch));
    for (int c = 0; c < count; c++) {
        tests[c].wilcoxon_holm = scratch[c];
    }
    return FAL_OK;
}
