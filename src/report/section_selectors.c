/* Global or local selector: the gap of winning rates (Figures 1b and 2), and what the first models know (Figure 3). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/plot/bars.h"
#include "fal/plot/heat.h"

#include "categories_internal.h"
#include "section_internal.h"

static const fal_frame_column gap[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_TEXT, 0, "with either selector"},
    {"alpha", FAL_FRAME_REAL, 2, "heterogeneity"},
    {"rho", FAL_FRAME_REAL, 2, "imbalance"},
    {"seeds", FAL_FRAME_INT, 0, "that both selectors have"},
    {"win_global", FAL_FRAME_REAL, 3, "winning rate of the global over the local-only selector"},
    {"win_local", FAL_FRAME_REAL, 3, "winning rate of the local-only over the global selector"},
    {"gap", FAL_FRAME_REAL, 3, "win_global - win_local: above 0 the global selector is better"},
};
static const fal_frame_column grid[] = {
    {"rho", FAL_FRAME_REAL, 2, "imbalance"},
    {"alpha", FAL_FRAME_REAL, 2, "heterogeneity"},
    {"pairs", FAL_FRAME_INT, 0, "strategies and settings over which gap is the mean"},
    {"gap", FAL_FRAME_REAL, 3, "mean gap"},
};
enum { G_ALPHA = 2, G_RHO = 3, G_GAP = 7, GRID_MOST = 32 };

static double number(const char *text)
{
    double value = NAN;
    return fal_text_to_real(text, &value) ? value : NAN;
}

static void put_gaps(fal_report *report, fal_frame *frame, int k)
{
    const fal_comparison *all = &report->all[k];
    const fal_setting *setting = all->setting;
    const int n = setting->strategy_count;
    for (int i = 0; i < n; i++) {
        char name[80];
        char other[80];
        (void)fal_text_copy(name, sizeof name, setting->strategies[i]);
        if (!fal_text_ends_with(name, ":global")) {
            continue;
        }
        name[strlen(name) - strlen(":global")] = '\0';
        (void)snprintf(other, sizeof other, "%.70s:local", name);
        const int j = fal_setting_find(setting, other);
        if (j < 0 || isnan(all->win[i * n + j])) {
            continue;
        }
        fal_frame_put_text(frame, setting->name);
        fal_frame_put_text(frame, name);
        fal_frame_put_real(frame, number(fal_report_parameter(report, k, "alpha")));
        fal_frame_put_real(frame, number(fal_report_parameter(report, k, "rho")));
        fal_frame_put_int(frame, all->pairs[i < j ? i * n + j : j * n + i].seeds);
        fal_frame_put_real(frame, all->win[i * n + j]);
        fal_frame_put_real(frame, all->win[j * n + i]);
        fal_frame_put_real(frame, all->win[i * n + j] - all->win[j * n + i]);
    }
}

/* ---- Figure 1b: one bar for each strategy and setting ---------------------------------------------------------- */

static fal_status add_bars(fal_report *report, const fal_frame *frame)
{
    fal_status status = FAL_OK;
    double *values = NULL;
    const char **names = NULL;
    char(*texts)[128] = NULL;
    const size_t count = (size_t)frame->row_count;
    FAL_TRY_GOTO(fal_alloc(&values, count, sizeof *values, "gaps"));
    FAL_TRY_GOTO(fal_alloc(&names, count, sizeof *names, "gaps"));
    FAL_TRY_GOTO(fal_alloc(&texts, count, sizeof *texts, "gaps"));
    for (size_t r = 0; r < count; r++) {
        values[r] = fal_frame_at(frame, (int64_t)r, G_GAP)->real;
        (void)snprintf(texts[r], sizeof texts[r], "%.60s, alpha %g, rho %g", fal_frame_at(frame, (int64_t)r, 1)->text,
                       fal_frame_at(frame, (int64_t)r, G_ALPHA)->real, fal_frame_at(frame, (int64_t)r, G_RHO)->real);
        names[r] = texts[r];
    }
    const fal_bars_series series = {.name = "gap", .colour = 0, .values = values};
    const fal_bars bars = {.title = "Global minus local-only selector: winning rate",
                           .value_name = "gap (Figure 1b)",
                           .categories = names,
                           .category_count = (int)count,
                           .series = &series,
                           .series_count = 1,
                           .decimals = 3,
                           .source = "gap.7"};
    status = fal_section_figure(report, fal_draw_bars, &bars, NULL, "figure1b", true);
done:
    fal_free(texts);
    fal_free(names);
    fal_free(values);
    return status;
}

/* ---- Figure 2: mean gap by alpha and rho ----------------------------------------------------------------------- */

static void add_value(double *values, int *count, double value)
{
    int at = 0;
    while (at < *count && values[at] < value) {
        at++;
    }
    if (isnan(value) || *count == GRID_MOST || (at < *count && values[at] == value)) {
        return;
    }
    memmove(values + at + 1, values + at, (size_t)(*count - at) * sizeof *values);
    values[at] = value;
    (*count)++;
}

static double mean_gap(const fal_frame *frame, double rho, double alpha, int64_t *pairs)
{
    double sum = 0;
    *pairs = 0;
    for (int64_t r = 0; r < frame->row_count; r++) {
        if (fal_frame_at(frame, r, G_RHO)->real == rho && fal_frame_at(frame, r, G_ALPHA)->real == alpha) {
            sum += fal_frame_at(frame, r, G_GAP)->real;
            (*pairs)++;
        }
    }
    return *pairs > 0 ? sum / (double)*pairs : NAN;
}

static fal_status add_grid(fal_report *report, const fal_frame *frame)
{
    double rho[GRID_MOST];
    double alpha[GRID_MOST];
    static double values[GRID_MOST * GRID_MOST];
    char texts[2 * GRID_MOST][24];
    const char *names[2 * GRID_MOST];
    int rhos = 0;
    int alphas = 0;
    for (int64_t r = 0; r < frame->row_count; r++) {
        add_value(rho, &rhos, fal_frame_at(frame, r, G_RHO)->real);
        add_value(alpha, &alphas, fal_frame_at(frame, r, G_ALPHA)->real);
    }
    if (rhos * alphas < 2) {
        return FAL_OK;
    }
    fal_frame *means = FAL_REPORT_FRAME(report, "gap_grid", "Gap by rho and alpha (Figure 2)", grid);
    for (int i = 0; i < rhos * alphas; i++) {
        int64_t pairs = 0;
        values[i] = mean_gap(frame, rho[i / alphas], alpha[i % alphas], &pairs);
        fal_frame_put_real(means, rho[i / alphas]);
        fal_frame_put_real(means, alpha[i % alphas]);
        fal_frame_put_int(means, pairs);
        fal_frame_put_real(means, values[i]);
    }
    FAL_TRY(fal_frame_status(means));
    for (int i = 0; i < rhos + alphas; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%g", i < rhos ? rho[i] : alpha[i - rhos]);
        names[i] = texts[i];
    }
    const fal_heat heat = {.title = "Mean gap by imbalance rho and heterogeneity alpha (Figure 2)",
                           .note = "above 0: the global selector wins more",
                           .row_name = "rho",
                           .column_name = "alpha",
                           .values = values,
                           .decimals = 2,
                           .high = 1,
                           .signs = true,
                           .rows = rhos,
                           .columns = alphas,
                           .row_names = names,
                           .column_names = names + rhos,
                           .source = "gap_grid.3"};
    return fal_section_figure(report, fal_draw_heat, &heat, NULL, "figure2", true);
}

/* ---- Figure 3 -------------------------------------------------------------------------------------------------- */

enum { F_CLIENT = 2, F_ACCURACY = 4, F_HELD = 5, SETTINGS_DRAWN = 4, CELLS_DRAWN = 400 };

static fal_status add_first(fal_report *report, int k, bool held, const char *name)
{
    const fal_frame *frame = fal_report_frame(report, "first_round");
    const fal_setting *setting = &report->settings[k];
    fal_status status = FAL_OK;
    int64_t count = 0;
    double *values = NULL;
    const char **names = NULL;
    char(*texts)[24] = NULL;
    int64_t classes = 0;
    const int64_t first = fal_report_rows(frame, setting->name, NULL, &count);
    if (first < 0 || count > CELLS_DRAWN) {
        return FAL_OK;
    }
    while (classes < count &&
           fal_frame_at(frame, first + classes, F_CLIENT)->integer == fal_frame_at(frame, first, F_CLIENT)->integer) {
        classes++;
    }
    const int64_t rows = count / classes;
    FAL_TRY_GOTO(fal_alloc(&values, (size_t)count, sizeof *values, "first models"));
    FAL_TRY_GOTO(fal_alloc(&names, (size_t)rows, sizeof *names, "first models"));
    FAL_TRY_GOTO(fal_alloc(&texts, (size_t)rows, sizeof *texts, "first models"));
    for (int64_t i = 0; i < count; i++) {
        const fal_frame_cell *cell = fal_frame_at(frame, first + i, held ? F_HELD : F_ACCURACY);
        values[i] = held ? (double)cell->integer : cell->real;
    }
    for (int64_t r = 0; r < rows; r++) {
        (void)snprintf(texts[r], sizeof texts[r], r == rows - 1 ? held ? "all" : "global" : "%lld", (long long)r);
        names[r] = texts[r];
    }
    const fal_heat heat = {.title = held ? "Images held" : "Accuracy of the first models, per cent",
                           .row_name = "client",
                           .column_name = "class",
                           .values = values,
                           .high = held ? 0 : 100,
                           .rows = (int)rows,
                           .columns = (int)classes,
                           .row_names = names,
                           .source = held ? "first_round.5" : "first_round.4",
                           .first_row = first};
    status = fal_section_figure(report, fal_draw_heat, &heat, setting->name, name, true);
done:
    fal_free(texts);
    fal_free(names);
    fal_free(values);
    return status;
}

static fal_status add_firsts(fal_report *report)
{
    const fal_frame *frame = fal_report_frame(report, "first_round");
    if (frame->row_count == 0 || frame->aside) {
        fal_section_say(report, "What the first models know (Figure 3) %s.",
                        frame->aside
                            ? "is too long for this page: first_round.csv has it"
                            : "is recorded with strategies that train local-only models, or with --first-round");
        return FAL_OK;
    }
    fal_section_say(report, "What the first models know (Figure 3): each client's local-only model and, in the last "
                            "row, the global one after AL round 1, class by class; beside it what the clients hold.");
    for (int k = 0, drawn = 0; k < report->setting_count && drawn < SETTINGS_DRAWN; k++) {
        char name[64];
        int64_t count = 0;
        if (fal_report_rows(frame, report->settings[k].name, NULL, &count) < 0) {
            continue;
        }
        fal_section_open(report, report->settings[k].name, report->setting_count == 1, "%s", report->settings[k].name);
        fal_section_grid(report, true);
        (void)snprintf(name, sizeof name, "figure3_%d", k + 1);
        FAL_TRY(add_first(report, k, false, name));
        (void)snprintf(name, sizeof name, "figure3_held_%d", k + 1);
        FAL_TRY(add_first(report, k, true, name));
        fal_section_grid(report, false);
        fal_section_close(report);
        drawn++;
    }
    return FAL_OK;
}

fal_status fal_section_selectors(fal_report *report)
{
    static const int which[] = {0, 1, 2, 3, 4, 5, 6, 7, -1};
    fal_view view = {0};
    fal_status status = FAL_OK;
    fal_frame *frame = FAL_REPORT_FRAME(report, "gap", "Global or local-only selector (Figures 1b, 2)", gap);
    for (int k = 0; k < report->setting_count; k++) {
        put_gaps(report, frame, k);
    }
    FAL_TRY(fal_frame_status(frame));
    fal_section_begin(report, "selectors", "Global or local selector");
    if (frame->row_count == 0) {
        fal_section_say(report, "No gap to show: no strategy was run with both selectors (NAME:global and NAME:local) "
                                "over at least 2 common seeds in one setting. With --split-selectors they are in "
                                "settings of their own: leave it out for this section.");
    } else {
        FAL_TRY_GOTO(add_bars(report, frame));
        FAL_TRY_GOTO(add_grid(report, frame));
        FAL_TRY_GOTO(fal_view_of_frame(&view, "Winning rates of one selector over the other", frame, 0,
                                       frame->row_count, which, 2));
        fal_view_about(&view, -1, -1, 0);
        FAL_TRY_GOTO(fal_section_table(report, &view, "gap"));
    }
    FAL_TRY_GOTO(add_firsts(report));
    fal_section_end(report);
done:
    fal_view_destroy(&view);
    return status == FAL_OK ? fal_text_status(&report->html) : status;
}
