/* Statistics against the reference numbers of stats.h5. Its accuracies are in per cent, as fal_stats_ wants them. */
#include "support.h"

#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "fal/data/emd.h"
#include "fal/io/h5.h"
#include "fal/report/stats.h"
#include "report/special_internal.h"

/* The bounds that come with the reference: relative for what goes through the t distribution, absolute where the value
 * is a ratio of small whole numbers. */
static const double T_RELATIVE = 1e-9;
static const double EXACT = 1e-12;
static const double CURVE = 1e-9;

enum { SETTINGS = 5, STRATEGIES = 4, SEEDS = 4, ROUNDS = 8, PAIRS = 6, LIMIT = 1 << 20 };

static fal_h5 *file;

static void *array(const char *path, fal_h5_type type, int64_t elements)
{
    fal_h5_shape shape = {0};
    void *values = NULL;
    assert_ok(fal_h5_read_new(file, path, &shape, LIMIT, &values));
    assert_int_equal(shape.type, type);
    assert_int_equal(fal_h5_elements(&shape), elements);
    return values;
}

static double *reals(const char *path, int64_t elements) { return array(path, FAL_H5_DOUBLE, elements); }

/* Equal infinities count as equal, NaN never. */
static void near(double ours, double reference, double relative, double absolute, const char *what, int64_t place)
{
    if (ours != reference && !(fabs(ours - reference) <= relative * fabs(reference) + absolute)) {
        fail_msg("%s[%lld]: %.17g, reference %.17g", what, (long long)place, ours, reference);
    }
}

#define NEEDS_REFERENCE()                                                                                              \
    do {                                                                                                               \
        if (file == NULL) {                                                                                            \
            print_message("skipped: no reference numbers (stats.h5)\n");                                               \
            skip();                                                                                                    \
        }                                                                                                              \
    } while (0)

/* Accuracies of one strategy over seeds at one round. */
static void over_seeds(const double *accuracy, int setting, int strategy, int round, double out[SEEDS])
{
    for (int s = 0; s < SEEDS; s++) {
        out[s] = accuracy[((setting * STRATEGIES + strategy) * SEEDS + s) * ROUNDS + round];
    }
}

static void pairs_agree(void **state)
{
    (void)state;
    NEEDS_REFERENCE();
    enum { ALL = SETTINGS * STRATEGIES * STRATEGIES * ROUNDS, VALUES = 7 };
    static const char *const names[VALUES] = {"t",       "p",          "mean_difference", "ci_low",
                                              "ci_high", "wilcoxon_w", "wilcoxon_p"};
    double *accuracy = reals("pairs/accuracy", SETTINGS * STRATEGIES * SEEDS * ROUNDS);
    double *reference[VALUES];
    for (int v = 0; v < VALUES; v++) {
        char path[64];
        (void)snprintf(path, sizeof path, "pairs/%s", names[v]);
        reference[v] = reals(path, ALL);
    }
    for (int at = 0; at < ALL; at++) {
        const int round = at % ROUNDS;
        const int j = at / ROUNDS % STRATEGIES;
        const int i = at / ROUNDS / STRATEGIES % STRATEGIES;
        double a[SEEDS];
        double b[SEEDS];
        over_seeds(accuracy, at / ROUNDS / STRATEGIES / STRATEGIES, i, round, a);
        over_seeds(accuracy, at / ROUNDS / STRATEGIES / STRATEGIES, j, round, b);
        const fal_stats_test test = fal_stats_paired(a, b, SEEDS);
        double w = 0;
        double p = 0;
        assert_ok(fal_stats_wilcoxon(a, b, SEEDS, &w, &p));
        const double ours[VALUES] = {test.t, test.p, test.mean, test.ci_low, test.ci_high, w, p};
        for (int v = 0; v < VALUES; v++) {
            near(ours[v], reference[v][at], v < 5 ? T_RELATIVE : 0, v < 5 ? 1e-13 : EXACT, names[v], at);
        }
    }
    for (int v = 0; v < VALUES; v++) {
        fal_free(reference[v]);
    }
    fal_free(accuracy);
}

static void holm_agrees(void **state)
{
    (void)state;
    NEEDS_REFERENCE();
    double *p = reals("pairs/p", SETTINGS * STRATEGIES * STRATEGIES * ROUNDS);
    double *reference = reals("pairs/holm_p", SETTINGS * ROUNDS * PAIRS);
    int32_t *pairs = array("pairs/holm_pairs", FAL_H5_INT32, 2 * PAIRS);
    for (int s = 0; s < SETTINGS; s++) {
        for (int r = 0; r < ROUNDS; r++) {
            double raw[PAIRS];
            double adjusted[PAIRS];
            for (int q = 0; q < PAIRS; q++) {
                raw[q] = p[((s * STRATEGIES + pairs[2 * q]) * STRATEGIES + pairs[2 * q + 1]) * ROUNDS + r];
            }
            assert_ok(fal_stats_holm(raw, PAIRS, adjusted));
            for (int q = 0; q < PAIRS; q++) {
                const int at = (s * ROUNDS + r) * PAIRS + q;
                near(adjusted[q], reference[at], T_RELATIVE, 0, "holm_p", at);
            }
        }
    }
    fal_free(pairs);
    fal_free(reference);
    fal_free(p);
}

static void check_penalty(const char *name, const double *win)
{
    char path[64];
    double penalty[STRATEGIES * STRATEGIES];
    double last_row[STRATEGIES];
    fal_stats_penalty(win, SETTINGS, STRATEGIES, penalty, last_row);
    (void)snprintf(path, sizeof path, "penalty/%s", name);
    double *matrix = reals(path, STRATEGIES * STRATEGIES);
    (void)snprintf(path, sizeof path, "penalty/%s_last_row", name);
    double *last = reals(path, STRATEGIES);
    (void)snprintf(path, sizeof path, "penalty/%s_win_percent", name);
    double *percent = reals(path, STRATEGIES * STRATEGIES);
    for (int i = 0; i < STRATEGIES * STRATEGIES; i++) {
        near(penalty[i], matrix[i], 0, EXACT, "penalty", i);
        near(100 * penalty[i] / SETTINGS, percent[i], 0, 100 * EXACT, "win_percent", i);
    }
    for (int i = 0; i < STRATEGIES; i++) {
        near(last_row[i], last[i], 0, EXACT, "last_row", i);
    }
    fal_free(percent);
    fal_free(last);
    fal_free(matrix);
}

static void winning_rates_and_penalties_agree(void **state)
{
    (void)state;
    NEEDS_REFERENCE();
    enum { ALL = SETTINGS * STRATEGIES * STRATEGIES, RULES = 3 };
    static const char *const rules[RULES] = {"all", "tested", "notebook"};
    double *accuracy = reals("pairs/accuracy", SETTINGS * STRATEGIES * SEEDS * ROUNDS);
    for (int variant = 0; variant < 2 * RULES; variant++) {
        const bool student = variant >= RULES;
        const int rule = variant % RULES;
        char name[32];
        char path[64];
        (void)snprintf(name, sizeof name, "%s_%s", student ? "student" : "paper", rules[rule]);
        (void)snprintf(path, sizeof path, "win_rate/%s", name);
        double *reference = reals(path, ALL);
        double win[ALL];
        for (int at = 0; at < ALL; at++) {
            double t[ROUNDS];
            for (int r = 0; r < ROUNDS; r++) {
                double a[SEEDS];
                double b[SEEDS];
                over_seeds(accuracy, at / STRATEGIES / STRATEGIES, at / STRATEGIES % STRATEGIES, r, a);
                over_seeds(accuracy, at / STRATEGIES / STRATEGIES, at % STRATEGIES, r, b);
                t[r] = fal_stats_paired(a, b, SEEDS).t;
            }
            win[at] = fal_stats_winning_rate(t, ROUNDS, fal_stats_threshold(student, SEEDS),
                                             rule == 0 ? FAL_STATS_ALL : FAL_STATS_TESTED);
            win[at] *= rule == 2 ? (ROUNDS - 1.0) / ROUNDS : 1; /* the notebook counts from round 2, divides by R */
            near(win[at], reference[at], 0, EXACT, name, at);
        }
        check_penalty(name, win);
        fal_free(reference);
    }
    fal_free(accuracy);
}

static void curves_agree(void **state)
{
    (void)state;
    NEEDS_REFERENCE();
    double *accuracy = reals("pairs/accuracy", SETTINGS * STRATEGIES * SEEDS * ROUNDS);
    double *labels = reals("pairs/labels", ROUNDS);
    double *area = reals("curve/aulc", SETTINGS * STRATEGIES * SEEDS);
    double *target = reals("curve/target", SETTINGS);
    double *reach = reals("curve/labels_to_reach", SETTINGS * STRATEGIES);
    for (int i = 0; i < SETTINGS * STRATEGIES * SEEDS; i++) {
        near(fal_stats_aulc(labels, accuracy + (size_t)i * ROUNDS, ROUNDS), area[i], CURVE, 0, "aulc", i);
    }
    for (int i = 0; i < SETTINGS * STRATEGIES; i++) {
        double mean[ROUNDS];
        for (int r = 0; r < ROUNDS; r++) {
            double seeds[SEEDS];
            over_seeds(accuracy, i / STRATEGIES, i % STRATEGIES, r, seeds);
            mean[r] = fal_stats_mean(seeds, SEEDS);
        }
        near(fal_stats_labels_to_reach(labels, mean, ROUNDS, target[i / STRATEGIES]), reach[i], CURVE, 0,
             "labels_to_reach", i);
    }
    fal_free(reach);
    fal_free(target);
    fal_free(area);
    fal_free(labels);
    fal_free(accuracy);
}

static void critical_values_agree(void **state)
{
    (void)state;
    NEEDS_REFERENCE();
    double *quantile = reals("critical/t_975", 11 * 2);
    double *tail = reals("critical/two_sided_p", 12 * 3);
    double *smallest = reals("critical/wilcoxon_smallest_p", 11 * 2);
    for (int i = 0; i < 11; i++) {
        near(fal_stats_threshold(true, (int)quantile[2 * i] + 1), quantile[2 * i + 1], T_RELATIVE, 0, "t_975", i);
        near(fal_stats_wilcoxon_smallest((int)smallest[2 * i]), smallest[2 * i + 1], T_RELATIVE, 0, "smallest_p", i);
    }
    for (int i = 0; i < 12; i++) {
        near(fal_special_t_two_sided(tail[3 * i], tail[3 * i + 1]), tail[3 * i + 2], T_RELATIVE, 0, "two_sided_p", i);
    }
    fal_free(smallest);
    fal_free(tail);
    fal_free(quantile);
}

static int64_t *widened(const char *path, int64_t elements)
{
    int32_t *narrow = array(path, FAL_H5_INT32, elements);
    int64_t *wide = NULL;
    assert_ok(fal_alloc(&wide, (size_t)elements, sizeof *wide, path));
    for (int64_t i = 0; i < elements; i++) {
        wide[i] = narrow[i];
    }
    fal_free(narrow);
    return wide;
}

static void distances_from_uniform_agree(void **state)
{
    (void)state;
    NEEDS_REFERENCE();
    enum { ROWS = 6, CLASSES = 10, CLIENTS = 10 };
    int64_t *single = widened("emd/counts", ROWS * CLASSES);
    double *value = reals("emd/value", ROWS);
    int64_t *tailed = widened("long_tail/class_counts", ROWS * CLASSES);
    double *tailed_value = reals("long_tail/total_variation", ROWS);
    int64_t *clients = widened("emd/clients", CLIENTS * CLASSES);
    double *local = reals("emd/clients_local_mean", 1);
    double *global = reals("emd/clients_global", 1);
    for (int i = 0; i < ROWS; i++) {
        near(fal_emd(single + i * CLASSES, CLASSES), value[i], 0, EXACT, "emd", i);
        near(fal_emd(tailed + i * CLASSES, CLASSES), tailed_value[i], 0, EXACT, "total_variation", i);
    }
    near(fal_emd_local(clients, CLIENTS, CLASSES), local[0], 0, EXACT, "clients_local_mean", 0);
    near(fal_emd_global(clients, CLIENTS, CLASSES), global[0], 0, EXACT, "clients_global", 0);
    fal_free(global);
    fal_free(local);
    fal_free(clients);
    fal_free(tailed_value);
    fal_free(tailed);
    fal_free(value);
    fal_free(single);
}

int main(void)
{
    const char *path = fal_test_reference("stats.h5");
    if (path != NULL && fal_h5_open(path, &file) != FAL_OK) {
        print_error("%s\n", fal_status_message());
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_agree),
        cmocka_unit_test(holm_agrees),
        cmocka_unit_test(winning_rates_and_penalties_agree),
        cmocka_unit_test(curves_agree),
        cmocka_unit_test(critical_values_agree),
        cmocka_unit_test(distances_from_uniform_agree),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fal_h5_close(file);
    return failed;
}
