/* A convolution unit on its own: one kernel, one layer, random or given contents, and the same in double precision by
 * plain formulas. For tests of kernels. */
#ifndef FAL_TESTS_UNIT_H
#define FAL_TESTS_UNIT_H

#include "support.h"

#include "fal/base/memory.h"
#include "nn/kernels/kernels.h"

typedef struct {
    fal_layer layer; /* kernel, stride, pad, groups, relu, max_pool, h, w, ci, co given; the rest is worked out */
    const fal_conv_kernel *kernel;
    int n;
    fal_kernel_use use;
    fal_conv_call call; /* all pointers set; dx, residual, dresidual as wanted */
    float *images;      /* dense x [n][h][w][ci] */
    float *weight, *bias, *gamma, *beta, *mean, *var;
    fal_arena arena;
} fal_test_unit;

/** Everything random: x and weights normal, gamma of both signs, dy normal. with_residual: also a residual map. */
void fal_test_unit_create(fal_test_unit *unit, const fal_layer *layer, const fal_conv_kernel *kernel, int n,
                          bool with_residual);
void fal_test_unit_destroy(fal_test_unit *unit);
/** After images, or the residual in its map, were changed: copy images into the bordered map. */
void fal_test_unit_load(fal_test_unit *unit);
void fal_test_unit_train(fal_test_unit *unit);
void fal_test_unit_infer(fal_test_unit *unit);
void fal_test_unit_backward(fal_test_unit *unit);

/** How much larger than that of a plain sum of products the rounding of an implementation is: its products, and those
 *  of its gradients of the input and of the weights. `mixes`: an output takes rounding from its neighbours, too. */
typedef struct {
    double forward, data, weight;
    bool mixes;
} fal_test_rounding;
enum { FAL_TEST_PLAIN, FAL_TEST_PAIRS, FAL_TEST_WINOGRAD, FAL_TEST_WINOGRAD_PAIRS, FAL_TEST_ROUNDINGS };
extern const fal_test_rounding fal_test_roundings[FAL_TEST_ROUNDINGS];
const fal_test_rounding *fal_test_rounding_of(const fal_conv_kernel *kernel);
/** The CPU as it is, with all kernels that run on it, be they slower there. */
fal_cpu fal_test_cpu(void);
/** Instruction sets that kernels are compiled for, best first, then "blas"; NULL past the end. */
const char *fal_test_set(int number);
/** The best instruction set of a CPU from number `from` of the list on; "blas" if it has none of them. */
const char *fal_test_best_set(const fal_cpu *cpu, int from);
/** The name of the kernels of a 3x3 layer with that set: products in pairs where CPU and set serve them. */
const char *fal_test_best_winograd(const fal_cpu *cpu, int from);

/** What the unit should give, NHWC without border, and how far off float32 may be (unit_truth.c says how it is worked
 *  out): a kernel is right if it is within FAL_TEST_DEVIATIONS of these errors everywhere. */
typedef struct {
    double *y, *y_infer; /* [n][ho][wo][co] */
    double *dx;          /* [n][h][w][ci] */
    double *dresidual;   /* [n][hc][wc][co] */
    double *dweight, *dgamma, *dbeta, *mean, *var;
    double *y_error, *y_infer_error, *dx_error, *dresidual_error, *dweight_error, *dgamma_error, *dbeta_error;
    double *mean_error, *var_error;
    unsigned char *undecided; /* [n][ho][wo][co]: rounding decides ReLU or pooling here, so dy counts as zero */
    size_t undecided_count;
    fal_arena arena;
} fal_test_truth;
enum { FAL_TEST_DEVIATIONS = 4 };
/** From the unit's inputs as they are now (before training: running statistics and add flags count as they are). */
void fal_test_truth_create(const fal_test_unit *unit, const fal_test_rounding *rounding, fal_test_truth *truth);
void fal_test_truth_destroy(fal_test_truth *truth);
/** dy := 0 where the truth is undecided: before backward. */
void fal_test_unit_silence(fal_test_unit *unit, const fal_test_truth *truth);

/** The largest |value - truth| / error over arrays, over what is inside a map; infinite for a NaN. */
double fal_test_worst(const float *values, const double *truth, const double *error, size_t count);
double fal_test_map_worst(const fal_map *map, int n, const double *truth, const double *error);

/** max |map - truth| / max |truth| over what is inside the map. */
double fal_test_map_error(const fal_map *map, int n, const double *truth);
/** Largest absolute value outside h x w. */
double fal_test_map_border(const fal_map *map, int n);

#endif
