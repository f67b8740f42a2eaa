/* Imported images are the ones in the files, in the same order; damaged and missing files are refused. The real data
 * are compared by the checksums of their README. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/data/import.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"

static fal_dataset_parts parts; /* large: not on the stack */

static void need_libarchive(void)
{
    if (!fal_archive_available()) {
        print_message("skipped: built without libarchive\n");
        skip();
    }
}

/** The remarks of the last import are kept until the next. */
static fal_import_remarks remarks;

static fal_status import_with(const fal_import_settings *settings)
{
    fal_text_destroy(&remarks.notes);
    fal_text_destroy(&remarks.warnings);
    return fal_import_make(settings, &parts, &remarks);
}

static fal_status import(const char *kind, const char *name, const char *const *files, int count)
{
    return import_with(&(fal_import_settings){.kind = kind, .files = files, .file_count = count, .name = name});
}

/* ---- small files of our own ------------------------------------------------------------------------------------ */

enum { RECORD = 3073 };

/** `records` CIFAR-10 records; plane p of record r is all (10 * (first + r) + p), pixel 1 of it one more. */
static const char *write_records(const char *name, int first, int records)
{
    const char *path = fal_test_temporary(name);
    unsigned char *bytes = NULL;
    assert_ok(fal_alloc(&bytes, (size_t)records, RECORD, "test"));
    for (int r = 0; r < records; r++) {
        unsigned char *at = bytes + r * RECORD;
        at[0] = (unsigned char)((first + r) % 10);
        for (int p = 0; p < 3; p++) {
            memset(at + 1 + 1024 * p, 10 * (first + r) + p, 1024);
            at[1 + 1024 * p + 1]++;
        }
    }
    assert_ok(fal_file_replace(path, bytes, (size_t)records * RECORD));
    fal_free(bytes);
    return path;
}

static void cifar10_records_become_images_by_rising_file_name(void **state)
{
    (void)state;
    need_libarchive();
    const char *const files[] = {write_records("test_batch.bin", 9, 1), write_records("data_batch_2.bin", 2, 2),
                                 write_records("data_batch_1.bin", 0, 2)};
    assert_ok(import("cifar10", NULL, files, 3));
    assert_string_equal(parts.name, "cifar10");
    assert_int_equal(parts.n_train, 4);
    assert_int_equal(parts.n_test, 1);
    assert_int_equal(parts.classes, 10);
    assert_true(parts.flip);
    assert_string_equal(parts.class_names[9], "truck");
    assert_true(parts.mean[0] == 0.485F && parts.std[2] == 0.225F);
    for (int i = 0; i < 4; i++) {
        const uint8_t *image = parts.train_images + (size_t)i * 3072;
        assert_int_equal(parts.train_labels[i], i);
        for (int p = 0; p < 3; p++) {
            assert_int_equal(image[p], 10 * i + p);         /* pixel 0, channel p */
            assert_int_equal(image[3 + p], 10 * i + p + 1); /* pixel 1 */
            assert_int_equal(image[3071 - 2 + p], 10 * i + p);
        }
    }
    assert_int_equal(parts.test_labels[0], 9);
    assert_non_null(strstr(parts.source, "data_batch_1.bin sha256:"));
    fal_dataset_parts_destroy(&parts);
}

typedef struct {
    int calls;
    char last[64];
    int64_t done, total;
} progress_seen;

static void see(void *context, const char *file, int64_t done, int64_t total)
{
    progress_seen *seen = context;
    assert_true(done >= seen->done && done <= total);
    seen->calls++;
    (void)snprintf(seen->last, sizeof seen->last, "%s", file);
    seen->done = done;
    seen->total = total;
}

static void progress_names_the_file_that_is_read(void **state)
{
    (void)state;
    need_libarchive();
    progress_seen seen = {0};
    const char *const files[] = {write_records("data_batch_1.bin", 0, 4), write_records("test_batch.bin", 5, 2)};
    const fal_import_settings settings = {
        .kind = "cifar10", .files = files, .file_count = 2, .progress = see, .progress_context = &seen};
    assert_ok(import_with(&settings));
    assert_true(seen.calls >= 1); /* of what follows within a tenth of a second only the first and the last are told */
    assert_int_equal(seen.total, 6 * RECORD);
    assert_int_equal(seen.done, 6 * RECORD);
    assert_string_equal(seen.last, "test_batch.bin");
    fal_dataset_parts_destroy(&parts);
}

static void class_names_come_from_the_meta_file(void **state)
{
    (void)state;
    need_libarchive();
    const char *meta = fal_test_temporary("batches.meta.txt");
    const char *const files[] = {write_records("data_batch_1.bin", 0, 1), meta, write_records("test_batch.bin", 1, 1)};
    const char lines[] = "a\nb\nc\nd\ne\nf\ng\nh\ni\r\nlast one\n\n";
    assert_ok(fal_file_replace(meta, lines, sizeof lines - 1));
    assert_ok(import("cifar10", "other", files, 3));
    assert_string_equal(parts.name, "other");
    assert_string_equal(parts.class_names[8], "i");
    assert_string_equal(parts.class_names[9], "last one");
    fal_dataset_parts_destroy(&parts);
    assert_ok(fal_file_replace(meta, "a\nb\n", 4));
    assert_fails(import("cifar10", NULL, files, 3), FAL_ERR_INPUT, "has 2 class names, expected 10");
}

static void wrong_cifar10_files_are_refused(void **state)
{
    (void)state;
    need_libarchive();
    const char *train = write_records("data_batch_1.bin", 0, 2);
    const char *test = write_records("test_batch.bin", 0, 1);
    const char *bad = fal_test_temporary("data_batch_3.bin");
    const char *const only_train[] = {train};
    const char *const only_test[] = {test};
    const char *const with_bad[] = {train, test, bad};
    const char *const with_missing[] = {train, test, "/no/such/file.bin"};
    char *bytes = NULL;
    size_t count = 0;
    assert_fails(import("cifar10", NULL, only_train, 1), FAL_ERR_INPUT, "no test images");
    assert_fails(import("cifar10", NULL, only_test, 1), FAL_ERR_INPUT, "no training images");
    assert_fails(import("cifar10", NULL, NULL, 0), FAL_ERR_USAGE, "no files given");
    assert_fails(import("cifar10", NULL, with_missing, 3), FAL_ERR_INPUT, "/no/such/file.bin: cannot open");
    assert_ok(fal_file_read(train, 1 << 20, &bytes, &count));
    assert_ok(fal_file_replace(bad, bytes, count - 1));
    assert_fails(import("cifar10", NULL, with_bad, 3), FAL_ERR_INPUT, "6145 bytes are no whole number of records");
    bytes[RECORD] = 10;
    assert_ok(fal_file_replace(bad, bytes, count));
    assert_fails(import("cifar10", NULL, with_bad, 3), FAL_ERR_INPUT, "label 10 in record 1 is not in 0..9");
    assert_null(parts.train_images);
    fal_free(bytes);
}

static void unknown_kinds_and_names_are_refused(void **state)
{
    (void)state;
    const char *const files[] = {"x"};
    assert_fails(import("cifar-10", NULL, files, 1), FAL_ERR_USAGE, "did you mean cifar10");
    assert_fails(import("idx", NULL, files, 1), FAL_ERR_USAGE, "must consist of letters");
    assert_fails(import("idx", "../x", files, 1), FAL_ERR_USAGE, "must consist of letters");
}

/** An IDX file: `n` labels of value `fill`, or images of 2 x 3. */
static const char *write_idx(const char *name, int n, bool images, int fill)
{
    unsigned char bytes[1024] = {0, 0, 8, images ? 3 : 1, 0, 0, 0, (unsigned char)n};
    size_t head = 8;
    if (images) {
        bytes[11] = 2;
        bytes[15] = 3;
        head = 16;
    }
    const size_t count = (size_t)n * (images ? 6 : 1);
    memset(bytes + head, fill, count);
    const char *path = fal_test_temporary(name);
    assert_ok(fal_file_replace(path, bytes, head + count));
    return path;
}

static void idx_files_are_told_apart_by_content_and_name(void **state)
{
    (void)state;
    need_libarchive();
    const char *const files[] = {write_idx("t10k-labels", 2, false, 4), write_idx("train-images", 3, true, 7),
                                 write_idx("t10k-images", 2, true, 8), write_idx("train-labels", 3, false, 1)};
    assert_ok(import("idx", "small", files, 4));
    assert_int_equal(parts.n_train, 3);
    assert_int_equal(parts.n_test, 2);
    assert_int_equal(parts.h, 2);
    assert_int_equal(parts.w, 3);
    assert_int_equal(parts.c, 1);
    assert_int_equal(parts.classes, 5);
    assert_int_equal(parts.train_images[17], 7);
    assert_int_equal(parts.test_images[11], 8);
    assert_int_equal(parts.train_labels[2], 1);
    assert_int_equal(parts.test_labels[1], 4);
    assert_string_equal(parts.class_names[4], "4");
    assert_true(parts.mean[0] == 0.5F);
    fal_dataset_parts_destroy(&parts);
    assert_ok(import("idx", "mnist", files, 4));
    assert_true(parts.mean[0] == 0.1307F && parts.std[0] == 0.3081F);
    fal_dataset_parts_destroy(&parts);
    /* Names that say nothing: in the order given. */
    const char *const plain[] = {write_idx("b", 3, true, 7), write_idx("a", 2, true, 8), write_idx("d", 3, false, 1),
                                 write_idx("c", 2, false, 2)};
    assert_ok(import("idx", "small", plain, 4));
    assert_int_equal(parts.n_train, 3);
    assert_int_equal(parts.train_labels[0], 1);
    fal_dataset_parts_destroy(&parts);
}

static void idx_files_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    need_libarchive();
    const char *train_images = write_idx("train-images", 3, true, 7);
    const char *train_labels = write_idx("train-labels", 3, false, 1);
    const char *test_images = write_idx("t10k-images", 2, true, 8);
    const char *test_labels = write_idx("t10k-labels", 3, false, 1);
    const char *const three[] = {train_images, train_labels, test_images};
    const char *const counts[] = {train_images, train_labels, test_images, test_labels};
    const char *const twice[] = {train_images, train_labels, write_idx("my-train-images", 3, true, 1)};
    const char *const other[] = {train_images, train_labels, test_images, fal_test_temporary("text")};
    assert_fails(import("idx", "x", three, 3), FAL_ERR_INPUT, "no test labels among the files");
    assert_fails(import("idx", "x", counts, 4), FAL_ERR_INPUT, "t10k-images has 2 images, but t10k-labels has 3");
    assert_fails(import("idx", "x", twice, 3), FAL_ERR_INPUT, "are both training images");
    assert_ok(fal_file_replace(other[3], "words", 5));
    assert_fails(import("idx", "x", other, 4), FAL_ERR_INPUT, "text: is no IDX file");
}

/* ---- real data ------------------------------------------------------------------------------------------------- */

/** The README hashes labels as one byte each. */
static void assert_digests(const uint8_t *images, const int16_t *labels, int64_t n, const char *images_sha256,
                           const char *labels_sha256)
{
    char sha256[65];
    uint8_t *bytes = NULL;
    assert_ok(fal_hash_bytes(images, (size_t)n * parts.h * parts.w * parts.c, sha256));
    assert_string_equal(sha256, images_sha256);
    assert_ok(fal_alloc(&bytes, (size_t)n, 1, "test"));
    for (int64_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)labels[i];
    }
    assert_ok(fal_hash_bytes(bytes, (size_t)n, sha256));
    assert_string_equal(sha256, labels_sha256);
    fal_free(bytes);
}

static const char *real(const char *file)
{
    need_libarchive();
    const char *path = fal_test_data(file);
    if (path == NULL) {
        print_message("skipped: no real image data (FAL_DATA)\n");
        skip();
    }
    return path;
}

static void the_part_of_cifar10_is_the_one_of_the_readme(void **state)
{
    (void)state;
    const char *const folder[] = {real("cifar-10-part")};
    const int64_t counts[10] = {830, 807, 835, 807, 879, 821, 833, 823, 870, 831};
    int64_t found[10] = {0};
    assert_ok(import("cifar10", NULL, folder, 1));
    assert_int_equal(parts.n_train, 8336);
    assert_int_equal(parts.n_test, 1017);
    for (int64_t i = 0; i < parts.n_train; i++) {
        found[parts.train_labels[i]]++;
    }
    for (int c = 0; c < 10; c++) {
        assert_int_equal(found[c], counts[c]);
    }
    assert_digests(parts.test_images, parts.test_labels, parts.n_test,
                   "48bde46fb9080c13770d6a8c4163dc24cff90c2802470aa26c4d6c392faf50f3",
                   "c5cc3963df7952a390249eaf62a93a87c0fd0f0f2c0a4172c3f19c0a634b6e68");
    assert_digests(parts.train_images, parts.train_labels, 4000, /* data_batch_1.bin */
                   "bac45b45504ed1289a3f437be4bfbefece248abbc094a428a0b4dfab00e776ae",
                   "2c365f60663d4e0eae47b2e7e1f85bef4375b295095eff8ce46a32be9415473c");
    assert_digests(parts.train_images + (size_t)7319 * 3072, parts.train_labels + 7319, 1017, /* data_batch_5.bin */
                   "da2ef359100164448739b11b0b170ebf17e05dc5b45ce82d878a03d35ddc7746",
                   "a6de315e5c9ac483773bcb6a0e430ff3d14f8af0722b72292aef095f893883d4");
    fal_dataset_parts_destroy(&parts);
}

static void the_part_of_cifar100_is_the_one_of_the_readme(void **state)
{
    (void)state;
    const char *const folder[] = {real("cifar-100-part")};
    assert_ok(import("cifar100", NULL, folder, 1));
    assert_int_equal(parts.n_train, 1117);
    assert_int_equal(parts.n_test, 916);
    assert_int_equal(parts.classes, 100);
    assert_digests(parts.train_images, parts.train_labels, parts.n_train,
                   "cee692f49619ea7b6756985a231001d8480f150e465f3339624597ba222ccfa6",
                   "296d2429aaae449b1e3c06a1ebec55c68df3adb284e0b1e9ce54b66f0e05e3c4");
    assert_digests(parts.test_images, parts.test_labels, parts.n_test,
                   "1ef09273f5e23b0eafdfbe359f051ece75f575379d5afbc2c307e768c4f73b08",
                   "49607eda88e4ef831024ad052e60a07b0789735edd004880b5933cc6d1528807");
    fal_dataset_parts_destroy(&parts);
}

static void mnist_is_the_one_of_the_readme(void **state)
{
    (void)state;
    const char *const folder[] = {real("mnist")};
    assert_ok(import("idx", "mnist", folder, 1));
    assert_int_equal(parts.n_train, 60000);
    assert_int_equal(parts.n_test, 10000);
    assert_int_equal(parts.classes, 10);
    assert_digests(parts.train_images, parts.train_labels, parts.n_train,
                   "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
                   "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13");
    assert_digests(parts.test_images, parts.test_labels, parts.n_test,
                   "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
                   "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5");
    fal_dataset_parts_destroy(&parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cifar10_records_become_images_by_rising_file_name),
        cmocka_unit_test(progress_names_the_file_that_is_read),
        cmocka_unit_test(class_names_come_from_the_meta_file),
        cmocka_unit_test(wrong_cifar10_files_are_refused),
        cmocka_unit_test(unknown_kinds_and_names_are_refused),
        cmocka_unit_test(idx_files_are_told_apart_by_content_and_name),
        cmocka_unit_test(idx_files_that_do_not_fit_together_are_refused),
        cmocka_unit_test(the_part_of_cifar10_is_the_one_of_the_readme),
        cmocka_unit_test(the_part_of_cifar100_is_the_one_of_the_readme),
        cmocka_unit_test(mnist_is_the_one_of_the_readme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
