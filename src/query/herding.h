/* Greedy kernel coverage (Bae et al., ECCV 2024 and ICLR 2025), what maxherding and uherding share. */
#ifndef FAL_QUERY_HERDING_H
#define FAL_QUERY_HERDING_H

#include "query_internal.h"

/** Writes the call's result: b times the image whose kernel K = exp(-|u_i - u_j|^2 / width^2) adds most to the sum over
 *  the pool of weight [n] times the largest K to anything labelled or chosen. weight NULL: 1. width 0: K is 1 for equal
 *  rows, else 0. Embeddings of the call's model; pools above --herding-subset are cut. */
fal_status fal_herding_select(fal_query_call *call, double width, const double *weight);

/** uherding's parts: T that calibrates X's logits on the labelled images; h; the weights [n] of the pool at T. */
fal_status fal_uherding_temperature(const fal_query_input *input, int x, double *temperature);
fal_status fal_uherding_width(const fal_query_input *input, int x, double *width);
fal_status fal_uherding_weights(const fal_query_input *input, int x, double temperature, double *weight);

#endif
