/* maxherding (Bae et al., ECCV 2024): images whose neighbourhoods, by a smooth kernel, cover most of the pool. */
#include "herding.h"

fal_status fal_strategy_maxherding(fal_query_call *call) { return fal_herding_select(call, 1.0, NULL); }
