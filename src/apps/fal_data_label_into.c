/* fal_data label --into: a dataset with the labels that people gave. Pictures are held against the file's own pixels,
 * and labels that it has already count as answers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/stat.h>

#include "fal/base/hash.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/results/names.h"
#include "fal/results/state.h"
#include "fal_data_internal.h"
#include "fal_data_label.h"

static const char own_answers[] = "the dataset";

typedef struct {
    fal_dataset dataset;
    fal_said_list list;
    fal_asked *asked;
    int64_t count, room;
    int32_t *place_of; /* [n_train] in asked, -1: nothing was said */
    fal_answers answers;
    fal_taken taken;
    int64_t now_labelled, changed;
} session;

/* ---- trials ---------------------------------------------------------------------------------------------------- */

/* Results or checkpoint: of this dataset as it is now? What cannot be read is of none. */
static bool is_of(const char *path, const fal_dataset *dataset)
{
    static const char *const names[] = {"dataset_train_images_sha256", "dataset_train_labels_sha256"};
    const char *const sums[] = {dataset->sha256_train_images, dataset->sha256_train_labels};
    fal_h5 *file = NULL;
    int equal = 0;
    if (fal_file_exists(path) && fal_h5_open(path, &file) == FAL_OK) {
        for (int i = 0; i < 2; i++) {
            char stored[128] = "";
            equal +=
                fal_h5_get_text(file, "/", names[i], stored, sizeof stored) == FAL_OK && strcmp(stored, sums[i]) == 0;
        }
    }
    fal_h5_close(file);
    fal_status_clear();
    return equal == 2;
}

/* Refuses a trial that is under way with the dataset, by any of its files; one that runs and has none of them yet may
 * be under way with any. */
static fal_status check_trial(const fal_trial_state *state, const char *path, const fal_dataset *dataset)
{
    static const char advice[] = "write another dataset with -o FILE.h5, or let the trial end";
    char last[FAL_PATH_MAX];
    char previous[FAL_PATH_MAX];
    fal_name_checkpoint(path, false, last);
    fal_name_checkpoint(path, true, previous);
    if (is_of(path, dataset) || is_of(last, dataset) || is_of(previous, dataset)) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: this trial (%s) is under way with %s, and could not go on with other labels: %s", path,
                        fal_state_text(state->word), dataset->path, advice);
    }
    const bool at_work = state->word == FAL_STATE_RUNNING || state->word == FAL_STATE_NO_SIGN;
    if (at_work && !fal_file_exists(path) && !fal_file_exists(last) && !fal_file_exists(previous)) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: this trial (%s) has saved nothing yet, so it may be under way with %s, and could not go "
                        "on with other labels: %s",
                        path, fal_state_text(state->word), dataset->path, advice);
    }
    return FAL_OK;
}

static fal_status check_trials(const char *folder, const fal_dataset *dataset)
{
    fal_trial_state *states = NULL;
    int count = 0;
    struct stat about;
    if (stat(folder, &about) != 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_state_list(folder, (int64_t)time(NULL), &states, &count));
    fal_status status = FAL_OK;
    for (int i = 0; i < count && status == FAL_OK; i++) {
        char path[FAL_PATH_MAX];
        if (states[i].word != FAL_STATE_COMPLETE &&
            snprintf(path, sizeof path, "%s/%s", folder, states[i].file) < (int)sizeof path) {
            status = check_trial(&states[i], path, dataset);
        }
    }
    fal_free(states);
    return status;
}

/* ---- questions ------------------------------------------------------------------------------------------------- */

/* What was said something about is what may be asked. */
static fal_status gather(session *s)
{
    const fal_dataset *dataset = &s->dataset;
    FAL_TRY(fal_alloc(&s->place_of, (size_t)dataset->n_train, sizeof *s->place_of, "answers"));
    for (int64_t i = 0; i < dataset->n_train; i++) {
        s->place_of[i] = -1;
    }
    for (int64_t r = 0; r < s->list.count; r++) {
        const fal_said *said = &s->list.rows[r];
        if (said->image >= dataset->n_train) {
            char where[FAL_SAID_WHERE];
            fal_said_where(&s->list, said, where);
            return fal_fail(FAL_ERR_INPUT, "%s: image %lld: %s has the training images 0 to %lld", where,
                            (long long)said->image, dataset->path, (long long)dataset->n_train - 1);
        }
        if (s->place_of[said->image] < 0) {
            FAL_TRY(fal_grow(&s->asked, s->count, s->count + 1, &s->room, sizeof *s->asked, "answers"));
            s->place_of[said->image] = (int32_t)s->count;
            s->asked[s->count++] = (fal_asked){.image = said->image, .client = -1, .al_round = 0};
        }
    }
    return FAL_OK;
}

static fal_status hash_images(void *context, const uint8_t *images, int64_t first, int64_t count)
{
    session *s = context;
    const size_t bytes = (size_t)s->dataset.h * (size_t)s->dataset.w * (size_t)s->dataset.c;
    for (int64_t i = 0; i < count; i++) {
        const int32_t place = s->place_of[first + i];
        if (place >= 0) {
            char all[FAL_HASH_TEXT];
            FAL_TRY(fal_hash_bytes(images + (size_t)i * bytes, bytes, all));
            memcpy(s->asked[place].sha256, all, FAL_QUERY_DIGITS);
        }
    }
    return FAL_OK;
}

static fal_status add_own_labels(session *s)
{
    for (int64_t a = 0; a < s->count; a++) {
        const int label = s->dataset.train_labels[s->asked[a].image];
        const fal_row_answer row = {.image = s->asked[a].image, .label = label, .client = -1, .seconds = NAN};
        if (label >= 0) {
            FAL_TRY(fal_answers_add(&s->answers, &row, own_answers));
        }
    }
    return FAL_OK;
}

/* ---- the new dataset ------------------------------------------------------------------------------------------- */

static void change_labels(session *s)
{
    for (int64_t a = 0; a < s->count; a++) {
        const int64_t image = s->asked[a].image;
        const int label = fal_answers_label(&s->answers, image);
        if (label >= 0 && label != s->dataset.train_labels[image]) {
            s->now_labelled += s->dataset.train_labels[image] < 0;
            s->dataset.train_labels[image] = (int16_t)label;
            s->changed++;
        }
    }
}

static fal_status write_dataset(const session *s, const char *output)
{
    fal_dataset_parts *parts = NULL;
    FAL_TRY(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    fal_status status = fal_dataset_parts_of(&s->dataset, parts);
    if (status == FAL_OK) {
        status = fal_dataset_write(parts, output);
    }
    fal_free(parts);
    return status;
}

static int64_t still_open(const fal_dataset *dataset)
{
    int64_t open = 0;
    for (int64_t i = 0; i < dataset->n_train; i++) {
        open += dataset->train_labels[i] < 0;
    }
    return open;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static fal_status look_at_trials(void *context, const fal_dataset *dataset)
{
    const fal_data_label_request *in = context;
    (void)check_trials(in->trials, dataset); /* what it refuses counts where they are checked */
    return FAL_OK;
}

static fal_status take(session *s, const fal_data_label_request *in, const fal_data_call *call)
{
    s->list.classes = s->dataset.classes;
    s->list.class_names = (const char(*)[FAL_NAME_MAX])s->dataset.class_names;
    FAL_TRY(fal_data_label_read(call, &s->list));
    FAL_TRY(gather(s));
    FAL_TRY(fal_dataset_visit(&s->dataset, false, hash_images, s));
    fal_answers_data data = {.n_train = s->dataset.n_train, .classes = s->dataset.classes};
    FAL_TRY(fal_answers_create(&data, &s->answers));
    FAL_TRY(add_own_labels(s));
    const fal_status status = fal_answers_take(&s->answers, &s->list, s->asked, s->count, (fal_resolve)in->resolve,
                                               (int64_t)time(NULL), &s->taken);
    fal_data_label_report(&s->taken);
    return status;
}

static fal_status run(session *s, const fal_data_label_request *in, const char *output, const fal_data_call *call)
{
    FAL_TRY(fal_dataset_look(in->path, look_at_trials, (void *)(uintptr_t)in));
    FAL_TRY(fal_dataset_open_pool(in->path, &s->dataset));
    FAL_TRY(in->output != NULL ? fal_data_check_output(in->output) : FAL_OK);
    FAL_TRY(in->output == NULL || fal_file_is_same(in->output, in->path) ? check_trials(in->trials, &s->dataset)
                                                                         : FAL_OK);
    FAL_TRY(take(s, in, call));
    change_labels(s);
    if (s->changed > 0 || in->output != NULL) {
        FAL_TRY(fal_dataset_load(&s->dataset, NULL, 0, s->dataset.n_test));
        FAL_TRY(write_dataset(s, output));
    }
    fal_log_say("%s: %lld images have a label now, %lld another one than before, %lld are still open", output,
                (long long)s->now_labelled, (long long)(s->changed - s->now_labelled),
                (long long)still_open(&s->dataset));
    return FAL_OK;
}

/* In place means the dataset itself, also where a link names it: a new file in place of the link would leave the
 * dataset without the labels. NULL: `path` is no link. To be freed. */
static char *behind_link(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISLNK(about.st_mode) ? realpath(path, NULL) : NULL;
}

fal_status fal_data_label_into(const fal_data_label_request *in, const fal_data_call *call)
{
    session *s = NULL;
    fal_lock *lock = NULL;
    char *real = in->output == NULL ? behind_link(in->path) : NULL;
    const char *output = in->output != NULL ? in->output : real != NULL ? real : in->path;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&s, 1, sizeof *s, "dataset"));
    s->list.nobody = in->annotator != NULL ? in->annotator : "";
    s->list.by_row = true;
    status = fal_lock_take(output, 10, &lock);
    if (status == FAL_OK) {
        status = run(s, in, output, call);
    }
    fal_lock_release(lock);
    fal_text_destroy(&s->taken.report);
    fal_answers_destroy(&s->answers);
    fal_free(s->asked);
    fal_free(s->place_of);
    fal_said_destroy(&s->list);
    fal_dataset_close(&s->dataset);
    fal_free(s);
done:
    free(real);
    return status;
}
