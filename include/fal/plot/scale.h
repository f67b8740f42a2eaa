/* From numbers to pixels, and where ticks stand: at 1, 2 or 5 times a power of ten (Heckbert, Graphics Gems, 1990). */
#ifndef FAL_PLOT_SCALE_H
#define FAL_PLOT_SCALE_H

#include <stdbool.h>

typedef struct {
    double low, high; /* first and last tick, at or beyond the values */
    double step;      /* 0 on a logarithmic scale */
    int ticks;        /* at least 2 */
    int decimals;     /* that all ticks need; 0 on a logarithmic scale */
    bool log;
    int first;  /* logarithmic: which number the first tick is */
    int stride; /* logarithmic: ticks at every so many powers of ten; 0: at 1, 2 and 5 times each */
} fal_scale;

/** Ticks that enclose low..high, about `wanted` of them. Without a range (equal, not finite) one is made up around it.
 */
fal_scale fal_scale_make(double low, double high, int wanted);
/** The same, logarithmic. Without a positive low <= high it is 1..10. */
fal_scale fal_scale_make_log(double low, double high, int wanted);
double fal_scale_tick(const fal_scale *scale, int index);
enum { FAL_SCALE_TEXT = 32 };
/** The tick as it is written at an axis. */
void fal_scale_text(const fal_scale *scale, int index, char text[FAL_SCALE_TEXT]);
/** Has the value a place? Not if it is not finite, or not positive on a logarithmic scale. */
bool fal_scale_holds(const fal_scale *scale, double value);
/** Place of a value if scale->low is at `from` and scale->high at `to`. */
double fal_scale_place(const fal_scale *scale, double value, double from, double to);

#endif
