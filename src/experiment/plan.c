/* The trials of a job: the cross product of its list values, and the name of each trial's results. */
#include "fal/experiment/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/base/stop.h"
#include "fal/data/partition.h"
#include "fal/experiment/settings.h"
#include "fal/io/digest.h"
#include "fal/io/file.h"

enum { TRIALS_MAX = 100000 };

static fal_status name_trial(const fal_params *one, const fal_params *defaults, const fal_dataset *dataset,
                             fal_trial_id *trial)
{
    FAL_TRY(fal_name_setting(one, defaults, dataset->name, trial->setting));
    trial->seed = fal_params_int(one, "seeds");
    if (!fal_text_copy(trial->strategy, sizeof trial->strategy, fal_params_text(one, "strategy"))) {
        return fal_fail(FAL_ERR_USAGE, "--strategy %.60s...: there is no strategy of that name: see --list-strategies",
                        fal_params_text(one, "strategy"));
    }
    return fal_name_results(fal_params_text(one, "output"), trial->setting, trial->strategy, trial->seed, trial->path);
}

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const fal_planned *const *)a)->id.path, (*(const fal_planned *const *)b)->id.path);
}

static fal_status refuse_equal_names(const fal_plan *plan)
{
    const fal_planned **sorted = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&sorted, (size_t)plan->count, sizeof(const fal_planned *), "names of results"));
    for (int i = 0; i < plan->count; i++) {
        sorted[i] = &plan->trials[i];
    }
    qsort(sorted, (size_t)plan->count, sizeof(const fal_planned *), by_path);
    for (int i = 1; i < plan->count && status == FAL_OK; i++) {
        if (strcmp(sorted[i - 1]->id.path, sorted[i]->id.path) == 0) {
            status = fal_fail(FAL_ERR_USAGE, "%s: two trials of the job have this name: a value is listed twice",
                              sorted[i]->id.path);
        }
    }
    fal_free(sorted);
    return status;
}

/* Count through all choices like an odometer; the table's first entries (strategy, seeds) vary fastest. */
static void next_choice(const fal_params *params, int count, int *choice)
{
    const fal_param *table = fal_params_table(params)->rows;
    for (int i = 0; i < count; i++) {
        if (++choice[i] < fal_params_count(params, table[i].name)) {
            return;
        }
        choice[i] = 0;
    }
}

static fal_status count_trials(const fal_params *params, int count, int *trials)
{
    const fal_param *table = fal_params_table(params)->rows;
    int64_t product = 1;
    for (int i = 0; i < count; i++) {
        product *= fal_params_count(params, table[i].name);
        if (product > TRIALS_MAX) {
            return fal_fail(FAL_ERR_USAGE, "the lists of the job make more than %d trials: split the sweep",
                            TRIALS_MAX);
        }
    }
    *trials = (int)product;
    return FAL_OK;
}

fal_status fal_plan_make(const fal_params *params, const fal_params *defaults, const fal_dataset *dataset,
                         fal_plan *plan)
{
    const int count = fal_params_table(params)->count;
    fal_status status = FAL_OK;
    fal_plan made = {0};
    int *choice = NULL;
    FAL_TRY_GOTO(count_trials(params, count, &made.count));
    FAL_TRY_GOTO(fal_alloc(&made.trials, (size_t)made.count, sizeof *made.trials, "list of trials"));
    FAL_TRY_GOTO(fal_alloc(&choice, (size_t)count, sizeof *choice, "list of trials"));
    for (int i = 0; i < made.count; i++) {
        FAL_TRY_GOTO(fal_stop_between());
        FAL_TRY_GOTO(fal_params_select(params, choice, &made.trials[i].id.params));
        FAL_TRY_GOTO(fal_settings_canonical(made.trials[i].id.params));
        FAL_TRY_GOTO(name_trial(made.trials[i].id.params, defaults, dataset, &made.trials[i].id));
        next_choice(params, count, choice);
    }
    FAL_TRY_GOTO(refuse_equal_names(&made));
    *plan = made;
    made = (fal_plan){0};
done:
    fal_plan_destroy(&made);
    fal_free(choice);
    return status;
}

/* Trials that do not read embeddings may stand beside one that does: their results are compared. */
static fal_status refuse_unread(const fal_plan *plan)
{
    const char *where = plan->count > 0 ? fal_params_text(plan->trials[0].id.params, "embeddings") : "";
    bool read = where[0] == '\0';
    bool several = false; /* strategies */
    for (int i = 0; i < plan->count; i++) {
        read = read || plan->trials[i].settings.embeddings != NULL;
        several = several || plan->trials[i].settings.strategy != plan->trials[0].settings.strategy;
    }
    return read ? FAL_OK
                : fal_fail(FAL_ERR_USAGE,
                           "--embeddings %.200s: no strategy of the job reads any (%s%s): leave it out, or take one "
                           "that --list-strategies shows with a z",
                           where, fal_strategy_name(plan->trials[0].settings.strategy), several ? ", ..." : "");
}

fal_status fal_plan_settle(fal_plan *plan, const fal_dataset *dataset)
{
    for (int i = 0; i < plan->count; i++) {
        FAL_TRY(fal_stop_between());
        FAL_TRY(fal_settings_make(plan->trials[i].id.params, dataset, &plan->trials[i].settings));
    }
    return refuse_unread(plan);
}

fal_status fal_plan_read_widths(fal_plan *plan, const fal_dataset *dataset)
{
    const fal_settings *before = NULL; /* that reads embeddings */
    for (int i = 0; i < plan->count; i++) {
        fal_settings *settings = &plan->trials[i].settings;
        if (settings->embeddings == NULL) {
            continue;
        }
        if (before != NULL && strcmp(before->embeddings, settings->embeddings) == 0) {
            settings->embeddings_d = before->embeddings_d;
        } else {
            FAL_TRY(fal_embeddings_width(settings->embeddings, dataset, &settings->embeddings_d));
        }
        before = settings;
    }
    return FAL_OK;
}

static bool is_h5(const char *path)
{
    const size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".h5") == 0;
}

/* Of a file that many trials name, once. */
static fal_status digest_of(const char *path, const char *path_before, const char *digest_before, char digest[65])
{
    if (path_before != NULL && strcmp(path, path_before) == 0) {
        (void)fal_text_copy(digest, 65, digest_before);
        return FAL_OK;
    }
    return is_h5(path) ? fal_digest_file(path, digest) : fal_file_sha256(path, digest);
}

/* The same for embeddings, which are what their values are in whatever file. */
static fal_status digest_of_embeddings(const fal_dataset *dataset, const fal_trial_id *before, fal_trial_id *trial)
{
    const char *where = fal_params_text(trial->params, "embeddings");
    if (where[0] == '\0') {
        return FAL_OK;
    }
    if (before != NULL && strcmp(where, fal_params_text(before->params, "embeddings")) == 0) {
        (void)fal_text_copy(trial->embeddings_digest, sizeof trial->embeddings_digest, before->embeddings_digest);
        return FAL_OK;
    }
    return fal_embeddings_sha256(where, dataset, trial->embeddings_digest);
}

fal_status fal_plan_read_files(fal_plan *plan, const fal_dataset *dataset)
{
    for (int i = 0; i < plan->count; i++) {
        fal_trial_id *trial = &plan->trials[i].id;
        const fal_trial_id *before = i > 0 ? &plan->trials[i - 1].id : NULL;
        const char *partition = fal_params_text(trial->params, "partition");
        const char *model = fal_params_text(trial->params, "init_model");
        fal_partition_settings settings = {0};
        FAL_TRY(fal_stop_between());
        FAL_TRY(fal_partition_parse(partition, &settings));
        if (settings.kind == FAL_PARTITION_FILE) {
            FAL_TRY(digest_of(partition, before != NULL ? fal_params_text(before->params, "partition") : NULL,
                              before != NULL ? before->partition_digest : "", trial->partition_digest));
        }
        if (model[0] != '\0') {
            FAL_TRY(digest_of(model, before != NULL ? fal_params_text(before->params, "init_model") : NULL,
                              before != NULL ? before->init_model_digest : "", trial->init_model_digest));
        }
        FAL_TRY(digest_of_embeddings(dataset, before, trial));
    }
    return FAL_OK;
}

static fal_status compare_file(const char *path, const char *digest)
{
    char now[65];
    if (digest[0] == '\0') {
        return FAL_OK;
    }
    FAL_TRY(digest_of(path, NULL, "", now));
    if (strcmp(now, digest) != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: changed since the job started: start the job again", path);
    }
    return FAL_OK;
}

fal_status fal_plan_compare_files(const fal_trial_id *trial)
{
    FAL_TRY(compare_file(fal_params_text(trial->params, "partition"), trial->partition_digest));
    return compare_file(fal_params_text(trial->params, "init_model"), trial->init_model_digest);
}

void fal_plan_keep(fal_plan *plan, int index)
{
    const fal_planned kept = plan->trials[index];
    plan->trials[index] = plan->trials[0];
    plan->trials[0] = kept;
    for (int i = 1; i < plan->count; i++) {
        fal_params_destroy(plan->trials[i].id.params);
    }
    plan->count = 1;
}

void fal_plan_destroy(fal_plan *plan)
{
    for (int i = 0; plan->trials != NULL && i < plan->count; i++) {
        fal_params_destroy(plan->trials[i].id.params);
    }
    fal_free(plan->trials);
    *plan = (fal_plan){0};
}

fal_status fal_plan_list(const fal_plan *plan, fal_text *text)
{
    for (int i = 0; i < plan->count; i++) {
        const fal_trial_id *trial = &plan->trials[i].id;
        fal_text_add(text, "%d %s %lld %s\n", i, trial->strategy, (long long)trial->seed, trial->path);
    }
    return fal_text_status(text);
}

fal_status fal_plan_dataset_defaults(const fal_dataset *dataset, fal_params *params)
{
    FAL_TRY(fal_params_set(params, "augment", dataset->flip ? "flip" : "none", FAL_SOURCE_DATASET, dataset->path));
    return dataset->files == NULL ? FAL_OK
                                  : fal_params_set(params, "partition", "site", FAL_SOURCE_DATASET, dataset->path);
}
