/* A partition from outside: a CSV with the columns image and client, or /partition of a results file. */
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/data/dataset.h"
#include "fal/data/partition.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"

enum { CLIENTS_MAX = 65536, FIELDS_MAX = 16 };
static const size_t FILE_LIMIT = (size_t)2 << 30;

typedef struct {
    const char *path;
    int64_t line;
    int image_column, client_column;
} csv_reader;

/* Cut a line at its commas; -1 if there are too many. */
static int split(char *line, char *fields[FIELDS_MAX])
{
    int count = 0;
    for (char *field = line; field != NULL; count++) {
        char *comma = strchr(field, ',');
        if (count == FIELDS_MAX) {
            return -1;
        }
        if (comma != NULL) {
            *comma++ = '\0';
        }
        fields[count] = fal_text_trim(field);
        field = comma;
    }
    return count;
}

static fal_status read_header(csv_reader *in, char *line)
{
    char *fields[FIELDS_MAX];
    const int count = split(line, fields);
    in->image_column = -1;
    in->client_column = -1;
    for (int i = 0; i < count; i++) {
        in->image_column = strcmp(fields[i], "image") == 0 ? i : in->image_column;
        in->client_column = strcmp(fields[i], "client") == 0 ? i : in->client_column;
    }
    if (in->image_column < 0 || in->client_column < 0) {
        return fal_fail(FAL_ERR_INPUT, "%s:1: the first line must name the columns image and client", in->path);
    }
    return FAL_OK;
}

static fal_status read_row(const csv_reader *in, char *line, int64_t n, int32_t *client_of)
{
    char *fields[FIELDS_MAX];
    int64_t image = 0;
    int64_t client = 0;
    const int count = split(line, fields);
    if (count <= in->image_column || count <= in->client_column || !fal_text_to_int(fields[in->image_column], &image) ||
        !fal_text_to_int(fields[in->client_column], &client)) {
        return fal_fail(FAL_ERR_INPUT, "%s:%lld: expected two whole numbers, image and client", in->path,
                        (long long)in->line);
    }
    if (image < 0 || image >= n || client < -1 || client >= CLIENTS_MAX) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s:%lld: image %lld of client %lld: images are 0 to %lld, clients 0 to %d or -1", in->path,
                        (long long)in->line, (long long)image, (long long)client, (long long)n - 1, CLIENTS_MAX - 1);
    }
    if (client_of[image] != INT32_MIN) {
        return fal_fail(FAL_ERR_INPUT, "%s:%lld: image %lld stands there twice", in->path, (long long)in->line,
                        (long long)image);
    }
    client_of[image] = (int32_t)client;
    return FAL_OK;
}

/* Client INT32_MIN: not named so far. */
static fal_status read_lines(csv_reader *in, char *text, int64_t n, int32_t *client_of)
{
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        in->line++;
        if (in->line == 1) {
            FAL_TRY(read_header(in, line));
        } else if (fal_text_trim(line)[0] != '\0') {
            FAL_TRY(read_row(in, line, n, client_of));
        }
        line = end;
    }
    return FAL_OK;
}

static fal_status read_csv(const char *path, int64_t n, int32_t *client_of)
{
    csv_reader in = {.path = path};
    char *text = NULL;
    size_t size = 0;
    FAL_TRY(fal_file_read(path, FILE_LIMIT, &text, &size));
    fal_status status = FAL_OK;
    if (strlen(text) != size) {
        status = fal_fail(FAL_ERR_INPUT, "%s: not a text file: a partition is a CSV or a results file", path);
    } else {
        status = read_lines(&in, text, n, client_of);
    }
    fal_free(text);
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
