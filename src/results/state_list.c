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
#include "fal/results/curve.h"
#include "fal/results/names.h"

enum { TRIALS_MAX = 100000, NAME_MAX_BYTES = 255 };

/* Endings of a trial's files, the longest first; "X" stands for "X.h5". */
static const char *const endings[] = {FAL_ENDING_PREVIOUS, FAL_ENDING_CHECKPOINT, ".h5" FAL_LOCK_ENDING, ".h5"};

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

static void add(const char *path, int64_t now, fal_trial_state *states, int *count)
{
    if (!fal_curve_is_other_format(path)) { /* data sets, models, what fal_query writes */
        fal_state_init(path, &states[*count]);
        fal_state_read(path, now, &states[(*count)++]);
    }
}

static fal_status read_folder(const char *folder, struct dirent **entries, int files, int64_t now,
                              fal_trial_state *states, int *count)
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
        add(path, now, states, count);
    }
    return FAL_OK;
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
    FAL_TRY(fal_alloc(states, 1, sizeof **states, "states of trials"));
    fal_state_init(path, *states);
    fal_state_read(path, now, *states);
    *count = 1;
    return FAL_OK;
}
