/* What a waiting trial asked, from its files: questions of the checkpoint, hashes and late questions of the folders;
 * what its files cannot mean is refused. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/results/asked.h"
#include "fal/results/tables.h"

enum { IMAGES = 30 };

static char results[520], folder[512];
static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void write_results(void)
{
    static const char *const names[] = {"cat", "dog"};
    static const int32_t partition[IMAGES];
    const fal_h5_shape shape = {FAL_H5_INT32, 1, {IMAGES}};
    const fal_h5_about about = {.description = "its client"};
    fal_h5 *file = NULL;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "results"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", FAL_RESULTS_VERSION));
    assert_ok(fal_h5_set_text(file, "/", "dataset", "tiny"));
    assert_ok(fal_h5_set_text(file, "/", "dataset_train_images_sha256", digest));
    assert_ok(fal_h5_set_text(file, "/", "dataset_train_labels_sha256", digest));
    assert_ok(fal_h5_set_texts(file, "/", "identity_class_names", names, 2));
    assert_ok(fal_h5_write(file, "/partition", &shape, partition, &about));
    assert_ok(fal_h5_save(file, results));
    fal_h5_close(file);
}

/* A checkpoint that asks for `count` images from `first` on, in AL round 3; it used image 2 in round 2. */
static void write_checkpoint(int64_t first, int64_t count, int64_t client)
{
    fal_h5 *file = NULL;
    fal_table waiting;
    fal_table used;
    char path[600];
    fal_table_init(&waiting, &fal_asking_kind);
    fal_table_init(&used, &fal_queries_kind);
    for (int64_t i = 0; i < count; i++) {
        const fal_row_query row = {.al_round = 3, .client = client, .order = i, .image = first + i, .label = -1};
        assert_ok(fal_table_add(&waiting, &row));
    }
    const fal_row_query known = {.al_round = 3, .client = client, .order = count, .image = 29, .label = 1};
    assert_ok(count > 0 ? fal_table_add(&waiting, &known) : FAL_OK);
    const fal_row_query bought = {.al_round = 2, .image = 2, .label = 0};
    assert_ok(fal_table_add(&used, &bought));
    assert_ok(fal_h5_create(&file));
    assert_ok(count > 0 ? fal_h5_write_table(file, &waiting) : FAL_OK);
    assert_ok(fal_h5_write_table(file, &used));
    (void)snprintf(path, sizeof path, "%s.ckpt.h5", folder);
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    fal_table_destroy(&waiting);
    fal_table_destroy(&used);
}

static void add_picture(const char *where, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s.query/%s/images", folder, where);
    assert_ok(fal_file_make_folder(path));
    (void)snprintf(path, sizeof path, "%s.query/%s/images/%s", folder, where, name);
    assert_ok(fal_file_replace(path, "x", 1));
}

static int create(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "%s", fal_test_temporary("tiny_logo_s1"));
    (void)snprintf(results, sizeof results, "%s.h5", folder);
    write_results();
    return 0;
}

static const fal_asked *find(const fal_asked_list *list, int64_t image)
{
    const fal_asked *found = NULL;
    for (int64_t i = 0; i < list->count; i++) {
        if (list->rows[i].image == image) {
            assert_null(found); /* each once */
            found = &list->rows[i];
        }
    }
    return found;
}

static void questions_come_from_checkpoint_and_folders(void **state)
{
    (void)state;
    fal_asked_list list = {0};
    write_checkpoint(10, 4, 1);
    assert_ok(fal_asked_read(results, &list)); /* without any folder */
    assert_int_equal(list.count, 4);
    assert_int_equal(list.al_round, 3);
    assert_int_equal(list.data.n_train, IMAGES);
    assert_int_equal(list.data.classes, 2);
    assert_string_equal(list.class_names[1], "dog");
    assert_string_equal(find(&list, 12)->sha256, "");
    assert_null(find(&list, 29)); /* the data set has its label */
    fal_asked_destroy(&list);

    add_picture("round_03/client_01", "train_000012_0000000c.png");
    add_picture("round_03/client_00", "train_000013_0000000d.png"); /* of another client: not what was asked */
    add_picture("round_02/client_00", "train_000002_00000002.png"); /* trained on */
    add_picture("round_02/client_00", "train_000003_00000003.png"); /* nobody answered: an answer may come late */
    add_picture("round_02/client_00", "train_000099_00000003.png");
    add_picture("round_02/client_00", "notes.txt");
    add_picture("round_02/client_65536", "train_000022_00000016.png"); /* more clients than there may be */
    add_picture("round_02/client_999999999999", "train_000023_00000017.png");
    add_picture("round_04/client_00", "train_000020_00000014.png");
    add_picture("round_02.old/client_00", "train_000021_00000015.png");
    assert_ok(fal_asked_read(results, &list));
    assert_int_equal(list.count, 6);
    assert_string_equal(find(&list, 12)->sha256, "0000000c");
    assert_string_equal(find(&list, 13)->sha256, "");
    assert_true(find(&list, 2)->used);
    assert_false(find(&list, 3)->used);
    assert_int_equal(find(&list, 3)->al_round, 2);
    assert_int_equal(find(&list, 3)->client, 0);
    fal_asked_destroy(&list);
}

/* As fal_hpc goes on: a last checkpoint that is none, or whose query cannot be, gives way to the one before. */
static void a_damaged_checkpoint_gives_way_to_the_one_before(void **state)
{
    (void)state;
    fal_asked_list list = {0};
    char last[600];
    char previous[600];
    (void)snprintf(last, sizeof last, "%s.ckpt.h5", folder);
    (void)snprintf(previous, sizeof previous, "%s.ckpt.prev.h5", folder);
    write_checkpoint(10, 4, 1);
    assert_ok(fal_file_rename(last, previous));
    assert_ok(fal_file_replace(last, "damaged", 7));
    for (int damage = 0; damage < 2; damage++) {
        assert_ok(fal_asked_read(results, &list));
        assert_string_equal(fal_status_message(), "");
        assert_non_null(find(&list, 12));
        assert_null(find(&list, IMAGES - 2));
        assert_int_equal(list.al_round, 3);
        fal_asked_destroy(&list);
        write_checkpoint(IMAGES - 2, 4, 0); /* its first two rows are fine */
    }
    assert_ok(fal_file_replace(previous, "damaged", 7));
    assert_fails(fal_asked_read(results, &list), FAL_ERR_INPUT, "row 2 of the query that waits is out of range");
    assert_ok(fal_file_remove(previous));
    assert_int_equal(fal_h5_open_objects(), 0);
}

static void what_waits_for_nothing_or_cannot_be_is_refused(void **state)
{
    (void)state;
    fal_asked_list list = {0};
    char path[600];
    write_checkpoint(0, 0, 0);
    assert_fails(fal_asked_read(results, &list), FAL_ERR_USAGE, "waits for no labels");
    write_checkpoint(IMAGES - 1, 2, 0);
    assert_fails(fal_asked_read(results, &list), FAL_ERR_INPUT, "row 1 of the query that waits is out of range");
    write_checkpoint(-1, 1, 0);
    assert_fails(fal_asked_read(results, &list), FAL_ERR_INPUT, "out of range");
    write_checkpoint(0, 1, -5);
    assert_fails(fal_asked_read(results, &list), FAL_ERR_INPUT, "out of range");
    (void)snprintf(path, sizeof path, "%s.ckpt.h5", folder);
    assert_fails(fal_asked_read(path, &list), FAL_ERR_INPUT, "");
    assert_ok(fal_file_remove(path));
    assert_fails(fal_asked_read(results, &list), FAL_ERR_USAGE, "waits for no labels");
    assert_fails(fal_asked_read("none.h5", &list), FAL_ERR_INPUT, "cannot open");
    assert_fails(fal_asked_read("none", &list), FAL_ERR_USAGE, "NAME.h5");
    assert_int_equal(list.count, 0);
    assert_int_equal(fal_h5_open_objects(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(questions_come_from_checkpoint_and_folders, create),
        cmocka_unit_test_setup(a_damaged_checkpoint_gives_way_to_the_one_before, create),
        cmocka_unit_test_setup(what_waits_for_nothing_or_cannot_be_is_refused, create),
    };
    return cmocka_run_group_tests_name("results/asked", tests, NULL, NULL);
}
