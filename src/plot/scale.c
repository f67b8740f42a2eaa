/* Ticks. The step is the 1, 2 or 5 times a power of ten that is nearest to what was wanted. */
#include "fal/plot/scale.h"

#include <math.h>

static double nice_step(double rough)
{
    const double power = pow(10, floor(log10(rough)));
    const double times = rough / power;
    return power * (times < 1.5 ? 1 : times < 3 ? 2 : times < 7 ? 5 : 10);
}

fal_scale fal_scale_make(double low, double high, int wanted)
{
    if (!isfinite(low) || !isfinite(high)) {
        low = 0;
        high = 1;
    }
    if (!(high > low)) {
        const double room = low != 0 ? fabs(low) / 2 : 1;
        low -= room;
        high = low + 2 * room;
    }
    fal_scale scale = {.step = nice_step((high - low) / (wanted > 2 ? wanted - 1 : 1))};
    /* The small addition keeps a tick that is meant from being missed by the last bit of a division. */
    const double first = floor(low / scale.step + 1e-9);
    const double last = ceil(high / scale.step - 1e-9);
    scale.low = first * scale.step;
    scale.high = last * scale.step;
    scale.ticks = (int)(last - first) + 1;
    scale.decimals = scale.step < 1 ? (int)ceil(-log10(scale.step) - 1e-9) : 0;
    return scale;
}

double fal_scale_tick(const fal_scale *scale, int index)
{
    const double tick = scale->low + index * scale->step;
    return fabs(tick) < scale->step / 2 ? 0 : tick;
}

double fal_scale_place(const fal_scale *scale, double value, double from, double to)
{
    return from + (value - scale->low) / (scale->high - scale->low) * (to - from);
}
