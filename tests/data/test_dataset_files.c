/* A data set in one file per site: what must agree, the whole that the files make, and that a file which is not held is
 * never opened. Splitting and joining are each other's way back. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/data/split.h"

enum { H = 4, W = 3, C = 3, BYTES = H * W * C, SITES = 3 };

/* Large: not on the stack. */
static fal_dataset first, second, third, whole;
static fal_dataset_parts parts;

static uint8_t pixel(int64_t seed, int64_t image, int at) { return (uint8_t)(seed * 67 + image * 31 + at * 7); }

static void fill(const char *name, int64_t seed, int64_t train, int64_t test)
{
    memset(&parts, 0, sizeof parts);
    (void)snprintf(parts.name, sizeof parts.name, "%s", name);
    (void)snprintf(parts.source, sizeof parts.source, "made by a test");
    parts.h = H, parts.w = W, parts.c = C, parts.classes = 2, parts.flip = true;
    parts.n_train = train, parts.n_test = test;
    for (int i = 0; i < 3; i++) {
        parts.mean[i] = parts.std[i] = 0.5F;
    }
    (void)snprintf(parts.class_names[0], FAL_NAME_MAX, "cat");
    (void)snprintf(parts.class_names[1], FAL_NAME_MAX, "dog");
    assert_ok(fal_alloc(&parts.train_images, (size_t)train, BYTES, "test"));
    assert_ok(fal_alloc(&parts.test_images, (size_t)test, BYTES, "test"));
    assert_ok(fal_alloc(&parts.train_labels, (size_t)train, 2, "test"));
    assert_ok(fal_alloc(&parts.test_labels, (size_t)test, 2, "test"));
    for (int64_t i = 0; i < train + test; i++) {
        uint8_t *image = i < train ? parts.train_images + i * BYTES : parts.test_images + (i - train) * BYTES;
        for (int j = 0; j < BYTES; j++) {
            image[j] = pixel(seed, i, j);
        }
    }
    for (int64_t i = 0; i < train; i++) {
        parts.train_labels[i] = (int16_t)((i + seed) % 3 - 1);
    }
    for (int64_t i = 0; i < test; i++) {
        parts.test_labels[i] = (int16_t)(i % 2);
    }
}

static const char *write_filled(const char *name)
{
    char file[80];
    (void)snprintf(file, sizeof file, "%s.h5", name);
    const char *path = fal_test_temporary(file);
    assert_ok(fal_dataset_write(&parts, path));
    fal_dataset_parts_destroy(&parts);
    return path;
}

static void kinds_and_constants_must_agree(void **state)
{
    (void)state;
    fill("one", 1, 5, 2);
    assert_ok(fal_dataset_open(write_filled("one"), &first));
    const struct {
        const char *what, *message;
    } cases[] = {
        {"size", "images of 3 x 3 x 3, but 4 x 3 x 3 in "},
        {"name", "class 1 is \"cow\", but \"dog\" in "},
        {"order", "class \"dog\" is number 0, but number 1 in "},
        {"more", "3 classes, but 2 in "},
        {"mean", "mean 0.25 and std 0.5 of channel 1, but 0.5 and 0.5 in "},
        {"augment", "augmentation is none, but flip in "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fill("two", 2, 5, 2);
        const char *what = cases[i].what;
        parts.h = strcmp(what, "size") == 0 ? 3 : H;
        parts.classes = strcmp(what, "more") == 0 ? 3 : 2;
        (void)snprintf(parts.class_names[2], FAL_NAME_MAX, "emu");
        if (strcmp(what, "order") == 0) {
            (void)snprintf(parts.class_names[0], FAL_NAME_MAX, "dog");
        }
        (void)snprintf(parts.class_names[1], FAL_NAME_MAX, "%s",
                       strcmp(what, "order") == 0  ? "cat"
                       : strcmp(what, "name") == 0 ? "cow"
                                                   : "dog");
        parts.mean[1] = strcmp(what, "mean") == 0 ? 0.25F : 0.5F;
        parts.flip = strcmp(what, "augment") != 0;
        assert_ok(fal_dataset_open(write_filled("two"), &second));
        fal_status status = fal_dataset_check_kind(&first, &second);
        status = status == FAL_OK ? fal_dataset_check_constants(&first, &second) : status;
        assert_int_equal(status, FAL_ERR_INPUT);
        fal_test_message_has(cases[i].message);
        fal_test_message_has("two.h5: ");
        fal_status_clear();
        fal_dataset_close(&second);
    }
    fill("two", 2, 1, 0); /* another number of images is fine, and none to test */
    assert_ok(fal_dataset_open_pool(write_filled("two"), &second));
    assert_ok(fal_dataset_check_kind(&first, &second));
    assert_ok(fal_dataset_check_constants(&first, &second));
    fal_dataset_close(&second);
    fal_dataset_close(&first);
}

static fal_dataset_file file_of(const fal_dataset *head, bool held)
{
    fal_dataset_file file = {.path = head->path, .n_train = head->n_train, .n_test = head->n_test, .held = held};
    (void)snprintf(file.name, sizeof file.name, "%s", head->name);
    memcpy(file.sha256_train_images, head->sha256_train_images, sizeof file.sha256_train_images);
    memcpy(file.sha256_train_labels, head->sha256_train_labels, sizeof file.sha256_train_labels);
    memcpy(file.sha256_test_images, head->sha256_test_images, sizeof file.sha256_test_images);
    memcpy(file.sha256_test_labels, head->sha256_test_labels, sizeof file.sha256_test_labels);
    return file;
}

static void open_three(void)
{
    fill("north", 1, 5, 2);
    assert_ok(fal_dataset_open_pool(write_filled("north"), &first));
    fill("south", 2, 1, 0);
    assert_ok(fal_dataset_open_pool(write_filled("south"), &second));
    fill("west", 3, 4, 3);
    assert_ok(fal_dataset_open_pool(write_filled("west"), &third));
}

static void close_three(void)
{
    fal_dataset_close(&first);
    fal_dataset_close(&second);
    fal_dataset_close(&third);
}

static void the_whole_counts_the_images_of_all_files(void **state)
{
    (void)state;
    open_three();
    const fal_dataset_file files[SITES] = {file_of(&first, true), file_of(&second, true), file_of(&third, true)};
    assert_ok(fal_dataset_compose(&first, files, SITES, SITES, &whole));
    assert_string_equal(whole.name, "north+south+west");
    assert_int_equal(whole.n_train, 10);
    assert_int_equal(whole.n_test, 5);
    assert_int_equal(whole.files[2].first, 6);
    assert_int_equal(whole.files[2].test_first, 2);
    assert_int_equal(whole.train_site[5], 1);
    assert_int_equal(whole.train_site[6], 2);
    assert_int_equal(whole.train_labels[3], -1);
    assert_int_equal(strlen(whole.sha256_test_labels), 64);
    assert_ok(fal_dataset_mark_images(&whole));
    assert_ok(fal_dataset_load(&whole, NULL, 0, 5));
    assert_int_equal(fal_dataset_train_image(&whole, 5)[4], pixel(2, 0, 4));
    assert_int_equal(fal_dataset_train_image(&whole, 8)[1], pixel(3, 2, 1));
    assert_int_equal(whole.test_images[1 * BYTES + 2], pixel(1, 6, 2));
    assert_int_equal(whole.test_images[4 * BYTES + 2], pixel(3, 6, 2));
    fal_dataset_close(&whole);
    close_three();
}

static void another_order_or_file_is_another_data_set(void **state)
{
    (void)state;
    char before[65];
    open_three();
    const fal_dataset_file files[2][SITES] = {{file_of(&first, true), file_of(&second, true), file_of(&third, true)},
                                              {file_of(&second, true), file_of(&first, true), file_of(&third, true)}};
    assert_ok(fal_dataset_compose(&first, files[0], SITES, SITES, &whole));
    memcpy(before, whole.sha256_train_images, sizeof before);
    fal_dataset_close(&whole);
    assert_ok(fal_dataset_compose(&first, files[1], SITES, SITES, &whole));
    assert_string_not_equal(whole.sha256_train_images, before);
    fal_dataset_close(&whole);
    close_three();
}

static void a_file_that_is_not_held_is_never_opened(void **state)
{
    (void)state;
    static const uint8_t wanted[10] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
    int64_t from = -1;
    int64_t count = -1;
    open_three();
    fal_dataset_file files[SITES] = {file_of(&first, false), file_of(&second, false), file_of(&third, true)};
    files[0].path = fal_test_temporary("not_there.h5");
    files[1].path = fal_test_temporary("not_there_either.h5");
    assert_ok(fal_dataset_compose(&third, files, SITES, SITES, &whole));
    fal_dataset_held_tests(&whole, &from, &count);
    assert_int_equal(from, 2);
    assert_int_equal(count, 3);
    assert_ok(fal_dataset_mark_images(&whole));
    assert_ok(fal_dataset_load(&whole, wanted, from, count));
    assert_int_equal(whole.held, 2);
    assert_int_equal(fal_dataset_train_image(&whole, 9)[3], pixel(3, 3, 3));
    assert_int_equal(whole.test_images[0], pixel(3, 4, 0));
    fal_dataset_close(&whole);
    files[0].held = true;
    assert_ok(fal_dataset_compose(&third, files, SITES, SITES, &whole));
    assert_fails(fal_dataset_mark_images(&whole), FAL_ERR_INPUT, "not_there.h5: ");
    fal_dataset_close(&whole);
    close_three();
}

static void other_test_images_may_stand_in_a_file_of_their_own(void **state)
{
    (void)state;
    open_three();
    fal_dataset_file files[] = {file_of(&first, true), file_of(&second, true), file_of(&third, true)};
    files[0].n_test = 0;
    files[2].n_train = 0; /* the last one is no site */
    assert_ok(fal_dataset_compose(&first, files, 3, 2, &whole));
    assert_int_equal(whole.sites, 2);
    assert_int_equal(whole.n_train, 6);
    assert_int_equal(whole.n_test, 3);
    assert_string_equal(whole.name, "north+south");
    assert_ok(fal_dataset_mark_images(&whole));
    assert_ok(fal_dataset_load(&whole, NULL, 0, 3));
    assert_int_equal(whole.test_images[2 * BYTES + 1], pixel(3, 6, 1));
    fal_dataset_close(&whole);
    close_three();
}

static void a_name_that_is_too_long_counts_the_other_sites(void **state)
{
    (void)state;
    fal_dataset_file files[SITES];
    fill("a-name-of-fifty-characters-and-not-one-more-than-it", 1, 2, 1);
    assert_ok(fal_dataset_open(write_filled("long"), &first));
    for (int i = 0; i < SITES; i++) {
        files[i] = file_of(&first, true);
    }
    assert_ok(fal_dataset_compose(&first, files, SITES, SITES, &whole));
    assert_string_equal(whole.name, "a-name-of-fifty-characters-and-not-one-more-than-it+2-more");
    assert_true(fal_dataset_name_is_valid(whole.name));
    fal_dataset_close(&whole);
    fal_dataset_close(&first);
}

static void joined_parts_are_the_data_set_in_the_order_of_its_sites(void **state)
{
    (void)state;
    enum { N = 7, T = 5 };
    static const int32_t client_of[N] = {2, 0, 0, 1, -1, 2, 0};
    static const int64_t order[] = {1, 2, 6, 3, 0, 5}, tests[] = {2, 2, 1};
    const char *paths[SITES];
    fill("mixed", 4, N, T);
    assert_ok(fal_dataset_open(write_filled("mixed"), &first));
    assert_ok(fal_dataset_load(&first, NULL, 0, T));
    for (int k = 0; k < SITES; k++) {
        char name[16];
        (void)snprintf(name, sizeof name, "part%d", k);
        assert_ok(fal_split_take(&first, client_of, SITES, k, &parts));
        assert_int_equal(parts.n_test, tests[k]);
        paths[k] = write_filled(name);
    }
    assert_ok(fal_split_join(paths, SITES, &parts));
    assert_int_equal(parts.n_train, 6);
    assert_int_equal(parts.n_test, T);
    for (int64_t i = 0; i < 6; i++) {
        assert_memory_equal(parts.train_images + i * BYTES, fal_dataset_train_image(&first, order[i]), BYTES);
        assert_int_equal(parts.train_labels[i], first.train_labels[order[i]]);
        assert_int_equal(parts.train_site[i], client_of[order[i]]);
    }
    assert_memory_equal(parts.test_images, first.test_images, T * BYTES);
    assert_memory_equal(parts.test_labels, first.test_labels, T * sizeof *first.test_labels);
    fal_dataset_parts_destroy(&parts);
    assert_fails(fal_split_take(&first, client_of, SITES + 1, SITES, &parts), FAL_ERR_INPUT,
                 "client 3 of 4 would hold no image");
    fal_dataset_close(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_and_constants_must_agree),
        cmocka_unit_test(the_whole_counts_the_images_of_all_files),
        cmocka_unit_test(another_order_or_file_is_another_data_set),
        cmocka_unit_test(a_file_that_is_not_held_is_never_opened),
        cmocka_unit_test(other_test_images_may_stand_in_a_file_of_their_own),
        cmocka_unit_test(a_name_that_is_too_long_counts_the_other_sites),
        cmocka_unit_test(joined_parts_are_the_data_set_in_the_order_of_its_sites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
