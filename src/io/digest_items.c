/* What attributes, arrays and columns of tables contribute to the digest: their bytes in one canonical form. */
#include "digest_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

enum { TEXTS_MAX = 1000, ONE_TEXT = 8192, MANY_TEXT = 256 };
static const size_t window_bytes = (size_t)4 << 20;
static const size_t row_limit = (size_t)1 << 30;

/** In place: every NaN the same quiet one, then little-endian. */
static void make_canonical(fal_h5_type type, void *values, size_t count)
{
    if (type == FAL_H5_FLOAT) {
        float *v = values;
        for (size_t i = 0; i < count; i++) {
            if (isnan(v[i])) {
                memcpy(&v[i], &(uint32_t){0x7fc00000U}, sizeof v[i]);
            }
        }
    } else if (type == FAL_H5_DOUBLE) {
        double *v = values;
        for (size_t i = 0; i < count; i++) {
            if (isnan(v[i])) {
                memcpy(&v[i], &(uint64_t){0x7ff8000000000000U}, sizeof v[i]);
            }
        }
    }
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    const size_t size = fal_h5_type_bytes(type);
    unsigned char *bytes = values;
    for (size_t i = 0; i < count; i++, bytes += size) {
        for (size_t j = 0; j < size / 2; j++) {
            const unsigned char kept = bytes[j];
            bytes[j] = bytes[size - 1 - j];
            bytes[size - 1 - j] = kept;
        }
    }
#endif
}

/* ---- attributes ------------------------------------------------------------------------------------------------ */

static bool is_one_of(const char *name, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** Does this attribute say what was computed, rather than how, when or where? */
static bool is_scientific(const fal_digest_items *items, const char *group, const char *name)
{
    static const char *const of_results[] = {"fal_format", "strategy", "seed", "shared_number", NULL};
    static const char *const of_dataset[] = {"fal_format", "name", "augment", "mean", "std", "class_names", NULL};
    static const char *const of_model[] = {"fal_format", "architecture", "classes", "height", "width",
                                           "channels",   "mean",         "std",     NULL};
    if (strcmp(group, "/parameters") == 0) {
        return strcmp(name, "description") != 0;
    }
    if (strcmp(group, "/model") == 0 || (strcmp(group, "/") == 0 && strcmp(items->format, "model") == 0)) {
        return is_one_of(name, of_model);
    }
    if (strcmp(group, "/") != 0) {
        return false;
    }
    if (strcmp(items->format, "dataset") == 0) {
        return is_one_of(name, of_dataset);
    }
    /* dataset, dataset_sha256_...; not where the file lay */
    const bool identity =
        strncmp(name, "dataset", 7) == 0 && strcmp(name, "dataset_path") != 0 && strcmp(name, "dataset_file") != 0;
    return identity || is_one_of(name, of_results);
}

static fal_status hash_texts(fal_digest_items *items, const char *group, const char *name, int64_t count,
                             char sha256[65])
{
    const size_t size = count == 1 ? ONE_TEXT : MANY_TEXT;
    char *texts = NULL;
    fal_hash *hash = NULL;
    int found = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&texts, (size_t)(count < TEXTS_MAX ? count : TEXTS_MAX), size, "digest"));
    FAL_TRY_GOTO(fal_h5_get_texts(items->file, group, name, texts, size, TEXTS_MAX, &found));
    FAL_TRY_GOTO(fal_hash_create(&hash));
    for (int i = 0; i < found; i++) {
        fal_hash_add(hash, texts + (size_t)i * size, strlen(texts + (size_t)i * size) + 1);
    }
    fal_hash_finish(hash, sha256);
done:
    fal_hash_destroy(hash);
    fal_free(texts);
    return status;
}

/** Whole numbers as int64, others as float64. */
static fal_status hash_numbers(fal_digest_items *items, const char *group, const char *name, hid_t attribute,
                               bool whole, int64_t count, char sha256[65])
{
    const fal_h5_type type = whole ? FAL_H5_INT64 : FAL_H5_DOUBLE;
    void *values = NULL;
    FAL_TRY(fal_alloc(&values, (size_t)count, 8, "digest"));
    fal_status status = FAL_OK;
    if (count > 0 && H5Aread(attribute, fal_h5_memory_type(type), values) < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: attribute %s of %s cannot be read", items->file->name, name, group);
    } else {
        make_canonical(type, values, (size_t)count);
        status = fal_hash_bytes(values, (size_t)count * 8, sha256);
    }
    fal_free(values);
    return status;
}

static fal_status add_attribute(fal_digest_items *items, const char *group, const char *name)
{
    hid_t attribute = H5I_INVALID_HID;
    int64_t count = 0;
    char sha256[65];
    char item[FAL_H5_MEMBER_NAME_MAX + 300];
    FAL_TRY(fal_h5_open_attribute(items->file, group, name, &attribute, &count));
    const hid_t type = H5Aget_type(attribute);
    const H5T_class_t kind = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    fal_h5_release(type);
    fal_status status = FAL_OK;
    if (kind == H5T_STRING) {
        status = hash_texts(items, group, name, count, sha256);
    } else if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
        status = hash_numbers(items, group, name, attribute, kind == H5T_INTEGER, count, sha256);
    } else {
        status = fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s is neither text nor number", items->file->name, name,
                          group);
    }
    fal_h5_release(attribute);
    FAL_TRY(status);
    (void)snprintf(item, sizeof item, "%s@%.255s", group, name);
    return fal_digest_add(items, item, kind == H5T_STRING ? "text" : (kind == H5T_INTEGER ? "int" : "real"), 1, &count,
                          sha256);
}

typedef struct {
    fal_digest_items *items;
    const char *group;
} place;

static fal_status visit_attribute(void *context, const char *name)
{
    const place *where = context;
    return is_scientific(where->items, where->group, name) ? add_attribute(where->items, where->group, name) : FAL_OK;
}

fal_status fal_digest_add_attributes(fal_digest_items *items, const char *group)
{
    return fal_h5_visit_attributes(items->file, group, visit_attribute, &(place){items, group});
}

/* ---- arrays and columns ---------------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    hid_t dataset;
    int rank;
    int64_t dims[FAL_H5_RANK_MAX];
} array;

/* How columns are taken out of rows: HDF5 clears two buffers of a MiB for each read, which for the small tables of a
 * thousand results files takes longer than all else. */
static hid_t transfer_of(hid_t dataset)
{
    enum { BUFFER = 65536, ROW_MOST = 4096 };
    const hid_t type = H5Dget_type(dataset);
    const hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    if (type >= 0 && transfer >= 0 && H5Tget_size(type) <= ROW_MOST) {
        (void)H5Pset_buffer(transfer, BUFFER, NULL, NULL); /* else larger and slower */
    }
    fal_h5_release(type);
    return transfer;
}

static fal_status read_rows(fal_digest_items *items, const array *a, hid_t memory_type, int64_t first, int64_t count,
                            void *values)
{
    hsize_t start[FAL_H5_RANK_MAX] = {(hsize_t)first};
    hsize_t size[FAL_H5_RANK_MAX] = {(hsize_t)count};
    FAL_TRY(fal_h5_check_chunks(items->file, a->path, a->dataset, first, count));
    for (int i = 1; i < a->rank; i++) {
        size[i] = (hsize_t)a->dims[i];
    }
    const hid_t stored = H5Dget_space(a->dataset);
    const hid_t memory = a->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(a->rank, size, NULL);
    const hid_t transfer = transfer_of(a->dataset);
    fal_status status = FAL_OK;
    if (stored < 0 || memory < 0 || transfer < 0 ||
        (a->rank > 0 && H5Sselect_hyperslab(stored, H5S_SELECT_SET, start, NULL, size, NULL) < 0) ||
        H5Dread(a->dataset, memory_type, memory, stored, transfer, values) < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: %s cannot be read, its data are damaged", items->file->name, a->path);
    }
    fal_h5_release(transfer);
    fal_h5_release(memory);
    fal_h5_release(stored);
    return status;
}

/** SHA-256 of all values, read in windows of whole rows. */
static fal_status hash_values(fal_digest_items *items, const array *a, hid_t memory_type, fal_h5_type type,
                              char sha256[65])
{
    const int64_t rows = a->rank == 0 ? 1 : a->dims[0];
    size_t row_values = 1;
    for (int i = 1; i < a->rank; i++) {
        row_values *= (size_t)a->dims[i]; /* the product of all was found to fit */
    }
    const size_t row_bytes = row_values * fal_h5_type_bytes(type);
    if (row_bytes > row_limit) {
        return fal_fail(FAL_ERR_INPUT, "%s: a row of %s has %zu bytes: too many", items->file->name, a->path,
                        row_bytes);
    }
    const int64_t wide = row_bytes == 0 ? rows : (int64_t)(window_bytes / row_bytes);
    const int64_t step = wide < 1 ? 1 : (wide < rows ? wide : rows);
    void *values = NULL;
    fal_hash *hash = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&values, (size_t)(step > 0 ? step : 1), row_bytes, "digest"));
    FAL_TRY_GOTO(fal_hash_create(&hash));
    for (int64_t first = 0; first < rows && row_bytes > 0; first += step) {
        const int64_t count = first + step < rows ? step : rows - first;
        FAL_TRY_GOTO(read_rows(items, a, memory_type, first, count, values));
        make_canonical(type, values, (size_t)count * row_values);
        fal_hash_add(hash, values, (size_t)count * row_bytes);
    }
    fal_hash_finish(hash, sha256);
done:
    fal_hash_destroy(hash);
    fal_free(values);
    return status;
}

static bool is_measurement(const char *column)
{
    const size_t length = strlen(column);
    return (length >= 7 && strcmp(column + length - 7, "seconds") == 0 && (length == 7 || column[length - 8] == '_')) ||
           (length >= 5 && strcmp(column + length - 5, "bytes") == 0 && (length == 5 || column[length - 6] == '_'));
}

static fal_status add_column(fal_digest_items *items, const array *a, hid_t stored, unsigned index)
{
    fal_h5_type type = FAL_H5_UINT8;
    char sha256[65];
    char is[FAL_H5_TYPE_TEXT];
    char item[FAL_H5_MEMBER_NAME_MAX + 300];
    fal_status status = FAL_OK;
    char *name = H5Tget_member_name(stored, index);
    const hid_t member = H5Tget_member_type(stored, index);
    hid_t memory = H5I_INVALID_HID;
    if (name == NULL || member < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: table %s cannot be read", items->file->name, a->path);
        goto done;
    }
    if (is_measurement(name)) {
        goto done;
    }
    if (!fal_h5_type_of(member, &type)) {
        fal_h5_describe_type(member, is);
        status = fal_fail(FAL_ERR_INPUT, "%s: column %.100s of table %s has a type that is not read here, %s",
                          items->file->name, name, a->path, is);
        goto done;
    }
    memory = H5Tcreate(H5T_COMPOUND, fal_h5_type_bytes(type));
    if (memory < 0 || H5Tinsert(memory, name, 0, fal_h5_memory_type(type)) < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: table %s cannot be read", items->file->name, a->path);
        goto done;
    }
    FAL_TRY_GOTO(hash_values(items, a, memory, type, sha256));
    (void)snprintf(item, sizeof item, "%s[%.255s]", a->path, name);
    status = fal_digest_add(items, item, fal_h5_type_name(type), a->rank, a->dims, sha256);
done:
    fal_h5_release(memory);
    fal_h5_release(member);
    if (name != NULL) {
        (void)H5free_memory(name);
    }
    return status;
}

static fal_status add_opened(fal_digest_items *items, const array *a, hid_t stored)
{
    fal_h5_type type = FAL_H5_UINT8;
    char sha256[65];
    char is[FAL_H5_TYPE_TEXT];
    if (H5Tget_class(stored) != H5T_COMPOUND) {
        if (!fal_h5_type_of(stored, &type)) {
            fal_h5_describe_type(stored, is);
            return fal_fail(FAL_ERR_INPUT, "%s: %s has a type that is not read here, %s", items->file->name, a->path,
                            is);
        }
        FAL_TRY(hash_values(items, a, fal_h5_memory_type(type), type, sha256));
        return fal_digest_add(items, a->path, fal_h5_type_name(type), a->rank, a->dims, sha256);
    }
    FAL_TRY(fal_h5_check_columns(items->file, a->path, stored));
    const int members = H5Tget_nmembers(stored);
    for (int i = 0; i < members; i++) {
        FAL_TRY(add_column(items, a, stored, (unsigned)i));
    }
    return FAL_OK;
}

fal_status fal_digest_add_array(fal_digest_items *items, const char *path)
{
    array a = {.path = path, .dataset = H5I_INVALID_HID};
    FAL_TRY(fal_h5_open_dataset(items->file, path, &a.dataset));
    fal_status status = fal_h5_space_of(items->file, path, a.dataset, &a.rank, a.dims);
    if (status == FAL_OK) {
        const hid_t stored = H5Dget_type(a.dataset);
        status = stored < 0 ? fal_h5_fail(FAL_ERR_INPUT, "%s: %s cannot be read", items->file->name, path)
                            : add_opened(items, &a, stored);
        fal_h5_release(stored);
    }
    fal_h5_release(a.dataset);
    return status;
}
