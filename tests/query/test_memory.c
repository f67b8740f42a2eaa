/* What a strategy says that it will take (fal_strategy_bytes, for --dry-run and the check before a job) is enough for
 * what it then takes, M and the log of the query with it, and not much more. */
#include "shortage.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "query/query_internal.h"

/* Arrays of one client under both models. */
typedef struct {
    int64_t n, m, b;
    int classes, d;
    int64_t planned; /* budget, of which a pool has no more than b left */
    int64_t subset;  /* of gcnal and herding */
} shape;

typedef struct {
    float *logits[2], *z[2], *logits_lab[2], *z_lab[2], *w[2], *b[2];
    int32_t *labels, *truth;
    fal_query_options options;
    fal_query_input input;
} client;

static float *filled(int64_t count, uint32_t stream)
{
    float *values = NULL;
    const fal_rng rng = {.seed = 3, .purpose = FAL_RNG_TEST, .client = stream};
    assert_ok(fal_alloc(&values, (size_t)count, sizeof *values, "test"));
    for (int64_t i = 0; i < count; i++) {
        const double uniform = fal_rng_uniform(&rng, (uint64_t)i);
        values[i] = (float)(uniform > 0.5 ? 4.0 * uniform - 2.0 : 0.1 * uniform);
    }
    return values;
}

static void make_client(const shape *s, client *k)
{
    *k = (client){.options = {.kmeans_starts = 2, .gcn_subset = s->subset, .herding_subset = s->subset}};
    k->input = (fal_query_input){.n = s->n,
                                 .m = s->m,
                                 .classes = s->classes,
                                 .d = s->d,
                                 .budget = s->b,
                                 .shared = 0.4,
                                 .rng = {.seed = 1, .purpose = FAL_RNG_QUERY, .al_round = 2, .client = 3}};
    k->input.options = &k->options;
    for (uint32_t x = 0; x < 2; x++) {
        k->input.logits[x] = k->logits[x] = filled(s->n * s->classes, 10 * x);
        k->input.embedding[x] = k->z[x] = filled(s->n * s->d, 10 * x + 1);
        k->input.logits_lab[x] = k->logits_lab[x] = filled(s->m * s->classes, 10 * x + 2);
        k->input.embedding_lab[x] = k->z_lab[x] = filled(s->m * s->d, 10 * x + 3);
        k->input.head_w[x] = k->w[x] = filled((int64_t)s->classes * s->d, 10 * x + 4);
        k->input.head_b[x] = k->b[x] = filled(s->classes, 10 * x + 5);
    }
    assert_ok(fal_alloc(&k->labels, (size_t)s->m, sizeof *k->labels, "test"));
    assert_ok(fal_alloc(&k->truth, (size_t)s->n, sizeof *k->truth, "test"));
    for (int64_t i = 0; i < s->m; i++) {
        k->labels[i] = (int32_t)(i % s->classes);
    }
    k->input.labels = k->labels;
    k->input.truth = k->truth;
}

static void destroy_client(client *k)
{
    for (int x = 0; x < 2; x++) {
        float *const all[] = {k->logits[x], k->z[x], k->logits_lab[x], k->z_lab[x], k->w[x], k->b[x]};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            fal_free(all[i]);
        }
    }
    fal_free(k->labels);
    fal_free(k->truth);
}

static void compare(const shape *s)
{
    /* Of any split into pool and labelled set: more is said than a query takes that has most of them labelled. */
    enum { MORE = 3, SMALL = 1 << 19, GRAM_MOST = 5632 };
    const fal_strategy *strategy = NULL;
    client k;
    make_client(s, &k);
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        fal_query_result result = {0};
        assert_ok(fal_query_result_create(s->b, &result));
        fal_test_memory_watch();
        assert_ok(fal_query_select(strategy, &k.input, &result));
        const double taken = (double)fal_test_memory_most();
        fal_query_result_destroy(&result);
        const double said = (double)fal_strategy_bytes(strategy, &k.options, s->n + s->m, s->planned, s->classes, s->d);
        const bool whole = s->planned == s->b && s->n <= GRAM_MOST;
        if (said < taken || (whole && said > MORE * taken + SMALL)) {
            fail_msg("%s, %lld + %lld images, budget %lld, d %d: %.0f KiB said, %.0f KiB taken",
                     fal_strategy_name(strategy), (long long)s->n, (long long)s->m, (long long)s->b, s->d, said / 1024,
                     taken / 1024);
        }
    }
    destroy_client(&k);
}

static void every_strategy_takes_what_it_says(void **state)
{
    (void)state;
    static const shape shapes[] = {{900, 60, 40, 10, 32, 40, 10000},
                                   {300, 150, 20, 4, 128, 20, 10000},
                                   {200, 10, 20, 100, 500, 20, 0},
                                   {500, 300, 500, 10, 16, 5000, 100},
                                   {5700, 50, 12, 3, 4, 12, 400}}; /* no Gram matrix */
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        compare(&shapes[i]);
    }
}

static void so_it_does_with_four_threads(void **state)
{
    (void)state;
    const shape s = {700, 60, 40, 10, 32, 40, 10000};
    fal_parallel_set_threads(4);
    compare(&s);
    fal_parallel_set_threads(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_strategy_takes_what_it_says),
                                       cmocka_unit_test(so_it_does_with_four_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
