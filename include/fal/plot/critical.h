/* A critical-difference diagram (Demsar, Journal of Machine Learning Research 7, 2006): mean ranks on an axis, and
 * thick lines that join what cannot be told apart. */
#ifndef FAL_PLOT_CRITICAL_H
#define FAL_PLOT_CRITICAL_H

#include <stdint.h>

#include "fal/plot/svg.h"

typedef struct {
    const char *name;
    int colour;
    double rank; /* mean rank, 1 is best; not finite: left out */
} fal_critical_item;

typedef struct {
    const char *title;
    const char *label; /* for screen readers; NULL: the title */
    const char *notes[2];
    const fal_critical_item *items; /* [item_count] in any order */
    int item_count;
    double difference;  /* the critical one, drawn as a bar; not above 0 or not finite: none */
    const bool *alike;  /* [item_count][item_count] symmetric: pairs that cannot be told apart (Holm); NULL: those whose
                           ranks differ by less than `difference`. Joined are runs of neighbours in rank in which every
                           pair is alike. */
    const char *source; /* item i is row first_row + i of it */
    int64_t first_row;
} fal_critical;

/** Appends the figure: the better half is named at the left, the others at the right. An item is <path class="line"
 *  data-v> from its rank on the axis to its name, a joined run <path class="joined">. */
fal_status fal_critical_svg(const fal_critical *critical, fal_svg_use use, fal_text *svg);

#endif
