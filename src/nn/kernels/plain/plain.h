/* What surrounds a convolution in its unit: BN, residual, ReLU, pooling, and their gradients, for implementations that
 * compute z (the convolution's output) as a whole: reference.c, blas.c, depthwise.c. They bring the products.
 */
#ifndef FAL_NN_KERNELS_PLAIN_PLAIN_H
#define FAL_NN_KERNELS_PLAIN_PLAIN_H

#include "../kernels.h"

/** The three products of a convolution, for one image. Weights come as [kh][kw][ci / groups][co], z and dz are dense
 *  [hc][wc][co], without bias. `buffer` is the thread's own, buffer_bytes long, 64-byte aligned. */
struct fal_plain_product {
    size_t (*buffer_bytes)(const fal_layer *layer);
    bool sums_in_double; /* type of the weight gradient's sums */
    void (*forward)(const fal_layer *layer, const float *weight, const fal_map *x, int k, float *z, void *buffer);
    /** Adds to `sums`, laid out as the weights, float or double. */
    void (*weight_gradient)(const fal_layer *layer, const fal_map *x, int k, const float *dz, void *sums, void *buffer);
    /** Adds to image k of dx, whose border may be written too. */
    void (*input_gradient)(const fal_layer *layer, const float *weight, const float *dz, const fal_map *dx, int k,
                           void *buffer);
};

fal_kernel_bytes fal_plain_plan(const fal_layer *layer, const fal_kernel_use *use, const fal_plain_product *product);
void fal_plain_forward_train(const fal_conv_call *call, const fal_plain_product *product);
void fal_plain_prepare_infer(const fal_conv_call *call, const fal_plain_product *product);
void fal_plain_forward_infer(const fal_conv_call *call, const fal_plain_product *product);
void fal_plain_backward(const fal_conv_call *call, const fal_plain_product *product);

#endif
