/* Where a unit keeps what: shared by forward.c (forward) and backward.c. */
#ifndef FAL_NN_KERNELS_PLAIN_PLAIN_INTERNAL_H
#define FAL_NN_KERNELS_PLAIN_PLAIN_INTERNAL_H

#include "plain.h"

typedef struct {
    size_t pixels;  /* hc wc */
    size_t z_image; /* floats of an image's z */
    size_t y_image; /* pooled values of an image */
    size_t weights; /* elements of the weight tensor */
    /* state */
    float *weight;     /* [kh][kw][ci / groups][co] */
    double *mean;      /* [co] batch mean of z; as inference sees it: running mean without bias */
    double *inverse;   /* [co] 1 / sqrt(var + eps) */
    double *scale;     /* [co] gamma inverse */
    float *z;          /* training: [batch][hc][wc][co] */
    uint8_t *position; /* training with pooling: [batch][ho][wo][co], 0..3 in row order */
    /* scratch */
    double *sums;                       /* [FAL_PIECES][2][co] */
    unsigned char *gradient;            /* [FAL_PIECES][weights], float or double */
    unsigned char *threads;             /* per thread: z or dz of an image, the product's buffer */
    size_t thread_bytes, thread_buffer; /* of a thread; from its start to the product's buffer */
    size_t state_bytes, scratch_bytes;
} fal_plain_place;

/** state and scratch may be NULL: sizes only. */
fal_plain_place fal_plain_place_of(const fal_layer *layer, const fal_kernel_use *use, const fal_plain_product *product,
                                   void *state, void *scratch);
fal_plain_place fal_plain_place_call(const fal_conv_call *call, const fal_plain_product *product);

typedef struct {
    const fal_conv_call *call;
    const fal_plain_product *product;
    fal_plain_place place;
} fal_plain_work;

/** The calling thread's image of z or dz, and its buffer. */
float *fal_plain_thread_image(const fal_plain_work *work);
void *fal_plain_thread_buffer(const fal_plain_work *work);

#endif
