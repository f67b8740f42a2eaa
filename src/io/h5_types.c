/* Types and shapes: ours, as they are stored, as they are in memory, and those that files have. */
#include <stdio.h>
#include <string.h>

#include "h5_internal.h"

size_t fal_h5_type_bytes(fal_h5_type type)
{
    static const size_t bytes[] = {[FAL_H5_UINT8] = 1, [FAL_H5_INT16] = 2, [FAL_H5_INT32] = 4,
                                   [FAL_H5_INT64] = 8, [FAL_H5_FLOAT] = 4, [FAL_H5_DOUBLE] = 8};
    return bytes[type];
}

const char *fal_h5_type_name(fal_h5_type type)
{
    static const char *const names[] = {
        [FAL_H5_UINT8] = "uint8", [FAL_H5_INT16] = "int16",   [FAL_H5_INT32] = "int32",
        [FAL_H5_INT64] = "int64", [FAL_H5_FLOAT] = "float32", [FAL_H5_DOUBLE] = "float64"};
    return names[type];
}

int64_t fal_h5_elements(const fal_h5_shape *shape)
{
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] < 0 || __builtin_mul_overflow(elements, shape->dims[i], &elements)) {
            return -1;
        }
    }
    return elements;
}

hid_t fal_h5_stored_type(fal_h5_type type)
{
    switch (type) {
    case FAL_H5_UINT8:
        return H5T_STD_U8LE;
    case FAL_H5_INT16:
        return H5T_STD_I16LE;
    case FAL_H5_INT32:
        return H5T_STD_I32LE;
    case FAL_H5_INT64:
        return H5T_STD_I64LE;
    case FAL_H5_FLOAT:
        return H5T_IEEE_F32LE;
    case FAL_H5_DOUBLE:
        break;
    }
    return H5T_IEEE_F64LE;
}

hid_t fal_h5_memory_type(fal_h5_type type)
{
    switch (type) {
    case FAL_H5_UINT8:
        return H5T_NATIVE_UINT8;
    case FAL_H5_INT16:
        return H5T_NATIVE_INT16;
    case FAL_H5_INT32:
        return H5T_NATIVE_INT32;
    case FAL_H5_INT64:
        return H5T_NATIVE_INT64;
    case FAL_H5_FLOAT:
        return H5T_NATIVE_FLOAT;
    case FAL_H5_DOUBLE:
        break;
    }
    return H5T_NATIVE_DOUBLE;
}

bool fal_h5_type_of(hid_t stored, fal_h5_type *type)
{
    const hid_t big_endian[] = {
        [FAL_H5_UINT8] = H5T_STD_U8BE,  [FAL_H5_INT16] = H5T_STD_I16BE,  [FAL_H5_INT32] = H5T_STD_I32BE,
        [FAL_H5_INT64] = H5T_STD_I64BE, [FAL_H5_FLOAT] = H5T_IEEE_F32BE, [FAL_H5_DOUBLE] = H5T_IEEE_F64BE};
    for (int i = FAL_H5_UINT8; i <= FAL_H5_DOUBLE; i++) {
        if (H5Tequal(stored, fal_h5_stored_type((fal_h5_type)i)) > 0 || H5Tequal(stored, big_endian[i]) > 0) {
            *type = (fal_h5_type)i;
            return true;
        }
    }
    return false;
}

void fal_h5_describe_type(hid_t type, char text[FAL_H5_TYPE_TEXT])
{
    static const char *const kinds[] = {[H5T_TIME] = "a time",       [H5T_STRING] = "text",
                                        [H5T_BITFIELD] = "bits",     [H5T_OPAQUE] = "opaque",
                                        [H5T_COMPOUND] = "compound", [H5T_REFERENCE] = "a reference",
                                        [H5T_ENUM] = "enumeration",  [H5T_VLEN] = "of variable length",
                                        [H5T_ARRAY] = "arrays"};
    const H5T_class_t kind = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    const unsigned bits = kind == H5T_NO_CLASS ? 0 : (unsigned)(8 * H5Tget_size(type));
    char *first = kind == H5T_ENUM && H5Tget_nmembers(type) == 2 ? H5Tget_member_name(type, 0) : NULL;
    if (kind == H5T_INTEGER) {
        (void)snprintf(text, FAL_H5_TYPE_TEXT, "%sint%u", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
    } else if (kind == H5T_FLOAT) {
        (void)snprintf(text, FAL_H5_TYPE_TEXT, "float%u", bits);
    } else if (first != NULL && strcmp(first, "FALSE") == 0) { /* as h5py stores it */
        (void)snprintf(text, FAL_H5_TYPE_TEXT, "bool");
    } else {
        const bool known = kind >= 0 && (size_t)kind < sizeof kinds / sizeof kinds[0] && kinds[kind] != NULL;
        (void)snprintf(text, FAL_H5_TYPE_TEXT, "%s", known ? kinds[kind] : "unknown");
    }
    if (first != NULL) {
        (void)H5free_memory(first);
    }
}

fal_h5_type fal_h5_type_of_column(fal_column_type type)
{
    switch (type) {
    case FAL_COLUMN_INT32:
        return FAL_H5_INT32;
    case FAL_COLUMN_INT64:
        return FAL_H5_INT64;
    case FAL_COLUMN_REAL:
        break;
    }
    return FAL_H5_DOUBLE;
}
