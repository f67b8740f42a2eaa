/* HDF5 attributes: what explains a file to its reader, and what identifies it. Texts are stored with fixed length. */
#include "h5_internal.h"

#include <string.h>

#include "fal/base/memory.h"

/* ---- writing --------------------------------------------------------------------------------------------------- */

/** Replace or make one attribute. count -1: a scalar. `stored` and `memory` may be the same. */
static fal_status set_values(fal_h5 *file, const char *path, const char *name, hid_t stored, hid_t memory, int count,
                             const void *values)
{
    fal_status status = FAL_OK;
    hid_t object = H5I_INVALID_HID;
    hid_t space = H5I_INVALID_HID;
    hid_t attribute = H5I_INVALID_HID;
    const hsize_t dims[1] = {(hsize_t)(count < 0 ? 0 : count)};
    FAL_ASSERT(file->writing);
    FAL_TRY(fal_h5_open_object(file, path, &object));
    space = count < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, dims, NULL);
    const htri_t there = H5Aexists(object, name);
    if (space < 0 || there < 0 || (there > 0 && H5Adelete(object, name) < 0) ||
        (attribute = H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT)) < 0 ||
        H5Awrite(attribute, memory, values) < 0) {
        status = fal_h5_fail(FAL_ERR_OUTPUT, "cannot store attribute %s of %s", name, path);
    }
    fal_h5_release(attribute);
    fal_h5_release(space);
    fal_h5_release(object);
    return status;
}

/** UTF-8 of `size` bytes, the end mark among them (h5dump shows padding, but no end marks). */
static hid_t text_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, size) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0 &&
        H5Tset_strpad(type, H5T_STR_NULLTERM) >= 0) {
        return type;
    }
    fal_h5_release(type);
    return H5I_INVALID_HID;
}

fal_status fal_h5_set_text(fal_h5 *file, const char *path, const char *name, const char *value)
{
    const hid_t type = text_type(strlen(value) + 1);
    if (type < 0) {
        return fal_h5_fail(FAL_ERR_OUTPUT, "cannot store attribute %s of %s", name, path);
    }
    const fal_status status = set_values(file, path, name, type, type, -1, value);
    fal_h5_release(type);
    return status;
}

fal_status fal_h5_set_int(fal_h5 *file, const char *path, const char *name, int64_t value)
{
    return set_values(file, path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, -1, &value);
}

fal_status fal_h5_set_real(fal_h5 *file, const char *path, const char *name, double value)
{
    return set_values(file, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, -1, &value);
}

fal_status fal_h5_set_floats(fal_h5 *file, const char *path, const char *name, const float *values, int count)
{
    return set_values(file, path, name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, count, values);
}

fal_status fal_h5_set_texts(fal_h5 *file, const char *path, const char *name, const char *const *values, int count)
{
    size_t size = 1;
    char *packed = NULL;
    FAL_ASSERT(count > 0);
    for (int i = 0; i < count; i++) {
        const size_t length = strlen(values[i]) + 1;
        size = length > size ? length : size;
    }
    FAL_TRY(fal_alloc(&packed, (size_t)count, size, "texts of an attribute"));
    for (int i = 0; i < count; i++) {
        memcpy(packed + (size_t)i * size, values[i], strlen(values[i]));
    }
    fal_status status = FAL_OK;
    const hid_t type = text_type(size);
    if (type < 0) {
        status = fal_h5_fail(FAL_ERR_OUTPUT, "cannot store attribute %s of %s", name, path);
    } else {
        status = set_values(file, path, name, type, type, count, packed);
        fal_h5_release(type);
    }
    fal_free(packed);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

bool fal_h5_has_attribute(fal_h5 *file, const char *path, const char *name)
{
    bool foreign = false;
    const bool there =
        fal_h5_path_exists(file, path, &foreign) && !foreign &&
        H5Aexists_by_name(file->id, path, name, H5P_DEFAULT) != 0; /* negative: whoever reads it learns why */
    (void)H5Eclear2(H5E_DEFAULT);
    return there;
}

fal_status fal_h5_open_attribute(fal_h5 *file, const char *path, const char *name, hid_t *attribute, int64_t *count)
{
    hid_t object = H5I_INVALID_HID;
    FAL_TRY(fal_h5_open_object(file, path, &object));
    fal_status status = FAL_OK;
    const htri_t there = H5Aexists(object, name);
    const hid_t opened = there > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (there == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s has no attribute %s", file->name, path, name);
    } else if (opened < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: attribute %s of %s cannot be read", file->name, name, path);
    } else {
        const hid_t space = H5Aget_space(opened);
        *count = space < 0 ? -1 : (int64_t)H5Sget_simple_extent_npoints(space);
        fal_h5_release(space);
        if (*count < 0 || *count > FAL_H5_TEXT_MAX) {
            status = fal_h5_fail(FAL_ERR_INPUT, "%s: attribute %s of %s has an unusable shape", file->name, name, path);
            fal_h5_release(opened);
        } else {
            *attribute = opened;
        }
    }
    fal_h5_release(object);
    return status;
}

static H5T_class_t class_of(hid_t attribute, size_t *size, bool *variable)
{
    const hid_t type = H5Aget_type(attribute);
    if (type < 0) {
        return H5T_NO_CLASS;
    }
    const H5T_class_t kind = H5Tget_class(type);
    *size = H5Tget_size(type);
    *variable = kind == H5T_STRING && H5Tis_variable_str(type) > 0;
    fal_h5_release(type);
    return kind;
}

/** Exactly `count` numbers as `memory`; whole numbers only if `whole`. */
static fal_status get_numbers(fal_h5 *file, const char *path, const char *name, hid_t memory, bool whole, int count,
                              void *values)
{
    hid_t attribute = H5I_INVALID_HID;
    int64_t found = 0;
    size_t size = 0;
    bool variable = false;
    FAL_TRY(fal_h5_open_attribute(file, path, name, &attribute, &found));
    fal_status status = FAL_OK;
    const H5T_class_t kind = class_of(attribute, &size, &variable);
    if (kind != H5T_INTEGER && (whole || kind != H5T_FLOAT)) {
        status = fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s is not %s", file->name, name, path,
                          whole ? "a whole number" : "a number");
    } else if (found != count || size > 16) {
        status = fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s has %lld values, expected %d", file->name, name, path,
                          (long long)found, count);
    } else if (H5Aread(attribute, memory, values) < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: attribute %s of %s cannot be read", file->name, name, path);
    }
    fal_h5_release(attribute);
    return status;
}

fal_status fal_h5_get_int(fal_h5 *file, const char *path, const char *name, int64_t *value)
{
    int64_t read = 0;
    FAL_TRY(get_numbers(file, path, name, H5T_NATIVE_INT64, true, 1, &read));
    *value = read;
    return FAL_OK;
}

fal_status fal_h5_get_real(fal_h5 *file, const char *path, const char *name, double *value)
{
    double read = 0;
    FAL_TRY(get_numbers(file, path, name, H5T_NATIVE_DOUBLE, false, 1, &read));
    *value = read;
    return FAL_OK;
}

fal_status fal_h5_get_floats(fal_h5 *file, const char *path, const char *name, float *values, int count)
{
    return get_numbers(file, path, name, H5T_NATIVE_FLOAT, false, count, values);
}

/** Fixed-length texts: `stored` bytes each. */
static fal_status get_fixed(fal_h5 *file, const char *path, const char *name, hid_t attribute, size_t stored,
                            char *values, size_t size, int count)
{
    fal_status status = FAL_OK;
    char *packed = NULL;
    const hid_t type = H5Aget_type(attribute);
    if (type < 0 || stored == 0 || stored > FAL_H5_TEXT_MAX) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: attribute %s of %s is too long", file->name, name, path);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&packed, (size_t)count, stored, "texts of an attribute"));
    if (H5Aread(attribute, type, packed) < 0) { /* as stored: no conversion of character sets */
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: attribute %s of %s cannot be read", file->name, name, path);
        goto done;
    }
    const bool blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    for (int i = 0; i < count; i++) {
        const char *text = packed + (size_t)i * stored;
        size_t length = strnlen(text, stored);
        while (blanks && length > 0 && text[length - 1] == ' ') {
            length--;
        }
        if (length >= size) {
            status =
                fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s holds a text of %zu bytes, at most %zu are allowed",
                         file->name, name, path, length, size - 1);
            goto done;
        }
        memcpy(values + (size_t)i * size, text, length);
        values[(size_t)i * size + length] = '\0';
    }
done:
    fal_free(packed);
    fal_h5_release(type);
    return status;
}

/** Texts of variable length, as h5py writes them. */
static fal_status get_variable(fal_h5 *file, const char *path, const char *name, hid_t attribute, char *values,
                               size_t size, int count)
{
    fal_status status = FAL_OK;
    char **texts = NULL;
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    FAL_TRY_GOTO(fal_alloc(&texts, (size_t)count, sizeof *texts, "texts of an attribute"));
    if (type < 0 || space < 0 || H5Aread(attribute, type, texts) < 0) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: attribute %s of %s cannot be read", file->name, name, path);
        goto done;
    }
    for (int i = 0; i < count && status == FAL_OK; i++) {
        const char *text = texts[i] != NULL ? texts[i] : "";
        const size_t length = strnlen(text, size);
        if (length >= size) {
            status = fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s holds a text of more than %zu bytes", file->name,
                              name, path, size - 1);
        } else {
            memcpy(values + (size_t)i * size, text, length + 1);
        }
    }
    (void)fal_h5_reclaim(type, space, texts);
done:
    fal_free(texts);
    fal_h5_release(space);
    fal_h5_release(type);
    return status;
}

fal_status fal_h5_get_texts(fal_h5 *file, const char *path, const char *name, char *values, size_t size, int most,
                            int *count)
{
    hid_t attribute = H5I_INVALID_HID;
    int64_t found = 0;
    size_t stored = 0;
    bool variable = false;
    FAL_TRY(fal_h5_open_attribute(file, path, name, &attribute, &found));
    fal_status status = FAL_OK;
    if (class_of(attribute, &stored, &variable) != H5T_STRING) {
        status = fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s is not a text", file->name, name, path);
    } else if (found > most) {
        status = fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s has %lld texts, at most %d are allowed", file->name,
                          name, path, (long long)found, most);
    } else if (variable) {
        status = get_variable(file, path, name, attribute, values, size, (int)found);
    } else {
        status = get_fixed(file, path, name, attribute, stored, values, size, (int)found);
    }
    fal_h5_release(attribute);
    if (status == FAL_OK) {
        *count = (int)found;
    }
    return status;
}

fal_status fal_h5_get_text(fal_h5 *file, const char *path, const char *name, char *value, size_t size)
{
    int count = 0;
    value[0] = '\0';
    FAL_TRY(fal_h5_get_texts(file, path, name, value, size, 1, &count));
    if (count != 1) {
        return fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s is empty", file->name, name, path);
    }
    return FAL_OK;
}

typedef struct {
    fal_status (*visit)(void *context, const char *name);
    void *context;
    fal_status status;
} attribute_visitor;

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *about, void *context)
{
    attribute_visitor *v = context;
    (void)object;
    (void)about;
    v->status = v->visit(v->context, name);
    return v->status == FAL_OK ? 0 : 1;
}

fal_status fal_h5_visit_attributes(fal_h5 *file, const char *path, fal_status (*visit)(void *context, const char *name),
                                   void *context)
{
    hid_t object = H5I_INVALID_HID;
    attribute_visitor v = {visit, context, FAL_OK};
    FAL_TRY(fal_h5_open_object(file, path, &object));
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, &v) < 0 && v.status == FAL_OK) {
        v.status = fal_h5_fail(FAL_ERR_INPUT, "%s: the attributes of %s cannot be listed", file->name, path);
    }
    fal_h5_release(object);
    return v.status;
}

fal_status fal_h5_attribute_kind(fal_h5 *file, const char *path, const char *name, fal_h5_kind *kind)
{
    hid_t attribute = H5I_INVALID_HID;
    int64_t count = 0;
    size_t size = 0;
    bool variable = false;
    FAL_TRY(fal_h5_open_attribute(file, path, name, &attribute, &count));
    const H5T_class_t found = class_of(attribute, &size, &variable);
    fal_h5_release(attribute);
    *kind = count != 1             ? FAL_H5_ATTRIBUTE_OTHER
            : found == H5T_STRING  ? FAL_H5_ATTRIBUTE_TEXT
            : found == H5T_INTEGER ? FAL_H5_ATTRIBUTE_INT
            : found == H5T_FLOAT   ? FAL_H5_ATTRIBUTE_REAL
                                   : FAL_H5_ATTRIBUTE_OTHER;
    return FAL_OK;
}

bool fal_h5_has_format(fal_h5 *file, const char *format)
{
    char found[32] = "";
    if (!fal_h5_has_attribute(file, "/", "fal_format")) {
        return false;
    }
    if (fal_h5_get_text(file, "/", "fal_format", found, sizeof found) != FAL_OK) {
        fal_status_clear();
    }
    return strcmp(found, format) == 0;
}

/* The article of a word; the formats are answers, update, and others that begin with a consonant. */
static const char *article(const char *word) { return strcspn(word, "aeiou") == 0 ? "an" : "a"; }

fal_status fal_h5_check_format(fal_h5 *file, const char *format, int64_t version)
{
    char found[32];
    int64_t number = 0;
    if (!fal_h5_has_attribute(file, "/", "fal_format")) {
        return fal_fail(FAL_ERR_INPUT, "%s: is an HDF5 file, but not one of ours (no attribute fal_format)",
                        file->name);
    }
    FAL_TRY(fal_h5_get_text(file, "/", "fal_format", found, sizeof found));
    if (strcmp(found, format) != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: is %s %s file, but %s %s file is needed here", file->name, article(found),
                        found, article(format), format);
    }
    FAL_TRY(fal_h5_get_int(file, "/", "fal_version", &number));
    if (number < 1) {
        return fal_fail(FAL_ERR_INPUT, "%s: fal_version is %lld, expected 1 or more", file->name, (long long)number);
    }
    if (number > version) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: was written by a newer program (format %lld, this one knows up to %lld): update fal_hpc",
                        file->name, (long long)number, (long long)version);
    }
    return FAL_OK;
}
