/* What is recorded of an AL round, and whether it was the last one. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/emd.h"
#include "trial_internal.h"

static int64_t labelled_in_all(const fal_trial *trial)
{
    int64_t labelled = 0;
    for (int k = 0; k < trial->setup.clients; k++) {
        labelled += trial->now.labelled[k];
    }
    return labelled;
}

/* Class-wise accuracy weighted by the client's class shares; classes without test images left out. */
static double client_accuracy(const fal_trial *trial, int64_t client, const double *by_class)
{
    const int classes = trial->setup.dataset->classes;
    const int64_t *held = fal_trial_pool_counts(trial) + client * classes;
    double sum = 0;
    double weight = 0;
    for (int c = 0; c < classes; c++) {
        if (held[c] > 0 && !isnan(by_class[c])) {
            sum += (double)held[c] * by_class[c];
            weight += (double)held[c];
        }
    }
    return weight > 0 ? sum / weight : NAN;
}

/* Mean of one column over the AL round's client rows, NaN left out, in client order. */
static double mean_of(const fal_row_client *rows, int count, size_t offset)
{
    double sum = 0;
    int used = 0;
    for (int k = 0; k < count; k++) {
        double value = 0;
        memcpy(&value, (const char *)&rows[k] + offset, sizeof value);
        if (!isnan(value)) {
            sum += value;
            used++;
        }
    }
    return used > 0 ? sum / used : NAN;
}

static double sum_of(const fal_row_client *rows, int count, size_t offset)
{
    const double mean = mean_of(rows, count, offset);
    return isnan(mean) ? 0 : mean * count; /* seconds: every row has a value */
}

/* Mean over the last few, last, and best of the evaluated FL rounds of this AL round. */
static void fill_accuracy(const fal_trial *trial, fal_row_round *row)
{
    const fal_table *table = &trial->now.state.record.fl_rounds;
    double sum = 0;
    int used = 0;
    row->test_accuracy_best = 0;
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_fl_round *fl = fal_table_row(table, i);
        if (fl->al_round == trial->now.state.al_round && !isnan(fl->test_accuracy)) {
            if (fl->fl_round > trial->setup.settings->fl_rounds - FAL_ACCURACY_ROUNDS) {
                sum += fl->test_accuracy;
                used++;
            }
            row->test_accuracy_last = fl->test_accuracy;
            row->test_accuracy_best = fmax(row->test_accuracy_best, fl->test_accuracy);
        }
    }
    row->test_accuracy = used > 0 ? sum / used : NAN;
}

static fal_status fill_emd(const fal_trial *trial, fal_row_round *row)
{
    const int classes = trial->setup.dataset->classes;
    const int64_t plane = (int64_t)trial->setup.clients * classes;
    const int64_t at = (trial->now.state.al_round - 1) * plane;
    int64_t *counts = NULL;
    FAL_TRY(fal_record_counts(&trial->now.state.record, trial->now.state.al_round, false, &counts));
    row->local_emd_query = fal_emd_local(counts + at, trial->setup.clients, classes);
    row->global_emd_query = fal_emd_global(counts + at, trial->setup.clients, classes);
    fal_free(counts);
    FAL_TRY(fal_record_counts(&trial->now.state.record, trial->now.state.al_round, true, &counts));
    row->local_emd_labelled = fal_emd_local(counts + at, trial->setup.clients, classes);
    row->global_emd_labelled = fal_emd_global(counts + at, trial->setup.clients, classes);
    fal_free(counts);
    return FAL_OK;
}

static void fill_seconds(const fal_trial *trial, const fal_row_client *clients, fal_row_round *row)
{
    const fal_sections *spent = &trial->now.state.sections;
    row->train_seconds = spent->train;
    row->communicate_seconds = spent->communicate;
    row->evaluate_seconds = spent->evaluate;
    row->io_seconds = spent->io;
    row->round_seconds = spent->total;
    row->overhead_seconds = fal_sections_overhead(spent);
    row->local_only_seconds = sum_of(clients, trial->setup.clients, offsetof(fal_row_client, local_only_seconds));
    row->embed_seconds = sum_of(clients, trial->setup.clients, offsetof(fal_row_client, embed_seconds));
    row->select_seconds = sum_of(clients, trial->setup.clients, offsetof(fal_row_client, select_seconds));
    row->sent_bytes = trial->now.state.sent_bytes;
}

/* The rows of this AL round's query get what only training could tell. */
static void finish_client_rows(fal_trial *trial, fal_row_client *rows, const double *by_class)
{
    for (int k = 0; k < trial->setup.clients; k++) {
        rows[k].train_loss = trial->now.client_loss[k];
        rows[k].test_accuracy = client_accuracy(trial, k, by_class);
    }
}

static fal_status record_on_root(fal_trial *trial)
{
    const int classes = trial->setup.dataset->classes;
    fal_record *record = &trial->now.state.record;
    double *by_class = NULL;
    FAL_TRY(fal_alloc(&by_class, (size_t)classes, sizeof *by_class, "class accuracies"));
    for (int c = 0; c < classes; c++) {
        by_class[c] = trial->now.last.images[c] > 0
                          ? (double)trial->now.last.correct[c] / (double)trial->now.last.images[c]
                          : NAN;
    }
    FAL_ASSERT(record->clients.count >= trial->setup.clients);
    fal_row_client *clients = fal_table_row(&record->clients, record->clients.count - trial->setup.clients);
    finish_client_rows(trial, clients, by_class);
    fal_row_round row = {
        .al_round = trial->now.state.al_round,
        .labelled = labelled_in_all(trial),
        .test_loss = trial->now.last.loss,
        .train_loss = trial->now.train_loss,
        .m_transport = mean_of(clients, trial->setup.clients, offsetof(fal_row_client, m_transport)),
        .selector_overlap = mean_of(clients, trial->setup.clients, offsetof(fal_row_client, selector_overlap)),
    };
    row.labelled_share = (double)row.labelled / (double)trial->setup.held->images;
    fill_accuracy(trial, &row);
    fill_seconds(trial, clients, &row);
    fal_status status = fill_emd(trial, &row);
    if (status == FAL_OK) {
        status = fal_record_add_classes(record, by_class);
    }
    if (status == FAL_OK) {
        status = fal_record_set_confusion(record, trial->now.confusion);
    }
    fal_free(by_class);
    return status == FAL_OK ? fal_table_add(&record->rounds, &row) : status;
}

fal_status fal_trial_record(fal_trial *trial)
{
    fal_status status = FAL_OK;
    fal_trial_count_bytes(trial);
    fal_trial_mark_time(trial);
    if (fal_trial_speaks(trial)) {
        status = record_on_root(trial);
    }
    status = fal_comm_agree(trial->setup.group, status);
    if (status == FAL_OK && fal_trial_speaks(trial)) {
        const fal_table *rounds = &trial->now.state.record.rounds;
        trial->now.accuracy = ((const fal_row_round *)fal_table_row(rounds, rounds->count - 1))->test_accuracy;
    }
    fal_comm_broadcast(trial->setup.group, &trial->now.accuracy, sizeof trial->now.accuracy, 0);
    if (status == FAL_OK) {
        fal_trial_show_recorded(trial, labelled_in_all(trial));
    }
    fal_trial_close_round(trial);
    return status;
}

bool fal_trial_finished(const fal_trial *trial)
{
    const int64_t labelled = labelled_in_all(trial);
    return trial->now.accuracy >= trial->setup.settings->stop_accuracy ||
           trial->now.state.al_round >= trial->setup.settings->al_rounds ||
           labelled + trial->now.dropped >= trial->setup.held->images ||
           (double)labelled >= trial->setup.settings->stop_share * (double)trial->setup.held->images - 1e-9;
}
