/* Figures that say whether training had come to an end: by hand, at their edges, and from a file. */
#include "support.h"

#include <math.h>

#include "fal/report/convergence.h"

static void clients_above_the_loss_are_counted(void **state)
{
    (void)state;
    const double loss[] = {0.1, 0.1000001, NAN, 2, 0, 0.05};
    fal_convergence is;
    fal_convergence_of_clients(loss, 6, &is);
    assert_int_equal(is.clients, 5);
    assert_int_equal(is.above, 2);
    assert_true(is.share == 0.4);
    fal_convergence_of_clients(loss + 2, 1, &is); /* took no part */
    assert_int_equal(is.clients, 0);
    assert_true(isnan(is.share));
}

static fal_convergence rounds(const double *loss, int64_t count)
{
    fal_convergence is;
    fal_convergence_of_rounds(loss, count, &is);
    return is;
}

static void the_last_tenth_is_held_against_the_tenth_before(void **state)
{
    (void)state;
    double loss[25];
    for (int t = 0; t < 25; t++) {
        loss[t] = t < 21 ? 9 : 1; /* rounds 22, 23 against 24, 25 */
    }
    loss[21] = 0.5;
    loss[22] = 1.5;
    loss[23] = 0.9;
    loss[24] = 0.98;
    fal_convergence is = rounds(loss, 25);
    assert_int_equal(is.window, 2);
    assert_true(is.before == 1 && fabs(is.after - 0.94) < 1e-15 && fabs(is.fall - 0.06) < 1e-15);
    assert_true(is.falls);
    loss[24] = 1.02; /* 4 % */
    assert_false(rounds(loss, 25).falls);
    loss[24] = 3;
    is = rounds(loss, 25);
    assert_true(is.fall < 0 && !is.falls);
}

static void few_rounds_have_windows_of_one(void **state)
{
    (void)state;
    const double loss[] = {3, 2, 1};
    assert_int_equal(rounds(loss, 0).window, 0);
    assert_int_equal(rounds(loss, 1).window, 0);
    assert_true(isnan(rounds(loss, 1).fall));
    assert_true(rounds(loss, 3).window == 1 && rounds(loss, 3).fall == 0.5 && rounds(loss, 3).falls);
}

static void low_and_missing_losses_are_no_fall(void **state)
{
    (void)state;
    const double low[] = {0.002, 0.001};
    const double zero[] = {0, 0};
    const double missing[] = {2, NAN};
    assert_true(rounds(low, 2).fall == 0.5 && !rounds(low, 2).falls);
    assert_true(rounds(zero, 2).fall == 0 && !rounds(zero, 2).falls);
    assert_true(isnan(rounds(missing, 2).fall) && rounds(missing, 2).window == 0);
}

static void the_last_recorded_al_round_counts(void **state)
{
    (void)state;
    fal_row_client clients[] = {{.al_round = 1, .train_loss = 5},
                                {.al_round = 1, .client = 1, .train_loss = 5},
                                {.al_round = 2, .train_loss = 0.01},
                                {.al_round = 2, .client = 1, .train_loss = 0.5}};
    fal_row_fl_round fl[] = {{.al_round = 1, .fl_round = 1, .train_loss = 9},
                             {.al_round = 2, .fl_round = 1, .train_loss = 4},
                             {.al_round = 2, .fl_round = 2, .train_loss = 1},
                             {.al_round = 3, .fl_round = 1, .train_loss = 7}}; /* under way */
    fal_details details = {
        .clients = 2, .al_rounds = 2, .client_rows = clients, .fl_rows = fl, .fl_count = sizeof fl / sizeof *fl};
    fal_convergence is;
    assert_ok(fal_convergence_find(&details, &is));
    assert_true(is.clients == 2 && is.above == 1);
    assert_true(is.before == 4 && is.after == 1 && is.falls);
    assert_ok(fal_convergence_find(&(fal_details){0}, &is)); /* a file without any of it */
    assert_true(isnan(is.share) && isnan(is.fall) && !is.falls);
}

static void a_file_of_the_first_version_has_both(void **state)
{
    (void)state;
    fal_details details = {0};
    fal_convergence is;
    assert_ok(fal_details_read(fal_test_fixture("v010/results.h5"), &details));
    assert_ok(fal_convergence_find(&details, &is));
    assert_int_equal(is.clients, 2);
    assert_int_equal(is.above, 2); /* three epochs on a few images */
    assert_true(is.window == 1 && isfinite(is.fall));
    fal_details_destroy(&details);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_above_the_loss_are_counted),
        cmocka_unit_test(the_last_tenth_is_held_against_the_tenth_before),
        cmocka_unit_test(few_rounds_have_windows_of_one),
        cmocka_unit_test(low_and_missing_losses_are_no_fall),
        cmocka_unit_test(the_last_recorded_al_round_counts),
        cmocka_unit_test(a_file_of_the_first_version_has_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
