/* The trials of an output folder, found by the names of their files. */
#include "fal/results/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/look.h"
#include "fal/results/curve.h"
#include "fal/results/names.h"

enum { TRIALS_MAX = 100000, NAME_MAX_BYTES = 255 };

/* Endings of a trial's files, the longest first; "X" stands for "X.h5". */
static const char *const endings[] = {FAL_ENDING_PREVIOUS, FAL_ENDING_CHECKPOINT, (".h5" FAL_LOCK_ENDING), ".h5"};

/* "X.h5" of any file of the trial X; false: the file is of no trial. */
static bool results_name(const char *file, char name[NAME_MAX_BYTES + 1])
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t length = strlen(file);
        const size_t ending = strlen(endings[i]);
        if (length > ending && fal_text_ends_with(file, endings[i])) {
            (void)snprintf(name, NAME_MAX_BYTES + 1, "%.*s.h5", (int)(length - ending), file);
            return fal_name_may_be_results(name);
        }
    }
    return false;
}

static int is_of_trial(const struct dirent *entry)
{
    char name[NAME_MAX_BYTES + 1];
    return results_name(entry->d_name, name);
}

/* Sorted by the trial's name, so that its files come together. */
static int by_trial(const struct dirent **a, const struct dirent **b)
{
    char first[NAME_MAX_BYTES + 1] = "";
    char second[NAME_MAX_BYTES + 1] = "";
    (void)results_name((*a)->d_name, first);
    (void)results_name((*b)->d_name, second);
    return strcmp(first, second);
}

/* Trials whose states are asked for, by their results. */
typedef struct {
    char **paths;
    int count;
    bool named; /* by the user, rather than found in a folder: of whatever kind it is */
    int64_t now;
} trial_list;

/* The name of every trial that these files belong to, once. */
static fal_status name_trials(const char *folder, struct dirent **entries, int files, trial_list *list)
{
    char last[NAME_MAX_BYTES + 1] = "";
    char path[FAL_PATH_MAX];
    for (int i = 0; i < files; i++) {
        char name[NAME_MAX_BYTES + 1];
        if (!results_name(entries[i]->d_name, name) || strcmp(name, last) == 0) {
            continue;
        }
        (void)fal_text_copy(last, sizeof last, name);
        if (snprintf(path, sizeof path, "%s%s%s", folder, fal_text_ends_with(folder, "/") ? "" : "/", name) >=
            FAL_PATH_MAX) {
            return fal_fail(FAL_ERR_USAGE, "%.200s...: the path is too long", folder);
        }
        list->paths[list->count] = strdup(path);
        if (list->paths[list->count++] == NULL) {
            return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
        }
    }
    return FAL_OK;
}

/* FAL_ERR_USAGE: a data set, a model, what fal_query writes. */
static fal_status look_at_trial(void *context, int64_t index)
{
    const trial_list *list = context;
    fal_trial_state state;
    if (!list->named && fal_curve_is_other_format(list->paths[index])) {
        return fal_fail(FAL_ERR_USAGE, "%s: holds no results", list->paths[index]);
    }
    fal_state_init(list->paths[index], &state);
    fal_state_read(list->paths[index], list->now, &state);
    return FAL_OK;
}

/* A trial with a file that must not be opened is damaged, whatever else there is of it. */
static void note_damaged(fal_trial_state *state)
{
    state->word = FAL_STATE_DAMAGED;
    (void)fal_text_copy(state->reason, sizeof state->reason, fal_status_message());
    fal_text_make_printable(state->reason, false);
}

static fal_status read_trials(trial_list *list, fal_trial_state *states, int *count)
{
    fal_look *look = NULL;
    FAL_TRY(fal_look_begin("results", list->count, look_at_trial, list, &look));
    for (int i = 0; i < list->count; i++) {
        const fal_status status = fal_look_next(look);
        fal_trial_state *state = &states[*count];
        fal_state_init(list->paths[i], state);
        if (status == FAL_OK) {
            fal_state_read(list->paths[i], list->now, state);
        } else if (status != FAL_ERR_USAGE) {
            note_damaged(state);
        }
        *count += status != FAL_ERR_USAGE;
        fal_status_clear();
    }
    fal_look_end(look);
    return FAL_OK;
}

static fal_status read_folder(const char *folder, struct dirent **entries, int files, int64_t now,
                              fal_trial_state *states, int *count)
{
    trial_list list = {.now = now};
    FAL_TRY(fal_alloc(&list.paths, (size_t)files, sizeof *list.paths, "list of files"));
    fal_status status = name_trials(folder, entries, files, &list);
    if (status == FAL_OK) {
        status = read_trials(&list, states, count);
    }
    for (int i = 0; i < list.count; i++) {
        free(list.paths[i]);
    }
    fal_free(list.paths);
    return status;
}

static fal_status list_folder(const char *folder, int64_t now, fal_trial_state **states, int *count)
{
    struct dirent **entries = NULL;
    fal_trial_state *made = NULL;
    fal_status status = FAL_OK;
    const int files = scandir(folder, &entries, is_of_trial, by_trial);
    if (files < 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: the folder cannot be read: %s", folder, strerror(errno));
    }
    *count = 0;
    if (files > 4 * TRIALS_MAX) {
        status = fal_fail(FAL_ERR_USAGE, "%s: more than %d trials: look at parts of it", folder, TRIALS_MAX);
    }
    if (status == FAL_OK) {
        status = fal_alloc(&made, (size_t)files, sizeof *made, "states of trials");
    }
    if (status == FAL_OK) {
        status = read_folder(folder, entries, files, now, made, count);
    }
    for (int i = 0; i < files; i++) {
        free(entries[i]);
    }
    free(entries);
    if (status != FAL_OK) {
        fal_free(made);
        return status;
    }
    *states = made;
    return FAL_OK;
}

fal_status fal_state_list(const char *path, int64_t now, fal_trial_state **states, int *count)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) {
        return list_folder(path, now, states, count);
    }
    trial_list one = {.paths = (char *[]){(char *)(uintptr_t)path}, .count = 1, .named = true, .now = now};
    FAL_TRY(fal_alloc(states, 1, sizeof **states, "states of trials"));
    *count = 0;
    return read_trials(&one, *states, count);
}
