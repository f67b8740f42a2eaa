/* People label: what a query asks for goes into folders, what they answer comes from a file beside the results, and in
 * between the job ends.
 *
 * Rank 0 of the group alone reads answers, so that all ranks have the same ones. Each rank writes the folders of its
 * own clients: no image leaves it. The choices are in the checkpoint, and are asked for as they are, however the trial
 * goes on; answers count in the order of the choice, whenever they came. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/io/tree.h"
#include "fal/results/answers.h"
#include "fal/results/names.h"
#include "fal/results/query_folder.h"
#include "trial_query_internal.h"

enum { SHOWN = 8 /* clients in a message */ };

/* How far the answers are, on rank 0 of the group. */
typedef struct {
    fal_table rows;           /* record.asking with all labels that are known by now */
    int64_t *asked, *missing; /* [clients] images without a stored label; answers that the client still needs */
    int64_t lacking;          /* clients that need some */
    int64_t questions;        /* of all clients */
} hearing;

static fal_status hearing_create(const fal_trial *trial, hearing *heard)
{
    fal_table_init(&heard->rows, &fal_queries_kind);
    FAL_TRY(fal_alloc(&heard->asked, (size_t)trial->setup.clients, sizeof *heard->asked, "answers"));
    return fal_alloc(&heard->missing, (size_t)trial->setup.clients, sizeof *heard->missing, "answers");
}

static void hearing_destroy(hearing *heard)
{
    fal_table_destroy(&heard->rows);
    fal_free(heard->asked);
    fal_free(heard->missing);
}

/* Of so many questions, the answers that --answers-needed asks for. */
static int64_t needed_of(const fal_settings *settings, int64_t asked)
{
    const double needed =
        settings->answers_needed < 1 ? ceil(settings->answers_needed * (double)asked - 1e-9) : settings->answers_needed;
    return needed < (double)asked ? (int64_t)needed : asked;
}

static fal_status check_row(const fal_trial *trial, const fal_row_query *row)
{
    if (row->client < 0 || row->client >= trial->setup.clients || row->image < 0 ||
        row->image >= trial->setup.dataset->n_train || row->label < FAL_ANSWER_NONE ||
        row->label >= trial->setup.dataset->classes || trial->setup.held->client_of[row->image] != row->client) {
        return fal_fail(FAL_ERR_INPUT, "%s: the query in its checkpoint does not fit the trial",
                        trial->setup.planned->id.path);
    }
    return FAL_OK;
}

/* Rank 0: the answers that are there by now. */
static fal_status hear(const fal_trial *trial, hearing *heard)
{
    const fal_answers_data data = fal_answers_data_of(trial->setup.dataset);
    const fal_table *asking = &trial->now.state.record.asking;
    char path[FAL_PATH_MAX];
    fal_answers answers = {0};
    fal_status status = FAL_OK;
    FAL_TRY(fal_name_answers(trial->setup.planned->id.path, path));
    FAL_TRY(fal_answers_read(path, &data, &answers));
    for (int64_t i = 0; i < asking->count; i++) {
        fal_row_query row = *(const fal_row_query *)fal_table_row(asking, i);
        FAL_TRY_GOTO(check_row(trial, &row));
        if (row.label == FAL_ANSWER_NONE) {
            row.label = fal_answers_label(&answers, row.image);
            heard->asked[row.client]++;
            heard->questions++;
            heard->missing[row.client] -= row.label != FAL_ANSWER_NONE;
        }
        FAL_TRY_GOTO(fal_table_add(&heard->rows, &row));
    }
    for (int k = 0; k < trial->setup.clients; k++) {
        const int64_t missing = heard->missing[k] + needed_of(trial->setup.settings, heard->asked[k]);
        heard->missing[k] = missing > 0 ? missing : 0;
        heard->lacking += missing > 0;
    }
done:
    fal_answers_destroy(&answers);
    return status;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static const uint8_t *pixels_of(const void *context, int64_t image)
{
    const fal_trial *trial = context;
    return fal_dataset_train_image(trial->setup.dataset, image);
}

/* What the global model predicts, where people are to see that. */
static fal_status suggest(const fal_trial *trial, int index, fal_query_item *items, int64_t count)
{
    const fal_query_task task = fal_trial_query_task(trial, index, NULL);
    const int classes = trial->setup.dataset->classes;
    const float *logits = NULL;
    const float *embedding = NULL;
    int64_t *images = NULL;
    if (!trial->setup.settings->suggest || trial->now.state.al_round == 1) { /* no model yet */
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&images, (size_t)count, sizeof *images, "suggestions"));
    for (int64_t i = 0; i < count; i++) {
        images[i] = items[i].image;
    }
    const fal_status status = fal_query_infer(&task, trial->now.state.params, images, count, &logits, &embedding);
    for (int64_t i = 0; i < count && status == FAL_OK; i++) {
        items[i].suggested = fal_logits_argmax(logits + i * classes, classes);
    }
    fal_free((void *)logits);
    fal_free((void *)embedding);
    fal_free(images);
    return status;
}

/* The trial's name: its results without folder and ending. */
static void name_of(const fal_trial *trial, char name[FAL_PATH_MAX])
{
    (void)snprintf(name, FAL_PATH_MAX, "%s", fal_path_base(trial->setup.planned->id.path));
    name[strlen(name) - 3] = '\0';
}

static fal_status write_folder(const fal_trial *trial, int index, fal_query_item *items, int64_t count)
{
    const fal_query_folder_options options = {.suggest = trial->setup.settings->suggest};
    char name[FAL_PATH_MAX];
    char folder[FAL_PATH_MAX];
    name_of(trial, name);
    fal_query query = fal_query_of(trial->setup.dataset);
    query.name = name;
    query.round = trial->now.state.al_round;
    query.client = trial->setup.first + index;
    query.items = items;
    query.count = count;
    query.pixels = pixels_of;
    query.context = trial;
    for (int64_t i = 0; i < count; i++) {
        FAL_TRY(fal_query_fill_sha256(&query, &items[i]));
    }
    FAL_TRY(suggest(trial, index, items, count));
    FAL_TRY(fal_query_hash(&query));
    FAL_TRY(fal_name_query_folder(trial->setup.planned->id.path, query.round, query.client, folder));
    FAL_TRY(fal_tree_clear(folder)); /* the trial's lock is ours */
    return fal_query_folder_write(folder, &query, &options);
}

/* What this rank's clients ask for, a folder each; failures are agreed by the caller. */
static fal_status write_folders(const fal_trial *trial, const fal_table *rows)
{
    fal_query_item *items = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&items, (size_t)rows->count, sizeof *items, "questions"));
    for (int index = 0; index < trial->setup.local && status == FAL_OK; index++) {
        int64_t count = 0;
        for (int64_t i = 0; i < rows->count; i++) {
            const fal_row_query *row = fal_table_row(rows, i);
            if (row->client == trial->setup.first + index && row->label == FAL_ANSWER_NONE) {
                items[count++] =
                    (fal_query_item){.order = row->order, .image = row->image, .suggested = -1, .score = row->score};
            }
        }
        fal_trial_attend(trial);
        status = count > 0 ? write_folder(trial, index, items, count) : FAL_OK;
    }
    fal_free(items);
    return status;
}

/* ---- waiting, or going on -------------------------------------------------------------------------------------- */

/* Rank 0: the line that the job ends with. */
static fal_status say_waiting(fal_trial *trial, const hearing *heard)
{
    const char *path = trial->setup.planned->id.path;
    fal_text *text = &trial->now.waiting;
    int shown = 0;
    fal_text_add(text, "%.*s" FAL_ENDING_QUERY_FOLDER "/round_%02lld: waits for labels:", (int)strlen(path) - 3, path,
                 (long long)trial->now.state.al_round);
    for (int k = 0; k < trial->setup.clients && shown < SHOWN; k++) {
        if (heard->missing[k] > 0) {
            fal_text_add(text, "%s client %d lacks %lld of %lld", shown++ > 0 ? "," : "", k,
                         (long long)heard->missing[k], (long long)heard->asked[k]);
        }
    }
    if (heard->lacking > shown) {
        fal_text_add(text, ", and %lld more clients", (long long)(heard->lacking - shown));
    }
    fal_text_add(text, ": answer there, give the answers to fal_data label %s, then the same command goes on", path);
    return fal_text_status(text);
}

static void forget_question(fal_trial *trial)
{
    fal_table_destroy(&trial->now.state.record.asking);
    fal_table_destroy(&trial->now.state.record.asking_clients);
}

/* All ranks: rows and clients [clients rows] of rank 0. */
static fal_status go_on(fal_trial *trial, const fal_table *rows)
{
    fal_record *record = &trial->now.state.record;
    fal_table own;
    fal_table clients;
    fal_table all;
    fal_table *spread = fal_trial_speaks(trial) ? &record->asking_clients : &all;
    fal_status status = FAL_OK;
    fal_table_init(&own, &fal_queries_kind);
    fal_table_init(&clients, &fal_clients_kind);
    fal_table_init(&all, &fal_clients_kind);
    FAL_TRY_GOTO(fal_trial_spread_rows(trial, spread));
    for (int64_t i = 0; i < spread->count && status == FAL_OK; i++) {
        const fal_row_client *row = fal_table_row(spread, i);
        status = fal_trial_owns(trial, row->client) ? fal_table_add(&clients, row) : FAL_OK;
    }
    for (int64_t i = 0; i < rows->count && status == FAL_OK; i++) {
        const fal_row_query *row = fal_table_row(rows, i);
        status = fal_trial_owns(trial, row->client) ? fal_table_add(&own, row) : FAL_OK;
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    status = fal_trial_buy(trial, &clients, &own);
    forget_question(trial);
done:
    fal_table_destroy(&own);
    fal_table_destroy(&clients);
    fal_table_destroy(&all);
    return status;
}

/* fresh: the question is new, so that the trial is to be saved before anybody is asked. */
static fal_status settle(fal_trial *trial, bool fresh)
{
    hearing heard = {0};
    fal_status status = FAL_OK;
    int64_t lacking = 0;
    fal_table_init(&heard.rows, &fal_queries_kind);
    if (fal_trial_speaks(trial)) {
        status = hearing_create(trial, &heard);
        status = status == FAL_OK ? hear(trial, &heard) : status;
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    lacking = fal_comm_max(trial->setup.group, heard.lacking);
    trial->now.heard = fal_comm_max(trial->setup.group, heard.questions) > 0;
    if (lacking > 0 && fresh) {
        FAL_TRY_GOTO(fal_trial_save(trial, "waiting"));
    }
    FAL_TRY_GOTO(fal_trial_spread_rows(trial, &heard.rows));
    if (lacking == 0) {
        status = go_on(trial, &heard.rows);
        goto done;
    }
    status = write_folders(trial, &heard.rows);
    if (status == FAL_OK && fal_trial_speaks(trial)) {
        status = say_waiting(trial, &heard);
    }
    status = fal_comm_agree(trial->setup.group, status);
    if (status == FAL_STOPPED) { /* it is saved as it waits, and the next start writes the folders that are missing */
        trial->now.stopping = true;
    }
    status = status == FAL_OK || status == FAL_STOPPED ? FAL_WAITING : status;
done:
    hearing_destroy(&heard);
    return status;
}

fal_status fal_trial_ask_people(fal_trial *trial, const fal_table *clients, const fal_table *queries)
{
    fal_record *record = &trial->now.state.record;
    FAL_TRY(fal_trial_gather_rows(trial, clients, &record->asking_clients));
    FAL_TRY(fal_trial_gather_rows(trial, queries, &record->asking));
    return settle(trial, true);
}

fal_status fal_trial_hear_people(fal_trial *trial) { return settle(trial, false); }
