/* From the name of an FL algorithm to its row. */
#include <string.h>

#include "algorithms_internal.h"

const fal_algorithm *fal_algorithm_find(const char *name)
{
#define ROW(id) {#id, &fal_algorithm_##id},
    static const struct {
        const char *name;
        const fal_algorithm *algorithm;
    } all[FAL_ALGORITHMS] = {FAL_ALGORITHM_LIST(ROW)};
#undef ROW
    for (int i = 0; i < FAL_ALGORITHMS; i++) {
        if (strcmp(all[i].name, name) == 0) {
            return all[i].algorithm;
        }
    }
    return NULL;
}
