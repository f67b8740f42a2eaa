/* Sections of the page: each has a file that shows frames as tables and figures. */
#ifndef FAL_REPORT_SECTION_INTERNAL_H
#define FAL_REPORT_SECTION_INTERNAL_H

#include "fal/plot/svg.h"

#include "report_internal.h"
#include "view_internal.h"

/** <section id><h2>, and a link to it at the top. Both are ours. */
void fal_section_begin(fal_report *report, const char *id, const char *title);
void fal_section_end(fal_report *report);
/** A paragraph. */
void fal_section_say(fal_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** <details> that the page's filter shows for this setting only (NULL: always). */
void fal_section_open(fal_report *report, const char *setting, bool open, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void fal_section_close(fal_report *report);
/** What is between begin and end stands side by side. */
void fal_section_grid(fal_report *report, bool begin);
/** The view, also as tex/NAME.tex; NULL: in the page only. */
fal_status fal_section_table(fal_report *report, const fal_view *view, const char *name);

/** The same for a setting's rows of a frame: the columns in `which` (-1 at the end), of which the first `fixed` are
 *  strategies. Nothing where there are no rows. */
fal_status fal_section_rows(fal_report *report, const char *id, const char *setting, const char *caption,
                            const int *which, int fixed, const char *name);

typedef fal_status (*fal_draw)(const void *figure, fal_svg_use use, fal_text *svg);
/** A figure that `draw` appends, twice: into the page, and whole as svg/NAME.svg (NULL: not). `broad`: not one of many
 *  small ones. */
fal_status fal_section_figure(fal_report *report, fal_draw draw, const void *figure, const char *setting,
                              const char *name, bool broad);

fal_status fal_draw_bars(const void *figure, fal_svg_use use, fal_text *svg);
fal_status fal_draw_critical(const void *figure, fal_svg_use use, fal_text *svg);
fal_status fal_draw_forest(const void *figure, fal_svg_use use, fal_text *svg);
fal_status fal_draw_heat(const void *figure, fal_svg_use use, fal_text *svg);

/** Place of a strategy among all: its colour. */
int fal_report_colour(const fal_report *report, const char *strategy);
/** First row whose first two columns are these names (NULL: any), and how many such rows follow it; -1: none. */
int64_t fal_report_rows(const fal_frame *frame, const char *first, const char *second, int64_t *count);

/** A line chart of columns of a frame whose first two columns are setting and strategy: a series for each strategy. */
typedef struct {
    const char *frame, *title, *x_name, *y_name;
    const char *notes[2];
    int x, y, low, high; /* columns; low, high -1: no band */
    const char *thin;    /* frame of single seeds, thin_x and thin_y its columns; NULL: none */
    int thin_x, thin_y;
    const char *background; /* the strategy whose band is grey; NULL: none */
    bool small;
    double y_low, y_high; /* that the axis covers at least; both 0: what the values need */
} fal_frame_chart;
/** Appends the figure; nothing if there is no point to draw. */
fal_status fal_frame_chart_draw(const fal_report *report, const fal_frame_chart *of, const char *setting,
                                fal_svg_use use, fal_text *svg);
/** The same into the page and as svg/NAME.svg. */
fal_status fal_frame_chart_add(fal_report *report, const fal_frame_chart *of, const char *setting, const char *name,
                               bool broad);
/** Whether points of small charts have marks, with their numbers: not where there are very many charts. */
bool fal_frame_chart_marks(const fal_report *report);
/** The frame "accuracy" as learning curves. */
fal_frame_chart fal_curves_chart(const char *title, const char *background, bool small);

fal_status fal_section_curves(fal_report *report);
fal_status fal_section_pairs(fal_report *report);
fal_status fal_section_study(fal_report *report);
fal_status fal_section_bought(fal_report *report);
fal_status fal_section_classes(fal_report *report);
fal_status fal_section_baseline(fal_report *report); /* where the options have one */
fal_status fal_section_images(fal_report *report);   /* where the options name a data set */
fal_status fal_section_selectors(fal_report *report);
fal_status fal_section_cost(fal_report *report);
fal_status fal_section_paper(fal_report *report);
fal_status fal_section_origin(fal_report *report);

#endif
