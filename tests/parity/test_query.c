/* Strategies against numbers that somebody else's program made in float64: the small committed fixture always, the
 * reference file where it is. Both have the same layout (tests/fixtures/gen_query.py describes it). */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/h5.h"
#include "query/alfa.h"
#include "query/assignment.h"
#include "query/badge.h"
#include "query/fairfal.h"
#include "query/feal.h"
#include "query/gcn.h"
#include "query/kcentre.h"
#include "query/lanes.h"
#include "query/query_internal.h"

/* Bounds that come with the reference: double against double; float32 sums against double, relative to the largest. */
static const double DOUBLE = 1e-12;
static const double LATER = 1e-9;
static const double FLOAT = 1e-5;
static const double GRADIENT = 2e-5;
static const double WEIGHT = 2e-6; /* absolute, after three steps of Adam of 1e-3 each */

enum { KEPT_MOST = 400, CASES_MOST = 8, LIMIT = 1 << 26 };

static void *kept[KEPT_MOST]; /* arrays of the case at hand */
static int kept_count;
static fal_h5 *file;
static char name[64];

typedef struct {
    int64_t n, m, b;
    int d, classes;
    bool exact_ties; /* "adversarial": identical rows, so ties and near-ties */
    fal_query_options options;
    fal_query_input in;
} setup;

static void *array(const char *path, fal_h5_type type, int64_t *count)
{
    char full[128];
    fal_h5_shape shape = {0};
    void *values = NULL;
    (void)snprintf(full, sizeof full, "%s/%s", name, path);
    assert_ok(fal_h5_read_new(file, full, &shape, LIMIT, &values));
    if (shape.type != type) {
        fail_msg("%s: unexpected type %d", full, (int)shape.type);
    }
    if (count != NULL) {
        *count = fal_h5_elements(&shape);
    }
    assert_true(kept_count < KEPT_MOST);
    kept[kept_count++] = values;
    return values;
}

static const double *reals(const char *path) { return array(path, FAL_H5_DOUBLE, NULL); }
static const float *floats(const char *path) { return array(path, FAL_H5_FLOAT, NULL); }
static const int32_t *ints(const char *path) { return array(path, FAL_H5_INT32, NULL); }

static const double *reals_of(const char *form, const char *x)
{
    char path[128];
    (void)snprintf(path, sizeof path, form, x);
    return reals(path);
}
static const int32_t *ints_of(const char *form, const char *x)
{
    char path[128];
    (void)snprintf(path, sizeof path, form, x);
    return ints(path);
}
static const float *floats_of(const char *form, const char *x)
{
    char path[128];
    (void)snprintf(path, sizeof path, form, x);
    return floats(path);
}

/* A zeroed array of the case. */
static void *room(int64_t count, size_t size)
{
    void *values = NULL;
    assert_ok(fal_alloc(&values, (size_t)count, size, "test"));
    assert_true(kept_count < KEPT_MOST);
    kept[kept_count++] = values;
    return values;
}

static void near(const double *ours, const double *theirs, int64_t count, double bound, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (!(fabs(ours[i] - theirs[i]) <= bound)) {
            fail_msg("%s: %s[%lld] is %.17g, reference %.17g", name, what, (long long)i, ours[i], theirs[i]);
        }
    }
}

static void near_relative(const double *ours, const double *theirs, int64_t count, double bound, const char *what)
{
    double most = 0.0;
    for (int64_t i = 0; i < count; i++) {
        most = fabs(theirs[i]) > most ? fabs(theirs[i]) : most;
    }
    near(ours, theirs, count, bound * most, what);
}

static void equal(const int64_t *ours, const int32_t *theirs, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (ours[i] != theirs[i]) {
            fail_msg("%s: choice %lld of %s is %lld, reference %d", name, (long long)i, what, (long long)ours[i],
                     theirs[i]);
        }
    }
}

static int64_t number(const char *attribute)
{
    int64_t value = 0;
    assert_ok(fal_h5_get_int(file, name, attribute, &value));
    return value;
}

static setup *prepare(void)
{
    static setup s;
    static const char *const models[2] = {"G", "L"};
    s = (setup){.n = number("n"), .m = number("n_labelled"), .b = number("budget")};
    s.d = (int)number("d");
    s.classes = (int)number("classes");
    s.exact_ties = strstr(name, "adversarial") != NULL;
    s.options = (fal_query_options){.kmeans_starts = 10};
    s.in = (fal_query_input){.n = s.n,
                             .m = s.m,
                             .classes = s.classes,
                             .d = s.d,
                             .budget = s.b,
                             .labels = ints("inputs/y_lab"),
                             .shared = NAN,
                             .rng = {.seed = 1, .purpose = FAL_RNG_QUERY},
                             .options = &s.options};
    for (int x = 0; x < 2; x++) {
        s.in.logits[x] = floats_of("inputs/logits_%s", models[x]);
        s.in.embedding[x] = floats_of("inputs/emb_%s", models[x]);
        s.in.logits_lab[x] = floats_of("inputs/logits_%s_lab", models[x]);
        s.in.embedding_lab[x] = floats_of("inputs/emb_%s_lab", models[x]);
        s.in.head_w[x] = floats_of("inputs/head_%s_w", models[x]);
        s.in.head_b[x] = floats_of("inputs/head_%s_b", models[x]);
    }
    return &s;
}

/* The choice of a strategy must be the reference's, in order. */
static void selects(const setup *s, const char *strategy_name, const char *reference)
{
    const fal_strategy *strategy = NULL;
    fal_query_result result;
    assert_ok(fal_strategy_find(strategy_name, &strategy));
    assert_ok(fal_query_result_create(s->b, &result));
    assert_ok(fal_query_select(strategy, &s->in, &result));
    equal(result.chosen, ints(reference), s->b, strategy_name);
    fal_query_result_destroy(&result);
}

/* ---- one check per strategy, run for every case ---------------------------------------------------------------- */

static void check_scores(setup *s)
{
    static const fal_score *const scores[] = {&fal_score_entropy, &fal_score_confidence, &fal_score_margin};
    static const char *const models[2] = {"G", "L"};
    double *ours = room(s->n * s->classes, sizeof *ours);
    for (int x = 0; x < 2; x++) {
        for (int64_t i = 0; i < s->n; i++) {
            fal_score_softmax(s->in.logits[x] + i * s->classes, s->classes, ours + i * s->classes);
        }
        near(ours, reals_of("ref/prob_%s", models[x]), s->n * s->classes, DOUBLE, "softmax");
        for (int k = 0; k < 3; k++) {
            char form[64];
            char strategy[64];
            (void)snprintf(form, sizeof form, "ref/%s_%s/score", scores[k]->name, models[x]);
            assert_ok(fal_score_keys(scores[k], s->in.logits[x], s->n, s->classes, ours));
            near(ours, reals(form), s->n, DOUBLE, form);
            (void)snprintf(form, sizeof form, "ref/%s_%s/selection", scores[k]->name, models[x]);
            (void)snprintf(strategy, sizeof strategy, "%s:%s", scores[k]->name, x == 0 ? "global" : "local");
            selects(s, strategy, form);
        }
    }
}

static void check_coreset(setup *s)
{
    selects(s, "coreset:global", "ref/coreset_G/selection");
    selects(s, "coreset:local", "ref/coreset_L/selection");
}

static void badge_agrees(const setup *s, int x, const char *group, const int *after, int afters)
{
    char path[96];
    int64_t centres = 0;
    int64_t added = 0;
    fal_badge badge;
    double *ours = room(s->n, sizeof *ours);
    double *sorted = room(s->n, sizeof *sorted);
    int64_t first = 0;
    (void)snprintf(path, sizeof path, "ref/%s/centres", group);
    const int32_t *centre = array(path, FAL_H5_INT32, &centres);
    assert_ok(fal_badge_create(&s->in, x, &badge));
    for (int64_t i = 0; i < s->n; i++) {
        sorted[i] = -badge.norm[i];
    }
    (void)snprintf(path, sizeof path, "ref/%s/norm2", group);
    near_relative(badge.norm, reals(path), s->n, FLOAT, path);
    fal_topk_smallest(sorted, s->n, 1, &first);
    equal(&first, centre, 1, group);
    for (int a = 0; a < afters; a++) {
        double total = 0.0;
        if (after[a] > centres) {
            continue;
        }
        for (; added < after[a]; added++) {
            total = fal_badge_add(&badge, centre[added]);
        }
        for (int64_t i = 0; i < s->n; i++) {
            ours[i] = total > 0.0 ? badge.near[i] / total : 0.0;
        }
        (void)snprintf(path, sizeof path, "ref/%s/probability_after_%d", group, after[a]);
        near(ours, reals(path), s->n, 1e-6, path);
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
    selects(s, "ensemble-logit:entropy", "ref/ens_probability_entropy/selection");
    s->options.ensemble_logits = true;
    selects(s, "ensemble-logit:entropy", "ref/ens_logit_entropy/selection");
    s->options.ensemble_logits = false;
    selects(s, "ensemble-rank:entropy", "ref/ens_rank_entropy/selection");
    assert_ok(fal_strategy_find("ensemble-rank:entropy", &strategy));
    assert_ok(fal_query_result_create(s->b, &result));
    assert_ok(fal_query_select(strategy, &s->in, &result));
    near(result.score, reals("ref/ens_rank_entropy/score"), s->b, DOUBLE, "ensemble-rank score");
    assert_ok(fal_strategy_find("ensemble-logit:entropy", &strategy));
    assert_ok(fal_query_select(strategy, &s->in, &result));
    const double *score = reals("ref/ens_probability_entropy/score");
    for (int64_t i = 0; i < s->b; i++) {
        const double theirs = -score[result.chosen[i]];
        near(&result.score[i], &theirs, 1, DOUBLE, "ensemble-logit score");
    }
    fal_query_result_destroy(&result);
    int64_t *lists = room(3 * s->b, sizeof *lists);
    double *sums = room(s->b, sizeof *sums);
    const int32_t *first = ints("ref/ens_rank_merge/first");
    const int32_t *second = ints("ref/ens_rank_merge/second");
    for (int64_t i = 0; i < s->b; i++) {
        lists[i] = first[i];
        lists[s->b + i] = second[i];
    }
    assert_ok(fal_query_merge_ranks(lists, lists + s->b, s->n, s->b, lists + 2 * s->b, sums));
    equal(lists + 2 * s->b, ints("ref/ens_rank_merge/selection"), s->b, "merge of ranks");
}

static void check_logo(setup *s)
{
    const int d = s->d;
    const float *centre = floats("ref/logo/centroids_f32");
    const int32_t *label = ints("ref/logo/label");
    double *g = room(s->n * d, sizeof *g);
    float *g32 = room(s->n * d, sizeof *g32);
    float *start = room(s->b * d, sizeof *start);
    float *far = room(s->n, sizeof *far);
    float *nearest = room(s->n, sizeof *nearest);
    for (int64_t i = 0; i < s->n; i++) {
        fal_logo_gradient(s->in.logits[1] + i * s->classes, s->in.embedding[1] + i * d, s->classes, d, g + i * d);
        nearest[i] = INFINITY;
    }
    near_relative(g, reals("ref/logo/gradient"), s->n * d, 2e-6, "logo gradient");
    for (int64_t i = 0; i < s->n * d; i++) {
        g32[i] = (float)g[i];
    }
    const double *from = reals("ref/logo/start");
    for (int64_t i = 0; i < s->b * d; i++) {
        start[i] = (float)from[i];
    }
    double inertia = 0.0;
    for (int64_t c = 0; c < s->b; c++) {
        fal_lanes_distances(g32, s->n, d, start + c * d, far);
        for (int64_t i = 0; i < s->n; i++) {
            nearest[i] = far[i] < nearest[i] ? far[i] : nearest[i];
        }
    }
    for (int64_t i = 0; i < s->n; i++) {
        inertia += (double)nearest[i];
    }
    near_relative(&inertia, reals("ref/logo/start_inertia"), 1, FLOAT, "inertia of the start");
    fal_kmeans clusters = {0};
    assert_ok(fal_kmeans_lloyd(g32, s->n, d, s->b, start, &clusters));
    near_relative(&clusters.inertia, reals("ref/logo/inertia"), 1, 1e-4, "inertia after Lloyd");
    fal_kmeans_destroy(&clusters);

    /* the micro step on the reference's centroids */
    const fal_strategy *logo = NULL;
    fal_query_result result;
    assert_ok(fal_strategy_find("logo", &logo));
    assert_ok(fal_query_result_create(s->b, &result));
    clusters = (fal_kmeans){.n = s->n, .k = s->b, .d = d, .label = (int32_t *)label};
    fal_query_call call = {.strategy = logo, .input = &s->in, .b = s->b, .model = 1, .result = &result};
    assert_ok(fal_logo_micro(&call, &clusters));
    equal(result.chosen, ints("ref/logo/selection_filled"), s->b, "logo");
    int64_t first = 0;
    const int32_t *unfilled = array("ref/logo/selection", FAL_H5_INT32, &first);
    equal(result.chosen, unfilled, first, "logo without filling");
    fal_query_result_destroy(&result);

    /* whole runs of ours are as good as theirs */
    int64_t runs = 0;
    const double *theirs = array("ref/logo/best_of_10_inertia", FAL_H5_DOUBLE, &runs);
    double worst = 0.0;
    for (int64_t i = 0; i < runs; i++) {
        worst = theirs[i] > worst ? theirs[i] : worst;
    }
    for (uint32_t run = 0; run < 3; run++) {
        const fal_rng rng = {.seed = run, .purpose = FAL_RNG_QUERY};
        assert_ok(fal_kmeans_run(g32, s->n, d, s->b, 10, &rng, &clusters));
        if (clusters.inertia > worst * (s->exact_ties ? 1.10 : 1.02)) {
            fail_msg("%s: inertia %g, theirs at most %g", name, clusters.inertia, worst);
        }
        fal_kmeans_destroy(&clusters);
    }

    /* M of several choices, all against the same centroids */
    static const char *const chosen[5][2] = {{"ref/logo/selection_filled", "ref/m_value/logo"},
                                             {"ref/entropy_G/selection", "ref/m_value/entropy_G"},
                                             {"ref/entropy_L/selection", "ref/m_value/entropy_L"},
                                             {"ref/coreset_L/selection", "ref/m_value/coreset_L"},
                                             {"ref/m_value/random_selection", "ref/m_value/random"}};
    int64_t *picks = room(s->b, sizeof *picks);
    double *cost = room(s->b * s->b, sizeof *cost);
    for (int k = 0; k < 5; k++) {
        const int32_t *theirs_chosen = ints(chosen[k][0]);
        double m = 0.0;
        for (int64_t i = 0; i < s->b; i++) {
            picks[i] = theirs_chosen[i];
        }
        assert_ok(fal_query_transport(centre, s->b, &s->in, picks, &m));
        near_relative(&m, reals(chosen[k][1]), 1, LATER, chosen[k][1]);
        if (k == 0 && !s->exact_ties) {
            for (int64_t c = 0; c < s->b * s->b; c++) {
                for (int e = 0; e < d; e++) {
                    const double delta = (double)centre[c / s->b * d + e] - g[picks[c % s->b] * d + e];
                    cost[c] += delta * delta;
                }
            }
            assert_ok(fal_assignment_solve(cost, s->b, s->b, picks, &m));
            equal(picks, ints("ref/m_value/logo_assignment"), s->b, "assignment");
        }
    }
}

static void widen(const float *from, double *to, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        to[i] = (double)from[i];
    }
}

static void gcn_gradients(const fal_gcn *g, const char *form, const char *x)
{
    char path[96];
    const double *const parts[] = {g->gradient.w1, g->gradient.b1, g->gradient.w3, &g->gradient.b3};
    static const char *const names[] = {"w1", "b1", "w3", "b3"};
    const int64_t count[] = {(int64_t)g->d * FAL_GCN_HIDDEN, FAL_GCN_HIDDEN, FAL_GCN_HIDDEN, 1};
    for (int k = 0; k < 4; k++) {
        (void)snprintf(path, sizeof path, form, x, names[k]);
        near_relative(parts[k], reals(path), count[k], GRADIENT, path);
    }
}

static void check_gcn(setup *s)
{
    static const char *const models[2] = {"G", "L"};
    for (int x = 0; x < 2; x++) {
        fal_gcn g;
        assert_ok(fal_gcn_create(s->in.embedding[x], s->n, s->in.embedding_lab[x], s->m, s->d, &g));
        widen(floats_of("ref/gcn_%s/start/w1", models[x]), g.weight.w1, (int64_t)s->d * FAL_GCN_HIDDEN);
        widen(floats_of("ref/gcn_%s/start/b1", models[x]), g.weight.b1, FAL_GCN_HIDDEN);
        widen(floats_of("ref/gcn_%s/start/w3", models[x]), g.weight.w3, FAL_GCN_HIDDEN);
        widen(floats_of("ref/gcn_%s/start/b3", models[x]), &g.weight.b3, 1);
        double *ours = room(g.nodes + FAL_GCN_HIDDEN, sizeof *ours);
        fal_gcn_forward(&g);
        double loss = fal_gcn_loss(&g);
        near_relative(&loss, reals_of("ref/gcn_%s/loss", models[x]), 1, FLOAT, "gcn loss");
        for (int64_t i = 0; i < g.nodes; i++) {
            ours[i] = 1.0 / (1.0 + exp(-g.output[i]));
        }
        near_relative(ours, reals_of("ref/gcn_%s/score", models[x]), g.nodes, FLOAT, "gcn score");
        for (int64_t i = 0; i < g.nodes; i++) {
            ours[i] = 0.0;
            for (int j = 0; j < FAL_GCN_HIDDEN; j++) {
                ours[i] += (double)g.hidden[i * FAL_GCN_HIDDEN + j];
            }
        }
        near_relative(ours, reals_of("ref/gcn_%s/feature_rowsum", models[x]), g.nodes, FLOAT, "gcn features");
        widen(g.hidden, ours, FAL_GCN_HIDDEN);
        near_relative(ours, reals_of("ref/gcn_%s/feature_row0", models[x]), FAL_GCN_HIDDEN, FLOAT, "gcn features");
        fal_gcn_backward(&g);
        gcn_gradients(&g, "ref/gcn_%s/grad/%s", models[x]);
        char path[64];
        (void)snprintf(path, sizeof path, "ref/gcn_%s/mask_bits", models[x]);
        g.mask = array(path, FAL_H5_UINT8, NULL);
        fal_gcn_forward(&g);
        loss = fal_gcn_loss(&g);
        near_relative(&loss, reals_of("ref/gcn_%s/loss_dropout", models[x]), 1, FLOAT, "gcn loss with dropout");
        fal_gcn_backward(&g);
        gcn_gradients(&g, "ref/gcn_%s/grad_dropout/%s", models[x]);
        g.mask = NULL;
        for (int step = 1; step <= 3; step++) {
            fal_gcn_forward(&g);
            fal_gcn_backward(&g);
            fal_gcn_step(&g);
            fal_gcn_forward(&g);
            loss = fal_gcn_loss(&g);
            (void)snprintf(path, sizeof path, "ref/gcn_%s/loss_after_step_%d", models[x], step);
            near_relative(&loss, reals(path), 1, FLOAT, path);
        }
        near(g.weight.w1, reals_of("ref/gcn_%s/after_3_steps/w1", models[x]), (int64_t)s->d * FAL_GCN_HIDDEN, WEIGHT,
             "w1 after three steps");
        near(g.weight.b1, reals_of("ref/gcn_%s/after_3_steps/b1", models[x]), FAL_GCN_HIDDEN, WEIGHT, "b1");
        near(g.weight.w3, reals_of("ref/gcn_%s/after_3_steps/w3", models[x]), FAL_GCN_HIDDEN, WEIGHT, "w3");
        near(&g.weight.b3, reals_of("ref/gcn_%s/after_3_steps/b3", models[x]), 1, WEIGHT, "b3");
        int64_t *chosen = room(s->b, sizeof *chosen);
        assert_ok(
            fal_kcentre_run(g.hidden, s->n, FAL_GCN_HIDDEN, g.hidden + s->n * FAL_GCN_HIDDEN, s->m, s->b, chosen));
        equal(chosen, ints_of("ref/gcn_%s/coreset_after_3_steps", models[x]), s->b, "gcnal's k-centre");
        fal_gcn_destroy(&g);
    }
}

static void check_alfa(setup *s)
{
    static const struct {
        const char *group;
        int x, head;
    } kinds[] = {{"alfa_G", 0, 0}, {"alfa_L", 1, 1}, {"alfa_L_head_G", 1, 0}};
    for (int k = 0; k < 3; k++) {
        char path[64];
        int64_t used = 0;
        int64_t count[FAL_ALFA_CAPS];
        int caps = 0;
        unsigned char *candidate = room(s->n, 1);
        assert_ok(fal_alfa_candidates(&s->in, kinds[k].x, kinds[k].head, s->b, candidate, count, &caps));
        (void)snprintf(path, sizeof path, "ref/%s/candidate", kinds[k].group);
        assert_memory_equal(candidate, array(path, FAL_H5_UINT8, NULL), (size_t)s->n);
        (void)snprintf(path, sizeof path, "ref/%s/count_per_cap", kinds[k].group);
        const int32_t *theirs = array(path, FAL_H5_INT32, &used);
        assert_int_equal(caps, used);
        equal(count, theirs, used, path);
    }
}

static void check_later(setup *s)
{
    double *ours = room(s->n, sizeof *ours);
    fal_ksas_scores(&s->in, ours);
    near(ours, reals("ref/ksas/score"), s->n, LATER, "ksas score");
    selects(s, "ksas", "ref/ksas/selection");
    static const char *const models[2] = {"G", "L"};
    for (int x = 0; x < 2; x++) {
        for (int64_t i = 0; i < s->n; i++) {
            ours[i] = fal_feal_aleatoric(s->in.logits[x] + i * s->classes, s->classes);
        }
        near(ours, reals_of("ref/feal/aleatoric_%s", models[x]), s->n, LATER, "feal aleatoric");
    }
    for (int64_t i = 0; i < s->n; i++) {
        ours[i] = fal_feal_entropy(s->in.logits[0] + i * s->classes, s->classes);
    }
    near(ours, reals("ref/feal/entropy"), s->n, LATER, "feal entropy");
    fal_feal_scores(&s->in, ours);
    near(ours, reals("ref/feal/score"), s->n, LATER, "feal score");
    selects(s, "feal", "ref/feal/selection");
}

static void check_fairfal(setup *s)
{
    static const char *const kinds[] = {"own_ratio", "ratio_0.2", "ratio_0.9"};
    static const double shared[] = {NAN, 0.2, 0.9};
    for (int k = 0; k < 3; k++) {
        char path[64];
        fal_fairfal f;
        assert_ok(fal_fairfal_create(&s->in, s->b, shared[k], &f));
        near(&f.blend, reals_of("ref/fairfal/%s/blend", kinds[k]), 1, LATER, "fairfal blend");
        near(f.uncertainty, reals_of("ref/fairfal/%s/uncertainty", kinds[k]), s->n, LATER, "fairfal uncertainty");
        assert_int_equal(f.global_uncertainty, *ints_of("ref/fairfal/%s/use_global_for_uncertainty", kinds[k]));
        assert_int_equal(f.global_gradients, *ints_of("ref/fairfal/%s/use_global_for_gradients", kinds[k]));
        if (k == 0) {
            const int32_t *pseudo = ints("ref/fairfal/own_ratio/pseudo");
            near(&f.distance, reals("ref/fairfal/own_ratio/distance"), 1, LATER, "fairfal distance");
            near(&f.ratio, reals("ref/fairfal/own_ratio/ratio"), 1, LATER, "fairfal ratio");
            near(f.prototype, reals("ref/fairfal/own_ratio/prototypes"), (int64_t)s->classes * s->d, LATER,
                 "fairfal prototypes");
            equal(f.quota, ints("ref/fairfal/own_ratio/quota"), s->classes, "fairfal quota");
            for (int64_t i = 0; i < s->n; i++) {
                assert_int_equal(f.pseudo[i], pseudo[i]);
            }
            const double ratio = fal_fairfal_ratio(s->in.logits_lab[0], s->in.labels, s->m, s->classes);
            near(&ratio, &f.ratio, 1, 0.0, "fairfal shared number");
        }
        fal_fairfal_destroy(&f);
        s->in.shared = shared[k];
        (void)snprintf(path, sizeof path, "ref/fairfal/%s/selection", kinds[k]);
        selects(s, "fairfal", path);
        s->in.shared = NAN;
    }
}

/* ---- every check over every case of every file ----------------------------------------------------------------- */

static char cases[CASES_MOST][64];
static int case_count;

static fal_status add_case(void *context, const char *member, bool is_group)
{
    (void)context;
    if (is_group && case_count < CASES_MOST) {
        (void)snprintf(cases[case_count++], sizeof cases[0], "%s", member);
    }
    return FAL_OK;
}

static void over_cases(void (*check)(setup *))
{
    const char *paths[2] = {fal_test_fixture("query.h5"), fal_test_reference("query.h5")};
    assert_non_null(paths[0]);
    for (int f = 0; f < 2; f++) {
        if (paths[f] == NULL) {
            print_message("note: no reference numbers (query.h5); only the committed fixture was compared\n");
            continue;
        }
        case_count = 0;
        assert_ok(fal_h5_open(paths[f], &file));
        assert_ok(fal_h5_visit(file, "/", add_case, NULL));
        assert_true(case_count > 0);
        for (int c = 0; c < case_count; c++) {
            (void)snprintf(name, sizeof name, "/%s", cases[c]);
            check(prepare());
            while (kept_count > 0) {
                fal_free(kept[--kept_count]);
            }
        }
        fal_h5_close(file);
    }
}

#define CHECK(test, check)                                                                                             \
    static void test(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        over_cases(check);                                                                                             \
    }
CHECK(scores_and_their_selections_agree, check_scores)
CHECK(coreset_chooses_the_same, check_coreset)
CHECK(badge_draws_with_the_same_probabilities, check_badge)
CHECK(ensembles_agree, check_ensembles)
CHECK(logo_and_m_agree, check_logo)
CHECK(gcn_learns_the_same, check_gcn)
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
        cmocka_unit_test(logo_and_m_agree),
        cmocka_unit_test(gcn_learns_the_same),
        cmocka_unit_test(alfa_mix_finds_the_same_candidates),
        cmocka_unit_test(ksas_and_feal_agree),
        cmocka_unit_test(fairfal_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
