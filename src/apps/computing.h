/* What programs that compute do first. */
#ifndef FAL_APPS_COMPUTING_H
#define FAL_APPS_COMPUTING_H

/** First thing in main. OpenMP's runtime and OpenBLAS read their settings before it: where they must be others
 * (fal_parallel_bound_waiting, fal_gemm_fit_core), the program starts itself once more with those in its environment.
 */
void fal_computing_start(char **argv);

#endif
