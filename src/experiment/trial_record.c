/* What is recorded of an AL round, and how the trial is saved. */
#include <math.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/data/emd.h"
#include "trial_internal.h"

bool fal_trial_speaks(const fal_trial *trial) { return fal_comm_rank(trial->group) == 0; }

void fal_trial_attend(const fal_trial *trial)
{
    if (trial->options->attend != NULL) {
        trial->options->attend(trial->options->context);
    }
}

/* Payload that all ranks sent since the last time, added on rank 0. Collective. */
static void collect_bytes(fal_trial *trial)
{
    int64_t bytes = fal_comm_sent_bytes() - trial->bytes_seen;
    fal_comm_sum_int64(trial->group, &bytes, 1);
    trial->bytes_seen = fal_comm_sent_bytes(); /* this sum is not counted itself */
    trial->state.sent_bytes += bytes;
}

static int64_t labelled_in_all(const fal_trial *trial)
{
    int64_t labelled = 0;
    for (int k = 0; k < trial->clients; k++) {
        labelled += trial->labelled[k];
    }
    return labelled;
}

/* Class-wise accuracy weighted by the client's class shares; classes without test images left out. */
static double client_accuracy(const fal_trial *trial, int64_t client, const double *by_class)
{
    const int classes = trial->dataset->classes;
    const int64_t *held = trial->held->pool_counts + client * classes;
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
    const fal_table *table = &trial->state.record.fl_rounds;
    double sum = 0;
    int used = 0;
    row->test_accuracy_best = 0;
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_fl_round *fl = fal_table_row(table, i);
        if (fl->al_round == trial->state.al_round && !isnan(fl->test_accuracy)) {
            if (fl->fl_round > trial->settings.fl_rounds - FAL_ACCURACY_ROUNDS) {
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
    const int classes = trial->dataset->classes;
    const int64_t plane = (int64_t)trial->clients * classes;
    const int64_t at = (trial->state.al_round - 1) * plane;
    int64_t *counts = NULL;
    FAL_TRY(fal_record_counts(&trial->state.record, trial->state.al_round, false, &counts));
    row->local_emd_query = fal_emd_local(counts + at, trial->clients, classes);
    row->global_emd_query = fal_emd_global(counts + at, trial->clients, classes);
    fal_free(counts);
    FAL_TRY(fal_record_counts(&trial->state.record, trial->state.al_round, true, &counts));
    row->local_emd_labelled = fal_emd_local(counts + at, trial->clients, classes);
    row->global_emd_labelled = fal_emd_global(counts + at, trial->clients, classes);
    fal_free(counts);
    return FAL_OK;
}

static void fill_seconds(const fal_trial *trial, const fal_row_client *clients, fal_row_round *row)
{
    const fal_sections *spent = &trial->state.sections;
    row->train_seconds = spent->train;
    row->communicate_seconds = spent->communicate;
    row->evaluate_seconds = spent->evaluate;
    row->io_seconds = spent->io;
    row->round_seconds = spent->total;
    row->overhead_seconds = fal_sections_overhead(spent);
    row->local_only_seconds = sum_of(clients, trial->clients, offsetof(fal_row_client, local_only_seconds));
    row->embed_seconds = sum_of(clients, trial->clients, offsetof(fal_row_client, embed_seconds));
    row->select_seconds = sum_of(clients, trial->clients, offsetof(fal_row_client, select_seconds));
    row->sent_bytes = trial->state.sent_bytes;
}

void fal_trial_mark_time(fal_trial *trial)
{
    const double now = fal_clock_seconds();
    trial->state.sections.total += now - trial->marked;
    trial->marked = now;
}

/* For the table at the end of the job. */
static void add_costs(const fal_trial *trial)
{
    fal_round_costs *costs = trial->options->costs;
    const int64_t r = trial->state.al_round < FAL_ROUNDS_SHOWN ? trial->state.al_round : FAL_ROUNDS_SHOWN;
    fal_sections_add(&costs->at[r - 1], &trial->state.sections, 1);
    costs->al_rounds[r - 1]++;
    costs->fl_rounds[r - 1] += trial->settings.fl_rounds;
}

/* The rows of this AL round's query get what only training could tell. */
static void finish_client_rows(fal_trial *trial, fal_row_client *rows, const double *by_class)
{
    for (int k = 0; k < trial->clients; k++) {
        rows[k].train_loss = trial->client_loss[k];
        rows[k].test_accuracy = client_accuracy(trial, k, by_class);
    }
}

static fal_status record_on_root(fal_trial *trial)
{
    const int classes = trial->dataset->classes;
    fal_record *record = &trial->state.record;
    double *by_class = NULL;
    FAL_TRY(fal_alloc(&by_class, (size_t)classes, sizeof *by_class, "class accuracies"));
    for (int c = 0; c < classes; c++) {
        by_class[c] = trial->last.images[c] > 0 ? (double)trial->last.correct[c] / (double)trial->last.images[c] : NAN;
    }
    FAL_ASSERT(record->clients.count >= trial->clients);
    fal_row_client *clients = fal_table_row(&record->clients, record->clients.count - trial->clients);
    finish_client_rows(trial, clients, by_class);
    fal_row_round row = {
        .al_round = trial->state.al_round,
        .labelled = labelled_in_all(trial),
        .test_loss = trial->last.loss,
        .train_loss = trial->train_loss,
        .m_transport = mean_of(clients, trial->clients, offsetof(fal_row_client, m_transport)),
        .selector_overlap = mean_of(clients, trial->clients, offsetof(fal_row_client, selector_overlap)),
    };
    row.labelled_share = (double)row.labelled / (double)trial->held->images;
    fill_accuracy(trial, &row);
    fill_seconds(trial, clients, &row);
    fal_status status = fill_emd(trial, &row);
    if (status == FAL_OK) {
        status = fal_record_add_classes(record, by_class);
    }
    fal_free(by_class);
    return status == FAL_OK ? fal_table_add(&record->rounds, &row) : status;
}

fal_status fal_trial_record(fal_trial *trial)
{
    fal_status status = FAL_OK;
    collect_bytes(trial);
    fal_trial_mark_time(trial);
    if (fal_trial_speaks(trial)) {
        status = record_on_root(trial);
    }
    status = fal_comm_agree(trial->group, status);
    if (status == FAL_OK && fal_trial_speaks(trial)) {
        const fal_table *rounds = &trial->state.record.rounds;
        trial->accuracy = ((const fal_row_round *)fal_table_row(rounds, rounds->count - 1))->test_accuracy;
    }
    fal_comm_broadcast(trial->group, &trial->accuracy, sizeof trial->accuracy, 0);
    add_costs(trial);
    fal_sections_add(&trial->total, &trial->state.sections, 1);
    fal_sections_add(&trial->total, &trial->restored, -1);
    trial->state.sections = (fal_sections){0};
    trial->restored = (fal_sections){0};
    trial->state.sent_bytes = 0;
    return status;
}

/* The algorithm's state of all ranks in client order on rank 0, the server's vector once. Collective. */
static fal_status gather_state(fal_trial *trial)
{
    const int own = fal_fed_state_count(trial->fed);
    const size_t bytes = trial->state.vector_size * sizeof(float);
    unsigned char *packed = NULL;
    void *all = NULL;
    size_t *sizes = NULL;
    int64_t anywhere = own;
    fal_status status = FAL_OK;
    anywhere = fal_comm_max(trial->group, anywhere);
    if (anywhere == 0) {
        return FAL_OK;
    }
    /* Each record: the client's number (8 bytes), then the vector. */
    status = fal_alloc(&packed, (size_t)own, 8 + bytes, "algorithm state");
    if (status == FAL_OK) {
        status = fal_alloc(&sizes, (size_t)fal_comm_size(trial->group), sizeof *sizes, "algorithm state");
    }
    size_t used = 0;
    for (int i = 0; status == FAL_OK && i < own; i++) {
        int client = -1;
        const float *vector = fal_fed_state(trial->fed, i, &client);
        if (client >= 0 || fal_trial_speaks(trial)) {
            const int64_t number = client;
            memcpy(packed + used, &number, 8);
            memcpy(packed + used + 8, vector, bytes);
            used += 8 + bytes;
        }
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->group, status));
    FAL_TRY_GOTO(fal_comm_gather(trial->group, packed, used, &all, sizes));
    if (fal_trial_speaks(trial)) {
        size_t total = 0;
        for (int i = 0; i < fal_comm_size(trial->group); i++) {
            total += sizes[i];
        }
        const size_t vectors = total / (8 + bytes);
        fal_free(trial->state.vector);
        fal_free(trial->state.vector_client);
        trial->state.vector = NULL;
        trial->state.vector_client = NULL;
        status = fal_alloc(&trial->state.vector, vectors, bytes, "algorithm state");
        if (status == FAL_OK) {
            status = fal_alloc(&trial->state.vector_client, vectors, sizeof(int32_t), "algorithm state");
        }
        for (size_t i = 0; status == FAL_OK && i < vectors; i++) {
            int64_t number = 0;
            memcpy(&number, (unsigned char *)all + i * (8 + bytes), 8);
            trial->state.vector_client[i] = (int32_t)number;
            memcpy(trial->state.vector + i * trial->state.vector_size, (unsigned char *)all + i * (8 + bytes) + 8,
                   bytes);
        }
        trial->state.vectors = (int)vectors;
    }
    status = fal_comm_agree(trial->group, status);
done:
    fal_free(packed);
    fal_free(all);
    fal_free(sizes);
    return status;
}

static fal_status write_results(fal_trial *trial, const char *word)
{
    const fal_results results = {.trial = &trial->planned->id,
                                 .dataset = trial->dataset,
                                 .model = trial->model,
                                 .params = trial->state.params,
                                 .record = &trial->state.record,
                                 .shared = trial->state.shared,
                                 .pool_counts = trial->held->pool_counts,
                                 .client_of = trial->held->client_of,
                                 .run = &trial->run};
    return fal_results_write(&results, word);
}

fal_status fal_trial_save(fal_trial *trial, const char *results_status)
{
    const double start = fal_clock_seconds();
    const bool complete = results_status != NULL && strcmp(results_status, "complete") == 0;
    fal_status status = FAL_OK;
    if (!complete) {
        collect_bytes(trial);
        FAL_TRY(gather_state(trial));
    }
    fal_trial_mark_time(trial);
    if (fal_trial_speaks(trial)) {
        if (results_status != NULL) {
            status = write_results(trial, results_status);
        }
        if (status == FAL_OK && !complete) {
            status = fal_checkpoint_write(&trial->state, &trial->planned->id, trial->dataset);
        }
        if (status == FAL_OK && complete) {
            status = fal_checkpoint_remove(trial->planned->id.path);
        }
    }
    trial->last_checkpoint = fal_clock_seconds();
    trial->state.sections.io += trial->last_checkpoint - start;
    return fal_comm_agree(trial->group, status);
}

bool fal_trial_finished(const fal_trial *trial)
{
    const int64_t labelled = labelled_in_all(trial);
    return trial->accuracy >= trial->settings.stop_accuracy || trial->state.al_round >= trial->settings.al_rounds ||
           labelled >= trial->held->images ||
           (double)labelled >= trial->settings.stop_share * (double)trial->held->images - 1e-9;
}
