/* fal_site tell: people's answers for what a site asked. */
#include <string.h>
#include <time.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/results/tables.h"
#include "fal/results/take.h"
#include "fal/site/site.h"
#include "fal_site_command.h"

typedef struct {
    const char *annotator;
    int resolve; /* fal_resolve */
} request;

static const fal_option options[] = {
    {"resolve", "first|majority",
     "where annotators disagree: what was known or said first counts, or what most say\n(default: nothing is taken, "
     "and who disagrees is named)",
     FAL_OPTION_TO_CHOICE(request, resolve, "no|first|majority")},
    {"annotator", "NAME", "who answered, where a file does not say it", FAL_OPTION_TO_TEXT(request, annotator)}};

static void explain(void)
{
    fal_log_print("\nANSWERS: as fal_data label takes them: labels.csv, a folder with a folder for each class, Label "
                  "Studio's exports.\nAll is checked before anything changes.\n");
}

typedef struct {
    fal_asked *rows; /* each image once */
    int64_t count;
    uint8_t *seen; /* [n_train] */
} questions;

static void add_questions(const fal_site *site, const fal_table *table, bool used, questions *to)
{
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_query *row = fal_table_row(table, i);
        if (!to->seen[row->image]) {
            to->seen[row->image] = 1;
            to->rows[to->count++] =
                (fal_asked){.image = row->image, .client = site->state.client, .al_round = row->al_round, .used = used};
        }
    }
}

/* All that was asked, with the first digits of the pixels' hashes. */
static fal_status gather(fal_site *site, questions *to)
{
    const fal_site_state *state = &site->state;
    fal_query query = fal_query_of(&site->dataset);
    FAL_TRY(fal_alloc(&to->rows, (size_t)(state->queries.count + state->asking.count), sizeof *to->rows, "questions"));
    FAL_TRY(fal_alloc(&to->seen, (size_t)site->dataset.n_train, 1, "questions"));
    add_questions(site, &state->queries, true, to);
    add_questions(site, &state->asking, false, to);
    FAL_TRY(fal_dataset_load(&site->dataset, to->seen, 0, 0));
    for (int64_t i = 0; i < to->count; i++) {
        char all[FAL_HASH_TEXT];
        FAL_TRY(fal_hash_bytes(fal_dataset_train_image(&site->dataset, to->rows[i].image),
                               (size_t)query.h * (size_t)query.w * (size_t)query.c, all));
        memcpy(to->rows[i].sha256, all, FAL_QUERY_DIGITS);
    }
    return FAL_OK;
}

/* The image of an answer in this file: by its row where the pixels fit, else, in a file that was made anew, by the
 * pixels where one question alone has them. */
static void find_images(fal_said_list *list, const questions *asked)
{
    for (int64_t r = 0; r < list->count; r++) {
        fal_said *said = &list->rows[r];
        int64_t found = -1;
        int equal = 0;
        bool fits = false;
        for (int64_t a = 0; a < asked->count && said->sha256[0] != '\0' && !fits; a++) {
            if (strcmp(asked->rows[a].sha256, said->sha256) == 0) {
                fits = asked->rows[a].image == said->image;
                found = asked->rows[a].image;
                equal++;
            }
        }
        if (!fits && equal == 1) {
            said->image = found;
        }
    }
}

static void say(const fal_site *site, const fal_taken *taken, const fal_said_list *list)
{
    const fal_site_progress progress = fal_site_look(site);
    const bool settled = site->state.asked_round <= site->state.settled_round;
    const int64_t open = site->pool.unlabelled_count - progress.late -
                         (settled ? 0 : progress.known + progress.classes + progress.cannot);
    fal_log_say("%lld labels taken, %lld left blank; %lld still open", (long long)taken->taken, (long long)list->open,
                (long long)open);
    if (taken->known > 0) {
        fal_log_say("%lld were known before", (long long)taken->known);
    }
    if (taken->disputed > 0) {
        fal_log_say("%lld images with more than one answer: %lld of them stay without", (long long)taken->disputed,
                    (long long)taken->undecided);
    }
    if (progress.late > 0) {
        fal_log_say("%lld of the answers came after the training of their AL round: they count from the next fal_site "
                    "ask, or the first fal_site train of an AL round",
                    (long long)progress.late);
    }
    if (!settled && progress.open == 0) {
        fal_log_say("all %lld questions of AL round %lld have an answer: fal_site train goes on",
                    (long long)progress.asked, (long long)site->state.asked_round);
    } else if (!settled) {
        fal_log_say("%lld of %lld questions of AL round %lld have no answer", (long long)progress.open,
                    (long long)progress.asked, (long long)site->state.asked_round);
    }
}

static fal_status tell(const request *in, const fal_command_call *call, fal_site *site, fal_said_list *list,
                       fal_taken *taken, questions *asked)
{
    for (int i = 1; i < call->file_count; i++) {
        FAL_TRY(fal_said_read(list, call->files[i]));
    }
    FAL_TRY(gather(site, asked));
    find_images(list, asked);
    const fal_status status = fal_answers_take(&site->answers, list, asked->rows, asked->count,
                                               (fal_resolve)in->resolve, (int64_t)time(NULL), taken);
    if (taken->report.length > 0) {
        fal_log_print(taken->report.chars);
    }
    FAL_TRY(status);
    FAL_TRY(taken->taken + taken->disputed > 0 ? fal_answers_write(&site->answers, site->answers_path) : FAL_OK);
    say(site, taken, list);
    return FAL_OK;
}

static fal_status run(fal_command_call *call)
{
    const request *in = call->request;
    fal_site *site = NULL;
    questions asked = {0};
    fal_taken taken = {0};
    fal_said_list list = {.nobody = in->annotator != NULL ? in->annotator : ""};
    if (call->file_count < 2) {
        return fal_fail(FAL_ERR_USAGE, "tell: give the site's file and the answers: fal_site tell NAME.h5 labels.csv");
    }
    FAL_TRY(fal_site_open(call->files[0], &site));
    list.classes = site->dataset.classes;
    list.class_names = (const char(*)[FAL_NAME_MAX])site->dataset.class_names;
    const fal_status status = tell(in, call, site, &list, &taken, &asked);
    fal_free(asked.rows);
    fal_free(asked.seen);
    fal_text_destroy(&taken.report);
    fal_said_destroy(&list);
    fal_site_close(site);
    return status;
}

const fal_command fal_site_tell_command = {.name = "tell",
                                           .usage = "NAME.h5 ANSWERS...",
                                           .help = "site: take what people answered",
                                           .explain = explain,
                                           .options = options,
                                           .option_count = sizeof options / sizeof *options,
                                           .request_size = sizeof(request),
                                           .run = run};
