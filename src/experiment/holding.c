/* The images that a rank holds, and how all images are dealt. */
#include "holding_internal.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/longtail.h"
#include "fal/fed/evaluate.h"

static fal_status deal_images(fal_holding *holding)
{
    const fal_dataset *dataset = holding->dataset;
    const int classes = dataset->classes;
    int16_t *kept = NULL; /* the labels of what the long tail leaves */
    FAL_TRY(fal_alloc(&holding->client_of, (size_t)dataset->n_train, sizeof *holding->client_of, "partition"));
    FAL_TRY(fal_alloc(&holding->pool_counts, (size_t)holding->clients * (size_t)classes, sizeof *holding->pool_counts,
                      "partition"));
    FAL_TRY(fal_alloc(&kept, (size_t)dataset->n_train, sizeof *kept, "partition"));
    fal_status status = fal_longtail_make(holding->partition.seed, holding->rho, classes, dataset->train_labels,
                                          dataset->n_train, kept);
    if (status == FAL_OK) {
        status = fal_partition_deal(&holding->partition, holding->clients, classes, kept, dataset->train_site,
                                    dataset->n_train, holding->client_of, holding->pool_counts);
    }
    fal_free(kept);
    FAL_TRY(status);
    for (int64_t i = 0; i < (int64_t)holding->clients * classes; i++) {
        holding->images += holding->pool_counts[i];
    }
    return FAL_OK;
}

/* Only the rows of this rank's clients, and its share of the test set. */
static fal_status load_images(fal_holding *holding, const fal_comm *group)
{
    fal_dataset *dataset = holding->dataset;
    uint8_t *wanted = NULL;
    int64_t first = 0;
    int64_t count = 0;
    FAL_TRY(fal_alloc(&wanted, (size_t)dataset->n_train, 1, "images"));
    for (int64_t i = 0; i < dataset->n_train; i++) {
        const int client = holding->client_of[i];
        wanted[i] = client >= holding->first && client < holding->first + holding->local;
    }
    fal_evaluate_share(dataset->n_test, fal_comm_size(group), fal_comm_rank(group), &first, &count);
    const fal_status status = fal_dataset_load(dataset, wanted, first, count);
    fal_free(wanted);
    return status;
}

static bool deals_alike(const fal_holding *holding, const fal_settings *settings)
{
    const fal_partition_settings *a = &holding->partition;
    const fal_partition_settings *b = &settings->partition;
    const bool same_file = a->file == NULL || b->file == NULL ? a->file == b->file : strcmp(a->file, b->file) == 0;
    return holding->filled && a->kind == b->kind && a->seed == b->seed && a->alpha == b->alpha &&
           a->shards == b->shards && same_file && holding->rho == settings->rho &&
           holding->clients == settings->clients;
}

fal_status fal_holding_fill(fal_holding *holding, const fal_settings *settings, const fal_comm *group)
{
    const int size = fal_comm_size(group);
    const int rank = fal_comm_rank(group);
    if (deals_alike(holding, settings)) {
        return FAL_OK;
    }
    fal_holding_destroy(holding);
    holding->partition = settings->partition;
    holding->rho = settings->rho;
    holding->clients = settings->clients;
    holding->first = fal_fed_first_client(settings->clients, size, rank);
    holding->local = fal_fed_client_count(settings->clients, size, rank);
    FAL_TRY(deal_images(holding));
    FAL_TRY(load_images(holding, group));
    holding->filled = true;
    return FAL_OK;
}

void fal_holding_destroy(fal_holding *holding)
{
    fal_free(holding->client_of);
    fal_free(holding->pool_counts);
    *holding = (fal_holding){.dataset = holding->dataset};
}
