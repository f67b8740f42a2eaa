/* Sets of parameters by one name: what the program of a paper's authors does where ours does something else by default
 * (docs/strategies.md). Values that are given explicitly, in a file or on the command line, win. */
#include <stdio.h>
#include <string.h>

#include "params_internal.h"

typedef struct {
    const char *compat, *name, *value;
} member;

static const member members[] = {
    {"logo-code", "local_lr_step", "batch"}, {"logo-code", "local_stop_augment", "yes"},
    {"logo-code", "alfa_head", "global"},    {"logo-code", "ensemble", "probability"},
    {"logo-code", "gcn_subset", "10000"},    {"logo-code", "kmeans_starts", "10"},
    {"logo-code", "scaffold", "code"},
};

fal_status fal_params_apply_compat(fal_params *params)
{
    char where[64];
    const char *chosen = fal_params_text(params, "compat");
    (void)snprintf(where, sizeof where, "--compat %s", chosen);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(members[i].compat, chosen) == 0) {
            FAL_TRY(fal_params_set(params, members[i].name, members[i].value, FAL_SOURCE_COMPAT, where));
        }
    }
    return FAL_OK;
}
