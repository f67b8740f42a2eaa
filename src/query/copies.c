/* Copies are found by a hash of their rows and compared in full. */
#include "copies.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

/* Two zeros are equal, whatever their signs. */
static uint32_t bits_of(float value)
{
    uint32_t bits = 0;
    value += 0.0F;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* 53 bits, exact as a double: the sort's key. */
static double hash_of(const fal_row_array *arrays, int count, int64_t image)
{
    uint64_t hash = 0x9E3779B97F4A7C15U;
    for (int a = 0; a < count; a++) {
        const float *row = arrays[a].at + image * arrays[a].width;
        for (int e = 0; e < arrays[a].width; e++) {
            hash = (hash ^ bits_of(row[e])) * 0xBF58476D1CE4E5B9U;
            hash ^= hash >> 29;
        }
    }
    return (double)(hash >> 11);
}

static bool equal(const fal_row_array *arrays, int count, int64_t i, int64_t j)
{
    for (int a = 0; a < count; a++) {
        const float *left = arrays[a].at + i * arrays[a].width;
        const float *right = arrays[a].at + j * arrays[a].width;
        for (int e = 0; e < arrays[a].width; e++) {
            if (left[e] != right[e]) {
                return false;
            }
        }
    }
    return true;
}

fal_status fal_copies_find(const fal_row_array *arrays, int count, int64_t n, int64_t *first)
{
    double *hash = NULL;
    int64_t *order = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&hash, (size_t)n, sizeof *hash, "copies in a pool"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)n, sizeof *order, "copies in a pool"));
    for (int64_t i = 0; i < n; i++) {
        hash[i] = hash_of(arrays, count, i);
    }
    FAL_TRY_GOTO(fal_sort_rising(hash, order, n));
    for (int64_t start = 0, i = 0; i < n; i++) {
        start = hash[order[i]] == hash[order[start]] ? start : i;
        first[order[i]] = order[i];
        /* Of one hash the lowest comes first; others are there only if hashes collide. */
        for (int64_t j = start; j < i && first[order[i]] == order[i]; j++) {
            if (first[order[j]] == order[j] && equal(arrays, count, order[i], order[j])) {
                first[order[i]] = order[j];
            }
        }
    }
done:
    fal_free(order);
    fal_free(hash);
    return status;
}

fal_status fal_copies_settle(const int64_t *first, int64_t n, int64_t b, int64_t *chosen)
{
    int64_t *following = NULL; /* the image's next copy */
    int64_t *next = NULL;      /* of a set of copies: the lowest that is not taken yet */
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&following, (size_t)n, sizeof *following, "copies in a pool"));
    FAL_TRY_GOTO(fal_alloc(&next, (size_t)n, sizeof *next, "copies in a pool"));
    for (int64_t i = n - 1; i >= 0; i--) {
        following[i] = next[first[i]];
        next[first[i]] = i;
    }
    for (int64_t i = 0; i < b; i++) {
        const int64_t set = first[chosen[i]];
        chosen[i] = next[set];
        next[set] = following[chosen[i]];
    }
done:
    fal_free(next);
    fal_free(following);
    return status;
}
