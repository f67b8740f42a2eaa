/* Code that ends its process, as a test sees it from outside. */
#ifndef FAL_TEST_CHILD_H
#define FAL_TEST_CHILD_H

#include <stddef.h>

/** `run` in a process of its own, without a core file: what it wrote on stderr (cut at `size`, ends in 0), and its exit
 *  code; 128 + signal for the signal that ended it. */
int fal_test_child(void (*run)(void), char *said, size_t size);

#endif
