/* Shared by dataset*.c and describe.c: how labels and images enter checksums, what a wrong one is called, which names
 * are accepted, what is said of arrays of another shape. */
#ifndef FAL_DATA_DATASET_INTERNAL_H
#define FAL_DATA_DATASET_INTERNAL_H

#include <stdint.h>

#include "fal/base/hash.h"
#include "fal/data/dataset.h"
#include "fal/io/h5.h"

/** The files that the images lie in, *files [returned]: dataset->files, or *only, the one that `path` names, with the
 * sums of its images. */
int fal_dataset_list_files(const fal_dataset *dataset, fal_dataset_file *only, const fal_dataset_file **files);

/** As int16 little-endian, on every machine. */
void fal_dataset_hash_labels(fal_hash *hash, const int16_t *labels, int64_t count);
fal_status fal_dataset_labels_sha256(const int16_t *labels, int64_t count, char sha256[FAL_HASH_TEXT]);
/** fal_dataset_visit in an open file: all n images of "/train/images" or "/test/images". */
fal_status fal_dataset_visit_rows(const fal_dataset *dataset, fal_h5 *file, const char *path, int64_t n,
                                  fal_dataset_visitor visit, void *context);
/** Of all n images of "/train/images" or "/test/images", read in windows; marks [n] out, may be NULL. */
fal_status fal_dataset_images_sha256(const fal_dataset *dataset, fal_h5 *file, const char *path, int64_t n,
                                     uint64_t *marks, char sha256[FAL_HASH_TEXT]);
/** FAL_ERR_INPUT unless the SHA-256 of the array of `path` is the one that the file states. */
fal_status fal_dataset_compare_sha256(const char *path, const char *array, const char *stated, const char *found);
/** All images that are held against their marks, which must be there. */
fal_status fal_dataset_compare_marks(const fal_dataset *dataset);

/** The one check of class names, for readers and writers: there are some, each is printable and different. `where`
 * begins the message. names [count][FAL_NAME_MAX]. FAL_ERR_INPUT. */
fal_status fal_dataset_check_class_names(const char *where, const char *names, int count);

/** FAL_ERR_INPUT for images or labels of this type and shape: what is there, what is wanted, and how to get there. */
fal_status fal_dataset_fail_images(const char *file, const char *array, const fal_h5_shape *shape);
fal_status fal_dataset_fail_labels(const char *file, const char *array, const fal_h5_shape *shape);

#endif
