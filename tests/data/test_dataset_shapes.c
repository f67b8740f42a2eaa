/* Arrays of another type or order of axes: the message says what is there, what is wanted, and how to get there. */
#include "support.h"

#include <string.h>

#include "data/dataset_internal.h"

static void images(fal_h5_type type, int rank, int64_t a, int64_t b, int64_t c, int64_t d, const char *part)
{
    const fal_h5_shape shape = {type, rank, {a, b, c, d}};
    fal_status_clear();
    assert_int_equal(fal_dataset_fail_images("x.h5", "/train/images", &shape), FAL_ERR_INPUT);
    fal_test_message_has("x.h5: /train/images must be uint8 [images, height, width, channels], but is ");
    fal_test_message_has(part);
    fal_status_clear();
}

static void images_of_other_shapes_are_explained(void **state)
{
    (void)state;
    images(FAL_H5_UINT8, 4, 200, 3, 32, 32, "is uint8 [200, 3, 32, 32]: the channels come first here");
    images(FAL_H5_UINT8, 4, 200, 1, 28, 28, "images.transpose(0, 2, 3, 1)");
    images(FAL_H5_UINT8, 3, 200, 28, 28, 0, "is uint8 [200, 28, 28]: grey images need an axis of one channel");
    images(FAL_H5_UINT8, 4, 32, 32, 3, 200, "images.transpose(3, 0, 1, 2)");
    images(FAL_H5_UINT8, 4, 200, 32, 32, 4, "images[..., :3]");
    images(FAL_H5_UINT8, 4, 200, 32, 32, 2, "there may be 1 or 3 channels");
    images(FAL_H5_FLOAT, 4, 200, 32, 32, 3, "is float32 [200, 32, 32, 3]: pixels are whole numbers from 0 to 255");
    images(FAL_H5_INT64, 4, 200, 32, 32, 3, "astype(\"uint8\")");
    images(FAL_H5_UINT8, 2, 200, 784, 0, 0, "is uint8 [200, 784]: give the images their rows back");
}

static void labels(fal_h5_type type, int rank, int64_t a, int64_t b, const char *part)
{
    const fal_h5_shape shape = {type, rank, {a, b}};
    fal_status_clear();
    assert_int_equal(fal_dataset_fail_labels("x.h5", "/test/labels", &shape), FAL_ERR_INPUT);
    fal_test_message_has("x.h5: /test/labels must be int16 [images], but is ");
    fal_test_message_has(part);
    fal_status_clear();
}

static void labels_of_other_types_are_explained(void **state)
{
    (void)state;
    labels(FAL_H5_INT64, 1, 200, 0, "is int64 [200]: labels.astype(\"int16\") in numpy");
    labels(FAL_H5_UINT8, 1, 200, 0, "is uint8 [200]");
    labels(FAL_H5_INT16, 2, 200, 1, "is int16 [200, 1]: labels.reshape(-1)");
    labels(FAL_H5_DOUBLE, 1, 200, 0, "is float64 [200]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_of_other_shapes_are_explained),
        cmocka_unit_test(labels_of_other_types_are_explained),
    };
    return cmocka_run_group_tests_name("data/dataset_shapes", tests, NULL, NULL);
}
