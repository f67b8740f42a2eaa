/* The trials of a job: the cross product of its list values, and the name of each trial's results. */
#ifndef FAL_EXPERIMENT_PLAN_H
#define FAL_EXPERIMENT_PLAN_H

#include "fal/base/text.h"
#include "fal/experiment/settings.h"
#include "fal/results/identity.h"

/** A trial of the job and, once fal_plan_settle was called, what it computes. */
typedef struct {
    fal_trial_id id;
    fal_settings settings;
} fal_planned;

typedef struct {
    fal_planned *trials;
    int count;
} fal_plan;

/** Strategies vary fastest, then seeds, then the other lists: comparisons of all strategies are complete early. A
 *  dataset's attributes come as parameters already set; `defaults` holds the values that names leave out.
 *  FAL_ERR_USAGE: two trials of one name (a value listed twice), a name too long, or more than 100,000 trials. */
fal_status fal_plan_make(const fal_params *params, const fal_params *defaults, const fal_dataset *dataset,
                         fal_plan *plan);
/** The settings of every trial, which must be able to run on this dataset: before the first one starts, so that a
 *  misspelt name does not end a job after hours. FAL_ERR_USAGE or FAL_ERR_INPUT: the first that cannot; or embeddings
 *  are given, and no trial reads them. */
fal_status fal_plan_settle(fal_plan *plan, const fal_dataset *dataset);
/** settings.embeddings_d of every trial that reads embeddings. FAL_ERR_INPUT: their file cannot be read, or is not one
 *  row per training image. */
fal_status fal_plan_read_widths(fal_plan *plan, const fal_dataset *dataset);
/** Digests of the files that parameters name, so that results are told from those of a file that was changed since.
 *  Files of ours by their science (fal_digest_file), CSV by its bytes, embeddings by their values. FAL_ERR_INPUT: one
 *  cannot be read. */
fal_status fal_plan_read_files(fal_plan *plan, const fal_dataset *dataset);
/** Read every HDF5 file that the job's trials are going to read, by the same functions: partitions, models, and what is
 *  there already of their results, checkpoints and answers. For a child process (fal/io/look.h): what a trial would
 *  refuse or do without is no failure here, but a file that crashes the reader does so here. FAL_ERR_INPUT: a file that
 *  parameters name cannot be read. Takes the digests as fal_plan_read_files does. */
fal_status fal_plan_look(fal_plan *plan, const fal_dataset *dataset);
/** After the files that a trial's parameters name were read: are they still what they were when the job started? (But
 *  embeddings: fal_local_images_embed.) FAL_ERR_INPUT: one is not. */
fal_status fal_plan_compare_files(const fal_trial_id *trial);
/** FAL_ERR_USAGE if results, checkpoints or locks would be written over the dataset, a partition or model file, or an
 *  INI file that parameters come from. Not collective: one rank looks, the others agree. */
fal_status fal_plan_check_outputs(const fal_plan *plan, const char *dataset);
/** Keep only one trial. */
void fal_plan_keep(fal_plan *plan, int index);
void fal_plan_destroy(fal_plan *plan);
/** For --list-trials: index, strategy, seed and results name per line. */
fal_status fal_plan_list(const fal_plan *plan, fal_text *text);

/** Set what the dataset brings (augment; where each site has its file also the partition) below the configuration files
 * in precedence. */
fal_status fal_plan_dataset_defaults(const fal_dataset *dataset, fal_params *params);

#endif
