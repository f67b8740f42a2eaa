/* A job's data set where it lies in one file per site: who opens what, and what the ranks tell each other of it.
 *
 * Ranks hold blocks of neighbouring clients (fal_fed_first_client), so what they gather in rank order is in the order
 * of the sites. */
#include "fal/experiment/sites.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/fed/round.h"
#include "fal/io/file.h"

/* The job's files as this rank sees them. */
typedef struct {
    const fal_comm *world;
    const char *const *paths;
    int count;
    const fal_params *params;
    const char *test;        /* file of the test images; NULL: each site has its own */
    int first, local;        /* this rank's sites */
    fal_dataset *heads;      /* [local], and on rank 0 one more for the test images */
    fal_dataset *reference;  /* the head of the first site, without arrays */
    fal_dataset_file *files; /* [count], and one more for the test images */
} opening;

static int head_count(const opening *o) { return o->local + (o->test != NULL && fal_comm_rank(o->world) == 0); }

/* ---- before a file is opened ----------------------------------------------------------------------------------- */

/* The order of the files decides who is which client, so all ranks must have been given the same. One file may lie
 * elsewhere on each node: there its content is compared. Collective. */
static fal_status agree_command(const opening *o)
{
    fal_text mine = {0};
    char *theirs = NULL;
    fal_status status = FAL_OK;
    for (int i = 0; o->count > 1 && i < o->count; i++) {
        fal_text_add(&mine, "%s\n", o->paths[i]);
    }
    fal_text_add(&mine, "%s\n", o->test != NULL ? o->test : "");
    FAL_TRY_GOTO(fal_comm_agree(o->world, fal_text_status(&mine)));
    const int64_t most = fal_comm_max(o->world, (int64_t)mine.length);
    const int64_t least = -fal_comm_max(o->world, -(int64_t)mine.length);
    bool same = most == least;
    if (same) {
        FAL_TRY_GOTO(fal_comm_agree(o->world, fal_alloc(&theirs, mine.length, 1, "names of files")));
        memcpy(theirs, mine.chars, mine.length);
        fal_comm_broadcast(o->world, theirs, mine.length, 0);
        same = memcmp(theirs, mine.chars, mine.length) == 0;
    }
    if (!same) {
        status =
            fal_fail(FAL_ERR_USAGE,
                     "command line: the ranks were given different data set files: give all ranks the same files in "
                     "the same order");
    }
    status = fal_comm_agree(o->world, status);
done:
    fal_free(theirs);
    fal_text_destroy(&mine);
    return status;
}

static fal_status refuse_one_file(const fal_params *params)
{
    static const char *const names[] = {"test", "mean", "std"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (fal_params_text(params, names[i])[0] != '\0') {
            return fal_fail(FAL_ERR_USAGE, "--%s: goes with one data set file per site; a single file has its own",
                            names[i]);
        }
    }
    return FAL_OK;
}

static fal_status check_layout(const opening *o)
{
    const int ranks = fal_comm_size(o->world);
    const int64_t asked = fal_params_int(o->params, "ranks_per_trial");
    int first = -1;
    int second = -1;
    if (o->count > FAL_SITES_MAX) {
        return fal_fail(FAL_ERR_USAGE, "command line: %d data sets: one per site, at most %d", o->count, FAL_SITES_MAX);
    }
    for (int i = 1; i < o->count; i++) {
        for (int k = 0; k < i; k++) {
            if (strcmp(o->paths[i], o->paths[k]) == 0) {
                return fal_fail(FAL_ERR_USAGE, "command line: %s is named twice: one file per site", o->paths[i]);
            }
        }
    }
    FAL_TRY(fal_file_find_twins(o->paths, o->count, &first, &second)); /* where both are: no rank has to have both */
    if (first >= 0) {
        return fal_fail(FAL_ERR_USAGE, "command line: %s and %s are one file: one file per site", o->paths[first],
                        o->paths[second]);
    }
    if (ranks > o->count) {
        return fal_fail(FAL_ERR_USAGE,
                        "command line: %d ranks for %d sites: a rank without a site has no file to open: mpirun -np %d",
                        ranks, o->count, o->count);
    }
    if (asked > 0 && asked != ranks) {
        return fal_fail(
            FAL_ERR_USAGE,
            "--ranks-per-trial %lld: groups of ranks would move sites to other ranks: with one file per site "
            "all ranks work on one trial: leave it out",
            (long long)asked);
    }
    return FAL_OK;
}

/* ---- this rank's files ----------------------------------------------------------------------------------------- */

/* One number for all channels, or one for each: numbers [3] out. */
static fal_status read_numbers(const opening *o, const char *name, double low, int channels, float *numbers)
{
    const char *text = fal_params_text(o->params, name);
    char rest[128];
    int count = 0;
    if (text[0] == '\0') {
        return FAL_OK;
    }
    bool good = fal_text_copy(rest, sizeof rest, text);
    for (char *at = rest; good && at != NULL; count++) {
        double value = 0;
        char *comma = strchr(at, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        good = count < channels && fal_text_to_real(at, &value) && value >= low && value <= 1;
        if (good) {
            numbers[count] = (float)value;
        }
        at = comma != NULL ? comma + 1 : NULL;
    }
    if (!good || (count != 1 && count != channels)) {
        return fal_fail(FAL_ERR_USAGE,
                        "--%s %.60s: must be of pixels / 255: one number from %g to 1, or one for each of %d "
                        "channels",
                        name, text, low, channels);
    }
    for (int i = count; i < channels; i++) {
        numbers[i] = numbers[0];
    }
    return FAL_OK;
}

static fal_status open_own(opening *o)
{
    FAL_TRY(fal_alloc(&o->heads, (size_t)head_count(o), sizeof *o->heads, "data sets"));
    for (int i = 0; i < o->local; i++) {
        fal_dataset *head = &o->heads[i];
        FAL_TRY(fal_dataset_open_pool(o->paths[o->first + i], head));
        FAL_TRY(read_numbers(o, "mean", 0, head->c, head->mean));
        FAL_TRY(read_numbers(o, "std", 1e-3, head->c, head->std));
    }
    return head_count(o) > o->local ? fal_dataset_open(o->test, &o->heads[o->local]) : FAL_OK;
}

/* All are compared with the first site's, which rank 0 has. Collective. */
static fal_status agree_kinds(opening *o)
{
    fal_status status = FAL_OK;
    FAL_TRY(fal_comm_agree(o->world, fal_alloc(&o->reference, 1, sizeof *o->reference, "data set")));
    if (fal_comm_rank(o->world) == 0) {
        *o->reference = o->heads[0];
        o->reference->train_labels = NULL; /* addresses mean nothing to the others */
        o->reference->test_labels = NULL;
        o->reference->train_site = NULL;
    }
    fal_comm_broadcast(o->world, o->reference, sizeof *o->reference, 0);
    for (int i = 0; i < head_count(o) && status == FAL_OK; i++) {
        status = fal_dataset_check_kind(o->reference, &o->heads[i]);
        if (status == FAL_OK && i < o->local) {
            status = fal_dataset_check_constants(o->reference, &o->heads[i]);
        }
    }
    return fal_comm_agree(o->world, status);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static fal_dataset_file file_of(const opening *o, int index)
{
    const fal_dataset *head = &o->heads[index];
    const bool of_test = index == o->local;
    fal_dataset_file file = {.n_train = of_test ? 0 : head->n_train,
                             .n_test = of_test || o->test == NULL ? head->n_test : 0};
    (void)fal_text_copy(file.name, sizeof file.name, head->name);
    if (!of_test) {
        memcpy(file.sha256_train_images, head->sha256_train_images, sizeof file.sha256_train_images);
        memcpy(file.sha256_train_labels, head->sha256_train_labels, sizeof file.sha256_train_labels);
    }
    if (file.n_test > 0) {
        memcpy(file.sha256_test_images, head->sha256_test_images, sizeof file.sha256_test_images);
        memcpy(file.sha256_test_labels, head->sha256_test_labels, sizeof file.sha256_test_labels);
    }
    return file;
}

/* Rows of all ranks in rank order, which are `count` together, on all ranks. Collective. */
static fal_status share(const fal_comm *world, const void *own, size_t own_bytes, void *all, size_t bytes)
{
    void *gathered = NULL;
    FAL_TRY(fal_comm_gather(world, own, own_bytes, &gathered, NULL));
    if (gathered != NULL) {
        memcpy(all, gathered, bytes);
    }
    fal_free(gathered);
    fal_comm_broadcast(world, all, bytes, 0);
    return FAL_OK;
}

/* What the files are, on all ranks. Collective. */
static fal_status share_files(opening *o)
{
    fal_dataset_file *own = NULL;
    const int files = o->count + (o->test != NULL);
    fal_status status = fal_alloc(&o->files, (size_t)files, sizeof *o->files, "data sets");
    if (status == FAL_OK) {
        status = fal_alloc(&own, (size_t)o->local, sizeof *own, "data sets");
    }
    FAL_TRY_GOTO(fal_comm_agree(o->world, status));
    for (int i = 0; i < o->local; i++) {
        own[i] = file_of(o, i);
    }
    FAL_TRY_GOTO(share(o->world, own, (size_t)o->local * sizeof *own, o->files, (size_t)o->count * sizeof *own));
    if (files > o->count) {
        o->files[o->count] = head_count(o) > o->local ? file_of(o, o->local) : (fal_dataset_file){0};
        fal_comm_broadcast(o->world, &o->files[o->count], sizeof *o->files, 0);
    }
    for (int i = 0; i < files; i++) { /* what each rank knows for itself */
        o->files[i].path = i < o->count ? o->paths[i] : o->test;
        o->files[i].held = i < o->count ? i >= o->first && i < o->first + o->local : fal_comm_rank(o->world) == 0;
    }
done:
    fal_free(own);
    return status;
}

/* This rank's labels, their numbers by class, and a byte for each of its rows that has one. */
static void take_labels(const opening *o, fal_dataset *whole, uint8_t *known)
{
    for (int i = 0; i < head_count(o); i++) {
        const fal_dataset *head = &o->heads[i];
        const int number = i < o->local ? o->first + i : o->count;
        const fal_dataset_file *file = &whole->files[number];
        if (file->n_test > 0) {
            memcpy(whole->test_labels + file->test_first, head->test_labels,
                   (size_t)file->n_test * sizeof *head->test_labels);
        }
        for (int64_t row = 0; row < file->n_train; row++) {
            const int label = head->train_labels[row];
            whole->train_labels[file->first + row] = (int16_t)label;
            *known++ = label >= 0;
            if (label >= 0) {
                whole->site_counts[(int64_t)number * whole->classes + label]++;
            }
        }
    }
}

/* How many rows this rank's sites have, and where they begin. */
static int64_t own_rows(const opening *o, const fal_dataset *whole, int64_t *first)
{
    int64_t rows = 0;
    for (int i = 0; i < o->local; i++) {
        rows += whole->files[o->first + i].n_train;
    }
    *first = whole->files[o->first].first;
    return rows;
}

/* Of the others' labels: how many of each class, and which rows have one. Collective. */
static fal_status share_labels(const opening *o, fal_dataset *whole)
{
    int64_t first = 0;
    const int64_t rows = own_rows(o, whole, &first);
    uint8_t *own = NULL;
    uint8_t *known = NULL;
    fal_status status = fal_alloc(&own, (size_t)rows, 1, "labels");
    if (status == FAL_OK) {
        status = fal_alloc(&known, (size_t)whole->n_train, 1, "labels");
    }
    FAL_TRY_GOTO(fal_comm_agree(o->world, status));
    take_labels(o, whole, own);
    FAL_TRY_GOTO(share(o->world, own, (size_t)rows, known, (size_t)whole->n_train));
    fal_comm_sum_int64(o->world, whole->site_counts, (size_t)whole->sites * (size_t)whole->classes);
    for (int64_t i = 0; i < whole->n_train; i++) {
        whole->unlabelled += !known[i];
        if (i < first || i >= first + rows) {
            whole->train_labels[i] = known[i] ? 0 : -1;
        }
    }
done:
    fal_free(known);
    fal_free(own);
    return status;
}

static fal_status check_tests(const fal_dataset *whole)
{
    return whole->n_test > 0
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT, "%.600s: no site has test images: give some with --test FILE.h5", whole->path);
}

static fal_status open_sites(opening *o, fal_dataset *whole)
{
    FAL_TRY(fal_comm_agree(o->world, open_own(o)));
    FAL_TRY(agree_kinds(o));
    FAL_TRY(share_files(o));
    FAL_TRY(fal_comm_agree(o->world,
                           fal_dataset_compose(o->reference, o->files, o->count + (o->test != NULL), o->count, whole)));
    FAL_TRY(share_labels(o, whole));
    return fal_comm_agree(o->world, check_tests(whole));
}

fal_status fal_sites_open(const fal_comm *world, const char *const *paths, int count, const fal_params *params,
                          fal_dataset *dataset)
{
    const char *test = fal_params_text(params, "test");
    opening o = {
        .world = world, .paths = paths, .count = count, .params = params, .test = test[0] != '\0' ? test : NULL};
    FAL_TRY(agree_command(&o));
    if (count == 1) {
        const fal_status status = refuse_one_file(params);
        return fal_comm_agree(world, status == FAL_OK ? fal_dataset_open(paths[0], dataset) : status);
    }
    FAL_TRY(fal_comm_agree(world, check_layout(&o)));
    o.first = fal_fed_first_client(count, fal_comm_size(world), fal_comm_rank(world));
    o.local = fal_fed_client_count(count, fal_comm_size(world), fal_comm_rank(world));
    const fal_status status = open_sites(&o, dataset);
    for (int i = 0; o.heads != NULL && i < head_count(&o); i++) {
        fal_dataset_close(&o.heads[i]);
    }
    fal_free(o.files);
    fal_free(o.reference);
    fal_free(o.heads);
    return status;
}
