/* Items listed cluster by cluster. */
#ifndef FAL_QUERY_MEMBERS_H
#define FAL_QUERY_MEMBERS_H

#include <stdint.h>

/** Items of cluster c are member[first[c] .. first[c + 1] - 1], in the order of order [n] (NULL: rising). label [n]:
 * the cluster of each item; first [k + 1] and member [n] out. */
void fal_members_list(const int32_t *label, int64_t n, int64_t k, const int64_t *order, int64_t *first,
                      int64_t *member);

#endif
