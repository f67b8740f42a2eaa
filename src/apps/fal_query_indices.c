/* fal_query's files of image numbers: --labelled and --pool. */
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/csv.h"
#include "fal/io/npy.h"
#include "fal_query_internal.h"

enum { INDEX_LIMIT = 1 << 28 };

/* A list without a header has one number on each line; anything else must name its column. */
static fal_status find_column(fal_csv *csv, bool *there, int *column)
{
    int64_t number = 0;
    *column = 0;
    FAL_TRY(fal_csv_next(csv, there));
    if (!*there || (fal_csv_fields(csv) == 1 && fal_text_to_int(fal_csv_field(csv, 0), &number))) {
        return FAL_OK;
    }
    fal_csv_take_header(csv);
    FAL_TRY(fal_csv_need(csv, "image", column));
    return fal_csv_next(csv, there);
}

static fal_status read_rows(fal_csv *csv, int64_t limit, int64_t *indices, int64_t *count)
{
    bool there = false;
    int column = 0;
    FAL_TRY(find_column(csv, &there, &column));
    while (there) {
        FAL_TRY(fal_csv_int(csv, column, 0, limit - 1, &indices[(*count)++]));
        FAL_TRY(fal_csv_next(csv, &there));
    }
    return FAL_OK;
}

static fal_status read_csv(const char *path, int64_t limit, int64_t **indices, int64_t *count)
{
    fal_csv *csv = NULL;
    FAL_TRY(fal_csv_open(path, INDEX_LIMIT, &csv));
    fal_status status = fal_alloc(indices, (size_t)fal_csv_rows_left(csv), sizeof **indices, path);
    if (status == FAL_OK) {
        status = read_rows(csv, limit, *indices, count);
    }
    fal_csv_close(csv);
    return status;
}

/* .npy, or "FILE.h5:/dataset". */
static fal_status read_values(const char *path, fal_h5_shape *shape, void *values)
{
    if (fal_text_ends_with(path, ".npy")) {
        return fal_npy_read(path, INDEX_LIMIT, shape, values);
    }
    char name[4096];
    const char *array = NULL;
    fal_h5 *file = NULL;
    if (!fal_h5_split(path, name, sizeof name, &array)) {
        return fal_fail(FAL_ERR_USAGE, "%s: name the array of the file: FILE.h5:/NAME", path);
    }
    FAL_TRY(fal_h5_open(name, &file));
    const fal_status status = fal_h5_read_new(file, array, shape, INDEX_LIMIT, values);
    fal_h5_close(file);
    return status;
}

static int64_t whole_at(fal_h5_type type, const void *values, int64_t i)
{
    switch (type) {
    case FAL_H5_UINT8:
        return ((const uint8_t *)values)[i];
    case FAL_H5_INT16:
        return ((const int16_t *)values)[i];
    case FAL_H5_INT32:
        return ((const int32_t *)values)[i];
    default:
        return ((const int64_t *)values)[i];
    }
}

static fal_status read_array(const char *path, int64_t **indices, int64_t *count)
{
    fal_h5_shape shape = {0};
    void *values = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(read_values(path, &shape, &values));
    if (shape.rank != 1 || shape.type == FAL_H5_FLOAT || shape.type == FAL_H5_DOUBLE) {
        status = fal_fail(FAL_ERR_INPUT, "%s: image numbers must be one row of whole numbers", path);
    } else {
        *count = shape.dims[0];
        status = fal_alloc(indices, (size_t)*count, sizeof **indices, path);
    }
    for (int64_t i = 0; status == FAL_OK && i < *count; i++) {
        (*indices)[i] = whole_at(shape.type, values, i);
    }
    fal_free(values);
    return status;
}

fal_status fal_app_read_indices(const char *path, int64_t limit, int64_t **indices, int64_t *count)
{
    unsigned char *seen = NULL;
    int64_t *read = NULL;
    int64_t number = 0;
    const bool binary = fal_text_ends_with(path, ".npy") || strstr(path, ".h5") != NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(binary ? read_array(path, &read, &number) : read_csv(path, limit, &read, &number));
    FAL_TRY_GOTO(fal_alloc(&seen, (size_t)limit, 1, path));
    for (int64_t i = 0; i < number; i++) {
        if (read[i] < 0 || read[i] >= limit || seen[read[i]]) {
            status = fal_fail(FAL_ERR_INPUT, "%s: image %lld %s", path, (long long)read[i],
                              read[i] < 0 || read[i] >= limit ? "is not in the dataset" : "is named twice");
            goto done;
        }
        seen[read[i]] = 1;
    }
    *indices = read;
    *count = number;
    read = NULL;
done:
    fal_free(seen);
    fal_free(read);
    return status;
}
