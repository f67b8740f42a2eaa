/* Calls that a signal may interrupt before they did anything. Not for close: it has closed all the same. */
#ifndef FAL_BASE_RETRY_H
#define FAL_BASE_RETRY_H

#include <errno.h>

/** result = call, again as long as it was interrupted; `call` is negative, with errno, when it fails. */
#define FAL_RETRY(result, call)                                                                                        \
    do {                                                                                                               \
        (result) = (call);                                                                                             \
    } while ((result) < 0 && errno == EINTR)

#endif
