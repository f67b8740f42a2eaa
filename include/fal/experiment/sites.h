/* The data set of a job: one file that all ranks read, or one file per site, each of which is opened by the rank that
 * has the site as its client, and by no other. */
#ifndef FAL_EXPERIMENT_SITES_H
#define FAL_EXPERIMENT_SITES_H

#include "fal/base/params.h"
#include "fal/comm/comm.h"
#include "fal/data/dataset.h"

/** Open what the command names. paths [count], the same on all ranks. One path: fal_dataset_open on every rank.
 * Several: client k is the site of paths[k]; a rank opens the files of its own clients, world rank 0 also that of
 * --test. Shape, class names, constants and augmentation must agree; what the ranks learn of each other's files is
 * their names and checksums, numbers of images and of each class, and which rows have a label. The parameters mean and
 * std are used here. dataset (zeroed) out: as fal_dataset_compose describes, in which rows are those of the files one
 * after the other. FAL_ERR_USAGE: the ranks were given different paths, there are more ranks than sites, or parameters
 * do not go with this. FAL_ERR_INPUT: a file is not what it should be. Collective over the world, agreed. */
fal_status fal_sites_open(const fal_comm *world, const char *const *paths, int count, const fal_params *params,
                          fal_dataset *dataset);

#endif
