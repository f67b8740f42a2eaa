/* Names of images: written with a data set, read back by row, refused where they can't be. */
#include "support.h"

#include <string.h>

#include "data/image_names_internal.h"
#include "fal/base/memory.h"

enum { TRAIN = 4, TEST = 2 };
static const char names[] = "cat/1.png\0cat/\xc3\xa4.png\0dog/1, 2.png\0x\0test/1.png\0test/22.png";

static void fill(fal_dataset_parts *parts, bool with_names)
{
    *parts = (fal_dataset_parts){.name = "names", .h = 2, .w = 2, .c = 1, .classes = 2, .std = {1}};
    (void)strcpy(parts->class_names[0], "cat");
    (void)strcpy(parts->class_names[1], "dog");
    parts->n_train = TRAIN;
    parts->n_test = TEST;
    assert_ok(fal_alloc(&parts->train_images, TRAIN, 4, "test"));
    assert_ok(fal_alloc(&parts->test_images, TEST, 4, "test"));
    assert_ok(fal_alloc(&parts->train_labels, TRAIN, sizeof(int16_t), "test"));
    assert_ok(fal_alloc(&parts->test_labels, TEST, sizeof(int16_t), "test"));
    if (with_names) {
        assert_ok(fal_alloc(&parts->names, sizeof names, 1, "test"));
        memcpy(parts->names, names, sizeof names);
        parts->names_bytes = sizeof names;
    }
}

static void names_are_read_back_by_row(void **state)
{
    (void)state;
    static fal_dataset_parts parts;
    static fal_dataset dataset;
    fal_image_names found;
    fill(&parts, true);
    assert_true(fal_image_names_fit(&parts));
    const char *path = fal_test_temporary("names.h5");
    assert_ok(fal_dataset_write(&parts, path));
    assert_ok(fal_dataset_open(path, &dataset));
    assert_ok(fal_image_names_read(&dataset, false, &found));
    assert_string_equal(fal_image_name(&found, 1), "cat/\xc3\xa4.png");
    assert_string_equal(fal_image_name(&found, 3), "x");
    fal_image_names_destroy(&found);
    assert_ok(fal_image_names_read(&dataset, true, &found));
    assert_string_equal(fal_image_name(&found, 1), "test/22.png");
    fal_image_names_destroy(&found);
    fal_dataset_close(&dataset);
    fal_dataset_parts_destroy(&parts);
}

static void a_set_without_names_has_empty_ones(void **state)
{
    (void)state;
    static fal_dataset_parts parts;
    static fal_dataset dataset;
    fal_image_names found;
    fill(&parts, false);
    const char *path = fal_test_temporary("names.h5");
    assert_ok(fal_dataset_write(&parts, path));
    assert_ok(fal_dataset_open(path, &dataset));
    assert_ok(fal_image_names_read(&dataset, false, &found));
    assert_string_equal(fal_image_name(&found, 2), "");
    fal_image_names_destroy(&found);
    fal_dataset_close(&dataset);
    fal_dataset_parts_destroy(&parts);
}

static void names_follow_their_images_into_the_test_set(void **state)
{
    (void)state;
    static fal_dataset_parts parts;
    static const uint8_t in_test[TRAIN + TEST] = {0, 1, 0, 0, 1, 0};
    static const char sorted[] = "cat/1.png\0dog/1, 2.png\0x\0test/22.png\0cat/\xc3\xa4.png\0test/1.png";
    fill(&parts, true);
    parts.n_train = TRAIN + TEST;
    parts.n_test = 0;
    assert_ok(fal_image_names_split(in_test, &parts));
    assert_memory_equal(parts.names, sorted, sizeof sorted);
    fal_dataset_parts_destroy(&parts);
}

static void what_does_not_fit_is_told(void **state)
{
    (void)state;
    static fal_dataset_parts parts;
    fill(&parts, true);
    parts.n_train--;
    assert_false(fal_image_names_fit(&parts)); /* one too many */
    parts.n_train++;
    parts.names_bytes--;
    assert_false(fal_image_names_fit(&parts)); /* the last has no end */
    fal_dataset_parts_destroy(&parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_back_by_row),
        cmocka_unit_test(a_set_without_names_has_empty_ones),
        cmocka_unit_test(names_follow_their_images_into_the_test_set),
        cmocka_unit_test(what_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
