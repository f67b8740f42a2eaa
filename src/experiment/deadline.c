/* When a job's time is up. */
#include "deadline_internal.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "fal/base/clock.h"
#include "fal/base/text.h"
#include "fal/experiment/job.h"

static const double slack = 1.25; /* what was measured may take so many times as long */
static const double margin_share = 0.02, margin_least = 2, margin_most = 60;
static const double year = 366 * 86400.0; /* schedulers without a limit say something like that */

fal_now fal_deadline_now(void)
{
    struct timespec wall = {0};
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    return (fal_now){.clock = fal_clock_seconds(), .wall = (double)wall.tv_sec + 1e-9 * (double)wall.tv_nsec};
}

fal_deadline fal_deadline_make(double max_hours, double started, double end, const fal_now *now)
{
    fal_deadline made = {.clock = max_hours > 0 ? started + 3600 * max_hours : INFINITY,
                         .wall = end > 0 ? end : INFINITY,
                         .max_hours = max_hours};
    const double begun = now->wall - (now->clock - started);
    const double given = fmin(made.clock - started, made.wall - begun);
    made.scheduled = made.wall - begun < made.clock - started;
    made.margin = fmin(fmax(margin_share * given, margin_least), margin_most);
    return made;
}

double fal_deadline_left(const fal_deadline *deadline, const fal_now *now)
{
    return fmin(deadline->clock - now->clock, deadline->wall - now->wall);
}

double fal_deadline_work_left(const fal_deadline *deadline, const fal_now *now)
{
    return fal_deadline_left(deadline, now) - slack * deadline->checkpoint - deadline->margin;
}

bool fal_deadline_fits(const fal_deadline *deadline, double seconds, const fal_now *now)
{
    return slack * seconds < fal_deadline_work_left(deadline, now);
}

void fal_deadline_name(const fal_deadline *deadline, char name[FAL_DEADLINE_NAME])
{
    name[0] = '\0';
    if (deadline->scheduled) {
        (void)snprintf(name, FAL_DEADLINE_NAME, "SLURM_JOB_END_TIME");
    } else if (isfinite(deadline->clock)) {
        (void)snprintf(name, FAL_DEADLINE_NAME, "--max-hours %g", deadline->max_hours);
    }
}

bool fal_job_end_time(const char *text, double now, double *end)
{
    int64_t seconds = 0;
    *end = 0;
    if (!fal_text_to_int(text, &seconds) || (double)seconds <= now || (double)seconds > now + year) {
        return false;
    }
    *end = (double)seconds;
    return true;
}
