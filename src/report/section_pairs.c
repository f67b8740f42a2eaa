/* Who beats whom in one setting: winning rates, differences of areas. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/forest.h"

#include "section_internal.h"

/* Columns of "winning_rate" and "aulc_against". */
enum { RATE = 6, WON = 8, TIED = 9, LOST = 10 };
enum { A_MEAN = 4, A_LOW = 5, A_HIGH = 6, A_HL = 7, A_HL_LOW = 8, A_HL_HIGH = 9 };
/* Up to so many settings, all pairs are shown at once. */
enum { OPEN_SETTINGS = 2 };
/* Differences are drawn for so many settings; the tables have all. */
enum { SETTINGS_DRAWN = 12 };

static fal_status add_matrix(fal_report *report, const fal_setting *setting, int number)
{
    const fal_frame *frame = fal_report_frame(report, "winning_rate");
    const int n = setting->strategy_count;
    int64_t count = 0;
    char name[64];
    fal_view view;
    const int64_t first = fal_report_rows(frame, setting->name, NULL, &count);
    FAL_TRY(
        fal_view_create(&view, "Winning rates: share of AL rounds in which the row beats the column", n + 1, n + 1, 1));
    fal_view_text(&view, 0, 0, "winner");
    fal_view_about(&view, 0, -1, -1);
    for (int i = 0; i < n; i++) {
        fal_view_text(&view, 0, i + 1, "%s", setting->strategies[i]);
        fal_view_text(&view, i + 1, 0, "%s", setting->strategies[i]);
        fal_view_text(&view, i + 1, i + 1, "-");
    }
    for (int64_t r = 0; r < count; r++) {
        const int i = fal_setting_find(setting, fal_frame_at(frame, first + r, 1)->text);
        const int j = fal_setting_find(setting, fal_frame_at(frame, first + r, 2)->text);
        fal_view_number(&view, i + 1, j + 1, frame, first + r, RATE, -1);
        fal_view_shade(&view, i + 1, j + 1, 1);
    }
    (void)snprintf(name, sizeof name, "winning_rate_%d", number);
    const fal_status status = fal_section_table(report, &view, name);
    fal_view_destroy(&view);
    return status;
}

/* Won, tied and lost, each pair once: the other way round is the same with the words changed. */
static fal_status add_wins(fal_report *report, const fal_setting *setting, const char *name)
{
    static const int which[] = {1, 2, 3, 4, 5, RATE, WON, TIED, LOST, 7, -1};
    const fal_frame *frame = fal_report_frame(report, "winning_rate");
    int64_t *rows = NULL;
    int64_t count = 0;
    int64_t pairs = 0;
    fal_view view = {0};
    fal_status status = FAL_OK;
    const int64_t first = fal_report_rows(frame, setting->name, NULL, &count);
    FAL_TRY(fal_alloc(&rows, (size_t)count, sizeof *rows, "pairs"));
    for (int64_t r = first; r < first + count; r++) {
        if (fal_setting_find(setting, fal_frame_at(frame, r, 1)->text) <
            fal_setting_find(setting, fal_frame_at(frame, r, 2)->text)) {
            rows[pairs++] = r;
        }
    }
    FAL_TRY_GOTO(fal_view_of_rows(&view, "AL rounds won, tied and lost by the strategy against the other", frame, rows,
                                  0, pairs, which, 2));
    fal_view_text(&view, 0, 0, "strategy");
    fal_view_text(&view, 0, 1, "other");
    fal_view_about(&view, 0, 1, -1);
    status = fal_section_table(report, &view, name);
done:
    fal_view_destroy(&view);
    fal_free(rows);
    return status;
}

static fal_status add_forest(fal_report *report, const fal_setting *setting, int number)
{
    const fal_frame *frame = fal_report_frame(report, "aulc_against");
    fal_forest_row *rows = NULL;
    int64_t count = 0;
    char name[64];
    char source[64];
    char title[128];
    const int64_t first = fal_report_rows(frame, setting->name, NULL, &count);
    if (first < 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&rows, (size_t)count, sizeof *rows, "differences"));
    for (int64_t r = 0; r < count; r++) {
        const char *strategy = fal_frame_at(frame, first + r, 1)->text;
        rows[r] = (fal_forest_row){.name = strategy,
                                   .colour = fal_report_colour(report, strategy),
                                   .estimate = fal_frame_at(frame, first + r, A_HL)->real,
                                   .low = fal_frame_at(frame, first + r, A_HL_LOW)->real,
                                   .high = fal_frame_at(frame, first + r, A_HL_HIGH)->real,
                                   .thin_low = fal_frame_at(frame, first + r, A_LOW)->real,
                                   .thin_high = fal_frame_at(frame, first + r, A_HIGH)->real};
    }
    (void)snprintf(title, sizeof title, "Area under the curve minus that of %s", fal_frame_at(frame, first, 2)->text);
    (void)snprintf(source, sizeof source, "aulc_against.%d.%d.%d.%d.%d", A_HL, A_HL_LOW, A_HL_HIGH, A_LOW, A_HIGH);
    const fal_forest forest = {.title = title,
                               .x_name = "percentage points",
                               .notes = {"Dot and thick line: Hodges-Lehmann and its exact interval; thin: 95 % t "
                                         "interval; grey: 1 point"},
                               .below = "worse",
                               .above = "better",
                               .rows = rows,
                               .row_count = (int)count,
                               .band = 1,
                               .decimals = 2,
                               .source = source,
                               .first_row = first};
    (void)snprintf(name, sizeof name, "areas_%d", number);
    const fal_status status = fal_section_figure(report, fal_draw_forest, &forest, NULL, name, true);
    fal_free(rows);
    return status;
}

/* Wins that rest on nothing but few seeds. */
static void say_without_spread(fal_report *report, const fal_comparison *all)
{
    const int n = all->setting->strategy_count;
    int wins = 0;
    for (int cell = 0; cell < n * n; cell++) {
        for (int r = report->options.summary.tested ? 1 : 0; r < all->rounds_least; r++) {
            const double t = fal_comparison_t(all, cell / n, cell % n, r);
            wins += isinf(t) && t > 0;
        }
    }
    if (wins > 0) {
        fal_section_say(report,
                        "%d AL round%s won by differences that are equal in every seed, so that t is infinite: few "
                        "seeds on a small test set do that by chance.",
                        wins, wins == 1 ? " is" : "s are");
    }
}

static fal_status add_setting(fal_report *report, const fal_setting *setting, int number)
{
    static const int areas[] = {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, -1};
    char name[64];
    if (setting->strategy_count < 2) {
        return FAL_OK;
    }
    fal_section_open(report, setting->name, report->setting_count <= OPEN_SETTINGS, "%s", setting->name);
    if (number <= SETTINGS_DRAWN) {
        FAL_TRY(add_forest(report, setting, number));
    }
    (void)snprintf(name, sizeof name, "areas_%d", number);
    FAL_TRY(fal_section_rows(
        report, "aulc", setting->name,
        "Areas under the learning curves: strategy minus other, in percentage points over paired seeds", areas, 2,
        name));
    FAL_TRY(add_matrix(report, setting, number));
    say_without_spread(report, &report->all[number - 1]);
    (void)snprintf(name, sizeof name, "wins_%d", number);
    FAL_TRY(add_wins(report, setting, name));
    fal_section_close(report);
    return FAL_OK;
}

fal_status fal_section_pairs(fal_report *report)
{
    fal_section_begin(report, "pairs", "Who beats whom");
    fal_section_say(report,
                    "AL rounds are not independent tests, so each trial counts once, by the area under its learning "
                    "curve; p after Holm's adjustment is over all pairs of a setting. Winning rates are the paper's "
                    "(Equations 5 and 6): an AL round is won where t is above %s.",
                    report->options.summary.student ? "Student's 97.5 % point for the seeds at hand" : "2.776");
    if (report->setting_count > SETTINGS_DRAWN) {
        fal_section_say(report, "Differences are drawn for the first %d settings; the tables have all.",
                        SETTINGS_DRAWN);
    }
    for (int k = 0; k < report->setting_count; k++) {
        FAL_TRY(add_setting(report, &report->settings[k], k + 1));
    }
    fal_section_end(report);
    return fal_text_status(&report->html);
}
