/* Figure 4's categories: the one parameter in which a setting differs, and the default that belongs to it. */
#include "support.h"

#include <string.h>

#include "report/categories_internal.h"

enum { SETTINGS = 7, PARAMETERS = 4 };

static const char *const names[PARAMETERS] = {"alpha", "fl_rounds", "model", "rho"};
static const struct {
    const char *setting, *data, *values[PARAMETERS];
} given[SETTINGS] = {
    {"x", "x", {"0.1", "6", "cnn4conv", "1"}},
    {"x_alpha-1", "x", {"1", "6", "cnn4conv", "1"}},
    {"x_model-resnet18", "x", {"0.1", "6", "resnet18", "1"}},
    {"x_alpha-1_rho-20", "x", {"1", "6", "cnn4conv", "20"}},
    {"y", "y", {"0.10", "6", "cnn4conv", "1"}},
    {"y_rho-5", "y", {"0.1", "6", "cnn4conv", "5"}},
    {"z_rho-5", "z", {"0.1", "6", "cnn4conv", "5"}},
};
static const fal_report_default defaults[] = {
    {"alpha", "0.1"}, {"fl_rounds", "100"}, {"model", "cnn4conv"}, {"rho", "1"}};

static fal_curve curves[SETTINGS];
static const fal_curve *curve_of[SETTINGS];
static fal_setting settings[SETTINGS];
static fal_detail rows[SETTINGS][PARAMETERS];
static fal_setting_parameters parameters[SETTINGS];
static fal_report report;

static int make(void **state)
{
    (void)state;
    for (int k = 0; k < SETTINGS; k++) {
        (void)fal_text_copy(curves[k].data, sizeof curves[k].data, given[k].data);
        curve_of[k] = &curves[k];
        settings[k] = (fal_setting){.name = given[k].setting, .curves = &curve_of[k], .curve_count = 1};
        for (int i = 0; i < PARAMETERS; i++) {
            (void)fal_text_copy(rows[k][i].name, sizeof rows[k][i].name, names[i]);
            (void)fal_text_copy(rows[k][i].value, sizeof rows[k][i].value, given[k].values[i]);
        }
        parameters[k] = (fal_setting_parameters){rows[k], PARAMETERS};
    }
    report = (fal_report){.settings = settings,
                          .setting_count = SETTINGS,
                          .parameters = parameters,
                          .options = {.defaults = defaults, .default_count = PARAMETERS}};
    return 0;
}

static void settings_differ_in_one_parameter_or_more(void **state)
{
    (void)state;
    fal_categories all;
    assert_ok(fal_categories_create(&report, &all));
    assert_int_equal(all.varying_count, 3); /* all have 6 FL rounds, which is nobody's default */
    const char *const expected[SETTINGS] = {FAL_CATEGORY_DEFAULTS, "heterogeneity", "architecture", FAL_CATEGORY_OTHER,
                                            FAL_CATEGORY_DEFAULTS, "imbalance",     "imbalance"};
    for (int k = 0; k < SETTINGS; k++) {
        assert_string_equal(all.of[k], expected[k]);
    }
    assert_int_equal(all.count, 5);
    fal_categories_destroy(&all);
}

static void a_category_takes_the_matching_default(void **state)
{
    (void)state;
    const struct {
        const char *category;
        bool use[SETTINGS];
    } expected[] = {{FAL_CATEGORY_DEFAULTS, {1, 0, 0, 0, 1, 0, 0}},
                    {"heterogeneity", {1, 1, 0, 0, 0, 0, 0}},
                    {"architecture", {1, 0, 1, 0, 0, 0, 0}},
                    {FAL_CATEGORY_OTHER, {0, 0, 0, 1, 0, 0, 0}},
                    {"imbalance", {0, 0, 0, 0, 1, 1, 1}}}; /* z has no default one */
    fal_categories all;
    assert_ok(fal_categories_create(&report, &all));
    for (int c = 0; c < all.count; c++) {
        bool use[SETTINGS] = {0};
        assert_string_equal(all.names[c], expected[c].category);
        fal_categories_members(&report, &all, c, use);
        assert_memory_equal(use, expected[c].use, sizeof use);
    }
    fal_categories_destroy(&all);
}

static void without_a_known_default_most_settings_decide(void **state)
{
    (void)state;
    fal_categories all;
    report.options.default_count = 0;
    assert_ok(fal_categories_create(&report, &all));
    assert_string_equal(all.of[0], FAL_CATEGORY_DEFAULTS);
    assert_string_equal(all.of[1], "heterogeneity");
    fal_categories_destroy(&all);
}

static void selectors_are_matched_too(void **state)
{
    (void)state;
    fal_categories all;
    bool use[SETTINGS] = {0};
    settings[0].name = "x, selector global";
    settings[1].name = "x_alpha-1, selector local";
    assert_ok(fal_categories_create(&report, &all));
    fal_categories_members(&report, &all, 1, use);
    assert_false(use[0]);
    assert_true(use[1]);
    fal_categories_destroy(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(settings_differ_in_one_parameter_or_more, make),
        cmocka_unit_test_setup(a_category_takes_the_matching_default, make),
        cmocka_unit_test_setup(without_a_known_default_most_settings_decide, make),
        cmocka_unit_test_setup(selectors_are_matched_too, make),
    };
    return cmocka_run_group_tests_name("report/categories", tests, NULL, NULL);
}
