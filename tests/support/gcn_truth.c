/* gcnal's network in double. A' v = X (X' (D^-1 v)) - D^-1 v + v, D_j = <x_j, sum of x> - 1.
 *
 * Errors of the gradient: the gradient at the output goes back through A', a sum over all nodes in which pool and
 * labelled images nearly cancel. What that is off by is common to all nodes, so it is added up linearly, with the sizes
 * of the terms. A unit closer to ReLU's kink than its own rounding counts as a whole. */
#include "gcn_truth.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

enum { H = FAL_GCN_HIDDEN };
static const double keep = 0.7;
static const double pool_weight = 1.2;

double *fal_test_gcn_part(fal_gcn_weights *w, int part)
{
    double *const parts[FAL_TEST_GCN_PARTS] = {w->w1, w->b1, w->w3, &w->b3};
    return parts[part];
}

int64_t fal_test_gcn_count(int d, int part)
{
    const int64_t count[FAL_TEST_GCN_PARTS] = {(int64_t)d * H, H, H, 1};
    return count[part];
}

static double *zeros(int64_t count)
{
    double *values = NULL;
    assert_ok(fal_alloc(&values, (size_t)count, sizeof *values, "test"));
    return values;
}

static double dot(const double *a, const double *b, int count)
{
    double sum = 0.0;
    for (int e = 0; e < count; e++) {
        sum += a[e] * b[e];
    }
    return sum;
}

/* out [width] += factor row */
static void add(double factor, const double *row, int width, double *out)
{
    for (int e = 0; e < width; e++) {
        out[e] += factor * row[e];
    }
}

void fal_test_gcn_create(const float *pool, int64_t n, const float *labelled, int64_t m, int d, fal_test_gcn *g)
{
    *g = (fal_test_gcn){.nodes = n + m, .labelled = m, .d = d};
    double *sum = zeros(d), *square = zeros((int64_t)d * d), *square_size = zeros((int64_t)d * d);
    g->x = zeros(g->nodes * d);
    g->ax = zeros(g->nodes * d);
    g->ax_size = zeros(g->nodes * d);
    g->inverse = zeros(g->nodes);
    g->hidden = zeros(g->nodes * H);
    g->output = zeros(g->nodes);
    g->gradient.w1 = zeros((int64_t)d * H);
    g->error.w1 = zeros((int64_t)d * H);
    g->rounding = FLT_EPSILON / 2.0 * (sqrt((double)g->nodes) + sqrt((double)d));
    for (int64_t i = 0; i < g->nodes; i++) {
        const float *z = i < n ? pool + i * d : labelled + (i - n) * d;
        double *x = g->x + i * d;
        for (int e = 0; e < d; e++) {
            x[e] = (double)z[e];
        }
        const double norm = fmax(sqrt(dot(x, x, d)), 1e-12);
        for (int e = 0; e < d; e++) {
            x[e] /= norm;
        }
        add(1.0, x, d, sum);
    }
    for (int64_t i = 0; i < g->nodes; i++) {
        const double degree = dot(g->x + i * d, sum, d) - 1.0;
        g->inverse[i] = fabs(degree) < 1e-12 ? 0.0 : 1.0 / degree;
        for (int e = 0; e < d; e++) { /* x is not negative */
            add(g->inverse[i] * g->x[i * d + e], g->x + i * d, d, square + (int64_t)e * d);
            add(fabs(g->inverse[i]) * g->x[i * d + e], g->x + i * d, d, square_size + (int64_t)e * d);
        }
    }
    for (int64_t i = 0; i < g->nodes; i++) {
        for (int e = 0; e < d; e++) {
            add(g->x[i * d + e], square + (int64_t)e * d, d, g->ax + i * d);
            add(g->x[i * d + e], square_size + (int64_t)e * d, d, g->ax_size + i * d);
        }
        add(1.0 - g->inverse[i], g->x + i * d, d, g->ax + i * d);
        add(1.0 + fabs(g->inverse[i]), g->x + i * d, d, g->ax_size + i * d);
    }
    fal_free(square_size);
    fal_free(square);
    fal_free(sum);
}

void fal_test_gcn_destroy(fal_test_gcn *g)
{
    double *const all[] = {g->x, g->ax, g->ax_size, g->inverse, g->hidden, g->output, g->gradient.w1, g->error.w1};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fal_free(all[i]);
    }
}

static double kept(const unsigned char *mask, int64_t i, int j)
{
    if (mask == NULL) {
        return 1.0;
    }
    return (mask[i * (H / 8) + j / 8] >> (7 - j % 8) & 1) != 0 ? 1.0 / keep : 0.0;
}

/* pre [nodes][H] before ReLU: hidden, output. size, reach [nodes]: of the terms of pre, of the output. */
static void forward(fal_test_gcn *g, const fal_gcn_weights *w, const unsigned char *mask, double *pre, double *size,
                    double *reach)
{
    double *v = zeros(g->nodes), *sum = zeros((int64_t)2 * g->d);
    for (int64_t i = 0; i < g->nodes; i++) {
        for (int e = 0; e < g->d; e++) {
            for (int j = 0; j < H; j++) {
                pre[i * H + j] += g->ax[i * g->d + e] * w->w1[(int64_t)e * H + j];
                size[i * H + j] += g->ax_size[i * g->d + e] * fabs(w->w1[(int64_t)e * H + j]);
            }
        }
        for (int j = 0; j < H; j++) {
            size[i * H + j] += fabs(w->b1[j]);
            pre[i * H + j] += w->b1[j];
            g->hidden[i * H + j] = fmax(pre[i * H + j], 0.0) * kept(mask, i, j);
            reach[i] += pre[i * H + j] > 0.0 ? fabs(w->w3[j]) * size[i * H + j] * kept(mask, i, j) : 0.0;
        }
        v[i] = dot(g->hidden + i * H, w->w3, H);
        add(g->inverse[i] * v[i], g->x + i * g->d, g->d, sum);
        add(fabs(g->inverse[i]) * reach[i], g->x + i * g->d, g->d, sum + g->d);
    }
    for (int64_t i = 0; i < g->nodes; i++) {
        g->output[i] = dot(g->x + i * g->d, sum, g->d) - g->inverse[i] * v[i] + v[i] + w->b3;
        reach[i] += dot(g->x + i * g->d, sum + g->d, g->d) + fabs(g->inverse[i]) * reach[i] + fabs(w->b3);
    }
    fal_free(sum);
    fal_free(v);
}

/* go [nodes], the gradient of the loss at the output. */
static void outer_gradient(fal_test_gcn *g, double *go)
{
    const int64_t n = g->nodes - g->labelled;
    g->loss = 0.0;
    for (int64_t i = 0; i < g->nodes; i++) {
        const double o = g->output[i], s = 1.0 / (1.0 + exp(-o));
        const double share = i < n ? pool_weight / (double)n : 1.0 / (double)g->labelled;
        const double x = i < n ? o : -o; /* ln (1 + e^x) */
        g->loss += share * (fmax(x, 0.0) + log1p(exp(-fabs(x))));
        go[i] = share * (i < n ? s : s - 1.0);
    }
}

static void clear(fal_gcn_weights *w, int d)
{
    for (int part = 0; part < FAL_TEST_GCN_PARTS; part++) {
        memset(fal_test_gcn_part(w, part), 0, (size_t)fal_test_gcn_count(d, part) * sizeof(double));
    }
}

/* The gradient at node i's sum over units, t = D^-1 (<x_i, sum> - go) + go, and the size of what it is a sum of. */
static double through_adjacency(const fal_test_gcn *g, int64_t i, double go, double go_size, const double *sum,
                                double *size)
{
    double value = -go, terms = go_size;
    for (int e = 0; e < g->d; e++) {
        value += g->x[i * g->d + e] * sum[e];
        terms += fabs(g->x[i * g->d + e]) * sum[g->d + e];
    }
    *size = fabs(g->inverse[i]) * terms + go_size;
    return g->inverse[i] * value + go;
}

void fal_test_gcn_pass(fal_test_gcn *g, const fal_gcn_weights *w, const unsigned char *mask)
{
    double *pre = zeros(g->nodes * H), *size = zeros(g->nodes * H), *go = zeros(g->nodes);
    double *reach = zeros(g->nodes), *sum = zeros((int64_t)2 * g->d); /* of go x, and of their sizes */
    forward(g, w, mask, pre, size, reach);
    outer_gradient(g, go);
    clear(&g->gradient, g->d);
    clear(&g->error, g->d);
    for (int64_t i = 0; i < g->nodes; i++) {
        reach[i] = fabs(go[i]) * (1.0 + reach[i]); /* a sigmoid is off by its argument's error, of itself */
        add(go[i], g->x + i * g->d, g->d, sum);
        add(reach[i], g->x + i * g->d, g->d, sum + g->d);
        g->gradient.b3 += go[i];
        g->error.b3 += g->rounding * reach[i];
    }
    for (int64_t i = 0; i < g->nodes; i++) {
        double terms = 0.0;
        const double t = through_adjacency(g, i, go[i], reach[i], sum, &terms), off = g->rounding * terms;
        for (int j = 0; j < H; j++) {
            const bool undecided = fabs(pre[i * H + j]) <= g->rounding * size[i * H + j];
            const double unit = w->w3[j] * kept(mask, i, j), back = pre[i * H + j] > 0.0 ? t * unit : 0.0;
            const double error = undecided ? fabs(t * unit) : back != 0.0 ? off * fabs(unit) : 0.0;
            g->gradient.w3[j] += t * g->hidden[i * H + j];
            g->error.w3[j] += off * g->hidden[i * H + j] + fabs(t) * g->rounding * size[i * H + j] * kept(mask, i, j);
            g->gradient.b1[j] += back;
            g->error.b1[j] += error;
            for (int e = 0; (back != 0.0 || undecided) && e < g->d; e++) {
                g->gradient.w1[(int64_t)e * H + j] += g->ax[i * g->d + e] * back;
                g->error.w1[(int64_t)e * H + j] +=
                    fabs(g->ax[i * g->d + e]) * error + g->rounding * g->ax_size[i * g->d + e] * fabs(back);
            }
        }
    }
    fal_free(sum);
    fal_free(reach);
    fal_free(go);
    fal_free(size);
    fal_free(pre);
}
