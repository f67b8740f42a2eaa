/* Reference numbers of whole networks (FAL_REFERENCE): the number generator, start values, batches, and
 * comparison with tensors that are stored in full or only described (norm, dot product, samples). */
#ifndef FAL_TESTS_NN_REFERENCE_H
#define FAL_TESTS_NN_REFERENCE_H

#include "support.h"

#include "fal/io/h5.h"
#include "fal/nn/model.h"

/** u(i) in (-2^s, 2^s) of stream (seed, id). */
double fal_test_generator(uint64_t seed, uint64_t id, uint64_t i, int s);
/** A start value: mode 0: offset + u(i); mode 1: offset or -offset, three quarters positive. */
float fal_test_generator_value(uint64_t seed, uint64_t id, uint64_t i, int s, float offset, int mode);

typedef struct {
    fal_h5 *file;
    const char *group; /* "" or "/natural" */
    fal_model *model;
    uint64_t seed;
    float *start; /* [size] start values from the generator */
    int64_t *id, *index, *log2_scale, *mode, *sample;
    float *offset;
    int tensors;
} fal_test_network;

void fal_test_network_open(fal_test_network *net, const char *path, const char *group, const fal_model_shape *shape);
void fal_test_network_close(fal_test_network *net);

/** Whole dataset of doubles, or of float32 or int64 values; fal_free. `path` below the group. */
double *fal_test_network_doubles(const fal_test_network *net, const char *path, size_t *count);
int64_t *fal_test_network_integers(const fal_test_network *net, const char *path, size_t *count);
/** Dataset of float32 images [n][c][h][w] as [n][h][w][c]. */
float *fal_test_network_images(const fal_test_network *net, const char *path, int *n);
int64_t fal_test_network_integer(const fal_test_network *net, const char *path, const char *attribute);

typedef enum { FAL_TEST_TRAINED, FAL_TEST_RUNNING, FAL_TEST_ALL } fal_test_sort;

/** How far `values` (a parameter block or a gradient) are from the tensors described in group `path`, in units of
 *  |r| + 0.01 |R|: the largest of all tensors over norms, samples, dot / 4 and, where stored, the whole difference.
 *  r is the tensor's own size: of the reference, or, with `start`, of the update values - start. */
double fal_test_network_error(const fal_test_network *net, const char *path, fal_test_sort sort, const float *values,
                              const float *start);
/** |a - b| / |b| over all running statistics together, where stored in full; else over their samples. */
double fal_test_network_running_error(const fal_test_network *net, const char *path, const float *values);

/** |a - b| / |b|. */
double fal_test_relative(const float *a, const double *b, size_t count);

#endif
