/* The graph network of gcnal in double precision, by the formulas as they stand (algorithms.md section 5), and what
 * float32 may make of its gradients. */
#ifndef FAL_TESTS_GCN_TRUTH_H
#define FAL_TESTS_GCN_TRUTH_H

#include "support.h"

#include "query/gcn.h"

typedef struct {
    int64_t nodes, labelled;
    int d;
    double *x, *ax;  /* [nodes][d] unit rows; A' x */
    double *ax_size; /* [nodes][d] of the terms that ax is a sum of */
    double *inverse; /* [nodes] 1 / D */
    double *hidden;  /* [nodes][FAL_GCN_HIDDEN] of the last pass */
    double *output;  /* [nodes] before the sigmoid */
    double loss;
    fal_gcn_weights gradient; /* without the L2 term */
    fal_gcn_weights error;    /* what float32 may be off by in the gradient */
    double rounding;          /* of float32 sums over nodes and over d: of the sum of their terms' sizes */
} fal_test_gcn;

void fal_test_gcn_create(const float *pool, int64_t n, const float *labelled, int64_t m, int d, fal_test_gcn *gcn);
void fal_test_gcn_destroy(fal_test_gcn *gcn);
/** Forward and backward; mask as in fal_gcn, NULL: no dropout. */
void fal_test_gcn_pass(fal_test_gcn *gcn, const fal_gcn_weights *weight, const unsigned char *mask);

/** Parts of weights as arrays: w1, b1, w3, b3. */
enum { FAL_TEST_GCN_PARTS = 4 };
double *fal_test_gcn_part(fal_gcn_weights *weights, int part);
int64_t fal_test_gcn_count(int d, int part);

#endif
