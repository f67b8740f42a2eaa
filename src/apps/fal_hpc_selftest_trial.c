/* The data set is drawn in integers, the trial computes by the plain kernels where its digest must be known: neither
 * depends on the CPU or on BLAS. */
#include "fal_hpc_selftest_trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/stop.h"
#include "fal/data/synth.h"
#include "fal/io/digest.h"
#include "fal/io/file.h"
#include "fal/io/tree.h"
#include "fal_hpc_request.h"
#include "fal_hpc_run.h"

static const fal_synth_settings drawn = {
    .seed = 1, .n_train = 120, .n_test = 40, .classes = 3, .side = 16, .scenes = FAL_SYNTH_SCENES};

/* ---- the place -------------------------------------------------------------------------------------------------- */

static fal_status write_data(const char *path)
{
    fal_dataset_parts *parts = NULL;
    FAL_TRY(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    fal_status status = fal_synth_make(&drawn, parts);
    if (status == FAL_OK) {
        status = fal_dataset_write(parts, path);
    }
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
    return status;
}

static fal_status make_first(fal_selftest_place *place)
{
    const char *given = getenv("TMPDIR");
    const char *parent = given != NULL && given[0] != '\0' ? given : "/tmp";
    if (strlen(parent) > FAL_PATH_MAX / 4) {
        return fal_fail(FAL_ERR_OUTPUT, "TMPDIR: %.60s...: is too long a path", parent);
    }
    (void)snprintf(place->folder, sizeof place->folder, "%s/fal_selftest.XXXXXX", parent);
    if (mkdtemp(place->folder) == NULL) {
        place->folder[0] = '\0';
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot make a folder: %s: let TMPDIR name one that can be written", parent,
                        strerror(errno));
    }
    place->made = true;
    return FAL_OK;
}

/* On a node that does not see rank 0's. */
static fal_status make_other(fal_selftest_place *place)
{
    if (mkdir(place->folder, 0700) != 0) {
        if (errno == EEXIST) { /* rank 0's, on a shared disk that is slow to tell */
            return FAL_OK;
        }
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the folder: %s: let TMPDIR name one that every node has",
                        place->folder, strerror(errno));
    }
    place->made = true;
    return write_data(place->data);
}

fal_status fal_selftest_place_make(const fal_comm *world, fal_selftest_place *place)
{
    const bool first = fal_comm_rank(world) == 0;
    memset(place, 0, sizeof *place);
    FAL_TRY(fal_comm_agree(world, first ? make_first(place) : FAL_OK));
    fal_comm_broadcast(world, place->folder, sizeof place->folder, 0);
    (void)snprintf(place->data, sizeof place->data, "%.*s/data.h5", FAL_PATH_MAX / 2, place->folder);
    FAL_TRY(fal_comm_agree(world, first ? write_data(place->data) : FAL_OK));
    const bool lacks = fal_comm_node_rank(world) == 0 && !fal_file_exists(place->data);
    return fal_comm_agree(world, lacks ? make_other(place) : FAL_OK);
}

void fal_selftest_place_remove(const fal_selftest_place *place)
{
    if (place->made) {
        fal_tree_remove(place->folder);
    }
}

fal_status fal_selftest_read_data(const char *path, bool *equal, char digest[FAL_HASH_TEXT])
{
    fal_dataset_parts *parts = NULL;
    fal_dataset *read = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    FAL_TRY_GOTO(fal_alloc(&read, 1, sizeof *read, "dataset"));
    FAL_TRY_GOTO(fal_synth_make(&drawn, parts));
    FAL_TRY_GOTO(fal_dataset_open(path, read));
    FAL_TRY_GOTO(fal_dataset_load(read, NULL, 0, read->n_test));
    *equal = read->n_train == parts->n_train && read->n_test == parts->n_test && read->h == parts->h &&
             memcmp(read->train_images, parts->train_images,
                    (size_t)(parts->n_train * parts->h * parts->w * parts->c)) == 0 &&
             memcmp(read->train_labels, parts->train_labels, (size_t)parts->n_train * sizeof *parts->train_labels) == 0;
    FAL_TRY_GOTO(fal_digest_file(path, digest));
done:
    if (read != NULL) {
        fal_dataset_close(read);
    }
    if (parts != NULL) {
        fal_dataset_parts_destroy(parts);
    }
    fal_free(read);
    fal_free(parts);
    return status;
}

/* ---- the trial --------------------------------------------------------------------------------------------------- */

/* As if it came from the command line. Collective. */
static fal_status run_request(const fal_comm *group, int argc, char **argv, const fal_selftest_trial *trial,
                              char digest[FAL_HASH_TEXT])
{
    fal_hpc_request in = {.stop_after = trial->stop_after};
    fal_status status = fal_comm_agree(group, fal_hpc_request_read(argc, argv, &in));
    if (status == FAL_OK) {
        status = fal_hpc_prepare(group, &in);
    }
    if (status == FAL_OK) {
        status = fal_hpc_run(group, &in);
    }
    const bool asked = fal_comm_max(group, fal_stop_requests()) > 0;
    if (status == FAL_OK) {
        status = fal_comm_agree(group, fal_comm_rank(group) == 0 ? fal_digest_file(in.plan.trials[0].id.path, digest)
                                                                 : FAL_OK);
    } else if (status == FAL_STOPPED && trial->stop_after > 0 && !asked) {
        status = FAL_OK;
    }
    fal_hpc_request_destroy(&in);
    return status;
}

fal_status fal_selftest_trial_run(const fal_comm *group, const fal_selftest_place *place,
                                  const fal_selftest_trial *trial, char digest[FAL_HASH_TEXT])
{
    char output[FAL_PATH_MAX];
    char data[FAL_PATH_MAX];
    char strategy[64];
    char kernels[64];
    char threads[64];
    const bool speaking = fal_log_speaking();
    digest[0] = '\0';
    (void)snprintf(output, sizeof output, "--output=%.*s/%s", FAL_PATH_MAX / 2, place->folder, trial->output);
    (void)snprintf(strategy, sizeof strategy, "--strategy=%s", trial->strategy);
    (void)snprintf(kernels, sizeof kernels, "--kernels=%s", trial->kernels);
    (void)snprintf(threads, sizeof threads, "--threads=%s", trial->threads);
    (void)fal_text_copy(data, sizeof data, place->data);
    char *argv[] = {"fal_hpc",
                    data,
                    output,
                    strategy,
                    kernels,
                    threads,
                    "--partition=iid",
                    "--clients=4",
                    "--al-rounds=2",
                    "--fl-rounds=3",
                    "--local-epochs=1",
                    "--local-only-epochs=2",
                    "--budget=6",
                    "--batch-size=4",
                    "--progress=none",
                    "--checkpoint-minutes=0",
                    NULL};
    fal_log_hush();
    const fal_status status = run_request(group, (int)(sizeof argv / sizeof *argv) - 1, argv, trial, digest);
    fal_log_start("fal_hpc", speaking);
    return status;
}
