/* SVG as text: the elements that pictures are made of. Plain numbers in; every text that somebody wrote is escaped
 * here. Nothing returns a status: a fal_text keeps its first error, and who makes a picture asks for it at the end.
 * Lengths are pixels, the origin is the upper left corner. */
#ifndef FAL_PLOT_SVG_H
#define FAL_PLOT_SVG_H

#include "fal/base/text.h"

/** A whole file begins: white ground, and the title in larger letters. */
void fal_svg_begin(fal_text *svg, int width, int height, const char *title);
void fal_svg_end(fal_text *svg);

/** Text as the content of an element; control characters become blanks. */
void fal_svg_escape(fal_text *svg, const char *plain);

/** `attributes` are written as they are: ours, never a reader's. */
void fal_svg_rect(fal_text *svg, int x, int y, int width, int height, const char *attributes);
void fal_svg_line(fal_text *svg, double x1, double y1, double x2, double y2, const char *attributes);

/** Which end of a text stands at its place. */
typedef enum { FAL_SVG_START, FAL_SVG_MIDDLE, FAL_SVG_END } fal_svg_anchor;
void fal_svg_text(fal_text *svg, int x, int y, fal_svg_anchor anchor, const char *attributes, const char *plain);
/** The same for a text that is made here. */
void fal_svg_print(fal_text *svg, int x, int y, fal_svg_anchor anchor, const char *attributes, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/** Turned about its place by so many degrees, clockwise. */
void fal_svg_turned(fal_text *svg, int x, int y, int degrees, const char *attributes, const char *plain);

/** About how wide a text is in letters of `size` pixels. */
int fal_svg_width(const char *plain, int size);

#endif
