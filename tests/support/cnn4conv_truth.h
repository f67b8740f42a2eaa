/* One training pass of cnn4conv in double precision, by the formulas as they stand in a textbook. */
#ifndef FAL_TESTS_CNN4CONV_TRUTH_H
#define FAL_TESTS_CNN4CONV_TRUTH_H

#include "support.h"

#include "fal/nn/model.h"

typedef struct fal_test_cnn4conv fal_test_cnn4conv;

/** For batches of n images; model stays the caller's. */
fal_test_cnn4conv *fal_test_cnn4conv_create(const fal_model *model, int n);
void fal_test_cnn4conv_destroy(fal_test_cnn4conv *truth);

/** params as for a net, x [n][h][w][c]. The smallest distance, in units of BN's output, of any ReLU from its kink and
 * of any open pooling window's winner from the second: a float32 pass with smaller errors decides everywhere alike. */
double fal_test_cnn4conv_forward(fal_test_cnn4conv *truth, const float *params, const float *x);
/** After forward. gradient [trained], loss: mean cross-entropy. */
void fal_test_cnn4conv_backward(fal_test_cnn4conv *truth, const int32_t *labels, double *gradient, double *loss);

#endif
