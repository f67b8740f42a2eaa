/* NumPy's arrays: fal_npy_parse, fal_npy_texts, fal_npy_read, fal_matrix_visit. */
#include "fuzz.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/matrix.h"
#include "fal/io/npy.h"

enum { LIMIT = 1 << 20, TEXTS = 40, TEXT = 48 };

static void take_texts(const uint8_t *bytes, size_t count)
{
    static char texts[TEXTS * TEXT];
    int found = 0;
    const fal_status status = fal_npy_texts("input.npy", bytes, count, texts, TEXT, TEXTS, &found);
    for (int i = 0; status == FAL_OK && i < found; i++) {
        fuzz_expect(memchr(texts + i * TEXT, '\0', TEXT) != NULL, "a text without an end");
    }
    (void)fuzz_end(status);
}

static void read_file(const uint8_t *bytes, size_t count)
{
    fal_h5_shape shape = {0};
    void *values = NULL;
    const fal_status status = fal_npy_read(fuzz_file("input.npy", bytes, count), LIMIT, &shape, (void *)&values);
    fal_free(values);
    (void)fuzz_end(status);
}

static fal_status add_rows(void *context, float *values, int64_t first, int64_t count)
{
    const int64_t *shape = context;
    double sum = 0;
    fuzz_expect(first >= 0 && count > 0 && first + count <= shape[0], "rows that are not there");
    for (int64_t i = 0; i < count * shape[1]; i++) {
        sum += (double)values[i];
    }
    *(volatile double *)&sum = sum;
    return FAL_OK;
}

static void read_matrix(const uint8_t *bytes, size_t count)
{
    fal_matrix *matrix = NULL;
    fal_status status = fal_matrix_open(fuzz_file("input.npy", bytes, count), &matrix);
    if (status == FAL_OK) {
        int64_t shape[2] = {fal_matrix_rows(matrix), fal_matrix_width(matrix)};
        status = shape[1] > 0 ? fal_matrix_visit(matrix, add_rows, shape) : FAL_OK;
    }
    fal_matrix_close(matrix);
    (void)fuzz_end(status);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fal_npy array;
    double sum = 0;
    take_texts(bytes, count);
    read_file(bytes, count);
    read_matrix(bytes, count);
    const fal_status status = fal_npy_parse("input.npy", bytes, count, &array);
    for (int64_t i = 0; status == FAL_OK && i < array.elements; i++) {
        sum += fal_npy_value(&array, i);
    }
    fuzz_expect(status != FAL_OK || (size_t)array.elements * (size_t)array.width <= count, "more values than bytes");
    *(volatile double *)&sum = sum;
    return fuzz_end(status);
}
