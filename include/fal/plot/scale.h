/* From numbers to pixels, and where ticks stand: at 1, 2 or 5 times a power of ten (Heckbert, Graphics Gems, 1990). */
#ifndef FAL_PLOT_SCALE_H
#define FAL_PLOT_SCALE_H

typedef struct {
    double low, high; /* first and last tick, at or beyond the values */
    double step;
    int ticks;    /* steps + 1, at least 2 */
    int decimals; /* that all ticks need */
} fal_scale;

/** Ticks that enclose low..high, about `wanted` of them. Without a range (equal, not finite) one is made up around it.
 */
fal_scale fal_scale_make(double low, double high, int wanted);
double fal_scale_tick(const fal_scale *scale, int index);
/** Place of a value if scale->low is at `from` and scale->high at `to`. */
double fal_scale_place(const fal_scale *scale, double value, double from, double to);

#endif
