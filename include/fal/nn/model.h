/* A network: a list of layers over one flat parameter block (algorithms.md section 4).
 *
 * The description is immutable and shared; weights live in plain float arrays of fal_model_size floats that the caller
 * owns. Trained tensors come first (one contiguous range, so SGD and FL algorithms see one vector), running statistics
 * after them. Inside a tensor the axis order is PyTorch's ([co][ci][kh][kw], [out][in]). */
#ifndef FAL_NN_MODEL_H
#define FAL_NN_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/random.h"
#include "fal/base/status.h"

typedef struct {
    char architecture[32]; /* a name of FAL_MODEL_LIST */
    int h, w, c;
    int classes;
    int width; /* channels of cnn4conv's convolutions: 64; tests use less */
} fal_model_shape;

typedef struct {
    char name[64]; /* PyTorch state-dict name */
    int rank;
    int dims[4];
    size_t offset; /* in floats, a multiple of 16 */
    size_t count;
    bool trained;
} fal_tensor;

/** A convolution layer is convolution + BN [+ residual] [+ ReLU] [+ 2x2 max-pooling] in one, so that kernels can fuse.
 */
typedef enum { FAL_LAYER_CONV, FAL_LAYER_AVERAGE_POOL, FAL_LAYER_LINEAR } fal_layer_kind;

typedef struct {
    fal_layer_kind kind;
    int input;      /* layer whose output it reads; -1: the image */
    int residual;   /* layer whose output is added before ReLU; -1: none */
    int h, w, ci;   /* input */
    int hc, wc, co; /* convolution output */
    int ho, wo;     /* layer output (after pooling) */
    int kernel, stride, pad, groups;
    bool relu, max_pool;
    int pool;         /* window of an average-pooling layer; 0: global */
    int weight, bias; /* tensor numbers; -1: none */
    int gamma, beta, mean, var;
} fal_layer;

typedef struct fal_model fal_model;

/** FAL_ERR_USAGE for an unknown architecture or an image too small for it. */
fal_status fal_model_create(const fal_model_shape *shape, fal_model **model);
void fal_model_destroy(fal_model *model);
const fal_model_shape *fal_model_shape_of(const fal_model *model);
/** Floats of a parameter block; of its trained part, which comes first. Gaps between tensors are zero. */
size_t fal_model_size(const fal_model *model);
size_t fal_model_trained(const fal_model *model);
/** Trained parameters without gaps: what people call the model's size. */
int64_t fal_model_parameter_count(const fal_model *model);
int fal_model_embedding(const fal_model *model);                         /* d */
const fal_tensor *fal_model_tensors(const fal_model *model, int *count); /* in state-dict order */
const fal_layer *fal_model_layers(const fal_model *model, int *count);
/** State-dict names include num_batches_tracked: one per BN layer; name of number i, NULL past the end. */
const char *fal_model_counter_name(const fal_model *model, int i);

/** Name of the tensor [width] that tells how wide a stored model of this architecture is; NULL: all have one width, or
 *  there is no such architecture. */
const char *fal_model_width_tensor(const char *architecture);

/** Fresh weights (algorithms.md section 4, Initial values), a function of the address: tensor t is fl_round = t. */
void fal_model_init(const fal_model *model, const fal_rng *rng, float *params);

#endif
