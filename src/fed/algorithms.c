/* The list of FL algorithms. */
#include <string.h>

#include "algorithms_internal.h"

const fal_algorithm *fal_algorithm_find(const char *name)
{
    static const fal_algorithm *const all[] = {&fal_algorithm_fedavg, &fal_algorithm_fedprox, &fal_algorithm_scaffold};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}
