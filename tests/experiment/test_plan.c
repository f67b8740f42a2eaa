/* The trials of a job and the names of their results. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "fal/experiment/parameters.h"
#include "fal/experiment/plan.h"

static fal_params *params;
static fal_params *defaults;
static fal_dataset *dataset;

static int set_up(void **state)
{
    (void)state;
    assert_ok(fal_params_create(fal_parameters(), &params));
    assert_ok(fal_params_create(fal_parameters(), &defaults));
    dataset = calloc(1, sizeof *dataset);
    strcpy(dataset->name, "tiny");
    dataset->flip = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fal_params_destroy(params);
    fal_params_destroy(defaults);
    free(dataset);
    return 0;
}

static void set(const char *name, const char *text)
{
    assert_ok(fal_params_set(params, name, text, FAL_SOURCE_COMMAND_LINE, "test"));
}

static void plan_is_the_cross_product_with_strategies_fastest(void **state)
{
    (void)state;
    fal_plan plan;
    set("strategy", "logo, entropy:global");
    set("seeds", "1-2");
    set("alpha", "0.1, inf");
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    assert_int_equal(plan.count, 8);
    assert_string_equal(plan.trials[0].id.path, "outputs/tiny_logo_s1.h5");
    assert_string_equal(plan.trials[1].id.path, "outputs/tiny_entropy-global_s1.h5");
    assert_string_equal(plan.trials[2].id.path, "outputs/tiny_logo_s2.h5");
    assert_string_equal(plan.trials[4].id.path, "outputs/tiny_alpha-inf_logo_s1.h5");
    assert_string_equal(plan.trials[4].id.setting, "tiny_alpha-inf");
    fal_plan_destroy(&plan);
}

static void names_hold_changed_scientific_parameters_sorted_and_no_others(void **state)
{
    (void)state;
    fal_plan plan;
    set("fl_rounds", "7");
    set("budget", "0.020");
    set("threads", "3");
    set("name", "a/b c");
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    assert_string_equal(plan.trials[0].id.path, "outputs/tiny_budget-0.02_fl_rounds-7_a-b-c_logo_s1.h5");
    fal_plan_destroy(&plan);
}

static void assert_named(const char *parameter, const char *value, const char *expected)
{
    fal_plan plan;
    set(parameter, value);
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.trials[0].id.path, expected);
    fal_plan_destroy(&plan);
}

/* As version 0.1.0 named them: ASCII, with its other characters replaced. */
static void names_of_ascii_values_are_those_of_the_first_version(void **state)
{
    (void)state;
    assert_named("name", "a b", "outputs/tiny_a-b_logo_s1.h5");
    assert_named("name", "", "outputs/tiny_logo_s1.h5");
    assert_named("partition", "shards:2", "outputs/tiny_partition-shards-2_logo_s1.h5");
    assert_named("partition", "own.csv", "outputs/tiny_partition-own.csv_logo_s1.h5");
    assert_named("partition", "sites/own.csv", "outputs/tiny_partition-own.csv-9f71b599_logo_s1.h5");
    assert_named("partition", "a_name_of_more_than_32_characters.csv",
                 "outputs/tiny_partition-a_name_of_more_t-ca2af230_logo_s1.h5");
}

static void values_that_mean_the_same_have_one_name(void **state)
{
    (void)state;
    assert_named("partition", "shards:02", "outputs/tiny_partition-shards-2_logo_s1.h5");
    assert_named("partition", "./own.csv", "outputs/tiny_partition-own.csv_logo_s1.h5");
    assert_named("partition", "sites//./own.csv", "outputs/tiny_partition-own.csv-9f71b599_logo_s1.h5");
    assert_named("partition", "dirichlet", "outputs/tiny_logo_s1.h5");
    assert_named("evaluate", "007", "outputs/tiny_evaluate-7_logo_s1.h5");
    assert_named("evaluate", "last", "outputs/tiny_logo_s1.h5");
    assert_named("strategy", "entropy", "outputs/tiny_entropy-global_s1.h5");
    assert_named("strategy", "logo:entropy", "outputs/tiny_logo_s1.h5");
    assert_named("al_rounds", "016", "outputs/tiny_logo_s1.h5");
    assert_named("alpha", "Infinity", "outputs/tiny_alpha-inf_logo_s1.h5");
    assert_named("output", "./outputs//", "outputs/tiny_alpha-inf_logo_s1.h5");
}

static void synonyms_in_one_list_are_one_value_twice(void **state)
{
    (void)state;
    fal_plan plan;
    set("strategy", "entropy,entropy:global");
    assert_fails(fal_plan_make(params, defaults, dataset, &plan), FAL_ERR_USAGE, "listed twice");
    set("strategy", "Logo");
    assert_fails(fal_plan_make(params, defaults, dataset, &plan), FAL_ERR_USAGE, "did you mean \"logo\"");
}

static void name_with_label(const char *label, char name[FAL_PATH_MAX])
{
    fal_plan plan;
    set("name", label);
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    strcpy(name, plan.trials[0].id.path);
    fal_plan_destroy(&plan);
}

static void names_that_differ_in_letters_beyond_ascii_stay_different(void **state)
{
    (void)state;
    static const char *const labels[] = {"gr\xc3\xb6\xc3\x9f"
                                         "e",
                                         "gr\xc3\xb6\xc3\xa4"
                                         "e",
                                         "gr----e", "\xe4\xb8\xad", "\xe6\x96\x87"};
    static char names[5][FAL_PATH_MAX];
    for (int i = 0; i < 5; i++) {
        name_with_label(labels[i], names[i]);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(names[i], names[j]);
        }
    }
    assert_string_equal(names[2], "outputs/tiny_gr----e_logo_s1.h5");
    set("name", "");
    set("partition", "\xc3\xa9.csv, \xc3\xa8.csv");
    fal_plan plan;
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    assert_int_equal(plan.count, 2);
    assert_string_not_equal(plan.trials[0].id.path, plan.trials[1].id.path);
    fal_plan_destroy(&plan);
}

static void a_value_equal_to_the_datasets_default_is_not_named(void **state)
{
    (void)state;
    fal_plan plan;
    dataset->flip = false;
    assert_ok(fal_plan_dataset_defaults(dataset, params));
    assert_ok(fal_plan_dataset_defaults(dataset, defaults));
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    assert_string_equal(plan.trials[0].id.path, "outputs/tiny_logo_s1.h5");
    fal_plan_destroy(&plan);
    set("augment", "flip");
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    assert_string_equal(plan.trials[0].id.path, "outputs/tiny_augment-flip_logo_s1.h5");
    fal_plan_destroy(&plan);
}

static void a_value_listed_twice_is_refused(void **state)
{
    (void)state;
    fal_plan plan;
    set("seeds", "1,2,1");
    assert_fails(fal_plan_make(params, defaults, dataset, &plan), FAL_ERR_USAGE, "listed twice");
}

static void a_sweep_beyond_all_bounds_is_refused(void **state)
{
    (void)state;
    fal_plan plan;
    set("seeds", "1-4000");
    set("clients", "1-100");
    assert_fails(fal_plan_make(params, defaults, dataset, &plan), FAL_ERR_USAGE, "split the sweep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plan_is_the_cross_product_with_strategies_fastest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_hold_changed_scientific_parameters_sorted_and_no_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_value_equal_to_the_datasets_default_is_not_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_ascii_values_are_those_of_the_first_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_that_mean_the_same_have_one_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(synonyms_in_one_list_are_one_value_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_that_differ_in_letters_beyond_ascii_stay_different, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_value_listed_twice_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sweep_beyond_all_bounds_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
