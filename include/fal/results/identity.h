/* What decides a trial's result: written into results and checkpoints, and compared where such a file is met again. */
#ifndef FAL_RESULTS_IDENTITY_H
#define FAL_RESULTS_IDENTITY_H

#include "fal/base/hash.h"
#include "fal/base/params.h"
#include "fal/data/dataset.h"
#include "fal/io/h5.h"
#include "fal/nn/modelfile.h"
#include "fal/results/names.h"

/** One trial: its parameters, the content of the files that they name, and what it is called. */
typedef struct {
    fal_params *params; /* one value each */
    char setting[1024]; /* dataset and non-default parameters, without strategy and seed */
    char strategy[64];
    int64_t seed;
    char partition_digest[FAL_HASH_TEXT];  /* of the file that --partition names, once it was read; "": none */
    char init_model_digest[FAL_HASH_TEXT]; /* of --init-model's */
    char embeddings_digest[FAL_HASH_TEXT]; /* of the values of --embeddings' */
    char path[FAL_PATH_MAX];               /* OUTPUT/<setting>_<strategy>_s<seed>.h5 (formats.md section 3) */
} fal_trial_id;

/** Everything: parameters and digests of the files that they name in /parameters, the data set as root attributes. A
 *  parameter that version 0.1.0 did not have is left out at its default, so that it changes no digest there. */
fal_status fal_identity_put(fal_h5 *file, const fal_trial_id *trial, const fal_dataset *dataset);
/** Of that, /parameters alone. */
fal_status fal_identity_put_parameters(fal_h5 *file, const fal_trial_id *trial);
/** The first thing in which the file differs, fit for "of another ...", "" if in nothing. A parameter that the file
 * does not state had its default. *unsaid: the file is of a version that did not yet state mean, std, class names or
 * sites, so these were not compared. */
fal_status fal_identity_compare(fal_h5 *file, const fal_trial_id *trial, const fal_dataset *dataset, char *differs,
                                size_t size, bool *unsaid);
/** The first array of the data set in which the results or checkpoint file differs, fit for "of another ...", "" if in
 *  none. */
fal_status fal_identity_compare_arrays(fal_h5 *file, const fal_dataset *dataset, char *differs, size_t size);
/** The scientific parameters that the file states, below the command line in precedence. */
fal_status fal_identity_read_parameters(fal_h5 *file, fal_params *params);
/** Constants and class names of a data set, as model files are compared with them. Borrowed from `dataset`. */
fal_model_origin fal_identity_origin(const fal_dataset *dataset);
/** Of /train/site, int32 little-endian; "" without sites. */
fal_status fal_identity_site_sha256(const fal_dataset *dataset, char sha256[FAL_HASH_TEXT]);

/** What is said, once, of a file with *unsaid; its name follows. */
#define FAL_IDENTITY_UNSAID                                                                                            \
    "%s: an earlier version wrote this and did not state all of mean, std, class names and sites of its data: what "   \
    "is "                                                                                                              \
    "missing was not compared"

#endif
