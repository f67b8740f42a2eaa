/* fal_data partition: images per client and class, as a table and a picture. */
#include <math.h>
#include <stdlib.h>

#include "fal/base/log.h"
#include "fal/data/describe.h"
#include "fal/io/file.h"
#include "fal/io/sandbox.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

typedef struct {
    int64_t clients, seed;
    fal_describe_partition_settings settings;
    const char *partition, *plot, *path;
} request;

static const fal_option options[] = {
    {"clients", "K", "number of clients", FAL_OPTION_TO_WHOLE(request, clients, 1, 65536)},
    {"alpha", "A", "Dirichlet concentration: low = clients differ strongly, inf = all alike",
     FAL_OPTION_TO_REAL(request, settings.partition.alpha, 1e-3, INFINITY)},
    {"seed", "N", "seed of the trial whose partition is shown", "1", FAL_OPTION_TO_WHOLE(request, seed, 0, INT64_MAX)},
    {"partition", "KIND", "dirichlet, iid, logo-code, shards:S, site, or a file (CSV image,client; results .h5)",
     FAL_OPTION_TO_TEXT(request, partition)},
    {"rho", "R", "long tail: largest / smallest class count; 1: as the dataset is",
     FAL_OPTION_TO_REAL(request, settings.rho, 1, 1e6)},
    {"csv", NULL, "as CSV", FAL_OPTION_TO_FLAG(request, settings.csv)},
    {"plot", "FILE.svg", "also draw it as a picture", FAL_OPTION_TO_TEXT(request, plot)}};

/** In a process of its own: the number of bytes of the table, the table, the picture. */
static fal_status describe(void *context, fal_text *text)
{
    const request *in = context;
    fal_text table = {0};
    fal_text svg = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_describe_partition(in->path, &in->settings, &table, in->plot != NULL ? &svg : NULL));
    fal_text_add(text, "%zu\n%s%s", table.length, table.chars, in->plot != NULL ? svg.chars : "");
    status = fal_text_status(text);
done:
    fal_text_destroy(&svg);
    fal_text_destroy(&table);
    return status;
}

static fal_status show(const request *in, const fal_text *both)
{
    char *rest = NULL;
    const size_t length = strtoul(both->chars, &rest, 10);
    char *table = rest + 1;
    char *svg = table + length;
    FAL_ASSERT(svg <= both->chars + both->length);
    if (in->plot != NULL) {
        FAL_TRY(fal_file_replace(in->plot, svg, both->length - (size_t)(svg - both->chars)));
    }
    *svg = '\0';
    fal_log_print(table);
    return FAL_OK;
}

static fal_status run(fal_data_call *call)
{
    request *in = call->request;
    fal_text both = {0};
    if (call->file_count != 1) {
        return fal_fail(FAL_ERR_USAGE, "partition: give one dataset: fal_data partition DATASET.h5 [--clients K]");
    }
    FAL_TRY(fal_partition_parse(in->partition, &in->settings.partition));
    in->path = call->files[0];
    in->settings.partition.clients = (int)in->clients;
    in->settings.partition.seed = (uint64_t)in->seed;
    if (in->plot != NULL) {
        FAL_TRY(fal_data_check_picture(in->plot, in->path, &in->settings.partition));
    }
    fal_status status = fal_sandbox_run(in->path, describe, in, &both);
    if (status == FAL_OK) {
        status = show(in, &both);
    }
    fal_text_destroy(&both);
    return status;
}

const fal_data_command fal_data_partition = {.name = "partition",
                                             .usage = "DATASET.h5",
                                             .help = "images per client and class",
                                             .options = options,
                                             .option_count = sizeof options / sizeof *options,
                                             .request_size = sizeof(request),
                                             .run = run,
                                             .of_parameters = true};
