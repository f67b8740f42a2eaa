/* A network at work: forward, backward and inference on plain arrays with everything planned in one arena.
 *
 * Images are [n][h][w][c] float32, normalised. The same bits for any number of threads; kernels are chosen per layer
 * shape and CPU at creation. */
#ifndef FAL_NN_NET_H
#define FAL_NN_NET_H

#include "fal/nn/model.h"

typedef enum { FAL_KERNELS_FAST, FAL_KERNELS_REFERENCE } fal_kernels;

typedef struct {
    int batch;     /* images at most in one call of fal_net_gradient */
    bool training; /* false: inference only, less memory */
    fal_kernels kernels;
} fal_net_options;

typedef struct fal_net fal_net;

/** Bytes that fal_net_create will take. */
size_t fal_net_bytes(const fal_model *model, const fal_net_options *options);
fal_status fal_net_create(const fal_model *model, const fal_net_options *options, fal_net **net);
void fal_net_destroy(fal_net *net);
/** Name of the kernels in use: "reference", "neon", "avx2", "avx512", "blas", with "-pairs" behind it where products go
 *  in pairs. Recorded in /run. */
const char *fal_net_kernels(const fal_net *net);
/** The value of FAL_KERNELS_ISA that makes the most machines of this kind alike: "avx2", on 64-bit Arm "neon". */
const char *fal_net_common_set(void);
/** Does any layer call the BLAS library, whose core (fal_gemm_core) last bits depend on then? */
bool fal_net_uses_blas(const fal_net *net);

/** Inference with running statistics, for any n (in batches of its own best size).
 *  logits [n][classes], embedding [n][d]: either may be NULL. */
void fal_net_infer(fal_net *net, const float *params, const float *x, int64_t n, float *logits, float *embedding);

/** One training pass over n <= batch images: batch statistics, mean cross-entropy, gradient of the trained part.
 *  params    [size] running statistics are updated (momentum 0.1)
 *  labels    [n]
 *  gradient  [trained] out, overwritten
 *  loss      mean over the batch, natural log; summed in double
 *  correct   images whose largest logit (ties: lowest class) is the label; may be NULL
 *  Source: algorithms.md section 3, BN. Not finite results are for the caller to notice. */
void fal_net_gradient(fal_net *net, float *params, const float *x, const int32_t *labels, int n, float *gradient,
                      double *loss, int64_t *correct);
/** As the pass above without the backward half; logits [n][classes], embedding [n][d] may be NULL. For tests. */
void fal_net_train_forward(fal_net *net, float *params, const float *x, const int32_t *labels, int n, float *logits,
                           float *embedding, double *loss);

/** Seconds that the calls above spent in a layer. */
typedef struct {
    double prepare, forward, backward;
} fal_layer_seconds;

/** From now on add each layer's time to seconds [layers of the model], which the caller owns; NULL: no more. */
void fal_net_profile(fal_net *net, fal_layer_seconds *seconds);

/** v := mu v + (g + decay w); w := w - lr v over `count` floats (algorithms.md section 3). velocity zeroed = fresh. */
void fal_sgd_step(float *w, const float *gradient, float *velocity, size_t count, float lr, float momentum,
                  float decay);

/** Index of the largest of `classes` logits, ties to the lowest. */
int fal_logits_argmax(const float *logits, int classes);
/** Cross-entropy of one row in double, by log-sum-exp. */
double fal_logits_loss(const float *logits, int classes, int32_t label);

#endif
