/* Taking answers: all or nothing, who disagrees is named, both ways of settling it, what the trial used is final. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/results/take.h"

enum { IMAGES = 60, ASKED = 40 };

static const char classes[3][FAL_NAME_MAX] = {"cat", "dog", "1"};
static fal_asked asked[ASKED];
static fal_answers answers;
static fal_said_list list;
static fal_taken taken;

static int create(void **state)
{
    (void)state;
    const fal_answers_data data = {.name = "tiny", .n_train = IMAGES, .classes = 3};
    for (int i = 0; i < ASKED; i++) {
        asked[i] = (fal_asked){.image = i, .client = i % 4, .al_round = 2};
        (void)snprintf(asked[i].sha256, sizeof asked[i].sha256, "%08x", i);
    }
    taken = (fal_taken){0};
    list = (fal_said_list){.classes = 3, .class_names = classes, .nobody = ""};
    return fal_answers_create(&data, &answers) == FAL_OK ? 0 : -1;
}

static int destroy(void **state)
{
    (void)state;
    fal_said_destroy(&list);
    fal_answers_destroy(&answers);
    fal_text_destroy(&taken.report);
    return 0;
}

/* A table with one annotator's answers: all cat but dog for the images from..to-1; kept as a file of that name. */
static const char *write_table(const char *annotator, int count, int from, int to)
{
    static char paths[8][512];
    static int used;
    char name[64];
    fal_text text = {0};
    (void)snprintf(name, sizeof name, "%s%d.csv", annotator, used);
    fal_text_add(&text, "file,label,annotator\n");
    for (int i = 0; i < count; i++) {
        fal_text_add(&text, "train_%06d_%08x.png,%s,%s\n", i, i, i >= from && i < to ? "dog" : "cat", annotator);
    }
    char *path = paths[used++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s", fal_test_temporary(name));
    assert_ok(fal_file_replace(path, text.chars, text.length));
    fal_text_destroy(&text);
    return path;
}

static fal_status take(fal_resolve resolve)
{
    fal_text_destroy(&taken.report);
    taken = (fal_taken){0};
    return fal_answers_take(&answers, &list, asked, ASKED, resolve, 1000, &taken);
}

/* The next files are about the same answers. */
static void next_list(void)
{
    fal_said_destroy(&list);
    list = (fal_said_list){.classes = 3, .class_names = classes, .nobody = ""};
}

static int counted(int label)
{
    int count = 0;
    for (int i = 0; i < IMAGES; i++) {
        count += fal_answers_label(&answers, i) == label;
    }
    return count;
}

static void two_who_disagree_are_named_and_nothing_is_taken(void **state)
{
    (void)state;
    assert_ok(fal_said_read(&list, write_table("ann", ASKED, 0, 0)));
    assert_ok(fal_said_read(&list, write_table("ben", ASKED, 10, 15)));
    assert_fails(take(FAL_RESOLVE_NOT), FAL_ERR_INPUT, "5 images have more than one answer");
    assert_int_equal(counted(FAL_ANSWER_NONE), IMAGES);
    assert_int_equal(answers.disputed.count, 0);
    assert_int_equal(taken.disputed, 5);
    for (int i = 0; i < ASKED; i++) {
        char part[64];
        (void)snprintf(part, sizeof part, "image %d: cat (ann, ", i);
        (i >= 10 && i < 15 ? fal_test_text_has : fal_test_text_lacks)(taken.report.chars, part);
    }
    fal_test_text_has(taken.report.chars, "dog (ben, ");
    fal_test_text_has(taken.report.chars, ".csv:12)");
}

static void the_first_counts(void **state)
{
    (void)state;
    assert_ok(fal_said_read(&list, write_table("ben", 20, 10, 15)));
    assert_ok(fal_said_read(&list, write_table("ann", ASKED, 0, 0)));
    assert_ok(take(FAL_RESOLVE_FIRST));
    assert_int_equal(counted(1), 5);
    assert_int_equal(counted(0), ASKED - 5);
    assert_int_equal(taken.taken, ASKED);
    assert_int_equal(taken.undecided, 0);
    assert_int_equal(answers.disputed.count, 10);
    assert_string_equal(fal_answers_annotator(&answers, fal_answers_find(&answers, 12)), "ben");
    assert_int_equal(fal_answers_find(&answers, 12)->client, 0);
    assert_int_equal(fal_answers_find(&answers, 12)->al_round, 2);
}

static void the_majority_counts_and_may_come_later(void **state)
{
    (void)state;
    assert_ok(fal_said_read(&list, write_table("ann", ASKED, 0, 0)));
    assert_ok(fal_said_read(&list, write_table("ben", ASKED, 10, 15)));
    assert_ok(take(FAL_RESOLVE_MAJORITY));
    assert_int_equal(counted(0), ASKED - 5);
    assert_int_equal(taken.undecided, 5);
    assert_int_equal(answers.disputed.count, 10);
    /* Ann again changes nothing: one person has one vote. */
    next_list();
    assert_ok(fal_said_read(&list, write_table("ann", ASKED, 0, 0)));
    assert_ok(take(FAL_RESOLVE_MAJORITY));
    assert_int_equal(counted(FAL_ANSWER_NONE), IMAGES - ASKED + 5);
    /* A third decides, for three of them. */
    next_list();
    assert_ok(fal_said_read(&list, write_table("cleo", 13, 10, 15)));
    assert_fails(take(FAL_RESOLVE_NOT), FAL_ERR_INPUT, "3 images have more than one answer");
    assert_ok(take(FAL_RESOLVE_MAJORITY));
    assert_int_equal(counted(1), 3);
    assert_int_equal(taken.taken, 3);
    assert_int_equal(counted(FAL_ANSWER_NONE), IMAGES - ASKED + 2);
}

static void the_same_answer_twice_is_fine(void **state)
{
    (void)state;
    const char *path = write_table("ann", ASKED, 3, 9);
    assert_ok(fal_said_read(&list, path));
    assert_ok(fal_said_read(&list, path));
    assert_ok(take(FAL_RESOLVE_NOT));
    assert_int_equal(taken.taken, ASKED);
    assert_int_equal(taken.known, 0);
    assert_ok(take(FAL_RESOLVE_NOT));
    assert_int_equal(taken.taken, 0);
    assert_int_equal(taken.known, ASKED);
    assert_int_equal(counted(1), 6);
}

static void what_the_trial_used_is_final(void **state)
{
    (void)state;
    assert_ok(fal_said_read(&list, write_table("ann", ASKED, 0, 0)));
    assert_ok(take(FAL_RESOLVE_NOT));
    asked[12].used = true;
    assert_ok(take(FAL_RESOLVE_NOT)); /* the same again */
    next_list();
    assert_ok(fal_said_read(&list, write_table("ben", ASKED, 12, 13)));
    for (int resolve = FAL_RESOLVE_NOT; resolve <= FAL_RESOLVE_MAJORITY; resolve++) {
        assert_fails(take((fal_resolve)resolve), FAL_ERR_INPUT, "csv:14: image 12 is cat in AL round 2");
    }
    assert_int_equal(counted(0), ASKED);
}

/* Ann said cat, Ben and Cleo dog of one image; the first counts. */
static void dispute_one(void)
{
    assert_ok(fal_said_read(&list, write_table("ann", ASKED, 0, 0)));
    assert_ok(fal_said_read(&list, write_table("ben", ASKED, 12, 13)));
    assert_ok(fal_said_read(&list, write_table("cleo", ASKED, 12, 13)));
    assert_ok(take(FAL_RESOLVE_FIRST));
    assert_int_equal(taken.disputed, 1);
    assert_int_equal(counted(0), ASKED);
    assert_int_equal(answers.disputed.count, 3);
}

static void an_old_dispute_is_no_new_one(void **state)
{
    (void)state;
    dispute_one();
    assert_ok(take(FAL_RESOLVE_NOT)); /* the same files, and no need to settle it again */
    assert_int_equal(taken.taken, 0);
    assert_int_equal(taken.known, ASKED);
    assert_int_equal(taken.disputed, 0);
    assert_int_equal(answers.disputed.count, 3);
    assert_int_equal(counted(0), ASKED);
    assert_ok(take(FAL_RESOLVE_MAJORITY)); /* unless that is asked for */
    assert_int_equal(counted(1), 1);
    next_list();
    assert_ok(fal_said_read(&list, write_table("dora", ASKED, 12, 13)));
    assert_fails(take(FAL_RESOLVE_NOT), FAL_ERR_INPUT, "1 image has more than one answer");
}

static void a_used_image_under_dispute_stays_as_it_is(void **state)
{
    (void)state;
    dispute_one();
    asked[12].used = true;
    for (int resolve = FAL_RESOLVE_NOT; resolve <= FAL_RESOLVE_MAJORITY; resolve++) {
        assert_ok(take((fal_resolve)resolve));
        assert_int_equal(taken.known, ASKED);
        assert_int_equal(taken.disputed, 0);
        assert_int_equal(fal_answers_label(&answers, 12), 0);
    }
    next_list();
    assert_ok(fal_said_read(&list, write_table("dora", ASKED, 0, 0))); /* agrees with what counts */
    assert_ok(take(FAL_RESOLVE_MAJORITY));
    assert_int_equal(fal_answers_label(&answers, 12), 0);
    next_list();
    assert_ok(fal_said_read(&list, write_table("ed", ASKED, 12, 13)));
    assert_fails(take(FAL_RESOLVE_MAJORITY), FAL_ERR_INPUT, "csv:14: image 12 is cat in AL round 2");
    assert_int_equal(counted(0), ASKED);
}

static void rows_of_other_questions_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *row, *message;
    } cases[] = {
        {"train_000040_00000028.png,cat,0", "other.csv:2: image 40: nobody was asked about it"},
        {"train_000099_00000028.png,cat,0", "other.csv:2: image 99: nobody was asked about it"},
        {"train_999999999999_00000028.png,cat,0", "nobody was asked about it"},
        {"train_000005_deadbeef.png,cat,1", "image 5 is not the picture that was asked about (deadbeef, not 00000005)"},
        {"train_000005_00000005.png,cat,2", "image 5: client 1 asked about it, not client 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        const int length = snprintf(text, sizeof text, "file,label,client\n%s\n", cases[i].row);
        assert_ok(fal_file_replace(fal_test_temporary("other.csv"), text, (size_t)length));
        next_list();
        assert_ok(fal_said_read(&list, fal_test_temporary("other.csv")));
        assert_fails(take(FAL_RESOLVE_NOT), FAL_ERR_INPUT, cases[i].message);
    }
    assert_int_equal(counted(FAL_ANSWER_NONE), IMAGES);
}

static void many_rows_take_no_time(void **state)
{
    (void)state;
    fal_text text = {0};
    const char *path = fal_test_temporary("many.csv");
    fal_text_add(&text, "file,label,annotator,seconds\n");
    for (int i = 0; i < 200000; i++) {
        fal_text_add(&text, "train_%06d_%08x.png,dog,ann,1.5\n", i % ASKED, i % ASKED);
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.chars, 1, text.length, file), text.length);
    assert_int_equal(fclose(file), 0);
    fal_text_destroy(&text);
    assert_ok(fal_said_read(&list, path));
    assert_int_equal(list.count, 200000);
    assert_ok(take(FAL_RESOLVE_MAJORITY));
    assert_int_equal(counted(1), ASKED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)
    const struct CMUnitTest tests[] = {
        TEST(two_who_disagree_are_named_and_nothing_is_taken),
        TEST(the_first_counts),
        TEST(the_majority_counts_and_may_come_later),
        TEST(the_same_answer_twice_is_fine),
        TEST(what_the_trial_used_is_final),
        TEST(an_old_dispute_is_no_new_one),
        TEST(a_used_image_under_dispute_stays_as_it_is),
        TEST(rows_of_other_questions_are_refused),
        TEST(many_rows_take_no_time),
    };
#undef TEST
    return cmocka_run_group_tests_name("results/take", tests, NULL, NULL);
}
