/* Where one trial is, from its files. */
#include "fal/results/state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "fal/base/text.h"
#include "fal/io/h5.h"
#include "fal/results/asked.h"
#include "fal/results/curve.h"
#include "fal/results/names.h"
#include "fal/results/sign.h"

/* A trial on a host whose locks are not seen here counts as running for so long after its last sign. Signs come every
 * 10 s, but not within an FL round or one client's query, and network file systems show them late. */
static const double SIGN_IS_OLD = 600;

/* What the files of one trial say. */
typedef struct {
    char path[FAL_PATH_MAX];
    bool has_results, has_checkpoint;
    fal_curve curve; /* of the results */
    int64_t al_rounds, fl_rounds;
    double stop_share;
    int64_t saved_al_round, saved_fl_round; /* of the checkpoint */
    fal_lock_view lock;
    fal_sign sign;
    bool has_sign;
    int64_t touched; /* the newest of its files, unix seconds */
} trial_files;

const char *fal_state_text(fal_state_word word)
{
    static const char *const texts[FAL_STATES] = {"not begun", "running", "no sign",  "stopped",
                                                  "waiting",   "killed",  "complete", "damaged"};
    return texts[word];
}

/* SETTING_STRATEGY_sSEED.h5: the strategy is what lies between the last two underscores. */
void fal_state_init(const char *path, fal_trial_state *state)
{
    const char *slash = strrchr(path, '/');
    *state = (fal_trial_state){.strategy = "?", .seed = -1, .accuracy = NAN, .silent = NAN, .left = NAN};
    (void)fal_text_copy(state->file, sizeof state->file, slash != NULL ? slash + 1 : path);
    (void)fal_text_copy(state->setting, sizeof state->setting, state->file);
    char *seed = strrchr(state->setting, '_');
    if (seed == NULL || seed[1] != 's') {
        return;
    }
    char *end = strchr(seed, '.');
    int64_t number = -1;
    if (end != NULL) {
        *end = '\0';
    }
    if (!fal_text_to_int(seed + 2, &number)) {
        return;
    }
    state->seed = number;
    *seed = '\0';
    char *strategy = strrchr(state->setting, '_');
    if (strategy != NULL) {
        (void)fal_text_copy(state->strategy, sizeof state->strategy, strategy + 1);
        *strategy = '\0';
    }
}

static void touch(trial_files *files, const char *path)
{
    struct stat about;
    if (stat(path, &about) == 0 && (int64_t)about.st_mtim.tv_sec > files->touched) {
        files->touched = (int64_t)about.st_mtim.tv_sec;
    }
}

/* How long the trial is to be, and on which hosts it ran last: what the file does not say stays. */
static fal_status read_plan(fal_h5 *file, trial_files *files, fal_trial_state *state)
{
    FAL_TRY(fal_h5_get_int(file, "/parameters", "al_rounds", &files->al_rounds));
    FAL_TRY(fal_h5_get_int(file, "/parameters", "fl_rounds", &files->fl_rounds));
    FAL_TRY(fal_h5_get_real(file, "/parameters", "stop_share", &files->stop_share));
    if (fal_h5_has_attribute(file, "/run", "hosts")) {
        char hosts[1024] = "";
        FAL_TRY(fal_h5_get_text(file, "/run", "hosts", hosts, sizeof hosts));
        hosts[strcspn(hosts, " ,")] = '\0';
        (void)fal_text_copy(state->host, sizeof state->host, hosts);
        fal_text_make_printable(state->host, false);
    }
    return FAL_OK;
}

static fal_status read_results(trial_files *files, fal_trial_state *state)
{
    fal_h5 *file = NULL;
    if (!fal_file_exists(files->path)) {
        return FAL_OK;
    }
    FAL_TRY(fal_curve_read(files->path, FAL_MEASURE_ACCURACY, &files->curve));
    FAL_TRY(fal_h5_open(files->path, &file));
    const fal_status status = read_plan(file, files, state);
    fal_h5_close(file);
    files->has_results = status == FAL_OK;
    return status;
}

static fal_status read_checkpoint(const char *path, trial_files *files, fal_trial_state *state)
{
    fal_h5 *file = NULL;
    char format[32] = "";
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_h5_open(path, &file));
    FAL_TRY_GOTO(fal_h5_get_text(file, "/", "fal_format", format, sizeof format));
    if (strcmp(format, "checkpoint") != 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: is no checkpoint", path);
        goto done;
    }
    FAL_TRY_GOTO(fal_h5_get_int(file, "/", "al_round", &files->saved_al_round));
    FAL_TRY_GOTO(fal_h5_get_int(file, "/", "fl_rounds_done", &files->saved_fl_round));
    FAL_TRY_GOTO(read_plan(file, files, state));
    files->has_checkpoint = true;
done:
    fal_h5_close(file);
    return status;
}

/* As a job would: the last one, and the one before it where that is damaged. */
static fal_status read_checkpoints(trial_files *files, fal_trial_state *state)
{
    fal_status first = FAL_OK;
    for (int previous = 0; previous < 2; previous++) {
        char path[FAL_PATH_MAX];
        fal_name_checkpoint(files->path, previous != 0, path);
        if (!fal_file_exists(path)) {
            continue;
        }
        touch(files, path);
        const fal_status status = read_checkpoint(path, files, state);
        if (status == FAL_OK) {
            fal_status_clear();
            return FAL_OK;
        }
        first = status;
    }
    return first;
}

static void read_lock(trial_files *files)
{
    char path[FAL_PATH_MAX];
    if (fal_name_lock(files->path, path) == FAL_OK) {
        fal_lock_look(path, &files->lock);
        files->has_sign = fal_sign_read(files->lock.sign, &files->sign);
    }
    fal_status_clear();
    if (files->lock.holder != FAL_LOCK_NONE && files->lock.changed > files->touched) {
        files->touched = files->lock.changed;
    }
}

static fal_state_word word_of(const trial_files *files, double silent)
{
    const char *word = files->has_results ? files->curve.status : "";
    if (strcmp(word, "complete") == 0) {
        return FAL_STATE_COMPLETE;
    }
    if (files->lock.holder == FAL_LOCK_HELD) {
        return FAL_STATE_RUNNING;
    }
    if (files->lock.holder == FAL_LOCK_UNKNOWN) {
        return silent < SIGN_IS_OLD ? FAL_STATE_RUNNING : FAL_STATE_NO_SIGN;
    }
    if (files->lock.holder == FAL_LOCK_NONE && strcmp(word, "stopped") == 0) {
        return FAL_STATE_STOPPED;
    }
    if (files->lock.holder == FAL_LOCK_NONE && strcmp(word, "waiting") == 0) {
        return FAL_STATE_WAITING;
    }
    return files->has_results || files->has_checkpoint || files->lock.holder == FAL_LOCK_LEFT ? FAL_STATE_KILLED
                                                                                              : FAL_STATE_NOT_BEGUN;
}

/* AL rounds that there will be: those asked for, or fewer where the stop share comes first; each buys as many labels as
 * the first one. */
static int64_t rounds_planned(const trial_files *files)
{
    const fal_curve *curve = &files->curve;
    if (files->has_results && strcmp(curve->status, "complete") == 0) {
        return curve->rounds;
    }
    if (!files->has_results || curve->rounds == 0 || !(curve->share[0] > 0)) {
        return files->has_sign ? files->sign.al_rounds : files->al_rounds;
    }
    const double rounds = ceil(files->stop_share / curve->share[0] - 1e-9);
    return rounds < (double)files->al_rounds ? (int64_t)fmax(rounds, 1) : files->al_rounds;
}

/* Seconds of AL round r, like the last one but for its training, which grows with the labels. */
static double seconds_of_round(const fal_row_round *last, double share_of_first, int64_t r)
{
    const double grown =
        last->labelled_share > 0
            ? (last->labelled_share + share_of_first * (double)(r - last->al_round)) / last->labelled_share
            : 1;
    const double train = isnan(last->train_seconds) ? 0 : last->train_seconds;
    return last->round_seconds + train * (fmin(grown, 1 / fmax(last->labelled_share, 1e-9)) - 1);
}

/* From what the AL rounds took that are recorded. */
static double left_by_rounds(const trial_files *files, const fal_trial_state *state)
{
    const fal_curve *curve = &files->curve;
    double left = 0;
    if (!files->has_results || curve->rounds == 0) {
        return NAN;
    }
    const fal_row_round *last = &curve->row[curve->rounds - 1];
    for (int64_t r = curve->rounds + 1; r <= state->al_rounds; r++) {
        const bool present = r == state->al_round && state->fl_rounds > 0;
        left += seconds_of_round(last, curve->share[0], r) *
                (present ? 1 - (double)state->fl_round / (double)state->fl_rounds : 1);
    }
    return left;
}

/* Where it is, or where it would go on. */
static void place(const trial_files *files, fal_trial_state *state)
{
    const bool at_work = state->word == FAL_STATE_RUNNING || state->word == FAL_STATE_NO_SIGN;
    state->al_rounds = rounds_planned(files);
    state->fl_rounds = files->fl_rounds;
    if (state->word == FAL_STATE_COMPLETE) {
        state->al_round = files->curve.rounds;
        state->fl_round = files->fl_rounds;
    } else if (at_work && files->has_sign) {
        state->al_round = files->sign.al_round;
        state->al_rounds = files->sign.al_rounds;
        state->fl_round = files->sign.fl_round;
        state->fl_rounds = files->sign.fl_rounds;
    } else if (files->has_checkpoint) {
        state->al_round = files->saved_al_round;
        state->fl_round = files->saved_fl_round;
    } else if (files->has_sign) { /* killed before anything was saved: from the start */
        state->al_round = 1;
        state->al_rounds = files->sign.al_rounds;
        state->fl_rounds = files->sign.fl_rounds;
    }
}

static void name(const trial_files *files, fal_trial_state *state)
{
    if (files->has_results) {
        (void)fal_text_copy(state->setting, sizeof state->setting, files->curve.setting);
        (void)fal_text_copy(state->strategy, sizeof state->strategy, files->curve.strategy);
        state->seed = files->curve.seed;
    } else if (files->has_sign) {
        (void)fal_text_copy(state->strategy, sizeof state->strategy, files->sign.strategy);
        state->seed = files->sign.seed;
    }
}

/* Answers that the query has not got yet, of all that it asks for. */
static fal_status count_missing(const char *results, int64_t *missing)
{
    char path[FAL_PATH_MAX];
    fal_asked_list asked = {0};
    fal_answers answers = {0};
    fal_status status = FAL_OK;
    *missing = 0;
    FAL_TRY_GOTO(fal_name_answers(results, path));
    FAL_TRY_GOTO(fal_asked_read(results, &asked));
    FAL_TRY_GOTO(fal_answers_read(path, &asked.data, &answers));
    for (int64_t i = 0; i < asked.count; i++) {
        const fal_asked *row = &asked.rows[i];
        *missing +=
            row->al_round == asked.al_round && fal_answers_label(&answers, row->image) == FAL_ANSWER_NONE ? 1 : 0;
    }
done:
    fal_answers_destroy(&answers);
    fal_asked_destroy(&asked);
    return status;
}

static void tell_missing(const trial_files *files, fal_trial_state *state)
{
    int64_t missing = 0;
    if (count_missing(files->path, &missing) == FAL_OK) {
        (void)snprintf(state->reason, sizeof state->reason, "%s: %lld answer%s missing", state->file,
                       (long long)missing, missing == 1 ? " is" : "s are");
    } else {
        (void)fal_text_copy(state->reason, sizeof state->reason, fal_status_message());
        fal_text_make_printable(state->reason, false);
        fal_status_clear();
    }
}

static void fill(const trial_files *files, int64_t now, fal_trial_state *state)
{
    const fal_curve *curve = &files->curve;
    name(files, state);
    if (files->touched > 0) {
        state->silent = fmax(0, (double)(now - files->touched));
    }
    state->word = word_of(files, state->silent);
    place(files, state);
    if (state->word == FAL_STATE_WAITING) {
        tell_missing(files, state);
    }
    if (files->lock.holder != FAL_LOCK_NONE && files->lock.host[0] != '\0') {
        (void)fal_text_copy(state->host, sizeof state->host, files->lock.host);
    }
    if (files->has_results && curve->rounds > 0) {
        state->accuracy = curve->accuracy[curve->rounds - 1];
    } else if (files->has_sign && (state->word == FAL_STATE_RUNNING || state->word == FAL_STATE_NO_SIGN)) {
        state->accuracy = files->sign.accuracy;
    }
    const bool signed_left = state->word == FAL_STATE_RUNNING && files->has_sign && !isnan(files->sign.left);
    state->left = state->word == FAL_STATE_COMPLETE ? 0
                  : signed_left ? fmax(0, files->sign.left - fmax(0, (double)(now - files->lock.changed)))
                                : left_by_rounds(files, state);
}

void fal_state_read(const char *path, int64_t now, fal_trial_state *state)
{
    trial_files files = {0};
    (void)fal_text_copy(files.path, sizeof files.path, path);
    touch(&files, path);
    fal_status status = read_results(&files, state);
    if (status == FAL_OK) {
        status = read_checkpoints(&files, state);
    }
    if (status != FAL_OK) {
        (void)fal_text_copy(state->reason, sizeof state->reason, fal_status_message());
        fal_text_make_printable(state->reason, false);
    }
    read_lock(&files);
    fill(&files, now, state);
    if (status != FAL_OK) {
        state->word = FAL_STATE_DAMAGED;
        state->left = NAN;
    }
    fal_curve_destroy(&files.curve);
    fal_status_clear();
}
