/* NumPy's .npy files: one array with its type and shape, little-endian, C order. */
#ifndef FAL_IO_NPY_H
#define FAL_IO_NPY_H

#include "fal/io/h5.h"

enum { FAL_NPY_RANK_MAX = 8 };

/** An array in the bytes of a file. */
typedef struct {
    char kind; /* 'u', 'i': whole numbers without and with sign, 'f': real, 'b': truth values */
    int width; /* bytes of a value: 1, 2, 4, 8; real ones 2, 4, 8 */
    int rank;
    int64_t dims[FAL_NPY_RANK_MAX];
    int64_t elements;
    const unsigned char *values; /* inside the bytes that were parsed, not aligned */
} fal_npy;

/** `name` is for the message. FAL_ERR_INPUT if the bytes are anything else than one whole array. No object arrays:
 * nothing is unpickled. */
fal_status fal_npy_parse(const char *name, const void *bytes, size_t count, fal_npy *array);
/** Of that the head alone, from the first `count` bytes (FAL_NPY_HEAD_MOST, or all) of a file of `size` bytes: array
 *  without values, which begin at *start. */
enum { FAL_NPY_HEAD_MOST = 12 + 4096 };
fal_status fal_npy_parse_head(const char *name, const void *bytes, size_t count, size_t size, fal_npy *array,
                              size_t *start);
/** Texts of an array with one axis ('<U8': characters of 32 bits, filled up with zeros), in UTF-8, to texts[i * size];
 * at most `most` of up to size - 1 bytes. FAL_ERR_INPUT for anything else. */
fal_status fal_npy_texts(const char *name, const void *bytes, size_t count, char *texts, size_t size, int most,
                         int *found);
/** Element `at` as a real number; exact up to 2^53. */
double fal_npy_value(const fal_npy *array, int64_t at);

/** Shape, allocation (fal_free) and values of a file of at most `limit` bytes, of a type of fal_h5_type (float16 comes
 *  as float32) and with at most four axes. */
fal_status fal_npy_read(const char *path, size_t limit, fal_h5_shape *shape, void *values);
/** What stands before the values of an array of this shape; returns its length. */
enum { FAL_NPY_HEADER = 384 };
size_t fal_npy_header(const fal_h5_shape *shape, unsigned char header[FAL_NPY_HEADER]);
/** The same for `count` texts of up to `width` characters, 32 bits each, filled up with zeros. */
size_t fal_npy_text_header(int64_t count, int width, unsigned char header[FAL_NPY_HEADER]);
/** Replaces `path` as a whole. */
fal_status fal_npy_write(const char *path, const fal_h5_shape *shape, const void *values);

#endif
