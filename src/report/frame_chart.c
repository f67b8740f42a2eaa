/* Line charts of a frame's columns: a series for each strategy of a setting, every point a row of the frame. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/chart.h"

#include "section_internal.h"

/* The values of a column in rows first .. first+count-1. */
static void take(const fal_frame *frame, int64_t first, int64_t count, int column, double *values)
{
    for (int64_t i = 0; i < count; i++) {
        values[i] = column < 0 ? NAN : fal_frame_at(frame, first + i, column)->real;
    }
}

/* Single seeds are drawn if all have the AL rounds of the mean, at the same shares. *thin (fal_free) [seeds][points].
 */
static fal_status take_thin(const fal_frame *frame, const fal_frame_chart *of, const char *setting,
                            fal_chart_series *series, double **thin)
{
    int64_t count = 0;
    const int64_t first = fal_report_rows(frame, setting, series->name, &count);
    if (first < 0 || count % series->points != 0 || count == series->points) {
        return FAL_OK;
    }
    for (int64_t i = 0; i < count; i++) { /* al_round restarts with every seed */
        if (fal_frame_at(frame, first + i, 3)->integer != i % series->points + 1 ||
            fal_frame_at(frame, first + i, of->thin_x)->real != series->x[i % series->points]) {
            return FAL_OK;
        }
    }
    FAL_TRY(fal_alloc(thin, (size_t)count, sizeof **thin, "learning curves"));
    take(frame, first, count, of->thin_y, *thin);
    series->thin = *thin;
    series->thin_count = (int)(count / series->points);
    series->thin_row = first;
    return FAL_OK;
}

static bool has_thin(const fal_report *report, const fal_frame_chart *of)
{
    return of->thin != NULL && !fal_report_frame(report, of->thin)->aside;
}

bool fal_frame_chart_marks(const fal_report *report)
{
    enum { MARKED_SETTINGS = 12 };
    return report->setting_count <= MARKED_SETTINGS;
}

/* Memory of a chart. */
typedef struct {
    fal_chart_series *series; /* [n + 1]: the grey one is first */
    double **values;          /* [n][5 * points] */
    double **thin;            /* [n] */
    int count, n;
} built;

static void built_destroy(built *all)
{
    for (int s = 0; s < all->n; s++) {
        fal_free(all->values != NULL ? all->values[s] : NULL);
        fal_free(all->thin != NULL ? all->thin[s] : NULL);
    }
    fal_free(all->thin);
    fal_free(all->values);
    fal_free(all->series);
}

static bool has_point(const fal_chart_series *series)
{
    for (int i = 0; i < series->points; i++) {
        if (isfinite(series->x[i]) && isfinite(series->y[i])) {
            return true;
        }
    }
    return false;
}

static fal_status build(const fal_report *report, const fal_frame_chart *of, const char *setting, built *all)
{
    const fal_frame *frame = fal_report_frame(report, of->frame);
    all->n = report->strategy_count;
    FAL_TRY(fal_alloc(&all->series, (size_t)all->n + 1, sizeof *all->series, "chart"));
    FAL_TRY(fal_alloc(&all->values, (size_t)all->n, sizeof *all->values, "chart"));
    FAL_TRY(fal_alloc(&all->thin, (size_t)all->n, sizeof *all->thin, "chart"));
    for (int s = 0; s < all->n; s++) {
        int64_t count = 0;
        const int64_t first = fal_report_rows(frame, setting, report->strategies[s], &count);
        if (first < 0) {
            continue;
        }
        FAL_TRY(fal_alloc(&all->values[s], 5 * (size_t)count, sizeof(double), "chart"));
        double *x = all->values[s];
        fal_chart_series series = {.name = report->strategies[s],
                                   .colour = s,
                                   .points = (int)count,
                                   .x = x,
                                   .y = x + count,
                                   .first_row = first};
        take(frame, first, count, of->x, x);
        take(frame, first, count, of->y, x + count);
        if (!has_point(&series)) {
            continue;
        }
        if (of->low >= 0) {
            take(frame, first, count, of->low, x + 2 * count);
            take(frame, first, count, of->high, x + 3 * count);
            series.low = x + 2 * count;
            series.high = x + 3 * count;
        }
        if (of->background != NULL && strcmp(of->background, series.name) == 0 && series.low != NULL) {
            fal_chart_series grey = series;
            grey.background = true; /* the band alone: its line has the strategy's colour */
            grey.y = x + 4 * count;
            take(frame, first, count, -1, x + 4 * count);
            memmove(all->series + 1, all->series, (size_t)all->count * sizeof *all->series);
            all->series[0] = grey;
            all->count++;
            series.low = series.high = NULL;
        }
        if (has_thin(report, of)) {
            FAL_TRY(take_thin(fal_report_frame(report, of->thin), of, setting, &series, &all->thin[s]));
        }
        all->series[all->count++] = series;
    }
    return FAL_OK;
}

fal_status fal_frame_chart_draw(const fal_report *report, const fal_frame_chart *of, const char *setting,
                                fal_svg_use use, fal_text *svg)
{
    char source[64];
    char thin[64];
    built all = {0};
    fal_status status = build(report, of, setting, &all);
    if (of->low >= 0) {
        (void)snprintf(source, sizeof source, "%s.%d.%d.%d.%d", of->frame, of->x, of->y, of->low, of->high);
    } else {
        (void)snprintf(source, sizeof source, "%s.%d.%d", of->frame, of->x, of->y);
    }
    (void)snprintf(thin, sizeof thin, "%s.%d.%d", of->thin != NULL ? of->thin : "", of->thin_x, of->thin_y);
    if (status == FAL_OK && all.count > 0) {
        const fal_chart chart = {.title = of->title,
                                 .x_name = of->x_name,
                                 .y_name = of->y_name,
                                 .notes = {of->notes[0], of->notes[1]},
                                 .series = all.series,
                                 .series_count = all.count,
                                 .small = of->small,
                                 .plain = of->small && !fal_frame_chart_marks(report),
                                 .y_low = of->y_low,
                                 .y_high = of->y_high,
                                 .source = use == FAL_SVG_INLINE ? source : NULL,
                                 .thin_source = use == FAL_SVG_INLINE && has_thin(report, of) ? thin : NULL};
        status = fal_chart_svg(&chart, use, svg);
    }
    built_destroy(&all);
    return status;
}

/* What draws again for the page and for a file. */
typedef struct {
    const fal_report *report;
    const fal_frame_chart *of;
    const char *setting;
} drawing;

static fal_status draw(const void *figure, fal_svg_use use, fal_text *svg)
{
    const drawing *this = figure;
    return fal_frame_chart_draw(this->report, this->of, this->setting, use, svg);
}

static bool is_there(const fal_report *report, const fal_frame_chart *of, const char *setting)
{
    const fal_frame *frame = fal_report_frame(report, of->frame);
    int64_t count = 0;
    const int64_t first = fal_report_rows(frame, setting, NULL, &count);
    for (int64_t i = 0; i < count; i++) {
        if (isfinite(fal_frame_at(frame, first + i, of->x)->real) &&
            isfinite(fal_frame_at(frame, first + i, of->y)->real)) {
            return true;
        }
    }
    return false;
}

fal_status fal_frame_chart_add(fal_report *report, const fal_frame_chart *of, const char *setting, const char *name,
                               bool broad)
{
    const drawing this = {report, of, setting};
    return is_there(report, of, setting) ? fal_section_figure(report, draw, &this, setting, name, broad) : FAL_OK;
}
