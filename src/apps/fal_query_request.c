/* What a request of fal_query stands for: strategy and options, address of the random draws. */
#include <string.h>

#include "fal_query_internal.h"

fal_status fal_app_refuse_of_jobs(const fal_params *params)
{
    /* clang-format off */
    static const char *const names[] = {
        "seeds", "init", "init_model", "clients", "partition", "partition_seed", "rho", "alpha", "al_rounds",
        "initial", "stop_share", "stop_accuracy", "algorithm", "fedprox_mu", "scaffold", "fl_rounds",
        "local_epochs", "participation", "evaluate", "first_round", "oracle", "test", "answers_needed", "mean",
        "std", "name", "max_hours", "progress", "checkpoint_minutes", "ranks_per_trial", "dry_run",
        "plan_cores", "plan_hours", "trial", "measure", "report", "threshold"};
    /* clang-format on */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (fal_params_source(params, names[i]) == FAL_SOURCE_COMMAND_LINE) {
            char option[64];
            fal_params_option_name(fal_params_find(fal_params_table(params), names[i]), option);
            return fal_fail(FAL_ERR_USAGE,
                            "--%s: is for jobs of fal_hpc: nothing in a query goes by it: leave it out%s", option,
                            strcmp(names[i], "seeds") == 0 ? ", or give --seed" : "");
        }
    }
    return FAL_OK;
}

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
