/* Mean and standard deviation over files are those of all pixels together. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/constants.h"
#include "fal/data/dataset.h"
#include "fal/io/file.h"

static const char *write_dataset(const char *name, int n, int side, int c, uint32_t draw)
{
    fal_dataset_parts *parts = NULL;
    assert_ok(fal_alloc(&parts, 1, sizeof *parts, "test"));
    *parts = (fal_dataset_parts){.name = "test", .h = side, .w = side, .c = c, .classes = 2, .n_train = n, .n_test = 2};
    const size_t bytes = (size_t)side * (size_t)side * (size_t)c;
    for (int i = 0; i < 3; i++) {
        parts->mean[i] = parts->std[i] = 0.5F;
    }
    strcpy(parts->class_names[0], "a");
    strcpy(parts->class_names[1], "b");
    assert_ok(fal_alloc(&parts->train_images, (size_t)n, bytes, "test"));
    assert_ok(fal_alloc(&parts->train_labels, (size_t)n, sizeof(int16_t), "test"));
    assert_ok(fal_alloc(&parts->test_images, 2, bytes, "test"));
    assert_ok(fal_alloc(&parts->test_labels, 2, sizeof(int16_t), "test"));
    for (size_t i = 0; i < (size_t)n * bytes; i++) {
        draw = draw * 1664525U + 1013904223U;
        parts->train_images[i] = (uint8_t)(draw >> (24 + i % (size_t)c)); /* channels differ */
    }
    memset(parts->test_images, 255, 2 * bytes);
    const char *path = fal_test_temporary(name);
    assert_ok(fal_dataset_write(parts, path));
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
    return path;
}

typedef struct {
    double n, sum[3], squares[3];
    int c;
} direct;

static fal_status add(void *context, const uint8_t *images, int64_t first, int64_t count)
{
    direct *d = context;
    (void)first;
    for (int64_t i = 0; i < count; i++) { /* count holds values here */
        d->sum[i % d->c] += images[i] / 255.0;
        d->squares[i % d->c] += images[i] / 255.0 * images[i] / 255.0;
        d->n += i % d->c == 0;
    }
    return FAL_OK;
}

static void add_file(const char *path, bool test, direct *d)
{
    fal_dataset *dataset = NULL;
    assert_ok(fal_alloc(&dataset, 1, sizeof *dataset, "test"));
    assert_ok(fal_dataset_open(path, dataset));
    assert_ok(fal_dataset_load(dataset, NULL, 0, dataset->n_test));
    const int64_t values = (int64_t)dataset->h * dataset->w * dataset->c;
    assert_ok(add(d, dataset->train_images, 0, dataset->n_train * values));
    if (test) {
        assert_ok(add(d, dataset->test_images, 0, dataset->n_test * values));
    }
    fal_dataset_close(dataset);
    fal_free(dataset);
}

static void several_files_count_by_their_pixels(void **state)
{
    (void)state;
    const char *const paths[] = {write_dataset("a.h5", 300, 40, 3, 1), write_dataset("b.h5", 7, 9, 3, 2)};
    const char *const turned[] = {paths[1], paths[0]};
    for (int train_only = 0; train_only < 2; train_only++) {
        fal_constants found;
        fal_constants other;
        direct d = {.c = 3};
        add_file(paths[0], train_only == 0, &d);
        add_file(paths[1], train_only == 0, &d);
        assert_ok(fal_constants_take(paths, 2, train_only, &found));
        assert_ok(fal_constants_take(turned, 2, train_only, &other));
        assert_memory_equal(&found, &other, sizeof found);
        assert_int_equal(found.images, train_only ? 307 : 311);
        for (int k = 0; k < 3; k++) {
            const double mean = d.sum[k] / d.n;
            assert_true(fabs(found.mean[k] - mean) < 1e-7);
            assert_true(fabs(found.std[k] - sqrt(d.squares[k] / d.n - mean * mean)) < 1e-7);
        }
    }
}

static void what_does_not_fit_together_is_refused(void **state)
{
    (void)state;
    fal_constants found;
    const char *const paths[] = {write_dataset("a.h5", 3, 4, 3, 1), write_dataset("b.h5", 3, 4, 1, 2)};
    assert_fails(fal_constants_take(paths, 2, false, &found), FAL_ERR_INPUT, "b.h5: has 1 channel");
}

static void sums_of_a_site_count_as_its_file(void **state)
{
    (void)state;
    fal_text table = {0};
    fal_constants whole;
    fal_constants told;
    const char *paths[] = {write_dataset("sums_a.h5", 30, 7, 3, 1), write_dataset("sums_b.h5", 20, 5, 3, 2)};
    assert_ok(fal_constants_take(paths, 2, false, &whole));
    assert_ok(fal_constants_sums(paths, 1, false, &table));
    paths[0] = fal_test_temporary("sums_a.csv");
    assert_ok(fal_file_replace(paths[0], table.chars, table.length));
    assert_ok(fal_constants_take(paths, 2, false, &told));
    assert_int_equal(told.images, whole.images);
    assert_memory_equal(told.mean, whole.mean, sizeof whole.mean);
    assert_memory_equal(told.std, whole.std, sizeof whole.std);
    fal_text_destroy(&table);
}

static void sums_that_no_images_have_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *rows, *message;
    } cases[] = {
        {"0,1,4,1021,1021", "sum"},
        {"0,1,4,1020,300000", "squares"},
        {"0,2,1,3,9", "pixels"},
        {"1,1,4,9,27", "channel"},
        {"0,1,4,9,27\n1,1,4,9,27", "must have a row for 1 channel or for each of 3"},
        {"0,1,4,9,27\n1,1,5,9,27\n2,1,4,9,27", "line 3: other images or pixels"},
        {"", "must have a row for 1 channel"},
    };
    const char *path = fal_test_temporary("wrong.csv");
    fal_constants found;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "channel,images,pixels,sum,squares\n%s\n", cases[i].rows);
        assert_ok(fal_file_replace(path, text, strlen(text)));
        assert_fails(fal_constants_take(&path, 1, false, &found), FAL_ERR_INPUT, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_files_count_by_their_pixels), cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(sums_of_a_site_count_as_its_file), cmocka_unit_test(sums_that_no_images_have_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
