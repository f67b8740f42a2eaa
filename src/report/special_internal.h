/* Student's t distribution: tail probability and quantile, from the incomplete beta function. */
#ifndef FAL_REPORT_SPECIAL_INTERNAL_H
#define FAL_REPORT_SPECIAL_INTERNAL_H

/** Regularised incomplete beta function I_x(a, b), a > 0, b > 0, with y = 1 - x given apart so that an x near 1 loses
 *  no digits. Relative error below 1e-12 for a, b up to some thousands. */
double fal_special_beta(double a, double b, double x, double y);
/** P(|T| >= |t|) for Student's t with `freedom` > 0 degrees of freedom; 0 for an infinite t, NaN for NaN. */
double fal_special_t_two_sided(double t, double freedom);
/** The t >= 0 with P(|T| >= t) = p, 0 < p <= 1: the two-sided critical value of level p. */
double fal_special_t_critical(double p, double freedom);
/** P(X >= x) for chi-squared with `freedom` > 0 degrees of freedom, x >= 0. */
double fal_special_chi2_upper(double x, int freedom);

#endif
