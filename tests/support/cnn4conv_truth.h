/* One training pass of cnn4conv in double precision, by the formulas as they stand in a textbook. */
#ifndef FAL_TESTS_CNN4CONV_TRUTH_H
#define FAL_TESTS_CNN4CONV_TRUTH_H

#include "support.h"

#include "fal/nn/model.h"

typedef struct fal_test_cnn4conv fal_test_cnn4conv;

/** For batches of n images; model stays the caller's. */
fal_test_cnn4conv *fal_test_cnn4conv_create(const fal_model *model, int n);
void fal_test_cnn4conv_destroy(fal_test_cnn4conv *truth);

/** From now on every product of the network, forward and backward, is off by normal noise of `factor` times what a
 *  float32 sum of as many terms is off by at most (tests/support/unit_truth.c), `draw` says which; factor 0: exact
 * again. How far such a pass ends from the exact one is how far a float32 pass may. */
void fal_test_cnn4conv_noise(fal_test_cnn4conv *truth, double factor, uint32_t draw);
/** params as for a net, x [n][h][w][c]. */
void fal_test_cnn4conv_forward(fal_test_cnn4conv *truth, const float *params, const float *x);
/** After forward. gradient [trained], loss: mean cross-entropy. */
void fal_test_cnn4conv_backward(fal_test_cnn4conv *truth, const int32_t *labels, double *gradient, double *loss);
/** Have the last forward passes of both decided alike in every ReLU and pooling window? */
bool fal_test_cnn4conv_decide_alike(const fal_test_cnn4conv *a, const fal_test_cnn4conv *b);

#endif
