/* The end of a network: the last map as embeddings, the linear layer, softmax cross-entropy. Plain loops with sums in
 * double: it is a thousandth of a step's work. */
#ifndef FAL_NN_HEAD_H
#define FAL_NN_HEAD_H

#include "kernels/kernels.h"

typedef struct {
    const float *weight, *bias; /* [classes][d], [classes] */
    int d, classes;
} fal_head;

/** embedding [n][d] = the map's images, channel-major (c, h, w). */
void fal_head_flatten(const fal_map *map, int n, float *embedding);
/** The reverse: the inside of a gradient map from [n][d]. */
void fal_head_unflatten(const float *gradient, int n, const fal_map *map);

/** logits [n][classes] = embedding weight' + bias. */
void fal_head_forward(const fal_head *head, int n, const float *embedding, float *logits);

/** Mean cross-entropy; dlogits [n][classes] (NULL: not wanted) its gradient; correct: how many images' largest logit
 *  is the label. */
double fal_head_loss(int classes, int n, const float *logits, const int32_t *labels, float *dlogits, int64_t *correct);

/** dweight, dbias overwritten, dembedding [n][d]. */
void fal_head_backward(const fal_head *head, int n, const float *embedding, const float *dlogits, float *dweight,
                       float *dbias, float *dembedding);

#endif
