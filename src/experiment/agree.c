/* Before a job starts: do all ranks see the same options and the same data? A stale copy on one node's own disk, or
 * options that a launcher gave to some ranks only, would end in wrong science or in a hang, not in an error. */
#include "fal/experiment/agree.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/version.h"

enum { VALUE_SHOWN = 60, HOST_SIZE = 256, VIEW_MAX = 1 << 28 };

/* A line of a view: what kind of thing, its name, this rank's value. */
#define OPTION "option"
#define DATA "data"
#define CONTENT "content"

static void add(fal_text *view, const char *kind, const char *name, const char *value)
{
    fal_text_add(view, "%s\t%s\t%s\n", kind, name, value);
}

/* All values of each parameter. Threads are each rank's own matter. */
static void add_parameters(fal_text *view, const fal_params *params)
{
    const fal_param_table *table = fal_params_table(params);
    for (int i = 0; i < table->count; i++) {
        const char *name = table->rows[i].name;
        if (strcmp(name, "threads") == 0) {
            continue;
        }
        char option[64];
        fal_params_option_name(&table->rows[i], option);
        fal_text_add(view, OPTION "\t--%s\t", option);
        for (int v = 0; v < fal_params_count(params, name); v++) {
            fal_text_add(view, "%s%s", v > 0 ? "," : "", fal_params_text_at(params, name, v));
        }
        fal_text_add(view, "\n");
    }
}

static void add_names(fal_text *view, const fal_dataset *dataset)
{
    fal_text_add(view, DATA "\tclass names\t");
    for (int i = 0; i < dataset->classes; i++) {
        fal_text_add(view, "%s,", dataset->class_names[i]);
    }
    fal_text_add(view, "\n");
}

static fal_status add_dataset(fal_text *view, const fal_dataset *dataset)
{
    char site[FAL_HASH_TEXT];
    FAL_TRY(fal_identity_site_sha256(dataset, site));
    add(view, DATA, "name", dataset->name);
    fal_text_add(view, DATA "\tnumber of training images\t%lld\n", (long long)dataset->n_train);
    fal_text_add(view, DATA "\tnumber of test images\t%lld\n", (long long)dataset->n_test);
    fal_text_add(view, DATA "\tsize of the images\t%d x %d x %d\n", dataset->h, dataset->w, dataset->c);
    add_names(view, dataset);
    add(view, DATA, "augmentation", dataset->flip ? "flip" : "none");
    fal_text_add(view, DATA "\tmean and std\t");
    for (int i = 0; i < dataset->c; i++) { /* exact */
        fal_text_add(view, "%a %a ", (double)dataset->mean[i], (double)dataset->std[i]);
    }
    fal_text_add(view, "\n");
    add(view, DATA, "training labels", dataset->sha256_train_labels);
    add(view, DATA, "test labels", dataset->sha256_test_labels);
    add(view, DATA, "training images", dataset->sha256_train_images);
    add(view, DATA, "test images", dataset->sha256_test_images);
    add(view, DATA, "sites", site);
    return FAL_OK;
}

/* The first field of a line that differs is named; the lines are of one name unless the programs differ. */
static fal_status other_line(const char *mine, const char *theirs, const char *path, const char *host)
{
    char kind[16] = "";
    char name[128] = "";
    char here[VALUE_SHOWN + 4] = "";
    char there[VALUE_SHOWN + 4] = "";
    (void)sscanf(mine, "%15[^\t]\t%127[^\t]\t%60[^\n]", kind, name, here);
    (void)sscanf(theirs, "%*[^\t]\t%*[^\t]\t%60[^\n]", there);
    if (strcmp(kind, DATA) == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s: other than rank 0 on %s has: give all ranks the same file", path, name,
                        host);
    }
    if (strcmp(kind, CONTENT) == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: other content than rank 0 on %s has: give all ranks the same file", name,
                        host);
    }
    return fal_fail(FAL_ERR_USAGE, "%s: \"%s\" here, but \"%s\" on rank 0 (%s): give all ranks the same command", name,
                    here, there, host);
}

static fal_status compare(const char *mine, const char *theirs, const char *path, const char *host)
{
    while (*mine != '\0' || *theirs != '\0') {
        const size_t length = strcspn(mine, "\n");
        const size_t other = strcspn(theirs, "\n");
        if (length != other || memcmp(mine, theirs, length) != 0) {
            return other_line(mine, theirs, path, host);
        }
        mine += length + (mine[length] == '\n');
        theirs += other + (theirs[other] == '\n');
    }
    return FAL_OK;
}

/* Rank 0's view goes to all, who compare it with their own. Collective. */
static fal_status agree(const fal_comm *world, fal_status status, const fal_text *view, const char *path)
{
    char host[HOST_SIZE] = "";
    char *theirs = NULL;
    uint64_t length = view->length;
    status = fal_comm_agree(world, status);
    if (status != FAL_OK) {
        return status;
    }
    (void)snprintf(host, sizeof host, "%s", fal_comm_host());
    fal_comm_broadcast(world, host, sizeof host, 0);
    fal_comm_broadcast(world, &length, sizeof length, 0);
    if (length > VIEW_MAX) {
        return fal_fail(FAL_ERR_USAGE, "the options make more than %d MiB of text: split the sweep", VIEW_MAX >> 20);
    }
    FAL_TRY(fal_comm_agree(world, fal_alloc(&theirs, length + 1, 1, "options of rank 0")));
    if (fal_comm_rank(world) == 0 && length > 0) {
        memcpy(theirs, view->chars, length);
    }
    fal_comm_broadcast(world, theirs, length, 0);
    status = compare(view->chars != NULL ? view->chars : "", theirs, path, host);
    fal_free(theirs);
    return fal_comm_agree(world, status);
}

static fal_status view_start(const fal_params *params, const fal_dataset *dataset, const char *request, fal_text *view)
{
    fal_text_add(view, OPTION "\tversion of the program\t%s (%s)\n", fal_version(), fal_version_commit());
    add(view, OPTION, "what is asked for", request);
    FAL_TRY(add_dataset(view, dataset)); /* first: it brings parameters' defaults */
    add_parameters(view, params);
    return fal_text_status(view);
}

fal_status fal_agree_start(const fal_comm *world, const fal_params *params, const fal_dataset *dataset,
                           const char *request)
{
    fal_text view = {0};
    fal_status status = view_start(params, dataset, request, &view);
    status = agree(world, status, &view, dataset->path);
    fal_text_destroy(&view);
    return status;
}

static fal_status view_files(const fal_plan *plan, fal_text *view)
{
    for (int i = 0; i < plan->count; i++) {
        const fal_trial_id *trial = &plan->trials[i].id;
        add(view, CONTENT, fal_params_text(trial->params, "partition"), trial->partition_digest);
        add(view, CONTENT, fal_params_text(trial->params, "init_model"), trial->init_model_digest);
        add(view, CONTENT, fal_params_text(trial->params, "embeddings"), trial->embeddings_digest);
    }
    return fal_text_status(view);
}

fal_status fal_agree_files(const fal_comm *world, const fal_plan *plan)
{
    fal_text view = {0};
    fal_status status = view_files(plan, &view);
    status = agree(world, status, &view, "");
    fal_text_destroy(&view);
    return status;
}

fal_status fal_agree_images(const fal_comm *world, fal_dataset *dataset)
{
    const bool root = fal_comm_rank(world) == 0;
    if (dataset->files != NULL) { /* a rank sees its own, and no other will ever read them */
        return fal_comm_agree(world, fal_dataset_mark_images(dataset));
    }
    FAL_TRY(fal_comm_agree(world, root ? fal_dataset_mark_images(dataset) : fal_dataset_alloc_marks(dataset)));
    fal_comm_broadcast(world, dataset->train_marks, (size_t)dataset->n_train * sizeof *dataset->train_marks, 0);
    fal_comm_broadcast(world, dataset->test_marks, (size_t)dataset->n_test * sizeof *dataset->test_marks, 0);
    return FAL_OK;
}
