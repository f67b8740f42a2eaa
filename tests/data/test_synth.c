/* The built-in data set: a function of its settings, balanced, with easy near-duplicates and everything in range. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/parallel.h"
#include "fal/data/synth.h"

static fal_dataset_parts parts, other;

static fal_synth_settings small_settings(void)
{
    return (fal_synth_settings){
        .seed = 1, .n_train = 200, .n_test = 70, .classes = FAL_SYNTH_CLASSES, .side = 32, .scenes = FAL_SYNTH_SCENES};
}

enum { BYTES = 32 * 32 * 3 };

static void same_settings_give_the_same_bytes_for_any_threads(void **state)
{
    (void)state;
    const fal_synth_settings settings = small_settings();
    fal_parallel_set_threads(1);
    assert_ok(fal_synth_make(&settings, &parts));
    fal_parallel_set_threads(3);
    assert_ok(fal_synth_make(&settings, &other));
    fal_parallel_set_threads(1);
    assert_memory_equal(parts.train_images, other.train_images, 200 * BYTES);
    assert_memory_equal(parts.test_images, other.test_images, 70 * BYTES);
    fal_dataset_parts_destroy(&parts);
    fal_dataset_parts_destroy(&other);
}

/* Whatever the compiler and the CPU. */
static void the_images_are_the_known_ones(void **state)
{
    (void)state;
    static const char known[] = "92f6d7e4a7e9cf6b5080ee01a153413dcb097555603dafd0ee15d106cba22cce";
    const fal_synth_settings settings = small_settings();
    char text[FAL_HASH_TEXT] = "";
    assert_ok(fal_synth_make(&settings, &parts));
    assert_ok(fal_hash_bytes(parts.train_images, 200 * BYTES, text));
    assert_string_equal(text, known);
    fal_dataset_parts_destroy(&parts);
}

static void seeds_and_splits_give_different_images(void **state)
{
    (void)state;
    fal_synth_settings settings = small_settings();
    assert_ok(fal_synth_make(&settings, &parts));
    settings.seed = 2;
    assert_ok(fal_synth_make(&settings, &other));
    for (int i = 0; i < 70; i++) {
        assert_memory_not_equal(parts.train_images + i * BYTES, other.train_images + i * BYTES, BYTES);
        assert_memory_not_equal(parts.train_images + i * BYTES, parts.test_images + i * BYTES, BYTES);
    }
    fal_dataset_parts_destroy(&parts);
    fal_dataset_parts_destroy(&other);
}

static void a_larger_set_begins_with_the_smaller_one(void **state)
{
    (void)state;
    fal_synth_settings settings = small_settings();
    assert_ok(fal_synth_make(&settings, &parts));
    settings.n_train = 500;
    assert_ok(fal_synth_make(&settings, &other));
    assert_memory_equal(parts.train_images, other.train_images, 200 * BYTES);
    fal_dataset_parts_destroy(&parts);
    fal_dataset_parts_destroy(&other);
}

static void classes_have_equal_counts_and_names(void **state)
{
    (void)state;
    fal_synth_settings settings = small_settings();
    settings.classes = 7;
    assert_ok(fal_synth_make(&settings, &parts));
    int counts[7] = {0};
    for (int i = 0; i < 200; i++) {
        assert_in_range(parts.train_labels[i], 0, 6);
        counts[parts.train_labels[i]]++;
    }
    for (int c = 0; c < 7; c++) {
        assert_in_range(counts[c], 200 / 7, 200 / 7 + 1);
        assert_true(parts.class_names[c][0] != '\0');
        for (int e = 0; e < c; e++) {
            assert_string_not_equal(parts.class_names[c], parts.class_names[e]);
        }
    }
    assert_int_equal(parts.classes, 7);
    assert_int_equal(parts.n_train, 200);
    assert_int_equal(parts.n_test, 70);
    assert_true(parts.flip && parts.c == 3 && parts.h == 32 && parts.w == 32);
    fal_dataset_parts_destroy(&parts);
}

/* Mean absolute difference of two images in grey levels. */
static double difference(const uint8_t *a, const uint8_t *b)
{
    double sum = 0;
    for (int i = 0; i < BYTES; i++) {
        sum += abs(a[i] - b[i]);
    }
    return sum / BYTES;
}

/* Of 100 images of class 0, how many have a near-duplicate among them, and how many nothing like them. */
static void count_neighbours(int scenes, int *near, int *alone)
{
    fal_synth_settings settings = small_settings();
    settings.n_train = 1000;
    settings.scenes = scenes;
    assert_ok(fal_synth_make(&settings, &parts));
    *near = *alone = 0;
    for (int i = 0; i < 1000; i += 10) {
        double nearest = 1e9;
        for (int j = 0; j < 1000; j += 10) {
            const double here = difference(parts.train_images + i * BYTES, parts.train_images + j * BYTES);
            nearest = j != i && here < nearest ? here : nearest;
        }
        *near += nearest < 20;
        *alone += nearest > 30;
    }
    fal_dataset_parts_destroy(&parts);
}

static void some_images_have_near_duplicates_and_some_stand_alone(void **state)
{
    (void)state;
    int near = 0;
    int alone = 0;
    count_neighbours(FAL_SYNTH_SCENES, &near, &alone);
    assert_in_range(near, 25, 80);
    assert_in_range(alone, 30, 70); /* rare scenes and those of their own, among 100 images */
}

static void fewer_scenes_are_repeated_more_often(void **state)
{
    (void)state;
    int near_many = 0;
    int near_few = 0;
    int alone = 0;
    count_neighbours(FAL_SYNTH_SCENES, &near_many, &alone);
    count_neighbours(10, &near_few, &alone);
    assert_true(near_few >= near_many + 10);
    assert_in_range(alone, 5, 40); /* those of their own stay */
}

static void images_use_the_range_of_grey_levels(void **state)
{
    (void)state;
    const fal_synth_settings settings = small_settings();
    assert_ok(fal_synth_make(&settings, &parts));
    double sum = 0;
    double squares = 0;
    for (int64_t i = 0; i < 200 * BYTES; i++) {
        const double x = parts.train_images[i] / 255.0;
        sum += x;
        squares += x * x;
    }
    const double mean = sum / (200.0 * BYTES);
    const double variance = squares / (200.0 * BYTES) - mean * mean;
    assert_true(mean > 0.4 && mean < 0.6);          /* the constants that the data set brings are 0.5 */
    assert_true(variance > 0.04 && variance < 0.1); /* and 0.25 */
    fal_dataset_parts_destroy(&parts);
}

static void other_sizes_are_drawn_too(void **state)
{
    (void)state;
    fal_synth_settings settings = small_settings();
    settings.side = 16;
    assert_ok(fal_synth_make(&settings, &parts));
    fal_dataset_parts_destroy(&parts);
    settings.side = 97;
    assert_ok(fal_synth_make(&settings, &parts));
    assert_int_equal(parts.h, 97);
    fal_dataset_parts_destroy(&parts);
}

static void settings_out_of_range_are_usage_errors(void **state)
{
    (void)state;
    fal_synth_settings settings = small_settings();
    settings.classes = 11;
    assert_fails(fal_synth_make(&settings, &parts), FAL_ERR_USAGE, "11 classes");
    settings = small_settings();
    settings.side = 8;
    assert_fails(fal_synth_make(&settings, &parts), FAL_ERR_USAGE, "8 pixels");
    settings = small_settings();
    settings.scenes = 0;
    assert_fails(fal_synth_make(&settings, &parts), FAL_ERR_USAGE, "0 scenes");
    settings = small_settings();
    settings.n_test = 3;
    assert_fails(fal_synth_make(&settings, &parts), FAL_ERR_USAGE, "3 test images");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_settings_give_the_same_bytes_for_any_threads),
        cmocka_unit_test(the_images_are_the_known_ones),
        cmocka_unit_test(seeds_and_splits_give_different_images),
        cmocka_unit_test(a_larger_set_begins_with_the_smaller_one),
        cmocka_unit_test(classes_have_equal_counts_and_names),
        cmocka_unit_test(some_images_have_near_duplicates_and_some_stand_alone),
        cmocka_unit_test(fewer_scenes_are_repeated_more_often),
        cmocka_unit_test(images_use_the_range_of_grey_levels),
        cmocka_unit_test(other_sizes_are_drawn_too),
        cmocka_unit_test(settings_out_of_range_are_usage_errors),
    };
    return cmocka_run_group_tests_name("data/synth", tests, NULL, NULL);
}
