/* Newer strategies against a second program written from their definitions (tests/fixtures/gen_query_more.py), which
 * has every distance of every pair, in float64. Clusters and uniform numbers are inputs there: k-means and draws have
 * tests of their own. Choices are equal but for copies, which their distances may tell apart by rounding. */
#include "query_reference.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "query/cluster_margin.h"
#include "query/herding.h"
#include "query/power.h"
#include "query/probcover.h"
#include "query/typiclust.h"
#include "query/unit.h"

typedef fal_test_query setup;

static const char *const models[2] = {"G", "L"};

/* Of what is computed from float32 unit vectors: relative to the largest, distances of which may be near 0. */
#define UNIT_ERROR 1e-5

/* A call of a strategy that a check takes apart. */
static fal_query_call call_of(setup *s, const char *name, fal_query_result *result)
{
    const fal_strategy *strategy = NULL;
    assert_ok(fal_strategy_find(name, &strategy));
    assert_ok(fal_query_result_create(s->b, result));
    return (fal_query_call){
        .strategy = strategy, .input = &s->in, .b = s->b, .model = strategy->model, .result = result};
}

static void typiclust_agrees(setup *s, int x, const char *group)
{
    char path[64];
    fal_query_result result;
    float *unit = NULL;
    fal_query_call call = call_of(s, x == 0 ? "typiclust:global" : "typiclust:local", &result);
    assert_ok(fal_unit_of_all(&s->in, x, &unit));
    (void)snprintf(path, sizeof path, "ref/%s_%s/clusters", group, models[x]);
    const int32_t k = *fal_test_query_ints(path, "");
    (void)snprintf(path, sizeof path, "ref/%s_%s/label", group, models[x]);
    assert_ok(fal_typiclust_pick(&call, unit, fal_test_query_ints(path, ""), k));
    (void)snprintf(path, sizeof path, "ref/%s_%s/selection", group, models[x]);
    fal_test_query_same(s, result.chosen, fal_test_query_ints(path, ""), s->b, path);
    (void)snprintf(path, sizeof path, "ref/%s_%s/score", group, models[x]);
    fal_test_query_relative(result.score, fal_test_query_reals(path, ""), s->b, UNIT_ERROR, path);
    fal_free(unit);
    fal_query_result_destroy(&result);
}

static void check_typiclust(setup *s)
{
    for (int x = 0; x < 2; x++) {
        assert_int_equal(fal_typiclust_clusters(s->n, s->m, s->b),
                         *fal_test_query_ints("ref/typiclust_%s/clusters", models[x]));
        typiclust_agrees(s, x, "typiclust");
        typiclust_agrees(s, x, "typiclust_few");
    }
}

static void check_probcover(setup *s)
{
    int64_t *all = fal_test_query_room(s->n + s->m, sizeof *all);
    for (int64_t i = 0; i < s->n + s->m; i++) {
        all[i] = i;
    }
    for (int x = 0; x < 2; x++) {
        char path[64];
        fal_query_result result;
        float *unit = NULL;
        float square = 0.0F;
        int64_t taken = 0;
        int64_t count = 0;
        fal_query_call call = call_of(s, x == 0 ? "probcover:global" : "probcover:local", &result);
        assert_ok(fal_unit_of_all(&s->in, x, &unit));
        assert_ok(fal_probcover_radius(unit, s->n + s->m, s->d,
                                       fal_test_query_ints("ref/probcover_%s/label", models[x]), all, s->n + s->m,
                                       &square));
        const double ours = (double)square;
        fal_test_query_near(&ours, fal_test_query_reals("ref/probcover_%s/square", models[x]), 1, UNIT_ERROR,
                            "delta^2");
        assert_ok(fal_probcover_pick(&call, unit, square, &taken));
        (void)snprintf(path, sizeof path, "ref/probcover_%s/selection", models[x]);
        const int32_t *theirs = fal_test_query_array(path, FAL_H5_INT32, &count);
        assert_int_equal(taken, count);
        fal_test_query_same(s, result.chosen, theirs, count, path);
        fal_test_query_near(result.score, fal_test_query_reals("ref/probcover_%s/score", models[x]), count, 0.0, path);
        fal_free(unit);
        fal_query_result_destroy(&result);
    }
}

/* A whole query: choices and scores. */
static void query_agrees(setup *s, const char *strategy, const char *group, int x, double error)
{
    char name[64];
    char form[64];
    const fal_strategy *found = NULL;
    fal_query_result result;
    (void)snprintf(name, sizeof name, "%s:%s", strategy, x == 0 ? "global" : "local");
    (void)snprintf(form, sizeof form, "ref/%s_%s/selection", group, models[x]);
    fal_test_query_selects(s, name, form, true);
    (void)snprintf(form, sizeof form, "ref/%s_%s/score", group, models[x]);
    const double *theirs = fal_test_query_reals(form, "");
    assert_ok(fal_strategy_find(name, &found));
    assert_ok(fal_query_result_create(s->b, &result));
    assert_ok(fal_query_select(found, &s->in, &result));
    for (int64_t i = 0; i < s->b; i++) {
        assert_int_equal(isnan(result.score[i]), isnan(theirs[i]));
        if (!isnan(theirs[i])) {
            fal_test_query_near(&result.score[i], &theirs[i], 1, error * fmax(1.0, theirs[i]), form);
        }
    }
    fal_query_result_destroy(&result);
}

static void check_herding(setup *s)
{
    double *weight = fal_test_query_room(s->n, sizeof *weight);
    for (int x = 0; x < 2; x++) {
        double temperature = 0.0;
        double width = 0.0;
        query_agrees(s, "maxherding", "maxherding", x, UNIT_ERROR);
        assert_ok(fal_uherding_temperature(&s->in, x, &temperature));
        fal_test_query_near(&temperature, fal_test_query_reals("ref/uherding_%s/temperature", models[x]), 1,
                            FAL_TEST_DOUBLE, "temperature");
        assert_ok(fal_uherding_width(&s->in, x, &width));
        fal_test_query_near(&width, fal_test_query_reals("ref/uherding_%s/width", models[x]), 1, UNIT_ERROR, "width");
        assert_ok(fal_uherding_weights(&s->in, x, temperature, weight));
        const double *theirs = fal_test_query_reals("ref/uherding_%s/weight", models[x]);
        for (int64_t i = 0; i < s->n; i++) { /* down to 1e-40 where the model is sure */
            assert_true(theirs[i] > 0.0);
            fal_test_query_near(&weight[i], &theirs[i], 1, FAL_TEST_DOUBLE * theirs[i], "weights");
        }
        query_agrees(s, "uherding", "uherding", x, 20.0 * UNIT_ERROR); /* narrow kernels */
    }
}

static void check_cdal(setup *s)
{
    for (int x = 0; x < 2; x++) {
        query_agrees(s, "cdal", "cdal", x, FAL_TEST_LATER);
    }
}

static void check_power(setup *s)
{
    static const fal_score *const scores[] = {&fal_score_entropy, &fal_score_confidence, &fal_score_margin};
    double *key = fal_test_query_room(s->n, sizeof *key);
    int64_t *chosen = fal_test_query_room(s->b, sizeof *chosen);
    for (int x = 0; x < 2; x++) {
        for (int k = 0; k < 3; k++) {
            char path[64];
            (void)snprintf(path, sizeof path, "ref/power_%s_%s/selection", scores[k]->name, models[x]);
            assert_ok(fal_score_doubts(scores[k], s->in.logits[x], s->n, s->classes, key));
            fal_power_keys(fal_test_query_reals("inputs/uniform", ""), s->n, key);
            fal_topk_smallest(key, s->n, s->b, chosen);
            fal_test_query_equal(chosen, fal_test_query_ints(path, ""), s->b, path);
        }
    }
}

static void check_cluster_margin(setup *s)
{
    double *key = fal_test_query_room(s->n, sizeof *key);
    const int64_t count = fal_cluster_margin_candidates(s->n, s->b);
    int64_t *candidate = fal_test_query_room(count, sizeof *candidate);
    for (int x = 0; x < 2; x++) {
        fal_query_result result;
        fal_query_call call = call_of(s, x == 0 ? "cluster-margin:global" : "cluster-margin:local", &result);
        assert_ok(fal_score_keys(&fal_score_margin, s->in.logits[x], s->n, s->classes, key));
        fal_topk_smallest(key, s->n, count, candidate);
        fal_test_query_equal(candidate, fal_test_query_ints("ref/cluster_margin_%s/candidate", models[x]), count,
                             "candidates");
        assert_ok(fal_cluster_margin_pick(&call, key, candidate, count,
                                          fal_test_query_ints("ref/cluster_margin_%s/label", models[x]), s->b));
        fal_test_query_equal(result.chosen, fal_test_query_ints("ref/cluster_margin_%s/selection", models[x]), s->b,
                             "cluster-margin");
        fal_query_result_destroy(&result);
    }
}

#define CHECK(test, check)                                                                                             \
    static void test(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        fal_test_query_cases_of(fal_test_fixture("query_more.h5"), check);                                             \
    }
CHECK(typiclust_picks_the_same_of_each_cluster, check_typiclust)
CHECK(probcover_covers_the_same, check_probcover)
CHECK(maxherding_and_uherding_choose_the_same, check_herding)
CHECK(cdal_chooses_the_same, check_cdal)
CHECK(power_draws_the_same, check_power)
CHECK(cluster_margin_picks_the_same_of_each_cluster, check_cluster_margin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typiclust_picks_the_same_of_each_cluster),
        cmocka_unit_test(probcover_covers_the_same),
        cmocka_unit_test(maxherding_and_uherding_choose_the_same),
        cmocka_unit_test(cdal_chooses_the_same),
        cmocka_unit_test(power_draws_the_same),
        cmocka_unit_test(cluster_margin_picks_the_same_of_each_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
