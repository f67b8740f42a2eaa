/* Progress of what takes longer than a moment. */
#include <math.h>

#include "fal/base/clock.h"
#include "fal/base/progress.h"
#include "fal_data_internal.h"

void fal_data_show(fal_data_display *d, int64_t done, int64_t total, const char *what)
{
    static const double moment = 2;
    const double now = fal_clock_seconds();
    const double spent = now - d->started;
    if (!d->running) {
        fal_progress_start(total, 0);
        d->running = true;
    }
    if (spent > moment && now - d->shown > fmax(moment / 2, spent / 10)) {
        fal_progress_step(done, "%s", what);
        d->shown = now;
    }
}
