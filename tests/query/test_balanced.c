/* improved-random and oracle-balanced: as many of each class as can be, at random inside a class. */
#include "support.h"

#include <string.h>

#include "query/query_internal.h"

enum { N = 90, M = 7, C = 3, B = 40 };

/* Class c has share c + 1 of six: 15, 30, 45 images; labelled: 4 of class 2, 2 of class 1, 1 of class 0. */
typedef struct {
    float logits[N * C];
    int32_t labels[M], truth[N];
    fal_query_options options;
    fal_query_input input;
} client;

static client *make_client(uint64_t seed)
{
    static client k;
    const int32_t labels[M] = {2, 2, 1, 2, 0, 1, 2};
    memset(&k, 0, sizeof k);
    memcpy(k.labels, labels, sizeof labels);
    for (int i = 0; i < N; i++) {
        k.truth[i] = i % 6 == 0 ? 0 : i % 6 < 3 ? 1 : 2;
        k.logits[i * C + k.truth[i]] = 1.0F + (float)i; /* no copies */
    }
    k.input = (fal_query_input){.n = N,
                                .m = M,
                                .classes = C,
                                .d = 1,
                                .budget = B,
                                .labels = k.labels,
                                .rng = {.seed = seed, .purpose = FAL_RNG_QUERY},
                                .options = &k.options};
    return &k;
}

static void ask(const char *name, const fal_query_input *input, fal_query_result *result)
{
    const fal_strategy *strategy = NULL;
    assert_ok(fal_strategy_find(name, &strategy));
    assert_ok(fal_query_result_create(input->budget < input->n ? input->budget : input->n, result));
    assert_ok(fal_query_select(strategy, input, result));
}

/* Every choice is of the class with fewest labelled and chosen images among those that have images left. */
static void check_balance(const client *k, const fal_query_result *result, bool labelled)
{
    int64_t count[C] = {0}, left[C] = {15, 30, 45};
    for (int i = 0; i < M && labelled; i++) {
        count[k->labels[i]]++;
    }
    for (int64_t i = 0; i < result->count; i++) {
        const int32_t c = k->truth[result->chosen[i]];
        for (int other = 0; other < C; other++) {
            assert_true(left[other] == 0 || count[c] < count[other] || (count[c] == count[other] && c <= other));
        }
        assert_int_equal(result->cluster[i], c);
        count[c]++;
        left[c]--;
    }
}

static void classes_are_balanced(void **state)
{
    (void)state;
    static const char *const names[] = {"improved-random", "oracle-balanced"};
    for (int s = 0; s < 2; s++) {
        for (int turn = 0; turn < 3; turn++) {
            client *k = make_client(5);
            fal_query_result result;
            k->input.logits[FAL_GLOBAL] = s == 0 ? k->logits : NULL;
            k->input.truth = s == 1 ? k->truth : NULL;
            k->input.labels = turn == 1 ? NULL : k->labels; /* arrays of a user who has no labels */
            k->input.budget = turn == 2 ? N : B;
            ask(names[s], &k->input, &result);
            check_balance(k, &result, turn != 1);
            fal_query_result_destroy(&result);
        }
    }
}

/* 15 images of class 0 are all taken; of the others which ones depends on the seed alone, each about as often. */
static void images_of_a_class_are_drawn_evenly(void **state)
{
    (void)state;
    enum { SEEDS = 600, SHORT = 12 };
    int count[N] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        client *k = make_client(seed);
        fal_query_result result;
        k->input.truth = k->truth;
        k->input.budget = SHORT;
        ask("oracle-balanced", &k->input, &result);
        for (int i = 0; i < SHORT; i++) {
            count[result.chosen[i]]++;
        }
        fal_query_result_destroy(&result);
    }
    /* 12 + 7 images are 19: 7, 6, 6 of the classes, so 6, 4, 2 are chosen of 15, 30, 45. */
    static const double chosen[C] = {6, 4, 2}, of[C] = {15, 30, 45};
    const client *k = make_client(0);
    for (int i = 0; i < N; i++) {
        const double share = chosen[k->truth[i]] / of[k->truth[i]], mean = SEEDS * share;
        assert_true((count[i] - mean) * (count[i] - mean) < 20.0 * mean * (1.0 - share)); /* 4.5 deviations */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_balanced),
        cmocka_unit_test(images_of_a_class_are_drawn_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
