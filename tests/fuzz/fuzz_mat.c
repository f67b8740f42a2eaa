/* MATLAB's files of version 5: fal_mat. What is HDF5 is left to the targets that go through the child. */
#include "fuzz.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/mat.h"

static const size_t limit = (size_t)4 << 20;

static bool is_hdf5(const uint8_t *bytes, size_t count)
{
    static const uint8_t mark[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    for (size_t at = 0; at + sizeof mark <= count; at = at == 0 ? 512 : 2 * at) {
        if (memcmp(bytes + at, mark, sizeof mark) == 0) {
            return true;
        }
    }
    return false;
}

static fal_status read_both(fal_mat *file)
{
    fal_mat_shape shape = {0};
    uint8_t *values = NULL;
    double *numbers = NULL;
    fal_status status = fal_mat_read_bytes(file, "X", &shape, &values);
    if (status == FAL_OK) {
        status = fal_mat_read_numbers(file, "y", &shape, &numbers);
    }
    fal_free(values);
    fal_free(numbers);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fal_mat *file = NULL;
    if (is_hdf5(bytes, count)) {
        return 0;
    }
    fal_status status = fal_mat_open(fuzz_file("input.mat", bytes, count), limit, &file);
    if (status == FAL_OK) {
        status = read_both(file);
    }
    fal_mat_close(file);
    return fuzz_end(status);
}
