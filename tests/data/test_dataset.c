/* A dataset reads back as written, only the wanted images are held, and what breaks the contract is refused. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"

enum { N = 3000, T = 7, H = 5, W = 50, C = 3 };

static int64_t changed_image = -1; /* whose pixels are others than usual: a training image, or a test image + 1000 */

static uint8_t pixel(int64_t image, int at)
{
    return (uint8_t)(image * 31 + at * 7 + (image >> 4) + (image == changed_image && at == 3));
}

/** About 2 MiB of images, so that reading needs several chunks. */
static void write_example(const char *path, bool site)
{
    fal_dataset_parts *parts = NULL;
    assert_ok(fal_alloc(&parts, 1, sizeof *parts, "test"));
    (void)snprintf(parts->name, sizeof parts->name, "example");
    (void)snprintf(parts->source, sizeof parts->source, "made by a test");
    parts->h = H, parts->w = W, parts->c = C, parts->classes = 2, parts->flip = true;
    parts->n_train = N, parts->n_test = T;
    for (int i = 0; i < 3; i++) {
        parts->mean[i] = 0.25F * (float)(i + 1);
        parts->std[i] = 0.5F;
    }
    (void)snprintf(parts->class_names[0], FAL_NAME_MAX, "cat");
    (void)snprintf(parts->class_names[1], FAL_NAME_MAX, "dog");
    assert_ok(fal_alloc(&parts->train_images, N, H * W * C, "test"));
    assert_ok(fal_alloc(&parts->test_images, T, H * W * C, "test"));
    assert_ok(fal_alloc(&parts->train_labels, N, 2, "test"));
    assert_ok(fal_alloc(&parts->test_labels, T, 2, "test"));
    for (int64_t i = 0; i < N; i++) {
        parts->train_labels[i] = (int16_t)(i % 3 - 1);
        for (int j = 0; j < H * W * C; j++) {
            parts->train_images[i * H * W * C + j] = pixel(i, j);
        }
    }
    for (int64_t i = 0; i < T; i++) {
        parts->test_labels[i] = (int16_t)(i % 2);
        for (int j = 0; j < H * W * C; j++) {
            parts->test_images[i * H * W * C + j] = pixel(i + 1000, j);
        }
    }
    if (site) {
        assert_ok(fal_alloc(&parts->train_site, N, 4, "test"));
        for (int64_t i = 0; i < N; i++) {
            parts->train_site[i] = (int32_t)(i / 100);
        }
    }
    assert_ok(fal_dataset_write(parts, path));
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
}

static fal_dataset dataset; /* large: not on the stack */

static void head_and_labels_read_back(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("d.h5");
    write_example(path, true);
    assert_ok(fal_dataset_open(path, &dataset));
    assert_string_equal(dataset.name, "example");
    assert_string_equal(dataset.path, path);
    assert_int_equal(dataset.n_train, N);
    assert_int_equal(dataset.n_test, T);
    assert_int_equal(dataset.h, H);
    assert_int_equal(dataset.w, W);
    assert_int_equal(dataset.c, C);
    assert_int_equal(dataset.classes, 2);
    assert_true(dataset.flip);
    assert_string_equal(dataset.class_names[1], "dog");
    assert_true(dataset.mean[2] == 0.75F && dataset.std[0] == 0.5F);
    assert_int_equal(dataset.train_labels[0], -1);
    assert_int_equal(dataset.train_labels[2], 1);
    assert_int_equal(dataset.test_labels[3], 1);
    assert_int_equal(dataset.train_site[250], 2);
    assert_null(dataset.train_images);
    assert_int_equal(strlen(dataset.sha256_test_labels), 64);
    fal_dataset_close(&dataset);
    fal_dataset_close(&dataset); /* of a zeroed struct */
}

/** sha256 of labels 0 1 0 1 0 1 0 as int16 little-endian: printf '\0\0\1\0\0\0\1\0\0\0\1\0\0\0' | sha256sum */
static void labels_are_hashed_as_little_endian_int16(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("d.h5");
    write_example(path, false);
    assert_ok(fal_dataset_open(path, &dataset));
    assert_string_equal(dataset.sha256_test_labels, "41b441cda8bb81f5b6541be4ca1ef9f89ac04e36ad4cead4e7739e51d0e61a3f");
    assert_null(dataset.train_site);
    fal_dataset_close(&dataset);
}

static void check_images(void)
{
    for (int64_t i = 0; i < N; i++) {
        if (dataset.row_of[i] >= 0) {
            const uint8_t *found = fal_dataset_train_image(&dataset, i);
            for (int j = 0; j < H * W * C; j++) {
                assert_int_equal(found[j], pixel(i, j));
            }
        }
    }
}

static void only_the_wanted_images_are_held(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("d.h5");
    static uint8_t wanted[N];
    write_example(path, false);
    assert_ok(fal_dataset_open(path, &dataset));
    int64_t held = 0;
    for (int64_t i = 0; i < N; i++) {
        wanted[i] = (i * 2654435761U >> 7) % 10 == 3 || i == N - 1;
        held += wanted[i];
    }
    assert_ok(fal_dataset_load(&dataset, wanted, 2, 3));
    assert_int_equal(dataset.held, held);
    for (int64_t i = 0; i < N; i++) {
        assert_int_equal(dataset.row_of[i] >= 0, wanted[i]);
    }
    check_images();
    assert_int_equal(dataset.test_first, 2);
    assert_int_equal(dataset.test_held, 3);
    assert_int_equal(dataset.test_images[H * W * C + 4], pixel(1003, 4));
    memset(wanted, 0, sizeof wanted); /* again, with none: what was held before is gone */
    assert_ok(fal_dataset_load(&dataset, wanted, 0, 0));
    assert_int_equal(dataset.held, 0);
    assert_ok(fal_dataset_load(&dataset, NULL, 0, T));
    assert_int_equal(dataset.held, N);
    check_images();
    fal_dataset_close(&dataset);
}

static void images_that_change_after_they_were_marked_are_noticed_where_they_are_read(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("d.h5");
    static uint8_t wanted[N];
    const struct {
        int64_t changed;
        bool noticed;
    } cases[] = {{-1, false}, {N - 1, true}, {17, true}, {18, false}, {1000 + 5, true}};
    memset(wanted, 0, sizeof wanted);
    wanted[17] = wanted[N - 1] = 1;
    write_example(path, false);
    assert_ok(fal_dataset_open(path, &dataset));
    assert_ok(fal_dataset_mark_images(&dataset));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        changed_image = cases[i].changed;
        write_example(path, false); /* another file of the same shape under the same name */
        if (cases[i].noticed) {
            assert_fails(fal_dataset_load(&dataset, wanted, 4, 3), FAL_ERR_INPUT, "is not the one that rank 0 saw");
            assert_null(dataset.train_images);
        } else {
            assert_ok(fal_dataset_load(&dataset, wanted, 4, 3));
        }
    }
    changed_image = -1;
    fal_dataset_close(&dataset);
}

/* ---- what is refused ------------------------------------------------------------------------------------------- */

/** A small dataset file of which one thing is wrong. */
typedef struct {
    const char *wrong, *message;
} wrong_case;

static bool is(const char *wrong, const char *what) { return strcmp(wrong, what) == 0; }

static void put_labels(fal_h5 *file, const char *path, const char *wrong, bool here)
{
    const int16_t labels[3] = {0, (int16_t)(here && is(wrong, "label too large") ? 2 : 1),
                               (int16_t)(here && is(wrong, "label too small") ? -2 : 0)};
    const int32_t wide[3] = {0, 1, 0};
    const bool other = here && is(wrong, "label type");
    const fal_h5_shape shape = {other ? FAL_H5_INT32 : FAL_H5_INT16, 1, {here && is(wrong, "label count") ? 2 : 3}};
    if (!(here && is(wrong, "no labels"))) {
        assert_ok(fal_h5_write(file, path, &shape, other ? (const void *)wide : labels, NULL));
    }
}

static void put_images(fal_h5 *file, const char *path, const char *wrong, bool here)
{
    const uint8_t pixels[3 * 5000] = {0};
    fal_h5_shape shape = {FAL_H5_UINT8, 4, {3, 2, 2, 1}};
    if (here) {
        shape.dims[0] = is(wrong, "no image") ? 0 : 3;
        shape.dims[1] = is(wrong, "side") ? 5000 : 2;
        shape.dims[2] = is(wrong, "side") ? 1 : 2;
        shape.dims[3] = is(wrong, "channels") ? 2 : (is(wrong, "other shape") ? 3 : 1);
        shape.rank = is(wrong, "rank") ? 3 : 4;
    }
    assert_ok(fal_h5_write(file, path, &shape, pixels, NULL));
}

/* Of labels 0 1 0: printf '\0\0\1\0\0\0' | sha256sum */
#define LABELS_SHA256 "025fc246f13759c192cbbae2a68f2b59b6478f21b31a05d77483a87e417906dd"

static void write_wrong(const char *path, const char *wrong)
{
    const char *const names[] = {"a", is(wrong, "names equal") ? "a" : (is(wrong, "name with control") ? "b\n" : "b")};
    const char *arrays[] = {"/train/images", "/train/labels", "/test/images", "/test/labels"};
    const float mean[2] = {is(wrong, "mean") ? NAN : 0.5F, 0.5F};
    const float std[1] = {is(wrong, "std") ? 0.0F : 0.5F};
    const bool test_labels = is(wrong, "label too small") || is(wrong, "label type");
    fal_h5 *file = NULL;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", is(wrong, "format") ? "model" : "dataset"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", is(wrong, "version") ? 2 : 1));
    assert_ok(fal_h5_set_text(file, "/", "name", is(wrong, "name") ? "../up" : "wrong"));
    assert_ok(fal_h5_set_text(file, "/", "augment", is(wrong, "augment") ? "rotate" : "none"));
    assert_ok(fal_h5_set_floats(file, "/", "mean", mean, is(wrong, "mean count") ? 2 : 1));
    assert_ok(fal_h5_set_floats(file, "/", "std", std, 1));
    if (!is(wrong, "no names")) {
        assert_ok(fal_h5_set_texts(file, "/", "class_names", names, 2));
    }
    put_images(file, arrays[0], wrong, !is(wrong, "other shape"));
    put_labels(file, arrays[1], wrong, !test_labels);
    put_images(file, arrays[2], wrong, is(wrong, "other shape"));
    put_labels(file, arrays[3], wrong, test_labels);
    for (int i = 0; i < 4; i++) {
        if (!(i == 1 && is(wrong, "no labels"))) {
            const bool other = i % 2 == 0 || is(wrong, i == 1 ? "training labels changed" : "test labels changed");
            assert_ok(fal_h5_set_text(file, arrays[i], "sha256",
                                      is(wrong, "sha") ? "abc"
                                      : other          ? "0123456789abcdef0123456789abcdef"
                                                         "0123456789abcdef0123456789abcdef"
                                                       : LABELS_SHA256));
        }
    }
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
}

static void what_breaks_the_contract_is_refused_with_one_message(void **state)
{
    (void)state;
    static const wrong_case cases[] = {
        {"format", "is a model file, but a dataset file is needed"},
        {"version", "written by a newer program"},
        {"name", "the name \"../up\" must consist of letters"},
        {"augment", "augment is \"rotate\""},
        {"mean", "the mean is 0 to 1"},
        {"std", "std 0.001 to 1"},
        {"mean count", "attribute mean of / has 2 values, expected 1"},
        {"no names", "no attribute class_names"},
        {"names equal", "name of class 1 (\"a\") is used twice"},
        {"name with control", "holds control characters"},
        {"no image", "/train/images has 0 images"},
        {"side", "images of 5000 x 1 x 1"},
        {"channels", "but is uint8 [3, 2, 2, 2]: there may be 1 or 3 channels"},
        {"rank", "/train/images must be uint8 [images, height, width, channels]"},
        {"other shape", "/test/images has images of 2 x 2 x 3, but /train/images of 2 x 2 x 1"},
        {"label count", "/train/labels has 2 values, but there are 3 images"},
        {"label too large", "label 2 of image 1 in /train/labels is not in -1..1"},
        {"label too small", "label -2 of image 2 in /test/labels is not in 0..1"},
        {"label type", "/test/labels must be int16 [images]"},
        {"no labels", "/train/labels is missing"},
        {"sha", "attribute sha256 of /train/images is not 64"},
        {"training labels changed", "the checksum of /train/labels is"},
        {"test labels changed", "the checksum of /test/labels is"},
    };
    const char *path = fal_test_temporary("wrong.h5");
    write_wrong(path, "nothing");
    assert_ok(fal_dataset_open(path, &dataset)); /* else the cases below would prove nothing */
    fal_dataset_close(&dataset);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_wrong(path, cases[i].wrong);
        assert_fails(fal_dataset_open(path, &dataset), FAL_ERR_INPUT, cases[i].message);
        assert_null(dataset.train_labels);
    }
}

static void a_cut_dataset_is_refused(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("d.h5");
    char *bytes = NULL;
    size_t count = 0;
    write_example(path, false);
    assert_ok(fal_file_read(path, 1 << 26, &bytes, &count));
    for (int tenth = 1; tenth < 10; tenth++) {
        assert_ok(fal_file_replace(fal_test_temporary("cut.h5"), bytes, count * (size_t)tenth / 10));
        assert_fails(fal_dataset_open(fal_test_temporary("cut.h5"), &dataset), FAL_ERR_INPUT, "truncated");
    }
    fal_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_and_labels_read_back),
        cmocka_unit_test(labels_are_hashed_as_little_endian_int16),
        cmocka_unit_test(only_the_wanted_images_are_held),
        cmocka_unit_test(images_that_change_after_they_were_marked_are_noticed_where_they_are_read),
        cmocka_unit_test(what_breaks_the_contract_is_refused_with_one_message),
        cmocka_unit_test(a_cut_dataset_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
