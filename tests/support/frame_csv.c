#include "frame_csv.h"

#include "support.h"

const char *fal_test_frame_csv(fal_curve *curves, int count, const fal_report_options *options, const char *id)
{
    static fal_text csv;
    const fal_collection found = {.curves = curves, .count = count};
    fal_report *report = NULL;
    fal_text_clear(&csv);
    assert_ok(fal_report_create(&found, options, &report));
    assert_non_null(fal_report_frame(report, id));
    fal_frame_csv(fal_report_frame(report, id), &csv);
    assert_ok(fal_text_status(&csv));
    fal_report_destroy(report);
    return csv.chars;
}
