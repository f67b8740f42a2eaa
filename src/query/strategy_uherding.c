/* uherding (Bae et al., ICLR 2025): maxherding that covers what the model is uncertain of, with neighbourhoods as
 * narrow as the labelled images lie close, so that it turns from coverage to uncertainty as labels come. */
#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "herding.h"
#include "rows.h"
#include "unit.h"

enum { STEPS = 16, BLOCK = 64 };

/* p [classes] = softmax of a row at a temperature. */
static void tempered(const float *logits, int classes, double temperature, double *p)
{
    for (int c = 0; c < classes; c++) {
        p[c] = (double)logits[c] / temperature;
    }
    fal_score_softmax_real(p, classes, p);
}

/* Sum of the cross-entropy of the labelled images, from logits: -ln p is finite where p is 0. */
static double loss_at(const fal_query_input *in, int x, double temperature)
{
    double loss = 0.0;
    for (int64_t i = 0; i < in->m; i++) {
        const float *row = in->logits_lab[x] + i * in->classes;
        const double most = (double)row[fal_score_argmax(row, in->classes)];
        double sum = 0.0;
        for (int c = 0; c < in->classes; c++) {
            sum += exp(((double)row[c] - most) / temperature);
        }
        loss += log(sum) - ((double)row[in->labels[i]] - most) / temperature;
    }
    return loss;
}

fal_status fal_uherding_temperature(const fal_query_input *in, int x, double *temperature)
{
    double least = INFINITY;
    *temperature = 1.0;
    for (int step = 0; step <= STEPS && in->m > 0; step++) {
        const double at = exp2(step / 4.0);
        const double loss = loss_at(in, x, at);
        FAL_TRY(fal_stop_inside());
        if (loss < least) {
            least = loss;
            *temperature = at;
        }
    }
    return FAL_OK;
}

fal_status fal_uherding_weights(const fal_query_input *in, int x, double temperature, double *weight)
{
    double *p = NULL;
    FAL_TRY(fal_alloc(&p, (size_t)in->classes, sizeof *p, "uherding"));
    for (int64_t i = 0; i < in->n; i++) {
        tempered(in->logits[x] + i * in->classes, in->classes, temperature, p);
        weight[i] = fal_score_margin.doubt(p, in->classes);
    }
    fal_free(p);
    return FAL_OK;
}

typedef struct {
    float *unit; /* [m][d] */
    int64_t m;
    int d;
    float *least; /* [pieces] smallest squared distance above 0 of a block to what comes after */
} spread;

static void spread_piece(void *context, int piece)
{
    const spread *s = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t rows = first + BLOCK < s->m ? BLOCK : s->m - first;
    float far[BLOCK];
    s->least[piece] = INFINITY;
    for (int64_t j = first; j < s->m; j++) {
        if (j % BLOCK == 0 && fal_stop_inside() != FAL_OK) {
            return;
        }
        fal_rows_distances(s->unit + first * s->d, rows, s->d, s->unit + j * s->d, far);
        for (int64_t i = 0; i < rows; i++) {
            s->least[piece] = far[i] > 0.0F && far[i] < s->least[piece] ? far[i] : s->least[piece];
        }
    }
}

fal_status fal_uherding_width(const fal_query_input *in, int x, double *width)
{
    const int pieces = (int)((in->m + BLOCK - 1) / BLOCK);
    spread s = {.m = in->m, .d = in->d};
    float least = INFINITY;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&s.unit, (size_t)in->m * (size_t)in->d, sizeof *s.unit, "uherding"));
    FAL_TRY_GOTO(fal_alloc(&s.least, (size_t)pieces, sizeof *s.least, "uherding"));
    fal_unit_rows(in->embedding_lab[x], in->m, in->d, s.unit);
    fal_parallel_for(pieces, spread_piece, &s);
    FAL_TRY_GOTO(fal_stop_inside());
    for (int piece = 0; piece < pieces; piece++) {
        least = s.least[piece] < least ? s.least[piece] : least;
    }
    *width = isfinite(least) ? sqrt((double)least) : 1.0;
done:
    fal_free(s.least);
    fal_free(s.unit);
    return status;
}

fal_status fal_strategy_uherding(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    double temperature = 1.0;
    double width = 1.0;
    double *weight = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&weight, (size_t)in->n, sizeof *weight, "uherding"));
    FAL_TRY_GOTO(fal_uherding_temperature(in, call->model, &temperature));
    FAL_TRY_GOTO(fal_uherding_width(in, call->model, &width));
    FAL_TRY_GOTO(fal_uherding_weights(in, call->model, temperature, weight));
    status = fal_herding_select(call, width, weight);
done:
    fal_free(weight);
    return status;
}
