/* A job under a scheduler's time limit: how often it has to be started, and the lines for sbatch. */
#ifndef FAL_EXPERIMENT_DRYRUN_LIMIT_INTERNAL_H
#define FAL_EXPERIMENT_DRYRUN_LIMIT_INTERNAL_H

#include "fal/base/text.h"

enum { FAL_SLURM_TIME = 32, FAL_LIMIT_SCRIPT = 4096 };

/** What one job of SLURM needs. */
typedef struct {
    double seconds; /* of work, as estimated */
    double all;     /* until the last of several is done */
    double round;   /* of its longest FL round */
    int ranks, threads;
    double mebibytes; /* per rank */
} fal_piece;

/** Starts that a piece needs where each has `hours`: 0 if not even an FL round fits into one. `seconds` is what to ask
 *  for, whole minutes, at most `hours`. The estimate is taken half as long again. */
int fal_limit_starts(const fal_piece *piece, double hours, double *seconds);

/** Less than a minute is no limit: FAL_ERR_USAGE. 0 (none) is fine. */
fal_status fal_limit_check(double hours);

/** "12:30:00", seconds cut off. */
void fal_limit_time(double seconds, char text[FAL_SLURM_TIME]);

/** A job script as sbatch is given it: in FAL_HPC_JOBS, which the modulefile sets, or in jobs of the sources. */
void fal_limit_script(const char *name, char path[FAL_LIMIT_SCRIPT]);

/** The estimate with its safety in whole quarters of an hour, as without a limit. */
double fal_limit_quarters(double seconds);

/** MiB per core for --mem-per-cpu: a third more, in steps of 64. */
double fal_limit_memory(const fal_piece *piece);

/** Lines for sbatch: `tasks` trials of which `at_once` run (an array; one trial: a single job), after it `whole` as one
 *  job with groups of `ranks_per_trial` ranks (NULL: none), and the report on the folder `output`. */
void fal_limit_describe(const fal_piece *task, int tasks, int at_once, const fal_piece *whole, int ranks_per_trial,
                        double hours, const char *output, fal_text *text);

#endif
