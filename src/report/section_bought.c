/* What was bought: classes of the labelled images over AL rounds (Table 2), M, agreement of the selectors, labels by
 * client and class. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/heat.h"

#include "section_internal.h"

/* Columns of "diversity" and "bought". */
enum { AL_ROUND = 2, LABELLED = 3, LOCAL_EMD = 4, GLOBAL_EMD = 5, M = 8, OVERLAP = 9 };
enum { B_CLIENT = 3, B_HELD = 5, B_LABELLED = 6 };
/* Figures are drawn for so many settings, so that a page of very many opens at once; tables hold all. */
enum { SETTINGS_DRAWN = 6, HEATS_DRAWN = 24, CELLS_DRAWN = 400 };

static fal_status add_charts(fal_report *report, int k)
{
    static const struct {
        const char *title, *y_name, *name;
        int column;
    } charts[] = {{"Local EMD of labels", "distance from uniform", "emd_local", LOCAL_EMD},
                  {"Global EMD of labels", "distance from uniform", "emd_global", GLOBAL_EMD},
                  {"M (Eq. 10)", "distance", "m", M},
                  {"G and L choose the same", "per cent of choices", "overlap", OVERLAP}};
    for (size_t c = 0; c < sizeof charts / sizeof *charts; c++) {
        char name[64];
        const fal_frame_chart chart = {.frame = "diversity",
                                       .title = charts[c].title,
                                       .x_name = "labelled, per cent",
                                       .y_name = charts[c].y_name,
                                       .x = LABELLED,
                                       .y = charts[c].column,
                                       .low = -1,
                                       .high = -1,
                                       .small = true};
        (void)snprintf(name, sizeof name, "%s_%d", charts[c].name, k + 1);
        FAL_TRY(fal_frame_chart_add(report, &chart, report->settings[k].name, name, false));
    }
    return FAL_OK;
}

/* AL rounds to show: at most four, evenly spread, the last one among them. */
static int choose_rounds(int rounds, int chosen[4])
{
    const int count = rounds < 4 ? rounds : 4;
    for (int i = 0; i < count; i++) {
        chosen[i] = (int)(((int64_t)rounds * (i + 1) + count - 1) / count);
    }
    return count;
}

/* Table 2: rows strategies; local EMD at some AL rounds, then global EMD. */
static fal_status add_table(fal_report *report, const fal_setting *setting, int number)
{
    const fal_frame *frame = fal_report_frame(report, "diversity");
    const int of[] = {LOCAL_EMD, GLOBAL_EMD, M};
    static const char *const heads[] = {"local", "global", "M"};
    int chosen[4];
    char name[64];
    fal_view view;
    const int count = choose_rounds(setting->rounds, chosen);
    FAL_TRY(fal_view_create(&view,
                            "Distance of the labelled classes from uniform (EMD, Table 2) and M, means over seeds",
                            setting->strategy_count + 1, 1 + 3 * count, 1));
    fal_view_text(&view, 0, 0, "strategy");
    fal_view_about(&view, 0, -1, -1);
    for (int s = 0; s < setting->strategy_count; s++) {
        int64_t rows = 0;
        const int64_t first = fal_report_rows(frame, setting->name, setting->strategies[s], &rows);
        fal_view_text(&view, s + 1, 0, "%s", setting->strategies[s]);
        for (int v = 0; v < 3 * count && first >= 0; v++) {
            fal_view_number(&view, s + 1, v + 1, frame, first + chosen[v % count] - 1, of[v / count], -1);
        }
    }
    for (int v = 0; v < 3 * count; v++) {
        fal_view_text(&view, 0, v + 1, "%s, round %d", heads[v / count], chosen[v % count]);
        fal_view_mark(&view, v + 1, false, 1, setting->strategy_count, true);
    }
    (void)snprintf(name, sizeof name, "table2_%d", number);
    const fal_status status = fal_section_table(report, &view, name);
    fal_view_destroy(&view);
    return status;
}

/* Client x class: what is labelled, for one strategy; what the clients hold, once. */
static fal_status add_heat(fal_report *report, const fal_setting *setting, const char *strategy, int column,
                           const char *name)
{
    const fal_frame *frame = fal_report_frame(report, "bought");
    int64_t count = 0;
    int64_t *counts = NULL;
    char title[128];
    char source[32];
    const int64_t first = fal_report_rows(frame, setting->name, strategy, &count);
    if (first < 0 || count > CELLS_DRAWN) {
        return FAL_OK;
    }
    const int clients = (int)fal_frame_at(frame, first + count - 1, B_CLIENT)->integer + 1;
    FAL_TRY(fal_alloc(&counts, (size_t)count, sizeof *counts, "labels"));
    for (int64_t i = 0; i < count; i++) {
        counts[i] = fal_frame_at(frame, first + i, column)->integer;
    }
    (void)snprintf(title, sizeof title, column == B_HELD ? "What the clients hold%.0s" : "Labelled by %.80s", strategy);
    (void)snprintf(source, sizeof source, "bought.%d", column);
    const fal_heat heat = {.title = title,
                           .row_name = "client",
                           .column_name = "class",
                           .counts = counts,
                           .rows = clients,
                           .columns = (int)(count / clients),
                           .source = source,
                           .first_row = first};
    const fal_status status = fal_section_figure(report, fal_draw_heat, &heat, setting->name, name, true);
    fal_free(counts);
    return status;
}

static fal_status add_heats(fal_report *report, int k, int *drawn)
{
    const fal_setting *setting = &report->settings[k];
    char name[64];
    if (*drawn >= HEATS_DRAWN || fal_report_frame(report, "bought")->aside) {
        return FAL_OK;
    }
    fal_section_grid(report, true);
    (void)snprintf(name, sizeof name, "held_%d", k + 1);
    FAL_TRY(add_heat(report, setting, setting->strategies[0], B_HELD, name));
    for (int s = 0; s < setting->strategy_count && *drawn < HEATS_DRAWN; s++, (*drawn)++) {
        (void)snprintf(name, sizeof name, "labelled_%d_%d", k + 1, s + 1);
        FAL_TRY(add_heat(report, setting, setting->strategies[s], B_LABELLED, name));
    }
    fal_section_grid(report, false);
    return FAL_OK;
}

fal_status fal_section_bought(fal_report *report)
{
    int drawn = 0;
    fal_section_begin(report, "bought", "What was bought");
    fal_section_say(report,
                    "EMD is the distance of class counts from uniform (0: all classes alike), for each client's labels "
                    "and for all labels together; M is the distance between a client's clusters and what was chosen "
                    "(low: every cluster has a choice near it). Client by class: the first seed, after the last AL "
                    "round.");
    const bool tables = !fal_report_frame(report, "diversity")->aside;
    if (report->setting_count > SETTINGS_DRAWN) {
        fal_section_say(report, "Figures are drawn for the first %d settings; %s.", SETTINGS_DRAWN,
                        tables ? "the tables have all" : "diversity.csv and bought.csv have all");
    }
    for (int k = 0; k < (tables || report->setting_count < SETTINGS_DRAWN ? report->setting_count : SETTINGS_DRAWN);
         k++) {
        fal_section_open(report, report->settings[k].name, report->setting_count <= 2, "%s", report->settings[k].name);
        if (tables) {
            FAL_TRY(add_table(report, &report->settings[k], k + 1));
        }
        if (k < SETTINGS_DRAWN) {
            fal_section_grid(report, true);
            FAL_TRY(tables ? add_charts(report, k) : FAL_OK);
            fal_section_grid(report, false);
            FAL_TRY(add_heats(report, k, &drawn));
        }
        fal_section_close(report);
    }
    fal_section_end(report);
    return fal_text_status(&report->html);
}
