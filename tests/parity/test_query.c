/* Strategies against numbers that somebody else's program made in float64: the small committed fixture always, the
 * reference file where it is (tests/support/query_reference.h). The graph network of gcnal has a test of its own.
 *
 * Bounds: what is double on both sides agrees to 1e-12, to 1e-9 where the reference asks for no more. Sums of float32
 * in eight lanes over d values are off by (d / 8 + 4) u of the sum of their terms' sizes at most. Where the reference
 * itself loses digits (1 - p of a p near 1), the bound says so. Choices are compared where no rounding can change them.
 */
#include "query_reference.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "query/alfa.h"
#include "query/assignment.h"
#include "query/badge.h"
#include "query/fairfal.h"
#include "query/feal.h"
#include "query/kcentre.h"
#include "query/rows.h"

typedef fal_test_query setup;

/* Of a float32 sum of d terms in eight lanes, of the terms' sizes. */
static double lanes_error(int d) { return (d / 8.0 + 4.0) * FLT_EPSILON / 2.0; }

/* ---- one check per strategy, run for every case ---------------------------------------------------------------- */

static void check_scores(setup *s)
{
    static const fal_score *const scores[] = {&fal_score_entropy, &fal_score_confidence, &fal_score_margin};
    static const char *const models[2] = {"G", "L"};
    double *ours = fal_test_query_room(s->n * s->classes, sizeof *ours);
    for (int x = 0; x < 2; x++) {
        for (int64_t i = 0; i < s->n; i++) {
            fal_score_softmax(s->in.logits[x] + i * s->classes, s->classes, ours + i * s->classes);
        }
        fal_test_query_near(ours, fal_test_query_reals("ref/prob_%s", models[x]), s->n * s->classes, FAL_TEST_DOUBLE,
                            "softmax");
        for (int k = 0; k < 3; k++) {
            char form[64];
            char strategy[64];
            (void)snprintf(form, sizeof form, "ref/%s_%s/score", scores[k]->name, models[x]);
            assert_ok(fal_score_keys(scores[k], s->in.logits[x], s->n, s->classes, ours));
            fal_test_query_near(ours, fal_test_query_reals(form, ""), s->n, FAL_TEST_DOUBLE, form);
            (void)snprintf(form, sizeof form, "ref/%s_%s/selection", scores[k]->name, models[x]);
            (void)snprintf(strategy, sizeof strategy, "%s:%s", scores[k]->name, x == 0 ? "global" : "local");
            fal_test_query_selects(s, strategy, form, false);
        }
    }
}

static double largest_norm(const float *z, int64_t n, int d)
{
    double most = 0.0;
    for (int64_t i = 0; i < n; i++) {
        double square = 0.0;
        for (int e = 0; e < d; e++) {
            square += (double)z[i * d + e] * (double)z[i * d + e];
        }
        most = fmax(most, sqrt(square));
    }
    return most;
}

static const double *widened(const float *from, int64_t count)
{
    double *to = fal_test_query_room(count, sizeof *to);
    for (int64_t i = 0; i < count; i++) {
        to[i] = (double)from[i];
    }
    return to;
}

static void check_coreset(setup *s)
{
    static const char *const names[2][2] = {{"coreset:global", "ref/coreset_G/selection"},
                                            {"coreset:local", "ref/coreset_L/selection"}};
    for (int x = 0; x < 2; x++) {
        const float *pool = s->in.embedding[x], *labelled = s->in.embedding_lab[x];
        const double most = fmax(largest_norm(pool, s->n, s->d), largest_norm(labelled, s->m, s->d));
        const fal_strategy *strategy = NULL;
        fal_query_result result;
        assert_ok(fal_strategy_find(names[x][0], &strategy));
        assert_ok(fal_query_result_create(s->b, &result));
        assert_ok(fal_query_select(strategy, &s->in, &result));
        fal_test_query_k_centre(s, widened(pool, s->n * s->d), s->n, s->d, widened(labelled, s->m * s->d), s->m,
                                2.0 * most * lanes_error(s->d), result.chosen, fal_test_query_ints(names[x][1], ""),
                                names[x][0]);
        fal_query_result_destroy(&result);
    }
}

/* Probabilities of the next draw. A squared distance |g|^2 + |g'|^2 - 2 <g, g'> is off by `error` of these. */
static void probabilities_agree(const setup *s, const fal_badge *badge, double total, double error, const char *path)
{
    const double *theirs = fal_test_query_reals(path, "");
    double most = 0.0, sum = 0.0;
    for (int64_t i = 0; i < s->n; i++) {
        most = fmax(most, badge->norm[i]);
        sum += badge->norm[i];
    }
    for (int64_t i = 0; i < s->n; i++) {
        const double ours = total > 0.0 ? badge->near[i] / total : 0.0;
        const double off = error * (badge->norm[i] + most + theirs[i] * (sum + (double)s->n * most));
        fal_test_query_near(&ours, &theirs[i], 1, total > 0.0 ? 2.0 * off / total : 0.0, path);
    }
}

static void badge_agrees(const setup *s, int x, const char *group, const int *after, int afters)
{
    char path[96];
    int64_t centres = 0;
    int64_t added = 0;
    fal_badge badge;
    double *sorted = fal_test_query_room(s->n, sizeof *sorted);
    int64_t first = 0;
    /* <a, a'> <z, z'>, a being rounded to float32 */
    const double error = lanes_error(s->d) + lanes_error(s->classes) + 2.0 * FLT_EPSILON;
    (void)snprintf(path, sizeof path, "ref/%s/centres", group);
    const int32_t *centre = fal_test_query_array(path, FAL_H5_INT32, &centres);
    assert_ok(fal_badge_create(&s->in, x, &badge));
    for (int64_t i = 0; i < s->n; i++) {
        sorted[i] = -badge.norm[i];
    }
    (void)snprintf(path, sizeof path, "ref/%s/norm2", group);
    fal_test_query_relative(badge.norm, fal_test_query_reals(path, ""), s->n, error, path);
    fal_topk_smallest(sorted, s->n, 1, &first);
    fal_test_query_equal(&first, centre, 1, group);
    for (int a = 0; a < afters; a++) {
        double total = 0.0;
        if (after[a] > centres) {
            continue;
        }
        for (; added < after[a]; added++) {
            total = fal_badge_add(&badge, centre[added]);
        }
        (void)snprintf(path, sizeof path, "ref/%s/probability_after_%d", group, after[a]);
        probabilities_agree(s, &badge, total, error, path);
    }
    fal_badge_destroy(&badge);
}

static void check_badge(setup *s)
{
    const int after[] = {1, 2, 4, 8};
    const int four[] = {4};
    badge_agrees(s, FAL_GLOBAL, "badge_G", after, 4);
    badge_agrees(s, FAL_LOCAL, "badge_L", after, 4);
    badge_agrees(s, FAL_BADGE_BOTH, "ens_logit_badge", four, 1);
}

static void check_ensembles(setup *s)
{
    const fal_strategy *strategy = NULL;
    fal_query_result result;
    fal_test_query_selects(s, "ensemble-logit:entropy", "ref/ens_probability_entropy/selection", false);
    s->options.ensemble = 1; /* logit */
    fal_test_query_selects(s, "ensemble-logit:entropy", "ref/ens_logit_entropy/selection", false);
    s->options.ensemble = 0;
    fal_test_query_selects(s, "ensemble-rank:entropy", "ref/ens_rank_entropy/selection", false);
    assert_ok(fal_strategy_find("ensemble-rank:entropy", &strategy));
    assert_ok(fal_query_result_create(s->b, &result));
    assert_ok(fal_query_select(strategy, &s->in, &result));
    fal_test_query_near(result.score, fal_test_query_reals("ref/ens_rank_entropy/score", ""), s->b, FAL_TEST_DOUBLE,
                        "ensemble-rank score");
    assert_ok(fal_strategy_find("ensemble-logit:entropy", &strategy));
    assert_ok(fal_query_select(strategy, &s->in, &result));
    const double *score = fal_test_query_reals("ref/ens_probability_entropy/score", "");
    for (int64_t i = 0; i < s->b; i++) {
        const double theirs = -score[result.chosen[i]];
        fal_test_query_near(&result.score[i], &theirs, 1, FAL_TEST_DOUBLE, "ensemble-logit score");
    }
    fal_query_result_destroy(&result);
    int64_t *lists = fal_test_query_room(3 * s->b, sizeof *lists);
    double *sums = fal_test_query_room(s->b, sizeof *sums);
    const int32_t *first = fal_test_query_ints("ref/ens_rank_merge/first", "");
    const int32_t *second = fal_test_query_ints("ref/ens_rank_merge/second", "");
    for (int64_t i = 0; i < s->b; i++) {
        lists[i] = first[i];
        lists[s->b + i] = second[i];
    }
    assert_ok(fal_query_merge_ranks(lists, lists + s->b, s->n, s->b, lists + 2 * s->b, sums));
    fal_test_query_equal(lists + 2 * s->b, fal_test_query_ints("ref/ens_rank_merge/selection", ""), s->b,
                         "merge of ranks");
}

/* g [n][d] of the macro step, ours; returns what a row of theirs may be off by: theirs has 1 - p from a p near 1, so it
 * is off by the rounding of that, times z. */
static double logo_gradients(const setup *s, double *g)
{
    const int d = s->d;
    const double lost = 4.0 * DBL_EPSILON * largest_norm(s->in.embedding[1], s->n, d);
    for (int64_t i = 0; i < s->n; i++) {
        fal_logo_gradient(s->in.logits[1] + i * s->classes, s->in.embedding[1] + i * d, s->classes, d, g + i * d);
    }
    fal_test_query_near(g, fal_test_query_reals("ref/logo/gradient", ""), s->n * d, lost, "logo gradient");
    return lost;
}

/* A sum of `count` squared distances of points that are off by `lost`, itself off by a share. */
static double sum_error(double sum, double share, int64_t count, double lost)
{
    return share * sum + 2.0 * sqrt((double)count * sum) * lost + (double)count * lost * lost;
}

static double inertia_of(const float *g, int64_t n, const float *centre, int64_t k, int d)
{
    float *far = fal_test_query_room(n, sizeof *far);
    float *nearest = fal_test_query_room(n, sizeof *nearest);
    double inertia = 0.0;
    for (int64_t c = 0; c < k; c++) {
        fal_rows_distances(g, n, d, centre + c * d, far);
        for (int64_t i = 0; i < n; i++) {
            nearest[i] = c == 0 || far[i] < nearest[i] ? far[i] : nearest[i];
        }
    }
    for (int64_t i = 0; i < n; i++) {
        inertia += (double)nearest[i];
    }
    return inertia;
}

static void check_macro(setup *s)
{
    const int d = s->d;
    double *g = fal_test_query_room(s->n * d, sizeof *g);
    float *g32 = fal_test_query_room(s->n * d, sizeof *g32);
    float *start = fal_test_query_room(s->b * d, sizeof *start);
    const double lost = logo_gradients(s, g), *from = fal_test_query_reals("ref/logo/start", "");
    for (int64_t i = 0; i < s->n * d; i++) {
        g32[i] = (float)g[i];
    }
    for (int64_t i = 0; i < s->b * d; i++) {
        start[i] = (float)from[i];
    }
    const double first = *fal_test_query_reals("ref/logo/start_inertia", "");
    const double inertia = inertia_of(g32, s->n, start, s->b, d);
    fal_test_query_near(&inertia, &first, 1, sum_error(first, lanes_error(d), s->n, lost), "inertia of the start");
    /* Both stop where the squared shift is 1e-4 of the variance: one iteration more or less is worth less than that. */
    fal_kmeans clusters = {0};
    const double last = *fal_test_query_reals("ref/logo/inertia", "");
    assert_ok(fal_kmeans_lloyd(g32, s->n, d, s->b, start, &clusters));
    fal_test_query_near(&clusters.inertia, &last, 1, sum_error(last, 1e-4, s->n, lost), "inertia after Lloyd");
    fal_kmeans_destroy(&clusters);
    /* Whole runs of ours are as good as theirs; few distinct points make a lucky start worth more. */
    int64_t runs = 0;
    const double *theirs = fal_test_query_array("ref/logo/best_of_10_inertia", FAL_H5_DOUBLE, &runs);
    double worst = 0.0;
    for (int64_t i = 0; i < runs; i++) {
        worst = fmax(worst, theirs[i]);
    }
    for (uint32_t run = 0; run < 3; run++) {
        const fal_rng rng = {.seed = run, .purpose = FAL_RNG_QUERY};
        const double more = sum_error(worst, s->has_copies ? 0.10 : 0.02, s->n, lost);
        assert_ok(fal_kmeans_run(g32, s->n, d, s->b, 10, &rng, &clusters));
        if (clusters.inertia > worst + more) {
            fail_msg("%s: inertia %g, theirs at most %g", fal_test_query_name(), clusters.inertia, worst);
        }
        fal_kmeans_destroy(&clusters);
    }
}

/* On the reference's clusters. */
static void check_micro(setup *s)
{
    const fal_strategy *logo = NULL;
    fal_query_result result;
    fal_kmeans clusters = {.n = s->n, .k = s->b, .d = s->d};
    clusters.label = (int32_t *)(uintptr_t)fal_test_query_ints("ref/logo/label", "");
    assert_ok(fal_strategy_find("logo", &logo));
    assert_ok(fal_query_result_create(s->b, &result));
    fal_query_call call = {.strategy = logo, .input = &s->in, .b = s->b, .model = 1, .result = &result};
    assert_ok(fal_logo_micro(&call, &clusters));
    fal_test_query_equal(result.chosen, fal_test_query_ints("ref/logo/selection_filled", ""), s->b, "logo");
    int64_t first = 0;
    const int32_t *unfilled = fal_test_query_array("ref/logo/selection", FAL_H5_INT32, &first);
    fal_test_query_equal(result.chosen, unfilled, first, "logo without filling");
    fal_query_result_destroy(&result);
}

/* M of several choices, all against the same centroids. */
static void check_m(setup *s)
{
    static const char *const chosen[5][2] = {{"ref/logo/selection_filled", "ref/m_value/logo"},
                                             {"ref/entropy_G/selection", "ref/m_value/entropy_G"},
                                             {"ref/entropy_L/selection", "ref/m_value/entropy_L"},
                                             {"ref/coreset_L/selection", "ref/m_value/coreset_L"},
                                             {"ref/m_value/random_selection", "ref/m_value/random"}};
    const int d = s->d;
    const float *centre = fal_test_query_floats("ref/logo/centroids_f32", "");
    double *g = fal_test_query_room(s->n * d, sizeof *g);
    int64_t *picks = fal_test_query_room(s->b, sizeof *picks);
    double *cost = fal_test_query_room(s->b * s->b, sizeof *cost);
    const double lost = logo_gradients(s, g);
    for (int k = 0; k < 5; k++) {
        const int32_t *theirs_chosen = fal_test_query_ints(chosen[k][0], "");
        const double theirs = *fal_test_query_reals(chosen[k][1], "");
        double m = 0.0;
        for (int64_t i = 0; i < s->b; i++) {
            picks[i] = theirs_chosen[i];
        }
        assert_ok(fal_query_transport(centre, s->b, &s->in, picks, &m));
        fal_test_query_near(&m, &theirs, 1, sum_error(theirs, FAL_TEST_LATER, s->b, lost), chosen[k][1]);
        if (k == 0 && !s->has_copies) {
            for (int64_t c = 0; c < s->b * s->b; c++) {
                for (int e = 0; e < d; e++) {
                    const double delta = (double)centre[c / s->b * d + e] - g[picks[c % s->b] * d + e];
                    cost[c] += delta * delta;
                }
            }
            assert_ok(fal_assignment_solve(cost, s->b, s->b, picks, &m));
            fal_test_query_equal(picks, fal_test_query_ints("ref/m_value/logo_assignment", ""), s->b, "assignment");
        }
    }
}

/* What a lead of a logit of image i may be off by at cap 1, since theirs has the gradient (p - onehot) W with 1 - p
 * from a p near 1: the rounding of that, over |g|, is the error of the direction in which z moves. reach: of the
 * anchors; most: of W's rows; g [d] is scratch. */
static double moved_error(const setup *s, int x, int head, int64_t i, double reach, double most, double *g)
{
    const float *z = s->in.embedding[x] + i * s->d, *w = s->in.head_w[head];
    const int yhat = fal_score_argmax(s->in.logits[x] + i * s->classes, s->classes);
    double p[FAL_CLASSES_MAX];
    double others = 0.0, size = 0.0, length = 0.0;
    for (int c = 0; c < s->classes; c++) {
        p[c] = (double)s->in.head_b[head][c];
        for (int e = 0; e < s->d; e++) {
            p[c] += (double)w[c * s->d + e] * (double)z[e];
        }
    }
    fal_score_softmax_real(p, s->classes, p);
    for (int c = 0; c < s->classes; c++) {
        others += c == yhat ? 0.0 : p[c];
    }
    p[yhat] = -others;
    for (int e = 0; e < s->d; e++) {
        g[e] = 0.0;
        for (int c = 0; c < s->classes; c++) {
            g[e] += p[c] * (double)w[c * s->d + e];
        }
        size += g[e] * g[e];
        length += (double)z[e] * (double)z[e];
    }
    const double far = (sqrt(length) + reach) / sqrt((double)s->d); /* the longest way of any anchor */
    return size > 0.0 ? 2.0 * far * most * 4.0 * DBL_EPSILON * most / sqrt(size) : 0.0;
}

/* Candidates whose leads of a logit are clearer than what theirs may be off by: the closest lead of all is known. */
static void check_alfa(setup *s)
{
    static const struct {
        const char *group;
        int x, head;
    } kinds[] = {{"alfa_G", 0, 0}, {"alfa_L", 1, 1}, {"alfa_L_head_G", 1, 0}};
    for (int k = 0; k < 3; k++) {
        char path[64];
        int64_t used = 0, unsure = 0;
        int64_t count[FAL_ALFA_CAPS];
        int caps = 0;
        const double gap = fal_test_query_gap(kinds[k].group);
        const double reach = largest_norm(s->in.embedding_lab[kinds[k].x], s->m, s->d);
        const double most = largest_norm(s->in.head_w[kinds[k].head], s->classes, s->d);
        double *g = fal_test_query_room(s->d, sizeof *g);
        unsigned char *candidate = fal_test_query_room(s->n, 1);
        assert_ok(fal_alfa_candidates(&s->in, kinds[k].x, kinds[k].head, s->b, candidate, count, &caps));
        (void)snprintf(path, sizeof path, "ref/%s/count_per_cap", kinds[k].group);
        const int32_t *counts = fal_test_query_array(path, FAL_H5_INT32, &used);
        (void)snprintf(path, sizeof path, "ref/%s/candidate", kinds[k].group);
        const unsigned char *theirs = fal_test_query_array(path, FAL_H5_UINT8, NULL);
        for (int64_t i = 0; i < s->n; i++) {
            const bool sure = moved_error(s, kinds[k].x, kinds[k].head, i, reach, most, g) < gap / 2.0;
            unsure += !sure;
            if (sure && caps == used && candidate[i] != theirs[i]) {
                fail_msg("%s: %s: image %lld is %d, reference %d", fal_test_query_name(), path, (long long)i,
                         candidate[i], theirs[i]);
            }
        }
        assert_true((s->has_copies || unsure <= s->n / 10) && (unsure > 0 || caps == used)); /* L is saturated there */
        for (int cap = 0; cap < caps && cap < used; cap++) {
            if (count[cap] - counts[cap] > unsure || counts[cap] - count[cap] > unsure) {
                fail_msg("%s: %s: %lld candidates at cap %d, reference %d", fal_test_query_name(), kinds[k].group,
                         (long long)count[cap], cap, counts[cap]);
            }
        }
    }
}

static void check_later(setup *s)
{
    double *ours = fal_test_query_room(s->n, sizeof *ours);
    fal_ksas_scores(&s->in, ours);
    fal_test_query_near(ours, fal_test_query_reals("ref/ksas/score", ""), s->n, FAL_TEST_LATER, "ksas score");
    fal_test_query_selects(s, "ksas", "ref/ksas/selection", false);
    static const char *const models[2] = {"G", "L"};
    for (int x = 0; x < 2; x++) {
        for (int64_t i = 0; i < s->n; i++) {
            ours[i] = fal_feal_aleatoric(s->in.logits[x] + i * s->classes, s->classes);
        }
        fal_test_query_near(ours, fal_test_query_reals("ref/feal/aleatoric_%s", models[x]), s->n, FAL_TEST_LATER,
                            "feal aleatoric");
    }
    for (int64_t i = 0; i < s->n; i++) {
        ours[i] = fal_feal_entropy(s->in.logits[0] + i * s->classes, s->classes);
    }
    fal_test_query_near(ours, fal_test_query_reals("ref/feal/entropy", ""), s->n, FAL_TEST_LATER, "feal entropy");
    fal_feal_scores(&s->in, ours);
    fal_test_query_near(ours, fal_test_query_reals("ref/feal/score", ""), s->n, FAL_TEST_LATER, "feal score");
    fal_test_query_selects(s, "feal", "ref/feal/selection", true);
}

static void check_fairfal(setup *s)
{
    static const char *const kinds[] = {"own_ratio", "ratio_0.2", "ratio_0.9"};
    static const double shared[] = {NAN, 0.2, 0.9};
    for (int k = 0; k < 3; k++) {
        char path[64];
        fal_fairfal f;
        assert_ok(fal_fairfal_create(&s->in, s->b, shared[k], &f));
        fal_test_query_near(&f.blend, fal_test_query_reals("ref/fairfal/%s/blend", kinds[k]), 1, FAL_TEST_LATER,
                            "fairfal blend");
        fal_test_query_near(f.uncertainty, fal_test_query_reals("ref/fairfal/%s/uncertainty", kinds[k]), s->n,
                            FAL_TEST_LATER, "fairfal uncertainty");
        assert_int_equal(f.global_uncertainty,
                         *fal_test_query_ints("ref/fairfal/%s/use_global_for_uncertainty", kinds[k]));
        assert_int_equal(f.global_gradients, *fal_test_query_ints("ref/fairfal/%s/use_global_for_gradients", kinds[k]));
        if (k == 0) {
            const int32_t *pseudo = fal_test_query_ints("ref/fairfal/own_ratio/pseudo", "");
            fal_test_query_near(&f.distance, fal_test_query_reals("ref/fairfal/own_ratio/distance", ""), 1,
                                FAL_TEST_LATER, "fairfal distance");
            fal_test_query_near(&f.ratio, fal_test_query_reals("ref/fairfal/own_ratio/ratio", ""), 1, FAL_TEST_LATER,
                                "fairfal ratio");
            fal_test_query_near(f.prototype, fal_test_query_reals("ref/fairfal/own_ratio/prototypes", ""),
                                (int64_t)s->classes * s->d, FAL_TEST_LATER, "fairfal prototypes");
            fal_test_query_equal(f.quota, fal_test_query_ints("ref/fairfal/own_ratio/quota", ""), s->classes,
                                 "fairfal quota");
            for (int64_t i = 0; i < s->n; i++) {
                assert_int_equal(f.pseudo[i], pseudo[i]);
            }
            const double ratio = fal_fairfal_ratio(s->in.logits_lab[0], s->in.labels, s->m, s->classes);
            fal_test_query_near(&ratio, &f.ratio, 1, 0.0, "fairfal shared number");
        }
        fal_fairfal_destroy(&f);
        s->in.shared = shared[k];
        (void)snprintf(path, sizeof path, "ref/fairfal/%s/selection", kinds[k]);
        fal_test_query_selects(s, "fairfal", path, true);
        s->in.shared = NAN;
    }
}

#define CHECK(test, check)                                                                                             \
    static void test(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        fal_test_query_cases(check);                                                                                   \
    }
CHECK(scores_and_their_selections_agree, check_scores)
CHECK(coreset_chooses_the_same, check_coreset)
CHECK(badge_draws_with_the_same_probabilities, check_badge)
CHECK(ensembles_agree, check_ensembles)
CHECK(logo_clusters_alike, check_macro)
CHECK(logo_picks_the_same_of_each_cluster, check_micro)
CHECK(m_agrees, check_m)
CHECK(alfa_mix_finds_the_same_candidates, check_alfa)
CHECK(ksas_and_feal_agree, check_later)
CHECK(fairfal_agrees, check_fairfal)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_and_their_selections_agree),
        cmocka_unit_test(coreset_chooses_the_same),
        cmocka_unit_test(badge_draws_with_the_same_probabilities),
        cmocka_unit_test(ensembles_agree),
        cmocka_unit_test(logo_clusters_alike),
        cmocka_unit_test(logo_picks_the_same_of_each_cluster),
        cmocka_unit_test(m_agrees),
        cmocka_unit_test(alfa_mix_finds_the_same_candidates),
        cmocka_unit_test(ksas_and_feal_agree),
        cmocka_unit_test(fairfal_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
