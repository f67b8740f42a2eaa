/* The coordinator's part of an FL round: updates are checked one by one and as a set, ordered by client, and averaged
 * exactly. */
#include "fal/site/merge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/fed/apart.h"

/* Between names in a study's list of kernels; fal_update_read lets no name hold a comma. */
#define BETWEEN ", "

typedef struct {
    fal_update update;
    const char *file;
} entry;

typedef struct {
    entry *entries; /* [count] */
    int count;
    uint8_t *takes_part;                  /* [clients] */
    char kernels[FAL_SITE_STUDY_KERNELS]; /* of the study once they are merged */
} gathering;

static int by_client(const void *a, const void *b)
{
    return ((const entry *)a)->update.client - ((const entry *)b)->update.client;
}

static fal_status gather(const fal_site_study *study, const char *const *files, int count, gathering *all)
{
    FAL_TRY(fal_alloc(&all->entries, (size_t)count, sizeof *all->entries, "updates"));
    FAL_TRY(fal_alloc(&all->takes_part, (size_t)study->clients, 1, "updates"));
    FAL_TRY(fal_site_study_participants(study, all->takes_part));
    for (int i = 0; i < count; i++) {
        all->entries[i].file = files[i];
        FAL_TRY(fal_update_read(files[i], study, &all->entries[i].update));
        all->count++;
    }
    qsort(all->entries, (size_t)count, sizeof *all->entries, by_client); /* of one client only one gets further */
    return FAL_OK;
}

/* What a file says of itself: to be compared with who signed it. */
static fal_status say_files(const fal_site_study *study, const gathering *all, fal_text *lines)
{
    for (int i = 0; i < all->count; i++) {
        const entry *one = &all->entries[i];
        fal_text_add(lines, "%s: site %s, %lld images\n", one->file, study->sites[one->update.client].name,
                     (long long)one->update.images);
    }
    return fal_text_status(lines);
}

static fal_status check_clients(const fal_site_study *study, const gathering *all)
{
    for (int i = 0; i < all->count; i++) {
        const entry *one = &all->entries[i];
        const char *name = study->sites[one->update.client].name;
        if (i > 0 && all->entries[i - 1].update.client == one->update.client) {
            return fal_fail(FAL_ERR_INPUT, "%s and %s: are both of site %s: give one", all->entries[i - 1].file,
                            one->file, name);
        }
        if (!all->takes_part[one->update.client]) {
            return fal_fail(FAL_ERR_INPUT, "%s: site %s was not drawn for this FL round: leave it out", one->file,
                            name);
        }
    }
    return FAL_OK;
}

/* Is the name one of those in a list: "avx2 on Haswell, avx512 on SkylakeX"? */
static bool is_listed(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0';) {
        const char *end = strstr(at, BETWEEN);
        if ((end != NULL ? (size_t)(end - at) : strlen(at)) == length && strncmp(at, name, length) == 0) {
            return true;
        }
        at = end != NULL ? end + strlen(BETWEEN) : NULL;
    }
    return false;
}

/* Those that trained, of this round and the ones before; once they differed, it is too late to refuse. */
static fal_status check_kernels(const fal_site_study *study, const gathering *all, fal_text *warnings)
{
    const char *first = study->kernels;
    if (strstr(study->kernels, BETWEEN) != NULL) {
        fal_text_add(warnings,
                     "the study has merged different kernels before (%s): no other run has its last bits, whatever "
                     "trains from now on\n",
                     study->kernels);
        return fal_text_status(warnings);
    }
    for (int i = 0; i < all->count; i++) {
        const fal_update *update = &all->entries[i].update;
        if (update->images == 0) {
            continue;
        }
        if (first[0] != '\0' && strcmp(first, update->kernels) != 0) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: site %s trained with the kernels %s, others with %s: no other run will have the last "
                            "bits: let all sites train with --kernels reference or one FAL_KERNELS_ISA, or merge with "
                            "--mixed-kernels",
                            all->entries[i].file, study->sites[update->client].name, update->kernels, first);
        }
        first = update->kernels;
    }
    return FAL_OK;
}

/* The list with those who trained, each name once. Nothing may be cut off: a name that is not there is missed in the
 * next rounds. */
static fal_status list_kernels(const fal_site_study *study, gathering *all)
{
    (void)fal_text_copy(all->kernels, sizeof all->kernels, study->kernels);
    for (int i = 0; i < all->count; i++) {
        const fal_update *update = &all->entries[i].update;
        const size_t used = strlen(all->kernels);
        const size_t room = sizeof all->kernels - used;
        if (update->images == 0 || is_listed(all->kernels, update->kernels)) {
            continue;
        }
        if (snprintf(all->kernels + used, room, "%s%s", used > 0 ? BETWEEN : "", update->kernels) >= (int)room) {
            all->kernels[used] = '\0';
            return fal_fail(FAL_ERR_INPUT,
                            "%s: site %s trained with the kernels %s: G has no room for one more name beside %s: let "
                            "the site train with one of these (FAL_KERNELS_ISA), or with --kernels reference",
                            all->entries[i].file, study->sites[update->client].name, update->kernels, all->kernels);
        }
    }
    return FAL_OK;
}

/* ---- what they hold -------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double distance(const float *values, const float *from, size_t size)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        const double step = (double)values[i] - (from != NULL ? (double)from[i] : 0);
        sum += step * step;
    }
    return sqrt(sum);
}

/* far [count] of those with images, -1 of the others: who is far out? others [count]: room. */
static void warn_of(const fal_site_study *study, const gathering *all, const double *far, const char *what,
                    double *others, fal_text *warnings)
{
    for (int i = 0; i < all->count; i++) {
        int n = 0;
        for (int j = 0; j < all->count; j++) {
            if (j != i && far[j] >= 0) {
                others[n++] = far[j];
            }
        }
        if (n == 0 || far[i] < 0) {
            continue;
        }
        qsort(others, (size_t)n, sizeof *others, by_size);
        const double middle = others[(n - 1) / 2];
        if (far[i] > FAL_MERGE_FAR * middle) {
            fal_text_add(
                warnings,
                "%s: site %s: %s %g, the others %g (median): ask the site, or leave the file out (--partial)\n",
                all->entries[i].file, study->sites[all->entries[i].update.client].name, what, far[i], middle);
        }
    }
}

static fal_status warn_far(const fal_site_study *study, const gathering *all, fal_text *warnings)
{
    double *far = NULL;
    double *others = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&far, (size_t)all->count, sizeof *far, "updates"));
    FAL_TRY_GOTO(fal_alloc(&others, (size_t)all->count, sizeof *others, "updates"));
    for (int i = 0; i < all->count; i++) {
        const fal_update *update = &all->entries[i].update;
        far[i] = update->images > 0 ? distance(update->params, study->weights, study->size) : -1;
    }
    warn_of(study, all, far, "its weights' distance from G is", others, warnings);
    for (int i = 0; i < all->count && study->state_size > 0; i++) {
        const fal_update *update = &all->entries[i].update;
        far[i] = update->images > 0 ? distance(update->change, NULL, study->state_size) : -1;
    }
    if (study->state_size > 0) {
        warn_of(study, all, far, "the size of its change of c_k is", others, warnings);
    }
    status = fal_text_status(warnings);
done:
    fal_free(others);
    fal_free(far);
    return status;
}

/* Each update can be what training gives, and their sum over the rounds still not be. */
static fal_status check_merged(const fal_site_study *study, const gathering *all, const float *merged, size_t size,
                               bool of_changes)
{
    size_t bad = 0;
    const entry *most = NULL;
    float largest = -1;
    while (bad < size && fabsf(merged[bad]) <= FAL_UPDATE_MOST) {
        bad++;
    }
    for (int i = 0; i < all->count && bad < size; i++) {
        const fal_update *update = &all->entries[i].update;
        const float *values = of_changes ? update->change : update->params;
        if (values != NULL && fabsf(values[bad]) > largest) {
            largest = fabsf(values[bad]);
            most = &all->entries[i];
        }
    }
    return most == NULL ? FAL_OK
                        : fal_fail(FAL_ERR_NUMERIC,
                                   "merge: a number of %s would be beyond %g, and %s (site %s) has the largest part in "
                                   "it: leave it out (--partial), and ask the site",
                                   of_changes ? "the FL algorithm's state (c)" : "the weights", (double)FAL_UPDATE_MOST,
                                   most->file, study->sites[most->update.client].name);
}

/* ---- merging --------------------------------------------------------------------------------------------------- */

static fal_status check_missing(const fal_site_study *study, const gathering *all, const fal_merge_options *options,
                                fal_text *missing)
{
    int lacking = 0;
    for (int k = 0; k < study->clients; k++) {
        bool there = false;
        for (int i = 0; i < all->count; i++) {
            there = there || all->entries[i].update.client == k;
        }
        if (all->takes_part[k] && !there) {
            fal_text_add(missing, "%s%s", lacking++ > 0 ? ", " : "", study->sites[k].name);
        }
    }
    FAL_TRY(fal_text_status(missing));
    if (lacking > 0 && !options->partial) {
        return fal_fail(FAL_WAITING,
                        "FL round %lld of AL round %lld: the updates of %s are missing: wait for them, or go on "
                        "without (--partial)",
                        (long long)study->fl_done + 1, (long long)study->al_round, missing->chars);
    }
    return FAL_OK;
}

/* A mean of one is that one: every site would get its update. Where nobody has images, G stays and shows nothing. */
static fal_status check_alone(const fal_site_study *study, const gathering *all)
{
    const entry *only = NULL;
    int with_images = 0;
    for (int i = 0; i < all->count; i++) {
        if (all->entries[i].update.images > 0) {
            only = &all->entries[i];
            with_images++;
        }
    }
    return with_images != 1 ? FAL_OK
                            : fal_fail(FAL_ERR_USAGE,
                                       "%s: site %s alone has labelled images, so the next G would be its update for "
                                       "all to see: wait for another site, or, where that may be, give --alone",
                                       only->file, study->sites[only->update.client].name);
}

static fal_status note_merged(fal_site_study *study, const gathering *all)
{
    for (int i = 0; i < all->count; i++) {
        const fal_update *update = &all->entries[i].update;
        const fal_row_merged row = {.fl_round = study->fl_done + 1,
                                    .client = update->client,
                                    .images = update->images,
                                    .mark = fal_update_mark(update->sha256)};
        FAL_TRY(fal_table_add(&study->merged, &row));
    }
    return FAL_OK;
}

static fal_status merge(fal_site_study *study, const gathering *all)
{
    const fal_apart_round round = {.al_round = (uint32_t)study->al_round,
                                   .fl_round = (uint32_t)study->fl_done,
                                   .lr = fal_site_study_learning_rate(study),
                                   .global = study->weights,
                                   .participants = all->count};
    fal_apart *apart = NULL;
    fal_apart_update *updates = NULL;
    float *params = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_apart_create(study->model, &study->settings.fed, &study->settings.train, -1, &apart));
    FAL_TRY_GOTO(fal_alloc(&updates, (size_t)all->count, sizeof *updates, "updates"));
    FAL_TRY_GOTO(fal_alloc(&params, study->size, sizeof *params, "weights"));
    for (int i = 0; i < all->count; i++) {
        const fal_update *update = &all->entries[i].update;
        updates[i] = (fal_apart_update){update->client, update->images, update->params, update->change};
    }
    if (study->state_size > 0) {
        memcpy(fal_apart_server(apart), study->state, study->state_size * sizeof *study->state);
    }
    FAL_TRY_GOTO(fal_apart_merge(apart, updates, all->count, &round, params));
    FAL_TRY_GOTO(check_merged(study, all, params, study->size, false));
    if (study->state_size > 0) {
        FAL_TRY_GOTO(check_merged(study, all, fal_apart_server(apart), study->state_size, true));
    }
    FAL_TRY_GOTO(note_merged(study, all));
    memcpy(study->weights, params, study->size * sizeof *params);
    if (study->state_size > 0) {
        memcpy(study->state, fal_apart_server(apart), study->state_size * sizeof *study->state);
    }
    (void)fal_text_copy(study->kernels, sizeof study->kernels, all->kernels);
    (void)fal_text_copy(study->previous, sizeof study->previous, study->sha256);
    study->fl_done++;
done:
    fal_free(params);
    fal_free(updates);
    fal_apart_destroy(apart);
    return status;
}

void fal_merge_report_destroy(fal_merge_report *report)
{
    fal_text_destroy(&report->files);
    fal_text_destroy(&report->missing);
    fal_text_destroy(&report->warnings);
}

fal_status fal_site_study_merge(fal_site_study *study, const char *const *files, int count,
                                const fal_merge_options *options, fal_merge_report *report)
{
    gathering all = {0};
    fal_status status = FAL_OK;
    if (fal_site_study_is_final(study)) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: the model of AL round %lld is final: fal_site start --after begins the next",
                        study->head.path, (long long)study->al_round);
    }
    FAL_TRY_GOTO(gather(study, files, count, &all));
    FAL_TRY_GOTO(say_files(study, &all, &report->files));
    FAL_TRY_GOTO(check_clients(study, &all));
    FAL_TRY_GOTO(options->mixed_kernels ? FAL_OK : check_kernels(study, &all, &report->warnings));
    FAL_TRY_GOTO(list_kernels(study, &all));
    FAL_TRY_GOTO(check_missing(study, &all, options, &report->missing));
    FAL_TRY_GOTO(options->alone ? FAL_OK : check_alone(study, &all));
    FAL_TRY_GOTO(warn_far(study, &all, &report->warnings));
    status = merge(study, &all);
done:
    for (int i = 0; i < all.count; i++) {
        fal_update_destroy(&all.entries[i].update);
    }
    fal_free(all.entries);
    fal_free(all.takes_part);
    return status;
}
