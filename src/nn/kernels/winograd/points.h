/* Winograd F(4x4, 3x3) with the interpolation points 0, a, -a, b, -b and infinity, a = sqrt(1/2), b = sqrt(2).
 *
 * Any symmetric pair gives transforms of this form. This pair keeps products near 1 (a b = 1, a^2 + b^2 = 5/2), which
 * makes float32 results three to five times more exact than 1 and 2 do, at no cost (docs/performance.md). Rows of the
 * input transform B' are the coefficients of the products of (x - q) over the other finite points; of the weight
 * transform G (1, p, p^2) / N(p); of the output transform A' the powers of p. tests/nn/test_winograd.c derives them. */
#ifndef FAL_NN_KERNELS_WINOGRAD_POINTS_H
#define FAL_NN_KERNELS_WINOGRAD_POINTS_H

enum {
    WINO_TILE = 4,      /* outputs of a tile, per side */
    WINO_PATCH = 6,     /* inputs of a tile, per side */
    WINO_POSITIONS = 36 /* products per tile and channel pair */
};

#define WINO_A 0.70710678118654752440  /* a */
#define WINO_B 1.41421356237309504880  /* b */
#define WINO_A2 0.5                    /* a^2 */
#define WINO_B2 2.0                    /* b^2 */
#define WINO_A3 0.35355339059327376220 /* a^3 */
#define WINO_B3 2.82842712474619009760 /* b^3 */
#define WINO_SUM 2.5                   /* a^2 + b^2; a^2 b^2 = 1 */
#define WINO_GA (-1.0 / 1.5)           /* 1 / N(a) = 1 / (2 a^2 (a^2 - b^2)) */
#define WINO_GB (1.0 / 6.0)            /* 1 / N(b) = 1 / (2 b^2 (b^2 - a^2)) */

#endif
