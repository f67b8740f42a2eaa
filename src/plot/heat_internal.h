/* What a cell of a heat map says, and how strong its colour is. */
#ifndef FAL_PLOT_HEAT_INTERNAL_H
#define FAL_PLOT_HEAT_INTERNAL_H

#include "fal/plot/heat.h"

#include "layout.h"

/* Numbers change from --fal-on to --fal-over where the colour is stronger. */
#define FAL_HEAT_CHANGE 0.7

typedef struct {
    double low, high;
} fal_heat_range;

fal_heat_range fal_heat_range_of(const fal_heat *heat);
/** Of the full colour, 0..1; of the second one, -1..0. */
double fal_heat_share(const fal_heat *heat, const fal_heat_range *range, int64_t cell);

/** "" for a count of 0, "-" for what is not finite. */
void fal_heat_text(const fal_heat *heat, int64_t cell, char text[FAL_LAYOUT_NUMBER]);

#endif
