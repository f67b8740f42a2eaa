/* What a site keeps of a stopped trial: whenever a job is killed, one of the two files is of the checkpoint's moment.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment/client_state_internal.h"
#include "tiny_plan.h"
#include "fal/base/memory.h"
#include "fal/io/file.h"

enum { SIZE = 33 };

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
    assert_ok(fal_client_state_remove(tiny.plan.trials[0].id.path, 0, 4));
    tiny_plan_destroy(&tiny);
    return 0;
}

static fal_site_moment moment_at(int64_t fl_done)
{
    return (fal_site_moment){
        .trial = &tiny.plan.trials[0].id, .dataset = tiny.dataset, .client = 3, .al_round = 2, .fl_done = fl_done};
}

static void write_at(int64_t fl_done, bool keep)
{
    const fal_site_moment moment = moment_at(fl_done);
    float vector[SIZE];
    for (int i = 0; i < SIZE; i++) {
        vector[i] = (float)(fl_done * 100 + i);
    }
    assert_ok(fal_client_state_write(&moment, vector, SIZE, keep));
}

static fal_status read_at(int64_t fl_done, bool *previous)
{
    const fal_site_moment moment = moment_at(fl_done);
    float vector[SIZE] = {0};
    FAL_TRY(fal_client_state_read(&moment, vector, SIZE, previous));
    for (int i = 0; i < SIZE; i++) {
        assert_true(vector[i] == (float)(fl_done * 100 + i));
    }
    return FAL_OK;
}

static void the_moment_of_the_checkpoint_is_never_given_up(void **state)
{
    (void)state;
    bool previous = true;
    write_at(5, false);
    assert_ok(read_at(5, &previous)); /* the checkpoint is of 5 now */
    assert_false(previous);
    write_at(6, true); /* killed before the checkpoint was of 6 */
    assert_ok(read_at(5, &previous));
    assert_true(previous);
    write_at(7, !previous); /* went on from 5, and killed again */
    assert_ok(read_at(5, &previous));
    assert_true(previous);
    assert_ok(read_at(7, &previous));
    assert_false(previous);
    write_at(8, !previous); /* the checkpoint is of 7 */
    assert_ok(read_at(7, &previous));
    assert_ok(read_at(8, &previous));
    assert_fails(read_at(5, &previous), FAL_ERR_INPUT,
                 ".client_03.state: does not hold the client's state after FL round 5 of AL round 2");
}

static void another_trials_state_is_no_state(void **state)
{
    (void)state;
    bool previous = false;
    write_at(5, false);
    strcpy(tiny.dataset->sha256_train_images, "2");
    assert_fails(read_at(5, &previous), FAL_ERR_INPUT, "does not hold the client's state after FL round 5");
    strcpy(tiny.dataset->sha256_train_images, "1");
    assert_ok(read_at(5, &previous));
}

static void damage_is_noticed_and_the_other_file_will_do(void **state)
{
    (void)state;
    char path[FAL_PATH_MAX];
    char *bytes = NULL;
    size_t count = 0;
    bool previous = false;
    write_at(5, false);
    write_at(6, true);
    assert_ok(fal_name_client_state(tiny.plan.trials[0].id.path, 3, false, path));
    assert_ok(fal_file_read(path, 1 << 20, &bytes, &count));
    assert_ok(fal_file_replace(path, bytes, count / 2));
    assert_ok(read_at(5, &previous));
    assert_true(previous);
    assert_fails(read_at(6, &previous), FAL_ERR_INPUT, "truncated");
    const float last = 6 * 100 + SIZE - 1;
    for (size_t i = 0; i + sizeof last <= count; i++) {
        bytes[i] = (char)(memcmp(bytes + i, &last, sizeof last) == 0 ? bytes[i] + 1 : bytes[i]);
    }
    assert_ok(fal_file_replace(path, bytes, count));
    assert_fails(read_at(6, &previous), FAL_ERR_INPUT, "client_03.state: ");
    fal_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_moment_of_the_checkpoint_is_never_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_trials_state_is_no_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_noticed_and_the_other_file_will_do, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
