/* NumPy's .npy files (format versions 1 to 3). The header is a Python literal; only what NumPy itself writes is taken:
 * {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. */
#include "fal/io/npy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"

enum { MAGIC = 6, HEADER_MOST = 4096, ALIGN = 64 };
_Static_assert(FAL_NPY_HEAD_MOST == MAGIC + 6 + HEADER_MOST, "the longest head");
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
                    "%s: %s: save it with numpy.save as little-endian whole numbers, float16, float32 or float64 in C "
                    "order (numpy.ascontiguousarray)",
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
static fal_status read_dims(const char *path, const char *text, fal_npy *array)
{
    if (text == NULL || *text != '(') {
        return unusable(path, "the header names no shape");
    }
    array->elements = 1;
    for (text += 1 + strspn(text + 1, " "); *text != ')';) {
        char digits[24];
        const size_t length = strspn(text, "0123456789");
        int64_t dim = -1;
        (void)snprintf(digits, sizeof digits, "%.*s", (int)(length < 23 ? length : 23), text);
        if (length == 0 || length > 18 || !fal_text_to_int(digits, &dim) || array->rank == FAL_NPY_RANK_MAX) {
            return unusable(path, "the shape is none of up to eight axes");
        }
        if (__builtin_mul_overflow(array->elements, dim, &array->elements)) {
            return unusable(path, "it does not hold as many values as its shape says");
        }
        array->dims[array->rank++] = dim;
        text += length;
        text += strspn(text, " ");
        if (*text == ',') {
            text += 1 + strspn(text + 1, " ");
        } else if (*text != ')') {
            return unusable(path, "the shape is none of up to eight axes");
        }
    }
    return FAL_OK;
}

/* '<f4', "|u1": byte order (none for single bytes), kind, bytes. */
static bool read_type(const char *text, fal_npy *array)
{
    if (text == NULL || (text[0] != '\'' && text[0] != '"') || strlen(text) < 5 || text[4] != text[0]) {
        return false;
    }
    array->kind = text[2];
    array->width = text[3] - '0';
    const bool power = array->width == 1 || array->width == 2 || array->width == 4 || array->width == 8;
    switch (array->kind) {
    case 'u':
    case 'i':
        return power && text[1] == (array->width == 1 ? '|' : '<');
    case 'f':
        return power && array->width >= 2 && text[1] == '<';
    case 'b':
        return array->width == 1 && text[1] == '|';
    default:
        return false;
    }
}

static fal_status read_header(const char *path, const char *header, fal_npy *array)
{
    const char *order = value_of(header, "'fortran_order'");
    if (!read_type(value_of(header, "'descr'"), array)) {
        return unusable(path, "its type is none that we read");
    }
    if (order == NULL || strncmp(order, "False", 5) != 0) {
        return unusable(path, "it is not in C order");
    }
    return read_dims(path, value_of(header, "'shape'"), array);
}

/* Header text [*length] and where the values start. */
static fal_status find_header(const char *path, const void *bytes, size_t count, size_t *start, size_t *length)
{
    if (count < MAGIC + 4 || memcmp(bytes, magic, MAGIC) != 0) {
        return unusable(path, "this is no .npy file");
    }
    const unsigned char *b = bytes;
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

fal_status fal_npy_parse_head(const char *name, const void *bytes, size_t count, size_t size, fal_npy *array,
                              size_t *start)
{
    size_t begin = 0;
    size_t length = 0;
    char header[HEADER_MOST + 1];
    fal_npy found = {0};
    FAL_TRY(find_header(name, bytes, count, &begin, &length));
    memcpy(header, (const char *)bytes + begin, length);
    header[length] = '\0';
    FAL_TRY(read_header(name, header, &found));
    const size_t rest = size - begin - length;
    if (rest % (size_t)found.width != 0 || rest / (size_t)found.width != (size_t)found.elements) {
        return unusable(name, "it does not hold as many values as its shape says");
    }
    *start = begin + length;
    *array = found;
    return FAL_OK;
}

fal_status fal_npy_parse(const char *name, const void *bytes, size_t count, fal_npy *array)
{
    size_t start = 0;
    FAL_TRY(fal_npy_parse_head(name, bytes, count, count, array, &start));
    array->values = (const unsigned char *)bytes + start;
    return FAL_OK;
}

/** One character as UTF-8; its bytes, 0 for what is none. */
static size_t put_character(uint32_t code, char utf8[4])
{
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    const size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    for (size_t i = length; i-- > 1; code >>= 6) {
        utf8[i] = (char)(0x80 | (code & 0x3fU));
    }
    utf8[0] = (char)(first[length == 1 ? 0 : length] | code);
    return length;
}

/** The text in `width` characters. */
static bool put_text(const unsigned char *from, int64_t width, char *text, size_t size)
{
    size_t used = 0;
    for (int64_t i = 0; i < width; i++, from += 4) {
        char utf8[4];
        const uint32_t code =
            (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
        if (code == 0) {
            break;
        }
        const size_t length = put_character(code, utf8);
        if (length == 0 || used + length >= size) {
            return false;
        }
        memcpy(text + used, utf8, length);
        used += length;
    }
    text[used] = '\0';
    return true;
}

fal_status fal_npy_texts(const char *name, const void *bytes, size_t count, char *texts, size_t size, int most,
                         int *found)
{
    static const char *const expected = "must be one row of texts, e.g. numpy.array([\"cat\", \"dog\"])";
    size_t start = 0;
    size_t length = 0;
    char header[HEADER_MOST + 1];
    char digits[8] = "";
    int64_t width = 0;
    fal_npy array = {0};
    FAL_TRY(find_header(name, bytes, count, &start, &length));
    memcpy(header, (const char *)bytes + start, length);
    header[length] = '\0';
    const char *type = value_of(header, "'descr'");
    if (type == NULL || strncmp(type + 1, "<U", 2) != 0 || strspn(type + 3, "0123456789") >= sizeof digits) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s", name, expected);
    }
    memcpy(digits, type + 3, strspn(type + 3, "0123456789"));
    FAL_TRY(read_dims(name, value_of(header, "'shape'"), &array));
    if (!fal_text_to_int(digits, &width) || width < 1 || array.rank != 1 || array.elements > most ||
        count - start - length != (size_t)(4 * width * array.elements)) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s, at most %d", name, expected, most);
    }
    const unsigned char *from = (const unsigned char *)bytes + start + length;
    for (int64_t i = 0; i < array.elements; i++, from += 4 * width) {
        if (!put_text(from, width, texts + (size_t)i * size, size)) {
            return fal_fail(FAL_ERR_INPUT, "%s: text %lld has more than %zu bytes, or characters that are none", name,
                            (long long)i, size - 1);
        }
    }
    *found = (int)array.elements;
    return FAL_OK;
}

/** IEEE 754 half: sign, 5 bits of exponent, 10 of the fraction. */
static double half_value(unsigned bits)
{
    const int exponent = (int)(bits >> 10 & 31U);
    const int fraction = (int)(bits & 1023U);
    const double size = exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                        : exponent > 0 ? ldexp(1024 + fraction, exponent - 25)
                                       : ldexp(fraction, -24);
    return bits >> 15 != 0 ? -size : size;
}

double fal_npy_value(const fal_npy *array, int64_t at)
{
    const unsigned char *from = array->values + at * array->width;
    uint64_t bits = 0;
    for (int i = 0; i < array->width; i++) {
        bits |= (uint64_t)from[i] << (8 * i);
    }
    if (array->kind == 'f') {
        const uint32_t half = (uint32_t)bits;
        float narrow = 0;
        double wide = 0;
        memcpy(&narrow, &half, sizeof narrow);
        memcpy(&wide, &bits, sizeof wide);
        return array->width == 2 ? half_value((unsigned)bits) : array->width == 4 ? (double)narrow : wide;
    }
    const int unused = 64 - 8 * array->width;
    return array->kind == 'i' ? (double)((int64_t)(bits << unused) >> unused) : (double)bits;
}

/** Values as they stand in the file, but halves as float32. */
static void copy_values(const fal_npy *array, void *copy)
{
    if (array->kind != 'f' || array->width != 2) {
        memcpy(copy, array->values, (size_t)array->elements * (size_t)array->width);
        return;
    }
    for (int64_t i = 0; i < array->elements; i++) {
        ((float *)copy)[i] = (float)fal_npy_value(array, i);
    }
}

fal_status fal_npy_read(const char *path, size_t limit, fal_h5_shape *shape, void *values)
{
    char *bytes = NULL;
    void *copy = NULL;
    size_t count = 0;
    fal_npy array;
    fal_h5_shape found = {0};
    int type = -1;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_file_read(path, limit, &bytes, &count));
    FAL_TRY_GOTO(fal_npy_parse(path, bytes, count, &array));
    const int width = array.kind == 'f' && array.width == 2 ? 4 : array.width;
    for (int i = 0; i < TYPES; i++) {
        type = types[i].code[1] == array.kind && types[i].code[2] - '0' == width ? i : type;
    }
    if (type < 0 || array.rank > FAL_H5_RANK_MAX) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: %s: save it as uint8, int16, int32, int64, float16, float32 or float64 with "
                          "up to four axes",
                          path, type < 0 ? "its type is none that we read here" : "it has too many axes");
        goto done;
    }
    found.type = types[type].type;
    found.rank = array.rank;
    memcpy(found.dims, array.dims, sizeof found.dims);
    FAL_TRY_GOTO(fal_alloc(&copy, (size_t)array.elements, (size_t)width, path));
    copy_values(&array, copy);
    *shape = found;
    *(void **)values = copy;
done:
    fal_free(bytes);
    return status;
}

static size_t put_header(const char *type, const char *dims, unsigned char header[FAL_NPY_HEADER])
{
    char text[256];
    const int used =
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, dims);
    const size_t start = (MAGIC + 4 + (size_t)used + 1 + ALIGN - 1) / ALIGN * ALIGN;
    const size_t length = start - MAGIC - 4;
    FAL_ASSERT(start <= FAL_NPY_HEADER);
    memcpy(header, magic, MAGIC);
    header[MAGIC] = 1;
    header[MAGIC + 1] = 0;
    header[MAGIC + 2] = (unsigned char)(length & 0xff);
    header[MAGIC + 3] = (unsigned char)(length >> 8);
    memset(header + MAGIC + 4, ' ', length);
    memcpy(header + MAGIC + 4, text, (size_t)used);
    header[start - 1] = '\n';
    return start;
}

size_t fal_npy_header(const fal_h5_shape *shape, unsigned char header[FAL_NPY_HEADER])
{
    char dims[128] = "";
    const char *code = "";
    FAL_ASSERT(shape->rank <= FAL_H5_RANK_MAX);
    for (int i = 0; i < shape->rank; i++) {
        const size_t used = strlen(dims);
        (void)snprintf(dims + used, sizeof dims - used, "%lld,%s", (long long)shape->dims[i],
                       i + 1 < shape->rank ? " " : "");
    }
    for (int i = 0; i < TYPES; i++) {
        code = types[i].type == shape->type ? types[i].code : code;
    }
    return put_header(code, dims, header);
}

size_t fal_npy_text_header(int64_t count, int width, unsigned char header[FAL_NPY_HEADER])
{
    char type[16];
    char dims[32];
    (void)snprintf(type, sizeof type, "<U%d", width);
    (void)snprintf(dims, sizeof dims, "%lld,", (long long)count);
    return put_header(type, dims, header);
}

fal_status fal_npy_write(const char *path, const fal_h5_shape *shape, const void *values)
{
    unsigned char header[FAL_NPY_HEADER];
    char *bytes = NULL;
    const int64_t elements = fal_h5_elements(shape);
    const size_t start = fal_npy_header(shape, header);
    FAL_ASSERT(elements >= 0);
    const size_t size = (size_t)elements * fal_h5_type_bytes(shape->type);
    FAL_TRY(fal_alloc(&bytes, start + size, 1, path));
    memcpy(bytes, header, start);
    memcpy(bytes + start, values, size);
    const fal_status status = fal_file_replace(path, bytes, start + size);
    fal_free(bytes);
    return status;
}
