/* Reference numbers of query strategies (FAL_REFERENCE, and the committed fixture of the same layout):
 * cases, their arrays, and comparisons. A comparison that fails ends the test with the case's name. */
#ifndef FAL_TESTS_QUERY_REFERENCE_H
#define FAL_TESTS_QUERY_REFERENCE_H

#include "support.h"

#include "fal/io/h5.h"
#include "query/query_internal.h"

/** Bounds that come with the reference, double against double. */
#define FAL_TEST_DOUBLE 1e-12
#define FAL_TEST_LATER 1e-9

typedef struct {
    int64_t n, m, b;
    int d, classes;
    bool has_copies;        /* "adversarial": rows that are equal under both models */
    const int32_t *same_as; /* [n] the lowest row of its copies */
    fal_query_options options;
    fal_query_input in;
} fal_test_query;

/** Every case of both files; what the accessors below return lives until the check of a case ends. */
void fal_test_query_cases(void (*check)(fal_test_query *query));
/** The same for one file of this layout. */
void fal_test_query_cases_of(const char *path, void (*check)(fal_test_query *query));
const char *fal_test_query_name(void); /* of the case */

/** Datasets of the case; `form` has one %s for x: "G" or "L", or none. */
const double *fal_test_query_reals(const char *form, const char *x);
const float *fal_test_query_floats(const char *form, const char *x);
const int32_t *fal_test_query_ints(const char *form, const char *x);
void *fal_test_query_array(const char *path, fal_h5_type type, int64_t *count);
/** Attribute gap_NAME: how clear the closest decision of a selection is; infinite where the file has none. */
double fal_test_query_gap(const char *name);
/** A zeroed array of the case. */
void *fal_test_query_room(int64_t count, size_t size);

void fal_test_query_near(const double *ours, const double *theirs, int64_t count, double bound, const char *what);
/** The bound is of the largest of theirs. */
void fal_test_query_relative(const double *ours, const double *theirs, int64_t count, double bound, const char *what);
void fal_test_query_equal(const int64_t *ours, const int32_t *theirs, int64_t count, const char *what);
/** The same but for copies: a distance of theirs may tell them apart by rounding. */
void fal_test_query_same(const fal_test_query *query, const int64_t *ours, const int32_t *theirs, int64_t count,
                         const char *what);

/** The choice of a strategy must be the reference's, in order; by_distance: but for copies. */
void fal_test_query_selects(const fal_test_query *query, const char *strategy, const char *reference, bool by_distance);

/** Is chosen [b] a greedy k-centre choice of points [n][d] away from seeds [m][d], in double, each the farthest to
 *  within `off`, what a distance may be off by? And, until a lead is within that, the reference's, but for copies? */
void fal_test_query_k_centre(const fal_test_query *query, const double *points, int64_t n, int d, const double *seeds,
                             int64_t m, double off, const int64_t *chosen, const int32_t *theirs, const char *what);

#endif
