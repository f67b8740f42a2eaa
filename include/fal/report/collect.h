/* Results files and folders of them -> learning curves. */
#ifndef FAL_REPORT_COLLECT_H
#define FAL_REPORT_COLLECT_H

#include "fal/results/curve.h"

enum { FAL_COLLECT_MAX = 100000 }; /* files at most */

typedef struct {
    fal_curve *curves; /* [count], in the order of the arguments; a folder's files by name */
    int count;
    char **left_out; /* [left_out_count] "FILE: reason" of what was not taken in: no results, damaged, unfinished, of
                        other data, the same trial as another file */
    int64_t left_out_count, left_out_room;
} fal_collection;

/** Read the curves of this measure of every file, and every results file directly in every folder (checkpoints and
 * files of our other formats are passed over there). Trials that are not complete are left out with a warning, or taken
 * in with `partial`. Files that cannot be read, are damaged or not ours are left out with a warning that says why,
 * whether they were named or lie in a folder, and so are trials of other data than the first of their setting. A file
 * that is named twice counts once. FAL_ERR_INPUT: nothing usable is left. */
fal_status fal_collect(const char *const *paths, int path_count, bool partial, fal_measure measure,
                       fal_collection *collection);
void fal_collection_destroy(fal_collection *collection);

/** Make two settings of each, "NAME, selector global" and "NAME, selector local": of "entropy:global" and
 *  "entropy:local" each becomes "entropy" in its own; strategies without a selector are copied into both. A setting
 *  without any selector stays one. */
fal_status fal_collect_split_selectors(fal_collection *collection);

#endif
