/* The report that is being made: what was read, what was computed, its frames, and the page as far as it is written.
 * Each part of the page has a file that fills its frames and then shows them (section_*.c). */
#ifndef FAL_REPORT_REPORT_INTERNAL_H
#define FAL_REPORT_REPORT_INTERNAL_H

#include "fal/report/report.h"

#include "fal/results/details.h"

#include "ranking_internal.h"
#include "setting_internal.h"

enum { FAL_REPORT_FRAMES = 48 };

/** What all trials of a setting have in common. */
typedef struct {
    fal_detail *rows; /* [count] by name */
    int count;
} fal_setting_parameters;

/** A picture or a LaTeX table beside the page. */
typedef struct {
    char name[96]; /* below the report's folder, e.g. "svg/curves_1.svg" */
    fal_text text;
} fal_report_file;

struct fal_report {
    const fal_collection *found;
    fal_report_options options;
    fal_setting *settings; /* [setting_count] */
    fal_comparison *all;   /* [setting_count] */
    fal_ranking ranking;   /* over all settings */
    int setting_count;
    fal_setting_parameters *parameters; /* [setting_count]; NULL: the files were not yet read again */
    const char **strategies;            /* [strategy_count] of all settings, by name: their places are their colours */
    int strategy_count;
    fal_frame frames[FAL_REPORT_FRAMES];
    int frame_count;
    fal_frame_column column_columns[10]; /* of the frame "column" */
    fal_text html;                       /* sections */
    fal_text contents;                   /* links to them */
    fal_text verdict;                    /* paragraphs, one a line, plain text */
    fal_report_file *files;              /* [file_count] */
    int64_t file_count, file_room;
};

/** For titles: "Test accuracy", "Balanced test accuracy". */
const char *fal_report_measure(const fal_report *report);
/** A new frame at the end, to be filled at once. */
fal_frame *fal_report_new_frame(fal_report *report, const char *id, const char *title, const fal_frame_column *columns,
                                int count);
#define FAL_REPORT_FRAME(report, id, title, columns)                                                                   \
    fal_report_new_frame(report, id, title, columns, (int)(sizeof(columns) / sizeof *(columns)))

/* Frames that are only computed. */
fal_status fal_frames_accuracy(fal_report *report);
fal_status fal_frames_column(fal_report *report); /* where the options name one */
fal_status fal_frames_winning(fal_report *report);
fal_status fal_frames_t_scores(fal_report *report);
fal_status fal_frames_penalty(fal_report *report);
fal_status fal_frames_areas(fal_report *report);
fal_status fal_frames_ranks(fal_report *report);
fal_status fal_frames_rounds(fal_report *report);
fal_status fal_frames_diversity(fal_report *report);
fal_status fal_frames_cost(fal_report *report);
/** Reads every results file once more: trials, parameters, classes, what was bought, what was left out. */
fal_status fal_gather(fal_report *report);

/** The page, with the JSON in it. */
void fal_report_html(const fal_report *report, const char *json, fal_text *html);

#endif
