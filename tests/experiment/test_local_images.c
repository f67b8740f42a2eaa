/* Embeddings that a rank holds: those of the file as it was when the job started, read once for as long as they are
 * what a trial asks for. */
#include "support.h"

#include <string.h>

#include "experiment/local_images_internal.h"
#include "fal/io/npy.h"

enum { IMAGES = 6, WIDTH = 2 };

static const char *write_file(float first)
{
    float values[IMAGES * WIDTH] = {first};
    const char *path = fal_test_temporary("z.npy");
    assert_ok(fal_npy_write(path, &(fal_h5_shape){FAL_H5_FLOAT, 2, {IMAGES, WIDTH}}, values));
    return path;
}

static void embeddings_are_those_of_the_start(void **state)
{
    (void)state;
    int64_t row_of[IMAGES] = {0, -1, -1, 1, -1, -1};
    fal_dataset dataset = {.path = "images.h5", .n_train = IMAGES, .held = 2, .row_of = row_of};
    fal_local_images images = {.dataset = &dataset};
    char sha256[2][FAL_HASH_TEXT];
    assert_ok(fal_embeddings_sha256(write_file(5), &dataset, sha256[0]));
    assert_ok(fal_embeddings_sha256(write_file(7), &dataset, sha256[1]));
    assert_fails(fal_local_images_embed(&images, write_file(7), sha256[0]), FAL_ERR_INPUT,
                 "z.npy: changed since the job started");
    assert_null(images.embeddings.z);
    assert_ok(fal_local_images_embed(&images, write_file(5), sha256[0]));
    assert_true(images.embeddings.z[0] == 5.0F);
    assert_ok(fal_local_images_embed(&images, write_file(7), sha256[0])); /* held already: not read */
    assert_true(images.embeddings.z[0] == 5.0F);
    assert_ok(fal_local_images_embed(&images, write_file(7), sha256[1]));
    assert_true(images.embeddings.z[0] == 7.0F);
    fal_local_images_destroy(&images);
    assert_null(images.embeddings.z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_are_those_of_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
