/* Options of strategies as the parameters give them, and what a budget buys. */
#include "support.h"

#include "fal/experiment/parameters.h"
#include "fal/query/query.h"

static fal_query_options read(const char *name, const char *text)
{
    fal_params *params = NULL;
    fal_query_options options;
    assert_ok(fal_params_create(fal_parameters(), &params));
    if (name != NULL) {
        assert_ok(fal_params_set(params, name, text, FAL_SOURCE_COMMAND_LINE, "test"));
    }
    fal_query_options_from_params(params, &options);
    fal_params_destroy(params);
    return options;
}

static void every_line_of_the_list_is_a_parameter(void **state)
{
    (void)state;
    const fal_query_options options = read(NULL, NULL);
    assert_int_equal(options.kmeans_starts, 10);
    assert_int_equal(options.gcn_subset, 10000);
    assert_int_equal(options.alfa_head, 0);
    assert_int_equal(options.ensemble, 0);
    assert_int_equal(read("kmeans_starts", "3").kmeans_starts, 3);
    assert_int_equal(read("gcn_subset", "0").gcn_subset, 0);
}

static void a_choice_is_its_number(void **state)
{
    (void)state;
    assert_int_equal(read("alfa_head", "own").alfa_head, 0);
    assert_int_equal(read("alfa_head", "global").alfa_head, 1);
    assert_int_equal(read("ensemble", "logit").ensemble, 1);
}

static void a_budget_is_a_number_or_a_rounded_share(void **state)
{
    (void)state;
    assert_int_equal(fal_query_budget(40, 10), 40); /* more than there is: the query takes what there is */
    assert_int_equal(fal_query_budget(1, 1000), 1);
    assert_int_equal(fal_query_budget(0.05, 1000), 50);
    assert_int_equal(fal_query_budget(0.05, 1010), 51); /* 50.5 */
    assert_int_equal(fal_query_budget(0.05, 1009), 50);
    assert_int_equal(fal_query_budget(0.001, 10), 1); /* never none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_of_the_list_is_a_parameter),
        cmocka_unit_test(a_choice_is_its_number),
        cmocka_unit_test(a_budget_is_a_number_or_a_rounded_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
