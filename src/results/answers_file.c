/* The answers file (formats.md section 11): written as a whole, read without trust. */
#include <string.h>

#include "answers_internal.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"

/* A disputed image may have an answer of every annotator: not more rows than this in all. */
static const int64_t DISPUTED_MOST = 10000000;

/* ---- writing --------------------------------------------------------------------------------------------------- */

static fal_status put_annotators(fal_h5 *file, const fal_answers *answers)
{
    const char *names[FAL_ANNOTATORS_MAX];
    for (int i = 0; i < answers->annotator_count; i++) {
        names[i] = answers->annotators[i];
    }
    return answers->annotator_count == 0 ? FAL_OK
                                         : fal_h5_set_texts(file, "/", "annotators", names, answers->annotator_count);
}

static fal_status put_all(fal_h5 *file, const fal_answers *answers)
{
    const fal_answers_data *data = &answers->data;
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "answers"));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version", FAL_ANSWERS_VERSION));
    FAL_TRY(fal_h5_set_text(file, "/", "title", "What people said about the images that a trial asked them for"));
    FAL_TRY(fal_h5_set_text(file, "/", "dataset", data->name));
    FAL_TRY(fal_h5_set_text(file, "/", "dataset_train_images_sha256", data->sha256_train_images));
    FAL_TRY(fal_h5_set_text(file, "/", "dataset_train_labels_sha256", data->sha256_train_labels));
    FAL_TRY(fal_h5_set_int(file, "/", "images", data->n_train));
    FAL_TRY(fal_h5_set_int(file, "/", "classes", data->classes));
    FAL_TRY(put_annotators(file, answers));
    FAL_TRY(fal_h5_write_table(file, &answers->given));
    return fal_h5_write_table(file, &answers->disputed);
}

fal_status fal_answers_write(const fal_answers *answers, const char *path)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_create(&file));
    fal_status status = put_all(file, answers);
    if (status == FAL_OK) {
        status = fal_h5_save(file, path);
    }
    fal_h5_close(file);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static fal_status compare_sum(fal_h5 *file, const char *attribute, const char *meaning, const char *expected)
{
    char stored[128];
    FAL_TRY(fal_h5_get_text(file, "/", attribute, stored, sizeof stored));
    if (strcmp(stored, expected) != 0) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: holds answers about another data set (its %s): move it away, or bring back the data set",
                        fal_h5_name(file), meaning);
    }
    return FAL_OK;
}

static fal_status compare_number(fal_h5 *file, const char *attribute, int64_t expected)
{
    int64_t stored = 0;
    FAL_TRY(fal_h5_get_int(file, "/", attribute, &stored));
    if (stored != expected) {
        return fal_fail(FAL_ERR_INPUT, "%s: is about %lld %s, the data set has %lld: move it away", fal_h5_name(file),
                        (long long)stored, attribute, (long long)expected);
    }
    return FAL_OK;
}

static fal_status check_data(fal_h5 *file, const fal_answers_data *data)
{
    FAL_TRY(fal_h5_check_format(file, "answers", FAL_ANSWERS_VERSION));
    FAL_TRY(compare_sum(file, "dataset_train_images_sha256", "training images", data->sha256_train_images));
    FAL_TRY(compare_sum(file, "dataset_train_labels_sha256", "training labels", data->sha256_train_labels));
    FAL_TRY(compare_number(file, "images", data->n_train));
    return compare_number(file, "classes", data->classes);
}

static fal_status read_annotators(fal_h5 *file, fal_answers *to)
{
    if (!fal_h5_has_attribute(file, "/", "annotators")) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_get_texts(file, "/", "annotators", to->annotators[0], FAL_ANNOTATOR_SIZE, FAL_ANNOTATORS_MAX,
                             &to->annotator_count));
    for (int i = 0; i < to->annotator_count; i++) {
        if (!fal_text_is_printable(to->annotators[i])) {
            return fal_fail(FAL_ERR_INPUT, "%s: the name of annotator %d is not printable: damaged", fal_h5_name(file),
                            i);
        }
    }
    return FAL_OK;
}

static fal_status check_rows(const fal_h5 *file, const fal_answers *to, const fal_table *table)
{
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_answer *row = fal_table_row(table, i);
        if (!fal_answers_row_fits(to, row) || row->annotator < 0 || row->annotator >= to->annotator_count) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: /%s row %lld: image %lld, label %lld or annotator %lld is out of range: damaged",
                            fal_h5_name(file), table->kind->name, (long long)i, (long long)row->image,
                            (long long)row->label, (long long)row->annotator);
        }
    }
    return FAL_OK;
}

static fal_status read_all(fal_h5 *file, fal_answers *to)
{
    FAL_TRY(read_annotators(file, to));
    FAL_TRY(fal_h5_read_table(file, &to->given, to->data.n_train));
    FAL_TRY(fal_h5_read_table(file, &to->disputed, DISPUTED_MOST));
    FAL_TRY(check_rows(file, to, &to->given));
    FAL_TRY(check_rows(file, to, &to->disputed));
    for (int64_t i = 0; i < to->given.count; i++) {
        const fal_row_answer *row = fal_table_row(&to->given, i);
        if (to->row_of[row->image] >= 0) {
            return fal_fail(FAL_ERR_INPUT, "%s: has two answers for image %lld: damaged", fal_h5_name(file),
                            (long long)row->image);
        }
        to->row_of[row->image] = i;
    }
    return FAL_OK;
}

fal_status fal_answers_read(const char *path, const fal_answers_data *data, fal_answers *answers)
{
    fal_h5 *file = NULL;
    fal_answers made = {0};
    FAL_TRY(fal_answers_create(data, &made));
    fal_status status = FAL_OK;
    if (fal_file_exists(path)) {
        FAL_TRY_GOTO(fal_h5_open(path, &file));
        FAL_TRY_GOTO(check_data(file, data));
        FAL_TRY_GOTO(read_all(file, &made));
    }
    *answers = made;
    made = (fal_answers){0};
done:
    fal_h5_close(file);
    fal_answers_destroy(&made);
    return status;
}
