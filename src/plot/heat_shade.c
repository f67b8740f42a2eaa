/* From numbers to how thick a colour is laid on. */
#include "heat_internal.h"

#include <math.h>
#include <stdio.h>

static double number(const fal_heat *heat, int64_t cell)
{
    return heat->counts != NULL ? (double)heat->counts[cell] : heat->values[cell];
}

fal_heat_range fal_heat_range_of(const fal_heat *heat)
{
    fal_heat_range range = {INFINITY, -INFINITY};
    double size = 0;
    for (int64_t i = 0; i < (int64_t)heat->rows * heat->columns; i++) {
        const double value = number(heat, i);
        if (isfinite(value)) {
            range.low = fmin(range.low, value);
            range.high = fmax(range.high, value);
            size = fmax(size, fabs(value));
        }
    }
    if (heat->counts != NULL) {
        range.low = 0;
    } else if (heat->signs) {
        range = (fal_heat_range){0, heat->high > 0 ? heat->high : size};
    } else if (heat->low < heat->high) {
        range = (fal_heat_range){heat->low, heat->high};
    }
    return range;
}

double fal_heat_share(const fal_heat *heat, const fal_heat_range *range, int64_t cell)
{
    const double value = number(heat, cell);
    if (!isfinite(value) || !(range->high > range->low)) {
        return 0;
    }
    /* Halves, since the range of values near the largest double is none. */
    const double share = (value / 2 - range->low / 2) / (range->high / 2 - range->low / 2);
    if (heat->counts != NULL) {
        return sqrt(share); /* shows small shares, too */
    }
    return fmin(fmax(share, heat->signs ? -1 : 0), 1);
}

void fal_heat_text(const fal_heat *heat, int64_t cell, char text[FAL_LAYOUT_NUMBER])
{
    if (heat->counts == NULL) {
        fal_layout_number(heat->values[cell], heat->decimals, text);
    } else if (heat->counts[cell] == 0) {
        text[0] = '\0';
    } else {
        (void)snprintf(text, FAL_LAYOUT_NUMBER, "%lld", (long long)heat->counts[cell]);
    }
}
