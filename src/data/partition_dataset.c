/* How the images of a dataset are dealt: the long tail first, then the partition. */
#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/data/longtail.h"
#include "fal/data/partition.h"

fal_status fal_partition_dataset(const fal_partition_settings *settings, double rho, const struct fal_dataset *dataset,
                                 int *clients, int32_t **client_of, int64_t **counts)
{
    fal_partition_settings deal = *settings;
    const int64_t n = dataset->n_train;
    int16_t *labels = NULL; /* of what the long tail leaves */
    int32_t *dealt = NULL;
    int64_t *held = NULL;
    fal_status status = FAL_OK;
    deal.dataset = dataset;
    FAL_TRY(fal_partition_clients(&deal, dataset->train_site, n, clients));
    FAL_TRY_GOTO(fal_alloc(&labels, (size_t)n, sizeof *labels, "labels"));
    FAL_TRY_GOTO(fal_longtail_make(deal.seed, rho, dataset->classes, dataset->train_labels, n, labels));
    FAL_TRY_GOTO(fal_alloc(&dealt, (size_t)n, sizeof *dealt, "client of each image"));
    FAL_TRY_GOTO(fal_alloc(&held, (size_t)*clients, (size_t)dataset->classes * sizeof *held, "partition"));
    FAL_TRY_GOTO(fal_partition_deal(&deal, *clients, dataset->classes, labels, dataset->train_site, n, dealt, held));
    *client_of = dealt;
    *counts = held;
    dealt = NULL;
    held = NULL;
done:
    fal_free(held);
    fal_free(dealt);
    fal_free(labels);
    return status;
}
