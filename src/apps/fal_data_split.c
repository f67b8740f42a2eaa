/* fal_data split: a dataset as several, one per site, or per client of a partition. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/data/partition.h"
#include "fal/data/split.h"
#include "fal/experiment/parameters.h"
#include "fal/io/file.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

enum { BY_SITE, BY_PARTITION };

typedef struct {
    int by;
    const char *folder, *partition;
    int64_t clients, seed;
    double alpha, rho;
} request;

static const fal_option options[] = {
    {"by", "WHAT", "site: a file per site of /train/site; partition: a file per client, as a trial would deal", "site",
     FAL_OPTION_TO_CHOICE(request, by, "site|partition")},
    {"folder", "DIR", "for the files, made if need be", FAL_OPTION_TO_TEXT(request, folder), .letter = 'o'},
    {"clients", "K", "number of clients", FAL_OPTION_TO_WHOLE(request, clients, 1, 65536)},
    {"alpha", "A", "Dirichlet concentration: low = clients differ strongly, inf = all alike",
     FAL_OPTION_TO_REAL(request, alpha, 1e-3, INFINITY)},
    {"seed", "N", "seed of the trial whose partition it is", "1", FAL_OPTION_TO_WHOLE(request, seed, 0, INT64_MAX)},
    {"partition", "KIND", "dirichlet, iid, logo-code, shards:S, site, or a file (CSV image,client; results .h5)",
     FAL_OPTION_TO_TEXT(request, partition)},
    {"rho", "R", "long tail: largest / smallest class count; 1: as the dataset is",
     FAL_OPTION_TO_REAL(request, rho, 1, 1e6)}};

/* Sites keep their numbers in the names of files. site [n_train] or NULL. */
static void name_part(const request *in, const fal_dataset *dataset, const int32_t *client_of, int client, char *name,
                      size_t size)
{
    int64_t i = 0;
    while (client_of[i] != client) { /* every client has an image */
        i++;
    }
    (void)snprintf(name, size, "%s_%s%d", dataset->name, in->by == BY_SITE ? "site" : "client",
                   in->by == BY_SITE ? dataset->train_site[i] : client);
}

/* write: else only look whether that is possible. */
static fal_status do_parts(const request *in, const fal_dataset *dataset, const int32_t *client_of, int clients,
                           bool write)
{
    fal_dataset_parts *parts = NULL;
    fal_status status = fal_alloc(&parts, 1, sizeof *parts, "dataset");
    for (int k = 0; k < clients && status == FAL_OK; k++) {
        char name[2 * FAL_NAME_MAX];
        char path[4096];
        const char *input = dataset->path;
        name_part(in, dataset, client_of, k, name, sizeof name);
        if (!fal_dataset_name_is_valid(name) ||
            snprintf(path, sizeof path, "%s/%s.h5", in->folder, name) >= (int)sizeof path) {
            status = fal_fail(FAL_ERR_INPUT, "%s: %s: is too long for a name: import it with a shorter --name",
                              dataset->path, name);
        } else if (!write) {
            status = fal_file_refuse_input(path, &input, 1);
            status = status == FAL_OK ? fal_data_check_output(path) : status;
        } else {
            status = fal_split_take(dataset, client_of, clients, k, parts);
            if (status == FAL_OK) {
                (void)fal_text_copy(parts->name, sizeof parts->name, name);
                status = fal_data_write(parts, path);
                fal_dataset_parts_destroy(parts);
            }
        }
    }
    fal_free(parts);
    return status;
}

/* Parts of an earlier split that this one does not write would be taken for parts of this one. */
static fal_status check_others(const request *in, const fal_dataset *dataset, const int32_t *client_of, int clients)
{
    static const char *const kinds[] = {"_site", "_client"};
    const size_t length = strlen(dataset->name);
    fal_status status = FAL_OK;
    DIR *folder = opendir(in->folder);
    for (const struct dirent *entry = NULL; status == FAL_OK && folder != NULL && (entry = readdir(folder)) != NULL;) {
        bool part = false;
        for (int i = 0; i < 2 && strncmp(entry->d_name, dataset->name, length) == 0; i++) {
            const char *number = entry->d_name + length + strlen(kinds[i]);
            part = part || (strncmp(entry->d_name + length, kinds[i], strlen(kinds[i])) == 0 && *number != '.' &&
                            strcmp(number + strspn(number, "0123456789"), ".h5") == 0);
        }
        for (int k = 0; k < clients && part; k++) {
            char name[2 * FAL_NAME_MAX];
            name_part(in, dataset, client_of, k, name, sizeof name);
            part = strlen(entry->d_name) != strlen(name) + 3 || strncmp(entry->d_name, name, strlen(name)) != 0;
        }
        if (part) {
            status = fal_fail(FAL_ERR_USAGE, "%s/%s: is of another split: choose another folder, or remove it first",
                              in->folder, entry->d_name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return status;
}

static void say_left_out(const fal_dataset *dataset, const int32_t *client_of)
{
    int64_t out = 0;
    for (int64_t i = 0; i < dataset->n_train; i++) {
        out += client_of[i] < 0;
    }
    if (out > 0) {
        fal_log_warn("%s: %lld of %lld training images belong to no client, and are in no file", dataset->path,
                     (long long)out, (long long)dataset->n_train);
    }
}

static fal_status split(const request *in, const fal_partition_settings *settings, fal_dataset *dataset)
{
    int32_t *client_of = NULL;
    int64_t *counts = NULL;
    int clients = 0;
    fal_status status = FAL_OK;
    if (in->by == BY_SITE && dataset->train_site == NULL) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: does not say which site holds an image (/train/site): --by partition makes a file per "
                        "client",
                        dataset->path);
    }
    FAL_TRY(fal_partition_dataset(settings, in->by == BY_SITE ? 1 : in->rho, dataset, &clients, &client_of, &counts));
    FAL_TRY_GOTO(fal_file_make_folder(in->folder));
    FAL_TRY_GOTO(do_parts(in, dataset, client_of, clients, false));
    FAL_TRY_GOTO(check_others(in, dataset, client_of, clients));
    FAL_TRY_GOTO(fal_dataset_load(dataset, NULL, 0, dataset->n_test));
    FAL_TRY_GOTO(do_parts(in, dataset, client_of, clients, true));
    say_left_out(dataset, client_of);
done:
    fal_free(counts);
    fal_free(client_of);
    return status;
}

/* The first option that only a partition has, and that is not as it comes; NULL: none. */
static const char *of_partition(const request *in)
{
    const double clients = strtod(fal_params_find(fal_parameters(), "clients")->initial, NULL);
    const double alpha = strtod(fal_params_find(fal_parameters(), "alpha")->initial, NULL);
    return in->rho > 1                               ? "rho"
           : strcmp(in->partition, "dirichlet") != 0 ? "partition"
           : (double)in->clients != clients          ? "clients"
           : in->alpha < alpha || in->alpha > alpha  ? "alpha"
           : in->seed != 1                           ? "seed"
                                                     : NULL;
}

static fal_status run(fal_data_call *call)
{
    const request *in = call->request;
    fal_dataset *dataset = NULL;
    /* Where sites hold them, images without a label are theirs, too; other partitions deal by labels. */
    fal_partition_settings settings = {
        .seed = (uint64_t)in->seed, .alpha = in->alpha, .clients = (int)in->clients, .unlabelled = true};
    if (call->file_count != 1) {
        return fal_fail(FAL_ERR_USAGE, "split: give one dataset: fal_data split DATASET.h5 -o DIR");
    }
    if (in->folder == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--folder is missing: name the folder for the files, e.g. -o sites");
    }
    if (in->by == BY_SITE && of_partition(in) != NULL) {
        return fal_fail(FAL_ERR_USAGE, "--%s: goes with --by partition", of_partition(in));
    }
    FAL_TRY(fal_partition_parse(in->by == BY_SITE ? "site" : in->partition, &settings));
    FAL_TRY(fal_dataset_look(call->files[0], NULL, NULL));
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    fal_status status = fal_dataset_open_pool(call->files[0], dataset);
    if (status == FAL_OK) {
        status = split(in, &settings, dataset);
        fal_dataset_close(dataset);
    }
    fal_free(dataset);
    return status;
}

const fal_data_command fal_data_split = {.name = "split",
                                         .usage = "DATASET.h5 -o DIR",
                                         .help = "a file per site, or per client of a partition",
                                         .options = options,
                                         .option_count = sizeof options / sizeof *options,
                                         .request_size = sizeof(request),
                                         .run = run,
                                         .of_parameters = true};
