/* The folder in which people are asked: whole or not there, never over somebody's answers. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/png_write.h"
#include "fal/results/query_folder.h"

enum { SIDE = 5, IMAGES = 20, COUNT = 3 };

static uint8_t pictures[IMAGES][SIDE * SIDE];
static const char classes[2][FAL_NAME_MAX] = {"normal", "pneumonia"};

static const uint8_t *pixels(const void *context, int64_t image)
{
    assert_ptr_equal(context, pictures);
    return pictures[image];
}

static int create(void **state)
{
    (void)state;
    for (int i = 0; i < IMAGES; i++) {
        for (int p = 0; p < SIDE * SIDE; p++) {
            pictures[i][p] = (uint8_t)(17 * i + 31 * p);
        }
    }
    return 0;
}

static void fill(fal_query *query, fal_query_item items[COUNT])
{
    for (int i = 0; i < COUNT; i++) {
        items[i] = (fal_query_item){.order = 2 * i, .image = 11 - 3 * i, .suggested = i % 2, .score = NAN};
    }
    *query = (fal_query){.name = "tiny_logo_s1",
                         .round = 3,
                         .client = 2,
                         .items = items,
                         .count = COUNT,
                         .pixels = pixels,
                         .context = pictures,
                         .h = SIDE,
                         .w = SIDE,
                         .c = 1,
                         .classes = 2,
                         .class_names = classes,
                         .dataset = "tiny",
                         .sha256_train_images = "11",
                         .sha256_train_labels = "22"};
    for (int i = 0; i < COUNT; i++) {
        assert_ok(fal_query_fill_sha256(query, &items[i]));
    }
    assert_ok(fal_query_hash(query));
}

static char *text_of(const char *folder, const char *name)
{
    char path[512];
    char *bytes = NULL;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(fal_file_read(path, 1 << 20, &bytes, &count));
    return bytes;
}

static void the_folder_holds_the_pictures_and_a_table(void **state)
{
    (void)state;
    fal_query query;
    fal_query_item items[COUNT];
    char folder[512];
    char name[FAL_QUERY_IMAGE_NAME];
    char path[1024];
    char expected[512];
    char *bytes = NULL;
    size_t count = 0;
    unsigned char *png = NULL;
    size_t png_count = 0;
    fill(&query, items);
    (void)snprintf(folder, sizeof folder, "%s/round_03/client_02", fal_test_temporary("tiny.query"));
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    char *table = text_of(folder, "labels.csv");
    (void)snprintf(expected, sizeof expected,
                   "client,order,image,file,suggested,label,annotator,seconds\n"
                   "2,0,11,train_000011_%s.png,,,,\n2,2,8,train_000008_%s.png,,,,\n2,4,5,train_000005_%s.png,,,,\n",
                   items[0].sha256, items[1].sha256, items[2].sha256);
    assert_string_equal(table, expected);
    fal_free(table);
    fal_query_image_name(&items[1], name);
    (void)snprintf(path, sizeof path, "%s/images/%s", folder, name);
    assert_ok(fal_file_read(path, 1 << 20, &bytes, &count));
    assert_ok(fal_png_encode(pictures[8], SIDE, SIDE, 1, &png, &png_count));
    assert_int_equal(count, png_count);
    assert_memory_equal(bytes, png, count);
    fal_free(bytes);
    fal_free(png);
    (void)snprintf(path, sizeof path, "%s/index.html", folder);
    assert_true(fal_file_exists(path));
    (void)snprintf(path, sizeof path, "%s/tasks.json", folder);
    assert_true(fal_file_exists(path));
}

static void suggestions_are_told_only_when_asked_for(void **state)
{
    (void)state;
    fal_query query;
    fal_query_item items[COUNT];
    fill(&query, items);
    items[2].suggested = -1;
    const char *folder = fal_test_temporary("suggest.query");
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){.suggest = true}));
    char *table = text_of(folder, "labels.csv");
    fal_test_text_has(table, ".png,0,,,\n2,2,");
    fal_test_text_has(table, ".png,1,,,\n2,4,");
    fal_test_text_has(table, ".png,,,,\n");
    fal_free(table);
}

static void answers_in_the_folder_stay(void **state)
{
    (void)state;
    fal_query query;
    fal_query_item items[COUNT];
    char folder[512];
    char path[1024];
    const char answered[] = "image,label\n11,pneumonia\n";
    fill(&query, items);
    (void)snprintf(folder, sizeof folder, "%s", fal_test_temporary("stay.query"));
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    (void)snprintf(path, sizeof path, "%s/labels.csv", folder);
    assert_ok(fal_file_replace(path, answered, strlen(answered)));
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    char *table = text_of(folder, "labels.csv");
    assert_string_equal(table, answered);
    fal_free(table);
    for (int i = 1; i <= 3; i++) { /* another query there: the old ones are moved aside */
        items[1].image = 11 + i;
        assert_ok(fal_query_fill_sha256(&query, &items[1]));
        assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    }
    char aside[600];
    (void)snprintf(aside, sizeof aside, "%s.old", folder);
    table = text_of(aside, "labels.csv");
    assert_string_equal(table, answered);
    fal_free(table);
    (void)snprintf(aside, sizeof aside, "%s.old-3", folder);
    table = text_of(aside, "labels.csv");
    fal_test_text_has(table, "train_000013");
    fal_free(table);
    table = text_of(folder, "labels.csv");
    fal_test_text_has(table, "train_000014");
    fal_free(table);
}

static void move(const char *folder, const char *from, const char *to, const char *name)
{
    char before[1024];
    char after[1024];
    (void)snprintf(before, sizeof before, "%s/%s/%s", folder, from, name);
    (void)snprintf(after, sizeof after, "%s/%s", folder, to);
    assert_ok(fal_file_make_folder(after));
    (void)snprintf(after, sizeof after, "%s/%s/%s", folder, to, name);
    assert_ok(fal_file_rename(before, after));
}

static void pictures_may_be_sorted_into_folders_beside(void **state)
{
    (void)state;
    fal_query query;
    fal_query_item items[COUNT];
    char folder[512];
    char name[FAL_QUERY_IMAGE_NAME];
    char path[1024];
    char aside[600];
    fill(&query, items);
    (void)snprintf(folder, sizeof folder, "%s", fal_test_temporary("sorted.query"));
    (void)snprintf(aside, sizeof aside, "%s.old", folder);
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    fal_query_image_name(&items[0], name);
    move(folder, "images", "normal", name);
    fal_query_image_name(&items[1], name);
    move(folder, "images", "pneumonia", name);
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    assert_false(fal_file_exists(aside));
    (void)snprintf(path, sizeof path, "%s/pneumonia/%s", folder, name);
    assert_true(fal_file_exists(path));
    assert_ok(fal_file_replace(path, "", 0)); /* what is no picture any more is none */
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    assert_true(fal_file_exists(aside));
}

/** What a power cut leaves of a folder that was in place. */
static void a_folder_with_an_empty_file_is_written_anew(void **state)
{
    (void)state;
    fal_query query;
    fal_query_item items[COUNT];
    char folder[512];
    char path[1024];
    char image[FAL_QUERY_IMAGE_NAME + sizeof "images/"];
    fill(&query, items);
    (void)snprintf(image, sizeof image, "images/");
    fal_query_image_name(&items[2], image + strlen(image));
    const char *files[] = {"labels.csv", "index.html", "tasks.json", image};
    (void)snprintf(folder, sizeof folder, "%s", fal_test_temporary("cut.query"));
    assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
    for (int i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        assert_int_equal(truncate(path, 0), 0);
        assert_ok(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}));
        char *bytes = text_of(folder, files[i]);
        assert_true(bytes[0] != '\0');
        fal_free(bytes);
    }
}

static void what_cannot_be_written_leaves_nothing(void **state)
{
    (void)state;
    fal_query query;
    fal_query_item items[COUNT];
    char folder[512];
    const char *file = fal_test_temporary("a_file");
    fill(&query, items);
    assert_ok(fal_file_replace(file, "x", 1));
    (void)snprintf(folder, sizeof folder, "%s/client_00", file);
    assert_fails(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}), FAL_ERR_OUTPUT, "a_file");
    (void)snprintf(folder, sizeof folder, "%s", fal_test_temporary("twice.query"));
    items[2] = items[1]; /* two files of one name */
    assert_fails(fal_query_folder_write(folder, &query, &(fal_query_folder_options){0}), FAL_ERR_OUTPUT, "train_");
    assert_false(fal_file_exists(folder));
}

static void the_hash_tells_queries_apart(void **state)
{
    (void)state;
    fal_query query;
    fal_query_item items[COUNT];
    char first[FAL_HASH_TEXT];
    fill(&query, items);
    memcpy(first, query.hash, sizeof first);
    items[0].suggested = 1;
    assert_ok(fal_query_hash(&query));
    assert_string_equal(query.hash, first); /* what the model says is no part of the question */
    query.client = 3;
    assert_ok(fal_query_hash(&query));
    assert_string_not_equal(query.hash, first);
    query.client = 2;
    items[0].image = 12;
    assert_ok(fal_query_hash(&query));
    assert_string_not_equal(query.hash, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folder_holds_the_pictures_and_a_table),
        cmocka_unit_test(suggestions_are_told_only_when_asked_for),
        cmocka_unit_test(answers_in_the_folder_stay),
        cmocka_unit_test(pictures_may_be_sorted_into_folders_beside),
        cmocka_unit_test(a_folder_with_an_empty_file_is_written_anew),
        cmocka_unit_test(what_cannot_be_written_leaves_nothing),
        cmocka_unit_test(the_hash_tells_queries_apart),
    };
    return cmocka_run_group_tests(tests, create, NULL);
}
