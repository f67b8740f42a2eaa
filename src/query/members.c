/* Items listed cluster by cluster: counted, and put into place from behind. */
#include "members.h"

#include <string.h>

void fal_members_list(const int32_t *label, int64_t n, int64_t k, const int64_t *order, int64_t *first, int64_t *member)
{
    memset(first, 0, (size_t)(k + 1) * sizeof *first);
    for (int64_t i = 0; i < n; i++) {
        first[label[i]]++;
    }
    for (int64_t c = 1; c <= k; c++) {
        first[c] += first[c - 1]; /* where cluster c ends; it becomes where it begins */
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        const int64_t item = order != NULL ? order[i] : i;
        member[--first[label[item]]] = item;
    }
}
