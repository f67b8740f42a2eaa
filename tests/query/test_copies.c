/* Copies in a pool: whatever a strategy does, of images that are equal in all that it looks at it takes the lowest, in
 * rising order. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "drawn.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/sort.h"
#include "query/copies.h"
#include "query/query_internal.h"

enum { MOST = 150, M = 14, D = 12, C = 5 };

/* A client whose images are copies of fewer values; a value has rows under G and under L. */
typedef struct {
    float logits[2][MOST * C], z[2][MOST * D], logits_lab[2][M * C], z_lab[2][M * D], w[2][C * D], b[2][C];
    int32_t labels[M], truth[MOST];
    fal_query_options options;
    fal_query_input input;
} client;

/* Value number `value` of model x, or 1000 + i for a labelled image, as every image with that value has it. */
static void make_row(int x, int value, const client *k, float *z, float *logits)
{
    const fal_rng rng = {.seed = 21, .purpose = FAL_RNG_TEST, .client = (uint32_t)x, .epoch = (uint32_t)value};
    for (int e = 0; e < D; e++) {
        z[e] = (float)fmax(0.0, fal_rng_normal(&rng, (uint64_t)e) + (value % C == e % C));
    }
    for (int c = 0; c < C; c++) {
        double sum = (double)k->b[x][c];
        for (int e = 0; e < D; e++) {
            sum += (double)k->w[x][c * D + e] * (double)z[e];
        }
        logits[c] = (float)sum;
    }
}

/* value [2][n]: of every image under both models. Labelled images 0 and 1 have these values. */
static client *make_client(int n, int value[2][MOST])
{
    static client k;
    const fal_rng rng = {.seed = 22, .purpose = FAL_RNG_TEST};
    memset(&k, 0, sizeof k);
    for (int x = 0; x < 2; x++) {
        for (int i = 0; i < C * D; i++) {
            k.w[x][i] = (float)(0.4 * fal_rng_normal(&rng, (uint64_t)(x * C * D + i)) + 0.5 * (i / D == i % C));
        }
        for (int i = 0; i < n; i++) {
            make_row(x, value[x][i], &k, k.z[x] + i * D, k.logits[x] + i * C);
        }
        for (int i = 0; i < M; i++) {
            make_row(x, i < 2 ? i : 1000 + i, &k, k.z_lab[x] + i * D, k.logits_lab[x] + i * C);
        }
    }
    for (int i = 0; i < M; i++) {
        k.labels[i] = i % (C - 1);
    }
    for (int i = 0; i < n; i++) {
        k.truth[i] = i % C;
    }
    k.options = (fal_query_options){.kmeans_starts = 2};
    k.input = (fal_query_input){.n = n,
                                .m = M,
                                .classes = C,
                                .d = D,
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
    return &k;
}

enum { PAIRS, TRIPLES, ALL_THE_SAME, FEW_VALUES, UNDER_ONE_MODEL, KINDS };

/* Values at random places. Under one model: half of the copies differ under the other. */
static void deal(int kind, int n, int value[2][MOST])
{
    static const int size[KINDS] = {2, 3, MOST, 0, 2};
    const fal_rng rng = {.seed = 23, .purpose = FAL_RNG_TEST, .client = (uint32_t)kind, .epoch = (uint32_t)n};
    int64_t place[MOST];
    for (int i = 0; i < n; i++) {
        place[i] = i;
    }
    fal_rng_shuffle(&rng, place, n);
    for (int i = 0; i < n; i++) {
        value[0][place[i]] = value[1][place[i]] = kind == FEW_VALUES ? i % 7 : i / size[kind];
        value[i % 2][place[i]] += kind == UNDER_ONE_MODEL && i % 8 < 4 ? 500 + i : 0;
    }
}

static bool same_rows(const float *at, int width, int64_t i, int64_t j)
{
    return memcmp(at + i * width, at + j * width, (size_t)width * sizeof *at) == 0;
}

static bool are_copies(const fal_strategy *strategy, const fal_query_input *in, int64_t i, int64_t j)
{
    bool same = true;
    for (int x = 0; x < 2; x++) {
        same = same && (!fal_query_needs_logits(strategy->needs, x) || same_rows(in->logits[x], C, i, j));
        same = same && (!fal_query_needs_embeddings(strategy->needs, x) || same_rows(in->embedding[x], D, i, j));
    }
    return same;
}

static void ask(const fal_strategy *strategy, const fal_query_input *in, fal_query_result *result)
{
    assert_ok(fal_query_result_create(in->budget, result));
    assert_ok(fal_query_select(strategy, in, result));
}

/* For every chosen image all of its copies below it are chosen before it. */
static void check_lowest(const fal_strategy *strategy, const fal_query_input *in)
{
    fal_query_result result;
    int64_t place[MOST];
    ask(strategy, in, &result);
    for (int64_t i = 0; i < in->n; i++) {
        place[i] = in->n;
    }
    for (int64_t i = 0; i < result.count; i++) {
        place[result.chosen[i]] = i;
    }
    for (int64_t j = 0; j < in->n; j++) {
        for (int64_t i = 0; i < j && place[j] < in->n; i++) {
            if (are_copies(strategy, in, i, j) && place[i] >= place[j]) {
                fail_msg("%s, %lld of %lld images: image %lld is chosen, its copy %lld is not, or later",
                         strategy->name, (long long)in->budget, (long long)in->n, (long long)j, (long long)i);
            }
        }
    }
    fal_query_result_destroy(&result);
}

static void the_lowest_of_copies_are_chosen_by_every_strategy(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 9, 64, MOST};
    static int value[2][MOST];
    const fal_strategy *strategy = NULL;
    int checked = 0;
    for (int at = 0; at < 5 * KINDS; at++) {
        const int n = sizes[at / KINDS], budgets[3] = {n / 5 + 1, (2 * n + 2) / 3, n};
        deal(at % KINDS, n, value);
        client *k = make_client(n, value);
        for (int b = 0; b < 3; b++) {
            k->input.budget = budgets[b];
            k->options.gcn_subset = k->options.herding_subset = (at + b) % 2 == 0 ? 0 : (n + 1) / 2;
            fal_parallel_set_threads(1 + (at + b) % 3);
            for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
                const bool slow = strstr(strategy->name, "gcnal") != NULL;
                if (fal_strategy_looks(strategy) &&
                    (!slow || b == 1)) { /* random looks at no image: to it all differ */
                    check_lowest(strategy, &k->input);
                    checked++;
                }
            }
        }
    }
    fal_parallel_set_threads(1);
    assert_true(checked > 1800);
}

/* The values that are chosen, however often each, do not depend on where copies stand. For strategies without draws,
 * as long as there are values left: what then ties goes to the lowest index, of whichever value. */
static void places_of_copies_do_not_change_the_values(void **state)
{
    (void)state;
    static int value[2][MOST], moved[2][MOST];
    enum { N = 90, B = 25 };
    const fal_rng rng = {.seed = 24, .purpose = FAL_RNG_TEST};
    int64_t order[N];
    const fal_strategy *strategy = NULL;
    for (int i = 0; i < N; i++) {
        order[i] = i;
    }
    fal_rng_shuffle(&rng, order, N);
    for (int kind = PAIRS; kind <= TRIPLES; kind++) {
        deal(kind, N, value);
        for (int x = 0; x < 2; x++) {
            for (int i = 0; i < N; i++) {
                moved[x][i] = value[x][order[i]];
            }
        }
        for (int i = 0; (strategy = fal_strategy_at(i)) != NULL; i++) {
            if (fal_test_strategy_draws(strategy->name)) {
                continue;
            }
            int64_t chosen[2][B];
            for (int turn = 0; turn < 2; turn++) {
                fal_query_result result;
                client *k = make_client(N, turn == 0 ? value : moved);
                k->input.budget = B;
                ask(strategy, &k->input, &result);
                for (int64_t j = 0; j < B; j++) {
                    chosen[turn][j] = (turn == 0 ? value : moved)[0][result.chosen[j]];
                }
                fal_sort_int64(chosen[turn], B);
                fal_query_result_destroy(&result);
            }
            if (memcmp(chosen[0], chosen[1], sizeof chosen[0]) != 0) {
                fail_msg("%s chooses other values when images change places", strategy->name);
            }
        }
    }
}

/* Copies of what is labelled or chosen are at distance 0 exactly: they come last, by index alone. */
static void k_centre_leaves_copies_for_the_end(void **state)
{
    (void)state;
    static const char *const names[] = {"coreset:global", "coreset:local", "gcnal:global", "gcnal:local"};
    static int value[2][MOST];
    static const int sizes[] = {9, 11, 33, 31, 123, 149}; /* odd: rows of products at their edges differ in last bits */
    for (int at = 0; at < 24; at++) {
        const char *name = names[at % 4];
        const int n = sizes[at / 4], kind = at / 4 % 2 == 0 ? TRIPLES : FEW_VALUES,
                  values = kind == TRIPLES ? n / 3 : 7;
        const fal_strategy *strategy = NULL;
        fal_query_result result;
        deal(kind, n, value);
        client *k = make_client(n, value);
        k->input.budget = n;
        assert_ok(fal_strategy_find(name, &strategy));
        ask(strategy, &k->input, &result);
        for (int i = values - 1; i < n; i++) { /* two values are labelled, values - 2 were chosen */
            if (result.chosen[i] < result.chosen[i - 1]) {
                fail_msg("%s of %d images: copy %lld is chosen before %lld", name, n, (long long)result.chosen[i - 1],
                         (long long)result.chosen[i]);
            }
        }
        fal_query_result_destroy(&result);
    }
}

/* Which of two copies a draw hit must not show in the places that are added up. */
static void rank_ensemble_adds_up_the_places_of_values(void **state)
{
    (void)state;
    static const char *const names[] = {"badge:global", "badge:local", "ensemble-rank:badge"};
    static int value[2][MOST];
    enum { N = 60, B = 40 };
    int64_t lists[2][B], merged[B];
    double score[B];
    for (int kind = 0; kind < KINDS; kind++) {
        deal(kind, N, value);
        client *k = make_client(N, value);
        k->input.budget = B;
        for (int i = 0; i < 3; i++) {
            const fal_strategy *strategy = NULL;
            fal_query_result result;
            assert_ok(fal_strategy_find(names[i], &strategy));
            ask(strategy, &k->input, &result);
            if (i < 2) {
                memcpy(lists[i], result.chosen, sizeof lists[i]);
            } else {
                assert_ok(fal_query_merge_ranks(lists[0], lists[1], N, B, merged, score));
                assert_memory_equal(result.chosen, merged, sizeof merged);
                assert_memory_equal(result.score, score, sizeof score);
            }
            fal_query_result_destroy(&result);
        }
    }
}

static void copies_are_found_and_settled(void **state)
{
    (void)state;
    const float a[] = {1, 2, 3, 4, 1, 2, 0.0F, 5, 3, 4, -0.0F, 5, 1, 2};
    const float b[] = {7, 8, 9, 6, 8, 6, 7};
    const fal_row_array rows[] = {{a, 2}, {b, 1}};
    int64_t first[7];
    assert_ok(fal_copies_find(rows, 1, 7, first));
    const int64_t alone[7] = {0, 1, 0, 3, 1, 3, 0}; /* zeros of both signs are equal */
    assert_memory_equal(first, alone, sizeof first);
    assert_ok(fal_copies_find(rows, 2, 7, first));
    const int64_t both[7] = {0, 1, 2, 3, 1, 3, 0};
    assert_memory_equal(first, both, sizeof first);
    assert_ok(fal_copies_find(rows, 2, 0, first));

    int64_t chosen[] = {6, 5, 2};
    assert_ok(fal_copies_settle(both, 7, 3, chosen));
    assert_memory_equal(chosen, ((int64_t[]){0, 3, 2}), sizeof chosen);
    int64_t more[] = {4, 6, 1, 0, 5};
    assert_ok(fal_copies_settle(both, 7, 5, more));
    assert_memory_equal(more, ((int64_t[]){1, 0, 4, 6, 3}), sizeof more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_found_and_settled),
        cmocka_unit_test(the_lowest_of_copies_are_chosen_by_every_strategy),
        cmocka_unit_test(places_of_copies_do_not_change_the_values),
        cmocka_unit_test(k_centre_leaves_copies_for_the_end),
        cmocka_unit_test(rank_ensemble_adds_up_the_places_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
