/* gcnal's graph network against numbers that somebody else's program made in float64, and against the same formulas in
 * double here (tests/support/gcn_truth.c), which say what float32 may be off by: rounding of sums over nodes and
 * dimensions, and units that stand on ReLU's kink. */
#include "gcn_truth.h"
#include "query_reference.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "query/kcentre.h"

enum { STEPS = 3 };
static const double learning_rate = 1e-3;
static const double decay = 5e-4;
static const char *const models[2] = {"G", "L"};
static const char *const parts[FAL_TEST_GCN_PARTS] = {"w1", "b1", "w3", "b3"};

typedef struct {
    const char *x; /* "G" or "L" */
    fal_gcn ours;
    fal_test_gcn truth;
    fal_gcn_weights weight;        /* of the truth */
    fal_gcn_weights first, second; /* its Adam moments */
    fal_gcn_weights least, most;   /* of all steps: the smallest slope, the largest error of a slope */
} pair;

static void start_weights(fal_gcn_weights *w, const char *x, int d)
{
    for (int part = 0; part < FAL_TEST_GCN_PARTS; part++) {
        char path[64];
        (void)snprintf(path, sizeof path, "ref/gcn_%s/start/%s", x, parts[part]);
        const float *from = fal_test_query_floats(path, "");
        for (int64_t i = 0; i < fal_test_gcn_count(d, part); i++) {
            fal_test_gcn_part(w, part)[i] = (double)from[i];
        }
    }
}

static void pair_create(pair *p, const fal_test_query *q, int x)
{
    fal_gcn_weights *const own[] = {&p->weight, &p->first, &p->second, &p->least, &p->most};
    *p = (pair){.x = models[x]};
    assert_ok(fal_gcn_create(q->in.embedding[x], q->n, q->in.embedding_lab[x], q->m, q->d, &p->ours));
    fal_test_gcn_create(q->in.embedding[x], q->n, q->in.embedding_lab[x], q->m, q->d, &p->truth);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        own[i]->w1 = fal_test_query_room((int64_t)q->d * FAL_GCN_HIDDEN, sizeof(double));
    }
    start_weights(&p->ours.weight, p->x, q->d);
    start_weights(&p->weight, p->x, q->d);
}

static void pair_destroy(pair *p)
{
    fal_test_gcn_destroy(&p->truth);
    fal_gcn_destroy(&p->ours);
}

/* One pass of both: ours against the truth, the truth against the reference. form: of the gradient's datasets. */
static void pass(pair *p, const unsigned char *mask, const char *form, const char *loss_path)
{
    fal_gcn *g = &p->ours;
    char path[96];
    fal_test_gcn_pass(&p->truth, &p->weight, mask);
    g->mask = mask;
    fal_gcn_forward(g);
    fal_gcn_backward(g);
    g->mask = NULL;
    const double loss = fal_gcn_loss(g);
    (void)snprintf(path, sizeof path, loss_path, p->x);
    fal_test_query_relative(&p->truth.loss, fal_test_query_reals(path, ""), 1, FAL_TEST_LATER, path);
    fal_test_query_relative(&loss, &p->truth.loss, 1, p->truth.rounding, path);
    for (int part = 0; part < FAL_TEST_GCN_PARTS; part++) {
        const int64_t count = fal_test_gcn_count(g->d, part);
        const double *ours = fal_test_gcn_part(&g->gradient, part),
                     *truth = fal_test_gcn_part(&p->truth.gradient, part);
        const double *error = fal_test_gcn_part(&p->truth.error, part);
        if (form != NULL) {
            (void)snprintf(path, sizeof path, form, p->x, parts[part]);
            fal_test_query_relative(truth, fal_test_query_reals(path, ""), count, FAL_TEST_LATER, path);
        }
        for (int64_t i = 0; i < count; i++) {
            fal_test_query_near(ours + i, truth + i, 1, error[i], parts[part]);
        }
    }
}

/* Scores, and features by their sums. */
static void check_forward(pair *p)
{
    const fal_gcn *g = &p->ours;
    double *ours = fal_test_query_room(g->nodes, sizeof *ours),
           *sums = fal_test_query_room(g->nodes + FAL_GCN_HIDDEN, sizeof *sums);
    fal_gcn_forward(&p->ours);
    for (int64_t i = 0; i < g->nodes; i++) {
        ours[i] = 1.0 / (1.0 + exp(-g->output[i]));
        for (int j = 0; j < FAL_GCN_HIDDEN; j++) {
            sums[i] += (double)g->hidden[i * FAL_GCN_HIDDEN + j];
        }
    }
    fal_test_query_relative(ours, fal_test_query_reals("ref/gcn_%s/score", p->x), g->nodes, p->truth.rounding, "score");
    fal_test_query_relative(sums, fal_test_query_reals("ref/gcn_%s/feature_rowsum", p->x), g->nodes, p->truth.rounding,
                            "features");
    for (int j = 0; j < FAL_GCN_HIDDEN; j++) {
        sums[j] = (double)g->hidden[j];
    }
    fal_test_query_relative(sums, fal_test_query_reals("ref/gcn_%s/feature_row0", p->x), FAL_GCN_HIDDEN,
                            p->truth.rounding, "features of image 0");
}

/* A step of Adam of the truth. */
static void adam(pair *p, int step)
{
    for (int part = 0; part < FAL_TEST_GCN_PARTS; part++) {
        double *w = fal_test_gcn_part(&p->weight, part), *gradient = fal_test_gcn_part(&p->truth.gradient, part);
        double *first = fal_test_gcn_part(&p->first, part), *second = fal_test_gcn_part(&p->second, part);
        double *least = fal_test_gcn_part(&p->least, part), *most = fal_test_gcn_part(&p->most, part);
        const double *error = fal_test_gcn_part(&p->truth.error, part);
        const int64_t count = fal_test_gcn_count(p->ours.d, part);
        for (int64_t i = 0; i < count; i++) {
            const double slope = gradient[i] + decay * w[i];
            least[i] = step == 1 ? fabs(slope) : fmin(least[i], fabs(slope));
            most[i] = fmax(most[i], error[i]);
            first[i] = 0.9 * first[i] + 0.1 * slope;
            second[i] = 0.999 * second[i] + 0.001 * slope * slope;
            w[i] -= learning_rate * (first[i] / (1.0 - pow(0.9, step))) /
                    (sqrt(second[i] / (1.0 - pow(0.999, step))) + 1e-8);
        }
    }
}

/* A step has the size of the learning rate whatever the slope's is: where a slope is no larger than its error, a step
 * may go the other way, elsewhere it is off by the slope's relative error (four times, with the moments). */
static double weight_error(pair *p, int part, int64_t i)
{
    const double share = 4.0 * fal_test_gcn_part(&p->most, part)[i] / fal_test_gcn_part(&p->least, part)[i];
    return STEPS * learning_rate * fmin(2.0, share) + 1e-12;
}

static void check_weights(pair *p)
{
    for (int part = 0; part < FAL_TEST_GCN_PARTS; part++) {
        char path[96];
        const double *ours = fal_test_gcn_part(&p->ours.weight, part), *truth = fal_test_gcn_part(&p->weight, part);
        const int64_t count = fal_test_gcn_count(p->ours.d, part);
        (void)snprintf(path, sizeof path, "ref/gcn_%s/after_3_steps/%s", p->x, parts[part]);
        /* Steps of slopes near 0 amplify even double's rounding. */
        fal_test_query_near(truth, fal_test_query_reals(path, ""), count, 1e-7, path);
        for (int64_t i = 0; i < count; i++) {
            fal_test_query_near(ours + i, truth + i, 1, weight_error(p, part, i), path);
        }
    }
}

/* k-centre on our features is one on the truth's, to within what ours are off by. */
static void check_choice(pair *p, const fal_test_query *q)
{
    fal_gcn *g = &p->ours;
    int64_t *chosen = fal_test_query_room(q->b, sizeof *chosen);
    double off = 0.0;
    fal_test_gcn_pass(&p->truth, &p->weight, NULL);
    for (int64_t i = 0; i < g->nodes; i++) {
        double square = 0.0, size = 0.0;
        for (int j = 0; j < FAL_GCN_HIDDEN; j++) {
            const double truth = p->truth.hidden[i * FAL_GCN_HIDDEN + j];
            square += ((double)g->hidden[i * FAL_GCN_HIDDEN + j] - truth) *
                      ((double)g->hidden[i * FAL_GCN_HIDDEN + j] - truth);
            size += truth * truth;
        }
        off = fmax(off, sqrt(square));
        assert_true(sqrt(square) <=
                    10.0 * p->truth.rounding * sqrt(size) + STEPS * learning_rate); /* see check_weights */
    }
    assert_ok(fal_kcentre_run(g->hidden, q->n, FAL_GCN_HIDDEN, g->hidden + q->n * FAL_GCN_HIDDEN, q->m, q->b, chosen));
    fal_test_query_k_centre(q, p->truth.hidden, q->n, FAL_GCN_HIDDEN, p->truth.hidden + q->n * FAL_GCN_HIDDEN, q->m,
                            4.0 * off, chosen, fal_test_query_ints("ref/gcn_%s/coreset_after_3_steps", p->x), "gcnal");
}

static void check_gcn(fal_test_query *q)
{
    for (int x = 0; x < 2; x++) {
        pair p;
        char path[64];
        pair_create(&p, q, x);
        check_forward(&p);
        (void)snprintf(path, sizeof path, "ref/gcn_%s/mask_bits", models[x]);
        pass(&p, fal_test_query_array(path, FAL_H5_UINT8, NULL), "ref/gcn_%s/grad_dropout/%s",
             "ref/gcn_%s/loss_dropout");
        pass(&p, NULL, "ref/gcn_%s/grad/%s", "ref/gcn_%s/loss");
        for (int step = 1; step <= STEPS; step++) {
            fal_gcn_step(&p.ours);
            adam(&p, step);
            (void)snprintf(path, sizeof path, "ref/gcn_%%s/loss_after_step_%d", step);
            pass(&p, NULL, NULL, path);
        }
        check_weights(&p);
        check_choice(&p, q);
        pair_destroy(&p);
    }
}

static void gcn_learns_the_same(void **state)
{
    (void)state;
    fal_test_query_cases(check_gcn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gcn_learns_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
