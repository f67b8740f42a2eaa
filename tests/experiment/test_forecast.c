/* The forecast of the time that is left, on made-up jobs whose times are known: no clock. */
#include "support.h"

#include <math.h>

#include "experiment/forecast_internal.h"

enum { AL_ROUNDS = 10, FL_ROUNDS = 20, EVALUATED = 5 };

/* What things take on the made-up machine, in seconds: the forecast is not told. */
static const double per_fl_round = 0.4, per_train = 2e-3, per_evaluation = 1e-3, per_al_round = 1.5;
typedef struct {
    const char *name;
    double per_query; /* per operation; 0: has none, and takes no time */
} strategy;
static const strategy logo = {"logo", 3e-3}, random_choice = {"random", 0};

/* 100 images more in each AL round, of 1000; 2000 for the test. */
static fal_load round_of(const strategy *s, int r)
{
    fal_load load = {.al_rounds = 1, .fl_rounds = FL_ROUNDS, .train = 100.0 * r * FL_ROUNDS};
    load.evaluation = 2000.0 * EVALUATED;
    load.queries = r > 1;
    load.query = r > 1 && s->per_query > 0 ? (100.0 * (r - 1) * 25 * 1.3) + (1000.0 - 100.0 * (r - 1)) * 0.6 : 0;
    return load;
}

static double true_seconds(const strategy *s, const fal_load *load)
{
    return load->al_rounds * per_al_round + load->fl_rounds * per_fl_round + load->train * per_train +
           load->evaluation * per_evaluation + load->query * s->per_query;
}

/* Everything takes up to 15 % more or less, and never the same. */
static double noise(void)
{
    static unsigned int state = 12345;
    state = state * 1103515245U + 12345U;
    return 0.85 + 0.3 * (double)(state >> 16 & 0x7FFF) / 0x7FFF;
}

typedef struct {
    fal_forecast forecast;
    double worst; /* |forecast / truth - 1|, from `judged` on */
    double rise;  /* largest step upwards, beyond what passed, against the whole job */
    double last;  /* forecast before */
    double later; /* true seconds of the trials that wait */
    double whole; /* true seconds in all */
    bool judged;
} run;

static void look(run *this, const strategy *s, const fal_load *rest)
{
    const double said = fal_forecast_seconds(&this->forecast, s, rest) + fal_forecast_waiting(&this->forecast);
    assert_false(isnan(said));
    if (this->judged) {
        this->worst = fmax(this->worst, fabs(said / (true_seconds(s, rest) + this->later) - 1));
        this->rise = fmax(this->rise, (said - this->last) / this->whole);
    }
    this->last = said;
}

/* One trial. The job's first AL round is not judged. */
static void run_trial(run *this, const strategy *s)
{
    fal_load rest = {0};
    for (int r = 1; r <= AL_ROUNDS; r++) {
        const fal_load load = round_of(s, r);
        fal_load_add(&rest, &load, 1);
    }
    for (int r = 1; r <= AL_ROUNDS; r++) {
        const fal_load all = round_of(s, r);
        const fal_load query = {.queries = all.queries, .query = all.query};
        if (r > 1) {
            const double seconds = query.query * s->per_query * noise();
            fal_forecast_query(&this->forecast, s, &query, seconds);
        }
        fal_load_add(&rest, &query, -1);
        for (int t = 0; t < FL_ROUNDS; t++) {
            const double evaluations = t >= FL_ROUNDS - EVALUATED ? 1.0 / EVALUATED : 0;
            const fal_load one = {
                .fl_rounds = 1, .train = all.train / FL_ROUNDS, .evaluation = all.evaluation * evaluations};
            const double train = one.train * per_train * noise();
            const double evaluate = one.evaluation * per_evaluation * noise();
            const double seconds = train + evaluate + per_fl_round * noise();
            fal_forecast_fl_round(&this->forecast, &one, seconds, train, evaluate);
            fal_load_add(&rest, &one, -1);
            look(this, s, &rest);
        }
        const double saved = per_al_round * noise();
        fal_forecast_al_round(&this->forecast, saved);
        rest.al_rounds--;
        this->judged = true;
    }
}

static void add_whole(const strategy *s, double *seconds, fal_load *load)
{
    for (int r = 1; r <= AL_ROUNDS; r++) {
        const fal_load round = round_of(s, r);
        *seconds += true_seconds(s, &round);
        fal_load_add(load, &round, 1);
    }
}

static void one_trial_is_forecast_within_a_quarter_after_the_first_al_round(void **state)
{
    (void)state;
    run this = {0};
    fal_load load = {0};
    add_whole(&logo, &this.whole, &load);
    assert_true(isnan(fal_forecast_seconds(&this.forecast, &logo, &load)));
    run_trial(&this, &logo);
    print_message("one trial: at worst %.0f %% off, up by %.1f %% of the whole at most\n", 100 * this.worst,
                  100 * this.rise);
    assert_true(this.worst < 0.25);
    assert_true(this.rise < 0.12);
}

/* Trials of strategies that cost differently: the cheap ones first, which say nothing about the others' queries. */
static void a_job_of_two_strategies_is_forecast_too(void **state)
{
    (void)state;
    static const strategy *const order[] = {&random_choice, &logo, &random_choice, &logo};
    enum { TRIALS = sizeof order / sizeof *order };
    run this = {0};
    fal_load loads[TRIALS] = {{0}};
    for (int i = 0; i < TRIALS; i++) {
        add_whole(order[i], &this.whole, &loads[i]);
    }
    this.later = this.whole;
    for (int i = 0; i < TRIALS; i++) {
        this.later -= true_seconds(order[i], &loads[i]);
        fal_forecast_forget_waiting(&this.forecast);
        for (int k = i + 1; k < TRIALS; k++) {
            fal_forecast_add_waiting(&this.forecast, order[k], &loads[k]);
        }
        run_trial(&this, order[i]);
    }
    print_message("four trials: at worst %.0f %% off, up by %.1f %% of the whole at most\n", 100 * this.worst,
                  100 * this.rise);
    assert_true(this.worst < 0.25);
    assert_true(this.rise < 0.12);
}

static void what_waits_is_shared_by_the_groups(void **state)
{
    (void)state;
    fal_forecast forecast = {.groups = 4};
    const fal_load one = {.fl_rounds = 1, .train = 10};
    const fal_load trial = {.fl_rounds = 100, .train = 1000};
    fal_forecast_add_waiting(&forecast, &logo, &trial);
    assert_true(isnan(fal_forecast_waiting(&forecast)));
    fal_forecast_fl_round(&forecast, &one, 3, 2, 0);
    assert_float_equal(fal_forecast_seconds(&forecast, &logo, &trial), 300, 1e-9);
    assert_float_equal(fal_forecast_waiting(&forecast), 75, 1e-9);
    fal_forecast_forget_waiting(&forecast);
    assert_float_equal(fal_forecast_waiting(&forecast), 0, 1e-9);
}

static void more_strategies_than_there_is_room_for_share_one_price(void **state)
{
    (void)state;
    static char many[2 * FAL_FORECAST_STRATEGIES];
    fal_forecast forecast = {0};
    const fal_load query = {.queries = 1, .query = 10};
    const fal_load one = {.fl_rounds = 1, .train = 10};
    fal_forecast_fl_round(&forecast, &one, 2, 2, 0);
    for (int i = 0; i < 2 * FAL_FORECAST_STRATEGIES; i++) {
        fal_forecast_query(&forecast, &many[i], &query, 5);
    }
    assert_int_equal(forecast.count, FAL_FORECAST_STRATEGIES);
    assert_float_equal(fal_forecast_seconds(&forecast, &many[2 * FAL_FORECAST_STRATEGIES - 1], &query), 5, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_trial_is_forecast_within_a_quarter_after_the_first_al_round),
        cmocka_unit_test(a_job_of_two_strategies_is_forecast_too),
        cmocka_unit_test(what_waits_is_shared_by_the_groups),
        cmocka_unit_test(more_strategies_than_there_is_room_for_share_one_price),
    };
    return cmocka_run_group_tests_name("experiment/forecast", tests, NULL, NULL);
}
