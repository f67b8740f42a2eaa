/* SVG as text: the elements that pictures are made of. Plain numbers in; every text that somebody wrote is escaped
 * here. Nothing returns a status: a fal_text keeps its first error, and who makes a picture asks for it at the end.
 * Lengths are pixels, the origin is the upper left corner.
 *
 * What all figures of this layer have in common:
 *  - Nothing has a colour of its own: elements have classes, and one stylesheet (fal_svg_style) gives these colours for
 *    a light and a dark ground. A file brings the stylesheet along, a page includes it once.
 *  - What belongs to one series (a strategy) stands in <g class="series sK" data-name="NAME">, K its colour.
 *  - A mark that shows a number may say where that stands: data-v="SOURCE:ROW"; a path over several rows has
 *    data-rows="SOURCE:FIRST:LAST". SOURCE is ours (made by a page, written as it is), NULL: no references.
 *  - An axis stands on the root element: data-x0, data-x1 values at the pixels data-px0, data-px1 (linear between, of
 * the logarithm with data-xlog="1"), the same for y.
 *  - There are no ids: many figures may stand on one page. */
#ifndef FAL_PLOT_SVG_H
#define FAL_PLOT_SVG_H

#include <stdint.h>

#include "fal/base/text.h"

/** A whole file, readable everywhere; or an element of an HTML page that has fal_svg_style in a <style>: colours and
 *  ground are those of the page. */
typedef enum { FAL_SVG_FILE, FAL_SVG_INLINE } fal_svg_use;

/** The stylesheet of all figures, without the element around it. Series are classes s0 to s7 (and their dashes d0 to
 * d3), which work in HTML, too: `color` of a text and of what is drawn in it. Custom properties --fal-s0 ... --fal-s7,
 * --fal-ink and --fal-ground on :root follow prefers-color-scheme; a page may set them. */
const char *fal_svg_style(void);

/** Colours and dashes of series, both from 0; any number may be asked for, they repeat. */
enum { FAL_SVG_COLOURS = 8, FAL_SVG_DASHES = 4 };
/** "#rrggbb" of a series on a light or dark ground, for what has no stylesheet. */
const char *fal_svg_colour(int series, bool dark);

/** The root element, the stylesheet and the ground of a file, and the title in larger letters (none for ""). `label` is
 *  what a screen reader says, NULL: the title. `attributes`: more of them for the root. */
void fal_svg_begin(fal_text *svg, fal_svg_use use, int width, int height, const char *title, const char *label,
                   const char *attributes);
void fal_svg_end(fal_text *svg);

/** Text as the content of an element or of an attribute in double quotes. What may not be shown (control characters,
 *  marks of direction, broken UTF-8, see fal_text_is_printable) becomes U+FFFD, ends of lines and tabs blanks. */
void fal_svg_escape(fal_text *svg, const char *plain);

/** `attributes` are written as they are: ours, never a reader's. */
void fal_svg_rect(fal_text *svg, double x, double y, double width, double height, const char *attributes);
void fal_svg_line(fal_text *svg, double x1, double y1, double x2, double y2, const char *attributes);

/** Which end of a text stands at its place. */
typedef enum { FAL_SVG_START, FAL_SVG_MIDDLE, FAL_SVG_END } fal_svg_anchor;
void fal_svg_text(fal_text *svg, double x, double y, fal_svg_anchor anchor, const char *attributes, const char *plain);
/** The same for a text that is made here. */
void fal_svg_print(fal_text *svg, double x, double y, fal_svg_anchor anchor, const char *attributes, const char *format,
                   ...) __attribute__((format(printf, 6, 7)));
/** A text that is cut with an ellipsis where it would be wider than `room`; the whole is then its tooltip. */
void fal_svg_fitted(fal_text *svg, double x, double y, fal_svg_anchor anchor, const char *attributes, const char *plain,
                    int size, int room);
/** Turned about its place by so many degrees, clockwise; cut like fal_svg_fitted. */
void fal_svg_turned(fal_text *svg, double x, double y, int degrees, const char *attributes, const char *plain, int size,
                    int room);

/** <g class="series sK dL" data-name="NAME"> and </g>. `classes`: more of them, each after a blank. */
void fal_svg_series_begin(fal_text *svg, int series, const char *name, const char *classes);
void fal_svg_series_end(fal_text *svg);
/** ` data-v="SOURCE:ROW"`, nothing if source is NULL. */
void fal_svg_reference(fal_text *svg, const char *source, int64_t row);
/** ` data-rows="SOURCE:FIRST:LAST"`, nothing if source is NULL. */
void fal_svg_references(fal_text *svg, const char *source, int64_t first, int64_t last);

/** About how wide a text is in letters of `size` pixels. */
int fal_svg_width(const char *plain, int size);

#endif
