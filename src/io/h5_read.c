/* Reading HDF5 from strangers: what is there, of which type and shape, checked before anything is allocated. */
#include "h5_internal.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

/* ---- finding --------------------------------------------------------------------------------------------------- */

/* Is the object of the first `length` letters of the path an array, so that nothing can be in it? */
static bool is_array(fal_h5 *file, const char *path, size_t length)
{
    char parent[FAL_H5_MEMBER_NAME_MAX];
    (void)snprintf(parent, sizeof parent, "%.*s", (int)length, path);
    const hid_t object = length > 0 ? H5Oopen(file->id, parent, H5P_DEFAULT) : H5I_INVALID_HID;
    const bool array = object >= 0 && H5Iget_type(object) == H5I_DATASET;
    fal_h5_release(object);
    (void)H5Eclear2(H5E_DEFAULT);
    return array;
}

bool fal_h5_path_exists(fal_h5 *file, const char *path, bool *foreign)
{
    char part[FAL_H5_MEMBER_NAME_MAX];
    size_t length = 0;
    *foreign = false;
    for (const char *p = path; *p != '\0';) {
        while (*p == '/') {
            p++;
        }
        const size_t step = strcspn(p, "/");
        if (step == 0) {
            break;
        }
        if (length + step + 2 > sizeof part) {
            return false;
        }
        part[length] = '/';
        memcpy(part + length + 1, p, step);
        length += step + 1;
        part[length] = '\0';
        p += step;
        fal_h5_link_info link;
        const htri_t there = H5Lexists(file->id, part, H5P_DEFAULT);
        if (there <= 0 || fal_h5_link_get_info(file->id, part, &link) < 0) {
            (void)H5Eclear2(H5E_DEFAULT);
            /* What cannot be looked at is there, and whoever opens it learns why it cannot be read. */
            return there != 0 && !is_array(file, part, length - step - 1);
        }
        if (link.type != H5L_TYPE_HARD) {
            *foreign = true;
            return false;
        }
    }
    return true;
}

bool fal_h5_has(fal_h5 *file, const char *path)
{
    bool foreign = false;
    return fal_h5_path_exists(file, path, &foreign);
}

fal_status fal_h5_open_object(fal_h5 *file, const char *path, hid_t *object)
{
    bool foreign = false;
    if (!fal_h5_path_exists(file, path, &foreign)) {
        return foreign ? fal_fail(FAL_ERR_INPUT,
                                  "%s: %s is a soft or external link, which is not followed: store the "
                                  "data itself",
                                  file->name, path)
                       : fal_fail(FAL_ERR_INPUT, "%s: %s is missing", file->name, path);
    }
    const hid_t opened = H5Oopen(file->id, path, H5P_DEFAULT);
    if (opened < 0) {
        return fal_h5_fail(FAL_ERR_INPUT, "%s: %s cannot be opened", file->name, path);
    }
    *object = opened;
    return FAL_OK;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------ */

fal_status fal_h5_space_of(fal_h5 *file, const char *path, hid_t dataset, int *rank, int64_t dims[FAL_H5_RANK_MAX])
{
    const hid_t space = H5Dget_space(dataset);
    hsize_t found[H5S_MAX_RANK] = {0};
    const H5S_class_t kind = space < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(space);
    const int found_rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, found, NULL);
    fal_h5_release(space);
    if ((kind != H5S_SIMPLE && kind != H5S_SCALAR) || found_rank < 0) {
        return fal_h5_fail(FAL_ERR_INPUT, "%s: %s has no readable shape", file->name, path);
    }
    if (found_rank > FAL_H5_RANK_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has %d axes, at most %d are read", file->name, path, found_rank,
                        FAL_H5_RANK_MAX);
    }
    int64_t elements = 1;
    for (int i = 0; i < found_rank; i++) {
        if (found[i] > INT64_MAX / 16 || __builtin_mul_overflow(elements, (int64_t)found[i], &elements) ||
            elements > INT64_MAX / 16) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s has a shape that no memory can hold", file->name, path);
        }
    }
    *rank = found_rank;
    for (int i = 0; i < found_rank; i++) {
        dims[i] = (int64_t)found[i];
    }
    return FAL_OK;
}

static fal_status shape_of(fal_h5 *file, const char *path, hid_t dataset, fal_h5_shape *shape)
{
    fal_h5_shape found = {0};
    const hid_t type = H5Dget_type(dataset);
    char is[FAL_H5_TYPE_TEXT];
    const bool known = type >= 0 && fal_h5_type_of(type, &found.type);
    fal_h5_describe_type(type, is);
    fal_h5_release(type);
    if (!known) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: %s has a type that is not read here, %s: store it as uint8, int16, int32, int64, float32 "
                        "or float64",
                        file->name, path, is);
    }
    FAL_TRY(fal_h5_space_of(file, path, dataset, &found.rank, found.dims));
    *shape = found;
    return FAL_OK;
}

void fal_h5_shape_text(const fal_h5_shape *shape, char text[FAL_H5_SHAPE_TEXT])
{
    const size_t size = FAL_H5_SHAPE_TEXT;
    size_t used = (size_t)snprintf(text, size, "%s [", fal_h5_type_name(shape->type));
    for (int i = 0; i < shape->rank && used < size; i++) {
        const char *comma = i > 0 ? ", " : "";
        used += (size_t)(shape->dims[i] < 0
                             ? snprintf(text + used, size - used, "%s*", comma)
                             : snprintf(text + used, size - used, "%s%lld", comma, (long long)shape->dims[i]));
    }
    if (used < size) {
        (void)snprintf(text + used, size - used, "]");
    }
}

static fal_status check_shape(fal_h5 *file, const char *path, const fal_h5_shape *found, const fal_h5_shape *expected)
{
    bool same = found->type == expected->type && found->rank == expected->rank;
    for (int i = 0; same && i < found->rank; i++) {
        same = expected->dims[i] < 0 || expected->dims[i] == found->dims[i];
    }
    if (!same) {
        char is[FAL_H5_SHAPE_TEXT];
        char should[FAL_H5_SHAPE_TEXT];
        fal_h5_shape_text(found, is);
        fal_h5_shape_text(expected, should);
        return fal_fail(FAL_ERR_INPUT, "%s: %s is %s, expected %s", file->name, path, is, should);
    }
    return FAL_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

fal_status fal_h5_shape_of(fal_h5 *file, const char *path, fal_h5_shape *shape)
{
    hid_t dataset = H5I_INVALID_HID;
    FAL_TRY(fal_h5_open_dataset(file, path, &dataset));
    const fal_status status = shape_of(file, path, dataset, shape);
    fal_h5_release(dataset);
    return status;
}

/** Rows first .. first+count-1 of an opened dataset of this shape; count -1: all. */
static fal_status read_values(fal_h5 *file, const char *path, hid_t dataset, const fal_h5_shape *shape, int64_t first,
                              int64_t count, void *values)
{
    hid_t memory = H5S_ALL;
    hid_t selection = H5S_ALL;
    fal_status status = FAL_OK;
    if (fal_h5_elements(shape) == 0 || count == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_check_chunks(file, path, dataset, first, count));
    if (count > 0) {
        hsize_t start[FAL_H5_RANK_MAX] = {(hsize_t)first};
        hsize_t size[FAL_H5_RANK_MAX];
        for (int i = 0; i < shape->rank; i++) {
            size[i] = (hsize_t)(i == 0 ? count : shape->dims[i]);
        }
        memory = H5Screate_simple(shape->rank, size, NULL);
        selection = H5Dget_space(dataset);
        if (memory < 0 || selection < 0 ||
            H5Sselect_hyperslab(selection, H5S_SELECT_SET, start, NULL, size, NULL) < 0) {
            status = fal_h5_fail(FAL_ERR_INPUT, "%s: %s cannot be read", file->name, path);
        }
    }
    if (status == FAL_OK &&
        H5Dread(dataset, fal_h5_memory_type(shape->type), memory, selection, H5P_DEFAULT, values) < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: %s cannot be read, its data are damaged", file->name, path);
    }
    fal_h5_release(selection);
    fal_h5_release(memory);
    return status;
}

/** `all`: whatever first and count are. */
static fal_status read_expected(fal_h5 *file, const char *path, const fal_h5_shape *expected, bool all, int64_t first,
                                int64_t count, void *values)
{
    hid_t dataset = H5I_INVALID_HID;
    fal_h5_shape shape = {0};
    FAL_TRY(fal_h5_open_dataset(file, path, &dataset));
    fal_status status = shape_of(file, path, dataset, &shape);
    if (status == FAL_OK) {
        status = check_shape(file, path, &shape, expected);
    }
    if (status == FAL_OK && !all && (shape.rank < 1 || first < 0 || count < 0 || first > shape.dims[0] - count)) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s has %lld rows, wanted are %lld from %lld on", file->name, path,
                          (long long)(shape.rank < 1 ? 1 : shape.dims[0]), (long long)count, (long long)first);
    }
    if (status == FAL_OK) {
        status = read_values(file, path, dataset, &shape, all ? 0 : first, all ? -1 : count, values);
    }
    fal_h5_release(dataset);
    return status;
}

fal_status fal_h5_read(fal_h5 *file, const char *path, const fal_h5_shape *expected, void *values)
{
    return read_expected(file, path, expected, true, 0, 0, values);
}

fal_status fal_h5_read_rows(fal_h5 *file, const char *path, const fal_h5_shape *expected, int64_t first, int64_t count,
                            void *values)
{
    return read_expected(file, path, expected, false, first, count, values);
}

fal_status fal_h5_read_new(fal_h5 *file, const char *path, fal_h5_shape *shape, size_t limit_bytes, void *out)
{
    hid_t dataset = H5I_INVALID_HID;
    fal_h5_shape found = {0};
    void *values = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_h5_open_dataset(file, path, &dataset));
    FAL_TRY_GOTO(shape_of(file, path, dataset, &found));
    const size_t elements = (size_t)fal_h5_elements(&found);
    const size_t size = fal_h5_type_bytes(found.type);
    if (elements > limit_bytes / size) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s has %zu values of %zu bytes, more than the %zu bytes allowed here",
                          file->name, path, elements, size, limit_bytes);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&values, elements, size, path));
    FAL_TRY_GOTO(read_values(file, path, dataset, &found, 0, -1, values));
    *shape = found;
    *(void **)out = values;
    values = NULL;
done:
    fal_free(values);
    fal_h5_release(dataset);
    return status;
}
