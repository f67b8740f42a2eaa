/* The images that a rank holds, and how all images are dealt. */
#include "local_images_internal.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/longtail.h"
#include "fal/fed/evaluate.h"

static fal_status deal_images(fal_local_images *images)
{
    const fal_dataset *dataset = images->dataset;
    const int classes = dataset->classes;
    int16_t *kept = NULL; /* the labels of what the long tail leaves */
    FAL_TRY(fal_alloc(&images->client_of, (size_t)dataset->n_train, sizeof *images->client_of, "partition"));
    FAL_TRY(fal_alloc(&images->pool_counts, (size_t)images->clients * (size_t)classes, sizeof *images->pool_counts,
                      "partition"));
    FAL_TRY(fal_alloc(&kept, (size_t)dataset->n_train, sizeof *kept, "partition"));
    fal_status status =
        fal_longtail_make(images->partition.seed, images->rho, classes, dataset->train_labels, dataset->n_train, kept);
    if (status == FAL_OK) {
        status = fal_partition_deal(&images->partition, images->clients, classes, kept, dataset->train_site,
                                    dataset->n_train, images->client_of, images->pool_counts);
    }
    fal_free(kept);
    FAL_TRY(status);
    if (dataset->files != NULL) { /* of the labels of other sites only these numbers are known */
        memcpy(images->pool_counts, dataset->site_counts,
               (size_t)images->clients * (size_t)classes * sizeof *images->pool_counts);
    }
    for (int64_t i = 0; i < dataset->n_train; i++) {
        images->images += images->client_of[i] >= 0;
    }
    return FAL_OK;
}

/* Only the rows of this rank's clients, and its share of the test set: where each site has its file, the sites' own. */
static fal_status load_images(fal_local_images *images, const fal_comm *group)
{
    fal_dataset *dataset = images->dataset;
    uint8_t *wanted = NULL;
    int64_t first = 0;
    int64_t count = 0;
    FAL_TRY(fal_alloc(&wanted, (size_t)dataset->n_train, 1, "images"));
    for (int64_t i = 0; i < dataset->n_train; i++) {
        const int client = images->client_of[i];
        wanted[i] = client >= images->first && client < images->first + images->local;
    }
    if (dataset->files != NULL) {
        fal_dataset_held_tests(dataset, &first, &count);
    } else {
        fal_evaluate_share(dataset->n_test, fal_comm_size(group), fal_comm_rank(group), &first, &count);
    }
    const fal_status status = fal_dataset_load(dataset, wanted, first, count);
    fal_free(wanted);
    return status;
}

static bool deals_alike(const fal_local_images *images, const fal_settings *settings)
{
    const fal_partition_settings *a = &images->partition;
    const fal_partition_settings *b = &settings->partition;
    const bool same_file = a->file == NULL || b->file == NULL ? a->file == b->file : strcmp(a->file, b->file) == 0;
    return images->filled && a->kind == b->kind && a->seed == b->seed && a->alpha == b->alpha &&
           a->shards == b->shards && same_file && images->rho == settings->rho && images->clients == settings->clients;
}

fal_status fal_local_images_fill(fal_local_images *images, const fal_settings *settings, const fal_comm *group)
{
    const int size = fal_comm_size(group);
    const int rank = fal_comm_rank(group);
    if (deals_alike(images, settings)) {
        return FAL_OK;
    }
    fal_local_images_destroy(images);
    images->partition = settings->partition;
    images->rho = settings->rho;
    images->clients = settings->clients;
    images->first = fal_fed_first_client(settings->clients, size, rank);
    images->local = fal_fed_client_count(settings->clients, size, rank);
    FAL_TRY(deal_images(images));
    FAL_TRY(load_images(images, group));
    images->filled = true;
    return FAL_OK;
}

fal_status fal_local_images_embed(fal_local_images *images, const char *where, const char *sha256)
{
    fal_embeddings *embeddings = &images->embeddings;
    if (embeddings->z != NULL && strcmp(embeddings->sha256, sha256) == 0) {
        return FAL_OK;
    }
    fal_embeddings_destroy(embeddings);
    FAL_TRY(fal_embeddings_load(where, images->dataset, embeddings));
    if (strcmp(embeddings->sha256, sha256) != 0) {
        fal_embeddings_destroy(embeddings);
        return fal_fail(FAL_ERR_INPUT, "%s: changed since the job started: start the job again", where);
    }
    return FAL_OK;
}

void fal_local_images_destroy(fal_local_images *images)
{
    fal_embeddings_destroy(&images->embeddings);
    fal_free(images->client_of);
    fal_free(images->pool_counts);
    *images = (fal_local_images){.dataset = images->dataset};
}
