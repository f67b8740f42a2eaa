/* BADGE (Ash et al., ICLR 2020): k-means++ draws on gradient embeddings g = a (x) z of classes * d numbers, by
 * <g_i, g_j> = <a_i, a_j> <z_i, z_j>, so that cost and memory are those of a and z. For the mean of two models' g the
 * inner product is a quarter of the sum over the four pairs of models. */
#include "badge.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "rows.h"

enum { BLOCK = 512 };

/* a = onehot(yhat) - p, 1 - p_yhat as the sum of the others. */
static void factor(const float *logits, int classes, double *p, float *a)
{
    int yhat = 0;
    double others = 0.0;
    for (int c = 1; c < classes; c++) {
        yhat = logits[c] > logits[yhat] ? c : yhat;
    }
    fal_score_softmax(logits, classes, p);
    for (int c = 0; c < classes; c++) {
        others += c == yhat ? 0.0 : p[c];
        a[c] = (float)-p[c];
    }
    a[yhat] = (float)others;
}

/* out[i] = <g_first+i, g_centre> for `rows` rows of a block. */
static void products(const fal_badge *b, int64_t first, int64_t rows, int64_t centre, double *out)
{
    const int classes = b->classes;
    const int d = b->d;
    float along[BLOCK];
    float across[BLOCK];
    for (int64_t i = 0; i < rows; i++) {
        out[i] = 0.0;
    }
    for (int s = 0; s < b->models; s++) {
        for (int t = 0; t < b->models; t++) {
            fal_rows_dots(b->a[s] + first * classes, rows, classes, b->a[t] + centre * classes, along);
            fal_rows_dots(b->z[s] + first * d, rows, d, b->z[t] + centre * d, across);
            for (int64_t i = 0; i < rows; i++) {
                out[i] += (double)along[i] * (double)across[i];
            }
        }
    }
    for (int64_t i = 0; i < rows && b->models == 2; i++) {
        out[i] *= 0.25;
    }
}

static void norm_piece(void *context, int piece)
{
    fal_badge *b = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t last = first + BLOCK < b->n ? first + BLOCK : b->n;
    for (int64_t i = first; i < last; i++) {
        products(b, i, 1, i, b->norm + i);
        b->near[i] = INFINITY;
    }
}

static void near_piece(void *context, int piece)
{
    fal_badge *b = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t rows = first + BLOCK < b->n ? BLOCK : b->n - first;
    double inner[BLOCK];
    double sum = 0.0;
    products(b, first, rows, b->centre, inner);
    for (int64_t i = 0; i < rows; i++) {
        double far = b->norm[first + i] + b->norm[b->centre] - 2.0 * inner[i];
        far = far > 0.0 && first + i != b->centre ? far : 0.0;
        b->near[first + i] = far < b->near[first + i] ? far : b->near[first + i];
        sum += b->near[first + i];
    }
    b->sums[piece] = sum;
}

fal_status fal_badge_create(const fal_query_input *input, int x, fal_badge *badge)
{
    const size_t n = (size_t)input->n;
    const size_t classes = (size_t)input->classes;
    double *p = NULL;
    *badge = (fal_badge){.n = input->n, .classes = input->classes, .d = input->d};
    badge->models = x == FAL_BADGE_BOTH ? 2 : 1;
    badge->blocks = (input->n + BLOCK - 1) / BLOCK;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&p, classes, sizeof *p, "badge"));
    FAL_TRY_GOTO(fal_alloc(&badge->norm, n, sizeof *badge->norm, "badge"));
    FAL_TRY_GOTO(fal_alloc(&badge->near, n, sizeof *badge->near, "badge"));
    FAL_TRY_GOTO(fal_alloc(&badge->sums, (size_t)badge->blocks, sizeof *badge->sums, "badge"));
    for (int m = 0; m < badge->models; m++) {
        const int of = badge->models == 2 ? m : x;
        badge->z[m] = input->embedding[of];
        FAL_TRY_GOTO(fal_alloc(&badge->a[m], n * classes, sizeof *badge->a[m], "badge"));
        for (int64_t i = 0; i < input->n; i++) {
            factor(input->logits[of] + i * input->classes, input->classes, p, badge->a[m] + i * input->classes);
        }
    }
    fal_parallel_for((int)badge->blocks, norm_piece, badge);
done:
    fal_free(p);
    if (status != FAL_OK) {
        fal_badge_destroy(badge);
    }
    return status;
}

void fal_badge_destroy(fal_badge *badge)
{
    fal_free(badge->a[0]);
    fal_free(badge->a[1]);
    fal_free(badge->norm);
    fal_free(badge->near);
    fal_free(badge->sums);
    *badge = (fal_badge){0};
}

double fal_badge_add(fal_badge *badge, int64_t centre)
{
    double total = 0.0;
    badge->centre = centre;
    fal_parallel_for((int)badge->blocks, near_piece, badge);
    for (int64_t block = 0; block < badge->blocks; block++) {
        total += badge->sums[block];
    }
    return total;
}

/* The first image in pool order at which the running sum of `near` passes target; total > 0. */
static int64_t draw(const fal_badge *badge, double target)
{
    int64_t block = 0;
    while (block + 1 < badge->blocks && target >= badge->sums[block]) {
        target -= badge->sums[block];
        block++;
    }
    int64_t found = -1;
    for (int64_t i = block * BLOCK; i < badge->n && i < (block + 1) * BLOCK; i++) {
        if (badge->near[i] > 0.0) {
            found = i;
            if (target < badge->near[i]) {
                return i;
            }
        }
        target -= badge->near[i];
    }
    for (int64_t i = badge->n - 1; found < 0; i--) { /* rounding led past the last block that has a distance */
        found = badge->near[i] > 0.0 ? i : -1;
    }
    return found;
}

fal_status fal_badge_select(const fal_query_input *input, int x, int64_t b, int64_t *chosen)
{
    fal_badge badge;
    FAL_TRY(fal_badge_create(input, x, &badge));
    const fal_rng rng = fal_query_stream(input, FAL_STREAM_BADGE, 0);
    const fal_rng fill = fal_query_stream(input, FAL_STREAM_FILL, 0);
    int64_t taken = 1;
    int64_t largest = 0;
    for (int64_t i = 1; i < input->n; i++) {
        largest = badge.norm[i] > badge.norm[largest] ? i : largest;
    }
    chosen[0] = largest;
    fal_status status = FAL_OK;
    for (; taken < b; taken++) {
        FAL_TRY_GOTO(fal_stop_inside());
        const double total = fal_badge_add(&badge, chosen[taken - 1]);
        if (!(total > 0.0)) {
            break;
        }
        chosen[taken] = draw(&badge, fal_rng_uniform(&rng, (uint64_t)taken) * total);
    }
    status = taken < b ? fal_query_fill(&fill, input->n, taken, b, chosen) : FAL_OK;
done:
    fal_badge_destroy(&badge);
    return status;
}
