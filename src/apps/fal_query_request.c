/* What a request of fal_query stands for: strategy and options, address of the random draws. */
#include "fal_query_internal.h"

fal_status fal_app_read_strategy(fal_app_request *request)
{
    if (fal_params_count(request->params, "strategy") != 1) {
        return fal_fail(FAL_ERR_USAGE, "--strategy: a query is by one strategy");
    }
    FAL_TRY(fal_strategy_find(fal_params_text(request->params, "strategy"), &request->strategy));
    fal_query_options_from_params(request->params, &request->options);
    return FAL_OK;
}

fal_rng fal_app_address(const fal_app_request *request)
{
    return (fal_rng){.seed = (uint64_t)(request->seed < 0 ? 1 : request->seed),
                     .purpose = FAL_RNG_QUERY,
                     .al_round = (uint32_t)(request->al_round < 0 ? 2 : request->al_round),
                     .client = (uint32_t)(request->client < 0 ? 0 : request->client)};
}
