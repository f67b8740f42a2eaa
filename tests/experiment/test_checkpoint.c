/* Checkpoints: what is written comes back; damage and strangers are noticed. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment/checkpoint_internal.h"
#include "tiny_plan.h"
#include "fal/base/memory.h"

enum { SIZE = 48, TRAINED = 32, CLIENTS = 2, CLASSES = 3 };

static tiny_plan tiny;

static int set_up(void **state)
{
    (void)state;
    tiny_plan_create(&tiny);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_ok(fal_checkpoint_remove(tiny.plan.trials[0].id.path));
    tiny_plan_destroy(&tiny);
    return 0;
}

static fal_checkpoint empty(void)
{
    fal_checkpoint checkpoint = {.size = SIZE, .vector_size = TRAINED};
    fal_record_init(&checkpoint.record, CLIENTS, CLASSES);
    return checkpoint;
}

static void fill(fal_checkpoint *checkpoint, int64_t al_round)
{
    *checkpoint = empty();
    checkpoint->al_round = al_round;
    checkpoint->fl_done = 7;
    assert_ok(fal_alloc(&checkpoint->params, SIZE, sizeof(float), "test"));
    for (int i = 0; i < SIZE; i++) {
        checkpoint->params[i] = (float)i / 3;
    }
    checkpoint->vectors = 2;
    assert_ok(fal_alloc(&checkpoint->vector, 2 * TRAINED, sizeof(float), "test"));
    assert_ok(fal_alloc(&checkpoint->vector_client, 2, sizeof(int32_t), "test"));
    checkpoint->vector[TRAINED + 3] = 5;
    checkpoint->vector_client[0] = -1;
    checkpoint->vector_client[1] = 1;
    for (int64_t i = 0; i < 4; i++) {
        const fal_row_query row = {.al_round = 1 + i / 2, .client = i % 2, .image = 10 * i, .label = i % CLASSES};
        assert_ok(fal_table_add(&checkpoint->record.queries, &row));
    }
    const double by_class[CLASSES] = {0.1, 0.2, 0.3};
    const fal_row_round round = {.al_round = 1, .test_accuracy = 0.5};
    assert_ok(fal_record_add_classes(&checkpoint->record, by_class));
    assert_ok(fal_table_add(&checkpoint->record.rounds, &round));
    const int64_t confusion[CLASSES * CLASSES] = {5, 0, 1, 0, 7, 2, 3, 4, 9};
    assert_ok(fal_record_set_confusion(&checkpoint->record, confusion));
}

static void write_one(int64_t al_round)
{
    fal_checkpoint checkpoint;
    fill(&checkpoint, al_round);
    assert_ok(fal_checkpoint_write(&checkpoint, &tiny.plan.trials[0].id, tiny.dataset));
    fal_checkpoint_destroy(&checkpoint);
}

static void a_checkpoint_comes_back_whole(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    fal_checkpoint written;
    fal_checkpoint read = empty();
    fill(&written, 2);
    fal_name_checkpoint(tiny.plan.trials[0].id.path, false, path);
    assert_ok(fal_checkpoint_write(&written, &tiny.plan.trials[0].id, tiny.dataset));
    assert_ok(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read));
    assert_int_equal(read.al_round, 2);
    assert_int_equal(read.fl_done, 7);
    assert_memory_equal(read.params, written.params, SIZE * sizeof(float));
    assert_int_equal(read.vectors, 2);
    assert_memory_equal(read.vector, written.vector, 2 * TRAINED * sizeof(float));
    assert_int_equal(read.vector_client[0], -1);
    assert_int_equal(read.record.queries.count, 4);
    assert_memory_equal(read.record.queries.rows, written.record.queries.rows, 4 * sizeof(fal_row_query));
    assert_memory_equal(read.record.class_accuracy, written.record.class_accuracy, CLASSES * sizeof(double));
    assert_memory_equal(read.record.confusion, written.record.confusion, CLASSES * CLASSES * sizeof(int64_t));
    fal_checkpoint_destroy(&read);
    fal_checkpoint_destroy(&written);
}

static void a_checkpoint_without_confusion_is_as_good(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    fal_checkpoint written;
    fal_checkpoint read = empty();
    fill(&written, 2);
    fal_free(written.record.confusion);
    written.record.confusion = NULL;
    fal_name_checkpoint(tiny.plan.trials[0].id.path, false, path);
    assert_ok(fal_checkpoint_write(&written, &tiny.plan.trials[0].id, tiny.dataset));
    assert_ok(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read));
    assert_null(read.record.confusion);
    assert_int_equal(read.record.rounds.count, 1);
    fal_checkpoint_destroy(&read);
    fal_checkpoint_destroy(&written);
}

static void a_query_that_waits_comes_back_whole(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    fal_checkpoint written;
    fal_checkpoint read = empty();
    fal_h5 *file = NULL;
    fill(&written, 2);
    for (int64_t i = 0; i < 3; i++) {
        const fal_row_query row = {.al_round = 2, .client = i % 2, .image = 7 * i, .label = i - 1, .score = 0.5};
        const fal_row_client client = {.al_round = 2, .client = i % 2, .m_transport = 0.25};
        assert_ok(fal_table_add(&written.record.asking, &row));
        assert_ok(i < 2 ? fal_table_add(&written.record.asking_clients, &client) : FAL_OK);
    }
    fal_name_checkpoint(tiny.plan.trials[0].id.path, false, path);
    assert_ok(fal_checkpoint_write(&written, &tiny.plan.trials[0].id, tiny.dataset));
    assert_ok(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read));
    assert_int_equal(read.record.asking.count, 3);
    assert_memory_equal(read.record.asking.rows, written.record.asking.rows, 3 * sizeof(fal_row_query));
    assert_int_equal(read.record.asking_clients.count, 2);
    assert_memory_equal(read.record.asking_clients.rows, written.record.asking_clients.rows,
                        2 * sizeof(fal_row_client));
    assert_ok(fal_h5_open(path, &file)); /* a program that cannot wait must not go on with it */
    assert_fails(fal_h5_check_format(file, "checkpoint", FAL_CHECKPOINT_VERSION_NOT_WAITING), FAL_ERR_INPUT, "newer");
    fal_h5_close(file);
    fal_checkpoint_destroy(&read);
    fal_checkpoint_destroy(&written);
    write_one(2);
    assert_ok(fal_h5_open(path, &file));
    assert_ok(fal_h5_check_format(file, "checkpoint", FAL_CHECKPOINT_VERSION_NOT_WAITING));
    fal_h5_close(file);
}

static void the_previous_checkpoint_is_kept(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    fal_checkpoint read = empty();
    write_one(1);
    write_one(2);
    fal_name_checkpoint(tiny.plan.trials[0].id.path, true, path);
    assert_ok(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read));
    assert_int_equal(read.al_round, 1);
    fal_checkpoint_destroy(&read);
}

static void a_checkpoint_of_another_dataset_is_refused(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    fal_checkpoint read = empty();
    write_one(1);
    fal_name_checkpoint(tiny.plan.trials[0].id.path, false, path);
    strcpy(tiny.dataset->sha256_train_images, "2");
    assert_fails(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read), FAL_ERR_USAGE,
                 "its training images");
    strcpy(tiny.dataset->sha256_train_images, "1");
    tiny.dataset->mean[0] = 0.25F;
    assert_fails(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read), FAL_ERR_USAGE,
                 "another mean of the data");
    tiny.dataset->mean[0] = 0;
    strcpy(tiny.dataset->class_names[1], "fox");
    assert_fails(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read), FAL_ERR_USAGE,
                 "another name of class 1");
    strcpy(tiny.dataset->class_names[1], "dog");
    assert_ok(fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read));
    fal_checkpoint_destroy(&read);
}

/* Flip one bit at many places: each is either noticed or of no consequence for what was read. */
static void a_damaged_checkpoint_is_noticed(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    write_one(3);
    fal_name_checkpoint(tiny.plan.trials[0].id.path, false, path);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    int noticed = 0;
    for (long at = 97; at < size; at += size / 60) {
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        const int byte = fgetc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_not_equal(fputc(byte ^ 0x10, file), EOF);
        assert_int_equal(fflush(file), 0);
        fal_checkpoint read = empty();
        const fal_status status = fal_checkpoint_read(path, &tiny.plan.trials[0].id, tiny.dataset, &read);
        noticed += status != FAL_OK;
        if (status == FAL_OK) {
            assert_int_equal(read.al_round, 3);
            assert_int_equal(read.record.queries.count, 4);
        }
        fal_status_clear();
        fal_checkpoint_destroy(&read);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_not_equal(fputc(byte, file), EOF);
        assert_int_equal(fflush(file), 0);
    }
    assert_int_equal(fclose(file), 0);
    assert_true(noticed > 0);
}

static void class_counts_follow_from_the_query_log(void **state)
{
    (void)state;
    fal_checkpoint checkpoint;
    int64_t *counts = NULL;
    fill(&checkpoint, 2);
    assert_ok(fal_record_counts(&checkpoint.record, 2, true, &counts));
    /* AL round 1: client 0 label 0, client 1 label 1; AL round 2: client 0 label 2, client 1 label 0. */
    const int64_t expected[2][CLIENTS][CLASSES] = {{{1, 0, 0}, {0, 1, 0}}, {{1, 0, 1}, {1, 1, 0}}};
    assert_memory_equal(counts, expected, sizeof expected);
    fal_free(counts);
    fal_checkpoint_destroy(&checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_checkpoint_comes_back_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_without_confusion_is_as_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_query_that_waits_comes_back_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_previous_checkpoint_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_of_another_dataset_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_checkpoint_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(class_counts_follow_from_the_query_log, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
