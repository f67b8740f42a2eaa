/* One source given twice is refused, whatever its names and however it is packed. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/text.h"
#include "fal/data/import.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"

static fal_dataset_parts parts; /* large: not on the stack */

static fal_status import(const char *kind, const char *const *files, int count)
{
    const fal_import_settings settings = {.kind = kind, .files = files, .file_count = count, .name = "some"};
    fal_import_remarks remarks = {0};
    const fal_status status = fal_import_make(&settings, &parts, &remarks);
    fal_text_destroy(&remarks.notes);
    fal_text_destroy(&remarks.warnings);
    return status;
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
    fal_text_add(&text, "cd '%s' && { %s; } >/dev/null 2>&1", fal_test_temporary("."), command);
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
        cmocka_unit_test(a_batch_is_taken_once_under_whatever_name),
        cmocka_unit_test(a_folder_and_its_archive_are_one_source),
        cmocka_unit_test(idx_images_are_taken_once_but_labels_may_be_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
