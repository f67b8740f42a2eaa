/* fal_data label: answers of people, into a trial that waits for them, or into a dataset. */
#include <time.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/look.h"
#include "fal/results/asked.h"
#include "fal/results/names.h"
#include "fal_data_command.h"
#include "fal_data_label.h"

static const fal_option options[] = {
    {"resolve", "first|majority",
     "where annotators disagree: what was known or said first counts, or what most say\n(default: nothing is taken, "
     "and "
     "who disagrees is named)",
     FAL_OPTION_TO_CHOICE(fal_data_label_request, resolve, "no|first|majority")},
    {"annotator", "NAME", "who answered, where a file does not say it",
     FAL_OPTION_TO_TEXT(fal_data_label_request, annotator)},
    {"into", NULL, "NAME.h5 is a dataset: its labels become those of the answers",
     FAL_OPTION_TO_FLAG(fal_data_label_request, into)},
    {"output", "FILE.h5", "with --into: the dataset to write (default: NAME.h5 is replaced)",
     FAL_OPTION_TO_TEXT(fal_data_label_request, output), .letter = 'o'},
    {"trials", "DIR", "with --into: trials of this folder must not be under way with the dataset", "outputs",
     FAL_OPTION_TO_TEXT(fal_data_label_request, trials)}};

static void explain(void)
{
    fal_log_print(
        "\nANSWERS: labels.csv as the page of a query saves it (or the table filled in); a folder with a folder "
        "for each\nclass that holds the pictures; Label Studio's exports JSON, JSON-MIN and CSV. Any order, any "
        "part of the images;\nclasses by name or by number from 0; ? for can't tell. All is checked before "
        "anything changes. Without ANSWERS it\nsays how many are missing.\n");
}

/* ---- a trial --------------------------------------------------------------------------------------------------- */

typedef struct {
    int64_t asked, answered, cannot, missing;
} count_of;

/* counts [clients]: of the query that waits. */
static void count_clients(const fal_asked_list *asked, const fal_answers *answers, count_of *counts)
{
    for (int64_t i = 0; i < asked->count; i++) {
        const fal_asked *row = &asked->rows[i];
        if (row->al_round == asked->al_round) {
            const int label = fal_answers_label(answers, row->image);
            counts[row->client].asked++;
            counts[row->client].answered += label >= 0;
            counts[row->client].cannot += label == FAL_ANSWER_CANNOT_TELL;
            counts[row->client].missing += label == FAL_ANSWER_NONE;
        }
    }
}

static int64_t clients_of(const fal_asked_list *asked)
{
    int64_t clients = 0;
    for (int64_t i = 0; i < asked->count; i++) {
        clients = asked->rows[i].client >= clients ? asked->rows[i].client + 1 : clients;
    }
    return clients;
}

/* How far the query is, client by client. counts [clients]: zeros. */
static void summarize(const char *path, const fal_asked_list *asked, const fal_answers *answers, count_of *counts)
{
    int64_t all = 0;
    int64_t missing = 0;
    const int64_t clients = clients_of(asked);
    count_clients(asked, answers, counts);
    fal_log_say("AL round %lld of %s", (long long)asked->al_round, path);
    fal_log_say("%8s %8s %10s %12s %9s", "client", "asked", "a class", "can't tell", "missing");
    for (int64_t k = 0; k < clients; k++) {
        const count_of *one = &counts[k];
        if (one->asked > 0) {
            fal_log_say("%8lld %8lld %10lld %12lld %9lld", (long long)k, (long long)one->asked,
                        (long long)one->answered, (long long)one->cannot, (long long)one->missing);
        }
        all += one->asked;
        missing += one->missing;
    }
    if (missing == 0) {
        fal_log_say("all %lld answers are there: the trial's command goes on", (long long)all);
    } else {
        fal_log_say("%lld of %lld answers are missing", (long long)missing, (long long)all);
    }
}

static fal_status take(const fal_data_label_request *in, const fal_said_list *list, const fal_asked_list *asked,
                       const char *path)
{
    fal_answers answers = {0};
    fal_taken taken = {0};
    count_of *counts = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_answers_read(path, &asked->data, &answers));
    /* Before anything is written: what is taken must not end in a message that something failed. */
    FAL_TRY_GOTO(fal_alloc(&counts, (size_t)clients_of(asked), sizeof *counts, "clients"));
    if (list->file_count > 0) {
        status = fal_answers_take(&answers, list, asked->rows, asked->count, (fal_resolve)in->resolve,
                                  (int64_t)time(NULL), &taken);
        fal_data_label_report(&taken);
        FAL_TRY_GOTO(status);
        FAL_TRY_GOTO(taken.taken + taken.disputed > 0 ? fal_answers_write(&answers, path) : FAL_OK);
        fal_log_say("%lld new answers, %lld known before, %lld rows without one", (long long)taken.taken,
                    (long long)taken.known, (long long)list->open);
        if (taken.disputed > 0) {
            fal_log_say("%lld images with more than one answer: %lld of them stay without", (long long)taken.disputed,
                        (long long)taken.undecided);
        }
    }
    summarize(in->path, asked, &answers, counts);
done:
    fal_free(counts);
    fal_text_destroy(&taken.report);
    fal_answers_destroy(&answers);
    return status;
}

/* In a child process: the results and checkpoint of the trial, and the answers that are there. */
static fal_status look(void *context, int64_t index)
{
    const char *results = context;
    fal_asked_list asked = {0};
    fal_answers answers = {0};
    char path[FAL_PATH_MAX];
    (void)index;
    FAL_TRY(fal_name_answers(results, path));
    FAL_TRY(fal_asked_read(results, &asked));
    const fal_status status = fal_answers_read(path, &asked.data, &answers);
    fal_answers_destroy(&answers);
    fal_asked_destroy(&asked);
    return status;
}

static fal_status label_trial(const fal_data_label_request *in, const fal_data_call *call)
{
    fal_asked_list asked = {0};
    fal_lock *lock = NULL;
    char path[FAL_PATH_MAX];
    fal_said_list list = {.nobody = in->annotator != NULL ? in->annotator : ""};
    fal_status status = FAL_OK;
    FAL_TRY(fal_name_answers(in->path, path));
    /* What is asked does not change under the lock; where no trial is, reading says so. */
    FAL_TRY_GOTO(fal_file_exists(in->path) ? fal_lock_take(path, 10, &lock) : FAL_OK);
    FAL_TRY_GOTO(fal_look_once(in->path, look, (void *)(uintptr_t)in->path));
    FAL_TRY_GOTO(fal_asked_read(in->path, &asked));
    list.classes = asked.data.classes;
    list.class_names = (const char(*)[FAL_NAME_MAX])asked.class_names;
    FAL_TRY_GOTO(fal_data_label_read(call, &list));
    status = take(in, &list, &asked, path);
done:
    fal_lock_release(lock);
    fal_said_destroy(&list);
    fal_asked_destroy(&asked);
    return status;
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

static fal_status run(fal_data_call *call)
{
    fal_data_label_request *in = call->request;
    if (call->file_count < 1) {
        return fal_fail(FAL_ERR_USAGE, "label: give the results of the trial that waits: fal_data label NAME.h5 "
                                       "ANSWERS...");
    }
    in->path = call->files[0];
    if (!in->into && in->output != NULL) {
        return fal_fail(FAL_ERR_USAGE, "--output: only with --into: a trial's answers lie beside its results");
    }
    if (in->into && call->file_count < 2) {
        return fal_fail(FAL_ERR_USAGE, "label: give the answers: fal_data label DATASET.h5 ANSWERS... --into");
    }
    return in->into ? fal_data_label_into(in, call) : label_trial(in, call);
}

const fal_data_command fal_data_label = {.name = "label",
                                         .usage = "NAME.h5 ANSWERS...",
                                         .help = "answers of people, for a trial or a dataset",
                                         .explain = explain,
                                         .options = options,
                                         .option_count = sizeof options / sizeof *options,
                                         .request_size = sizeof(fal_data_label_request),
                                         .run = run};
