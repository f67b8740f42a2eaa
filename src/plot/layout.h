/* What the layouts of several figures share. */
#ifndef FAL_PLOT_LAYOUT_H
#define FAL_PLOT_LAYOUT_H

#include "fal/plot/scale.h"
#include "fal/plot/svg.h"

enum {
    FAL_LAYOUT_MARGIN = 16,
    FAL_LAYOUT_TITLE = 36, /* height of the title's line, where there is one */
    FAL_LAYOUT_LINE = 16,  /* height of a note */
    FAL_LAYOUT_NOTES = 2,
    FAL_LAYOUT_WIDTH_MAX = 860 /* of what title and notes may ask for */
};

static inline int fal_layout_larger(int a, int b) { return a > b ? a : b; }
static inline int fal_layout_smaller(int a, int b) { return a < b ? a : b; }

int fal_layout_notes(const char *const notes[FAL_LAYOUT_NOTES]);
/** `width`, or more if the title or a note (NULL: none) needs more. */
int fal_layout_width(int width, const char *title, const char *const notes[FAL_LAYOUT_NOTES]);
/** Notes one below the other, the first with its letters on `y`. */
void fal_layout_add_notes(fal_text *svg, const char *const notes[FAL_LAYOUT_NOTES], int y, int width);

/** An axis below an area with horizontal bars or intervals: grid lines, the one at zero stronger, ticks, its name. */
void fal_layout_add_x_axis(fal_text *svg, const fal_scale *scale, int left, int right, int top, int bottom,
                           const char *name);
/** "data-x0=... data-px1=..." of such an axis. */
enum { FAL_LAYOUT_AXIS = 160 };
void fal_layout_x_attributes(const fal_scale *scale, int left, int right, char text[FAL_LAYOUT_AXIS]);

/** A number with decimals, in `text`: "-" if it is none, no sign on what is rounded to zero. */
enum { FAL_LAYOUT_NUMBER = 40 };
void fal_layout_number(double value, int decimals, char text[FAL_LAYOUT_NUMBER]);

#endif
