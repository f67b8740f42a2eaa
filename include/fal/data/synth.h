/* The built-in data set: colour images of ten classes of drawn objects (docs/data.md).
 *
 * Most images are variations of a scene, of which some are frequent and some rare; the rest stand alone, down to small,
 * occluded, low-contrast ones. So labels differ in worth, as in the data that active learning is for. */
#ifndef FAL_DATA_SYNTH_H
#define FAL_DATA_SYNTH_H

#include <stdint.h>

#include "fal/base/status.h"
#include "fal/data/dataset.h"

enum {
    FAL_SYNTH_CLASSES = 10,
    FAL_SYNTH_SIDE_MIN = 16,
    FAL_SYNTH_SIDE_MAX = 256,
    FAL_SYNTH_SCENES = 120, /* the usual number of them */
    FAL_SYNTH_SCENES_MAX = 10000
};

typedef struct {
    uint64_t seed;
    int64_t n_train, n_test; /* images; equal counts per class, up to one */
    int classes;             /* 2 .. FAL_SYNTH_CLASSES: the first ones */
    int side;                /* pixels, FAL_SYNTH_SIDE_MIN .. FAL_SYNTH_SIDE_MAX */
    int scenes;              /* 1 .. FAL_SYNTH_SCENES_MAX: of a class, which most of its images repeat */
} fal_synth_settings;

/** Draw the data set: colour images, labels, class names, constants; *parts is filled anew (caller destroys it).
 *
 *  Image i of a split is a function of (seed, split, i, classes, side, scenes), so a larger set begins with the smaller
 *  one. Same bits for any number of threads. FAL_ERR_USAGE for settings out of range. */
fal_status fal_synth_make(const fal_synth_settings *settings, fal_dataset_parts *parts);

#endif
