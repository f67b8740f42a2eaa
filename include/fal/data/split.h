/* A dataset as several, one per site or client, and several as one. */
#ifndef FAL_DATA_SPLIT_H
#define FAL_DATA_SPLIT_H

#include "fal/data/dataset.h"

/** The part of one client: its training images in the order of their rows, without /train/site, and its block of the
 *  test images. Blocks of neighbours, the first n_test mod clients of them one image larger, so that the parts one
 * after the other have the test images in their order. dataset: all images loaded. client_of [n_train]; -1: in no part.
 *  parts out: arrays of its own (fal_dataset_parts_destroy), and the dataset's name. FAL_ERR_INPUT: no image is its. */
fal_status fal_split_take(const fal_dataset *dataset, const int32_t *client_of, int clients, int client,
                          fal_dataset_parts *parts);
/** All images of the files one after the other, with the place of the file as /train/site; /train/site of the files is
 *  not looked at. They must agree in kind and constants (fal_dataset_check_kind). Every checksum is compared. parts
 * out: arrays of its own; the name is the caller's matter. */
fal_status fal_split_join(const char *const *paths, int count, fal_dataset_parts *parts);

#endif
