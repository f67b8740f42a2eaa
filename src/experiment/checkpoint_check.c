/* Does a checkpoint hold what a trial can have come to? Its SHA-256 tells damage, not intent: every number that is used
 * as an index or a count later must be one, and tables must be of the AL round that they claim. */
#include <math.h>

#include "checkpoint_internal.h"
#include "fal/base/memory.h"
#include "fal/results/answers.h"

typedef struct {
    const char *path;
    const fal_checkpoint *state;
    const fal_dataset *dataset;
    int64_t al_rounds, fl_rounds; /* of the trial */
    int64_t clients, classes;
    int64_t *labels; /* [al_round][clients] labels that /queries holds */
    uint8_t *chosen; /* [n_train] */
} check;

static fal_status wrong_value(const check *c, const char *what, double value)
{
    return fal_fail(FAL_ERR_INPUT, "%s: %s is %g, which no trial comes to: not written by fal_hpc, or damaged", c->path,
                    what, value);
}

static fal_status wrong_row(const check *c, const char *table, int64_t row)
{
    return fal_fail(FAL_ERR_INPUT, "%s: /%s row %lld does not fit the trial: not written by fal_hpc, or damaged",
                    c->path, table, (long long)row);
}

static fal_status wrong_count(const check *c, const char *table, int64_t rows, int64_t expected)
{
    return fal_fail(FAL_ERR_INPUT, "%s: /%s has %lld rows, a trial in AL round %lld has %lld there: damaged", c->path,
                    table, (long long)rows, (long long)c->state->al_round, (long long)expected);
}

static bool is_share_or_nan(double value) { return isnan(value) || (value >= 0 && value <= 1); }

static fal_status check_place(const check *c)
{
    const fal_checkpoint *s = c->state;
    const double *seconds = (const double *)(const void *)&s->sections;
    if (s->al_round < 1 || s->al_round > c->al_rounds) {
        return wrong_value(c, "al_round", (double)s->al_round);
    }
    if (s->fl_done < 0 || s->fl_done > c->fl_rounds) {
        return wrong_value(c, "fl_rounds_done", (double)s->fl_done);
    }
    if (s->sent_bytes < 0) {
        return wrong_value(c, "sent_bytes", (double)s->sent_bytes);
    }
    if (!is_share_or_nan(s->shared)) {
        return wrong_value(c, "shared_number", s->shared);
    }
    for (size_t i = 0; i < sizeof s->sections / sizeof *seconds; i++) {
        if (!isfinite(seconds[i]) || seconds[i] < 0) {
            return wrong_value(c, "a time of /sections", seconds[i]);
        }
    }
    return FAL_OK;
}

static fal_status check_floats(const check *c, const char *what, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return wrong_value(c, what, (double)values[i]);
        }
    }
    return FAL_OK;
}

static fal_status check_shares(const check *c, const char *what, const double *values, int64_t count)
{
    for (int64_t i = 0; values != NULL && i < count; i++) {
        if (!is_share_or_nan(values[i])) {
            return wrong_value(c, what, values[i]);
        }
    }
    return FAL_OK;
}

static fal_status check_arrays(const check *c)
{
    const fal_checkpoint *s = c->state;
    const fal_record *record = &s->record;
    FAL_TRY(check_floats(c, "a number of /weights", s->params, s->size));
    FAL_TRY(check_floats(c, "a number of /algorithm_state", s->vector, (size_t)s->vectors * s->vector_size));
    for (int i = 0; i < s->vectors; i++) {
        if (s->vector_client[i] < -1 || s->vector_client[i] >= c->clients) {
            return wrong_value(c, "a client of /algorithm_client", s->vector_client[i]);
        }
    }
    FAL_TRY(check_shares(c, "a share of /class_accuracy", record->class_accuracy, record->rounds.count * c->classes));
    FAL_TRY(check_shares(c, "a share of /first_round", record->first_round, c->clients * c->classes));
    for (int64_t i = 0; record->confusion != NULL && i < c->classes * c->classes; i++) {
        if (record->confusion[i] < 0 || record->confusion[i] > FAL_IMAGES_MAX) {
            return wrong_value(c, "a count of /confusion", (double)record->confusion[i]);
        }
    }
    return FAL_OK;
}

static fal_status check_rounds(const check *c)
{
    const fal_table *rounds = &c->state->record.rounds;
    const fal_table *fl_rounds = &c->state->record.fl_rounds;
    const int64_t recorded = c->state->al_round - (c->state->fl_done < c->fl_rounds);
    const int64_t trained = (c->state->al_round - 1) * c->fl_rounds + c->state->fl_done;
    if (rounds->count != recorded) {
        return wrong_count(c, rounds->kind->name, rounds->count, recorded);
    }
    if (fl_rounds->count != trained) {
        return wrong_count(c, fl_rounds->kind->name, fl_rounds->count, trained);
    }
    for (int64_t i = 0; i < recorded; i++) {
        const fal_row_round *row = fal_table_row(rounds, i);
        if (row->al_round != i + 1 || !is_share_or_nan(row->labelled_share) || !is_share_or_nan(row->test_accuracy)) {
            return wrong_row(c, rounds->kind->name, i);
        }
    }
    for (int64_t i = 0; i < trained; i++) {
        const fal_row_fl_round *row = fal_table_row(fl_rounds, i);
        if (row->al_round != i / c->fl_rounds + 1 || row->fl_round != i % c->fl_rounds + 1 ||
            !is_share_or_nan(row->test_accuracy)) {
            return wrong_row(c, fl_rounds->kind->name, i);
        }
    }
    return FAL_OK;
}

/* A choice once, and with the label that the data set has for it. */
static fal_status check_choice(const check *c, const fal_table *table, int64_t index, bool open)
{
    const fal_row_query *row = fal_table_row(table, index);
    if (row->al_round < 1 || row->al_round > c->state->al_round || row->client < 0 || row->client >= c->clients ||
        row->image < 0 || row->image >= c->dataset->n_train || c->chosen[row->image] != 0) {
        return wrong_row(c, table->kind->name, index);
    }
    const int stored = c->dataset->train_labels[row->image];
    const bool known = row->label >= 0 && row->label < c->classes;
    const bool same = fal_dataset_knows_label(c->dataset, row->image) ? row->label == stored : known;
    if (stored >= 0 ? !same : !known && row->label != (open ? FAL_ANSWER_NONE : FAL_ANSWER_CANNOT_TELL)) {
        return wrong_row(c, table->kind->name, index);
    }
    c->chosen[row->image] = 1;
    if (!open) {
        c->labels[(row->al_round - 1) * c->clients + row->client] += known;
    }
    return FAL_OK;
}

/* Each client's row of each AL round, and as many labels as it says. */
static fal_status check_clients(const check *c, const fal_table *clients, int64_t first, int64_t expected)
{
    if (clients->count != expected) {
        return wrong_count(c, clients->kind->name, clients->count, expected);
    }
    for (int64_t i = 0; i < expected; i++) {
        const fal_row_client *row = fal_table_row(clients, i);
        if (row->al_round != first + i / c->clients || row->client != i % c->clients) {
            return wrong_row(c, clients->kind->name, i);
        }
    }
    return FAL_OK;
}

static fal_status check_choices(const check *c)
{
    const fal_record *record = &c->state->record;
    const bool waits = record->asking_clients.count > 0 || record->asking.count > 0;
    const int64_t bought = c->state->al_round - waits;
    if (waits && c->state->fl_done != 0) {
        return wrong_value(c, "fl_rounds_done of a trial that waits for labels", (double)c->state->fl_done);
    }
    FAL_TRY(check_clients(c, &record->clients, 1, bought * c->clients));
    FAL_TRY(check_clients(c, &record->asking_clients, c->state->al_round, waits ? c->clients : 0));
    for (int64_t i = 0; i < record->queries.count; i++) {
        FAL_TRY(check_choice(c, &record->queries, i, false));
    }
    for (int64_t i = 0; i < record->asking.count; i++) {
        FAL_TRY(check_choice(c, &record->asking, i, true));
    }
    for (int64_t i = 0; i < record->clients.count; i++) {
        const fal_row_client *row = fal_table_row(&record->clients, i);
        if (row->queried != c->labels[i]) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: /queries has %lld labels of client %lld in AL round %lld, /clients says %lld: damaged",
                            c->path, (long long)c->labels[i], (long long)row->client, (long long)row->al_round,
                            (long long)row->queried);
        }
    }
    return FAL_OK;
}

fal_status fal_checkpoint_check(const char *path, const fal_trial_id *trial, const fal_dataset *dataset,
                                const fal_checkpoint *checkpoint)
{
    check c = {.path = path,
               .state = checkpoint,
               .dataset = dataset,
               .al_rounds = fal_params_int(trial->params, "al_rounds"),
               .fl_rounds = fal_params_int(trial->params, "fl_rounds"),
               .clients = checkpoint->record.clients_count,
               .classes = checkpoint->record.classes};
    fal_status status = FAL_OK;
    FAL_TRY(check_place(&c));
    FAL_TRY(check_arrays(&c));
    FAL_TRY(check_rounds(&c));
    FAL_TRY_GOTO(fal_alloc(&c.labels, (size_t)(checkpoint->al_round * c.clients), sizeof *c.labels, "query log"));
    FAL_TRY_GOTO(fal_alloc(&c.chosen, (size_t)dataset->n_train, 1, "query log"));
    status = check_choices(&c);
done:
    fal_free(c.labels);
    fal_free(c.chosen);
    return status;
}
