/* The table of all parameters of a job. Numbers from the paper stand in it and nowhere else. */
#ifndef FAL_EXPERIMENT_PARAMETERS_H
#define FAL_EXPERIMENT_PARAMETERS_H

#include "fal/base/params.h"

const fal_param_table *fal_parameters(void);

#endif
