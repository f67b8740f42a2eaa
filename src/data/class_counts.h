/* Images per class: counted, listed, and as a table for fal_data info and the end of an import. */
#ifndef FAL_DATA_CLASS_COUNTS_H
#define FAL_DATA_CLASS_COUNTS_H

#include <stdint.h>

#include "fal/base/text.h"
#include "fal/data/dataset.h"

typedef struct {
    int64_t of_class[FAL_CLASSES_MAX];
    int64_t unlabelled;
} fal_class_counts;

/** Labels must be below FAL_CLASSES_MAX; below 0: unlabelled. */
void fal_class_counts_take(fal_class_counts *counts, const int16_t *labels, int64_t n);

/** images [n] out: those of one class, rising; returns their number. */
int64_t fal_class_images(const int16_t *labels, int64_t n, int class_number, int64_t *images);

/** A line per class with its name [classes][FAL_NAME_MAX] and its training and test images; of more than `most` classes
 * a summary in one line. */
void fal_class_counts_add(const char *names, int classes, const fal_class_counts *train, const fal_class_counts *test,
                          int most, fal_text *text);

#endif
