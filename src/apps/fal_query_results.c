/* fal_query on a results file: the query that fal_hpc would make next for one client. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/h5.h"
#include "fal/results/answers.h"
#include "fal/results/identity.h"
#include "fal/results/tables.h"
#include "fal_query_internal.h"

enum { QUERIES_MOST = FAL_IMAGES_MAX };

static fal_status check_dataset(fal_h5 *file, const fal_dataset *dataset)
{
    char differs[256];
    FAL_TRY(fal_identity_compare_arrays(file, dataset, differs, sizeof differs));
    if (differs[0] != '\0') {
        return fal_fail(FAL_ERR_INPUT, "%s: these are results of another %s than %s", fal_h5_name(file), differs,
                        dataset->path);
    }
    return FAL_OK;
}

/* state [n_train]: 1 = in the pool of the client, 2 = labelled; *size: its images. */
static fal_status read_partition(fal_h5 *file, const fal_dataset *dataset, int64_t client, unsigned char *state,
                                 int64_t *size, int64_t *images)
{
    const fal_h5_shape expected = {FAL_H5_INT32, 1, {dataset->n_train}};
    int32_t *client_of = NULL;
    FAL_TRY(fal_alloc(&client_of, (size_t)dataset->n_train, sizeof *client_of, "partition"));
    fal_status status = fal_h5_read(file, "/partition", &expected, client_of);
    *size = 0;
    *images = 0;
    for (int64_t i = 0; status == FAL_OK && i < dataset->n_train; i++) {
        state[i] = client_of[i] == client;
        *size += state[i];
        *images += client_of[i] >= 0;
    }
    if (status == FAL_OK && *size == 0) {
        status = fal_fail(FAL_ERR_USAGE, "--client %lld: no image of %s belongs to this client", (long long)client,
                          fal_h5_name(file));
    }
    fal_free(client_of);
    return status;
}

/* The client's purchases in their order; *al_round: the last that bought anything, of any client. Labels that people
 * gave are in the results alone; what nobody could tell has left the pool. */
static fal_status read_purchases(fal_h5 *file, fal_dataset *dataset, int64_t client, unsigned char *state,
                                 int64_t *labelled, int64_t *m, int64_t *al_round)
{
    fal_table queries;
    fal_table_init(&queries, &fal_queries_kind);
    fal_status status = fal_h5_read_table(file, &queries, QUERIES_MOST);
    for (int64_t i = 0; status == FAL_OK && i < queries.count; i++) {
        const fal_row_query *row = fal_table_row(&queries, i);
        *al_round = row->al_round > *al_round ? row->al_round : *al_round;
        if (row->client != client) {
            continue;
        }
        if (row->image < 0 || row->image >= dataset->n_train || state[row->image] != 1) {
            status = fal_fail(FAL_ERR_INPUT, "%s: /queries row %lld: image %lld is not in the pool of client %lld",
                              fal_h5_name(file), (long long)i, (long long)row->image, (long long)client);
        } else if (row->label == FAL_ANSWER_CANNOT_TELL) {
            state[row->image] = 3;
        } else if (row->label < 0 || row->label >= dataset->classes) {
            status = fal_fail(FAL_ERR_INPUT, "%s: /queries row %lld: label %lld is out of range", fal_h5_name(file),
                              (long long)i, (long long)row->label);
        } else {
            state[row->image] = 2;
            labelled[(*m)++] = row->image;
            dataset->train_labels[row->image] = (int16_t)row->label;
        }
    }
    fal_table_destroy(&queries);
    return status;
}

/* What the clients of this trial share (fairfal), unless the command line gives it. */
static fal_status read_shared(fal_h5 *file, double *shared)
{
    double stored = NAN;
    if (!isnan(*shared) || !fal_h5_has_attribute(file, "/", "shared_number")) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_get_real(file, "/", "shared_number", &stored));
    if (!(stored >= 0 && stored <= 1)) {
        return fal_fail(FAL_ERR_INPUT, "%s: shared_number %g is not in 0..1", fal_h5_name(file), stored);
    }
    *shared = stored;
    return FAL_OK;
}

/* Where its trial read embeddings: which, unless the command line gives others. */
static fal_status read_embeddings(fal_h5 *file, fal_app_request *request)
{
    static const char name[] = "embeddings_digest";
    return request->own_embeddings || !fal_h5_has_attribute(file, "/parameters", name)
               ? FAL_OK
               : fal_h5_get_text(file, "/parameters", name, request->embeddings_digest,
                                 sizeof request->embeddings_digest);
}

fal_status fal_app_read_results(fal_app_request *request, fal_dataset *dataset, int64_t **pool, int64_t *n,
                                int64_t **labelled, int64_t *m)
{
    fal_h5 *file = NULL;
    unsigned char *state = NULL;
    int64_t last = 0;
    int64_t seed = 0;
    fal_status status = FAL_OK;
    request->client = request->client < 0 ? 0 : request->client;
    FAL_TRY_GOTO(fal_h5_open(request->results, &file));
    FAL_TRY_GOTO(fal_h5_check_format(file, "results", FAL_RESULTS_VERSION));
    FAL_TRY_GOTO(check_dataset(file, dataset));
    FAL_TRY_GOTO(fal_identity_read_parameters(file, request->params));
    FAL_TRY_GOTO(read_embeddings(file, request));
    FAL_TRY_GOTO(fal_h5_get_int(file, "/", "seed", &seed));
    FAL_TRY_GOTO(read_shared(file, &request->shared));
    FAL_TRY_GOTO(fal_alloc(&state, (size_t)dataset->n_train, 1, "partition"));
    FAL_TRY_GOTO(read_partition(file, dataset, request->client, state, &request->size, &request->images));
    FAL_TRY_GOTO(fal_alloc(labelled, (size_t)request->size, sizeof **labelled, "images"));
    FAL_TRY_GOTO(fal_alloc(pool, (size_t)request->size, sizeof **pool, "images"));
    FAL_TRY_GOTO(read_purchases(file, dataset, request->client, state, *labelled, m, &last));
    for (int64_t i = 0; i < dataset->n_train; i++) {
        if (state[i] == 1) {
            (*pool)[(*n)++] = i;
        }
    }
    if (last < 1 || last >= 65535 || seed < 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: AL round %lld or seed %lld is out of range", request->results,
                          (long long)last, (long long)seed);
        goto done;
    }
    request->seed = request->seed < 0 ? seed : request->seed;
    request->al_round = request->al_round < 0 ? last + 1 : request->al_round;
    request->global = request->global != NULL ? request->global : request->results;
done:
    fal_free(state);
    fal_h5_close(file);
    return status;
}
