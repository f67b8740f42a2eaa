/* Constants of batch normalisation, plain and in double: from partial sums in training, folded in inference.
 *
 * Partial sums belong to fixed parts of the batch (images, bunches of images) and are added in order of the parts. */
#ifndef FAL_NN_KERNELS_NORM_H
#define FAL_NN_KERNELS_NORM_H

#include "kernels.h"

/** Per channel, refreshed in each call. */
typedef struct {
    float *mean;    /* of z over the batch */
    float *scale;   /* gamma / sqrt(var + eps) */
    float *beta;    /* what is added at the end */
    float *c0, *c1; /* backward */
    double *rstd;   /* 1 / sqrt(var + eps) */
} norm_channels;

/* Training: all vectors of co channels. */
void fal_norm_layout(void *base, size_t *used, size_t co, norm_channels *channel);

/* sums [parts][2][co] of z and of z^2 over `values` pixels: constants of the forward pass, running statistics. */
void fal_norm_statistics(const fal_conv_call *call, const double *sums, size_t parts, double values,
                         const norm_channels *channel);

/* sums [parts][2][co] of g and g (z - mean): gradients of gamma and beta, constants of dz. */
void fal_norm_gradient(const fal_conv_call *call, const double *sums, size_t parts, double values,
                       const norm_channels *channel);

/* Inference: weights are multiplied by the returned factor, `shift` is added. */
double fal_norm_fold(const fal_conv_call *call, size_t c, float *shift);

#endif
