/* The kinds of partition, one function for all: parsing, shards, sites, and a partition that a file brings. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "fal/base/sort.h"
#include "fal/base/text.h"
#include "fal/data/partition.h"
#include "class_counts.h"
#include "partition_internal.h"

enum { CLIENTS_MAX = 65536, SHARDS_MAX = 1000000 };

static bool ends_in(const char *text, const char *end)
{
    const size_t length = strlen(text);
    const size_t wanted = strlen(end);
    return length > wanted && strcmp(text + length - wanted, end) == 0;
}

fal_status fal_partition_parse(const char *text, fal_partition_settings *settings)
{
    int64_t shards = 0;
    if (strcmp(text, "dirichlet") == 0) {
        settings->kind = FAL_PARTITION_DIRICHLET;
    } else if (strcmp(text, "iid") == 0) {
        settings->kind = FAL_PARTITION_IID;
    } else if (strcmp(text, "logo-code") == 0) {
        settings->kind = FAL_PARTITION_LOGO_CODE;
    } else if (strcmp(text, "site") == 0) {
        settings->kind = FAL_PARTITION_SITE;
    } else if (strncmp(text, "shards:", 7) == 0 && fal_text_to_int(text + 7, &shards) && shards >= 1 &&
               shards <= SHARDS_MAX) {
        settings->kind = FAL_PARTITION_SHARDS;
        settings->shards = (int)shards;
    } else if (ends_in(text, ".csv") || ends_in(text, ".h5")) {
        settings->kind = FAL_PARTITION_FILE;
        settings->file = text;
    } else {
        return fal_fail(FAL_ERR_USAGE,
                        "--partition %.200s: must be dirichlet, iid, logo-code, shards:S with a whole number S, site, "
                        "or a file that "
                        "ends in .csv or .h5",
                        text);
    }
    return FAL_OK;
}

/* ---- by site --------------------------------------------------------------------------------------------------- */

/* sites [*count] out (fal_free): the different values of site, rising. */
static fal_status distinct_sites(const int32_t *site, int64_t n, int64_t **sites, int64_t *count)
{
    int64_t *values = NULL;
    if (site == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--partition site: the data set has no /train/site: choose another partition");
    }
    FAL_TRY(fal_alloc(&values, (size_t)n, sizeof *values, "sites"));
    for (int64_t i = 0; i < n; i++) {
        values[i] = site[i];
    }
    fal_sort_int64(values, n);
    *count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == 0 || values[i] != values[*count - 1]) {
            values[(*count)++] = values[i];
        }
    }
    *sites = values;
    return FAL_OK;
}

static fal_status deal_sites(const int32_t *site, int64_t n, int32_t *client_of)
{
    int64_t *sites = NULL;
    int64_t count = 0;
    FAL_TRY(distinct_sites(site, n, &sites, &count));
    for (int64_t i = 0; i < n; i++) {
        int64_t low = 0;
        for (int64_t high = count - 1; low < high;) {
            const int64_t middle = low + (high - low) / 2;
            if (sites[middle] < site[i]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        client_of[i] = (int32_t)low;
    }
    fal_free(sites);
    return FAL_OK;
}

/* ---- shards ---------------------------------------------------------------------------------------------------- */

/* images [n] out: those with a label by class, then by index; returns their number. */
static int64_t sort_by_class(int classes, const int16_t *labels, int64_t n, int64_t *images)
{
    int64_t count = 0;
    for (int c = 0; c < classes; c++) {
        count += fal_class_images(labels, n, c, images + count);
    }
    return count;
}

static fal_status deal_shards(const fal_partition_settings *settings, int classes, const int16_t *labels, int64_t n,
                              int32_t *client_of)
{
    const fal_rng rng = {.seed = settings->seed, .purpose = FAL_RNG_PARTITION, .fl_round = 2};
    const int64_t runs = (int64_t)settings->clients * settings->shards;
    int64_t *images = NULL;
    int64_t *order = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&images, (size_t)n, sizeof *images, "shards"));
    const int64_t count = sort_by_class(classes, labels, n, images);
    if (count < runs) {
        status = fal_fail(FAL_ERR_USAGE,
                          "--partition shards:%d: %d clients need %lld runs, but there are only %lld images: use fewer",
                          settings->shards, settings->clients, (long long)runs, (long long)count);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)runs, sizeof *order, "shards"));
    for (int64_t run = 0; run < runs; run++) {
        order[run] = run;
    }
    fal_rng_shuffle(&rng, order, runs);
    /* Run r holds images floor(r count / runs) and following; counts stay below 1e8 and runs below 1e11. */
    for (int64_t place = 0; place < runs; place++) {
        const int64_t run = order[place];
        for (int64_t i = run * count / runs; i < (run + 1) * count / runs; i++) {
            client_of[images[i]] = (int32_t)(place / settings->shards);
        }
    }
done:
    fal_free(order);
    fal_free(images);
    return status;
}

/* ---- as LoGo's authors ----------------------------------------------------------------------------------------- */

static fal_status deal_logo_code(const fal_partition_settings *settings, int clients, int classes,
                                 const int16_t *labels, int64_t n, int32_t *client_of)
{
    fal_class_counts counts;
    fal_class_counts_take(&counts, labels, n);
    const fal_partition_shape shape = {.clients = clients,
                                       .classes = classes,
                                       .class_counts = counts.of_class,
                                       .total = n - counts.unlabelled,
                                       .seed = settings->seed,
                                       .alpha = settings->alpha};
    return fal_partition_logo_code(&shape, labels, n, client_of);
}

/* ---- any kind -------------------------------------------------------------------------------------------------- */

/* The number of clients divides from here on, so there must be some; each of them must be named. */
static fal_status check_file_clients(const char *path, const int32_t *client_of, int64_t n, int *clients)
{
    bool named[CLIENTS_MAX] = {false};
    int count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (client_of[i] >= 0) {
            named[client_of[i]] = true;
            count = client_of[i] >= count ? client_of[i] + 1 : count;
        }
    }
    if (count == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: names no image of a client: a partition gives images to clients from 0 on",
                        path);
    }
    for (int k = 0; k < count; k++) {
        if (!named[k]) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: no image belongs to client %d, but some to client %d: number clients "
                            "from 0 without a gap",
                            path, k, count - 1);
        }
    }
    *clients = count;
    return FAL_OK;
}

static fal_status count_file_clients(const fal_partition_settings *settings, int64_t n, int *clients)
{
    int32_t *client_of = NULL;
    FAL_TRY(fal_alloc(&client_of, (size_t)n, sizeof *client_of, "partition"));
    fal_status status = fal_partition_read(settings->file, settings->dataset, n, client_of);
    if (status == FAL_OK) {
        status = check_file_clients(settings->file, client_of, n, clients);
    }
    fal_free(client_of);
    return status;
}

fal_status fal_partition_clients(const fal_partition_settings *settings, const int32_t *site, int64_t n, int *clients)
{
    int64_t *sites = NULL;
    int64_t count = 0;
    if (settings->kind == FAL_PARTITION_FILE) {
        return count_file_clients(settings, n, clients);
    }
    if (settings->kind != FAL_PARTITION_SITE) {
        *clients = settings->clients;
        return FAL_OK;
    }
    FAL_TRY(distinct_sites(site, n, &sites, &count));
    fal_free(sites);
    if (count > CLIENTS_MAX) {
        return fal_fail(FAL_ERR_USAGE, "--partition site: the data set has %lld sites, at most %d can be clients",
                        (long long)count, CLIENTS_MAX);
    }
    *clients = (int)count;
    return FAL_OK;
}

/* Images without a label leave, unless people will be asked for them; every client must keep some. */
static fal_status count_images(const fal_partition_settings *settings, int clients, int classes, const int16_t *labels,
                               int64_t n, int32_t *client_of, int64_t *counts)
{
    int64_t *held = NULL; /* [clients] */
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&held, (size_t)clients, sizeof *held, "partition"));
    memset(counts, 0, (size_t)clients * (size_t)classes * sizeof *counts);
    for (int64_t i = 0; i < n; i++) {
        client_of[i] = labels[i] >= 0 || settings->unlabelled ? client_of[i] : -1;
        if (client_of[i] >= 0) {
            held[client_of[i]]++;
        }
        if (client_of[i] >= 0 && labels[i] >= 0) {
            counts[(int64_t)client_of[i] * classes + labels[i]]++;
        }
    }
    for (int k = 0; k < clients && status == FAL_OK; k++) {
        if (held[k] == 0) {
            status = fal_fail(FAL_ERR_INPUT, "--partition: client %d of %d would hold no image%s%s", k, clients,
                              settings->unlabelled ? "" : " with a label",
                              settings->kind == FAL_PARTITION_LOGO_CODE ? ": use --partition dirichlet" : "");
        }
    }
    fal_free(held);
    return status;
}

fal_status fal_partition_deal(const fal_partition_settings *settings, int clients, int classes, const int16_t *labels,
                              const int32_t *site, int64_t n, int32_t *client_of, int64_t *counts)
{
    switch (settings->kind) {
    case FAL_PARTITION_DIRICHLET:
        return fal_partition_make(settings->seed, settings->alpha, clients, classes, labels, n, client_of, counts);
    case FAL_PARTITION_IID:
        return fal_partition_make(settings->seed, INFINITY, clients, classes, labels, n, client_of, counts);
    case FAL_PARTITION_LOGO_CODE:
        FAL_TRY(deal_logo_code(settings, clients, classes, labels, n, client_of));
        break;
    case FAL_PARTITION_SHARDS:
        FAL_TRY(deal_shards(settings, classes, labels, n, client_of));
        break;
    case FAL_PARTITION_SITE:
        FAL_TRY(deal_sites(site, n, client_of));
        break;
    case FAL_PARTITION_FILE:
        FAL_TRY(fal_partition_read(settings->file, settings->dataset, n, client_of));
        break;
    }
    return count_images(settings, clients, classes, labels, n, client_of, counts);
}
