/* Properties of every strategy of the registry: distinct choices, degenerate pools, threads, pool order. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drawn.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/sort.h"
#include "query/cluster_margin.h"
#include "query/query_internal.h"

enum { N = 120, M = 20, D = 12, C = 5 };

/* A client's arrays; what a test changes before it asks. */
typedef struct {
    float logits[2][N * C], z[2][N * D], logits_lab[2][M * C], z_lab[2][M * D], w[2][C * D], b[2][C];
    int32_t labels[M], truth[N];
    fal_query_options options;
    fal_query_input input;
} client;

static void logits_of(const float *z, const float *w, const float *b, int rows, float *logits)
{
    for (int i = 0; i < rows; i++) {
        for (int c = 0; c < C; c++) {
            double sum = (double)b[c];
            for (int e = 0; e < D; e++) {
                sum += (double)w[c * D + e] * (double)z[i * D + e];
            }
            logits[i * C + c] = (float)sum;
        }
    }
}

static void refresh(client *k)
{
    for (int x = 0; x < 2; x++) {
        logits_of(k->z[x], k->w[x], k->b[x], N, k->logits[x]);
        logits_of(k->z_lab[x], k->w[x], k->b[x], M, k->logits_lab[x]);
    }
}

static client *make_client(void)
{
    static client k;
    fal_rng rng = {.seed = 11, .purpose = FAL_RNG_TEST};
    memset(&k, 0, sizeof k);
    for (int x = 0; x < 2; x++) {
        rng.client = (uint32_t)x;
        for (int i = 0; i < N * D; i++) {
            k.z[x][i] = (float)fmax(0.0, fal_rng_normal(&rng, (uint64_t)i) + (i / D % C == i % C));
        }
        for (int i = 0; i < M * D; i++) {
            k.z_lab[x][i] = (float)fmax(0.0, fal_rng_normal(&rng, (uint64_t)(10000 + i)) + (i / D % C == i % C));
        }
        for (int i = 0; i < C * D; i++) {
            k.w[x][i] = (float)(0.4 * fal_rng_normal(&rng, (uint64_t)(20000 + i)) + 0.5 * (i / D == i % C));
        }
        for (int i = 0; i < C; i++) {
            k.b[x][i] = (float)(0.1 * fal_rng_normal(&rng, (uint64_t)(30000 + i)));
        }
    }
    for (int i = 0; i < M; i++) {
        k.labels[i] = i % (C - 1); /* the last class was never seen */
    }
    for (int i = 0; i < N; i++) {
        k.truth[i] = i % C;
    }
    k.options = (fal_query_options){.kmeans_starts = 2, .gcn_subset = 100, .herding_subset = 100};
    k.input = (fal_query_input){.n = N,
                                .m = M,
                                .classes = C,
                                .d = D,
                                .budget = 15,
                                .labels = k.labels,
                                .truth = k.truth,
                                .shared = 0.4,
                                .rng = {.seed = 1, .purpose = FAL_RNG_QUERY, .al_round = 2, .client = 3},
                                .options = &k.options};
    for (int x = 0; x < 2; x++) {
        k.input.logits[x] = k.logits[x];
        k.input.embedding[x] = k.z[x];
        k.input.logits_lab[x] = k.logits_lab[x];
        k.input.embedding_lab[x] = k.z_lab[x];
        k.input.head_w[x] = k.w[x];
        k.input.head_b[x] = k.b[x];
    }
    refresh(&k);
    return &k;
}

/* Runs one strategy and checks what must hold for all: exactly min(B, n) distinct positions, no NaN in what is
 * defined. */
static void ask(const fal_strategy *strategy, const fal_query_input *input, fal_query_result *result)
{
    const int64_t b = input->budget < input->n ? input->budget : input->n;
    unsigned char seen[N] = {0};
    assert_ok(fal_query_result_create(b, result));
    assert_ok(fal_query_select(strategy, input, result));
    assert_int_equal(result->count, b);
    for (int64_t i = 0; i < b; i++) {
        assert_in_range(result->chosen[i], 0, input->n - 1);
        assert_false(seen[result->chosen[i]]);
        seen[result->chosen[i]] = 1;
        if (strategy->score != NULL) {
            assert_true(isfinite(result->score[i]));
        }
        if (strategy->needs & FAL_NEED_GLOBAL) {
            assert_true(isfinite(result->score_global[i]));
        }
    }
    if (b > 0 && (strategy->needs & FAL_NEED_LOCAL)) {
        assert_true(isfinite(result->m_transport) && result->m_transport >= 0.0);
    }
    if (b > 0 && (strategy->needs & FAL_NEED_LOCAL) && (strategy->needs & FAL_NEED_GLOBAL)) {
        assert_true(result->overlap >= 0.0 && result->overlap <= 1.0);
    }
}

static void ask_all(const fal_query_input *input)
{
    const fal_strategy *strategy = NULL;
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        fal_query_result result;
        ask(strategy, input, &result);
        fal_query_result_destroy(&result);
    }
}

static void every_budget_gives_distinct_images(void **state)
{
    (void)state;
    client *k = make_client();
    const int64_t budgets[] = {0, 1, 2, 15, N - 1, N, N + 40};
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        k->input.budget = budgets[i];
        ask_all(&k->input);
    }
}

static void small_pools_are_returned_whole(void **state)
{
    (void)state;
    client *k = make_client();
    for (k->input.n = 0; k->input.n <= 3; k->input.n++) {
        ask_all(&k->input);
    }
}

static void degenerate_clients_are_fine(void **state)
{
    (void)state;
    for (int kind = 0; kind < 7; kind++) {
        client *k = make_client();
        for (int x = 0; x < 2; x++) {
            for (int i = 0; i < N * D; i++) {
                if (kind == 0) {
                    k->z[x][i] = k->z[x][i % D]; /* identical images */
                } else if (kind == 1) {
                    k->z[x][i] = 0.0F;
                } else if (kind == 2 && i / D % 2 == 1) {
                    k->z[x][i] = k->z[x][i - D]; /* pairs */
                }
            }
            for (int i = 0; i < C * D && kind == 3; i++) {
                k->w[x][i] *= 1000.0F; /* saturated softmax */
            }
            if (kind == 1) {
                memset(k->z_lab[x], 0, sizeof k->z_lab[x]);
            }
        }
        refresh(k);
        for (int i = 0; i < M && kind == 4; i++) {
            k->labels[i] = 2;
        }
        if (kind == 5) {
            k->input.m = 0;
            k->input.labels = NULL;
            for (int x = 0; x < 2; x++) {
                k->input.logits_lab[x] = k->input.embedding_lab[x] = NULL;
            }
        }
        if (kind == 6) {
            k->input.classes = 1; /* the arrays are read with one column */
            memset(k->labels, 0, sizeof k->labels);
            memset(k->truth, 0, sizeof k->truth);
        }
        ask_all(&k->input);
        k->input.budget = 70;
        ask_all(&k->input);
    }
}

/* A needs bit that is missing is an array that fal_query does not ask its user for. */
static void undeclared_arrays_are_not_looked_at(void **state)
{
    (void)state;
    const fal_strategy *strategy = NULL;
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        const int needs = fal_strategy_needs(strategy);
        client *k = make_client();
        fal_query_result all;
        fal_query_result declared;
        ask(strategy, &k->input, &all);
        for (int x = 0; x < 2; x++) {
            if (!fal_query_needs_logits(needs, x)) {
                k->input.logits[x] = k->input.logits_lab[x] = NULL;
            }
            if (!fal_query_needs_embeddings(needs, x)) {
                k->input.embedding[x] = k->input.embedding_lab[x] = NULL;
            }
            if (!(needs & FAL_NEED_TRUTH)) {
                k->input.truth = NULL;
            }
            if (!(needs & FAL_NEED_LABELLED)) {
                k->input.logits_lab[x] = k->input.embedding_lab[x] = NULL;
            }
        }
        assert_ok(fal_query_result_create(all.count, &declared)); /* ask: not all of the log is there */
        assert_ok(fal_query_select(strategy, &k->input, &declared));
        assert_memory_equal(all.chosen, declared.chosen, (size_t)all.count * sizeof *all.chosen);
        assert_memory_equal(all.score, declared.score, (size_t)all.count * sizeof *all.score);
        fal_query_result_destroy(&declared);
        fal_query_result_destroy(&all);
    }
}

/* The declarations themselves, where the two models have different parts (algorithms.md section 5). */
static void logo_feal_and_fairfal_declare_one_embedding(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int model;
    } expected[] = {{"logo", FAL_LOCAL}, {"logo:margin", FAL_LOCAL}, {"feal", FAL_LOCAL}, {"fairfal", FAL_GLOBAL}};
    for (int i = 0; i < 4; i++) {
        const fal_strategy *strategy = NULL;
        assert_ok(fal_strategy_find(expected[i].name, &strategy));
        const int needs = fal_strategy_needs(strategy);
        assert_true(fal_query_needs_logits(needs, FAL_GLOBAL) && fal_query_needs_logits(needs, FAL_LOCAL));
        for (int x = 0; x < 2; x++) {
            assert_int_equal(fal_query_needs_embeddings(needs, x), x == expected[i].model);
        }
    }
}

static void same_choice_for_any_number_of_threads(void **state)
{
    (void)state;
    client *k = make_client();
    const fal_strategy *strategy = NULL;
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        fal_query_result one;
        fal_parallel_set_threads(1);
        ask(strategy, &k->input, &one);
        for (int threads = 2; threads <= 3; threads++) {
            fal_query_result more;
            fal_parallel_set_threads(threads);
            ask(strategy, &k->input, &more);
            assert_memory_equal(one.chosen, more.chosen, (size_t)one.count * sizeof *one.chosen);
            assert_memory_equal(one.score, more.score, (size_t)one.count * sizeof *one.score);
            assert_memory_equal(&one.m_transport, &more.m_transport, sizeof one.m_transport);
            fal_query_result_destroy(&more);
        }
        fal_query_result_destroy(&one);
    }
    fal_parallel_set_threads(1);
}

static void pool_order_does_not_matter(void **state)
{
    (void)state;
    static client first;
    const fal_strategy *strategy = NULL;
    first = *make_client();
    client *k = make_client();
    int64_t order[N];
    const fal_rng rng = {.seed = 8, .purpose = FAL_RNG_TEST};
    for (int i = 0; i < N; i++) {
        order[i] = i;
    }
    fal_rng_shuffle(&rng, order, N);
    for (int x = 0; x < 2; x++) {
        for (int i = 0; i < N; i++) {
            memcpy(k->z[x] + i * D, first.z[x] + order[i] * D, D * sizeof(float));
        }
    }
    refresh(k);
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        fal_query_result a;
        fal_query_result b;
        if (fal_test_strategy_draws(strategy->name)) {
            continue;
        }
        k->options.herding_subset = 0; /* a part of the pool would be drawn */
        ask(strategy, &k->input, &b);
        for (int64_t j = 0; j < b.count; j++) {
            b.chosen[j] = order[b.chosen[j]];
        }
        client *plain = make_client(); /* the same memory, unshuffled again */
        plain->options.herding_subset = 0;
        ask(strategy, &plain->input, &a);
        fal_sort_int64(a.chosen, a.count);
        fal_sort_int64(b.chosen, b.count);
        assert_memory_equal(a.chosen, b.chosen, (size_t)a.count * sizeof *a.chosen);
        fal_query_result_destroy(&a);
        fal_query_result_destroy(&b);
        for (int x = 0; x < 2; x++) {
            for (int r = 0; r < N; r++) {
                memcpy(k->z[x] + r * D, first.z[x] + order[r] * D, D * sizeof(float));
            }
        }
        refresh(k);
    }
}

static void values_that_are_not_finite_are_a_numerical_failure(void **state)
{
    (void)state;
    client *k = make_client();
    const fal_strategy *strategy = NULL;
    for (int bad = 0; bad < 2; bad++) {
        for (int x = 0; x < 2; x++) {
            k->logits[x][7 * C + 1] = bad ? INFINITY : NAN;
        }
        for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
            fal_query_result result;
            assert_ok(fal_query_result_create(15, &result));
            if (fal_strategy_looks(strategy)) {
                assert_fails(fal_query_select(strategy, &k->input, &result), FAL_ERR_NUMERIC, "image 7");
            }
            fal_query_result_destroy(&result);
        }
    }
}

static void names_are_found_and_wrong_ones_explained(void **state)
{
    (void)state;
    const fal_strategy *strategy = NULL;
    const fal_strategy *found = NULL;
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        assert_ok(fal_strategy_find(strategy->name, &found));
        assert_ptr_equal(found, strategy);
    }
    assert_ok(fal_strategy_find("entropy", &found));
    assert_string_equal(fal_strategy_name(found), "entropy:global");
    assert_int_equal(fal_strategy_needs(found), FAL_NEED_GLOBAL | FAL_NEED_LOGITS);
    assert_ok(fal_strategy_find("logo:entropy", &found));
    assert_string_equal(fal_strategy_name(found), "logo");
    assert_fails(fal_strategy_find("entropy:locale", &found), FAL_ERR_USAGE, "did you mean \"entropy:local\"?");
    assert_fails(fal_strategy_find("", &found), FAL_ERR_USAGE, "--list-strategies");
    char *text = NULL;
    assert_ok(fal_strategy_list(&text));
    assert_non_null(strstr(text, "logo:margin"));
    fal_free(text);
}

/* Four images, two clusters by L's gradients; G's entropy decides inside, ties to the lower image. */
static void logo_takes_the_most_uncertain_of_each_cluster(void **state)
{
    (void)state;
    const float z[8] = {1, 0, 1.01F, 0, 0, 1, 0, 1};
    const float flat[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    const float g[8] = {3, 0, 1, 0, 0.5F, 0, 0.5F, 0};
    const fal_query_options options = {.kmeans_starts = 3};
    const fal_query_input input = {.n = 4,
                                   .classes = 2,
                                   .d = 2,
                                   .budget = 2,
                                   .logits = {g, flat},
                                   .embedding = {z, z},
                                   .rng = {.purpose = FAL_RNG_QUERY},
                                   .options = &options};
    const fal_strategy *logo = NULL;
    fal_query_result result;
    assert_ok(fal_strategy_find("logo", &logo));
    assert_ok(fal_query_result_create(2, &result));
    assert_ok(fal_query_select(logo, &input, &result));
    const int64_t first = result.chosen[0];
    assert_true((first == 1 && result.chosen[1] == 2) || (first == 2 && result.chosen[1] == 1));
    assert_int_equal(result.cluster[0], 0);
    assert_int_equal(result.cluster[1], 1);
    fal_query_result_destroy(&result);
}

/* min(n, 10 B), also where n is a little more than 10 B. */
static void cluster_margin_has_its_candidates(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 60; n++) {
        for (int64_t b = 1; b <= n; b++) {
            assert_int_equal(fal_cluster_margin_candidates(n, b), n < 10 * b ? n : 10 * b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_budget_gives_distinct_images),
        cmocka_unit_test(small_pools_are_returned_whole),
        cmocka_unit_test(degenerate_clients_are_fine),
        cmocka_unit_test(undeclared_arrays_are_not_looked_at),
        cmocka_unit_test(logo_feal_and_fairfal_declare_one_embedding),
        cmocka_unit_test(same_choice_for_any_number_of_threads),
        cmocka_unit_test(pool_order_does_not_matter),
        cmocka_unit_test(values_that_are_not_finite_are_a_numerical_failure),
        cmocka_unit_test(names_are_found_and_wrong_ones_explained),
        cmocka_unit_test(cluster_margin_has_its_candidates),
        cmocka_unit_test(logo_takes_the_most_uncertain_of_each_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
