/* What all test programs share. Include first: it brings cmocka in the order that it wants. */
#ifndef FAL_TESTS_SUPPORT_H
#define FAL_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fal/base/status.h"

/** Path of a file of the reference numbers (folder FAL_REFERENCE, else ../shared/reference), NULL if it is not there:
 *  the test then calls skip(). */
const char *fal_test_reference(const char *file);
/** The same for real image data (FAL_DATA, else ../shared/data). */
const char *fal_test_data(const char *file);
/** Path of a committed fixture under tests/fixtures (FAL_FIXTURES, else tests/fixtures). */
const char *fal_test_fixture(const char *file);
/** A folder of this process under TMPDIR, removed with its files at exit; the path of `file` in it. */
const char *fal_test_temporary(const char *file);

/** FAL_KERNELS_ISA and FAL_KERNELS_PAIRS for the nets that are made from now on; NULL: as they were when the program
 *  started, "" for the set: all that the CPU has. */
void fal_test_kernels(const char *set, const char *pairs);

/** Assert FAL_OK; a failure prints the recorded message. */
#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        fal_status assert_ok_status_ = (call);                                                                         \
        if (assert_ok_status_ != FAL_OK) {                                                                             \
            print_error("%s: %s\n", #call, fal_status_message());                                                      \
        }                                                                                                              \
        assert_int_equal(assert_ok_status_, FAL_OK);                                                                   \
    } while (0)

/** Assert a failure of this kind whose message contains `part`; clears the message. */
#define assert_fails(call, expected_status, part)                                                                      \
    do {                                                                                                               \
        fal_status_clear();                                                                                            \
        assert_int_equal((call), (expected_status));                                                                   \
        fal_test_message_has(part);                                                                                    \
        fal_status_clear();                                                                                            \
    } while (0)
void fal_test_message_has(const char *part);

/** Assert that `part` is in `text`, or is not; a failure prints both. */
void fal_test_text_has(const char *text, const char *part);
void fal_test_text_lacks(const char *text, const char *part);

/** max |a - b| / max |b| over arrays; 0 for two zero arrays. */
double fal_test_error_float(const float *a, const double *b, size_t count);
double fal_test_error_double(const double *a, const double *b, size_t count);

#endif
