/* Reference numbers of whole networks. */
#include "nn_reference.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

enum { SAMPLES = 32, PATH_SIZE = 256 };
static const size_t limit = (size_t)1 << 28;
static const uint64_t golden = 0x9E3779B97F4A7C15U;

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

double fal_test_generator(uint64_t seed, uint64_t id, uint64_t i, int s)
{
    const uint64_t key = mix(seed + golden * (id + 1));
    const int64_t k = (int64_t)(mix(key + golden * (i + 1)) >> 40);
    return ldexp((double)(2 * k + 1 - (1 << 24)), s - 24);
}

float fal_test_generator_value(uint64_t seed, uint64_t id, uint64_t i, int s, float offset, int mode)
{
    const double u = fal_test_generator(seed, id, i, s);
    if (mode == 1) {
        return u > -ldexp(1.0, s - 1) ? offset : -offset;
    }
    return offset + (float)u;
}

static void join(char path[PATH_SIZE], const fal_test_network *net, const char *part, const char *name)
{
    (void)snprintf(path, PATH_SIZE, "%s/%s%s%s", net->group, part, name[0] == '\0' ? "" : "/", name);
}

static void *read_new(const fal_test_network *net, const char *path, fal_h5_type type, size_t *count)
{
    char full[PATH_SIZE];
    fal_h5_shape shape = {0};
    void *values = NULL;
    join(full, net, path, "");
    assert_ok(fal_h5_read_new(net->file, full, &shape, limit, &values));
    assert_int_equal(shape.type, type);
    *count = (size_t)fal_h5_elements(&shape);
    return values;
}

double *fal_test_network_doubles(const fal_test_network *net, const char *path, size_t *count)
{
    return read_new(net, path, FAL_H5_DOUBLE, count);
}

int64_t *fal_test_network_integers(const fal_test_network *net, const char *path, size_t *count)
{
    return read_new(net, path, FAL_H5_INT64, count);
}

float *fal_test_network_images(const fal_test_network *net, const char *path, int *n)
{
    char full[PATH_SIZE];
    fal_h5_shape shape = {0};
    float *planes = NULL;
    float *images = NULL;
    join(full, net, path, "");
    assert_ok(fal_h5_read_new(net->file, full, &shape, limit, &planes));
    assert_int_equal(shape.type, FAL_H5_FLOAT);
    assert_int_equal(shape.rank, 4);
    const size_t c = (size_t)shape.dims[1];
    const size_t pixels = (size_t)(shape.dims[2] * shape.dims[3]);
    assert_ok(fal_alloc(&images, (size_t)shape.dims[0] * c * pixels, sizeof *images, "images"));
    for (size_t e = 0; e < (size_t)shape.dims[0] * c * pixels; e++) {
        const size_t k = e / (c * pixels);
        images[k * c * pixels + e % pixels * c + e / pixels % c] = planes[e];
    }
    fal_free(planes);
    *n = (int)shape.dims[0];
    return images;
}

int64_t fal_test_network_integer(const fal_test_network *net, const char *path, const char *attribute)
{
    char full[PATH_SIZE];
    int64_t value = 0;
    join(full, net, path, "");
    assert_ok(fal_h5_get_int(net->file, full, attribute, &value));
    return value;
}

void fal_test_network_open(fal_test_network *net, const char *path, const char *group, const fal_model_shape *shape)
{
    int count = 0;
    size_t entries = 0;
    *net = (fal_test_network){.group = group};
    assert_ok(fal_h5_open(path, &net->file));
    assert_ok(fal_model_create(shape, &net->model));
    const fal_tensor *tensors = fal_model_tensors(net->model, &count);
    net->tensors = count;
    net->seed = (uint64_t)fal_test_network_integer(net, "tensors", "seed");
    net->id = fal_test_network_integers(net, "tensors/id", &entries);
    assert_int_equal(entries, count);
    net->index = fal_test_network_integers(net, "tensors/index", &entries);
    net->log2_scale = fal_test_network_integers(net, "tensors/log2_scale", &entries);
    net->mode = fal_test_network_integers(net, "tensors/mode", &entries);
    net->sample = fal_test_network_integers(net, "tensors/sample_index", &entries);
    net->offset = read_new(net, "tensors/offset", FAL_H5_FLOAT, &entries);
    assert_ok(fal_alloc(&net->start, fal_model_size(net->model), sizeof(float), "start"));
    for (int t = 0; t < count; t++) {
        for (size_t e = 0; e < tensors[t].count; e++) {
            net->start[tensors[t].offset + e] = fal_test_generator_value(
                net->seed, (uint64_t)net->id[t], e, (int)net->log2_scale[t], net->offset[t], (int)net->mode[t]);
        }
    }
}

void fal_test_network_close(fal_test_network *net)
{
    fal_free(net->start);
    fal_free(net->offset);
    fal_free(net->sample);
    fal_free(net->mode);
    fal_free(net->log2_scale);
    fal_free(net->index);
    fal_free(net->id);
    fal_model_destroy(net->model);
    fal_h5_close(net->file);
}

double fal_test_relative(const float *a, const double *b, size_t count)
{
    double apart = 0.0;
    double size = 0.0;
    for (size_t i = 0; i < count; i++) {
        apart += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        size += b[i] * b[i];
    }
    return sqrt(apart / size);
}

static bool belongs(const fal_tensor *tensor, fal_test_sort sort)
{
    return sort == FAL_TEST_ALL || tensor->trained == (sort == FAL_TEST_TRAINED);
}

typedef struct {
    double *norm, *dot, *samples;
} description;

static description description_read(const fal_test_network *net, const char *path)
{
    char part[PATH_SIZE];
    size_t count = 0;
    description d = {0};
    (void)snprintf(part, sizeof part, "%s/norm", path);
    d.norm = fal_test_network_doubles(net, part, &count);
    (void)snprintf(part, sizeof part, "%s/dot", path);
    d.dot = fal_test_network_doubles(net, part, &count);
    (void)snprintf(part, sizeof part, "%s/samples", path);
    d.samples = fal_test_network_doubles(net, part, &count);
    return d;
}

static void description_free(description *d)
{
    fal_free(d->samples);
    fal_free(d->dot);
    fal_free(d->norm);
}

static double distance(const float *a, const float *b, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double apart = (double)a[i] - (b == NULL ? 0.0 : (double)b[i]);
        sum += apart * apart;
    }
    return sqrt(sum);
}

/* Largest deviation of tensor t (number `row` of the description) from what is stored, not yet divided. */
static double deviation(const fal_test_network *net, const char *path, const description *d, int t, int row,
                        const float *values)
{
    int count = 0;
    char full[PATH_SIZE];
    const fal_tensor *tensor = &fal_model_tensors(net->model, &count)[t];
    double dot = 0.0;
    for (size_t e = 0; e < tensor->count; e++) {
        dot += (double)values[e] * fal_test_generator(99, (uint64_t)net->index[t], e, 0);
    }
    double largest = fabs(distance(values, NULL, tensor->count) - d->norm[row]);
    largest = fmax(largest, fabs(dot - d->dot[row]) / 4.0);
    for (int s = 0; s < SAMPLES; s++) {
        const int64_t at = net->sample[t * SAMPLES + s];
        if (at >= 0) {
            largest = fmax(largest, fabs((double)values[at] - d->samples[row * SAMPLES + s]));
        }
    }
    (void)snprintf(full, sizeof full, "%s/%s/full/%s", net->group, path, tensor->name);
    if (fal_h5_has(net->file, full)) {
        size_t elements = 0;
        (void)snprintf(full, sizeof full, "%s/full/%s", path, tensor->name);
        double *whole = fal_test_network_doubles(net, full, &elements);
        assert_int_equal(elements, tensor->count);
        double sum = 0.0;
        for (size_t e = 0; e < elements; e++) {
            sum += ((double)values[e] - whole[e]) * ((double)values[e] - whole[e]);
        }
        fal_free(whole);
        largest = fmax(largest, sqrt(sum));
    }
    return largest;
}

double fal_test_network_error(const fal_test_network *net, const char *path, fal_test_sort sort, const float *values,
                              const float *start)
{
    int count = 0;
    int row = 0;
    const fal_tensor *tensors = fal_model_tensors(net->model, &count);
    description d = description_read(net, path);
    double size[256] = {0.0};
    double all[2] = {0.0}; /* running, trained */
    double worst = 0.0;
    for (int t = 0; t < count; t++) {
        if (belongs(&tensors[t], sort)) {
            const size_t at = tensors[t].offset;
            size[t] = start == NULL ? d.norm[row] : distance(values + at, start + at, tensors[t].count);
            all[tensors[t].trained] += size[t] * size[t];
            row++;
        }
    }
    row = 0;
    for (int t = 0; t < count; t++) {
        if (belongs(&tensors[t], sort)) {
            const double unit = size[t] + 0.01 * sqrt(all[tensors[t].trained]);
            const double error = deviation(net, path, &d, t, row, values + tensors[t].offset) / unit;
            worst = error > worst || isnan(error) ? error : worst;
            row++;
        }
    }
    description_free(&d);
    return worst;
}

double fal_test_network_running_error(const fal_test_network *net, const char *path, const float *values)
{
    int count = 0;
    int row = 0;
    const fal_tensor *tensors = fal_model_tensors(net->model, &count);
    description d = description_read(net, path);
    double apart = 0.0;
    double size = 0.0;
    for (int t = 0; t < count; t++) {
        if (!belongs(&tensors[t], FAL_TEST_RUNNING)) {
            continue;
        }
        const double error = deviation(net, path, &d, t, row, values + tensors[t].offset);
        apart += error * error;
        size += d.norm[row] * d.norm[row];
        row++;
    }
    description_free(&d);
    return sqrt(apart / size);
}
