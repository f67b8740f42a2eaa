/* Taking what people said: it is held against what was asked and what is known already, all of it before anything is
 * changed. */
#ifndef FAL_RESULTS_TAKE_H
#define FAL_RESULTS_TAKE_H

#include "fal/results/answers.h"
#include "fal/results/said.h"

/** One image that people were asked about. */
typedef struct {
    int64_t image, client, al_round;   /* client -1: not known */
    char sha256[FAL_QUERY_DIGITS + 1]; /* first digits of its pixels' hash; "": not known */
    bool used;                         /* the trial went on with the answer that is known: it is final */
} fal_asked;

/** What becomes of an image about which people disagree. */
typedef enum {
    FAL_RESOLVE_NOT,     /* nothing at all is taken */
    FAL_RESOLVE_FIRST,   /* what was known counts, else what was said first, in the order of files and rows */
    FAL_RESOLVE_MAJORITY /* what most annotators say; without a majority what was known, or no answer */
} fal_resolve;

typedef struct {
    int64_t taken;     /* answers that are new, or now another one */
    int64_t known;     /* said before, with the same answer, or by the same annotator */
    int64_t disputed;  /* images on which annotators disagree */
    int64_t undecided; /* of these, without an answer */
    fal_text report;   /* a line for each image on which annotators disagree, up to FAL_TAKE_LINES */
} fal_taken;

enum { FAL_TAKE_LINES = 50 };

/** Add what `list` says to `answers` (in memory alone). asked [count]: each image once. time: seconds since 1970.
 *  FAL_ERR_INPUT: a row about an image that nobody was asked about or of other pixels, or of another client; another
 *  answer for one that is used, unless this annotator is known to have said so; annotators who disagree in what is new
 *  (FAL_RESOLVE_NOT): `answers` are then as they were, and taken->report tells who disagrees. The caller destroys
 *  taken->report in any case. */
fal_status fal_answers_take(fal_answers *answers, const fal_said_list *list, const fal_asked *asked, int64_t count,
                            fal_resolve resolve, int64_t time, fal_taken *taken);

#endif
