/* FedAvg (McMahan et al., AISTATS 2017): plain local SGD and the weighted mean of the weights, which every algorithm
 * has. Nothing is added and nothing is kept. */
#include "algorithms_internal.h"

const fal_algorithm fal_algorithm_fedavg = {.create = NULL};
