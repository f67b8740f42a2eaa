/* Reading learning curves: from whole results files, and from files that want to harm. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/results/curve.h"
#include "fal/results/tables.h"
#include "fal/io/h5.h"

/* What a test may change about an otherwise good file. */
typedef struct {
    const char *format, *setting, *strategy, *status;
    int64_t version;
    int rounds;
    int64_t first_round;
    double accuracy;
    bool no_seed, no_table;
    int classes, class_rounds; /* of /class_accuracy; 0: none */
    double of_class[4];
} recipe;

static const recipe good = {"results", "synth", "entropy:global", "complete", 1, 3, 1, 0.5, false, false,
                            4,         3,       {0.25, NAN, 1, 0}};

static const char *write_results(const recipe *what)
{
    const char *path = fal_test_temporary("curve.h5");
    fal_h5 *file = NULL;
    fal_table table;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", what->format));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", what->version));
    assert_ok(fal_h5_set_text(file, "/", "setting", what->setting));
    assert_ok(fal_h5_set_text(file, "/", "strategy", what->strategy));
    assert_ok(fal_h5_set_text(file, "/", "status", what->status));
    if (!what->no_seed) {
        assert_ok(fal_h5_set_int(file, "/", "seed", 7));
    }
    fal_table_init(&table, &fal_rounds_kind);
    for (int r = 0; r < what->rounds; r++) {
        const fal_row_round row = {
            .al_round = what->first_round + r, .labelled_share = 0.05 * (r + 1), .test_accuracy = what->accuracy};
        assert_ok(fal_table_add(&table, &row));
    }
    if (!what->no_table) {
        assert_ok(fal_h5_write_table(file, &table));
    }
    fal_table_destroy(&table);
    if (what->classes > 0) {
        const fal_h5_shape shape = {FAL_H5_DOUBLE, 2, {what->class_rounds, what->classes}};
        double values[4 * 4];
        for (int i = 0; i < 4 * 4; i++) {
            values[i] = what->of_class[i % 4];
        }
        assert_ok(fal_h5_write(file, "/class_accuracy", &shape, values, NULL));
    }
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    return path;
}

static void a_curve_comes_back(void **state)
{
    (void)state;
    fal_curve curve = {0};
    assert_ok(fal_curve_read(write_results(&good), FAL_MEASURE_ACCURACY, &curve));
    assert_string_equal(curve.path, fal_test_temporary("curve.h5"));
    assert_string_equal(curve.setting, "synth");
    assert_string_equal(curve.strategy, "entropy:global");
    assert_string_equal(curve.status, "complete");
    assert_int_equal(curve.seed, 7);
    assert_int_equal(curve.rounds, 3);
    assert_true(curve.accuracy[2] == 0.5 && fabs(curve.share[2] - 0.15) < 1e-15);
    fal_curve_destroy(&curve);
    fal_curve_destroy(NULL);
}

static void refuse_balanced(const recipe *bad, const char *message)
{
    fal_curve curve = {.rounds = 42};
    assert_fails(fal_curve_read(write_results(bad), FAL_MEASURE_BALANCED, &curve), FAL_ERR_INPUT, message);
    assert_int_equal(curve.rounds, 42); /* untouched */
    assert_ok(fal_curve_read(write_results(bad), FAL_MEASURE_ACCURACY, &curve));
    fal_curve_destroy(&curve);
}

static void balanced_accuracy_is_of_the_classes_with_test_images(void **state)
{
    (void)state;
    fal_curve curve = {0};
    recipe bad = good;
    assert_ok(fal_curve_read(write_results(&good), FAL_MEASURE_BALANCED, &curve));
    assert_int_equal(curve.measure, FAL_MEASURE_BALANCED);
    assert_true(curve.accuracy[0] == 1.25 / 3 && curve.accuracy[2] == 1.25 / 3);
    assert_true(curve.row[2].test_accuracy == 0.5);
    fal_curve_destroy(&curve);
    bad.classes = 0;
    refuse_balanced(&bad, "has no /class_accuracy, from which balanced accuracy is computed");
    bad = good;
    bad.class_rounds = 2;
    refuse_balanced(&bad, "/class_accuracy is not float64 [3 AL rounds, 1 to 1000 classes]");
    bad = good;
    bad.of_class[2] = 71;
    refuse_balanced(&bad, "/class_accuracy row 0 holds no shares");
    bad.of_class[0] = bad.of_class[2] = bad.of_class[3] = NAN;
    refuse_balanced(&bad, "/class_accuracy row 0 holds no shares");
    /* Version 0.1.0 wrote class accuracies, too. */
    assert_ok(fal_curve_read(fal_test_fixture("v010/results.h5"), FAL_MEASURE_BALANCED, &curve));
    assert_true(curve.accuracy[2] > 0 && curve.accuracy[2] < 1);
    fal_curve_destroy(&curve);
}

static void a_trial_that_just_began_has_no_rounds(void **state)
{
    (void)state;
    recipe begun = good;
    begun.rounds = 0;
    begun.status = "running";
    fal_curve curve = {0};
    assert_ok(fal_curve_read(write_results(&begun), FAL_MEASURE_ACCURACY, &curve));
    assert_int_equal(curve.rounds, 0);
    fal_curve_destroy(&curve);
}

static void refuse(const recipe *bad, const char *message)
{
    fal_curve curve = {.rounds = 42};
    assert_fails(fal_curve_read(write_results(bad), FAL_MEASURE_ACCURACY, &curve), FAL_ERR_INPUT, message);
    assert_int_equal(curve.rounds, 42); /* untouched */
}

static void files_that_are_not_results_are_refused(void **state)
{
    (void)state;
    recipe bad = good;
    bad.format = "dataset";
    refuse(&bad, "dataset");
    bad = good;
    bad.version = 99;
    refuse(&bad, "newer");
    bad = good;
    bad.no_seed = true;
    refuse(&bad, "seed");
    bad = good;
    bad.no_table = true;
    refuse(&bad, "rounds");
}

static void hostile_values_are_refused(void **state)
{
    (void)state;
    recipe bad = good;
    bad.strategy = "logo\033]0;owned\007";
    refuse(&bad, "control characters");
    bad = good;
    bad.accuracy = NAN;
    refuse(&bad, "no share");
    bad = good;
    bad.accuracy = 71.3;
    refuse(&bad, "no share");
    bad = good;
    bad.first_round = -5;
    refuse(&bad, "al_round");
    char longer[200];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    bad = good;
    bad.strategy = longer;
    refuse(&bad, "strategy");
}

static void other_files_are_refused(void **state)
{
    (void)state;
    fal_curve curve = {0};
    const char *path = fal_test_temporary("noise.h5");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs("no HDF5 at all", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_fails(fal_curve_read(path, FAL_MEASURE_ACCURACY, &curve), FAL_ERR_INPUT, "noise.h5");
    assert_fails(fal_curve_read(fal_test_temporary("missing.h5"), FAL_MEASURE_ACCURACY, &curve), FAL_ERR_INPUT,
                 "missing.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_curve_comes_back),
        cmocka_unit_test(balanced_accuracy_is_of_the_classes_with_test_images),
        cmocka_unit_test(a_trial_that_just_began_has_no_rounds),
        cmocka_unit_test(files_that_are_not_results_are_refused),
        cmocka_unit_test(hostile_values_are_refused),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
