/* A frame of a report over curves that a test made. */
#ifndef FAL_TESTS_FRAME_CSV_H
#define FAL_TESTS_FRAME_CSV_H

#include "fal/report/report.h"

/** The frame as CSV, valid until the next call. */
const char *fal_test_frame_csv(fal_curve *curves, int count, const fal_report_options *options, const char *id);

#endif
