/* Options of strategies from the program's parameters. */
#include <string.h>

#include "fal/query/query.h"

void fal_query_options_from_params(const fal_params *params, fal_query_options *options)
{
    *options = (fal_query_options){
        .kmeans_starts = (int)fal_params_int(params, "kmeans_starts"),
        .gcn_subset = fal_params_int(params, "gcn_subset"),
        .alfa_head_global = strcmp(fal_params_text(params, "alfa_head"), "global") == 0,
        .ensemble_logits = strcmp(fal_params_text(params, "ensemble"), "logit") == 0,
    };
}
