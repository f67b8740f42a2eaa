/* What a convolution unit should give, in double and by the formulas as they stand in a textbook, and how far off it
 * float32 may be.
 *
 * A float32 sum of K products t has a rounding error of about u / sqrt(3) sqrt(K / 2) |t| (|t|: root of the sum of
 * squares, u = 2^-24): each of its K additions rounds a partial sum, which grows like the root of the terms so far.
 * u sqrt(K) |t| is 2.4 such standard deviations, whatever order a library adds in, since other orders have smaller
 * partial sums. Transforms multiply it (fal_test_rounding). All that follows is first order: what the terms are off by
 * is carried through the formula as it stands, so that batch normalisation multiplies by 1 / std, be it of three
 * values; what is carried is added up linearly, independent parts of a sum as a root of squares. So a test asks for
 * FAL_TEST_DEVIATIONS = 4 of these errors: ten standard deviations, enough for the worst of a million values, on any
 * machine. A term left out, or rounded to fewer bits, is off by hundreds. */
#include "unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double u = FLT_EPSILON / 2.0;

typedef struct {
    const fal_test_unit *unit;
    const fal_layer *layer;
    const fal_test_rounding *rounding;
    size_t values;               /* of z: n hc wc co */
    double count;                /* of a channel */
    double *z, *g, *dz;          /* [values] */
    double *z_error, *dz_error;  /* [values] */
    double *squares;             /* [values] of z's terms, then [inputs] of dx's */
    double *weight_squares;      /* [weights] */
    double *mean, *var;          /* of the batch */
    double *mean_error, *spread; /* [co] of the mean; of the standard deviation, relative */
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
        double sum = 0.0, square = 0.0;
        for (size_t c = 0; c < channels; c++) {
            const double term = (double)images[c] * (double)weights[c * taps];
            sum += term;
            square += term * term;
        }
        w->z[z] += sum;
        w->squares[z] += square;
        return;
    }
    const double dz = w->dz[z], off = w->dz_error[z];
    for (size_t c = 0; c < channels; c++) {
        const double a = (double)images[c], b = (double)weights[c * taps];
        truth->dx[x + c] += dz * b;
        truth->dx_error[x + c] += off * fabs(b);
        w->squares[x + c] += dz * b * dz * b;
        truth->dweight[weight + c * taps] += dz * a;
        truth->dweight_error[weight + c * taps] += off * fabs(a);
        w->weight_squares[weight + c * taps] += dz * a * dz * a;
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

/* error += the rounding of sums of `terms` products with these sums of squares; values [runs][length][width]. Where an
 * implementation mixes the values of a run, each has its mean square. */
static void add_rounding(const workings *w, double factor, double terms, const double *squares, size_t runs,
                         size_t length, size_t width, double *error)
{
    for (size_t r = 0; r < runs; r++, squares += length * width, error += length * width) {
        for (size_t c = 0; c < width; c++) {
            double mean = 0.0;
            for (size_t i = 0; i < length; i++) {
                mean += squares[i * width + c] / (double)length;
            }
            for (size_t i = 0; i < length; i++) {
                const double square = w->rounding->mixes ? mean : squares[i * width + c];
                error[i * width + c] += factor * u * sqrt(terms * square);
            }
        }
    }
}

static void take_statistics(workings *w, fal_test_truth *truth)
{
    const size_t co = (size_t)w->layer->co;
    for (size_t e = 0; e < w->values; e++) {
        w->mean[e % co] += w->z[e] / w->count;
        w->mean_error[e % co] += w->z_error[e] / w->count;
    }
    for (size_t e = 0; e < w->values; e++) {
        const double apart = w->z[e] - w->mean[e % co];
        w->var[e % co] += apart * apart / w->count;
        w->spread[e % co] += fabs(apart) * w->z_error[e] / w->count; /* of var / 2 */
    }
    for (size_t c = 0; c < co; c++) {
        const double unbiased = w->count > 1.0 ? w->count / (w->count - 1.0) : 1.0;
        truth->mean[c] = 0.9 * (double)w->unit->mean[c] + 0.1 * (w->mean[c] + (double)w->unit->bias[c]);
        truth->var[c] = 0.9 * (double)w->unit->var[c] + 0.1 * unbiased * w->var[c];
        truth->mean_error[c] = 0.1 * w->mean_error[c] + u * fabs(truth->mean[c]);
        truth->var_error[c] = 0.2 * unbiased * w->spread[c] + u * truth->var[c];
        w->spread[c] /= w->var[c] + 1e-5;
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

/* Value e of z after BN (of the batch or the running statistics) and residual. */
static double normalised(const workings *w, bool running, size_t e, double *error)
{
    const fal_test_unit *unit = w->unit;
    const size_t c = e % (size_t)w->layer->co;
    const double z = w->z[e], mean = running ? (double)unit->mean[c] - (double)unit->bias[c] : w->mean[c];
    const double rstd = 1.0 / sqrt((running ? (double)unit->var[c] : w->var[c]) + 1e-5);
    const double scale = rstd * (double)unit->gamma[c], beta = (double)unit->beta[c], residual = residual_at(w, e);
    const double value = (z - mean) * scale;
    *error = fabs(scale) * (w->z_error[e] + u * (fabs(z) + fabs(mean))) + u * (fabs(value) + fabs(beta));
    *error += running ? 0.0 : fabs(scale) * w->mean_error[c] + fabs(value) * w->spread[c];
    *error += residual != 0.0 ? u * (fabs(value + beta) + fabs(residual)) : 0.0;
    return value + beta + residual;
}

/* BN, residual, ReLU, pooling: y, its error, and for each output which z it came from. undecided: where another z, or
 * the other side of ReLU, is within what both may be off by; NULL: don't ask. */
static void finish(workings *w, bool running, double *y, double *y_error, size_t *from, unsigned char *undecided)
{
    memset(from, 0xff, w->values * sizeof *from);
    for (size_t e = 0; e < w->values; e++) {
        double error = 0.0;
        const double value = normalised(w, running, e, &error);
        const long to = output_of(w, e);
        if (to < 0) {
            continue;
        }
        const double both = FAL_TEST_DEVIATIONS * (error + y_error[to]);
        const bool other = from[to] != (size_t)-1, close = other && fabs(value - y[to]) <= both;
        if (undecided != NULL) { /* close to the largest so far; what is smaller no longer counts */
            undecided[to] = close || (undecided[to] && !(value > y[to] + both));
        }
        y_error[to] = !other || value > y[to] + both ? error : close ? fmax(error, y_error[to]) : y_error[to];
        if (!other || value > y[to]) {
            y[to] = value;
            from[to] = e;
        }
    }
    for (size_t e = 0; w->layer->relu && e < w->values; e++) {
        const long to = output_of(w, e);
        if (to >= 0 && from[to] == e) {
            const double off = FAL_TEST_DEVIATIONS * y_error[to];
            if (undecided != NULL) { /* all below zero: no matter which is the largest */
                undecided[to] = y[to] >= -off && (undecided[to] || y[to] <= off);
            }
            y[to] = fmax(y[to], 0.0);
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

/* g, the gradient after BN, where it came from; dgamma and dbeta. */
static void backward_sums(workings *w, fal_test_truth *truth, const size_t *from, size_t outputs, double *dot)
{
    const size_t co = (size_t)w->layer->co;
    for (size_t e = 0; e < outputs; e++) {
        if ((!w->layer->relu || truth->y[e] > 0.0) && !truth->undecided[e]) {
            w->g[from[e]] += map_value(&w->unit->call.dy, e);
        }
        truth->undecided_count += truth->undecided[e];
    }
    /* dot [3][co]: squares of g, of g xhat, and of g times what xhat is off by on its own. */
    for (size_t e = 0; e < w->values; e++) {
        const size_t c = e % co;
        const double rstd = 1.0 / sqrt(w->var[c] + 1e-5), xhat = (w->z[e] - w->mean[c]) * rstd, g = w->g[e];
        const double own = g * rstd * w->z_error[e];
        truth->dbeta[c] += g;
        truth->dgamma[c] += g * xhat;
        dot[c] += g * g;
        dot[co + c] += g * xhat * g * xhat;
        dot[2 * co + c] += own * own;
    }
    for (size_t c = 0; c < co; c++) {
        const double rstd = 1.0 / sqrt(w->var[c] + 1e-5), shift = rstd * (w->mean_error[c] + u * fabs(w->mean[c]));
        truth->dbeta_error[c] = u * sqrt(w->count * dot[c]) + u * fabs(truth->dbeta[c]);
        truth->dgamma_error[c] = u * sqrt(w->count * dot[co + c]) + sqrt(dot[2 * co + c]) + u * fabs(truth->dgamma[c]) +
                                 shift * fabs(truth->dbeta[c]) + w->spread[c] * fabs(truth->dgamma[c]);
    }
}

static void backward(workings *w, fal_test_truth *truth)
{
    const fal_test_unit *unit = w->unit;
    const size_t co = (size_t)w->layer->co;
    for (size_t e = 0; e < w->values; e++) {
        const size_t c = e % co;
        const double rstd = 1.0 / sqrt(w->var[c] + 1e-5), scale = (double)unit->gamma[c] * rstd, g = w->g[e];
        const double xhat = (w->z[e] - w->mean[c]) * rstd;
        const double mean = truth->dbeta[c] / w->count, slope = truth->dgamma[c] / w->count;
        const double off = rstd * (w->z_error[e] + w->mean_error[c] + u * (fabs(w->z[e]) + fabs(w->mean[c]))) +
                           fabs(xhat) * w->spread[c];
        w->dz[e] = scale * (g - mean - xhat * slope);
        w->dz_error[e] =
            fabs(w->dz[e]) * w->spread[c] +
            fabs(scale) * (truth->dbeta_error[c] / w->count + fabs(xhat) * truth->dgamma_error[c] / w->count +
                           off * fabs(slope) + u * (fabs(g) + fabs(mean) + fabs(xhat * slope)));
        if (unit->call.dresidual.at != NULL) {
            truth->dresidual[e] = g + (unit->call.add_dresidual ? map_value(&unit->call.dresidual, e) : 0.0);
            truth->dresidual_error[e] = u * fabs(truth->dresidual[e]);
        }
    }
}

/* Room for everything: some twenty arrays of values, inputs and weights. */
static size_t arena_bytes(const workings *w, size_t inputs, size_t weights)
{
    return (20 * w->values + 4 * inputs + 4 * weights + 32 * (size_t)w->layer->co) * sizeof(double) + (1 << 16);
}

static void take_all(workings *w, fal_test_truth *truth, size_t outputs, size_t inputs, size_t weights)
{
    fal_arena *arena = &truth->arena;
    const size_t co = (size_t)w->layer->co;
    double **const of_values[] = {
        &w->z, &w->g, &w->dz, &w->z_error, &w->dz_error, &truth->dresidual, &truth->dresidual_error};
    double **const of_outputs[] = {&truth->y, &truth->y_infer, &truth->y_error, &truth->y_infer_error};
    double **const of_weights[] = {&truth->dweight, &truth->dweight_error, &w->weight_squares};
    double **const of_channels[] = {
        &w->mean,     &w->var,     &w->mean_error,       &w->spread,          &truth->dgamma,     &truth->dbeta,
        &truth->mean, &truth->var, &truth->dgamma_error, &truth->dbeta_error, &truth->mean_error, &truth->var_error};
    for (size_t i = 0; i < sizeof of_values / sizeof of_values[0]; i++) {
        *of_values[i] = take(arena, w->values);
    }
    for (size_t i = 0; i < sizeof of_outputs / sizeof of_outputs[0]; i++) {
        *of_outputs[i] = take(arena, outputs);
    }
    for (size_t i = 0; i < sizeof of_weights / sizeof of_weights[0]; i++) {
        *of_weights[i] = take(arena, weights);
    }
    for (size_t i = 0; i < sizeof of_channels / sizeof of_channels[0]; i++) {
        *of_channels[i] = take(arena, co);
    }
    truth->dx = take(arena, inputs);
    truth->dx_error = take(arena, inputs);
    w->squares = take(arena, inputs > w->values ? inputs : w->values);
    truth->undecided = fal_arena_take(arena, outputs);
    memset(truth->undecided, 0, outputs);
}

void fal_test_truth_create(const fal_test_unit *unit, const fal_test_rounding *rounding, fal_test_truth *truth)
{
    const fal_layer *l = &unit->layer;
    const size_t n = (size_t)unit->n, co = (size_t)l->co, ci = (size_t)l->ci, taps = (size_t)(l->kernel * l->kernel);
    const size_t fan_in = ci / (size_t)l->groups * taps, weights = co * fan_in, fan_out = co / (size_t)l->groups * taps;
    const size_t pixels = (size_t)(l->hc * l->wc), outputs = n * (size_t)(l->ho * l->wo) * co;
    const size_t inputs = n * (size_t)(l->h * l->w) * ci;
    workings w = {.unit = unit, .layer = l, .rounding = rounding, .values = n * pixels * co};
    w.count = (double)(n * pixels);
    *truth = (fal_test_truth){0};
    assert_ok(fal_arena_create(&truth->arena, arena_bytes(&w, inputs, weights), "truth"));
    take_all(&w, truth, outputs, inputs, weights);
    size_t *from = fal_arena_take(&truth->arena, w.values * sizeof *from);
    for_all_taps(&w, NULL);
    add_rounding(&w, rounding->forward, (double)fan_in, w.squares, n, pixels, co, w.z_error);
    for (size_t e = 0; e < w.values; e++) {
        w.z_error[e] += u * fabs(w.z[e]);
    }
    take_statistics(&w, truth);
    finish(&w, true, truth->y_infer, truth->y_infer_error, from, NULL);
    finish(&w, false, truth->y, truth->y_error, from, truth->undecided);
    backward_sums(&w, truth, from, outputs, take(&truth->arena, 3 * co));
    backward(&w, truth);
    memset(w.squares, 0, inputs * sizeof *w.squares);
    for_all_taps(&w, truth);
    add_rounding(&w, rounding->data, (double)fan_out, w.squares, n, (size_t)(l->h * l->w), ci, truth->dx_error);
    add_rounding(&w, rounding->weight, w.count, w.weight_squares, weights / taps, taps, 1, truth->dweight_error);
    for (size_t e = 0; e < inputs; e++) { /* tap by tap may be added to what is there */
        const double before = unit->call.add_dx ? map_value(&unit->call.dx, e) : 0.0;
        truth->dx_error[e] += u * (fabs(truth->dx[e]) + sqrt((double)taps) * fabs(before));
        truth->dx[e] += before;
    }
    for (size_t e = 0; e < weights; e++) {
        truth->dweight_error[e] += u * fabs(truth->dweight[e]);
    }
}

void fal_test_truth_destroy(fal_test_truth *truth) { fal_arena_destroy(&truth->arena); }
