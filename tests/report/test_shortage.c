/* Reports where memory runs out: each piece that is missing is said, from reading files to writing the page. */
#include "shortage.h"

#include "fal/base/log.h"
#include "fal/base/text.h"
#include "fal/report/report.h"

static char folder[1024]; /* with the results of a trial, a checkpoint and a data set */
static fal_collection files;

static int collect(void **state)
{
    (void)state;
    const char *const paths[] = {folder};
    (void)fal_text_copy(folder, sizeof folder, fal_test_fixture("v010"));
    fal_log_start("fal_report", false); /* hundreds of times the same warning say nothing */
    return fal_collect(paths, 1, true, FAL_MEASURE_ACCURACY, &files) != FAL_OK;
}

static int forget(void **state)
{
    (void)state;
    fal_collection_destroy(&files);
    return 0;
}

/* What a file is can be asked twice, so a first look may fail. */
static fal_status read_files(void *context)
{
    const char *const path = context;
    fal_collection found = {0};
    fal_status status = fal_collect(&path, 1, true, FAL_MEASURE_ACCURACY, &found);
    status = status == FAL_OK ? fal_collect_split_selectors(&found) : status;
    if (status == FAL_OK) {
        assert_int_equal(found.count, files.count);
        assert_int_equal(found.curves[0].rounds, files.curves[0].rounds);
    }
    fal_collection_destroy(&found);
    return status;
}

static void reading_results_says_that_memory_is_missing(void **state)
{
    (void)state;
    assert_int_equal(files.count, 1);
    assert_true(fal_test_shortages(read_files, folder, FAL_TEST_MAY_DO_WITHOUT) > 10);
}

static fal_status fill(fal_report *report)
{
    fal_text text = {0};
    FAL_TRY(fal_report_fill(report));
    fal_status status = fal_report_sketch(report, &text);
    if (status == FAL_OK) {
        fal_text_clear(&text);
        fal_report_json(report, &text);
        fal_report_latex(report, &text);
        status = fal_text_status(&text);
    }
    fal_text_destroy(&text);
    return status;
}

static fal_status make_report(void *context)
{
    (void)context;
    const fal_report_options options = {.baseline = &files, .column = "train_loss"};
    fal_report *report = NULL;
    FAL_TRY(fal_report_create(&files, &options, &report));
    const fal_status status = fill(report);
    fal_report_destroy(report);
    return status;
}

static void a_report_says_that_memory_is_missing(void **state)
{
    (void)state;
    assert_true(fal_test_shortages(make_report, NULL, FAL_TEST_NEEDS_ALL) > 500);
}

static void files_of_a_report_say_that_memory_is_missing(void **state)
{
    (void)state;
    const fal_report_options options = {.column = "train_loss"};
    fal_report *report = NULL;
    char to[1024];
    (void)fal_text_copy(to, sizeof to, fal_test_temporary("report"));
    assert_ok(fal_report_create(&files, &options, &report));
    assert_ok(fal_report_fill(report));
    for (int n = 1; n < 100; n *= 2) { /* each run writes files up to where it ends, with a sync of each */
        fal_test_shortage(n);
        assert_fails(fal_report_write(report, to, NULL, 0, NULL), FAL_ERR_MEMORY, "memory");
    }
    fal_test_shortage(0);
    fal_report_destroy(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_results_says_that_memory_is_missing),
        cmocka_unit_test(a_report_says_that_memory_is_missing),
        cmocka_unit_test(files_of_a_report_say_that_memory_is_missing),
    };
    return cmocka_run_group_tests(tests, collect, forget);
}
