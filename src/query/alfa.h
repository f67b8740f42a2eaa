/* ALFA-Mix's candidates. */
#ifndef FAL_QUERY_ALFA_H
#define FAL_QUERY_ALFA_H

#include "query_internal.h"

enum { FAL_ALFA_CAPS = 5 }; /* 0.2, 0.4, ... 1 */

/** candidate [n] out: 1 for images whose predicted class changes when their embedding is moved towards a class.
 *  x: the model; head: whose last layer. count [FAL_ALFA_CAPS] out: candidates after each cap, those not used as the
 *  last one used. Returns the number of caps used in *caps; stops after the first with more than b candidates. */
fal_status fal_alfa_candidates(const fal_query_input *input, int x, int head, int64_t b, unsigned char *candidate,
                               int64_t *count, int *caps);

#endif
