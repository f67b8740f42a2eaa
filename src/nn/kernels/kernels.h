/* The narrow interface between net.c and the kernels of convolution layers.
 *
 * One implementation is chosen per layer, from its shape and the CPU, when a net is created. A FAL_LAYER_CONV layer is
 * convolution + BN [+ residual] [+ ReLU] [+ 2x2 max-pooling] as a unit, so an implementation may fuse all of it; what
 * it needs in between (z, transformed inputs and weights, pooling positions, statistics, sums of pieces) is its own
 * state.
 *
 * Feature maps between layers are NHWC float32 with a border of one pixel, rounded up to whole 4x4 tiles:
 * [n][4 ceil(h/4) + 2][4 ceil(w/4) + 2][c], described by fal_map.
 *   - Activations (x, y, residual) are zero outside h x w, always: the net zeroes maps once, an implementation never
 *     writes anything but zero there.
 *   - Gradients (dx, dy, dresidual) hold anything outside h x w: read only what is inside.
 *
 * Order of work. Each function is called once per layer for the whole batch, outside any parallel region, and opens
 * its own fal_parallel_for. Sums over images go over fal_kernels_pieces(n) fixed pieces that depend on n only, each
 * summed in order, then added in piece order: the same bits for any number of threads.
 *   training   forward_train of every layer in order, then backward in reverse; parameters do not change in between
 *   inference  prepare_infer once for a set of parameters, then forward_infer for batch after batch
 *
 * Words, one for each thing:
 *   piece   of the batch: one of at most FAL_PIECES, in which sums over images are made
 *   bunch   neighbouring images whose sums are made in float
 *   group   images whose dz is kept at once (gemm/); of a convolution: channels that see each other only
 *   part    rows of a product that go through together, pixels that a partial sum belongs to
 *   cut     terms of a product's sums that are added in one go
 *   chunk   pixels that go through together
 *   run     numbers, or pixels of a row, that lie together
 *   range   neighbours in an order: tiles of the batch (winograd/), panels (gemm/)
 *   panel   columns of a matrix, as many as a register block is wide, that lie together
 *   block   of channels or tiles that go through together (winograd/); register block: rows x columns of a product
 *   pair    two terms of a sum that cost one multiplication (gemm/pairs.inc.h)
 *   slot    where a set of transformed tiles holds one of them (winograd/)
 *   item    what a thread takes at a time
 *
 * Semantics are PyTorch's (algorithms.md section 3, BN): reference.c is the truth. In training the convolution bias
 * only moves the running mean, its gradient is zero; the variance is two-pass or equally exact. Pooling ties go to the
 * first of the window in row order; ReLU passes no gradient at 0; a NaN stays a NaN. Padding is zero. */
#ifndef FAL_NN_KERNELS_KERNELS_H
#define FAL_NN_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fal/nn/model.h"
#include "fal/nn/net.h"
#include "fal/nn/winograd.h"

#include "simd/sets.h"

/** A map of a batch. at == NULL: there is none. */
typedef struct {
    float *at;         /* 64-byte aligned: top left corner of the border of image 0 */
    int h, w, c;       /* what counts */
    int rows, columns; /* with border, rounded up */
    size_t image;      /* floats from an image to the next */
} fal_map;

/** Pixel (i, j) of image k, c floats; i = -1 and j = -1 are the border. */
static inline float *fal_map_pixel(const fal_map *map, int k, int i, int j)
{
    return map->at + (size_t)k * map->image +
           ((size_t)(i + 1) * (size_t)map->columns + (size_t)(j + 1)) * (size_t)map->c;
}

/** Sizes of a map, at == NULL. */
fal_map fal_kernels_map(int h, int w, int c);

enum { FAL_PIECES = 4 };
#define FAL_BN_EPS 1e-5
#define FAL_BN_MOMENTUM 0.1

/** Pieces of a batch of n images: min(FAL_PIECES, n). Piece p holds images first(p) .. first(p + 1) - 1. */
int fal_kernels_pieces(int n);
int fal_kernels_piece_first(int n, int piece);

/** A block of transformed tiles and weights by themselves, for measurements: positions lie tile_step or weight_step
 *  floats apart. */
typedef struct {
    int positions, tiles, channels;
    size_t tile_step, weight_step;
    float *v, *m; /* [positions][tiles][channels] */
    float *u;     /* [positions][channels][channels] */
} fal_winograd_block;

/** What the CPU offers, as flags: one for each instruction set, by its name. */
#define FAL_CPU_FLAG(set, has) bool set;
typedef struct {
    FAL_SIMD_SETS(FAL_CPU_FLAG)
    bool adders; /* beside the multipliers, idle in a plain product: AMD's Zen */
} fal_cpu;

/** Plan or take: the next array of a block at base, 64-byte aligned, or NULL while base is; *used grows by its bytes,
 *  rounded as the arena rounds. What lays a block out is called twice, so plan and use can't differ. */
void *fal_kernels_take(void *base, size_t *used, size_t bytes);
/** The same for a map of so many images. */
fal_map fal_kernels_take_map(void *base, size_t *used, int images, int h, int w, int c);

/** What a net is for; all sizes are planned from it. */
typedef struct {
    int batch;     /* images at most in one call */
    bool training; /* false: forward_infer only */
    int threads;   /* that may work on a call; 1 in a net's stream */
} fal_kernel_use;

/** The calling thread's own part of a block that holds `bytes` for each of use->threads. */
void *fal_kernels_thread(void *block, size_t bytes, const fal_kernel_use *use);

/** Bytes that an implementation wants for one layer. */
typedef struct {
    size_t state;   /* its own, zeroed at creation, kept from call to call */
    size_t scratch; /* shared by all layers of the net (the largest wish is allocated): valid within one call only */
} fal_kernel_bytes;

/** One call. Pointers that do not apply are NULL. Tensors have PyTorch's axis order: weight [co][ci / groups][kh][kw].
 */
typedef struct {
    const fal_layer *layer;
    const fal_kernel_use *use;
    int n; /* images, 1 <= n <= use->batch */
    const float *weight, *bias, *gamma, *beta;
    const float *running_mean, *running_var; /* as they are: for infer */
    float *mean, *var;                       /* the same, for forward_train to move; NULL otherwise */
    const float *images; /* dense [n][h][w][ci], set instead of x where the implementation has reads_images */
    fal_map x, y, residual;
    fal_map dy;            /* gradient of y */
    fal_map dx, dresidual; /* gradients of x and residual; dx.at is NULL for the first layer */
    bool add_dx;           /* another consumer of the same map has been there: add instead of overwriting */
    bool add_dresidual;
    float *dweight, *dbias, *dgamma, *dbeta; /* overwritten, dbias with zeros */
    void *state, *scratch;                   /* 64-byte aligned, sizes as planned */
} fal_conv_call;

/** The products of a convolution alone (plain/plain.h): everything around them is the same code. */
typedef struct fal_plain_product fal_plain_product;

typedef struct {
    const char *family; /* "winograd", ...: the folder, but for "pairs" */
    const char *name;   /* "reference", "blas", "neon", "avx2", "avx512": recorded with the results */
    bool any_batch;     /* inference of an image costs as much, whether few or many images are in a call */
    bool reads_images;  /* as the first layer: takes the caller's dense images, no bordered copy is made */
    bool (*fits)(const fal_layer *layer, const fal_cpu *cpu);
    const fal_plain_product *product; /* set: in place of all functions below, which are NULL then */
    fal_kernel_bytes (*plan)(const fal_layer *layer, const fal_kernel_use *use);
    /** y from x with batch statistics; running statistics are moved; state keeps what backward needs. */
    void (*forward_train)(const fal_conv_call *call);
    /** Fold and transform the parameters into state; x and y are not set. NULL if there is nothing to prepare. */
    void (*prepare_infer)(const fal_conv_call *call);
    /** y from x with running statistics. */
    void (*forward_infer)(const fal_conv_call *call);
    /** From dy (and x, y as they were) all gradients. dy may be destroyed. */
    void (*backward)(const fal_conv_call *call);
    /** Winograd kernels: after backward, how long its steps take; `least` keeps what is smaller. Others: NULL. */
    void (*measure)(const fal_conv_call *call, fal_winograd_seconds *least);
    /** Winograd kernels: m = v u at all positions, and u += m' v; `best` keeps what is faster. Others: NULL. */
    void (*measure_products)(const fal_winograd_block *block, fal_winograd_gflops *best);
} fal_conv_kernel;

/** The kernels of an instruction set: each family's kernel*.c, compiled for it. */
#define FAL_VECTOR_KERNELS(X, set)                                                                                     \
    X(image, set)          /* cnn4conv's first layer */                                                                \
    X(winograd_pairs, set) /* 3x3, stride 1, with products in pairs */                                                 \
    X(winograd, set)       /* 3x3, stride 1 */                                                                         \
    X(pairs, set)          /* gemm with products in pairs */                                                           \
    X(gemm, set)           /* 1x1, stride 2, ... */                                                                    \
    X(depthwise, set)      /* 3x3 */
/** Those of any machine. */
#define FAL_PLAIN_KERNELS(X)                                                                                           \
    X(plain, depthwise) /* each channel by itself */                                                                   \
    X(plain, blas)      /* im2col + sgemm, any shape without groups */                                                 \
    X(plain, reference) /* plain loops, any shape */

/** All of them are fal_conv_<family>_<set or name>. Best first, set by set and then the plain ones: the first that fits
 *  a layer is taken. */
#define FAL_KERNEL_DECLARED(family, set) extern const fal_conv_kernel fal_conv_##family##_##set;
#define FAL_KERNELS_DECLARED(set, has) FAL_VECTOR_KERNELS(FAL_KERNEL_DECLARED, set)
FAL_SIMD_SETS(FAL_KERNELS_DECLARED)
FAL_PLAIN_KERNELS(FAL_KERNEL_DECLARED)

/** What this CPU has, or less: the environment variable FAL_KERNELS_ISA may be one of the instruction sets of this kind
 *  of machine, or blas (none of them), and takes away what stands above it; FAL_KERNELS_PAIRS says for a CPU of any
 *  maker whether it has `adders`: 0 or 1. */
fal_cpu fal_kernels_cpu(void);
/** FAL_ERR_USAGE if FAL_KERNELS_ISA names no instruction set that this program was built with. */
fal_status fal_kernels_check_environment(void);
/** The last instruction set of the list, which the most CPUs have; "blas" if there is none. */
const char *fal_kernels_common_set(void);
/** Implementation i, best first; NULL past the end. */
const fal_conv_kernel *fal_kernels_number(int i);
const fal_conv_kernel *fal_kernels_choose(const fal_layer *layer, const fal_cpu *cpu, fal_kernels kind);

/** The functions of a kernel, or those of plain/ with its product. */
fal_kernel_bytes fal_kernels_plan(const fal_conv_kernel *kernel, const fal_layer *layer, const fal_kernel_use *use);
void fal_kernels_forward_train(const fal_conv_kernel *kernel, const fal_conv_call *call);
void fal_kernels_prepare_infer(const fal_conv_kernel *kernel, const fal_conv_call *call);
void fal_kernels_forward_infer(const fal_conv_kernel *kernel, const fal_conv_call *call);
void fal_kernels_backward(const fal_conv_kernel *kernel, const fal_conv_call *call);

#endif
