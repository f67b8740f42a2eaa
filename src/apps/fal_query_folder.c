/* The folder in which people label what fal_query chose, as fal_hpc makes it for a trial. */
#include <stdio.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/results/names.h"
#include "fal/results/query_folder.h"
#include "fal_query_internal.h"

static const uint8_t *pixels_of(const void *context, int64_t image) { return fal_dataset_train_image(context, image); }

static fal_status fill(const fal_app_choice *choice, const fal_query *query, fal_query_item *items)
{
    for (int64_t i = 0; i < choice->result.count; i++) {
        items[i] = (fal_query_item){.order = i,
                                    .image = choice->image[i],
                                    .suggested = choice->suggested != NULL ? choice->suggested[i] : -1,
                                    .score = choice->result.score[i]};
        FAL_TRY(fal_query_fill_sha256(query, &items[i]));
    }
    return FAL_OK;
}

fal_status fal_app_write_folder(const fal_app_request *request, const fal_dataset *dataset,
                                const fal_app_choice *choice)
{
    const fal_rng address = fal_app_address(request);
    const fal_query_folder_options options = {.suggest = fal_params_flag(request->params, "suggest")};
    char folder[FAL_PATH_MAX];
    fal_query_item *items = NULL;
    if (request->output == NULL || choice->result.count == 0) {
        return FAL_OK;
    }
    fal_query query = fal_query_of(dataset);
    query.name = fal_path_base(request->output);
    query.round = address.al_round;
    query.client = address.client;
    query.count = choice->result.count;
    query.pixels = pixels_of;
    query.context = dataset;
    FAL_TRY(fal_name_query_folder(request->output, query.round, query.client, folder));
    FAL_TRY(fal_alloc(&items, (size_t)query.count, sizeof *items, "questions"));
    query.items = items;
    fal_status status = fill(choice, &query, items);
    status = status == FAL_OK ? fal_query_hash(&query) : status;
    status = status == FAL_OK ? fal_query_folder_write(folder, &query, &options) : status;
    if (status == FAL_OK) {
        fal_log_say("label in %s/%s", folder, FAL_QUERY_PAGE);
    }
    fal_free(items);
    return status;
}
