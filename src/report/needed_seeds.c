/* How many seeds a paired t-test needs to find a difference.
 *
 * With true difference d and spread sd over s seeds, t = (z + l) / u: z standard normal, l = sqrt(s) d / sd, and u^2 a
 * chi-squared over its s - 1 = f degrees of freedom. So the chance that |t| > c is the mean over u of
 * P(|z + l| > c u). u = e^x makes the integrand smooth over the whole line and its ends vanish fast, where the plain
 * trapezium rule converges faster than any power of its step; the density's constant is summed along with it. */
#include "fal/report/stats.h"

#include <math.h>

#include "special_internal.h"

static double normal_upper(double z) { return erfc(z / sqrt(2)) / 2; }

/* Terms at x = step, 2 step, ... (or their negatives) until the density has vanished beside its peak of 1 at x = 0. */
static void add_side(double freedom, double critical, double shift, double step, double *beyond, double *all)
{
    for (double x = step > 0 ? 0 : step;; x += step) {
        const double u = exp(x);
        const double density = exp(freedom * (x - expm1(2 * x) / 2));
        if (density < 1e-20) {
            return;
        }
        *all += density;
        *beyond += density * (normal_upper(critical * u - shift) + normal_upper(critical * u + shift));
    }
}

double fal_stats_power(double difference, double sd, int seeds)
{
    if (seeds < 2 || isnan(difference) || isnan(sd)) {
        return NAN;
    }
    if (sd == 0) {
        return difference == 0 ? 0.05 : 1;
    }
    const double freedom = seeds - 1;
    const double critical = fal_special_t_critical(0.05, freedom);
    const double shift = sqrt(seeds) * fabs(difference) / sd;
    /* The density is about a normal one of deviation 1 / sqrt(2 freedom); the tail varies over 1 / critical. */
    const double step = fmin(1.0 / 64, 1 / (4 * sqrt(2 * freedom)));
    double beyond = 0;
    double all = 0;
    add_side(freedom, critical, shift, step, &beyond, &all);
    add_side(freedom, critical, shift, -step, &beyond, &all);
    return beyond / all;
}

int64_t fal_stats_needed_seeds(double difference, double sd)
{
    enum { MOST = 1000000 };
    /* With a known spread (1.96 + 0.84)^2 (sd / difference)^2 seeds would do; an estimated one takes a few more. */
    const double known = pow(1.9599639845400543 + 0.8416212335729142, 2) * pow(sd / difference, 2);
    if (isnan(known) || known > MOST) {
        return 0;
    }
    int seeds = known < 2 ? 2 : (int)known;
    while (fal_stats_power(difference, sd, seeds) < 0.8) {
        seeds++;
    }
    return seeds;
}
