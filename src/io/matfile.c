/* MATLAB's files of version 5 through matio, which is told only what was looked at before.
 *
 * matio stops reading where it has what it wants, so a file that was cut or changed further on would pass. Therefore
 * all elements of the file are gone through first: each must lie in the file as a whole, and compressed ones are
 * unpacked once, which checks their checksums and how much they hold. */
#include <stdio.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

#include <matio.h>
#include <zlib.h>

#include "mat_internal.h"

#include "fal/base/memory.h"
#include "fal/io/file.h"

enum { HEAD = 128, TAG = 8, COMPRESSED = 15, MATRIX = 14, PIECE = 1 << 16 };

bool fal_mat_available(void) { return true; }

/* ---- the file as a whole --------------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    const unsigned char *bytes;
    size_t count;
    bool swapped; /* big-endian */
    size_t limit; /* of all unpacked elements together */
} mat_file;

static uint32_t number_at(const mat_file *file, const unsigned char *at)
{
    return file->swapped ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                         : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static fal_status damaged(const mat_file *file, const char *what)
{
    return fal_fail(FAL_ERR_INPUT, "%s: %s: copy it again", file->path, what);
}

/** Unpack an element into nothing. *used: bytes unpacked. */
static fal_status check_compressed(const mat_file *file, const unsigned char *from, size_t count, size_t *used)
{
    unsigned char piece[PIECE];
    unsigned char tag[TAG] = {0};
    z_stream stream = {.next_in = (unsigned char *)from, .avail_in = (uInt)count}; /* zlib does not write there */
    size_t unpacked = 0;
    int result = inflateInit(&stream);
    while (result == Z_OK) {
        stream.next_out = piece;
        stream.avail_out = sizeof piece;
        result = inflate(&stream, Z_NO_FLUSH);
        const size_t got = sizeof piece - stream.avail_out;
        if (unpacked == 0) {
            memcpy(tag, piece, got < sizeof tag ? got : sizeof tag);
        }
        unpacked += got;
        if (unpacked > file->limit - *used) {
            (void)inflateEnd(&stream);
            return fal_fail(FAL_ERR_INPUT, "%s: unpacks to more than the %zu MiB allowed for a file of its size",
                            file->path, file->limit >> 20);
        }
    }
    const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
    (void)inflateEnd(&stream);
    if (!whole || unpacked < TAG || number_at(file, tag) != MATRIX || number_at(file, tag + 4) > unpacked - TAG) {
        return damaged(file, "holds a damaged array");
    }
    *used += unpacked;
    return FAL_OK;
}

static fal_status check_elements(const mat_file *file)
{
    size_t used = 0;
    for (size_t at = HEAD; at < file->count;) {
        if (file->count - at < TAG) {
            return damaged(file, "is cut short");
        }
        const uint32_t type = number_at(file, file->bytes + at);
        const size_t size = number_at(file, file->bytes + at + 4);
        if (type != COMPRESSED && type != MATRIX) {
            return damaged(file, "holds an element of an unknown kind");
        }
        if (size > file->count - at - TAG) {
            return damaged(file, "is cut short");
        }
        if (type == COMPRESSED) {
            FAL_TRY(check_compressed(file, file->bytes + at + TAG, size, &used));
        }
        at += TAG + size;
    }
    return FAL_OK;
}

static fal_status check_file(const char *path, size_t limit)
{
    mat_file file = {.path = path, .limit = limit};
    int descriptor = -1;
    FAL_TRY(fal_file_open(path, &descriptor, &file.count));
    void *bytes = mmap(NULL, file.count, PROT_READ, MAP_PRIVATE, descriptor, 0);
    (void)close(descriptor);
    if (bytes == MAP_FAILED) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot be read", path);
    }
    file.bytes = bytes;
    file.swapped = file.bytes[HEAD - 2] == 'M';
    const fal_status status = check_elements(&file);
    (void)munmap(bytes, file.count);
    return status;
}

/* ---- an array -------------------------------------------------------------------------------------------------- */

static bool is_numeric(const matvar_t *array)
{
    return array->class_type >= MAT_C_DOUBLE && array->class_type <= MAT_C_UINT64;
}

static fal_status check_array(const char *path, const char *name, const matvar_t *array, bool bytes, size_t limit,
                              fal_mat_shape *shape)
{
    enum { RANK_MOST = sizeof shape->dims / sizeof shape->dims[0] };
    const size_t most = limit / (bytes ? 1 : sizeof(double));
    size_t elements = 1;
    if (array == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds no array %s", path, name);
    }
    if ((bytes ? array->class_type != MAT_C_UINT8 : !is_numeric(array)) || array->isComplex) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s is no array of %s", path, name, bytes ? "class uint8" : "numbers");
    }
    if (array->rank < 1 || array->rank > RANK_MOST || array->dims == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has %d axes, at most %d are read", path, name, array->rank, RANK_MOST);
    }
    for (int i = 0; i < array->rank; i++) {
        if (__builtin_mul_overflow(elements, array->dims[i], &elements) || elements > most) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s has more values than the %zu MiB allowed for a file of its size",
                            path, name, limit >> 20);
        }
        shape->dims[i] = (int64_t)array->dims[i];
    }
    shape->rank = array->rank;
    return FAL_OK;
}

/** Value `at` of an array that was read: matio has turned it into the type of its class. */
static double value_of(const matvar_t *array, size_t at)
{
    const void *data = array->data;
    switch (array->class_type) {
    case MAT_C_INT8:
        return ((const int8_t *)data)[at];
    case MAT_C_UINT8:
        return ((const uint8_t *)data)[at];
    case MAT_C_INT16:
        return ((const int16_t *)data)[at];
    case MAT_C_UINT16:
        return ((const uint16_t *)data)[at];
    case MAT_C_INT32:
        return ((const int32_t *)data)[at];
    case MAT_C_UINT32:
        return ((const uint32_t *)data)[at];
    case MAT_C_INT64:
        return (double)((const int64_t *)data)[at];
    case MAT_C_UINT64:
        return (double)((const uint64_t *)data)[at];
    case MAT_C_SINGLE:
        return (double)((const float *)data)[at];
    default:
        return ((const double *)data)[at];
    }
}

static fal_status read_array(mat_t *mat, const char *path, const char *name, size_t limit, fal_mat_shape *shape,
                             uint8_t **bytes, double **numbers)
{
    matvar_t *array = Mat_VarReadInfo(mat, name);
    void *values = NULL;
    size_t elements = 1;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(check_array(path, name, array, bytes != NULL, limit, shape));
    for (int i = 0; i < shape->rank; i++) {
        elements *= (size_t)shape->dims[i];
    }
    if (Mat_VarReadDataAll(mat, array) != 0 || (elements > 0 && array->data == NULL) ||
        array->nbytes != elements * Mat_SizeOfClass((int)array->class_type)) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s cannot be read, its data are damaged: copy it again", path, name);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&values, elements, bytes != NULL ? sizeof **bytes : sizeof **numbers, name));
    if (bytes != NULL) {
        memcpy(values, array->data, elements);
        *bytes = values;
    } else {
        for (size_t i = 0; i < elements; i++) {
            ((double *)values)[i] = value_of(array, i);
        }
        *numbers = values;
    }
done:
    Mat_VarFree(array);
    return status;
}

fal_status fal_mat5_read(const char *path, const char *name, size_t limit, fal_mat_shape *shape, uint8_t **bytes,
                         double **numbers)
{
    FAL_TRY(check_file(path, limit));
    mat_t *mat = Mat_Open(path, MAT_ACC_RDONLY);
    if (mat == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: is damaged: copy it again", path);
    }
    const fal_status status = read_array(mat, path, name, limit, shape, bytes, numbers);
    (void)Mat_Close(mat);
    return status;
}
