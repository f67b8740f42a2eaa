/* Frames of what every AL round recorded: all columns of every seed, class diversity and cost as means over seeds. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/table.h"

#include "report_internal.h"

#define ONE_COLUMN(name, units, meaning) +1
enum { ROUND_COLUMNS = 0 FAL_ROUNDS_COLUMNS(ONE_COLUMN, ONE_COLUMN) };
#define INT_COLUMN(name, units, meaning) {#name, FAL_FRAME_INT, 0, meaning},
#define REAL_COLUMN(name, units, meaning) {#name, FAL_FRAME_REAL, 4, meaning},
static const fal_frame_column rounds_columns[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "query strategy"},
    {"seed", FAL_FRAME_INT, 0, "seed"},
    FAL_ROUNDS_COLUMNS(INT_COLUMN, REAL_COLUMN)};

static void put_row(fal_frame *frame, const fal_row_round *row)
{
    for (int c = 0; c < fal_rounds_kind.column_count; c++) {
        const fal_column *column = &fal_rounds_kind.columns[c];
        const unsigned char *field = (const unsigned char *)row + column->offset;
        int64_t whole = 0;
        double real = 0;
        if (column->type == FAL_COLUMN_REAL) {
            memcpy(&real, field, sizeof real);
            fal_frame_put_real(frame, real);
        } else {
            memcpy(&whole, field, sizeof whole);
            fal_frame_put_int(frame, whole);
        }
    }
}

fal_status fal_frames_rounds(fal_report *report)
{
    fal_frame *frame =
        FAL_REPORT_FRAME(report, "rounds", "All that the AL rounds of every seed recorded", rounds_columns);
    frame->aside = true;
    for (int k = 0; k < report->setting_count; k++) {
        const fal_setting *setting = &report->settings[k];
        for (int c = 0; c < setting->curve_count; c++) {
            const fal_curve *curve = setting->curves[c];
            for (int r = 0; r < curve->rounds; r++) {
                fal_frame_put_text(frame, setting->name);
                fal_frame_put_text(frame, curve->strategy);
                fal_frame_put_int(frame, curve->seed);
                put_row(frame, &curve->row[r]);
            }
        }
    }
    return fal_frame_status(frame);
}

/* A column of /rounds in a frame of means: where it is, and the factor. */
typedef struct {
    size_t offset;
    double factor;
} mean_of;

static double value_of(const fal_row_round *row, size_t offset)
{
    double value = NAN;
    memcpy(&value, (const unsigned char *)row + offset, sizeof value);
    return value;
}

/* Mean over the seeds of a strategy that reached the AL round and have a value. */
static double mean_at(const fal_setting *setting, const char *strategy, int round, mean_of of)
{
    double sum = 0;
    int count = 0;
    for (int c = 0; c < setting->curve_count; c++) {
        const fal_curve *curve = setting->curves[c];
        if (round < curve->rounds && strcmp(curve->strategy, strategy) == 0) {
            const double value = value_of(&curve->row[round], of.offset);
            sum += isfinite(value) ? value : 0;
            count += isfinite(value);
        }
    }
    return count > 0 ? of.factor * sum / count : NAN;
}

static const fal_frame_column diversity[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "query strategy"},
    {"al_round", FAL_FRAME_INT, 0, "AL round, 1 is the random start"},
    {"labelled_percent", FAL_FRAME_REAL, 2, "labelled images"},
    {"local_emd_labelled", FAL_FRAME_REAL, 3, "mean over clients of the labelled set's distance from uniform"},
    {"global_emd_labelled", FAL_FRAME_REAL, 3, "distance from uniform of all labelled images together"},
    {"local_emd_query", FAL_FRAME_REAL, 3, "the same for the images that this AL round bought"},
    {"global_emd_query", FAL_FRAME_REAL, 3, "the same for the images that this AL round bought"},
    {"m_transport", FAL_FRAME_REAL, 3, "mean over clients of M (Eq. 10)"},
    {"selector_overlap_percent", FAL_FRAME_REAL, 1, "choices that G and L alone would both have made"},
};
static const mean_of diversity_of[] = {
    {offsetof(fal_row_round, local_emd_labelled), 1}, {offsetof(fal_row_round, global_emd_labelled), 1},
    {offsetof(fal_row_round, local_emd_query), 1},    {offsetof(fal_row_round, global_emd_query), 1},
    {offsetof(fal_row_round, m_transport), 1},        {offsetof(fal_row_round, selector_overlap), 100},
};
enum { DIVERSITY = sizeof diversity_of / sizeof diversity_of[0] };

fal_status fal_frames_diversity(fal_report *report)
{
    fal_frame *frame = FAL_REPORT_FRAME(report, "diversity", "Classes of what was bought, mean over seeds", diversity);
    for (int k = 0; k < report->setting_count; k++) {
        const fal_setting *setting = &report->settings[k];
        for (int s = 0; s < setting->strategy_count; s++) {
            for (int r = 0; r < setting->rounds; r++) {
                fal_frame_put_text(frame, setting->name);
                fal_frame_put_text(frame, setting->strategies[s]);
                fal_frame_put_int(frame, r + 1);
                fal_frame_put_real(frame, 100 * fal_setting_share(setting, r));
                for (int v = 0; v < DIVERSITY; v++) {
                    fal_frame_put_real(frame, mean_at(setting, setting->strategies[s], r, diversity_of[v]));
                }
            }
        }
    }
    return fal_frame_status(frame);
}

static const fal_frame_column cost[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "query strategy"},
    {"al_rounds", FAL_FRAME_INT, 0, "AL rounds of all seeds, over which these are means"},
    {"round_seconds", FAL_FRAME_REAL, 2, "a whole AL round on rank 0"},
    {"train_seconds", FAL_FRAME_REAL, 2, "local training on rank 0"},
    {"local_only_seconds", FAL_FRAME_REAL, 2, "local-only models, sum over clients"},
    {"embed_seconds", FAL_FRAME_REAL, 2, "inference for the query, sum over clients"},
    {"select_seconds", FAL_FRAME_REAL, 3, "selection, sum over clients"},
    {"evaluate_seconds", FAL_FRAME_REAL, 2, "evaluation on rank 0"},
    {"communicate_seconds", FAL_FRAME_REAL, 2, "aggregation on rank 0, waiting included"},
    {"io_seconds", FAL_FRAME_REAL, 3, "results and checkpoints on rank 0"},
    {"sent_mebibytes", FAL_FRAME_REAL, 2, "payload that all ranks handed to MPI"},
};
static const mean_of cost_of[] = {
    {offsetof(fal_row_round, round_seconds), 1},       {offsetof(fal_row_round, train_seconds), 1},
    {offsetof(fal_row_round, local_only_seconds), 1},  {offsetof(fal_row_round, embed_seconds), 1},
    {offsetof(fal_row_round, select_seconds), 1},      {offsetof(fal_row_round, evaluate_seconds), 1},
    {offsetof(fal_row_round, communicate_seconds), 1}, {offsetof(fal_row_round, io_seconds), 1},
};
enum { COST = sizeof cost_of / sizeof cost_of[0] };

/* Mean over all AL rounds of all seeds of a strategy. */
static void put_cost(fal_frame *frame, const fal_setting *setting, const char *strategy)
{
    double sum[COST] = {0};
    double bytes = 0;
    int counts[COST] = {0};
    int rounds = 0;
    int sent = 0;
    for (int c = 0; c < setting->curve_count; c++) {
        const fal_curve *curve = setting->curves[c];
        for (int r = 0; r < curve->rounds && strcmp(curve->strategy, strategy) == 0; r++, rounds++) {
            for (int v = 0; v < COST; v++) {
                const double value = value_of(&curve->row[r], cost_of[v].offset);
                sum[v] += isfinite(value) ? value : 0;
                counts[v] += isfinite(value);
            }
            if (curve->row[r].sent_bytes != FAL_TABLE_MISSING) {
                bytes += (double)curve->row[r].sent_bytes;
                sent++;
            }
        }
    }
    fal_frame_put_text(frame, setting->name);
    fal_frame_put_text(frame, strategy);
    fal_frame_put_int(frame, rounds);
    for (int v = 0; v < COST; v++) {
        fal_frame_put_real(frame, counts[v] > 0 ? sum[v] / counts[v] : NAN);
    }
    fal_frame_put_real(frame, sent > 0 ? bytes / sent / 1048576.0 : NAN);
}

fal_status fal_frames_cost(fal_report *report)
{
    fal_frame *frame = FAL_REPORT_FRAME(report, "cost", "Cost of an AL round, mean over AL rounds and seeds", cost);
    for (int k = 0; k < report->setting_count; k++) {
        for (int s = 0; s < report->settings[k].strategy_count; s++) {
            put_cost(frame, &report->settings[k], report->settings[k].strategies[s]);
        }
    }
    return fal_frame_status(frame);
}
