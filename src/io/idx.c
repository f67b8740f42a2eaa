/* IDX: a header of big-endian sizes and the values. */
#include "fal/io/idx.h"

enum { UNSIGNED_BYTES = 0x08 };

bool fal_idx_is(const unsigned char *bytes, size_t count)
{
    return count >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == UNSIGNED_BYTES && bytes[3] >= 1 && bytes[3] <= 4;
}

fal_status fal_idx_parse(const char *name, const unsigned char *bytes, size_t count, fal_idx *idx)
{
    if (!fal_idx_is(bytes, count)) {
        return fal_fail(FAL_ERR_INPUT, "%s: is no IDX file of unsigned bytes", name);
    }
    fal_idx found = {.rank = bytes[3]};
    if (found.rank != 1 && found.rank != 3) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %d axes, expected 1 (labels) or 3 (images)", name, found.rank);
    }
    const size_t head = 4 + 4 * (size_t)found.rank;
    if (count < head) {
        return fal_fail(FAL_ERR_INPUT, "%s: ends within its header: copy it again", name);
    }
    uint64_t values = 1;
    for (int i = 0; i < found.rank; i++) {
        const unsigned char *at = bytes + 4 + 4 * i;
        const uint32_t size = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        found.dims[i] = size;
        if (size == 0 || __builtin_mul_overflow(values, (uint64_t)size, &values)) {
            return fal_fail(FAL_ERR_INPUT, "%s: axis %d has %u values: an unusable size", name, i, size);
        }
    }
    if (values != count - head) {
        return fal_fail(FAL_ERR_INPUT, "%s: its header promises %llu values, %zu are there: copy it again", name,
                        (unsigned long long)values, count - head);
    }
    found.values = bytes + head;
    *idx = found;
    return FAL_OK;
}
