/* Student's t distribution from the regularised incomplete beta function:
 *
 *     P(|T| >= |t|) = I_x(nu/2, 1/2),  x = nu / (nu + t^2)
 *
 * I_x(a, b) is x^a (1-x)^b / (a B(a, b)) times a continued fraction (Abramowitz & Stegun 26.5.8) that converges fast
 * for x < (a+1)/(a+b+2); above, I_x(a, b) = 1 - I_{1-x}(b, a). The quantile is found by halving an interval: slow, but
 * the same on every machine and exact to the last digits. And the chi-squared tail, for whole degrees of freedom. */
#include "special_internal.h"

#include <float.h>
#include <math.h>

#include "fal/base/status.h"

enum { TERMS = 500 };

/* Modified Lentz: the fraction is followed by its numerator and denominator ratios, which never become zero. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double upper = 1;
    double lower = 1 - (a + b) * x / (a + 1);
    lower = 1 / (fabs(lower) < tiny ? tiny : lower);
    double fraction = lower;
    for (int m = 1; m <= TERMS; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step = 1;
        for (int half = 0; half < 2; half++) {
            const double term = half == 0 ? even : odd;
            lower = 1 + term * lower;
            lower = 1 / (fabs(lower) < tiny ? tiny : lower);
            upper = 1 + term / upper;
            upper = fabs(upper) < tiny ? tiny : upper;
            step = lower * upper;
            fraction *= step;
        }
        if (fabs(step - 1) < DBL_EPSILON) {
            break;
        }
    }
    return fraction;
}

double fal_special_beta(double a, double b, double x, double y)
{
    FAL_ASSERT(a > 0 && b > 0);
    if (isnan(x) || isnan(y)) {
        return NAN;
    }
    if (x <= 0) {
        return 0;
    }
    if (y <= 0) {
        return 1;
    }
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2)) {
        return front * beta_fraction(a, b, x) / a;
    }
    return 1 - front * beta_fraction(b, a, y) / b;
}

double fal_special_t_two_sided(double t, double freedom)
{
    FAL_ASSERT(freedom > 0);
    if (isnan(t)) {
        return NAN;
    }
    if (isinf(t)) {
        return 0;
    }
    /* x and y from the ratio that is at most 1, so that t^2 neither overflows nor vanishes beside freedom. */
    const double r = t * t / freedom;
    return fal_special_beta(freedom / 2, 0.5, 1 / (1 + r), r > 1 ? 1 / (1 + 1 / r) : r / (1 + r));
}

double fal_special_t_critical(double p, double freedom)
{
    FAL_ASSERT(p > 0 && p <= 1 && freedom > 0);
    double low = 0;
    double high = 1;
    while (fal_special_t_two_sided(high, freedom) > p && high < DBL_MAX / 4) {
        low = high;
        high *= 2;
    }
    for (;;) { /* until the two ends are neighbours, so that not one more digit could be had */
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) {
            return high;
        }
        if (fal_special_t_two_sided(middle, freedom) > p) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

double fal_special_chi2_upper(double x, int freedom)
{
    FAL_ASSERT(freedom > 0);
    if (isnan(x)) {
        return NAN;
    }
    /* Q(a + 1, h) = Q(a, h) + h^a e^-h / gamma(a + 1), from Q(1/2, h) = erfc(sqrt h) or Q(1, h) = e^-h */
    const double half = x / 2;
    double a = freedom % 2 == 1 ? 0.5 : 1;
    double upper = freedom % 2 == 1 ? erfc(sqrt(half)) : exp(-half);
    double term = exp(-half) * (freedom % 2 == 1 ? sqrt(half) * M_2_SQRTPI : half);
    for (; 2 * a + 1 < freedom; a++) {
        upper += term;
        term *= half / (a + 1);
    }
    return upper < 1 ? upper : 1;
}
