/* What people said, in memory: an answer for each image, who gave it, and what is disputed. */
#include "fal/results/answers.h"

#include <stddef.h>
#include <string.h>

#include "answers_internal.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"

#define INT(name, units, meaning) {#name, FAL_COLUMN_INT64, offsetof(fal_row_answer, name), units, meaning},
#define REAL(name, units, meaning) {#name, FAL_COLUMN_REAL, offsetof(fal_row_answer, name), units, meaning},
static const fal_column columns[] = {FAL_ANSWER_COLUMNS(INT, REAL)};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

const fal_table_kind fal_answers_given_kind = {"answers", "What people said, one row per image; each of these counts",
                                               columns, COLUMNS, sizeof(fal_row_answer)};
const fal_table_kind fal_answers_disputed_kind = {
    "disputed", "All that was said of images on which annotators disagree; what counts of it stands in /answers",
    columns, COLUMNS, sizeof(fal_row_answer)};

fal_answers_data fal_answers_data_of(const fal_dataset *dataset)
{
    fal_answers_data data = {.n_train = dataset->n_train, .classes = dataset->classes};
    (void)fal_text_copy(data.name, sizeof data.name, dataset->name);
    (void)fal_text_copy(data.sha256_train_images, sizeof data.sha256_train_images, dataset->sha256_train_images);
    (void)fal_text_copy(data.sha256_train_labels, sizeof data.sha256_train_labels, dataset->sha256_train_labels);
    return data;
}

fal_status fal_answers_create(const fal_answers_data *data, fal_answers *answers)
{
    fal_answers made = {.data = *data};
    fal_table_init(&made.given, &fal_answers_given_kind);
    fal_table_init(&made.disputed, &fal_answers_disputed_kind);
    fal_status status = fal_alloc(&made.annotators, FAL_ANNOTATORS_MAX, sizeof *made.annotators, "annotators");
    if (status == FAL_OK) {
        status = fal_alloc(&made.row_of, (size_t)data->n_train, sizeof *made.row_of, "answers");
    }
    if (status != FAL_OK) {
        fal_answers_destroy(&made);
        return status;
    }
    for (int64_t i = 0; i < data->n_train; i++) {
        made.row_of[i] = -1;
    }
    *answers = made;
    return FAL_OK;
}

void fal_answers_destroy(fal_answers *answers)
{
    fal_table_destroy(&answers->given);
    fal_table_destroy(&answers->disputed);
    fal_free(answers->annotators);
    fal_free(answers->row_of);
    *answers = (fal_answers){0};
}

const fal_row_answer *fal_answers_find(const fal_answers *answers, int64_t image)
{
    FAL_ASSERT(image >= 0 && image < answers->data.n_train);
    const int64_t row = answers->row_of[image];
    return row < 0 ? NULL : fal_table_row(&answers->given, row);
}

int fal_answers_label(const fal_answers *answers, int64_t image)
{
    const fal_row_answer *row = fal_answers_find(answers, image);
    return row == NULL ? FAL_ANSWER_NONE : (int)row->label;
}

const char *fal_answers_annotator(const fal_answers *answers, const fal_row_answer *row)
{
    FAL_ASSERT(row->annotator >= 0 && row->annotator < answers->annotator_count);
    return answers->annotators[row->annotator];
}

/* Number of a name, which is added where it is new. */
static fal_status number_of(fal_answers *answers, const char *annotator, int64_t *number)
{
    for (int i = 0; i < answers->annotator_count; i++) {
        if (strcmp(answers->annotators[i], annotator) == 0) {
            *number = i;
            return FAL_OK;
        }
    }
    if (strlen(annotator) >= FAL_ANNOTATOR_SIZE || !fal_text_is_printable(annotator)) {
        return fal_fail(FAL_ERR_INPUT,
                        "the name of an annotator is too long (at most %d bytes) or not printable: %.40s...",
                        FAL_ANNOTATOR_SIZE - 1, fal_text_is_printable(annotator) ? annotator : "?");
    }
    if (answers->annotator_count == FAL_ANNOTATORS_MAX) {
        return fal_fail(FAL_ERR_INPUT, "there are more than %d annotators", FAL_ANNOTATORS_MAX);
    }
    *number = answers->annotator_count++;
    (void)fal_text_copy(answers->annotators[*number], FAL_ANNOTATOR_SIZE, annotator);
    return FAL_OK;
}

bool fal_answers_row_fits(const fal_answers *answers, const fal_row_answer *row)
{
    return row->image >= 0 && row->image < answers->data.n_train &&
           (row->label == FAL_ANSWER_CANNOT_TELL || (row->label >= 0 && row->label < answers->data.classes));
}

fal_status fal_answers_add(fal_answers *answers, const fal_row_answer *row, const char *annotator)
{
    fal_row_answer added = *row;
    FAL_ASSERT(fal_answers_row_fits(answers, row));
    FAL_TRY(number_of(answers, annotator, &added.annotator));
    const int64_t at = answers->row_of[row->image];
    if (at >= 0) {
        memcpy(fal_table_row(&answers->given, at), &added, sizeof added);
        return FAL_OK;
    }
    FAL_TRY(fal_table_add(&answers->given, &added));
    answers->row_of[row->image] = answers->given.count - 1;
    return FAL_OK;
}

fal_status fal_answers_dispute(fal_answers *answers, const fal_row_answer *row, const char *annotator)
{
    fal_row_answer added = *row;
    FAL_ASSERT(fal_answers_row_fits(answers, row));
    FAL_TRY(number_of(answers, annotator, &added.annotator));
    for (int64_t i = 0; i < answers->disputed.count; i++) {
        const fal_row_answer *there = fal_table_row(&answers->disputed, i);
        if (there->image == added.image && there->label == added.label && there->annotator == added.annotator) {
            return FAL_OK;
        }
    }
    return fal_table_add(&answers->disputed, &added);
}
