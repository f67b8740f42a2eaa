/* Class names: writers accept what readers accept, and nothing else. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include <unistd.h>

#include "fal/data/dataset.h"
#include "fal/io/h5.h"

enum { IMAGES = 2 };
static fal_dataset dataset; /* large: not on the stack */
static fal_dataset_parts parts;
static uint8_t pixels[IMAGES * 4];
static int16_t labels[IMAGES] = {0, 1};

static void fill_parts(const char *first, const char *second)
{
    parts = (fal_dataset_parts){.name = "names",
                                .source = "test",
                                .h = 2,
                                .w = 2,
                                .c = 1,
                                .classes = 2,
                                .std = {1, 1, 1},
                                .n_train = IMAGES,
                                .n_test = IMAGES,
                                .train_images = pixels,
                                .test_images = pixels,
                                .train_labels = labels,
                                .test_labels = labels};
    (void)snprintf(parts.class_names[0], FAL_NAME_MAX, "%s", first);
    (void)snprintf(parts.class_names[1], FAL_NAME_MAX, "%s", second);
}

/* A data set of good names whose names are then changed, as another program could. */
static fal_status read_with_names(const char *first, const char *second)
{
    const char *path = fal_test_temporary("changed.h5");
    const char *const names[2] = {first, second};
    const fal_h5_shape image_shape = {FAL_H5_UINT8, 4, {IMAGES, 2, 2, 1}};
    const fal_h5_shape label_shape = {FAL_H5_INT16, 1, {IMAGES}};
    static const char *const arrays[4] = {"/train/images", "/train/labels", "/test/images", "/test/labels"};
    fal_h5 *file = NULL;
    fill_parts("a", "b");
    assert_ok(fal_dataset_write(&parts, path));
    assert_ok(fal_dataset_open(path, &dataset));
    const char *const sums[4] = {dataset.sha256_train_images, dataset.sha256_train_labels, dataset.sha256_test_images,
                                 dataset.sha256_test_labels};
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "dataset"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", 1));
    assert_ok(fal_h5_set_text(file, "/", "name", "names"));
    assert_ok(fal_h5_set_texts(file, "/", "class_names", names, 2));
    for (int i = 0; i < 4; i++) {
        assert_ok(i % 2 == 0 ? fal_h5_write(file, arrays[i], &image_shape, pixels, NULL)
                             : fal_h5_write(file, arrays[i], &label_shape, labels, NULL));
        assert_ok(fal_h5_set_text(file, arrays[i], "sha256", sums[i]));
    }
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    fal_dataset_close(&dataset);
    const fal_status status = fal_dataset_open(path, &dataset);
    if (status == FAL_OK) {
        assert_string_equal(dataset.class_names[0], first);
        fal_dataset_close(&dataset);
    }
    return status;
}

static fal_status write_with_names(const char *first, const char *second)
{
    const char *path = fal_test_temporary("written.h5");
    fill_parts(first, second);
    const fal_status status = fal_dataset_write(&parts, path);
    assert_int_equal(access(path, F_OK) == 0, status == FAL_OK);
    (void)unlink(path);
    return status;
}

static void names_of_any_script_are_written_and_read(void **state)
{
    (void)state;
    static const char *const good[] = {"cat",
                                       "Größe",
                                       "\xe4\xb8\xad\xe6\x96\x87",
                                       "two words, \"quoted\"",
                                       "\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a",
                                       "\xf0\x9f\x90\x88"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_ok(write_with_names(good[i], "other"));
        assert_ok(read_with_names(good[i], "other"));
    }
}

static void what_a_reader_refuses_no_writer_writes(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *part;
    } bad[] = {{"", "b", "class 0 (\"\") is empty"},
               {"same", "same", "class 1 (\"same\") is used twice"},
               {"a", "\x1b[31mred", "class 1 (\"?[31mred\") holds control characters"},
               {"a\nb", "b", "class 0"},
               {"a",
                "\xc2\x9b"
                "31m",
                "class 1"},
               {"\x9b"
                "31m",
                "b", "class 0"},
               {"a", "caf\xe9", "class 1"},
               {"a",
                "\xe2\x80\xae"
                "gpj",
                "class 1"},
               {"a", "a\xe2\x80\x8b", "class 1"},
               {"\xef\xbb\xbf"
                "a",
                "a", "class 0"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_fails(write_with_names(bad[i].first, bad[i].second), FAL_ERR_INPUT, bad[i].part);
        assert_fails(read_with_names(bad[i].first, bad[i].second), FAL_ERR_INPUT, bad[i].part);
    }
}

static void the_name_of_a_data_set_is_checked_where_it_is_written(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "../up", ".hidden", "a b",
                                      ("gr\xc3\xb6\xc3\x9f"
                                       "e")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(fal_dataset_name_is_valid(bad[i]));
        fill_parts("a", "b");
        (void)snprintf(parts.name, FAL_NAME_MAX, "%s", bad[i]);
        assert_fails(fal_dataset_write(&parts, fal_test_temporary("n.h5")), FAL_ERR_INPUT, "not written: the name");
    }
    assert_true(fal_dataset_name_is_valid("CIFAR-10_v1.0+x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_any_script_are_written_and_read),
        cmocka_unit_test(what_a_reader_refuses_no_writer_writes),
        cmocka_unit_test(the_name_of_a_data_set_is_checked_where_it_is_written),
    };
    return cmocka_run_group_tests_name("data/dataset_names", tests, NULL, NULL);
}
