/* Queries where memory runs out: each piece that is missing is said, and the next query is as if nothing had been. */
#include "shortage.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/query/kmeans.h"
#include "query/query_internal.h"

enum { N = 40, M = 12, D = 8, C = 4, BUDGET = 6 };

/* Arrays of one client under both models. */
typedef struct {
    float logits[2][N * C], z[2][N * D], logits_lab[2][M * C], z_lab[2][M * D], w[2][C * D], b[2][C];
    int32_t labels[M], truth[N];
    fal_query_options options;
    fal_query_input input;
    const fal_strategy *strategy;
    int64_t chosen[BUDGET];
} client;

static void fill(float *values, int count, uint32_t stream)
{
    const fal_rng rng = {.seed = 3, .purpose = FAL_RNG_TEST, .client = stream};
    for (int i = 0; i < count; i++) {
        const double normal = fal_rng_normal(&rng, (uint64_t)i);
        values[i] = (float)(normal > 0.0 ? normal : 0.1 * normal);
    }
}

static void make_client(client *k)
{
    memset(k, 0, sizeof *k);
    k->options = (fal_query_options){.kmeans_starts = 2, .gcn_subset = N / 2, .herding_subset = N / 2};
    k->input = (fal_query_input){.n = N,
                                 .m = M,
                                 .classes = C,
                                 .d = D,
                                 .budget = BUDGET,
                                 .labels = k->labels,
                                 .truth = k->truth,
                                 .shared = 0.4,
                                 .rng = {.seed = 1, .purpose = FAL_RNG_QUERY, .al_round = 2, .client = 3},
                                 .options = &k->options};
    for (int x = 0; x < 2; x++) {
        fill(k->logits[x], N * C, (uint32_t)(10 * x));
        fill(k->z[x], N * D, (uint32_t)(10 * x + 1));
        fill(k->logits_lab[x], M * C, (uint32_t)(10 * x + 2));
        fill(k->z_lab[x], M * D, (uint32_t)(10 * x + 3));
        fill(k->w[x], C * D, (uint32_t)(10 * x + 4));
        fill(k->b[x], C, (uint32_t)(10 * x + 5));
        k->input.logits[x] = k->logits[x];
        k->input.embedding[x] = k->z[x];
        k->input.logits_lab[x] = k->logits_lab[x];
        k->input.embedding_lab[x] = k->z_lab[x];
        k->input.head_w[x] = k->w[x];
        k->input.head_b[x] = k->b[x];
    }
    for (int i = 0; i < M; i++) {
        k->labels[i] = i % C;
    }
}

static fal_status ask(void *context)
{
    client *k = context;
    fal_query_result result = {0};
    fal_status status = fal_query_result_create(BUDGET, &result);
    status = status == FAL_OK ? fal_query_select(k->strategy, &k->input, &result) : status;
    if (status == FAL_OK) {
        memcpy(k->chosen, result.chosen, sizeof k->chosen);
    }
    fal_query_result_destroy(&result);
    return status;
}

static void every_strategy_says_that_memory_is_missing(void **state)
{
    (void)state;
    static client k;
    int64_t before[BUDGET];
    make_client(&k);
    for (int i = 0; (k.strategy = fal_strategy_at(i)) != NULL; i++) {
        assert_ok(ask(&k));
        memcpy(before, k.chosen, sizeof before);
        memset(k.chosen, 0, sizeof k.chosen);
        /* five of the result itself, and one at least to tell copies apart or to order by */
        assert_true(fal_test_shortages(ask, &k, FAL_TEST_NEEDS_ALL) > 5);
        assert_memory_equal(k.chosen, before, sizeof before);
    }
}

static fal_status list(void *context)
{
    (void)context;
    char *text = NULL;
    const fal_status status = fal_strategy_list(&text);
    if (status == FAL_OK) {
        fal_test_text_has(text, "logo");
    }
    fal_free(text);
    return status;
}

static void the_list_of_strategies_says_that_memory_is_missing(void **state)
{
    (void)state;
    assert_true(fal_test_shortages(list, NULL, FAL_TEST_NEEDS_ALL) > 0);
}

/* More rows than a Gram matrix is made for take other ways through k-means. */
typedef struct {
    float x[N * D];
    int64_t k;
} points;

static fal_status cluster(void *context)
{
    const points *p = context;
    const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_TEST};
    fal_kmeans result = {0};
    const fal_status status = fal_kmeans_run(p->x, N, D, p->k, 3, &rng, &result);
    if (status == FAL_OK) {
        assert_int_equal(result.n, N);
        assert_true(result.inertia >= 0.0);
    }
    fal_kmeans_destroy(&result);
    return status;
}

static void k_means_says_that_memory_is_missing(void **state)
{
    (void)state;
    static points p;
    fill(p.x, N * D, 77);
    for (p.k = 1; p.k <= N; p.k = p.k * 3 + 1) {
        assert_true(fal_test_shortages(cluster, &p, FAL_TEST_NEEDS_ALL) > 2);
    }
    memset(p.x, 0, sizeof p.x); /* fewer distinct rows than clusters */
    p.k = 5;
    assert_true(fal_test_shortages(cluster, &p, FAL_TEST_NEEDS_ALL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_says_that_memory_is_missing),
        cmocka_unit_test(the_list_of_strategies_says_that_memory_is_missing),
        cmocka_unit_test(k_means_says_that_memory_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
