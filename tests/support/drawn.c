#include "drawn.h"

#include <stddef.h>
#include <string.h>

bool fal_test_strategy_draws(const char *name)
{
    static const char *const drawn[] = {"random", "balanced",       "power",     "badge",     "gcnal",      "alfa-mix",
                                        "logo",   "cluster-margin", "typiclust", "probcover", "maxherding", NULL};
    for (int i = 0; drawn[i] != NULL; i++) {
        if (strstr(name, drawn[i]) != NULL) {
            return true;
        }
    }
    return false;
}
