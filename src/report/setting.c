/* Curves -> settings -> pairs of strategies over matched seeds. Numbers of curves are small (a few thousand at most),
 * so that looking through all of them beats any index. */
#include "setting_internal.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

static int find_setting(const fal_setting *settings, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return i;
        }
    }
    return count;
}

int fal_setting_find(const fal_setting *setting, const char *name)
{
    for (int i = 0; i < setting->strategy_count; i++) {
        if (strcmp(setting->strategies[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static const fal_curve *find_curve(const fal_setting *setting, const char *strategy, int64_t seed)
{
    for (int i = 0; i < setting->curve_count; i++) {
        if (setting->curves[i]->seed == seed && strcmp(setting->curves[i]->strategy, strategy) == 0) {
            return setting->curves[i];
        }
    }
    return NULL;
}

static fal_status add_curve(fal_setting *setting, const fal_curve *curve)
{
    if (find_curve(setting, curve->strategy, curve->seed) != NULL) {
        return fal_fail(FAL_ERR_USAGE, "%s: strategy %s with seed %lld was given twice: leave out one of the two files",
                        curve->setting, curve->strategy, (long long)curve->seed);
    }
    setting->curves[setting->curve_count++] = curve;
    if (fal_setting_find(setting, curve->strategy) < 0) {
        /* By name, so that a job and a report over its files in any order print the same tables. */
        int at = setting->strategy_count++;
        for (; at > 0 && strcmp(setting->strategies[at - 1], curve->strategy) > 0; at--) {
            setting->strategies[at] = setting->strategies[at - 1];
        }
        setting->strategies[at] = curve->strategy;
    }
    setting->rounds = curve->rounds > setting->rounds ? curve->rounds : setting->rounds;
    return FAL_OK;
}

fal_status fal_study_create(const fal_curve *curves, int count, fal_setting **settings, int *setting_count)
{
    fal_status status = FAL_OK;
    fal_setting *made = NULL;
    int made_count = 0;
    FAL_TRY(fal_alloc(&made, (size_t)count, sizeof *made, "settings"));
    for (int c = 0; c < count; c++) {
        const int at = find_setting(made, made_count, curves[c].setting);
        if (at == made_count) {
            int members = 0;
            for (int other = c; other < count; other++) {
                members += strcmp(curves[other].setting, curves[c].setting) == 0;
            }
            made[made_count++].name = curves[c].setting;
            FAL_TRY_GOTO(fal_alloc(&made[at].curves, (size_t)members, sizeof(fal_curve *), "settings"));
            FAL_TRY_GOTO(fal_alloc(&made[at].strategies, (size_t)members, sizeof(char *), "settings"));
        }
        FAL_TRY_GOTO(add_curve(&made[at], &curves[c]));
    }
    *settings = made;
    *setting_count = made_count;
    return FAL_OK;
done:
    fal_study_destroy(made, made_count);
    return status;
}

void fal_study_destroy(fal_setting *settings, int setting_count)
{
    for (int i = 0; settings != NULL && i < setting_count; i++) {
        fal_free(settings[i].curves);
        fal_free(settings[i].strategies);
    }
    fal_free(settings);
}

static double value_of(const fal_row_round *row, const fal_column *column)
{
    const unsigned char *field = (const unsigned char *)row + column->offset;
    int64_t whole = 0;
    double real = 0;
    if (column->type == FAL_COLUMN_REAL) {
        memcpy(&real, field, sizeof real);
        return real;
    }
    memcpy(&whole, field, sizeof whole);
    return whole == FAL_TABLE_MISSING ? NAN : (double)whole;
}

int fal_setting_values(const fal_setting *setting, int strategy, int round, const fal_column *column, double factor,
                       double *values)
{
    int count = 0;
    for (int i = 0; i < setting->curve_count; i++) {
        const fal_curve *curve = setting->curves[i];
        if (round < curve->rounds && strcmp(curve->strategy, setting->strategies[strategy]) == 0) {
            const double value = factor * value_of(&curve->row[round], column);
            if (isfinite(value)) {
                values[count++] = value;
            }
        }
    }
    return count;
}

const char *fal_setting_measure(const fal_setting *setting)
{
    return setting->curves[0]->measure == FAL_MEASURE_BALANCED ? "balanced test accuracy" : "test accuracy";
}

const char *fal_setting_in_measure(const fal_setting *setting)
{
    return setting->curves[0]->measure == FAL_MEASURE_BALANCED ? " in balanced accuracy" : "";
}

int fal_setting_accuracies(const fal_setting *setting, int strategy, int round, double *values)
{
    int count = 0;
    for (int i = 0; i < setting->curve_count; i++) {
        const fal_curve *curve = setting->curves[i];
        if (round < curve->rounds && strcmp(curve->strategy, setting->strategies[strategy]) == 0) {
            values[count++] = 100 * curve->accuracy[round];
        }
    }
    return count;
}

int fal_setting_seeds(const fal_setting *setting, int strategy)
{
    int seeds = 0;
    for (int i = 0; i < setting->curve_count; i++) {
        seeds += strcmp(setting->curves[i]->strategy, setting->strategies[strategy]) == 0;
    }
    return seeds;
}

double fal_setting_share(const fal_setting *setting, int round)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < setting->curve_count; i++) {
        if (round < setting->curves[i]->rounds) {
            sum += setting->curves[i]->share[round];
            count++;
        }
    }
    return count > 0 ? sum / count : NAN;
}

int fal_setting_common_means(const fal_setting *setting, int round, double *means)
{
    int seeds = 0;
    memset(means, 0, (size_t)setting->strategy_count * sizeof *means);
    for (int c = 0; c < setting->curve_count; c++) {
        const fal_curve *first = setting->curves[c];
        bool all = strcmp(first->strategy, setting->strategies[0]) == 0;
        for (int s = 0; s < setting->strategy_count && all; s++) {
            const fal_curve *curve = find_curve(setting, setting->strategies[s], first->seed);
            all = curve != NULL && round < curve->rounds;
        }
        seeds += all;
        for (int s = 0; s < setting->strategy_count && all; s++) {
            means[s] += 100 * find_curve(setting, setting->strategies[s], first->seed)->accuracy[round];
        }
    }
    for (int s = 0; s < setting->strategy_count; s++) {
        means[s] = seeds > 0 ? means[s] / seeds : NAN;
    }
    return seeds;
}

void fal_pair_accuracies(const fal_pair *pair, int round, double *a, double *b)
{
    for (int s = 0; s < pair->seeds; s++) {
        a[s] = 100 * pair->a[s]->accuracy[round];
        b[s] = 100 * pair->b[s]->accuracy[round];
    }
}

static double area(const fal_curve *curve, int rounds)
{
    return 100 * fal_stats_aulc(curve->share, curve->accuracy, rounds);
}

void fal_pair_areas(const fal_pair *pair, double *a, double *b)
{
    for (int s = 0; s < pair->seeds; s++) {
        a[s] = area(pair->a[s], pair->rounds);
        b[s] = area(pair->b[s], pair->rounds);
    }
}

/* The curves of the named strategies with the seed of curve c; false if c is not the first's or a curve is missing. */
static bool find_matched(const fal_setting *setting, int c, const char *const *names, int n, const fal_curve **matched)
{
    const fal_curve *first = setting->curves[c];
    bool all = strcmp(first->strategy, names[0]) == 0;
    for (int s = 0; s < n && all; s++) {
        matched[s] = find_curve(setting, names[s], first->seed);
        all = matched[s] != NULL;
    }
    return all;
}

/* A trial that has just begun must not take the area from all others. */
static bool have_areas(const fal_curve *const *matched, int n)
{
    bool all = true;
    for (int s = 0; s < n; s++) {
        all = all && matched[s]->rounds > 1;
    }
    return all;
}

int fal_setting_common_areas(const fal_setting *setting, const char *const *names, int n, const fal_curve **matched,
                             double *means)
{
    int seeds = 0;
    int rounds = setting->rounds;
    for (int c = 0; c < setting->curve_count; c++) {
        const bool all = find_matched(setting, c, names, n, matched) && have_areas(matched, n);
        for (int s = 0; s < n && all; s++) {
            rounds = matched[s]->rounds < rounds ? matched[s]->rounds : rounds;
        }
    }
    memset(means, 0, (size_t)n * sizeof *means);
    for (int c = 0; c < setting->curve_count; c++) {
        const bool all = find_matched(setting, c, names, n, matched) && have_areas(matched, n);
        seeds += all;
        for (int s = 0; s < n && all; s++) {
            means[s] += area(matched[s], rounds);
        }
    }
    for (int s = 0; s < n; s++) {
        means[s] = seeds > 0 ? means[s] / seeds : NAN;
    }
    return seeds;
}

fal_status fal_pair_create(const fal_setting *setting, int i, int j, fal_pair *pair)
{
    fal_status status = FAL_OK;
    fal_pair made = {.rounds = setting->rounds};
    double *values = NULL;
    const size_t room = (size_t)setting->curve_count;
    FAL_TRY_GOTO(fal_alloc(&made.a, room, sizeof *made.a, "pairs"));
    FAL_TRY_GOTO(fal_alloc(&made.b, room, sizeof *made.b, "pairs"));
    FAL_TRY_GOTO(fal_alloc(&made.tests, (size_t)setting->rounds, sizeof *made.tests, "pairs"));
    FAL_TRY_GOTO(fal_alloc(&made.t, 2 * (size_t)setting->rounds, sizeof *made.t, "pairs"));
    FAL_TRY_GOTO(fal_alloc(&values, 2 * room, sizeof *values, "pairs"));
    for (int c = 0; c < setting->curve_count; c++) {
        const fal_curve *a = setting->curves[c];
        const fal_curve *b = find_curve(setting, setting->strategies[j], a->seed);
        if (b == NULL || strcmp(a->strategy, setting->strategies[i]) != 0) {
            continue;
        }
        made.rounds = a->rounds < made.rounds ? a->rounds : made.rounds;
        made.rounds = b->rounds < made.rounds ? b->rounds : made.rounds;
        made.a[made.seeds] = a;
        made.b[made.seeds++] = b;
    }
    made.rounds = made.seeds > 0 ? made.rounds : 0;
    for (int r = 0; r < made.rounds; r++) {
        fal_pair_accuracies(&made, r, values, values + room);
        made.tests[r] = fal_stats_paired(values, values + room, made.seeds);
        made.t[r] = made.tests[r].t;
        made.t[made.rounds + r] = -made.tests[r].t;
    }
    *pair = made;
    made = (fal_pair){0};
done:
    fal_free(values);
    fal_pair_destroy(&made);
    return status;
}

void fal_pair_destroy(fal_pair *pair)
{
    fal_free(pair->t);
    fal_free(pair->tests);
    fal_free(pair->b);
    fal_free(pair->a);
    *pair = (fal_pair){0};
}

double fal_pair_winning_rate(const fal_pair *pair, bool backwards, double threshold, fal_stats_rounds which)
{
    return fal_stats_winning_rate(pair->t + (backwards ? pair->rounds : 0), pair->rounds, threshold, which);
}
