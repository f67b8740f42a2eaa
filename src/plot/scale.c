/* Ticks. The step is the 1, 2 or 5 times a power of ten that is nearest to what was wanted. */
#include "fal/plot/scale.h"

#include <math.h>
#include <stdio.h>

/* Beyond this, differences and the next power of ten are no numbers any more. */
static const double LARGEST = 1e300;
static const double SMALLEST = 1e-300;
static const double LARGEST_LOG = 1e150;
/* Keeps a tick that is meant from being missed by the last bit of a division. */
static const double LAST_BITS = 1e-9;

static double nice_step(double rough)
{
    const double power = pow(10, floor(log10(rough)));
    const double times = rough / power;
    return power * (times < 1.5 ? 1 : times < 3 ? 2 : times < 7 ? 5 : 10);
}

static double within(double value, double low, double high) { return fmin(fmax(value, low), high); }

fal_scale fal_scale_make(double low, double high, int wanted)
{
    if (!isfinite(low) || !isfinite(high)) {
        low = 0;
        high = 1;
    }
    low = within(low, -LARGEST, LARGEST);
    high = within(high, -LARGEST, LARGEST);
    const double size = fmax(fabs(low), fabs(high));
    if (!(high - low > fmax(1e-12 * size, SMALLEST))) {
        const double room = size > SMALLEST ? fabs(low) / 2 : 1;
        low -= room;
        high = low + 2 * room;
    }
    fal_scale scale = {.step = nice_step((high - low) / (wanted > 2 ? wanted - 1 : 1))};
    const double first = floor(low / scale.step + LAST_BITS);
    const double last = ceil(high / scale.step - LAST_BITS);
    scale.low = first * scale.step;
    scale.high = last * scale.step;
    scale.ticks = (int)(last - first) + 1;
    scale.decimals = scale.step < 1 ? (int)ceil(-log10(scale.step) - LAST_BITS) : 0;
    return scale;
}

/* Tick number `index`, counted from 1 = 10^0. */
static double log_tick(int stride, int index)
{
    static const int times[3] = {1, 2, 5};
    const int per = 3;
    if (stride > 0) {
        return pow(10, (double)index * stride);
    }
    const int decade = index >= 0 ? index / per : -((per - 1 - index) / per);
    return times[index - per * decade] * pow(10, decade);
}

fal_scale fal_scale_make_log(double low, double high, int wanted)
{
    const bool usable = low > 0 && isfinite(high) && high >= low;
    low = usable ? within(low, 1 / LARGEST_LOG, LARGEST_LOG) : 1;
    high = usable ? within(high, 1 / LARGEST_LOG, LARGEST_LOG) : 10;
    const double decades = log10(high) - log10(low);
    fal_scale scale = {.log = true};
    if (3 * decades > wanted + 1) {
        scale.stride = (int)ceil(decades / (wanted > 2 ? wanted - 1 : 1));
    }
    const int per = scale.stride > 0 ? 1 : 3;
    const int decade = scale.stride > 0 ? scale.stride : 1;
    scale.first = per * (int)floor(log10(low) / decade) - 1;
    while (log_tick(scale.stride, scale.first + 1) <= low * (1 + LAST_BITS)) {
        scale.first++;
    }
    int last = scale.first + 1;
    while (log_tick(scale.stride, last) < high * (1 - LAST_BITS)) {
        last++;
    }
    scale.ticks = last - scale.first + 1;
    scale.low = log_tick(scale.stride, scale.first);
    scale.high = log_tick(scale.stride, last);
    return scale;
}

double fal_scale_tick(const fal_scale *scale, int index)
{
    if (scale->log) {
        return log_tick(scale->stride, scale->first + index);
    }
    const double tick = scale->low + index * scale->step;
    return fabs(tick) < scale->step / 2 ? 0 : tick;
}

void fal_scale_text(const fal_scale *scale, int index, char text[FAL_SCALE_TEXT])
{
    const double tick = fal_scale_tick(scale, index);
    const bool plain = fabs(tick) < 1e7 && (tick == 0 || fabs(tick) > 1e-6); /* others would be rows of zeros */
    const int decimals = !scale->log ? scale->decimals : tick < 1 ? (int)ceil(-log10(tick) - LAST_BITS) : 0;
    if (plain && decimals <= 12) {
        (void)snprintf(text, FAL_SCALE_TEXT, "%.*f", decimals, tick);
    } else {
        (void)snprintf(text, FAL_SCALE_TEXT, "%.12g", tick);
    }
}

bool fal_scale_holds(const fal_scale *scale, double value) { return isfinite(value) && (!scale->log || value > 0); }

double fal_scale_place(const fal_scale *scale, double value, double from, double to)
{
    const double share = scale->log ? (log(value) - log(scale->low)) / (log(scale->high) - log(scale->low))
                                    : (value - scale->low) / (scale->high - scale->low);
    return from + share * (to - from);
}
