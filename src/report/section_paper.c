/* The paper's Tables 3 and 4 in its layout: strategies in rows; settings, and in each some AL rounds, in columns. */
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

#include "section_internal.h"

enum { ROUNDS_SHOWN = 4, LABELLED = 9, MEAN = 5, SD = 6, SEEDS = 4, SETTINGS_IN_TABLE = 6 };

/* Table 4 is about strategies that use both models, and logo. */
static bool in_table(const char *strategy, int table)
{
    const bool both = strncmp(strategy, "ensemble-", 9) == 0 || strncmp(strategy, "finetuning:", 11) == 0;
    const bool logo = strcmp(strategy, "logo") == 0;
    return table == 3 ? !both : both || logo;
}

/* A head of two parts: setting, and how much is labelled in the AL round. */
static void set_head(fal_view *view, int column, const fal_setting *setting, int round)
{
    char name[48];
    (void)fal_text_copy(name, sizeof name, setting->name);
    fal_view_text(view, 0, column, "%s%s: %.0f %%", name, strlen(setting->name) >= sizeof name ? "..." : "",
                  100 * fal_setting_share(setting, round - 1));
}

static int choose(const fal_setting *setting, int index)
{
    const int count = setting->rounds < ROUNDS_SHOWN ? setting->rounds : ROUNDS_SHOWN;
    return (int)(((int64_t)setting->rounds * (index + 1) + count - 1) / count);
}

static int shown(const fal_setting *setting) { return setting->rounds < ROUNDS_SHOWN ? setting->rounds : ROUNDS_SHOWN; }

static void fill(fal_report *report, fal_view *view, const char *const *rows, int row_count, int first_setting,
                 int settings)
{
    const fal_frame *frame = fal_report_frame(report, "accuracy");
    fal_view_text(view, 0, 0, "strategy");
    fal_view_about(view, 0, -1, -1);
    for (int i = 0; i < row_count; i++) {
        fal_view_text(view, i + 1, 0, "%s", rows[i]);
    }
    int column = 1;
    for (int k = first_setting; k < first_setting + settings; k++) {
        const fal_setting *setting = &report->settings[k];
        for (int r = 0; r < shown(setting); r++, column++) {
            const int round = choose(setting, r);
            set_head(view, column, setting, round);
            for (int i = 0; i < row_count; i++) {
                int64_t count = 0;
                const int64_t first = fal_report_rows(frame, setting->name, rows[i], &count);
                if (first >= 0 && round <= count) {
                    const int64_t at = first + round - 1;
                    fal_view_number(view, i + 1, column, frame, at, MEAN,
                                    fal_frame_at(frame, at, SEEDS)->integer > 1 ? SD : -1);
                }
            }
            fal_view_mark(view, column, false, 1, row_count, false);
        }
    }
}

static fal_status add_table(fal_report *report, int table, int first, int settings)
{
    const char **rows = NULL;
    fal_view view = {0};
    fal_status status = FAL_OK;
    int row_count = 0;
    int columns = 1;
    char name[64];
    FAL_TRY_GOTO(fal_alloc(&rows, (size_t)report->strategy_count, sizeof *rows, "tables"));
    for (int i = 0; i < report->strategy_count; i++) {
        if (in_table(report->strategies[i], table)) {
            rows[row_count++] = report->strategies[i];
        }
    }
    for (int k = first; k < first + settings; k++) {
        columns += shown(&report->settings[k]);
    }
    FAL_TRY_GOTO(fal_view_create(&view, fal_report_measure(report), row_count + 1, columns, 1));
    fill(report, &view, rows, row_count, first, settings);
    (void)snprintf(name, sizeof name, "table%d_%d", table, first / SETTINGS_IN_TABLE + 1);
    FAL_TRY_GOTO(fal_section_table(report, &view, name));
done:
    fal_view_destroy(&view);
    fal_free(rows);
    return status;
}

static bool has_ensembles(const fal_report *report)
{
    for (int i = 0; i < report->strategy_count; i++) {
        if (in_table(report->strategies[i], 4) && strcmp(report->strategies[i], "logo") != 0) {
            return true;
        }
    }
    return false;
}

fal_status fal_section_paper(fal_report *report)
{
    fal_section_begin(report, "paper", "The paper's tables");
    fal_section_say(report,
                    "In the layout of Kim, Bae, Song and Yun (CVPR 2023): the columns are settings and how much "
                    "is labelled; best in bold, second underlined. Table 2 is above, in What was bought. Of its "
                    "numbers we know those at 10 %% labelled: rho 20, alpha inf: EMD 0.371 local and 0.368 "
                    "global; rho 1, alpha inf: 0.049 and 0.014; pools at alpha 0.1: 0.632 (rho 1) and 0.692 "
                    "(rho 20). The numbers of Tables 3 and 4 are in the paper and not repeated here.");
    for (int table = 3; table <= (has_ensembles(report) ? 4 : 3); table++) {
        fal_section_open(report, NULL, report->setting_count <= SETTINGS_IN_TABLE, "Table %d: %s", table,
                         table == 3 ? "strategies" : "ensembles of both models against logo");
        for (int first = 0; first < report->setting_count; first += SETTINGS_IN_TABLE) {
            const int left = report->setting_count - first;
            FAL_TRY(add_table(report, table, first, left < SETTINGS_IN_TABLE ? left : SETTINGS_IN_TABLE));
        }
        fal_section_close(report);
    }
    fal_section_end(report);
    return fal_text_status(&report->html);
}
