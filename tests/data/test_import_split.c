/* A test set of a share of each class: exact counts, by seed, nothing lost; and what is said after an import. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "data/import_internal.h"

#include "fal/base/memory.h"

static fal_dataset_parts parts; /* large: not on the stack */

/** counts[c] images of class c, dealt in turn; image i has the pixels i % 256, i / 256. The last `open` have no label.
 */
static void make(const int64_t *counts, int classes, int64_t open)
{
    int64_t left[FAL_CLASSES_MAX] = {0};
    int64_t n = open;
    fal_dataset_parts_destroy(&parts);
    for (int c = 0; c < classes; c++) {
        left[c] = counts[c];
        n += counts[c];
    }
    parts.h = 1;
    parts.w = 2;
    parts.c = 1;
    parts.classes = classes;
    parts.n_train = n;
    parts.std[0] = 0.5F;
    assert_ok(fal_alloc(&parts.train_images, (size_t)n, 2, "test"));
    assert_ok(fal_alloc(&parts.train_labels, (size_t)n, sizeof(int16_t), "test"));
    assert_ok(fal_alloc(&parts.train_site, (size_t)n, sizeof(int32_t), "test"));
    for (int64_t i = 0, c = 0; i < n; i++) {
        while (i < n - open && left[c % classes] == 0) {
            c++;
        }
        const bool labelled = i < n - open;
        parts.train_labels[i] = (int16_t)(labelled ? c % classes : -1);
        left[c % classes] -= labelled;
        c++;
        parts.train_site[i] = (int32_t)i;
        parts.train_images[2 * i] = (uint8_t)(i % 256);
        parts.train_images[2 * i + 1] = (uint8_t)(i / 256);
    }
    for (int c = 0; c < classes; c++) {
        (void)snprintf(parts.class_names[c], FAL_NAME_MAX, "%d", c);
    }
}

static int64_t in_test(int label)
{
    int64_t count = 0;
    for (int64_t i = 0; i < parts.n_test; i++) {
        count += parts.test_labels[i] == label;
    }
    return count;
}

static int number_of(const uint8_t *image) { return image[0] + 256 * image[1]; }

static void counts_follow_the_largest_remainders(void **state)
{
    (void)state;
    const struct {
        int64_t have[4], take[4];
        double share;
    } cases[] = {
        {{10, 10, 10, 10}, {2, 2, 2, 2}, 0.2},
        {{5, 5, 5, 5}, {1, 1, 1, 0}, 0.15},    /* 3 of 20: all remainders alike, the lower classes first */
        {{100, 10, 1, 0}, {30, 3, 0, 0}, 0.3}, /* 33 of 111: 29.7, 2.97, 0.3 */
        {{7, 2, 1, 0}, {4, 1, 0, 0}, 0.5},     /* the last one of a class stays */
        {{1, 1, 1, 9}, {0, 0, 0, 6}, 0.5},
        {{2, 2, 2, 2}, {1, 1, 1, 1}, 0.99}, /* every class keeps one */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make(cases[i].have, 4, 0);
        assert_ok(fal_import_split(cases[i].share, 1, &parts));
        for (int c = 0; c < 4; c++) {
            assert_int_equal(in_test(c), cases[i].take[c]);
        }
    }
}

static void every_image_is_in_one_set_in_the_order_of_the_files(void **state)
{
    (void)state;
    const int64_t have[3] = {150, 200, 77};
    bool seen[500] = {false};
    make(have, 3, 40);
    assert_ok(fal_import_split(0.25, 7, &parts));
    assert_int_equal(parts.n_train + parts.n_test, 467);
    assert_int_equal(parts.n_test, 107); /* of 427 labelled ones */
    int before = -1;
    for (int64_t i = 0; i < parts.n_train; i++) {
        const int number = number_of(parts.train_images + 2 * i);
        assert_int_equal(parts.train_site[i], number);
        assert_true(number > before && !seen[number]);
        assert_true((number >= 427) == (parts.train_labels[i] < 0));
        seen[number] = true;
        before = number;
    }
    before = -1;
    for (int64_t i = 0; i < parts.n_test; i++) {
        const int number = number_of(parts.test_images + 2 * i);
        assert_true(number > before && !seen[number] && parts.test_labels[i] >= 0);
        seen[number] = true;
        before = number;
    }
}

static void the_choice_depends_on_the_seed_and_the_class_alone(void **state)
{
    (void)state;
    const int64_t have[2] = {40, 40};
    const int64_t other[2] = {40, 60}; /* another class 1 */
    int first[40] = {0};
    int differ = 0;
    make(have, 2, 0);
    assert_ok(fal_import_split(0.5, 3, &parts));
    int count = 0;
    for (int64_t i = 0; i < parts.n_test; i++) {
        if (parts.test_labels[i] == 0) {
            first[count++] = number_of(parts.test_images + 2 * i) / 2; /* number within the class: dealt in turn */
        }
    }
    assert_int_equal(count, 20);
    make(other, 2, 0);
    assert_ok(fal_import_split(0.5, 3, &parts));
    count = 0;
    for (int64_t i = 0; i < parts.n_test; i++) {
        if (parts.test_labels[i] == 0) {
            assert_int_equal(number_of(parts.test_images + 2 * i) / 2, first[count++]);
        }
    }
    make(have, 2, 0);
    assert_ok(fal_import_split(0.5, 4, &parts));
    count = 0;
    for (int64_t i = 0; i < parts.n_test; i++) {
        if (parts.test_labels[i] == 0) {
            differ += number_of(parts.test_images + 2 * i) / 2 != first[count++];
        }
    }
    assert_true(differ > 0);
}

static void shares_that_leave_a_set_empty_are_refused(void **state)
{
    (void)state;
    const int64_t have[2] = {3, 3};
    const int64_t single[2] = {1, 1};
    make(have, 2, 0);
    assert_fails(fal_import_split(0.01, 1, &parts), FAL_ERR_INPUT, "gives 0 test images of 6 labelled ones");
    make(single, 2, 0);
    assert_fails(fal_import_split(0.5, 1, &parts), FAL_ERR_INPUT, "gives 0 test images of 2 labelled ones");
}

/* ---- remarks --------------------------------------------------------------------------------------------------- */

/** warning NULL: there must be none; "": any. */
static void assert_remarks(uint32_t takes, const char *note, const char *warning)
{
    fal_import_remarks remarks = {{0}, {0}};
    assert_ok(fal_import_remark(takes, &parts, &remarks));
    if (note != NULL) {
        assert_non_null(strstr(remarks.notes.chars, note));
    }
    if (warning != NULL && warning[0] != '\0') {
        assert_non_null(remarks.warnings.chars);
        assert_non_null(strstr(remarks.warnings.chars, warning));
    } else if (warning == NULL) {
        assert_int_equal(remarks.warnings.length, 0);
    }
    fal_text_destroy(&remarks.notes);
    fal_text_destroy(&remarks.warnings);
}

static void odd_labels_and_pixels_are_warned_of(void **state)
{
    (void)state;
    const int64_t good[3] = {100, 100, 100};
    const int64_t empty[4] = {100, 100, 0, 100};
    const int64_t from_one[3] = {0, 100, 100};
    const int64_t one[2] = {300, 0};
    make(good, 3, 5);
    assert_ok(fal_import_split(0.5, 1, &parts));
    assert_remarks(0, "    0  0             50         50\n", NULL);
    assert_remarks(0, "   -1  (no label yet)          5          0\n", NULL);
    make(empty, 4, 0);
    assert_ok(fal_import_split(0.5, 1, &parts));
    assert_remarks(0, NULL, "1 of 4 classes has no images: 2\n");
    make(from_one, 3, 0);
    assert_ok(fal_import_split(0.5, 1, &parts));
    assert_remarks(FAL_IMPORT_BIT(LABEL_OFFSET), NULL, "class 0 is empty, labels start at 1: --label-offset 1\n");
    assert_remarks(0, NULL, "1 of 3 classes has no images: 0\n");
    make(one, 2, 0);
    assert_ok(fal_import_split(0.5, 1, &parts));
    assert_remarks(0, NULL, "all labelled training images are of one class");
    make(good, 3, 0);
    assert_ok(fal_import_split(0.5, 1, &parts));
    parts.std[0] = 0.002F;
    assert_remarks(0, NULL, "but the constants are 0.000 and 0.002: give --mean and --std");
    for (int64_t i = 0; i < 2 * parts.n_train; i++) {
        parts.train_images[i] &= 1;
    }
    assert_remarks(0, "training images equal to an earlier one: ", "no training pixel is above 1 of 255");
}

static void many_classes_are_summed_up(void **state)
{
    (void)state;
    int64_t counts[1000];
    for (int c = 0; c < 1000; c++) {
        counts[c] = 4 + c % 3;
    }
    make(counts, 1000, 0);
    assert_ok(fal_import_split(0.4, 1, &parts));
    assert_remarks(0, "1000 classes of 2 to 4 training and ", NULL);
}

static void equal_images_are_counted(void **state)
{
    (void)state;
    const int64_t counts[2] = {10, 10};
    make(counts, 2, 0);
    assert_ok(fal_import_split(0.5, 1, &parts));
    memcpy(parts.train_images + 6, parts.train_images, 2); /* 3 like 0 */
    memcpy(parts.train_images + 8, parts.train_images, 2); /* 4, too */
    memcpy(parts.test_images + 2, parts.train_images, 2);  /* and a test image */
    parts.train_labels[0] = 0;
    parts.train_labels[3] = 0;
    parts.train_labels[4] = 1; /* but another label */
    parts.test_labels[1] = 0;
    assert_remarks(0, "training images equal to an earlier one: 2\n", "");
    assert_remarks(0, "test images that are training images, too: 1\n", "");
    assert_remarks(0, "equal images with different labels: 1\n", "");
    fal_dataset_parts_destroy(&parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_follow_the_largest_remainders),
        cmocka_unit_test(every_image_is_in_one_set_in_the_order_of_the_files),
        cmocka_unit_test(the_choice_depends_on_the_seed_and_the_class_alone),
        cmocka_unit_test(shares_that_leave_a_set_empty_are_refused),
        cmocka_unit_test(odd_labels_and_pixels_are_warned_of),
        cmocka_unit_test(many_classes_are_summed_up),
        cmocka_unit_test(equal_images_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
