/* A dataset as files that other programs read: the way back of fal_data import. */
#ifndef FAL_DATA_EXPORT_H
#define FAL_DATA_EXPORT_H

#include <stdint.h>

#include "fal/base/status.h"

/** Called for each window of images that is done; or NULL. */
typedef struct {
    void (*tell)(void *context, int64_t done, int64_t total);
    void *context;
} fal_export_progress;

/** PNG files: train/CLASS/000123.png and test/CLASS/000123.png, the row being the name; images without a label in
 *  train/unlabelled; with sites train/SITE/CLASS. classes.txt has the names of the class folders in the order of their
 *  labels, %XX standing for what a folder cannot be called. `fal_data import folder` makes the same images and labels
 * of it, in the same order. `folder` must be new or empty, and is put in place as a whole; FAL_STOPPED
 *  if fal_stop_requests asks for it meanwhile. */
fal_status fal_export_png(const char *path, const char *folder, const fal_export_progress *progress);

/** A NumPy archive (stored, not compressed): x_train, x_test uint8 [n][h][w] or [n][h][w][3], y_train, y_test int64
 * [n], -1 without a label; class_names; with sites an array sites int32 [n]. Built in memory; replaces `file` as a
 * whole. */
fal_status fal_export_npz(const char *path, const char *file, const fal_export_progress *progress);

#endif
