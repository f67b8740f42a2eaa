/* Answers beside the results: kept, looked up, written, read without trust. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/h5.h"
#include "fal/results/answers.h"
#include "fal/results/names.h"

static const fal_answers_data DATA = {
    .name = "tiny", .sha256_train_images = "11", .sha256_train_labels = "22", .n_train = 50, .classes = 3};

static fal_row_answer answer(int64_t image, int64_t label)
{
    return (fal_row_answer){
        .image = image, .label = label, .time = 1700000000 + image, .al_round = 2, .client = 1, .seconds = NAN};
}

static void an_image_has_one_answer_that_counts(void **state)
{
    (void)state;
    fal_answers answers;
    fal_row_answer row = answer(7, 2);
    assert_ok(fal_answers_create(&DATA, &answers));
    assert_int_equal(fal_answers_label(&answers, 7), FAL_ANSWER_NONE);
    assert_null(fal_answers_find(&answers, 7));
    assert_ok(fal_answers_add(&answers, &row, "Ann"));
    row = answer(9, FAL_ANSWER_CANNOT_TELL);
    assert_ok(fal_answers_add(&answers, &row, "Bob"));
    row = answer(7, 0);
    assert_ok(fal_answers_add(&answers, &row, "Bob"));
    assert_int_equal(fal_answers_label(&answers, 7), 0);
    assert_int_equal(fal_answers_label(&answers, 9), FAL_ANSWER_CANNOT_TELL);
    assert_int_equal(fal_answers_label(&answers, 8), FAL_ANSWER_NONE);
    assert_int_equal(answers.given.count, 2);
    assert_int_equal(answers.annotator_count, 2);
    assert_string_equal(fal_answers_annotator(&answers, fal_answers_find(&answers, 7)), "Bob");
    fal_answers_destroy(&answers);
}

static void what_is_disputed_stands_once_for_each_annotator(void **state)
{
    (void)state;
    fal_answers answers;
    const fal_row_answer one = answer(3, 1);
    const fal_row_answer two = answer(3, 2);
    assert_ok(fal_answers_create(&DATA, &answers));
    assert_ok(fal_answers_dispute(&answers, &one, "Ann"));
    assert_ok(fal_answers_dispute(&answers, &two, "Bob"));
    assert_ok(fal_answers_dispute(&answers, &one, "Ann"));
    assert_ok(fal_answers_dispute(&answers, &one, "Cem"));
    assert_int_equal(answers.disputed.count, 3);
    assert_int_equal(fal_answers_label(&answers, 3), FAL_ANSWER_NONE); /* none of it counts */
    fal_answers_destroy(&answers);
}

static void names_of_annotators_are_checked(void **state)
{
    (void)state;
    fal_answers answers;
    const fal_row_answer row = answer(1, 1);
    char name[FAL_ANNOTATOR_SIZE + 1];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_ok(fal_answers_create(&DATA, &answers));
    assert_fails(fal_answers_add(&answers, &row, name), FAL_ERR_INPUT, "too long");
    assert_fails(fal_answers_add(&answers, &row, "a\033b"), FAL_ERR_INPUT, "not printable");
    for (int i = 0; i < FAL_ANNOTATORS_MAX; i++) {
        (void)snprintf(name, sizeof name, "person %d", i);
        assert_ok(fal_answers_add(&answers, &row, name));
    }
    assert_fails(fal_answers_add(&answers, &row, "one more"), FAL_ERR_INPUT, "more than 500");
    assert_int_equal(answers.given.count, 1);
    fal_answers_destroy(&answers);
}

static void a_file_brings_back_all_of_it(void **state)
{
    (void)state;
    fal_answers written;
    fal_answers read;
    const char *path = fal_test_temporary("trial.answers.h5");
    assert_ok(fal_answers_read(path, &DATA, &read)); /* not there: none */
    assert_int_equal(read.given.count, 0);
    fal_answers_destroy(&read);
    assert_ok(fal_answers_create(&DATA, &written));
    assert_ok(fal_answers_write(&written, path));
    assert_ok(fal_answers_read(path, &DATA, &read)); /* empty */
    assert_int_equal(read.given.count, 0);
    fal_answers_destroy(&read);
    for (int i = 0; i < 40; i++) {
        const fal_row_answer row = answer(i, i % 4 == 3 ? FAL_ANSWER_CANNOT_TELL : i % 4);
        assert_ok(fal_answers_add(&written, &row, i % 2 == 0 ? "" : "M\xc3\xbcller"));
    }
    const fal_row_answer other = answer(5, 2);
    assert_ok(fal_answers_dispute(&written, &other, "Cem"));
    assert_ok(fal_answers_write(&written, path));
    assert_ok(fal_answers_read(path, &DATA, &read));
    assert_int_equal(read.given.count, 40);
    assert_int_equal(read.disputed.count, 1);
    for (int i = 0; i < DATA.n_train; i++) {
        assert_int_equal(fal_answers_label(&read, i), fal_answers_label(&written, i));
    }
    assert_string_equal(fal_answers_annotator(&read, fal_answers_find(&read, 5)), "M\xc3\xbcller");
    assert_string_equal(fal_answers_annotator(&read, fal_answers_find(&read, 4)), "");
    assert_int_equal(fal_answers_find(&read, 6)->time, 1700000006);
    fal_answers_destroy(&read);
    fal_answers_destroy(&written);
}

static void answers_of_another_data_set_are_refused(void **state)
{
    (void)state;
    fal_answers answers;
    fal_answers untouched = {.annotator_count = 77};
    fal_answers_data other = DATA;
    const char *path = fal_test_temporary("other.answers.h5");
    assert_ok(fal_answers_create(&DATA, &answers));
    assert_ok(fal_answers_write(&answers, path));
    strcpy(other.sha256_train_images, "12");
    assert_fails(fal_answers_read(path, &other, &untouched), FAL_ERR_INPUT, "another data set (its training images)");
    other = DATA;
    strcpy(other.sha256_train_labels, "");
    assert_fails(fal_answers_read(path, &other, &untouched), FAL_ERR_INPUT, "another data set (its training labels)");
    other = DATA;
    other.n_train = 51;
    assert_fails(fal_answers_read(path, &other, &untouched), FAL_ERR_INPUT, "is about 50 images");
    other = DATA;
    other.classes = 2;
    assert_fails(fal_answers_read(path, &other, &untouched), FAL_ERR_INPUT, "is about 3 classes");
    assert_int_equal(untouched.annotator_count, 77);
    fal_answers_destroy(&answers);
}

/* A file with these rows, as something else than the program may have written it. */
static void write_rows(const char *path, const fal_row_answer *rows, int count, const char *annotator)
{
    fal_answers answers;
    fal_h5 *file = NULL;
    assert_ok(fal_answers_create(&DATA, &answers)); /* for the kinds of the tables */
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "answers"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", 1));
    assert_ok(fal_h5_set_text(file, "/", "dataset_train_images_sha256", DATA.sha256_train_images));
    assert_ok(fal_h5_set_text(file, "/", "dataset_train_labels_sha256", DATA.sha256_train_labels));
    assert_ok(fal_h5_set_int(file, "/", "images", DATA.n_train));
    assert_ok(fal_h5_set_int(file, "/", "classes", DATA.classes));
    assert_ok(fal_h5_set_texts(file, "/", "annotators", &annotator, 1));
    for (int i = 0; i < count; i++) {
        assert_ok(fal_table_add(&answers.given, &rows[i]));
    }
    assert_ok(fal_h5_write_table(file, &answers.given));
    assert_ok(fal_h5_write_table(file, &answers.disputed));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    fal_answers_destroy(&answers);
}

static void rows_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const fal_row_answer good = {.image = 1, .label = 1};
    const fal_row_answer wrong[] = {{.image = -1, .label = 1},
                                    {.image = 50, .label = 1},
                                    {.image = INT64_MIN, .label = 1},
                                    {.image = 2, .label = 3},
                                    {.image = 2, .label = -1},
                                    {.image = 2, .label = -3},
                                    {.image = 2, .label = INT64_MAX},
                                    {.image = 2, .label = 1, .annotator = 1},
                                    {.image = 2, .label = 1, .annotator = -1}};
    fal_answers answers = {0};
    const char *path = fal_test_temporary("wrong.answers.h5");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const fal_row_answer rows[2] = {good, wrong[i]};
        write_rows(path, rows, 2, "Ann");
        assert_fails(fal_answers_read(path, &DATA, &answers), FAL_ERR_INPUT, "row 1");
    }
    const fal_row_answer twice[2] = {good, good};
    write_rows(path, twice, 2, "Ann");
    assert_fails(fal_answers_read(path, &DATA, &answers), FAL_ERR_INPUT, "two answers for image 1");
    write_rows(path, &good, 1, "A\007");
    assert_fails(fal_answers_read(path, &DATA, &answers), FAL_ERR_INPUT, "not printable");
    write_rows(path, &good, 1, "Ann");
    assert_ok(fal_answers_read(path, &DATA, &answers));
    fal_answers_destroy(&answers);
}

static void cut_files_and_files_of_other_kinds_are_refused(void **state)
{
    (void)state;
    fal_answers answers = {0};
    char path[256];
    char bytes[4096];
    const fal_row_answer good = {.image = 1, .label = 1};
    (void)snprintf(path, sizeof path, "%s", fal_test_temporary("cut.answers.h5"));
    write_rows(path, &good, 1, "Ann");
    FILE *file = fopen(path, "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    for (size_t cut = 0; cut < size; cut += 97) {
        file = fopen(path, "wb");
        (void)fwrite(bytes, 1, cut, file);
        (void)fclose(file);
        assert_fails(fal_answers_read(path, &DATA, &answers), FAL_ERR_INPUT, "cut.answers.h5");
    }
    fal_h5 *other = NULL;
    assert_ok(fal_h5_create(&other));
    assert_ok(fal_h5_set_text(other, "/", "fal_format", "results"));
    assert_ok(fal_h5_set_int(other, "/", "fal_version", 1));
    assert_ok(fal_h5_save(other, path));
    fal_h5_close(other);
    assert_fails(fal_answers_read(path, &DATA, &answers), FAL_ERR_INPUT, "results");
}

static void names_beside_the_results(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    assert_ok(fal_name_answers("out/a_logo_s1.h5", path));
    assert_string_equal(path, "out/a_logo_s1.answers.h5");
    assert_false(fal_name_may_be_results("a_logo_s1.answers.h5"));
    assert_true(fal_name_may_be_results("a_logo_s1.h5"));
    assert_ok(fal_name_query_folder("out/a_logo_s1.h5", 3, 2, path));
    assert_string_equal(path, "out/a_logo_s1.query/round_03/client_02");
    assert_ok(fal_name_query_folder("week1", 12, 345, path));
    assert_string_equal(path, "week1.query/round_12/client_345");
    assert_false(fal_name_may_be_results("a_logo_s1.query"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_has_one_answer_that_counts),
        cmocka_unit_test(what_is_disputed_stands_once_for_each_annotator),
        cmocka_unit_test(names_of_annotators_are_checked),
        cmocka_unit_test(a_file_brings_back_all_of_it),
        cmocka_unit_test(answers_of_another_data_set_are_refused),
        cmocka_unit_test(rows_that_cannot_be_are_refused),
        cmocka_unit_test(cut_files_and_files_of_other_kinds_are_refused),
        cmocka_unit_test(names_beside_the_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
