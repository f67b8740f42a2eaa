/* What a convolution unit should give, in double and by the formulas as they stand in a textbook. */
#include "unit.h"

#include <math.h>
#include <string.h>

enum { ARENA = 1 << 24 };

typedef struct {
    const fal_test_unit *unit;
    const fal_layer *layer;
    size_t values; /* of z: n hc wc co */
    double *z, *bn, *g, *dz;
    double *mean, *var; /* of the batch */
} workings;

static double *take(fal_arena *arena, size_t count)
{
    double *values = fal_arena_take(arena, count * sizeof *values);
    memset(values, 0, count * sizeof *values);
    return values;
}

/* One tap of one output: all input channels of its group, whose weights lie kernel^2 apart. truth == NULL: forward. */
static void visit_tap(workings *w, fal_test_truth *truth, size_t z, size_t x, size_t weight)
{
    const size_t channels = (size_t)(w->layer->ci / w->layer->groups);
    const size_t taps = (size_t)(w->layer->kernel * w->layer->kernel);
    const float *images = w->unit->images + x, *weights = w->unit->weight + weight;
    if (truth == NULL) {
        double sum = 0.0;
        for (size_t c = 0; c < channels; c++) {
            sum += (double)images[c] * (double)weights[c * taps];
        }
        w->z[z] += sum;
    } else {
        for (size_t c = 0; c < channels; c++) {
            truth->dx[x + c] += w->dz[z] * (double)weights[c * taps];
            truth->dweight[weight + c * taps] += w->dz[z] * (double)images[c];
        }
    }
}

/* All taps of all outputs that lie inside the image. */
static void for_all_taps(workings *w, fal_test_truth *truth)
{
    const fal_layer *l = w->layer;
    const int ci = l->ci / l->groups, taps = l->kernel * l->kernel;
    for (int pixel = 0; pixel < w->unit->n * l->hc * l->wc; pixel++) {
        const int k = pixel / (l->hc * l->wc);
        const int top = pixel / l->wc % l->hc * l->stride - l->pad;
        const int left = pixel % l->wc * l->stride - l->pad;
        for (int tap = 0; tap < taps; tap++) {
            const int i = top + tap / l->kernel, j = left + tap % l->kernel;
            for (int o = 0; o < l->co && i >= 0 && i < l->h && j >= 0 && j < l->w; o++) {
                const int first = o / (l->co / l->groups) * ci;
                visit_tap(w, truth, (size_t)(pixel * l->co + o), (size_t)(((k * l->h + i) * l->w + j) * l->ci + first),
                          (size_t)(o * ci * taps + tap));
            }
        }
    }
}

static void take_statistics(workings *w, fal_test_truth *truth)
{
    const size_t co = (size_t)w->layer->co;
    const double count = (double)(w->values / co);
    for (size_t e = 0; e < w->values; e++) {
        w->mean[e % co] += w->z[e] / count;
    }
    for (size_t e = 0; e < w->values; e++) {
        const double apart = w->z[e] - w->mean[e % co];
        w->var[e % co] += apart * apart / count;
    }
    for (size_t c = 0; c < co; c++) {
        const double unbiased = count > 1.0 ? w->var[c] * count / (count - 1.0) : w->var[c];
        truth->mean[c] = 0.9 * (double)w->unit->mean[c] + 0.1 * (w->mean[c] + (double)w->unit->bias[c]);
        truth->var[c] = 0.9 * (double)w->unit->var[c] + 0.1 * unbiased;
    }
}

/* Where value e of z goes: index in y, or -1 if pooling drops its row or column. */
static long output_of(const workings *w, size_t e)
{
    const fal_layer *l = w->layer;
    const size_t co = (size_t)l->co;
    const size_t pixel = e / co;
    const size_t i = pixel / (size_t)l->wc % (size_t)l->hc / (l->max_pool ? 2 : 1);
    const size_t j = pixel % (size_t)l->wc / (l->max_pool ? 2 : 1);
    const size_t k = pixel / (size_t)(l->hc * l->wc);
    if (i >= (size_t)l->ho || j >= (size_t)l->wo) {
        return -1;
    }
    return (long)(((k * (size_t)l->ho + i) * (size_t)l->wo + j) * co + e % co);
}

static double residual_at(const workings *w, size_t e)
{
    const fal_layer *l = w->layer;
    const int pixel = (int)(e / (size_t)l->co);
    if (w->unit->call.residual.at == NULL) {
        return 0.0;
    }
    const int k = pixel / (l->hc * l->wc);
    return (double)fal_map_pixel(&w->unit->call.residual, k, pixel / l->wc % l->hc, pixel % l->wc)[e % (size_t)l->co];
}

/* BN (of the batch or the running statistics), residual, ReLU, pooling: y, and for each output which z it came from. */
static void finish(workings *w, bool running, double *y, size_t *from)
{
    const fal_test_unit *unit = w->unit;
    const size_t co = (size_t)w->layer->co;
    memset(from, 0xff, w->values * sizeof *from);
    for (size_t e = 0; e < w->values; e++) {
        const size_t c = e % co;
        const double z = running ? w->z[e] + (double)unit->bias[c] : w->z[e];
        const double mean = running ? (double)unit->mean[c] : w->mean[c];
        const double var = running ? (double)unit->var[c] : w->var[c];
        double value = (z - mean) / sqrt(var + 1e-5) * (double)unit->gamma[c] + (double)unit->beta[c];
        value += residual_at(w, e);
        value = w->layer->relu ? fmax(value, 0.0) : value;
        const long to = output_of(w, e);
        if (to >= 0 && (from[to] == (size_t)-1 || value > y[to])) {
            y[to] = value;
            from[to] = e;
        }
    }
}

static double map_value(const fal_map *map, size_t index)
{
    const size_t pixel = index / (size_t)map->c;
    const int j = (int)(pixel % (size_t)map->w);
    const int i = (int)(pixel / (size_t)map->w % (size_t)map->h);
    const int k = (int)(pixel / (size_t)(map->w * map->h));
    return (double)fal_map_pixel(map, k, i, j)[index % (size_t)map->c];
}

static void backward(workings *w, fal_test_truth *truth, const size_t *from, size_t outputs)
{
    const fal_test_unit *unit = w->unit;
    const size_t co = (size_t)w->layer->co;
    const double count = (double)(w->values / co);
    for (size_t e = 0; e < outputs; e++) {
        if (!w->layer->relu || truth->y[e] > 0.0) {
            w->g[from[e]] += map_value(&unit->call.dy, e);
        }
    }
    for (size_t e = 0; e < w->values; e++) {
        const size_t c = e % co;
        truth->dbeta[c] += w->g[e];
        truth->dgamma[c] += w->g[e] * (w->z[e] - w->mean[c]) / sqrt(w->var[c] + 1e-5);
    }
    for (size_t e = 0; e < w->values; e++) {
        const size_t c = e % co;
        const double xhat = (w->z[e] - w->mean[c]) / sqrt(w->var[c] + 1e-5);
        w->dz[e] = (double)unit->gamma[c] / sqrt(w->var[c] + 1e-5) *
                   (w->g[e] - truth->dbeta[c] / count - xhat * truth->dgamma[c] / count);
        if (unit->call.dresidual.at != NULL) {
            truth->dresidual[e] = w->g[e] + (unit->call.add_dresidual ? map_value(&unit->call.dresidual, e) : 0.0);
        }
    }
}

void fal_test_truth_create(const fal_test_unit *unit, fal_test_truth *truth)
{
    const fal_layer *l = &unit->layer;
    const size_t co = (size_t)l->co;
    const size_t weights = co * (size_t)(l->ci / l->groups * l->kernel * l->kernel);
    const size_t outputs = (size_t)(unit->n * l->ho * l->wo) * co;
    const size_t inputs = (size_t)(unit->n * l->h * l->w * l->ci);
    *truth = (fal_test_truth){0};
    assert_ok(fal_arena_create(&truth->arena, ARENA, "truth"));
    fal_arena *arena = &truth->arena;
    workings w = {.unit = unit, .layer = l, .values = (size_t)(unit->n * l->hc * l->wc) * co};
    w.z = take(arena, w.values);
    w.g = take(arena, w.values);
    w.dz = take(arena, w.values);
    w.mean = take(arena, co);
    w.var = take(arena, co);
    size_t *from = fal_arena_take(arena, w.values * sizeof *from);
    truth->y = take(arena, outputs);
    truth->y_infer = take(arena, outputs);
    truth->dx = take(arena, inputs);
    truth->dresidual = take(arena, w.values);
    truth->dweight = take(arena, weights);
    truth->dgamma = take(arena, co);
    truth->dbeta = take(arena, co);
    truth->mean = take(arena, co);
    truth->var = take(arena, co);
    for_all_taps(&w, NULL);
    take_statistics(&w, truth);
    finish(&w, true, truth->y_infer, from);
    finish(&w, false, truth->y, from);
    backward(&w, truth, from, outputs);
    for (size_t e = 0; unit->call.add_dx && e < inputs; e++) {
        truth->dx[e] = map_value(&unit->call.dx, e);
    }
    for_all_taps(&w, truth);
}

void fal_test_truth_destroy(fal_test_truth *truth) { fal_arena_destroy(&truth->arena); }
