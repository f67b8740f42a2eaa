/* The b smallest of n keys by a bounded heap: O(n + b log b) for random keys, O(n log b) at worst. */
#include "query_internal.h"

/* Is a after b in the order of choice? */
static bool after(const double *key, int64_t a, int64_t b) { return key[a] > key[b] || (key[a] == key[b] && a > b); }

/* heap[0] is the last in the order of choice. */
static void sift_down(const double *key, int64_t *heap, int64_t root, int64_t count)
{
    while (2 * root + 1 < count) {
        int64_t child = 2 * root + 1;
        child += child + 1 < count && after(key, heap[child + 1], heap[child]);
        if (!after(key, heap[child], heap[root])) {
            return;
        }
        const int64_t kept = heap[root];
        heap[root] = heap[child];
        heap[child] = kept;
        root = child;
    }
}

void fal_topk_smallest(const double *key, int64_t n, int64_t b, int64_t *chosen)
{
    FAL_ASSERT(b <= n);
    for (int64_t i = 0; i < b; i++) {
        chosen[i] = i;
    }
    for (int64_t root = b / 2 - 1; root >= 0; root--) {
        sift_down(key, chosen, root, b);
    }
    for (int64_t i = b; i < n; i++) {
        if (b > 0 && after(key, chosen[0], i)) {
            chosen[0] = i;
            sift_down(key, chosen, 0, b);
        }
    }
    for (int64_t end = b - 1; end > 0; end--) {
        const int64_t last = chosen[0];
        chosen[0] = chosen[end];
        chosen[end] = last;
        sift_down(key, chosen, 0, end);
    }
}
