/* Over several settings: the penalty matrix (Figure 5), categories (Figure 4), ranks with the critical difference. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/bars.h"
#include "fal/plot/critical.h"

#include "categories_internal.h"
#include "penalty_internal.h"
#include "section_internal.h"

/* ---- penalty matrix -------------------------------------------------------------------------------------------- */

static int place_of(const fal_frame *mean, const char *name)
{
    int64_t count = 0;
    return (int)fal_report_rows(mean, name, NULL, &count);
}

static fal_status add_penalty(fal_report *report)
{
    const fal_frame *frame = fal_report_frame(report, "penalty");
    const fal_frame *mean = fal_report_frame(report, "penalty_mean");
    const int n = (int)mean->row_count;
    fal_view view;
    if (n < 2) {
        fal_section_say(report, "No penalty matrix: no two strategies have winning rates in every setting.");
        return FAL_OK;
    }
    FAL_TRY(fal_view_create(&view, "Penalty matrix: winning rates summed over settings, row beats column", n + 2, n + 1,
                            1));
    fal_view_text(&view, 0, 0, "winner");
    fal_view_text(&view, n + 1, 0, "mean, low is good");
    fal_view_about(&view, 0, -1, -1);
    for (int i = 0; i < n; i++) {
        const char *name = fal_frame_at(mean, i, 0)->text;
        fal_view_text(&view, 0, i + 1, "%s", name);
        fal_view_text(&view, i + 1, 0, "%s", name);
        fal_view_text(&view, i + 1, i + 1, "-");
        fal_view_number(&view, n + 1, i + 1, mean, i, 1, -1);
    }
    for (int64_t r = 0; r < frame->row_count; r++) {
        const int i = place_of(mean, fal_frame_at(frame, r, 0)->text);
        const int j = place_of(mean, fal_frame_at(frame, r, 1)->text);
        fal_view_number(&view, i + 1, j + 1, frame, r, 2, -1);
        fal_view_shade(&view, i + 1, j + 1, (double)fal_frame_at(frame, r, 3)->integer);
    }
    fal_view_mark(&view, n + 1, true, 1, n, true);
    const fal_status status = fal_section_table(report, &view, "penalty");
    fal_view_destroy(&view);
    return status;
}

/* ---- categories ------------------------------------------------------------------------------------------------ */

static const fal_frame_column categories[] = {
    {"category", FAL_FRAME_NAME, 0, "the one parameter in which settings differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "strategy"},
    {"other", FAL_FRAME_NAME, 0, "strategy"},
    {"settings", FAL_FRAME_INT, 0, "of the category, the matching defaults included"},
    {"winning_percent", FAL_FRAME_REAL, 1, "100 * mean winning rate of strategy over other"},
    {"defeat_percent", FAL_FRAME_REAL, 1, "100 * mean winning rate of other over strategy"},
};

static fal_status fill_categories(fal_report *report, const fal_categories *all)
{
    fal_frame *frame = FAL_REPORT_FRAME(report, "categories", "Winning and defeat by category (Figure 4)", categories);
    bool *use = NULL;
    FAL_TRY(fal_alloc(&use, (size_t)report->setting_count, sizeof *use, "categories"));
    for (int c = 0; c < all->count; c++) {
        fal_penalty sum = {0};
        fal_categories_members(report, all, c, use);
        const fal_status status = fal_penalty_create(report->all, report->setting_count, use, &sum);
        if (status != FAL_OK) {
            fal_free(use);
            return status;
        }
        for (int i = 0; i < sum.n * sum.n; i++) {
            const int row = i / sum.n;
            const int column = i % sum.n;
            if (row != column) {
                fal_frame_put_text(frame, all->names[c]);
                fal_frame_put_text(frame, sum.names[row]);
                fal_frame_put_text(frame, sum.names[column]);
                fal_frame_put_int(frame, sum.settings);
                fal_frame_put_real(frame, 100 * sum.penalty[i] / sum.settings);
                fal_frame_put_real(frame, 100 * sum.penalty[column * sum.n + row] / sum.settings);
            }
        }
        fal_penalty_destroy(&sum);
    }
    fal_free(use);
    return fal_frame_status(frame);
}

/* One category, one strategy against all others. */
static fal_status add_bars(fal_report *report, const char *category, const char *strategy, int number)
{
    enum { WINS = 4, DEFEATS = 5, OTHER = 2 };
    const fal_frame *frame = fal_report_frame(report, "categories");
    int64_t count = 0;
    fal_status status = FAL_OK;
    double *values = NULL;
    const char **names = NULL;
    char title[160];
    char name[64];
    const int64_t first = fal_report_rows(frame, category, strategy, &count);
    if (first < 0) {
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_alloc(&values, 2 * (size_t)count, sizeof *values, "categories"));
    FAL_TRY_GOTO(fal_alloc(&names, (size_t)count, sizeof *names, "categories"));
    for (int64_t r = 0; r < count; r++) {
        names[r] = fal_frame_at(frame, first + r, OTHER)->text;
        values[r] = fal_frame_at(frame, first + r, WINS)->real;
        values[count + r] = fal_frame_at(frame, first + r, DEFEATS)->real;
    }
    const fal_bars_series series[] = {{.name = "wins", .colour = 0, .values = values, .first_row = first},
                                      {.name = "is beaten", .colour = 1, .values = values + count, .first_row = first}};
    (void)snprintf(title, sizeof title, "%.60s against others: %.60s (%lld setting%s)", strategy, category,
                   (long long)fal_frame_at(frame, first, 3)->integer,
                   fal_frame_at(frame, first, 3)->integer == 1 ? "" : "s");
    (void)snprintf(name, sizeof name, "category_%d", number);
    const fal_bars bars = {.title = title,
                           .value_name = "per cent of AL rounds",
                           .categories = names,
                           .category_count = (int)count,
                           .series = series,
                           .series_count = 2,
                           .decimals = 1,
                           .source = "categories.4.5"};
    status = fal_section_figure(report, fal_draw_bars, &bars, NULL, name, true);
done:
    fal_free(names);
    fal_free(values);
    return status;
}

/* The strategy whose wins are drawn: the paper's, or the one that loses least. */
static const char *focus_of(const fal_report *report)
{
    const fal_frame *mean = fal_report_frame(report, "penalty_mean");
    int64_t count = 0;
    int64_t best = fal_report_rows(mean, "logo", NULL, &count);
    for (int64_t i = 0; best < 0 && i < mean->row_count; i++) {
        bool least = true;
        for (int64_t k = 0; k < mean->row_count; k++) {
            least = least && !(fal_frame_at(mean, k, 1)->real < fal_frame_at(mean, i, 1)->real);
        }
        best = least ? i : best;
    }
    return best >= 0 ? fal_frame_at(mean, best, 0)->text : NULL;
}

static fal_status add_categories(fal_report *report)
{
    static const int which[] = {0, 1, 2, 3, 4, 5, -1};
    fal_categories all = {0};
    fal_view view = {0};
    const char *focus = focus_of(report);
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_categories_create(report, &all));
    FAL_TRY_GOTO(fill_categories(report, &all));
    const fal_frame *frame = fal_report_frame(report, "categories");
    fal_section_grid(report, true);
    for (int c = 0; c < all.count && focus != NULL; c++) {
        FAL_TRY_GOTO(add_bars(report, all.names[c], focus, c + 1));
    }
    fal_section_grid(report, false);
    if (frame->row_count > 0) {
        fal_section_open(report, NULL, false, "All strategies by category");
        FAL_TRY_GOTO(fal_view_of_frame(&view, "Winning and defeat percentages by category", frame, 0, frame->row_count,
                                       which, 3));
        fal_view_about(&view, 1, 2, -1);
        FAL_TRY_GOTO(fal_section_table(report, &view, "categories"));
        fal_section_close(report);
    }
done:
    fal_view_destroy(&view);
    fal_categories_destroy(&all);
    return status;
}

/* ---- ranks ----------------------------------------------------------------------------------------------------- */

static const fal_frame_column mean_ranks[] = {
    {"strategy", FAL_FRAME_NAME, 0, "best first"},
    {"mean_rank", FAL_FRAME_REAL, 2, "over settings, by mean area under the curve; 1 is best"},
};

/* Pairs that Holm's adjustment cannot tell apart at 5 %. */
static void fill_alike(const fal_ranking *all, bool *alike)
{
    for (int i = 0, pair = 0; i < all->n; i++) {
        alike[i * all->n + i] = true;
        for (int j = i + 1; j < all->n; j++, pair++) {
            alike[i * all->n + j] = alike[j * all->n + i] = !(all->holm[pair] < 0.05);
        }
    }
}

static fal_status add_diagram(fal_report *report, const fal_ranking *all)
{
    fal_status status = FAL_OK;
    fal_critical_item *items = NULL;
    bool *alike = NULL;
    char note[160];
    fal_frame *frame = FAL_REPORT_FRAME(report, "mean_ranks", "Mean ranks", mean_ranks);
    FAL_TRY_GOTO(fal_alloc(&items, (size_t)all->n, sizeof *items, "ranks"));
    FAL_TRY_GOTO(fal_alloc(&alike, (size_t)all->n * (size_t)all->n, sizeof *alike, "ranks"));
    fill_alike(all, alike);
    for (int i = 0; i < all->n; i++) {
        fal_frame_put_text(frame, all->names[i]);
        fal_frame_put_real(frame, all->rank[i]);
        items[i] = (fal_critical_item){
            .name = all->names[i], .colour = fal_report_colour(report, all->names[i]), .rank = all->rank[i]};
    }
    FAL_TRY_GOTO(fal_frame_status(frame));
    (void)snprintf(note, sizeof note, "Joined: not told apart at 5 %% (Holm). Bar: Nemenyi's critical difference.");
    const fal_critical diagram = {.title = "Mean ranks over settings, 1 is best",
                                  .notes = {note},
                                  .items = items,
                                  .item_count = all->n,
                                  .difference = all->critical,
                                  .alike = alike,
                                  .source = "mean_ranks.1"};
    status = fal_section_figure(report, fal_draw_critical, &diagram, NULL, "critical_difference", true);
done:
    fal_free(alike);
    fal_free(items);
    return status;
}

static fal_status add_ranks(fal_report *report)
{
    static const int which[] = {0, 1, 4, 5, 6, 7, -1};
    enum { SETTINGS_ENOUGH = 6 };
    const fal_ranking *all = &report->ranking;
    fal_view view = {0};
    fal_status status = FAL_OK;
    if (!fal_ranking_is_there(all)) {
        fal_section_say(
            report, "No ranks: these take at least 2 settings, and 2 strategies with areas in all that compare any.");
        goto done;
    }
    FAL_TRY_GOTO(add_diagram(report, all));
    if (all->kept < SETTINGS_ENOUGH) {
        fal_section_say(report,
                        "These are %d settings: Friedman's and Nemenyi's distributions are approximations for many, at "
                        "least %d, so read the diagram as a picture, not as a test.",
                        all->kept, SETTINGS_ENOUGH);
    }
    fal_section_say(report,
                    "Friedman's test over %d settings and %d strategies: chi2 = %.2f, p %s %.3f. Settings count "
                    "as independent here; those that share trials or images are not.",
                    all->kept, all->n, all->chi2, all->p < 0.001 ? "<" : "=", all->p < 0.001 ? 0.001 : all->p);
    const fal_frame *frame = fal_report_frame(report, "aulc_ranks");
    FAL_TRY_GOTO(fal_view_of_frame(&view, "Ranks over settings: pairs", frame, 0, frame->row_count, which, 2));
    fal_view_about(&view, 0, 1, -1);
    FAL_TRY_GOTO(fal_section_table(report, &view, "ranks"));
done:
    fal_view_destroy(&view);
    return status;
}

fal_status fal_section_study(fal_report *report)
{
    fal_section_begin(report, "settings", "Over all settings");
    fal_section_say(report,
                    "%d setting%s. The penalty matrix sums winning rates over settings (the paper's Figure 5): "
                    "rows win, the last row is how often a strategy loses.",
                    report->setting_count, report->setting_count == 1 ? "" : "s");
    FAL_TRY(add_penalty(report));
    FAL_TRY(add_ranks(report));
    if (report->setting_count > 1) {
        fal_section_say(report, "By category (Figure 4): the parameter in which a setting differs from the defaults, "
                                "each with the matching default added. What all settings share does not count; "
                                "settings that differ in more are \"other\".");
    }
    FAL_TRY(add_categories(report));
    fal_section_end(report);
    return fal_text_status(&report->html);
}
