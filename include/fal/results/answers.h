/* What people said about the images that a trial asked them for: NAME.answers.h5 beside the results NAME.h5
 * (fal_format "answers", formats.md section 11). Replaced whole; the data set itself never changes during a trial, and
 * answers are outside its identity. Nothing of a file is trusted. */
#ifndef FAL_RESULTS_ANSWERS_H
#define FAL_RESULTS_ANSWERS_H

#include <stdint.h>

#include "fal/data/dataset.h"
#include "fal/io/table.h"

enum {
    FAL_ANSWERS_VERSION = 1,
    FAL_ANSWER_NONE = -1,        /* nobody said anything yet */
    FAL_ANSWER_CANNOT_TELL = -2, /* the image leaves the pool without a label */
    FAL_ANNOTATOR_SIZE = 64,     /* bytes of a name with its end */
    FAL_ANNOTATORS_MAX = 500
};

/* clang-format off */
#define FAL_ANSWER_COLUMNS(INT, REAL) \
    INT(image, "", "row in /train of the dataset") \
    INT(label, "", "class; -2: the annotator can't tell") \
    INT(annotator, "", "who said it: place in the attribute annotators of the root, from 0") \
    INT(time, "s", "when it was taken, seconds since 1970") \
    INT(al_round, "", "AL round that asked, from 1") \
    INT(client, "", "client that asked, from 0") \
    REAL(seconds, "s", "that the annotator took; NaN: not known")
/* clang-format on */

#define FAL_INT_FIELD(name, units, meaning) int64_t name;
#define FAL_REAL_FIELD(name, units, meaning) double name;
typedef struct {
    FAL_ANSWER_COLUMNS(FAL_INT_FIELD, FAL_REAL_FIELD)
} fal_row_answer;
#undef FAL_INT_FIELD
#undef FAL_REAL_FIELD

/** Of which data set the answers are. A results file states all of it but n_train, the length of its /partition. */
typedef struct {
    char name[64];
    char sha256_train_images[65], sha256_train_labels[65];
    int64_t n_train;
    int classes;
} fal_answers_data;

typedef struct {
    fal_answers_data data;
    fal_table given;    /* fal_row_answer: what counts, one row per image, in the order of coming */
    fal_table disputed; /* fal_row_answer: all that was said of images on which annotators disagree, whether or not one
                           of it counts by now; an annotator says one thing once */
    char (*annotators)[FAL_ANNOTATOR_SIZE]; /* [FAL_ANNOTATORS_MAX] printable; "" is one who gave no name */
    int annotator_count;
    int64_t *row_of; /* [n_train] place in `given`, -1 where there is none */
} fal_answers;

fal_answers_data fal_answers_data_of(const fal_dataset *dataset);

/** Without any answer. */
fal_status fal_answers_create(const fal_answers_data *data, fal_answers *answers);
/** Those of the file, or none where it is not there. FAL_ERR_INPUT: no answers file of ours, damaged, of another data
 *  set than `data`, or what it holds can't be (images, classes, annotators out of range, two rows for an image):
 *  `answers` stay untouched. */
fal_status fal_answers_read(const char *path, const fal_answers_data *data, fal_answers *answers);
/** Replace the file as a whole, atomically. Who reads, adds and writes holds fal_lock_take(path) meanwhile. */
fal_status fal_answers_write(const fal_answers *answers, const char *path);
/** Also fine for a zeroed struct. */
void fal_answers_destroy(fal_answers *answers);

/** A class, FAL_ANSWER_CANNOT_TELL or FAL_ANSWER_NONE. image: 0 .. n_train-1 (asserted). */
int fal_answers_label(const fal_answers *answers, int64_t image);
/** The row of `given`, NULL if there is none. Valid until something is added. */
const fal_row_answer *fal_answers_find(const fal_answers *answers, int64_t image);
/** Name of row->annotator. */
const char *fal_answers_annotator(const fal_answers *answers, const fal_row_answer *row);

/** This answer counts from now on, in place of an earlier one of the image; whether it may is the caller's to know
 *  (fal_answers_label). row->annotator is set from the name. FAL_ERR_INPUT: a name that is too long or not printable,
 * or more than FAL_ANNOTATORS_MAX of them. Image and label must be in range (asserted). */
fal_status fal_answers_add(fal_answers *answers, const fal_row_answer *row, const char *annotator);
/** Note that this, too, was said of an image; it does not count. What the same annotator said before stays once. */
fal_status fal_answers_dispute(fal_answers *answers, const fal_row_answer *row, const char *annotator);

#endif
