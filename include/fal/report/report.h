/* The report on a set of finished trials: every table as a frame, and all of it as a page with pictures, as JSON, CSV
 * and LaTeX. Not collective. */
#ifndef FAL_REPORT_REPORT_H
#define FAL_REPORT_REPORT_H

#include "fal/report/collect.h"
#include "fal/report/frame.h"
#include "fal/report/summary.h"

/** A parameter and what it is if nobody says anything: tells which settings differ from the defaults in what. */
typedef struct {
    const char *name, *value;
} fal_report_default;

typedef struct {
    fal_summary_options summary;        /* threshold, AL rounds */
    const char *column;                 /* of /rounds, for the frame "column"; NULL: none */
    const char *data;                   /* data set file: for the images that were bought; NULL: not shown */
    const fal_collection *baseline;     /* an earlier set of trials to compare with; NULL: none */
    const fal_report_default *defaults; /* [default_count] */
    int default_count;
    bool foreign; /* the files come from elsewhere: a child process looks at them first (fal/io/look.h) */
} fal_report_options;

typedef struct fal_report fal_report;

/** Settings, comparisons and all frames that need learning curves only. `found` and what `options` points at must
 *  outlive the report. FAL_ERR_USAGE: the same trial twice. */
fal_status fal_report_create(const fal_collection *found, const fal_report_options *options, fal_report **report);
void fal_report_destroy(fal_report *report);

/** NULL if there is no frame of that id. */
const fal_frame *fal_report_frame(const fal_report *report, const char *id);

/** The rest of the frames, from the results files themselves, and the page. */
fal_status fal_report_fill(fal_report *report);
/** What the statistics say, in words: paragraphs, each with a newline. After fal_report_fill. */
const char *fal_report_verdict(const fal_report *report);
/** The learning curves of the first settings as a few lines of plain text, at most 80 columns wide. */
fal_status fal_report_sketch(const fal_report *report, fal_text *text);
/** All frames of the page, as it holds them; its tables as LaTeX. After fal_report_fill. */
void fal_report_json(const fal_report *report, fal_text *json);
void fal_report_latex(const fal_report *report, fal_text *latex);
/** report.html, report.json, ID.csv, svg/, tex/, and `tables` (NULL: none) as report.txt into a folder, which is made.
 *  FAL_ERR_USAGE, and nothing is written, if one of them would replace one of the results or of `inputs`. Where one
 *  cannot be written, all stay as they were. After fal_report_fill. */
fal_status fal_report_write(const fal_report *report, const char *folder, const char *const *inputs, int input_count,
                            const fal_text *tables);

#endif
