/* The graph network of gcnal: forward, loss, gradients, Adam steps. */
#ifndef FAL_QUERY_GCN_H
#define FAL_QUERY_GCN_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/random.h"
#include "fal/base/status.h"

enum { FAL_GCN_HIDDEN = 128 };

/** Parameters, gradients and moments have the same parts. */
typedef struct {
    double *w1;                /* [d][FAL_GCN_HIDDEN] */
    double b1[FAL_GCN_HIDDEN]; /* first layer */
    double w3[FAL_GCN_HIDDEN];
    double b3;
} fal_gcn_weights;

/** Nodes are the pool's images, then the labelled ones. */
typedef struct {
    int64_t nodes, labelled;
    int d;
    float *x;        /* [nodes][d] unit rows (zero rows stay zero) */
    float *ax;       /* [nodes][d] A' x */
    double *inverse; /* [nodes] 1 / D, 0 where D is 0 */
    fal_gcn_weights weight, gradient, first, second;
    float *w1;                 /* [d][FAL_GCN_HIDDEN] weight.w1, or its gradient, in float32 */
    float *hidden;             /* [nodes][FAL_GCN_HIDDEN] after ReLU and dropout */
    float *back;               /* [nodes][FAL_GCN_HIDDEN] gradient before ReLU */
    float *value, *scaled;     /* [nodes] on their way through A' */
    double *output;            /* [nodes] before the sigmoid */
    float *partial;            /* [row blocks][d + 2 FAL_GCN_HIDDEN] sums of a block */
    float *sum;                /* [d] X' scaled */
    const unsigned char *mask; /* [nodes][FAL_GCN_HIDDEN / 8] 1 = kept, most significant bit first; NULL: none */
    const fal_rng *dropout;    /* or drawn from this stream; NULL: none */
    int steps;                 /* of Adam so far */
} fal_gcn;

/** pool [n][d] and labelled [m][d]: embeddings. Weights are zero. */
fal_status fal_gcn_create(const float *pool, int64_t n, const float *labelled, int64_t m, int d, fal_gcn *gcn);
/** What it takes in memory, for n + m nodes. */
size_t fal_gcn_bytes(int64_t nodes, int d);
void fal_gcn_destroy(fal_gcn *gcn);
/** Uniform starting weights, from the stream with epoch = number of the tensor. */
void fal_gcn_start(fal_gcn *gcn, const fal_rng *rng);
/** hidden and output from weights. */
void fal_gcn_forward(fal_gcn *gcn);
/** - mean over labelled of ln s - 1.2 * mean over pool of ln(1 - s), of the last forward pass. */
double fal_gcn_loss(const fal_gcn *gcn);
/** Gradient of the loss (without the L2 term) of the last forward pass. */
void fal_gcn_backward(fal_gcn *gcn);
/** One step of Adam with L2. */
void fal_gcn_step(fal_gcn *gcn);

#endif
