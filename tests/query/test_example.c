/* The worked example of docs/strategies.md compiles and chooses what it says. */
#include "support.h"

#include "../../docs/examples/strategy_gini.c"

static void the_example_is_a_strategy(void **state)
{
    (void)state;
    static const fal_strategy gini = {.name = "gini:global",
                                      .family = "gini",
                                      .needs = FAL_NEED_GLOBAL | FAL_NEED_LOGITS,
                                      .model = FAL_GLOBAL,
                                      .select = fal_strategy_gini};
    const float logits[5 * 3] = {9, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0};
    const fal_query_options options = {.kmeans_starts = 1};
    const fal_query_input input = {
        .n = 5, .classes = 3, .d = 1, .budget = 3, .logits = {logits, NULL}, .options = &options};
    fal_query_result result;
    assert_ok(fal_query_result_create(3, &result));
    assert_ok(fal_query_select(&gini, &input, &result));
    assert_int_equal(result.chosen[0], 1); /* uniform, and a tie with 3: the lower first */
    assert_int_equal(result.chosen[1], 3);
    assert_int_equal(result.chosen[2], 2);
    assert_true(result.score[0] > 0.666 && result.score[0] < 0.667);
    fal_query_result_destroy(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_example_is_a_strategy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
