/* Single layers against PyTorch's float64 numbers (nn_layers.h5), as far as they are units of ours: a convolution is
 * seen through a BN that does nothing, BN and pooling behind a convolution that copies. Gradients of convolutions
 * alone do not exist here (BN is between): tests/nn/test_kernels.c and the whole networks have them. */
#include "unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/io/h5.h"
#include "nn/average_pool.h"
#include "nn/head.h"

/* Units: FAL_TEST_DEVIATIONS times what float32 may be off by, element by element (tests/support/unit_truth.c). The
 * rest is computed in double and rounded once or twice; the stored numbers are right to 1e-10. Of a whole array's size.
 */
static const double rounded = 4.0 * FLT_EPSILON / 2.0;

typedef struct {
    fal_h5 *file;
    fal_cpu cpu;
    int seen; /* cases that were compared */
} layers;

typedef struct {
    fal_h5_shape shape;
    float *f;  /* inputs */
    double *d; /* results */
} array;

static array read_array(const layers *all, const char *group, const char *name)
{
    char path[128];
    array a = {0};
    void *values = NULL;
    (void)snprintf(path, sizeof path, "/%s/%s", group, name);
    assert_ok(fal_h5_read_new(all->file, path, &a.shape, (size_t)1 << 26, &values));
    a.f = a.shape.type == FAL_H5_FLOAT ? values : NULL;
    a.d = a.shape.type == FAL_H5_DOUBLE ? values : NULL;
    assert_true(a.f != NULL || a.d != NULL);
    return a;
}

static void free_array(array *a)
{
    fal_free(a->f);
    fal_free(a->d);
}

/* NCHW -> NHWC in place. */
static void turn(const array *a)
{
    const size_t n = (size_t)a->shape.dims[0];
    const size_t c = (size_t)a->shape.dims[1];
    const size_t pixels = (size_t)(a->shape.dims[2] * a->shape.dims[3]);
    const size_t size = fal_h5_type_bytes(a->shape.type);
    unsigned char *at = a->f != NULL ? (void *)a->f : (void *)a->d;
    unsigned char *copy = NULL;
    assert_ok(fal_alloc(&copy, n * c * pixels, size, "test"));
    memcpy(copy, at, n * c * pixels * size);
    for (size_t e = 0; e < n * c * pixels; e++) {
        const size_t k = e / (c * pixels);
        memcpy(at + (k * c * pixels + e % pixels * c + e / pixels % c) * size, copy + e * size, size);
    }
    fal_free(copy);
}

static array read_images(const layers *all, const char *group, const char *name)
{
    const array a = read_array(all, group, name);
    if (a.shape.rank == 4) { /* else [n][c], one pixel */
        turn(&a);
    }
    return a;
}

static void fill(const fal_map *map, int n, const float *from)
{
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < map->h; i++) {
            for (int j = 0; j < map->w; j++, from += map->c) {
                memcpy(fal_map_pixel(map, k, i, j), from, (size_t)map->c * sizeof *from);
            }
        }
    }
}

static void within(const char *group, const char *kernel, const char *what, double error, double limit)
{
    if (!(error <= limit)) {
        fail_msg("%s, %s: %s is off by %.2e, allowed %.2e", group, kernel, what, error, limit);
    }
}

/* Against the stored numbers, in units of what the truth says that float32 may be off by. */
static void map_within(const char *group, const char *kernel, const char *what, const fal_map *map, int n,
                       const array *stored, const double *error)
{
    within(group, kernel, what, fal_test_map_worst(map, n, stored->d, error), FAL_TEST_DEVIATIONS);
}

static void values_within(const char *group, const char *kernel, const char *what, const float *values,
                          const array *stored, const double *error)
{
    const size_t count = (size_t)fal_h5_elements(&stored->shape);
    within(group, kernel, what, fal_test_worst(values, stored->d, error, count), FAL_TEST_DEVIATIONS);
}

/* relative error |a - b| / |b| of a map */
static double map_error(const fal_map *map, int n, const double *truth)
{
    double apart = 0.0;
    double size = 0.0;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < map->h; i++) {
            for (int j = 0; j < map->w; j++) {
                for (int c = 0; c < map->c; c++, truth++) {
                    const double e = (double)fal_map_pixel(map, k, i, j)[c] - *truth;
                    apart += e * e;
                    size += *truth * *truth;
                }
            }
        }
    }
    return sqrt(apart / size);
}

static double error_of(const float *a, const array *b)
{
    double apart = 0.0;
    double size = 0.0;
    for (int64_t i = 0; i < fal_h5_elements(&b->shape); i++) {
        apart += ((double)a[i] - b->d[i]) * ((double)a[i] - b->d[i]);
        size += b->d[i] * b->d[i];
    }
    return size > 0.0 ? sqrt(apart / size) : sqrt(apart);
}

/* The next kernel that takes the layer; *number counts. */
static const fal_conv_kernel *next_kernel(const layers *all, const fal_layer *layer, int *number)
{
    const fal_conv_kernel *kernel = NULL;
    while ((kernel = fal_kernels_number((*number)++)) != NULL && !kernel->fits(layer, &all->cpu)) {
    }
    return kernel;
}

/* BN that leaves z alone but for the bias. */
static void make_bn_neutral(fal_test_unit *unit, const float *bias)
{
    for (int c = 0; c < unit->layer.co; c++) {
        unit->gamma[c] = 1.0F;
        unit->beta[c] = bias == NULL ? 0.0F : bias[c];
        unit->bias[c] = 0.0F;
        unit->mean[c] = 0.0F;
        unit->var[c] = (float)(1.0 - FAL_BN_EPS);
    }
}

static void check_conv(layers *all, const char *group)
{
    char path[128];
    int64_t stride = 0;
    int64_t groups = 0;
    (void)snprintf(path, sizeof path, "/%s", group);
    assert_ok(fal_h5_get_int(all->file, path, "stride", &stride));
    assert_ok(fal_h5_get_int(all->file, path, "groups", &groups));
    array x = read_images(all, group, "x");
    array w = read_array(all, group, "w");
    array y = read_images(all, group, "y");
    (void)snprintf(path, sizeof path, "/%s/b", group);
    array b = fal_h5_has(all->file, path) ? read_array(all, group, "b") : (array){0};
    fal_layer layer = {.h = (int)x.shape.dims[2], .w = (int)x.shape.dims[3], .ci = (int)x.shape.dims[1]};
    layer.co = (int)w.shape.dims[0];
    layer.kernel = (int)w.shape.dims[2];
    layer.pad = layer.kernel / 2;
    layer.stride = (int)stride;
    layer.groups = (int)groups;
    const int n = (int)x.shape.dims[0];
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = next_kernel(all, &layer, &number)) != NULL;) {
        fal_test_unit unit;
        fal_test_truth truth;
        fal_test_unit_create(&unit, &layer, kernel, n, false);
        memcpy(unit.images, x.f, (size_t)fal_h5_elements(&x.shape) * sizeof(float));
        memcpy(unit.weight, w.f, (size_t)fal_h5_elements(&w.shape) * sizeof(float));
        make_bn_neutral(&unit, b.f);
        fal_test_unit_load(&unit);
        fal_test_truth_create(&unit, fal_test_rounding_of(kernel), &truth);
        fal_test_unit_infer(&unit);
        map_within(group, kernel->name, "y", &unit.call.y, n, &y, truth.y_infer_error);
        fal_test_truth_destroy(&truth);
        fal_test_unit_destroy(&unit);
    }
    free_array(&b);
    free_array(&y);
    free_array(&w);
    free_array(&x);
    all->seen++;
}

/* A unit whose convolution copies its input: 1x1 with the unit matrix. */
static fal_layer copying_layer(const array *x)
{
    fal_layer layer = {.h = (int)x->shape.dims[2], .w = (int)x->shape.dims[3], .ci = (int)x->shape.dims[1]};
    layer.co = layer.ci;
    layer.kernel = layer.stride = layer.groups = 1;
    return layer;
}

static void copying_unit(fal_test_unit *unit, const fal_layer *layer, const fal_conv_kernel *kernel, const array *x)
{
    fal_test_unit_create(unit, layer, kernel, (int)x->shape.dims[0], false);
    memcpy(unit->images, x->f, (size_t)fal_h5_elements(&x->shape) * sizeof(float));
    memset(unit->weight, 0, (size_t)(layer->co * layer->ci) * sizeof(float));
    for (int c = 0; c < layer->co; c++) {
        unit->weight[c * layer->ci + c] = 1.0F;
    }
    make_bn_neutral(unit, NULL);
    fal_test_unit_load(unit);
}

static void check_batchnorm_unit(layers *all, const char *group, const fal_conv_kernel *kernel, const array *x)
{
    char path[128];
    fal_test_unit unit;
    fal_test_truth truth;
    const fal_layer layer = copying_layer(x);
    const int n = (int)x->shape.dims[0];
    const size_t co = (size_t)layer.co;
    const bool train = strncmp(group, "batchnorm_eval", 14) != 0;
    array gamma = read_array(all, group, "weight");
    array beta = read_array(all, group, "bias");
    array y = read_images(all, group, "y");
    copying_unit(&unit, &layer, kernel, x);
    memcpy(unit.gamma, gamma.f, co * sizeof(float));
    memcpy(unit.beta, beta.f, co * sizeof(float));
    (void)snprintf(path, sizeof path, "/%s/running_mean_before", group);
    const bool running = fal_h5_has(all->file, path);
    if (running) {
        array mean = read_array(all, group, "running_mean_before");
        array var = read_array(all, group, "running_var_before");
        for (size_t c = 0; c < co; c++) {
            unit.mean[c] = mean.f != NULL ? mean.f[c] : (float)mean.d[c];
            unit.var[c] = var.f != NULL ? var.f[c] : (float)var.d[c];
        }
        free_array(&var);
        free_array(&mean);
    }
    if (!train) {
        fal_test_truth_create(&unit, fal_test_rounding_of(kernel), &truth);
        fal_test_unit_infer(&unit);
        map_within(group, kernel->name, "y", &unit.call.y, n, &y, truth.y_infer_error);
    } else {
        array dy = read_images(all, group, "dy");
        array dx = read_images(all, group, "dx");
        array dgamma = read_array(all, group, "dweight");
        array dbeta = read_array(all, group, "dbias");
        fill(&unit.call.dy, n, dy.f);
        fal_test_truth_create(&unit, fal_test_rounding_of(kernel), &truth);
        fal_test_unit_train(&unit);
        fal_test_unit_backward(&unit);
        map_within(group, kernel->name, "y", &unit.call.y, n, &y, truth.y_error);
        map_within(group, kernel->name, "dx", &unit.call.dx, n, &dx, truth.dx_error);
        values_within(group, kernel->name, "dgamma", unit.call.dgamma, &dgamma, truth.dgamma_error);
        values_within(group, kernel->name, "dbeta", unit.call.dbeta, &dbeta, truth.dbeta_error);
        if (running) {
            array mean = read_array(all, group, "running_mean_after");
            array var = read_array(all, group, "running_var_after");
            values_within(group, kernel->name, "running mean", unit.mean, &mean, truth.mean_error);
            values_within(group, kernel->name, "running var", unit.var, &var, truth.var_error);
            free_array(&var);
            free_array(&mean);
        }
        free_array(&dbeta);
        free_array(&dgamma);
        free_array(&dx);
        free_array(&dy);
    }
    fal_test_truth_destroy(&truth);
    fal_test_unit_destroy(&unit);
    free_array(&y);
    free_array(&beta);
    free_array(&gamma);
}

static void check_batchnorm(layers *all, const char *group)
{
    array x = read_images(all, group, "x");
    const fal_layer layer = copying_layer(&x);
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = next_kernel(all, &layer, &number)) != NULL;) {
        check_batchnorm_unit(all, group, kernel, &x);
    }
    free_array(&x);
    all->seen++;
}

/* Forward only: in training BN would be between. relu_maxpool2_*, maxpool2_*, residual_relu_*. */
static void check_pointwise(layers *all, const char *group)
{
    array x = read_images(all, group, "x");
    array y = read_images(all, group, "y");
    const bool residual = strncmp(group, "residual", 8) == 0;
    const int n = (int)x.shape.dims[0];
    fal_layer layer = copying_layer(&x);
    layer.relu = strstr(group, "relu") != NULL;
    layer.max_pool = !residual;
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = next_kernel(all, &layer, &number)) != NULL;) {
        fal_test_unit unit;
        fal_test_truth truth;
        copying_unit(&unit, &layer, kernel, &x);
        array z = residual ? read_images(all, group, "z") : (array){0};
        fal_map map = fal_kernels_map(layer.h, layer.w, layer.co);
        if (residual) {
            assert_ok(fal_alloc(&map.at, (size_t)n * map.image, sizeof(float), "test"));
            fill(&map, n, z.f);
            unit.call.residual = map;
        }
        fal_test_truth_create(&unit, fal_test_rounding_of(kernel), &truth);
        fal_test_unit_infer(&unit);
        map_within(group, kernel->name, "y", &unit.call.y, n, &y, truth.y_infer_error);
        fal_test_truth_destroy(&truth);
        fal_free(map.at);
        free_array(&z);
        fal_test_unit_destroy(&unit);
    }
    free_array(&y);
    free_array(&x);
    all->seen++;
}

static void check_average_pool(layers *all, const char *group)
{
    array x = read_images(all, group, "x");
    array y = read_images(all, group, "y");
    array dy = read_images(all, group, "dy");
    array dx = read_images(all, group, "dx");
    const int n = (int)x.shape.dims[0];
    fal_layer layer = {.kind = FAL_LAYER_AVERAGE_POOL, .pool = strncmp(group, "global", 6) == 0 ? 0 : 2};
    layer.h = (int)x.shape.dims[2];
    layer.w = (int)x.shape.dims[3];
    layer.ci = layer.co = (int)x.shape.dims[1];
    layer.ho = y.shape.rank == 4 ? (int)y.shape.dims[2] : 1;
    layer.wo = y.shape.rank == 4 ? (int)y.shape.dims[3] : 1;
    fal_map in = fal_kernels_map(layer.h, layer.w, layer.co);
    fal_map out = fal_kernels_map(layer.ho, layer.wo, layer.co);
    assert_ok(fal_alloc(&in.at, (size_t)n * in.image, sizeof(float), "test"));
    assert_ok(fal_alloc(&out.at, (size_t)n * out.image, sizeof(float), "test"));
    fill(&in, n, x.f);
    fal_average_pool_forward(&layer, n, &in, &out);
    within(group, "average pooling", "y", map_error(&out, n, y.d), rounded);
    fill(&out, n, dy.f);
    fal_average_pool_backward(&layer, n, &out, &in, false);
    within(group, "average pooling", "dx", map_error(&in, n, dx.d), rounded);
    fal_free(out.at);
    fal_free(in.at);
    free_array(&dx);
    free_array(&dy);
    free_array(&y);
    free_array(&x);
    all->seen++;
}

static void check_linear(layers *all, const char *group)
{
    array x = read_array(all, group, "x");
    array w = read_array(all, group, "w");
    array b = read_array(all, group, "b");
    array dy = read_array(all, group, "dy");
    array y = read_array(all, group, "y");
    array dx = read_array(all, group, "dx");
    array dw = read_array(all, group, "dw");
    array db = read_array(all, group, "db");
    const int n = (int)x.shape.dims[0];
    const fal_head head = {.weight = w.f, .bias = b.f, .d = (int)x.shape.dims[1], .classes = (int)w.shape.dims[0]};
    float *out = NULL;
    float *weight = NULL;
    float *bias = NULL;
    assert_ok(fal_alloc(&out, (size_t)(n * (head.d + head.classes)), sizeof(float), "test"));
    assert_ok(fal_alloc(&weight, (size_t)(head.classes * head.d), sizeof(float), "test"));
    assert_ok(fal_alloc(&bias, (size_t)head.classes, sizeof(float), "test"));
    fal_head_forward(&head, n, x.f, out);
    within(group, "head", "y", error_of(out, &y), rounded);
    fal_head_backward(&head, n, x.f, dy.f, weight, bias, out);
    within(group, "head", "dx", error_of(out, &dx), rounded);
    within(group, "head", "dw", error_of(weight, &dw), rounded);
    within(group, "head", "db", error_of(bias, &db), rounded);
    fal_free(bias);
    fal_free(weight);
    fal_free(out);
    array *arrays[] = {&x, &w, &b, &dy, &y, &dx, &dw, &db};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        free_array(arrays[i]);
    }
    all->seen++;
}

static void check_softmax(layers *all, const char *group)
{
    char path[128];
    array x = read_array(all, group, "x");
    array y = read_array(all, group, "y");
    array dx = read_array(all, group, "dx");
    (void)snprintf(path, sizeof path, "/%s/row_loss", group);
    array rows = fal_h5_has(all->file, path) ? read_array(all, group, "row_loss") : (array){0};
    fal_h5_shape shape = {0};
    int64_t *labels = NULL;
    int32_t narrow[64];
    float *gradient = NULL;
    int64_t correct = 0;
    const int n = (int)x.shape.dims[0];
    const int classes = (int)x.shape.dims[1];
    (void)snprintf(path, sizeof path, "/%s/labels", group);
    assert_ok(fal_h5_read_new(all->file, path, &shape, sizeof narrow * 2, &labels));
    assert_ok(fal_alloc(&gradient, (size_t)(n * classes), sizeof(float), "test"));
    for (int k = 0; k < n; k++) {
        narrow[k] = (int32_t)labels[k];
        const double row = fal_logits_loss(x.f + k * classes, classes, narrow[k]);
        if (rows.d != NULL) {
            within(group, "head", "row loss", fabs(row - rows.d[k]) / (fabs(rows.d[k]) + 1e-9), rounded);
        }
    }
    const double loss = fal_head_loss(classes, n, x.f, narrow, gradient, &correct);
    within(group, "head", "loss", fabs(loss - y.d[0]) / fabs(y.d[0]), rounded);
    within(group, "head", "dx", error_of(gradient, &dx), rounded);
    fal_free(gradient);
    fal_free(labels);
    free_array(&rows);
    free_array(&dx);
    free_array(&y);
    free_array(&x);
    all->seen++;
}

static const struct {
    const char *prefix;
    void (*check)(layers *all, const char *group);
} sorts[] = {{"conv", check_conv},
             {"depthwise", check_conv},
             {"batchnorm", check_batchnorm},
             {"maxpool", check_pointwise},
             {"relu_maxpool", check_pointwise},
             {"residual", check_pointwise},
             {"avgpool", check_average_pool},
             {"global_avgpool", check_average_pool},
             {"linear", check_linear},
             {"softmax", check_softmax}};
enum { SORTS = sizeof sorts / sizeof sorts[0] };

static fal_status check_group(void *context, const char *name, bool is_group)
{
    layers *all = context;
    assert_true(is_group);
    for (int i = 0; i < SORTS; i++) {
        if (strncmp(name, sorts[i].prefix, strlen(sorts[i].prefix)) == 0) {
            sorts[i].check(all, name);
        }
    }
    return FAL_OK;
}

static void layers_match_float64(void **state)
{
    (void)state;
    const char *path = fal_test_reference("nn_layers.h5");
    if (path == NULL) {
        skip();
    }
    layers all = {.cpu = fal_test_cpu()};
    assert_ok(fal_h5_open(path, &all.file));
    assert_ok(fal_h5_visit(all.file, "/", check_group, &all));
    assert_int_equal(all.seen, 50);
    fal_h5_close(all.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(layers_match_float64)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
