/* A partition from outside: a CSV with the columns image and client, or /partition of a results file. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/data/partition.h"
#include "fal/io/csv.h"
#include "fal/io/h5.h"

enum { CLIENTS_MAX = 65536 };
static const size_t FILE_LIMIT = (size_t)2 << 30;

/* Client INT32_MIN: not named so far. */
static fal_status read_rows(fal_csv *csv, int64_t n, int32_t *client_of)
{
    int image_column = -1;
    int client_column = -1;
    bool there = false;
    FAL_TRY(fal_csv_read_header(csv));
    FAL_TRY(fal_csv_need(csv, "image", &image_column));
    FAL_TRY(fal_csv_need(csv, "client", &client_column));
    FAL_TRY(fal_csv_next(csv, &there));
    while (there) {
        int64_t image = 0;
        int64_t client = 0;
        FAL_TRY(fal_csv_int(csv, image_column, 0, n - 1, &image));
        FAL_TRY(fal_csv_int(csv, client_column, -1, CLIENTS_MAX - 1, &client));
        if (client_of[image] != INT32_MIN) {
            return fal_fail(FAL_ERR_INPUT, "%s:%lld: image %lld stands there twice", fal_csv_path(csv),
                            (long long)fal_csv_line(csv), (long long)image);
        }
        client_of[image] = (int32_t)client;
        FAL_TRY(fal_csv_next(csv, &there));
    }
    return FAL_OK;
}

static fal_status read_csv(const char *path, int64_t n, int32_t *client_of)
{
    fal_csv *csv = NULL;
    FAL_TRY(fal_csv_open(path, FILE_LIMIT, &csv));
    const fal_status status = read_rows(csv, n, client_of);
    fal_csv_close(csv);
    return status;
}

/* Rows of other images have nothing to do with ours, and classes of other labels were dealt in other shares. */
static fal_status compare_dataset(fal_h5 *file, const fal_dataset *dataset)
{
    const struct {
        const char *attribute, *meaning, *value;
    } sums[] = {{"dataset_train_images_sha256", "images", dataset->sha256_train_images},
                {"dataset_train_labels_sha256", "labels", dataset->sha256_train_labels}};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        char stored[128];
        FAL_TRY(fal_h5_get_text(file, "/", sums[i].attribute, stored, sizeof stored));
        if (strcmp(stored, sums[i].value) != 0) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: its partition is of other training %s than those of %s: a partition that is meant "
                            "for any data is a CSV with the columns image and client",
                            fal_h5_name(file), sums[i].meaning, dataset->path);
        }
    }
    return FAL_OK;
}

static fal_status read_results(const char *path, const fal_dataset *dataset, int64_t n, int32_t *client_of)
{
    const fal_h5_shape shape = {.type = FAL_H5_INT32, .rank = 1, .dims = {n}};
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    fal_status status = fal_h5_check_format(file, "results", 1);
    if (status == FAL_OK && dataset != NULL) {
        status = compare_dataset(file, dataset);
    }
    if (status == FAL_OK) {
        status = fal_h5_read(file, "/partition", &shape, client_of);
    }
    fal_h5_close(file);
    for (int64_t i = 0; status == FAL_OK && i < n; i++) {
        if (client_of[i] < -1 || client_of[i] >= CLIENTS_MAX) {
            status = fal_fail(FAL_ERR_INPUT, "%s: /partition: image %lld has client %d: expected 0 to %d or -1", path,
                              (long long)i, client_of[i], CLIENTS_MAX - 1);
        }
    }
    return status;
}

fal_status fal_partition_read(const char *path, const fal_dataset *dataset, int64_t n, int32_t *client_of)
{
    const char *dot = strrchr(path, '.');
    int32_t *read = NULL;
    FAL_TRY(fal_alloc(&read, (size_t)n, sizeof *read, "partition"));
    for (int64_t i = 0; i < n; i++) {
        read[i] = INT32_MIN;
    }
    const bool csv = dot != NULL && strcmp(dot, ".csv") == 0;
    const fal_status status = csv ? read_csv(path, n, read) : read_results(path, dataset, n, read);
    for (int64_t i = 0; status == FAL_OK && i < n; i++) {
        client_of[i] = read[i] == INT32_MIN ? -1 : read[i];
    }
    fal_free(read);
    return status;
}
