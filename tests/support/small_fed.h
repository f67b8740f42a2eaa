/* A small federated problem in memory for tests: synthetic 16x16x3 images of 5 classes, cnn4conv. */
#ifndef FAL_TESTS_SMALL_FED_H
#define FAL_TESTS_SMALL_FED_H

#include "fal/base/params.h"
#include "fal/data/dataset.h"
#include "fal/data/pool.h"
#include "fal/train/trainer.h"

enum { SMALL_CLIENTS = 7, SMALL_TRAIN = 140, SMALL_TEST = 53, SMALL_CLASSES = 5 };

typedef struct {
    fal_model *model;
    fal_dataset dataset;             /* all training images; test images as asked for */
    fal_pool pools[SMALL_CLIENTS];   /* 20 images each */
    int64_t labelled[SMALL_CLIENTS]; /* 12, 0, 5, 16, 1, 20, 9 of them */
    fal_train_settings train;        /* 2 epochs, batch 8, flips */
} small_fed;

/** Test images test_first .. test_first + test_held - 1 are held. width: channels of the convolutions; 64 takes the
 *  kernels of the real network. */
fal_status small_fed_create(small_fed *small, int width, int64_t test_first, int64_t test_held);
void small_fed_destroy(small_fed *small);
/** Fresh weights, the same each time; release with fal_free. */
fal_status small_fed_params(const small_fed *small, float **params);
/** The program's parameters with one of them set (name NULL: all defaults), for fal_fed_settings. */
fal_status small_fed_options(const char *name, const char *value, fal_params **params);

#endif
