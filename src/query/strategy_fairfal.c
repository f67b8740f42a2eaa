/* fairfal (Zong and Huang, CVPR 2026): equal shares for the pseudo-classes; in each, the most uncertain images, spread
 * by k-centre on gradient embeddings a (x) z away from the class's labelled images. Which model gives the uncertainty
 * and a depends on how far both models and the classes are apart, over all clients; z is always G's. */
#include <math.h>
#include <string.h>

#include "fairfal.h"
#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal/base/stop.h"

enum { CANDIDATES_PER_PICK = 4 };

/* Gradient embeddings as factors: rows of a [count][classes] and z [count][d], and their squared norms. */
typedef struct {
    int classes, d;
    double *a;
    const float **z;
    double *norm;
    int64_t count;
} factors;

static double inner(const factors *f, int64_t i, const factors *g, int64_t j)
{
    double a = 0.0;
    double z = 0.0;
    for (int c = 0; c < f->classes; c++) {
        a += f->a[i * f->classes + c] * g->a[j * f->classes + c];
    }
    for (int e = 0; e < f->d; e++) {
        z += (double)f->z[i][e] * (double)g->z[j][e];
    }
    return a * z;
}

static double distance(const factors *f, int64_t i, const factors *g, int64_t j)
{
    const double far = f->norm[i] + g->norm[j] - 2.0 * inner(f, i, g, j);
    return far > 0.0 ? far : 0.0;
}

/* a = onehot(label) - p; label < 0: the predicted class. */
static void add(factors *f, const float *logits, const float *z, int32_t label)
{
    double *a = f->a + f->count * f->classes;
    const int one = label >= 0 ? label : fal_score_argmax(logits, f->classes);
    fal_score_softmax(logits, f->classes, a);
    for (int c = 0; c < f->classes; c++) {
        a[c] = -a[c];
    }
    a[one] += 1.0;
    f->z[f->count] = z;
    f->norm[f->count] = inner(f, f->count, f, f->count);
    f->count++;
}

static fal_status factors_create(int64_t room, int classes, int d, factors *f)
{
    *f = (factors){.classes = classes, .d = d};
    FAL_TRY(fal_alloc(&f->a, (size_t)room * (size_t)classes, sizeof *f->a, "fairfal"));
    FAL_TRY(fal_alloc(&f->z, (size_t)room, sizeof *f->z, "fairfal"));
    return fal_alloc(&f->norm, (size_t)room, sizeof *f->norm, "fairfal");
}

static void factors_destroy(factors *f)
{
    fal_free(f->a);
    fal_free(f->z);
    fal_free(f->norm);
}

/* Greedy k-centre over the candidates, away from the seeds; without seeds from candidate 0. near [count] is scratch. */
static void spread(const factors *candidate, const factors *seed, int64_t quota, double *near, int64_t *picked)
{
    int64_t taken = 0;
    for (int64_t i = 0; i < candidate->count; i++) {
        near[i] = INFINITY;
        for (int64_t j = 0; j < seed->count; j++) {
            near[i] = fmin(near[i], distance(candidate, i, seed, j));
        }
    }
    while (taken < quota) {
        int64_t best = 0;
        for (int64_t i = 1; i < candidate->count; i++) {
            best = near[i] > near[best] ? i : best;
        }
        picked[taken++] = best;
        for (int64_t i = 0; i < candidate->count; i++) {
            near[i] = fmin(near[i], distance(candidate, i, candidate, best));
        }
        for (int64_t i = 0; i < taken; i++) {
            near[picked[i]] = -1.0;
        }
    }
}

/* The class's candidates in `member` [count] by falling uncertainty; chosen [quota] out. */
static fal_status choose_in_class(const fal_query_input *in, const fal_fairfal *fair, int class, const int64_t *member,
                                  int64_t count, int64_t *chosen)
{
    const int x = fair->global_gradients ? FAL_GLOBAL : FAL_LOCAL;
    FAL_TRY(fal_stop_inside());
    const int64_t quota = fair->quota[class];
    factors candidate = {0};
    factors seed = {0};
    double *near = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(factors_create(count, in->classes, in->d, &candidate));
    FAL_TRY_GOTO(factors_create(in->m, in->classes, in->d, &seed));
    FAL_TRY_GOTO(fal_alloc(&near, (size_t)count, sizeof *near, "fairfal"));
    for (int64_t i = 0; i < count; i++) {
        add(&candidate, in->logits[x] + member[i] * in->classes, in->embedding[FAL_GLOBAL] + member[i] * in->d, -1);
    }
    for (int64_t i = 0; i < in->m; i++) {
        if (in->labels[i] == class) {
            add(&seed, in->logits_lab[x] + i * in->classes, in->embedding_lab[FAL_GLOBAL] + i * in->d, class);
        }
    }
    spread(&candidate, &seed, quota, near, chosen);
    for (int64_t i = 0; i < quota; i++) {
        chosen[i] = member[chosen[i]];
    }
done:
    fal_free(near);
    factors_destroy(&seed);
    factors_destroy(&candidate);
    return status;
}

/* How unequally G treats the classes of this client's labelled images. */
double fal_strategy_fairfal_number(const fal_query_input *in)
{
    return fal_fairfal_ratio(in->logits_lab[FAL_GLOBAL], in->labels, in->m, in->classes);
}

fal_status fal_strategy_fairfal(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    fal_query_result *result = call->result;
    fal_fairfal fair;
    int64_t *order = NULL;
    int64_t *member = NULL;
    int64_t taken = 0;
    FAL_TRY(fal_fairfal_create(in, call->b, in->shared, &fair));
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)in->n, sizeof *order, "fairfal"));
    FAL_TRY_GOTO(fal_alloc(&member, (size_t)in->n, sizeof *member, "fairfal"));
    FAL_TRY_GOTO(fal_sort_falling(fair.uncertainty, order, in->n));
    for (int c = 0; c < in->classes; c++) {
        const int64_t quota = fair.quota[c];
        int64_t count = 0;
        for (int64_t i = 0; i < in->n && count < CANDIDATES_PER_PICK * quota; i++) {
            if (fair.pseudo[order[i]] == c) {
                member[count++] = order[i];
            }
        }
        if (count <= quota) {
            memcpy(result->chosen + taken, member, (size_t)quota * sizeof *member);
        } else {
            FAL_TRY_GOTO(choose_in_class(in, &fair, c, member, count, result->chosen + taken));
        }
        for (int64_t i = 0; i < quota; i++, taken++) {
            result->cluster[taken] = c;
            result->score[taken] = fair.uncertainty[result->chosen[taken]];
        }
    }
done:
    fal_free(member);
    fal_free(order);
    fal_fairfal_destroy(&fair);
    return status;
}
