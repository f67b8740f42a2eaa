/* Where a unit keeps what: shared by unit.c (forward) and unit_backward.c. */
#ifndef FAL_NN_KERNELS_UNIT_INTERNAL_H
#define FAL_NN_KERNELS_UNIT_INTERNAL_H

#include "unit.h"

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
} fal_unit_place;

/** state and scratch may be NULL: sizes only. */
fal_unit_place fal_unit_place_of(const fal_layer *layer, const fal_kernel_use *use, const fal_unit_product *product,
                                 void *state, void *scratch);
fal_unit_place fal_unit_place_call(const fal_conv_call *call, const fal_unit_product *product);

typedef struct {
    const fal_conv_call *call;
    const fal_unit_product *product;
    fal_unit_place place;
} fal_unit_work;

/** The calling thread's image of z or dz, and its buffer. */
float *fal_unit_thread_image(const fal_unit_work *work);
void *fal_unit_thread_buffer(const fal_unit_work *work);

#endif
