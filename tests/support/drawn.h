/* Which strategies choose by the order of the pool. */
#ifndef FAL_TESTS_DRAWN_H
#define FAL_TESTS_DRAWN_H

#include <stdbool.h>

/** Strategies whose choice is drawn, or whose first centre is: their set depends on the order of the pool. With
 *  maxherding two images that would cover nothing but each other gain the same, whatever they are, and the lower wins.
 */
bool fal_test_strategy_draws(const char *name);

#endif
