/* A convolution unit on its own, for tests. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "fal/base/parallel.h"
#include "fal/base/random.h"

static float *take(fal_arena *arena, size_t count)
{
    float *values = fal_arena_take(arena, count * sizeof *values);
    memset(values, 0, count * sizeof *values);
    return values;
}

static float *take_random(fal_arena *arena, size_t count, uint32_t stream, double mean, double spread)
{
    const fal_rng rng = {.seed = 11, .purpose = FAL_RNG_TEST, .client = stream};
    float *values = take(arena, count);
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)(mean + spread * fal_rng_normal(&rng, i));
    }
    return values;
}

static fal_map take_map(fal_arena *arena, int n, int h, int w, int c)
{
    fal_map map = fal_kernels_map(h, w, c);
    map.at = take(arena, (size_t)n * map.image);
    return map;
}

static void fill_map(const fal_map *map, int n, uint32_t stream)
{
    const fal_rng rng = {.seed = 11, .purpose = FAL_RNG_TEST, .client = stream};
    uint64_t draw = 0;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < map->h; i++) {
            for (int j = 0; j < map->w; j++) {
                for (int c = 0; c < map->c; c++) {
                    fal_map_pixel(map, k, i, j)[c] = (float)fal_rng_normal(&rng, draw++);
                }
            }
        }
    }
}

static void complete_layer(fal_layer *layer)
{
    layer->kind = FAL_LAYER_CONV;
    layer->hc = (layer->h + 2 * layer->pad - layer->kernel) / layer->stride + 1;
    layer->wc = (layer->w + 2 * layer->pad - layer->kernel) / layer->stride + 1;
    layer->ho = layer->max_pool ? layer->hc / 2 : layer->hc;
    layer->wo = layer->max_pool ? layer->wc / 2 : layer->wc;
}

static void create_tensors(fal_test_unit *unit)
{
    const size_t co = (size_t)unit->layer.co;
    const size_t fan_in = (size_t)(unit->layer.ci / unit->layer.groups * unit->layer.kernel * unit->layer.kernel);
    fal_arena *arena = &unit->arena;
    fal_conv_call *call = &unit->call;
    unit->weight = take_random(arena, co * fan_in, 2, 0.0, 1.0 / sqrt((double)fan_in));
    unit->bias = take_random(arena, co, 3, 0.0, 0.5);
    unit->gamma = take_random(arena, co, 4, 0.3, 1.0);
    unit->beta = take_random(arena, co, 5, 0.0, 0.5);
    unit->mean = take_random(arena, co, 6, 0.0, 0.5);
    unit->var = take_random(arena, co, 7, 0.0, 0.2);
    for (size_t c = 0; c < co; c++) {
        unit->var[c] = 0.5F + fabsf(unit->var[c]);
    }
    call->weight = unit->weight;
    call->bias = unit->bias;
    call->gamma = unit->gamma;
    call->beta = unit->beta;
    call->running_mean = unit->mean;
    call->running_var = unit->var;
    call->dweight = take(arena, co * fan_in);
    call->dbias = take(arena, co);
    call->dgamma = take(arena, co);
    call->dbeta = take(arena, co);
    memset(call->dbias, 1, co * sizeof(float)); /* must become zero */
}

/* Enough for all maps and tensors of a unit. */
static size_t arena_bytes(const fal_layer *layer, int n)
{
    const size_t fan_in = (size_t)(layer->ci / layer->groups * layer->kernel * layer->kernel);
    const size_t maps = 3 * fal_kernels_map(layer->h, layer->w, layer->ci).image +
                        4 * fal_kernels_map(layer->hc, layer->wc, layer->co).image;
    const size_t few = (size_t)1 << 16;
    return ((size_t)n * maps + (2 * fan_in + 16) * (size_t)layer->co) * sizeof(float) + few;
}

void fal_test_unit_create(fal_test_unit *unit, const fal_layer *layer, const fal_conv_kernel *kernel, int n,
                          bool with_residual)
{
    *unit = (fal_test_unit){.layer = *layer, .kernel = kernel, .n = n};
    complete_layer(&unit->layer);
    layer = &unit->layer;
    unit->use = (fal_kernel_use){.batch = n, .training = true, .threads = fal_parallel_threads()};
    const fal_kernel_bytes bytes = fal_kernels_plan(kernel, layer, &unit->use);
    assert_ok(fal_arena_create(&unit->arena, arena_bytes(layer, n) + bytes.state + bytes.scratch, "unit"));
    unit->call = (fal_conv_call){.layer = layer, .use = &unit->use, .n = n};
    create_tensors(unit);
    fal_conv_call *call = &unit->call;
    unit->images = take_random(&unit->arena, (size_t)(n * layer->h * layer->w * layer->ci), 1, 0.1, 1.0);
    call->x = take_map(&unit->arena, n, layer->h, layer->w, layer->ci);
    call->y = take_map(&unit->arena, n, layer->ho, layer->wo, layer->co);
    call->dy = take_map(&unit->arena, n, layer->ho, layer->wo, layer->co);
    call->dx = take_map(&unit->arena, n, layer->h, layer->w, layer->ci);
    fill_map(&call->dy, n, 8);
    fill_map(&call->dx, n, 9); /* overwritten, or added to */
    if (with_residual) {
        call->residual = take_map(&unit->arena, n, layer->hc, layer->wc, layer->co);
        call->dresidual = take_map(&unit->arena, n, layer->hc, layer->wc, layer->co);
        fill_map(&call->residual, n, 10);
        fill_map(&call->dresidual, n, 12);
    }
    call->state = take(&unit->arena, bytes.state / sizeof(float) + 1);
    call->scratch = take(&unit->arena, bytes.scratch / sizeof(float) + 1);
    memset(call->scratch, 0xff, bytes.scratch); /* NaN: scratch holds anything */
    fal_test_unit_load(unit);
}

void fal_test_unit_destroy(fal_test_unit *unit) { fal_arena_destroy(&unit->arena); }

void fal_test_unit_load(fal_test_unit *unit)
{
    if (unit->kernel->reads_images) {
        unit->call.images = unit->images;
        unit->call.x.at = NULL;
        unit->call.dx.at = NULL;
        return;
    }
    const float *from = unit->images;
    const fal_layer *layer = &unit->layer;
    if (layer->input < 0) {
        unit->call.dx.at = NULL; /* nobody wants the gradient of the images */
    }
    for (int k = 0; k < unit->n; k++) {
        for (int i = 0; i < layer->h; i++) {
            for (int j = 0; j < layer->w; j++, from += layer->ci) {
                memcpy(fal_map_pixel(&unit->call.x, k, i, j), from, (size_t)layer->ci * sizeof *from);
            }
        }
    }
}

void fal_test_unit_train(fal_test_unit *unit)
{
    unit->call.mean = unit->mean;
    unit->call.var = unit->var;
    fal_kernels_forward_train(unit->kernel, &unit->call);
    unit->call.mean = unit->call.var = NULL;
}

void fal_test_unit_infer(fal_test_unit *unit)
{
    fal_kernels_prepare_infer(unit->kernel, &unit->call);
    fal_kernels_forward_infer(unit->kernel, &unit->call);
}

void fal_test_unit_backward(fal_test_unit *unit) { fal_kernels_backward(unit->kernel, &unit->call); }

/* Winograd's: from the transforms' matrices (test_winograd.c). Pairs: (a0 + b1) (a1 + b0) of operands whose sizes
 * differ by up to sqrt(2) is 1.5 times as large as the sum of two products, and as much is taken away again. Between
 * Winograd's transforms both, but for the gradient of the input, which is not in pairs. */
const fal_test_rounding fal_test_roundings[FAL_TEST_ROUNDINGS] = {
    {1.0, 1.0, 1.0, false}, {3.0, 3.0, 3.0, false}, {7.2, 7.3, 7.0, true}, {21.6, 7.3, 21.0, true}};

const fal_test_rounding *fal_test_rounding_of(const fal_conv_kernel *kernel)
{
    const bool pairs = strstr(kernel->name, "-pairs") != NULL;
    const bool winograd = strcmp(kernel->family, "winograd") == 0 || strcmp(kernel->family, "image") == 0;
    return &fal_test_roundings[(winograd ? FAL_TEST_WINOGRAD : FAL_TEST_PLAIN) + (pairs ? 1 : 0)];
}

const char *fal_test_set(int number)
{
#define FAL_TEST_NAME(set, has) #set,
    static const char *const sets[] = {FAL_SIMD_SETS(FAL_TEST_NAME) "blas"};
    return number < (int)(sizeof sets / sizeof sets[0]) ? sets[number] : NULL;
}

const char *fal_test_best_set(const fal_cpu *cpu, int from)
{
    int number = 0;
#define FAL_TEST_SET(set, has)                                                                                         \
    if (number++ >= from && cpu->set) {                                                                                \
        return #set;                                                                                                   \
    }
    FAL_SIMD_SETS(FAL_TEST_SET)
    (void)cpu, (void)from, (void)number;
    return "blas";
}

const char *fal_test_best_winograd(const fal_cpu *cpu, int from)
{
    const char *set = fal_test_best_set(cpu, from);
    if (!cpu->adders) {
        return set;
    }
    return strcmp(set, "avx512") == 0 ? "avx512-pairs" : strcmp(set, "neon") == 0 ? "neon-pairs" : set;
}

fal_cpu fal_test_cpu(void)
{
    fal_cpu cpu = fal_kernels_cpu();
    cpu.adders = true;
    return cpu;
}

void fal_test_unit_silence(fal_test_unit *unit, const fal_test_truth *truth)
{
    const fal_map *dy = &unit->call.dy;
    for (size_t e = 0; e < (size_t)(unit->n * dy->h * dy->w * dy->c); e++) {
        const int pixel = (int)(e / (size_t)dy->c);
        float *at = fal_map_pixel(dy, pixel / (dy->h * dy->w), pixel / dy->w % dy->h, pixel % dy->w);
        at[e % (size_t)dy->c] *= truth->undecided[e] ? 0.0F : 1.0F;
    }
}

/* 0 / 0 is no error: both sides of a sum without terms are exact. */
static double deviation(float value, double truth, double error)
{
    const double apart = fabs((double)value - truth);
    return isnan(apart) ? INFINITY : apart > 0.0 ? apart / error : 0.0;
}

double fal_test_worst(const float *values, const double *truth, const double *error, size_t count)
{
    double worst = 0.0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, deviation(values[i], truth[i], error[i]));
    }
    return worst;
}

double fal_test_map_worst(const fal_map *map, int n, const double *truth, const double *error)
{
    const size_t c = (size_t)map->c, row = (size_t)map->w * c;
    double worst = 0.0;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < map->h; i++, truth += row, error += row) {
            for (int j = 0; j < map->w; j++) {
                const size_t at = (size_t)j * c;
                worst = fmax(worst, fal_test_worst(fal_map_pixel(map, k, i, j), truth + at, error + at, c));
            }
        }
    }
    return worst;
}

double fal_test_map_error(const fal_map *map, int n, const double *truth)
{
    double apart = 0.0;
    double largest = 0.0;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < map->h; i++) {
            for (int j = 0; j < map->w; j++) {
                for (int c = 0; c < map->c; c++, truth++) {
                    const double difference = fabs((double)fal_map_pixel(map, k, i, j)[c] - *truth);
                    apart = difference > apart || isnan(difference) ? difference : apart;
                    largest = fmax(largest, fabs(*truth));
                }
            }
        }
    }
    return largest > 0.0 ? apart / largest : apart;
}

double fal_test_map_border(const fal_map *map, int n)
{
    double largest = 0.0;
    for (int k = 0; k < n; k++) {
        for (int i = -1; i < map->rows - 1; i++) {
            for (int j = -1; j < map->columns - 1; j++) {
                const bool inside = i >= 0 && i < map->h && j >= 0 && j < map->w;
                for (int c = 0; !inside && c < map->c; c++) {
                    largest = fmax(largest, fabs((double)fal_map_pixel(map, k, i, j)[c]));
                }
            }
        }
    }
    return largest;
}
