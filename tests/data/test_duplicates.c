/* Equal images are counted, whatever their labels; equal sources are refused, whatever their names. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/data/duplicates.h"
#include "fal/data/import.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"

static fal_dataset_parts parts; /* large: not on the stack */

/* ---- images ---------------------------------------------------------------------------------------------------- */

/** Images of 3 x 3 pixels, all of one grey level each. */
static void make_images(const char *train, const char *test)
{
    parts = (fal_dataset_parts){.h = 3, .w = 3, .c = 1};
    parts.n_train = (int64_t)strlen(train);
    parts.n_test = (int64_t)strlen(test);
    assert_ok(fal_alloc(&parts.train_images, strlen(train), 9, "test"));
    assert_ok(fal_alloc(&parts.test_images, strlen(test), 9, "test"));
    for (size_t i = 0; train[i] != '\0'; i++) {
        memset(parts.train_images + 9 * i, train[i], 9);
    }
    for (size_t i = 0; test[i] != '\0'; i++) {
        memset(parts.test_images + 9 * i, test[i], 9);
    }
}

static void assert_counts(const char *train, const char *test, int64_t in_train, int64_t in_test, int64_t shared)
{
    fal_duplicates found;
    make_images(train, test);
    assert_ok(fal_duplicates_count(&parts, &found));
    assert_int_equal(found.train, in_train);
    assert_int_equal(found.test, in_test);
    assert_int_equal(found.shared, shared);
    fal_dataset_parts_destroy(&parts);
}

static void equal_images_are_counted_where_they_are(void **state)
{
    (void)state;
    assert_counts("abc", "de", 0, 0, 0);
    assert_counts("aba", "de", 1, 0, 0);
    assert_counts("aaa", "de", 2, 0, 0);
    assert_counts("abc", "dd", 0, 1, 0);
    assert_counts("abc", "ad", 0, 0, 1);
    assert_counts("abcaa", "xaax", 2, 2, 2);
    assert_counts("", "", 0, 0, 0);
}

static void images_that_differ_in_one_pixel_are_different(void **state)
{
    (void)state;
    fal_duplicates found;
    for (int pixel = 0; pixel < 9; pixel++) {
        make_images("aa", "");
        parts.train_images[pixel] ^= 1;
        assert_ok(fal_duplicates_count(&parts, &found));
        assert_int_equal(found.train, 0);
        fal_dataset_parts_destroy(&parts);
    }
}

/* ---- sources --------------------------------------------------------------------------------------------------- */

static fal_status import(const char *kind, const char *const *files, int count)
{
    const fal_import_settings settings = {.kind = kind, .files = files, .file_count = count, .name = "some"};
    return fal_import_make(&settings, &parts);
}

/** One CIFAR-10 record of this label and grey level. */
static const char *write_record(const char *name, int label, int level)
{
    unsigned char bytes[3073];
    const char *path = fal_test_temporary(name);
    memset(bytes, level, sizeof bytes);
    bytes[0] = (unsigned char)label;
    assert_ok(fal_file_replace(path, bytes, sizeof bytes));
    return path;
}

/** IDX images of 2 x 2, all of one grey level, or labels. */
static const char *write_idx(const char *name, int n, bool images, int fill)
{
    unsigned char bytes[256] = {0, 0, 8, images ? 3 : 1, 0, 0, 0, (unsigned char)n, 0, 0, 0, 2, 0, 0, 0, 2};
    const size_t head = images ? 16 : 8;
    const char *path = fal_test_temporary(name);
    memset(bytes + head, fill, (size_t)n * 4);
    assert_ok(fal_file_replace(path, bytes, head + (size_t)n * (images ? 4 : 1)));
    return path;
}

static bool shell(const char *command)
{
    fal_text text = {0};
    assert_ok(fal_text_add(&text, "cd '%s' && { %s; } >/dev/null 2>&1", fal_test_temporary("."), command));
    const int code = system(text.chars);
    fal_text_destroy(&text);
    return code == 0;
}

static void need(const char *command)
{
    if (!fal_archive_available()) {
        print_message("skipped: built without libarchive\n");
        skip();
    }
    if (!shell(command)) {
        print_message("skipped: %s does not work here\n", command);
        skip();
    }
}

static void a_batch_is_taken_once_under_whatever_name(void **state)
{
    (void)state;
    const char *const twice[] = {write_record("data_batch_1.bin", 1, 7), write_record("test_batch.bin", 2, 8),
                                 write_record("data_batch_9.bin", 1, 7)};
    need("gzip -kf data_batch_1.bin && tar -czf b.tar.gz data_batch_1.bin");
    const char *const packed[] = {twice[0], twice[1], fal_test_temporary("data_batch_1.bin.gz")};
    const char *const archive[] = {twice[0], twice[1], fal_test_temporary("b.tar.gz")};
    const char *const same_test[] = {twice[0], write_record("my_test.bin", 1, 7)};
    assert_fails(import("cifar10", twice, 3), FAL_ERR_INPUT, "data_batch_9.bin hold the same data");
    assert_fails(import("cifar10", packed, 3), FAL_ERR_INPUT, "data_batch_1.bin.gz hold the same data");
    assert_fails(import("cifar10", archive, 3), FAL_ERR_INPUT, "b.tar.gz: member data_batch_1.bin hold the same data");
    assert_fails(import("cifar10", same_test, 2), FAL_ERR_INPUT, "my_test.bin hold the same data");
    assert_ok(import("cifar10", twice, 2));
    fal_dataset_parts_destroy(&parts);
}

static void a_folder_and_its_archive_are_one_source(void **state)
{
    (void)state;
    assert_ok(fal_file_make_folder(fal_test_temporary("f")));
    (void)write_record("f/data_batch_1.bin", 1, 7);
    (void)write_record("f/test_batch.bin", 2, 8);
    need("tar -cJf f/all.tar.xz f/data_batch_1.bin f/test_batch.bin");
    const char *const folder[] = {fal_test_temporary("f")};
    assert_fails(import("cifar10", folder, 1), FAL_ERR_INPUT, "hold the same data: give one of them");
    need("rm f/all.tar.xz && rm -r f");
}

static void idx_images_are_taken_once_but_labels_may_be_equal(void **state)
{
    (void)state;
    const char *const good[] = {write_idx("a", 3, true, 1), write_idx("b", 3, false, 0), write_idx("c", 3, true, 2),
                                write_idx("d", 3, false, 0)};
    need("gzip -kf a");
    const char *const twice[] = {good[0], good[1], fal_test_temporary("a.gz"), good[3]};
    assert_ok(import("idx", good, 4));
    fal_dataset_parts_destroy(&parts);
    assert_fails(import("idx", twice, 4), FAL_ERR_INPUT, "a.gz hold the same data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_images_are_counted_where_they_are),
        cmocka_unit_test(images_that_differ_in_one_pixel_are_different),
        cmocka_unit_test(a_batch_is_taken_once_under_whatever_name),
        cmocka_unit_test(a_folder_and_its_archive_are_one_source),
        cmocka_unit_test(idx_images_are_taken_once_but_labels_may_be_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
