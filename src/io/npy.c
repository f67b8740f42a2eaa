/* NumPy's .npy files (format versions 1 to 3). The header is a Python literal; only what NumPy itself writes is taken:
 * {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. */
#include "fal/io/npy.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"

enum { MAGIC = 6, HEADER_MOST = 4096, ALIGN = 64 };
static const char magic[MAGIC] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

static const struct {
    fal_h5_type type;
    const char *code;
} types[] = {
    {FAL_H5_UINT8, "|u1"}, {FAL_H5_INT16, "<i2"}, {FAL_H5_INT32, "<i4"},
    {FAL_H5_INT64, "<i8"}, {FAL_H5_FLOAT, "<f4"}, {FAL_H5_DOUBLE, "<f8"},
};
enum { TYPES = sizeof types / sizeof types[0] };

static fal_status unusable(const char *path, const char *what)
{
    return fal_fail(FAL_ERR_INPUT,
                    "%s: %s: save it with numpy.save as little-endian uint8, int16, int32, int64, float32 or float64 "
                    "in C order",
                    path, what);
}

/* What follows "'key':" in the header, blanks skipped; NULL if it is not there. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(key);
    at += strspn(at, " ");
    if (*at != ':') {
        return NULL;
    }
    return at + 1 + strspn(at + 1, " ");
}

/* "(3, 4)", "(3,)" or "()". */
static fal_status read_dims(const char *path, const char *text, fal_h5_shape *shape)
{
    shape->rank = 0;
    if (text == NULL || *text != '(') {
        return unusable(path, "the header names no shape");
    }
    for (text += 1 + strspn(text + 1, " "); *text != ')';) {
        char digits[24];
        const size_t length = strspn(text, "0123456789");
        int64_t dim = -1;
        (void)snprintf(digits, sizeof digits, "%.*s", (int)(length < 23 ? length : 23), text);
        if (length == 0 || length > 18 || !fal_text_to_int(digits, &dim) || shape->rank == FAL_H5_RANK_MAX) {
            return unusable(path, "the shape is none of up to four axes");
        }
        shape->dims[shape->rank++] = dim;
        text += length;
        text += strspn(text, " ");
        if (*text == ',') {
            text += 1 + strspn(text + 1, " ");
        } else if (*text != ')') {
            return unusable(path, "the shape is none of up to four axes");
        }
    }
    return FAL_OK;
}

static fal_status read_header(const char *path, const char *header, fal_h5_shape *shape)
{
    const char *type = value_of(header, "'descr'");
    const char *order = value_of(header, "'fortran_order'");
    int found = -1;
    for (int i = 0; i < TYPES && type != NULL; i++) {
        const bool quoted =
            (type[0] == '\'' || type[0] == '"') && type[1] != '\0' && strncmp(type + 1, types[i].code, 3) == 0;
        found = quoted && type[4] == type[0] ? i : found;
    }
    if (found < 0) {
        return unusable(path, "its type is none that we read");
    }
    shape->type = types[found].type;
    if (order == NULL || strncmp(order, "False", 5) != 0) {
        return unusable(path, "it is not in C order");
    }
    return read_dims(path, value_of(header, "'shape'"), shape);
}

/* Header text [*length] and where the values start. */
static fal_status find_header(const char *path, const char *bytes, size_t count, size_t *start, size_t *length)
{
    if (count < MAGIC + 4 || memcmp(bytes, magic, MAGIC) != 0) {
        return unusable(path, "this is no .npy file");
    }
    const unsigned char *b = (const unsigned char *)bytes;
    const int major = b[MAGIC];
    if (major < 1 || major > 3 || (major > 1 && count < MAGIC + 6)) {
        return unusable(path, "its format version is unknown");
    }
    *start = major == 1 ? MAGIC + 4 : MAGIC + 6;
    *length = (size_t)b[8] | (size_t)b[9] << 8;
    if (major > 1) {
        *length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    }
    if (*length > HEADER_MOST || *length > count - *start) {
        return unusable(path, "its header is cut off or too long");
    }
    return FAL_OK;
}

fal_status fal_npy_read(const char *path, size_t limit, fal_h5_shape *shape, void *values)
{
    char *bytes = NULL;
    void *copy = NULL;
    size_t count = 0;
    size_t start = 0;
    size_t length = 0;
    char header[HEADER_MOST + 1];
    fal_h5_shape found = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_file_read(path, limit, &bytes, &count));
    FAL_TRY_GOTO(find_header(path, bytes, count, &start, &length));
    memcpy(header, bytes + start, length);
    header[length] = '\0';
    FAL_TRY_GOTO(read_header(path, header, &found));
    const int64_t elements = fal_h5_elements(&found);
    const size_t size = fal_h5_type_bytes(found.type);
    const size_t rest = count - start - length;
    if (elements < 0 || rest % size != 0 || rest / size != (size_t)elements) {
        status = unusable(path, "it does not hold as many values as its shape says");
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&copy, (size_t)elements, size, path));
    memcpy(copy, bytes + start + length, rest);
    *shape = found;
    *(void **)values = copy;
done:
    fal_free(bytes);
    return status;
}

fal_status fal_npy_write(const char *path, const fal_h5_shape *shape, const void *values)
{
    char dims[128] = "";
    char *bytes = NULL;
    const int64_t elements = fal_h5_elements(shape);
    const size_t size = fal_h5_type_bytes(shape->type);
    const char *code = "";
    FAL_ASSERT(elements >= 0 && shape->rank <= FAL_H5_RANK_MAX);
    for (int i = 0; i < shape->rank; i++) {
        const size_t used = strlen(dims);
        (void)snprintf(dims + used, sizeof dims - used, "%lld,%s", (long long)shape->dims[i],
                       i + 1 < shape->rank ? " " : "");
    }
    for (int i = 0; i < TYPES; i++) {
        code = types[i].type == shape->type ? types[i].code : code;
    }
    char header[256];
    const int text =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", code, dims);
    const size_t start = (MAGIC + 4 + (size_t)text + 1 + ALIGN - 1) / ALIGN * ALIGN;
    const size_t length = start - MAGIC - 4;
    FAL_TRY(fal_alloc(&bytes, start + (size_t)elements * size, 1, path));
    memcpy(bytes, magic, MAGIC);
    bytes[MAGIC] = 1;
    bytes[MAGIC + 2] = (char)(length & 0xff);
    bytes[MAGIC + 3] = (char)(length >> 8);
    memset(bytes + MAGIC + 4, ' ', length);
    memcpy(bytes + MAGIC + 4, header, (size_t)text);
    bytes[start - 1] = '\n';
    memcpy(bytes + start, values, (size_t)elements * size);
    const fal_status status = fal_file_replace(path, bytes, start + (size_t)elements * size);
    fal_free(bytes);
    return status;
}
