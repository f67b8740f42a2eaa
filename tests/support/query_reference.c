/* Reference numbers of query strategies. */
#include "query_reference.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

enum { KEPT_MOST = 500, CASES_MOST = 16, PATH_SIZE = 128 };
static const size_t limit = (size_t)1 << 26;

static void *kept[KEPT_MOST]; /* arrays of the case at hand */
static int kept_count;
static fal_h5 *file;
static char name[64];
static char cases[CASES_MOST][64];
static int case_count;

const char *fal_test_query_name(void) { return name; }

static void keep(void *values)
{
    assert_true(kept_count < KEPT_MOST);
    kept[kept_count++] = values;
}

void *fal_test_query_array(const char *path, fal_h5_type type, int64_t *count)
{
    char full[PATH_SIZE];
    fal_h5_shape shape = {0};
    void *values = NULL;
    (void)snprintf(full, sizeof full, "%s/%s", name, path);
    assert_ok(fal_h5_read_new(file, full, &shape, limit, &values));
    if (shape.type != type) {
        fail_msg("%s: unexpected type %d", full, (int)shape.type);
    }
    if (count != NULL) {
        *count = fal_h5_elements(&shape);
    }
    keep(values);
    return values;
}

static void *array_of(const char *form, const char *x, fal_h5_type type)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, form, x);
    return fal_test_query_array(path, type, NULL);
}

const double *fal_test_query_reals(const char *form, const char *x) { return array_of(form, x, FAL_H5_DOUBLE); }
const float *fal_test_query_floats(const char *form, const char *x) { return array_of(form, x, FAL_H5_FLOAT); }
const int32_t *fal_test_query_ints(const char *form, const char *x) { return array_of(form, x, FAL_H5_INT32); }

double fal_test_query_gap(const char *of)
{
    char attribute[PATH_SIZE];
    double gap = INFINITY;
    (void)snprintf(attribute, sizeof attribute, "gap_%s", of);
    if (fal_h5_get_real(file, name, attribute, &gap) != FAL_OK) {
        fal_status_clear();
        gap = INFINITY;
    }
    return gap;
}

void *fal_test_query_room(int64_t count, size_t size)
{
    void *values = NULL;
    assert_ok(fal_alloc(&values, (size_t)count, size, "test"));
    keep(values);
    return values;
}

void fal_test_query_near(const double *ours, const double *theirs, int64_t count, double bound, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (!(fabs(ours[i] - theirs[i]) <= bound)) {
            fail_msg("%s: %s[%lld] is %.17g, reference %.17g, bound %.2g", name, what, (long long)i, ours[i], theirs[i],
                     bound);
        }
    }
}

void fal_test_query_relative(const double *ours, const double *theirs, int64_t count, double bound, const char *what)
{
    double most = 0.0;
    for (int64_t i = 0; i < count; i++) {
        most = fmax(most, fabs(theirs[i]));
    }
    fal_test_query_near(ours, theirs, count, bound * most, what);
}

static void choice_differs(const char *what, int64_t place, int64_t ours, int32_t theirs)
{
    fail_msg("%s: choice %lld of %s is %lld, reference %d", name, (long long)place, what, (long long)ours, theirs);
}

void fal_test_query_equal(const int64_t *ours, const int32_t *theirs, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (ours[i] != theirs[i]) {
            choice_differs(what, i, ours[i], theirs[i]);
        }
    }
}

void fal_test_query_same(const fal_test_query *query, const int64_t *ours, const int32_t *theirs, int64_t count,
                         const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (query->same_as[ours[i]] != query->same_as[theirs[i]]) {
            choice_differs(what, i, ours[i], theirs[i]);
        }
    }
}

void fal_test_query_selects(const fal_test_query *query, const char *strategy_name, const char *reference,
                            bool by_distance)
{
    const fal_strategy *strategy = NULL;
    fal_query_result result;
    const int32_t *theirs = fal_test_query_ints(reference, "");
    assert_ok(fal_strategy_find(strategy_name, &strategy));
    assert_ok(fal_query_result_create(query->b, &result));
    assert_ok(fal_query_select(strategy, &query->in, &result));
    if (by_distance) {
        fal_test_query_same(query, result.chosen, theirs, query->b, strategy_name);
    } else {
        fal_test_query_equal(result.chosen, theirs, query->b, strategy_name);
    }
    fal_query_result_destroy(&result);
}

static double distance(const double *a, const double *b, int d)
{
    double sum = 0.0;
    for (int e = 0; e < d; e++) {
        sum += (a[e] - b[e]) * (a[e] - b[e]);
    }
    return sqrt(sum);
}

void fal_test_query_k_centre(const fal_test_query *query, const double *points, int64_t n, int d, const double *seeds,
                             int64_t m, double off, const int64_t *chosen, const int32_t *theirs, const char *what)
{
    double *near = fal_test_query_room(n, sizeof *near);
    bool decided = true;
    for (int64_t i = 0; i < n; i++) {
        near[i] = INFINITY;
        for (int64_t j = 0; j < m; j++) {
            near[i] = fmin(near[i], distance(points + i * d, seeds + j * d, d));
        }
    }
    for (int64_t step = 0; step < query->b; step++) {
        const int64_t ours = chosen[step];
        double best = 0.0, second = 0.0; /* of the others that are no copies of ours */
        for (int64_t i = 0; i < n; i++) {
            best = fmax(best, near[i]);
            second = query->same_as[i] != query->same_as[ours] ? fmax(second, near[i]) : second;
        }
        if (!(near[ours] >= best - off)) {
            fail_msg("%s: choice %lld of %s is %lld at distance %.9g, there is one at %.9g", name, (long long)step,
                     what, (long long)ours, near[ours], best);
        }
        decided = decided && near[ours] - second > off;
        if (decided && query->same_as[ours] != query->same_as[theirs[step]]) {
            choice_differs(what, step, ours, theirs[step]);
        }
        for (int64_t i = 0; i < n; i++) {
            near[i] = fmin(near[i], distance(points + i * d, points + ours * d, d));
        }
    }
}

static int64_t number(const char *attribute)
{
    int64_t value = 0;
    assert_ok(fal_h5_get_int(file, name, attribute, &value));
    return value;
}

static fal_test_query *prepare(void)
{
    static fal_test_query q;
    static const char *const models[2] = {"G", "L"};
    char path[PATH_SIZE];
    q = (fal_test_query){.n = number("n"), .m = number("n_labelled"), .b = number("budget")};
    q.d = (int)number("d");
    q.classes = (int)number("classes");
    (void)snprintf(path, sizeof path, "%s/inputs/same_as", name);
    q.has_copies = fal_h5_has(file, path);
    if (q.has_copies) {
        q.same_as = fal_test_query_ints("inputs/same_as", "");
    } else {
        int32_t *itself = fal_test_query_room(q.n, sizeof *itself);
        for (int32_t i = 0; i < q.n; i++) {
            itself[i] = i;
        }
        q.same_as = itself;
    }
    q.options = (fal_query_options){.kmeans_starts = 10};
    q.in = (fal_query_input){.n = q.n,
                             .m = q.m,
                             .classes = q.classes,
                             .d = q.d,
                             .budget = q.b,
                             .labels = fal_test_query_ints("inputs/y_lab", ""),
                             .shared = NAN,
                             .rng = {.seed = 1, .purpose = FAL_RNG_QUERY},
                             .options = &q.options};
    for (int x = 0; x < 2; x++) {
        q.in.logits[x] = fal_test_query_floats("inputs/logits_%s", models[x]);
        q.in.embedding[x] = fal_test_query_floats("inputs/emb_%s", models[x]);
        q.in.logits_lab[x] = fal_test_query_floats("inputs/logits_%s_lab", models[x]);
        q.in.embedding_lab[x] = fal_test_query_floats("inputs/emb_%s_lab", models[x]);
        q.in.head_w[x] = fal_test_query_floats("inputs/head_%s_w", models[x]);
        q.in.head_b[x] = fal_test_query_floats("inputs/head_%s_b", models[x]);
    }
    return &q;
}

static fal_status add_case(void *context, const char *member, bool is_group)
{
    (void)context;
    if (is_group && case_count < CASES_MOST) {
        (void)snprintf(cases[case_count++], sizeof cases[0], "%s", member);
    }
    return FAL_OK;
}

void fal_test_query_cases_of(const char *path, void (*check)(fal_test_query *query))
{
    assert_non_null(path);
    case_count = 0;
    assert_ok(fal_h5_open(path, &file));
    assert_ok(fal_h5_visit(file, "/", add_case, NULL));
    assert_true(case_count > 0);
    for (int c = 0; c < case_count; c++) {
        (void)snprintf(name, sizeof name, "/%.*s", (int)sizeof name - 2, cases[c]);
        check(prepare());
        while (kept_count > 0) {
            fal_free(kept[--kept_count]);
        }
    }
    fal_h5_close(file);
}

void fal_test_query_cases(void (*check)(fal_test_query *query))
{
    const char *reference = fal_test_reference("query.h5");
    fal_test_query_cases_of(fal_test_fixture("query.h5"), check);
    if (reference == NULL) {
        print_message("note: no reference numbers (query.h5); only the committed fixture was compared\n");
        return;
    }
    fal_test_query_cases_of(reference, check);
}
