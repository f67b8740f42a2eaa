/* When a job's time is up: --max-hours from the start of the process, and the end that the scheduler gave the job,
 * whichever is earlier. Clocks come in as numbers, so that all of this is plain arithmetic. */
#ifndef FAL_EXPERIMENT_DEADLINE_INTERNAL_H
#define FAL_EXPERIMENT_DEADLINE_INTERNAL_H

#include <stdbool.h>

/** Now, in seconds: by the monotonic clock (fal_clock_seconds), and since 1970 by the wall clock. */
typedef struct {
    double clock, wall;
} fal_now;
fal_now fal_deadline_now(void);

typedef struct fal_deadline {
    double clock, wall; /* time is up at either; INFINITY: never */
    double margin;      /* seconds kept free for what comes after the last checkpoint */
    double max_hours;
    bool scheduled;    /* the scheduler's end is the earlier one */
    double slowest;    /* FL round of this job so far, its evaluation included */
    double checkpoint; /* seconds that the last one took */
} fal_deadline;

/** From the start of the process on. max_hours 0: no such limit. end: seconds since 1970; 0: no such limit. The margin
 * is 2 % of the time given, but 2 to 60 s. */
fal_deadline fal_deadline_make(double max_hours, double started, double end, const fal_now *now);
/** Seconds until time is up; INFINITY: there is no limit. */
double fal_deadline_left(const fal_deadline *deadline, const fal_now *now);
/** Seconds until work in progress must be given up, so that a checkpoint can still be written. */
double fal_deadline_work_left(const fal_deadline *deadline, const fal_now *now);
/** Can work of so many expected seconds be finished and saved? It may take a quarter longer. */
bool fal_deadline_fits(const fal_deadline *deadline, double seconds, const fal_now *now);
/** "--max-hours 0.5" or "SLURM_JOB_END_TIME"; "" without a limit. */
enum { FAL_DEADLINE_NAME = 64 };
void fal_deadline_name(const fal_deadline *deadline, char name[FAL_DEADLINE_NAME]);

#endif
