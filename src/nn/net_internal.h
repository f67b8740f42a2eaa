/* A network at work: what is alive between the calls of net.h. Shared by net.c and net_pass.c.
 *
 * A training net keeps every layer's output and its gradient, and does inference, too, in the same maps, states and
 * scratch: nothing in them outlives a call but the zeros around the maps. An inference net keeps the outputs only.
 *
 * Training, and inference of nets with many weights: all threads work on one layer of the batch. Inference of nets with
 * few weights: each thread takes a small batch through all layers in a stream of its own (maps, scratch; what kernels
 * have prepared is shared), so that maps stay in its cache and nobody waits for the others between layers. Where the
 * first layers of a net with many weights have large maps and few weights, a few images at a time go through them. */
#ifndef FAL_NN_NET_INTERNAL_H
#define FAL_NN_NET_INTERNAL_H

#include "fal/base/memory.h"
#include "fal/nn/net.h"

#include "kernels/kernels.h"
#include "model_internal.h"

typedef struct {
    const fal_conv_kernel *kernel; /* of a convolution */
    void *state;
    fal_map y, dy;
    bool dy_written; /* in this backward pass */
} net_layer;

/** A way of working: what kernels are planned for, and how many batches go side by side. */
typedef struct {
    fal_kernel_use use; /* of one stream */
    int streams;
    int front_layers, images_at_once; /* the first so many layers see so many images at a time (front_layers.h) */
    size_t scratch;                   /* bytes of a stream */
} net_way;

struct fal_net {
    const fal_model *model;
    net_way train, infer; /* train: only if the net is for training */
    net_layer layers[FAL_MODEL_LAYERS_MAX];
    fal_map image; /* bordered copy of the images, if layer 0 wants one */
    unsigned char *scratch;
    float *embedding, *logits;   /* [images][d], [images][classes] */
    float *dembedding, *dlogits; /* the same, training */
    const char *kernels;
    fal_layer_seconds *profile; /* what the caller asked for */
    fal_layer_seconds *seconds; /* [streams][layers] while one runs */
    fal_arena arena;
};

#endif
