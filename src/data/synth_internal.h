/* The built-in data set's parts: draws, outlines of the ten objects, painting. Shared by synth*.c. */
#ifndef FAL_DATA_SYNTH_INTERNAL_H
#define FAL_DATA_SYNTH_INTERNAL_H

#include <stdint.h>

#include "fal/base/random.h"
#include "fal/data/synth.h"

/** Draws of one image (or prototype), one after the other: never two in one expression, whose order would be the
 *  compiler's. */
typedef struct {
    fal_rng rng;
    uint64_t next;
} fal_synth_draws;

double fal_synth_uniform(fal_synth_draws *draws, double low, double high);
int fal_synth_below(fal_synth_draws *draws, int n);
bool fal_synth_chance(fal_synth_draws *draws, double probability);

/** A closed outline; x to the right, y down. An object has radius about 1 around (0, 0) before it is placed. */
enum { FAL_SYNTH_POINTS = 64 };
typedef struct {
    int count;
    float x[FAL_SYNTH_POINTS], y[FAL_SYNTH_POINTS];
    float hole; /* 0, or the inner outline's size as a share of the outer's */
} fal_synth_outline;

/** Forms of an object: 0 is the common one. */
enum { FAL_SYNTH_FORMS = 4 };
/** The outline of an object; `draws` varies its proportions. */
void fal_synth_shape(int object, int form, fal_synth_draws *draws, fal_synth_outline *outline);
const char *fal_synth_shape_name(int object);
/** May it be drawn as a mere contour? A contour of a disc would be a ring. */
bool fal_synth_shape_has_contour(int object);

typedef struct {
    float r, g, b;
} fal_synth_colour;

/** pixels [side][side][3], about 0 .. 1. */
typedef struct {
    int side;
    float *pixels;
} fal_synth_canvas;

typedef enum {
    FAL_SYNTH_PLAIN,
    FAL_SYNTH_GRADIENT,
    FAL_SYNTH_STRIPES,
    FAL_SYNTH_CHECKS,
    FAL_SYNTH_CLOUDS
} fal_synth_pattern;

/** How an area is coloured: a mixture of two colours by a pattern. */
typedef struct {
    fal_synth_pattern pattern;
    fal_synth_colour first, second;
    float cosine, sine; /* of the direction of gradients and stripes */
    float period;       /* pixels */
    float phase;        /* 0 .. 1 */
    fal_rng clouds;     /* stream of FAL_SYNTH_CLOUDS */
} fal_synth_paint;

void fal_synth_fill(fal_synth_canvas *canvas, const fal_synth_paint *paint);
/** The outline is in pixels. contour > 0: only a band of that many pixels inside the edge. `softness` is the width of
 *  the edge in pixels. */
void fal_synth_draw(fal_synth_canvas *canvas, const fal_synth_outline *outline, float contour, float softness,
                    float opacity, const fal_synth_paint *paint);
/** Rotate, scale (x and y), shear and move an outline. */
typedef struct {
    float angle, scale_x, scale_y, shear, x, y;
} fal_synth_pose;
void fal_synth_place(fal_synth_outline *outline, const fal_synth_pose *pose);
/** `passes` of a 3 x 3 binomial filter. */
void fal_synth_blur(fal_synth_canvas *canvas, int passes, float *scratch);
/** Light (gain, falling off across the image), noise, and rounding to bytes. */
void fal_synth_expose(const fal_synth_canvas *canvas, float gain, float fall, float angle, float noise,
                      const fal_rng *rng, uint8_t *bytes);

/** One image of a class: bytes [side][side][3] out; scratch of 2 * side * side * 3 floats. */
void fal_synth_scene(const fal_synth_settings *settings, bool test, int64_t image, int object, float *scratch,
                     uint8_t *bytes);

#endif
