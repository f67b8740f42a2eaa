/* Stable order of indices by a key (bottom-up merge sort). */
#include "fal/base/sort.h"

#include <string.h>

#include "fal/base/memory.h"

static void merge_sort(const double *key, double sign, int64_t *order, int64_t *spare, int64_t n)
{
    int64_t *from = order;
    int64_t *to = spare;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t left = 0; left < n; left += 2 * width) {
            const int64_t middle = left + width < n ? left + width : n;
            const int64_t right = middle + width < n ? middle + width : n;
            int64_t a = left;
            int64_t b = middle;
            for (int64_t i = left; i < right; i++) {
                const bool take_a = a < middle && (b >= right || sign * key[from[a]] <= sign * key[from[b]]);
                to[i] = take_a ? from[a++] : from[b++];
            }
        }
        int64_t *kept = from;
        from = to;
        to = kept;
    }
    if (from != order) {
        memcpy(order, from, (size_t)n * sizeof *order);
    }
}

static fal_status sort(const double *key, double sign, int64_t *order, int64_t n)
{
    int64_t *spare = NULL;
    FAL_TRY(fal_alloc(&spare, (size_t)n, sizeof *spare, "sort"));
    for (int64_t i = 0; i < n; i++) {
        order[i] = i;
    }
    merge_sort(key, sign, order, spare, n);
    fal_free(spare);
    return FAL_OK;
}

fal_status fal_sort_rising(const double *key, int64_t *order, int64_t n) { return sort(key, 1.0, order, n); }

fal_status fal_sort_falling(const double *key, int64_t *order, int64_t n) { return sort(key, -1.0, order, n); }

static void sift_down(int64_t *values, int64_t start, int64_t n)
{
    int64_t root = start;
    while (2 * root + 1 < n) {
        int64_t child = 2 * root + 1;
        child += child + 1 < n && values[child + 1] > values[child];
        if (values[root] >= values[child]) {
            return;
        }
        const int64_t kept = values[root];
        values[root] = values[child];
        values[child] = kept;
        root = child;
    }
}

void fal_sort_int64(int64_t *values, int64_t n)
{
    for (int64_t start = n / 2 - 1; start >= 0; start--) {
        sift_down(values, start, n);
    }
    for (int64_t end = n - 1; end > 0; end--) {
        const int64_t kept = values[0];
        values[0] = values[end];
        values[end] = kept;
        sift_down(values, 0, end);
    }
}
