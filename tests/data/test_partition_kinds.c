/* Shards, sites, partitions from files, and the one function for all kinds. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/data/partition.h"
#include "fal/io/h5.h"

enum { N = 120, CLASSES = 6 };
static int16_t labels[N];
static int32_t site[N], client_of[N], other[N];
static int64_t counts[N * CLASSES];

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        labels[i] = (int16_t)(i % CLASSES);
        site[i] = i < 20 ? 9 : i < 100 ? -4 : 100;
    }
    return 0;
}

static void names_are_parsed_and_others_refused(void **state)
{
    (void)state;
    fal_partition_settings settings = {.clients = 5};
    assert_ok(fal_partition_parse("shards:3", &settings));
    assert_int_equal(settings.kind, FAL_PARTITION_SHARDS);
    assert_int_equal(settings.shards, 3);
    assert_ok(fal_partition_parse("iid", &settings));
    assert_int_equal(settings.kind, FAL_PARTITION_IID);
    assert_ok(fal_partition_parse("logo-code", &settings));
    assert_int_equal(settings.kind, FAL_PARTITION_LOGO_CODE);
    assert_ok(fal_partition_parse("my/site.csv", &settings));
    assert_int_equal(settings.kind, FAL_PARTITION_FILE);
    assert_string_equal(settings.file, "my/site.csv");
    assert_int_equal(settings.clients, 5);
    assert_fails(fal_partition_parse("shards:0", &settings), FAL_ERR_USAGE, "shards:0");
    assert_fails(fal_partition_parse("shards:2x", &settings), FAL_ERR_USAGE, "shards:2x");
    assert_fails(fal_partition_parse("dirichlets", &settings), FAL_ERR_USAGE, "--partition dirichlets");
    assert_fails(fal_partition_parse(".csv", &settings), FAL_ERR_USAGE, "--partition");
}

static void dirichlet_and_iid_are_the_balanced_partition(void **state)
{
    (void)state;
    const fal_partition_settings settings = {.kind = FAL_PARTITION_IID, .seed = 3, .clients = 4};
    int64_t expected[4 * CLASSES];
    int clients = 0;
    assert_ok(fal_partition_clients(&settings, NULL, N, &clients));
    assert_int_equal(clients, 4);
    assert_ok(fal_partition_deal(&settings, 4, CLASSES, labels, NULL, N, client_of, counts));
    assert_ok(fal_partition_make(3, INFINITY, 4, CLASSES, labels, N, other, expected));
    assert_memory_equal(client_of, other, sizeof other);
    assert_memory_equal(counts, expected, sizeof expected);
}

static void shards_give_each_client_few_classes_and_equal_sizes(void **state)
{
    (void)state;
    const fal_partition_settings settings = {.kind = FAL_PARTITION_SHARDS, .seed = 1, .clients = 6, .shards = 2};
    assert_ok(fal_partition_deal(&settings, 6, CLASSES, labels, NULL, N, client_of, counts));
    for (int k = 0; k < 6; k++) {
        int64_t images = 0;
        int classes = 0;
        for (int c = 0; c < CLASSES; c++) {
            images += counts[k * CLASSES + c];
            classes += counts[k * CLASSES + c] > 0;
        }
        assert_int_equal(images, N / 6);
        assert_in_range(classes, 1, 2); /* twelve runs of ten images, twenty images per class */
    }
    assert_ok(fal_partition_deal(&settings, 6, CLASSES, labels, NULL, N, other, counts));
    assert_memory_equal(client_of, other, sizeof other);
    fal_partition_settings many = settings;
    many.shards = 21;
    assert_fails(fal_partition_deal(&many, 6, CLASSES, labels, NULL, N, other, counts), FAL_ERR_USAGE, "126 runs");
}

static void shards_deal_every_image_once_when_sizes_do_not_divide(void **state)
{
    (void)state;
    const fal_partition_settings settings = {.kind = FAL_PARTITION_SHARDS, .seed = 5, .clients = 7, .shards = 3};
    labels[11] = -1;
    assert_ok(fal_partition_deal(&settings, 7, CLASSES, labels, NULL, N, client_of, counts));
    int64_t dealt = 0;
    for (int i = 0; i < 7 * CLASSES; i++) {
        dealt += counts[i];
    }
    assert_int_equal(dealt, N - 1);
    for (int i = 0; i < N; i++) {
        assert_int_equal(client_of[i] == -1, i == 11);
    }
}

static void sites_become_clients_in_rising_order(void **state)
{
    (void)state;
    const fal_partition_settings settings = {.kind = FAL_PARTITION_SITE};
    int clients = 0;
    assert_ok(fal_partition_clients(&settings, site, N, &clients));
    assert_int_equal(clients, 3);
    assert_ok(fal_partition_deal(&settings, 3, CLASSES, labels, site, N, client_of, counts));
    assert_int_equal(client_of[0], 1);
    assert_int_equal(client_of[50], 0);
    assert_int_equal(client_of[119], 2);
    assert_fails(fal_partition_clients(&settings, NULL, N, &clients), FAL_ERR_USAGE, "/train/site");
}

static void a_site_without_labels_is_refused(void **state)
{
    (void)state;
    const fal_partition_settings settings = {.kind = FAL_PARTITION_SITE};
    for (int i = 0; i < 20; i++) {
        labels[i] = -1;
    }
    assert_fails(fal_partition_deal(&settings, 3, CLASSES, labels, site, N, client_of, counts), FAL_ERR_INPUT,
                 "client 1 of 3");
}

static void images_without_labels_are_dealt_where_people_are_asked(void **state)
{
    (void)state;
    const fal_partition_settings settings = {.kind = FAL_PARTITION_SITE, .unlabelled = true};
    int64_t held = 0;
    int64_t counted = 0;
    for (int i = 0; i < 20; i++) {
        labels[i] = -1;
    }
    assert_ok(fal_partition_deal(&settings, 3, CLASSES, labels, site, N, client_of, counts));
    for (int i = 0; i < N; i++) {
        held += client_of[i] >= 0;
    }
    for (int i = 0; i < 3 * CLASSES; i++) {
        counted += counts[i];
    }
    assert_int_equal(client_of[0], 1);
    assert_int_equal(held, N);
    assert_int_equal(counted, N - 20);
}

static const char *write_text(const char *name, const char *text)
{
    const char *path = fal_test_temporary(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    return path;
}

static void a_csv_names_the_client_of_each_image(void **state)
{
    (void)state;
    const int32_t expected[6] = {-1, 2, 0, -1, 1, 0};
    const char *path = write_text("p.csv", "note, client ,image\r\nx,2,1\r\n\r\ny,0,2\nz,1,4\n,-1,0\n,0,5");
    fal_partition_settings settings = {.clients = 99};
    int clients = 0;
    assert_ok(fal_partition_read(path, NULL, 6, client_of));
    assert_memory_equal(client_of, expected, sizeof expected);
    assert_ok(fal_partition_parse(path, &settings));
    assert_ok(fal_partition_clients(&settings, NULL, 6, &clients));
    assert_int_equal(clients, 3);
    assert_ok(fal_partition_deal(&settings, 3, CLASSES, labels, NULL, 6, client_of, counts));
    assert_int_equal(counts[2 * CLASSES + 1], 1);
}

static void broken_csv_files_are_refused_with_their_line(void **state)
{
    (void)state;
    assert_fails(fal_partition_read(write_text("a.csv", "image;client\n"), NULL, 6, client_of), FAL_ERR_INPUT,
                 "a.csv:1:");
    assert_fails(fal_partition_read(write_text("b.csv", "image,client\n1\n"), NULL, 6, client_of), FAL_ERR_INPUT,
                 "b.csv:2:");
    assert_fails(fal_partition_read(write_text("c.csv", "image,client\n1,2\n6,0\n"), NULL, 6, client_of), FAL_ERR_INPUT,
                 "c.csv:3: image 6");
    assert_fails(fal_partition_read(write_text("d.csv", "image,client\n1,2\n1,2\n"), NULL, 6, client_of), FAL_ERR_INPUT,
                 "twice");
    assert_fails(fal_partition_read(write_text("e.csv", "image,client\n1,65536\n"), NULL, 6, client_of), FAL_ERR_INPUT,
                 "client 65536");
    assert_fails(fal_partition_read(fal_test_temporary("none.csv"), NULL, 6, client_of), FAL_ERR_INPUT, "none.csv");
}

static const char *write_results(const char *name, const int32_t *partition, int64_t n)
{
    const fal_h5_shape shape = {.type = FAL_H5_INT32, .rank = 1, .dims = {n}};
    const fal_h5_about about = {.description = "client of each image"};
    const char *path = fal_test_temporary(name);
    fal_h5 *file = NULL;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "results"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", 1));
    assert_ok(fal_h5_write(file, "/partition", &shape, partition, &about));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    return path;
}

static void a_results_file_brings_its_partition(void **state)
{
    (void)state;
    const int32_t given[6] = {0, 1, 1, -1, 0, 2};
    const int32_t bad[6] = {0, 1, 1, -2, 0, 2};
    const char *path = write_results("r.h5", given, 6);
    assert_ok(fal_partition_read(path, NULL, 6, client_of));
    assert_memory_equal(client_of, given, sizeof given);
    assert_fails(fal_partition_read(path, NULL, 7, client_of), FAL_ERR_INPUT, "/partition");
    assert_fails(fal_partition_read(write_results("s.h5", bad, 6), NULL, 6, client_of), FAL_ERR_INPUT, "image 3");
}

static void assert_no_clients(const char *path, const char *part)
{
    fal_partition_settings settings = {.clients = 5};
    int clients = 7;
    assert_ok(fal_partition_parse(path, &settings));
    assert_fails(fal_partition_clients(&settings, NULL, 6, &clients), FAL_ERR_INPUT, part);
    assert_int_equal(clients, 7);
}

/* The number of clients divides images, ranks and budgets: none is an error where it is counted. */
static void a_file_without_clients_is_refused(void **state)
{
    (void)state;
    const int32_t none[6] = {-1, -1, -1, -1, -1, -1};
    const int32_t gap[6] = {0, -1, 3, -1, 2, -1};
    assert_no_clients(write_text("a.csv", "image,client\n"), "a.csv: names no image");
    assert_no_clients(write_text("b.csv", "image,client\n0,-1\n3,-1\n"), "b.csv: names no image");
    assert_no_clients(write_text("c.csv", "image,client"), "c.csv: names no image");
    assert_no_clients(write_text("d.csv", ""), "d.csv: is empty");
    assert_no_clients(write_results("e.h5", none, 6), "e.h5: names no image");
    assert_no_clients(write_results("f.h5", gap, 6), "f.h5: no image belongs to client 1, but some to client 3");
    assert_no_clients(write_text("g.csv", "image,client\n2,65535\n"), "no image belongs to client 0");
}

static void spreadsheets_write_the_same_partition(void **state)
{
    (void)state;
    static const char *const texts[] = {"image,client\n4,1\n1,0\n",
                                        ("\xef\xbb\xbf"
                                         "image,client\r\n4,1\r\n1,0\r\n"),
                                        "\"client\",\"image\"\r1,\"4\"\r0, 1",
                                        "note,image,client,\n\"a, b\",4,1,,\n,1,0\n,,\n"};
    const int32_t expected[6] = {-1, 0, -1, -1, 1, -1};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_ok(fal_partition_read(write_text("s.csv", texts[i]), NULL, 6, client_of));
        assert_memory_equal(client_of, expected, sizeof expected);
    }
    assert_fails(fal_partition_read(write_text("t.csv", "image,client,image\n1,0,1\n"), NULL, 6, client_of),
                 FAL_ERR_INPUT, "two columns are called image");
    assert_fails(fal_partition_read(write_text("u.csv", "client,x\n1,0\n"), NULL, 6, client_of), FAL_ERR_INPUT,
                 "must name the column image");
    assert_fails(fal_partition_read(write_text("v.csv", "note,image,client\na, b,4,1\n"), NULL, 6, client_of),
                 FAL_ERR_INPUT, "has 4 fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_are_parsed_and_others_refused, set_up),
        cmocka_unit_test_setup(dirichlet_and_iid_are_the_balanced_partition, set_up),
        cmocka_unit_test_setup(shards_give_each_client_few_classes_and_equal_sizes, set_up),
        cmocka_unit_test_setup(shards_deal_every_image_once_when_sizes_do_not_divide, set_up),
        cmocka_unit_test_setup(sites_become_clients_in_rising_order, set_up),
        cmocka_unit_test_setup(a_site_without_labels_is_refused, set_up),
        cmocka_unit_test_setup(images_without_labels_are_dealt_where_people_are_asked, set_up),
        cmocka_unit_test_setup(a_csv_names_the_client_of_each_image, set_up),
        cmocka_unit_test_setup(broken_csv_files_are_refused_with_their_line, set_up),
        cmocka_unit_test_setup(a_results_file_brings_its_partition, set_up),
        cmocka_unit_test_setup(a_file_without_clients_is_refused, set_up),
        cmocka_unit_test_setup(spreadsheets_write_the_same_partition, set_up),
    };
    return cmocka_run_group_tests_name("data/partition_kinds", tests, NULL, NULL);
}
