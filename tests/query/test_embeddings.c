/* Embeddings of another program in a query: strategies that only tell near from far by them choose by these, the others
 * by their model's own; the model's own, given as a file, change nothing. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/npy.h"
#include "query/query_internal.h"
#include "small_fed.h"

enum { POOL = 90, LABELLED = 25, BUDGET = 12, OTHER_WIDTH = 11 };

/* A client's query, under two models of other weights. */
typedef struct {
    small_fed small;
    fal_trainer *trainer;
    float *params[2];
    int64_t pool[POOL], labelled[LABELLED];
    fal_query_options options;
    fal_query_task task;
} client;

static client k;

static int set_up(void **state)
{
    (void)state;
    assert_ok(small_fed_create(&k.small, 8, 0, 1));
    assert_ok(fal_trainer_create(k.small.model, &k.small.dataset, &k.small.train, FAL_KERNELS_FAST, &k.trainer));
    for (int x = 0; x < 2; x++) {
        const fal_rng rng = {.seed = 11, .purpose = FAL_RNG_MODEL_INIT, .client = (uint32_t)x};
        assert_ok(fal_alloc(&k.params[x], fal_model_size(k.small.model), sizeof(float), "weights"));
        fal_model_init(k.small.model, &rng, k.params[x]);
    }
    for (int i = 0; i < POOL; i++) {
        k.pool[i] = i + LABELLED;
    }
    for (int i = 0; i < LABELLED; i++) {
        k.labelled[i] = LABELLED - 1 - i; /* not in the order of the data set */
    }
    k.options = (fal_query_options){.kmeans_starts = 2, .gcn_subset = 50, .herding_subset = 60};
    k.task = (fal_query_task){.options = &k.options,
                              .dataset = &k.small.dataset,
                              .model = k.small.model,
                              .net = fal_trainer_net(k.trainer),
                              .global = k.params[0],
                              .local = k.params[1],
                              .pool = k.pool,
                              .labelled = k.labelled,
                              .n = POOL,
                              .m = LABELLED,
                              .budget = BUDGET,
                              .shared = NAN,
                              .rng = {.seed = 1, .purpose = FAL_RNG_QUERY, .al_round = 2, .client = 3}};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fal_free(k.params[0]);
    fal_free(k.params[1]);
    fal_trainer_destroy(k.trainer);
    small_fed_destroy(&k.small);
    return 0;
}

/* What a program would write that takes its embeddings from model x; x = 2: numbers that have nothing to do with it. */
static void make_file(int x, fal_embeddings *embeddings)
{
    const int d = x < 2 ? fal_model_embedding(k.small.model) : OTHER_WIDTH;
    const fal_rng rng = {.seed = 5, .purpose = FAL_RNG_TEST};
    const char *path = fal_test_temporary("z.npy");
    int64_t all[SMALL_TRAIN];
    const float *logits = NULL;
    const float *z = NULL;
    float *drawn = NULL;
    for (int64_t i = 0; i < SMALL_TRAIN; i++) {
        all[i] = i;
    }
    if (x < 2) {
        assert_ok(fal_query_infer(&k.task, k.params[x], all, SMALL_TRAIN, &logits, &z));
    } else {
        assert_ok(fal_alloc(&drawn, (size_t)SMALL_TRAIN * OTHER_WIDTH, sizeof *drawn, "test"));
        for (int64_t i = 0; i < (int64_t)SMALL_TRAIN * OTHER_WIDTH; i++) {
            drawn[i] = (float)fal_rng_normal(&rng, (uint64_t)i);
        }
        z = drawn;
    }
    assert_ok(fal_npy_write(path, &(fal_h5_shape){FAL_H5_FLOAT, 2, {SMALL_TRAIN, d}}, z));
    assert_ok(fal_embeddings_load(path, &k.small.dataset, embeddings));
    fal_free((void *)logits);
    fal_free((void *)(uintptr_t)z);
}

static void ask(const fal_strategy *strategy, const fal_embeddings *embeddings, int64_t budget,
                fal_query_result *result)
{
    fal_query_task task = k.task;
    task.strategy = strategy;
    task.embeddings = embeddings;
    task.budget = budget;
    assert_ok(fal_query_result_create(budget, result));
    assert_ok(fal_query_run(&task, result));
}

static bool reads_them(const fal_strategy *strategy) { return (strategy->needs & FAL_NEED_ANY_EMBEDDINGS) != 0; }

/* All that is logged of a choice. */
static void assert_same(const fal_strategy *strategy, const fal_query_result *a, const fal_query_result *b, bool models)
{
    const size_t count = (size_t)a->count;
    const bool same = memcmp(a->chosen, b->chosen, count * sizeof *a->chosen) == 0 &&
                      memcmp(a->score, b->score, count * sizeof *a->score) == 0 &&
                      memcmp(a->cluster, b->cluster, count * sizeof *a->cluster) == 0;
    const bool log = memcmp(a->score_global, b->score_global, count * sizeof *a->score_global) == 0 &&
                     memcmp(a->score_local, b->score_local, count * sizeof *a->score_local) == 0 &&
                     memcmp(&a->m_transport, &b->m_transport, sizeof a->m_transport) == 0 &&
                     memcmp(&a->overlap, &b->overlap, sizeof a->overlap) == 0;
    if (!same || (models && !log)) {
        fail_msg("%s: %s", strategy->name, same ? "logs something else" : "chooses something else");
    }
}

static void a_models_own_embeddings_change_nothing(void **state)
{
    (void)state;
    fal_embeddings own[2] = {{0}, {0}};
    const fal_strategy *strategy = NULL;
    make_file(0, &own[0]);
    make_file(1, &own[1]);
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        const int x = fal_query_needs_embeddings(strategy->needs, FAL_GLOBAL) ? FAL_GLOBAL : FAL_LOCAL;
        fal_query_result without;
        fal_query_result with;
        ask(strategy, NULL, BUDGET, &without);
        ask(strategy, &own[x], BUDGET, &with);
        /* A model that is not run has no log. */
        assert_same(strategy, &without, &with, fal_query_needs_given(strategy->needs) & FAL_NEED_LOGITS);
        fal_query_result_destroy(&with);
        fal_query_result_destroy(&without);
    }
    fal_embeddings_destroy(&own[0]);
    fal_embeddings_destroy(&own[1]);
}

static void others_change_what_reads_them_and_nothing_else(void **state)
{
    (void)state;
    fal_embeddings other = {0};
    const fal_strategy *strategy = NULL;
    make_file(2, &other);
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        fal_query_result without;
        fal_query_result with;
        ask(strategy, NULL, BUDGET, &without);
        ask(strategy, &other, BUDGET, &with);
        if (!reads_them(strategy)) {
            assert_same(strategy, &without, &with, true);
        } else if (memcmp(without.chosen, with.chosen, BUDGET * sizeof *with.chosen) == 0) {
            fail_msg("%s: chooses the same by other embeddings", strategy->name);
        }
        fal_query_result_destroy(&with);
        fal_query_result_destroy(&without);
    }
    fal_embeddings_destroy(&other);
}

/* docs/strategies.md has the same list. */
static void which_read_them(void **state)
{
    (void)state;
    static const char *const reading[] = {"coreset",   "gcnal",      "cluster-margin", "typiclust",
                                          "probcover", "maxherding", "uherding",       "feal"};
    const fal_strategy *strategy = NULL;
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        bool expected = false;
        for (size_t r = 0; r < sizeof reading / sizeof reading[0]; r++) {
            const size_t length = strlen(reading[r]);
            const char end = strncmp(strategy->name, reading[r], length) == 0 ? strategy->name[length] : '-';
            expected = expected || end == ':' || end == '\0';
        }
        if (reads_them(strategy) != expected) {
            fail_msg("%s: reads them: %d", strategy->name, reads_them(strategy));
        }
        assert_true(!expected || (strategy->needs & FAL_NEED_EMBEDDINGS) != 0);
    }
}

/* No model is needed where a strategy asks it for nothing but embeddings; and then both selectors choose alike. */
static void models_that_are_not_asked_are_not_needed(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"coreset:global", "coreset:local"},
                                           {"gcnal:global", "gcnal:local"},
                                           {"typiclust:global", "typiclust:local"},
                                           {"probcover:global", "probcover:local"},
                                           {"maxherding:global", "maxherding:local"}};
    const int models = FAL_NEED_GLOBAL | FAL_NEED_LOCAL | FAL_NEED_FINETUNED;
    fal_embeddings other = {0};
    make_file(2, &other);
    k.task.global = k.task.local = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        fal_query_result result[2];
        for (int x = 0; x < 2; x++) {
            const fal_strategy *strategy = NULL;
            assert_ok(fal_strategy_find(names[i][x], &strategy));
            assert_int_equal(fal_query_needs_given(strategy->needs) & models, 0);
            ask(strategy, &other, BUDGET, &result[x]);
            for (int j = 0; j < BUDGET; j++) {
                assert_true(isnan(result[x].score_global[j]) && isnan(result[x].score_local[j]));
            }
            assert_true(isnan(result[x].m_transport) && isnan(result[x].overlap));
        }
        assert_memory_equal(result[0].chosen, result[1].chosen, BUDGET * sizeof *result[0].chosen);
        fal_query_result_destroy(&result[0]);
        fal_query_result_destroy(&result[1]);
    }
    k.task.global = k.params[0];
    k.task.local = k.params[1];
    fal_embeddings_destroy(&other);
}

/* M compares strategies, so it is measured in L's own embeddings: of a pool that is taken whole it is the same. */
static void m_stays_in_the_embeddings_of_l(void **state)
{
    (void)state;
    static const char *const names[] = {"feal", "cluster-margin:local", "uherding:local"};
    fal_embeddings other = {0};
    make_file(2, &other);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const fal_strategy *strategy = NULL;
        fal_query_result without;
        fal_query_result with;
        assert_ok(fal_strategy_find(names[i], &strategy));
        k.task.n = BUDGET;
        ask(strategy, NULL, BUDGET, &without);
        ask(strategy, &other, BUDGET, &with);
        k.task.n = POOL;
        assert_true(without.m_transport > 0.0 && fabs(with.m_transport / without.m_transport - 1.0) < 1e-12);
        fal_query_result_destroy(&with);
        fal_query_result_destroy(&without);
    }
    fal_embeddings_destroy(&other);
}

/* Images that are told apart by nothing that the strategy sees: the lower one, though the models see two. */
static void copies_are_copies_by_what_is_seen(void **state)
{
    (void)state;
    fal_embeddings other = {0};
    const fal_strategy *strategy = NULL;
    make_file(2, &other);
    for (int64_t i = 1; i < POOL; i += 2) {
        memcpy(other.z + k.pool[i] * other.d, other.z + k.pool[i - 1] * other.d, (size_t)other.d * sizeof *other.z);
    }
    for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
        bool taken[POOL] = {false};
        fal_query_result result;
        if (!reads_them(strategy) || (fal_query_needs_given(strategy->needs) & FAL_NEED_LOGITS)) {
            continue;
        }
        ask(strategy, &other, BUDGET, &result);
        for (int j = 0; j < BUDGET; j++) {
            assert_true(result.chosen[j] % 2 == 0 || taken[result.chosen[j] - 1]);
            taken[result.chosen[j]] = true;
        }
        fal_query_result_destroy(&result);
    }
    fal_embeddings_destroy(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_read_them),
        cmocka_unit_test(a_models_own_embeddings_change_nothing),
        cmocka_unit_test(others_change_what_reads_them_and_nothing_else),
        cmocka_unit_test(models_that_are_not_asked_are_not_needed),
        cmocka_unit_test(m_stays_in_the_embeddings_of_l),
        cmocka_unit_test(copies_are_copies_by_what_is_seen),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
