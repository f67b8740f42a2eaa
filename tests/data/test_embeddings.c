/* Embeddings of another program: one row per training image, finite, the same whatever file and format they come in. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/embeddings.h"
#include "fal/io/h5.h"
#include "fal/io/npy.h"

enum { IMAGES = 9, WIDTH = 5 };

static double number(int64_t i) { return (double)i / 8.0 - 2.0; } /* exact in float16 */

/* Of the data set only what is asked of it: every third image is held. */
static const fal_dataset *dataset(void)
{
    static fal_dataset made;
    static int64_t row_of[IMAGES];
    made = (fal_dataset){.path = "images.h5", .n_train = IMAGES, .row_of = row_of};
    for (int64_t i = 0; i < IMAGES; i++) {
        row_of[i] = i % 3 == 1 ? made.held++ : -1;
    }
    return &made;
}

/* IMAGES rows (and `more`), one value changed. */
static const char *write_floats(const char *name, int64_t more, int64_t width, int64_t at, float value)
{
    static float values[(IMAGES + 1) * (WIDTH + 1)];
    const char *path = fal_test_temporary(name);
    for (int64_t i = 0; i < (IMAGES + more) * width; i++) {
        values[i] = i == at ? value : (float)number(i);
    }
    assert_ok(fal_npy_write(path, &(fal_h5_shape){FAL_H5_FLOAT, 2, {IMAGES + more, width}}, values));
    return path;
}

static const char *write_doubles(const char *name, int64_t at, double value)
{
    double values[IMAGES * WIDTH];
    const char *path = fal_test_temporary(name);
    for (int64_t i = 0; i < IMAGES * WIDTH; i++) {
        values[i] = i == at ? value : number(i);
    }
    assert_ok(fal_npy_write(path, &(fal_h5_shape){FAL_H5_DOUBLE, 2, {IMAGES, WIDTH}}, values));
    return path;
}

static void rows_of_held_images_are_kept(void **state)
{
    (void)state;
    const fal_dataset *d = dataset();
    const char *path = write_floats("z.npy", 0, WIDTH, -1, 0);
    fal_embeddings z = {0};
    char sha256[FAL_HASH_TEXT];
    int width = 0;
    assert_ok(fal_embeddings_width(path, d, &width));
    assert_int_equal(width, WIDTH);
    assert_ok(fal_embeddings_load(path, d, &z));
    assert_int_equal(z.d, WIDTH);
    for (int64_t i = 1; i < IMAGES; i += 3) {
        const float *row = fal_embeddings_of(&z, d, i);
        assert_true(row == z.z + i / 3 * WIDTH);
        for (int e = 0; e < WIDTH; e++) {
            assert_true(row[e] == (float)number(i * WIDTH + e));
        }
    }
    assert_ok(fal_embeddings_sha256(path, d, sha256));
    assert_string_equal(sha256, z.sha256);
    fal_embeddings_destroy(&z);
    assert_null(z.z);
}

static void the_digest_is_of_values_and_shape(void **state)
{
    (void)state;
    const fal_dataset *d = dataset();
    char one[FAL_HASH_TEXT];
    char other[FAL_HASH_TEXT];
    assert_ok(fal_embeddings_sha256(write_floats("z.npy", 0, WIDTH, -1, 0), d, one));
    assert_string_equal(one, "218053ec3697c3a98d280188cfadf9980a0eb05e287ad05dd59305f4a96732e3");
    assert_ok(fal_embeddings_sha256(write_doubles("wide.npy", -1, 0), d, other));
    assert_string_equal(one, other);
    assert_ok(fal_embeddings_sha256(write_doubles("wide.npy", 7, number(7) + 1e-12), d, other)); /* not in float32 */
    assert_string_equal(one, other);
    assert_ok(fal_embeddings_sha256(write_doubles("wide.npy", 7, number(7) + 1e-6), d, other));
    assert_string_not_equal(one, other);
    assert_ok(fal_embeddings_sha256(write_floats("z.npy", 0, WIDTH, IMAGES * WIDTH - 1, 0), d, other)); /* not held */
    assert_string_not_equal(one, other);
    assert_ok(fal_embeddings_sha256(write_floats("z.npy", 0, WIDTH - 1, -1, 0), d, other));
    assert_string_not_equal(one, other);
}

static void refuses(const char *path, const char *message)
{
    const fal_dataset *d = dataset();
    fal_embeddings z = {0};
    char sha256[FAL_HASH_TEXT] = "";
    assert_fails(fal_embeddings_load(path, d, &z), FAL_ERR_INPUT, message);
    assert_null(z.z);
    assert_fails(fal_embeddings_sha256(path, d, sha256), FAL_ERR_INPUT, message);
}

static void what_is_no_row_per_image_is_refused(void **state)
{
    (void)state;
    int width = 0;
    refuses(write_floats("z.npy", 1, WIDTH, -1, 0),
            "has 10 rows, but images.h5 has 9 training images: give one row per");
    refuses(write_floats("z.npy", -1, WIDTH, -1, 0), "has 8 rows, but images.h5 has 9 training images");
    refuses(write_floats("z.npy", 0, 0, -1, 0), "has 0 numbers per image: expected 1 to 1048576");
    assert_fails(fal_embeddings_width(write_floats("z.npy", 1, WIDTH, -1, 0), dataset(), &width), FAL_ERR_INPUT,
                 "has 10 rows");
    assert_fails(fal_embeddings_check_name("z.csv"), FAL_ERR_USAGE, "--embeddings z.csv: must be FILE.npy");
    assert_ok(fal_embeddings_check_name("z.h5:/z"));
}

static void values_are_finite_and_bounded(void **state)
{
    (void)state;
    fal_embeddings z = {0};
    refuses(write_floats("z.npy", 0, WIDTH, 4 * WIDTH + 2, NAN), "row 4 holds a value that is not finite in float32");
    refuses(write_floats("z.npy", 0, WIDTH, 3 * WIDTH, INFINITY), "row 3 holds a value that is not finite");
    refuses(write_floats("z.npy", 0, WIDTH, 0, 1.001e17F), "row 0 holds a value that is beyond 1e17");
    refuses(write_doubles("wide.npy", 44, -1e300), "row 8 holds a value that is not finite in float32");
    assert_ok(fal_embeddings_load(write_floats("z.npy", 0, WIDTH, 5, 0.999e17F), dataset(), &z));
    fal_embeddings_destroy(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_held_images_are_kept),
        cmocka_unit_test(the_digest_is_of_values_and_shape),
        cmocka_unit_test(what_is_no_row_per_image_is_refused),
        cmocka_unit_test(values_are_finite_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
