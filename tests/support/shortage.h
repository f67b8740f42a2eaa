/* Memory that is not there: every piece that the program asks for, one after the other. And how much it takes. */
#ifndef FAL_TESTS_SHORTAGE_H
#define FAL_TESTS_SHORTAGE_H

#include "support.h"

/** The n-th piece of memory (1: the next) that our own code asks for from now on is not there; 0: all are. Of this
 *  process, and of its children as they stand when they are born. */
void fal_test_shortage(int64_t n);
/** Has that piece been asked for? */
bool fal_test_shortage_is_over(void);

/** From now on the memory that our own code takes and releases is counted; the second ends that and tells the most, in
 *  bytes, that it held at once. Few blocks at a time: they are searched one by one. */
void fal_test_memory_watch(void);
size_t fal_test_memory_most(void);

typedef enum {
    FAL_TEST_NEEDS_ALL,      /* a run must fail without any piece */
    FAL_TEST_MAY_DO_WITHOUT, /* a run may succeed all the same: `work` looks at what came out */
} fal_test_missing;

/** Runs `work` again and again: the first time without the first piece of memory that it asks for, then without the
 *  second, and so on (of thousands, not all), until nothing is missing. A run that fails must do so with FAL_ERR_MEMORY
 *  (of a child that reads a file: FAL_ERR_INPUT) and a message about memory, and leave nothing open; the last must
 *  succeed. That nothing is left behind in memory is seen by the leak checker of FLAVOUR=sanitize. Returns how many
 *  pieces there were, or up to a fortieth more. */
int64_t fal_test_shortages(fal_status (*work)(void *context), void *context, fal_test_missing missing);

#endif
