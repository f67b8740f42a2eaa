/* The trials of a job and the names of their results. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "fal/experiment/plan.h"

static fal_params *params;
static fal_params *defaults;
static fal_dataset *dataset;

static int set_up(void **state)
{
    (void)state;
    assert_ok(fal_params_create(&params));
    assert_ok(fal_params_create(&defaults));
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
    assert_string_equal(plan.trials[0].path, "outputs/tiny_logo_s1.h5");
    assert_string_equal(plan.trials[1].path, "outputs/tiny_entropy-global_s1.h5");
    assert_string_equal(plan.trials[2].path, "outputs/tiny_logo_s2.h5");
    assert_string_equal(plan.trials[4].path, "outputs/tiny_alpha-inf_logo_s1.h5");
    assert_string_equal(plan.trials[4].setting, "tiny_alpha-inf");
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
    assert_string_equal(plan.trials[0].path, "outputs/tiny_budget-0.02_fl_rounds-7_a-b-c_logo_s1.h5");
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
    assert_string_equal(plan.trials[0].path, "outputs/tiny_logo_s1.h5");
    fal_plan_destroy(&plan);
    set("augment", "flip");
    assert_ok(fal_plan_make(params, defaults, dataset, &plan));
    assert_string_equal(plan.trials[0].path, "outputs/tiny_augment-flip_logo_s1.h5");
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
        cmocka_unit_test_setup_teardown(a_value_listed_twice_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sweep_beyond_all_bounds_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
