/* Names of the files that a job writes (formats.md section 3). */
#ifndef FAL_RESULTS_NAMES_H
#define FAL_RESULTS_NAMES_H

#include <stdbool.h>

#include "fal/base/params.h"
#include "fal/io/file.h"

enum { FAL_PATH_MAX = 4096 };

/* Endings beside "X.h5", the results; its lock is "X.h5" FAL_LOCK_ENDING. */
#define FAL_ENDING_CHECKPOINT ".ckpt.h5"
#define FAL_ENDING_PREVIOUS ".ckpt.prev.h5"
/* Beside them, too: what people answered (answers.h), and the folder in which they are asked (query_folder.h). */
#define FAL_ENDING_ANSWERS ".answers.h5"
#define FAL_ENDING_QUERY_FOLDER ".query"
/* What fal_query writes for a prefix. */
#define FAL_ENDING_QUERY_H5 ".query.h5"
#define FAL_ENDING_QUERY_CSV ".query.csv"
/* In an output folder: asks its jobs to stop. */
#define FAL_STOP_FILE "STOP"

/** "X.ckpt.h5" or (previous) "X.ckpt.prev.h5" for the results "X.h5". */
void fal_name_checkpoint(const char *results, bool previous, char path[FAL_PATH_MAX]);
/** "X.client_02.state" or (previous) "X.client_02.prev.state" for the results "X.h5": what a site keeps of a stopped
 *  trial for itself. FAL_ERR_USAGE: too long, as for all that follow. */
fal_status fal_name_client_state(const char *results, int64_t client, bool previous, char path[FAL_PATH_MAX]);
/** "X.answers.h5" for the results "X.h5". */
fal_status fal_name_answers(const char *results, char path[FAL_PATH_MAX]);
/** "X.query/round_03/client_02" for the results "X.h5" (or, for fal_query, "X" of any ending). al_round from 1, client
 *  from 0. */
fal_status fal_name_query_folder(const char *results, int64_t al_round, int64_t client, char path[FAL_PATH_MAX]);
fal_status fal_name_lock(const char *results, char path[FAL_PATH_MAX]);
/** Could a file of this name be results? What the job keeps beside them is not. */
bool fal_name_may_be_results(const char *name);

/** <dataset>[_<parameter>-<value>...][_<label>] of a trial's parameters, one value each: those that differ from
 *  `defaults`, sorted by name, without strategy and seed. */
fal_status fal_name_setting(const fal_params *one, const fal_params *defaults, const char *dataset, char setting[1024]);
/** OUTPUT/<setting>_<strategy>_s<seed>.h5. FAL_ERR_USAGE: too long. */
fal_status fal_name_results(const char *output, const char *setting, const char *strategy, int64_t seed,
                            char path[FAL_PATH_MAX]);

#endif
