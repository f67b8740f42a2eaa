/* FL algorithms against PyTorch in float64 (reference file fl.h5): three rounds of three clients with given batch
 * orders, (u - 128) / 64 as normalisation, no augmentation. Each case runs with both kinds of kernels.
 *
 * Tolerances: the nn notes of FAL_REFERENCE, section 4, 4 x the measured error of PyTorch in float32 ("direct", for the
 * reference kernels) or of convolutions with Winograd's rounding ("transform", for the fast ones). The 28x28x1 network
 * meets ties of ReLU and pooling, which any rounding decides differently; the tiny one does not. A loss during training
 * is a mean of -log softmax of logits, so its relative tolerance is that of the case's logits: after a tie the weights
 * that it is measured at differ as well. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/experiment/parameters.h"
#include "fal/fed/evaluate.h"
#include "fal/io/h5.h"
#include "train/trainer_internal.h"
#include "fed/round_internal.h"

enum { CLIENTS = 3, ROUNDS = 3, EPOCHS = 2, MOST = 40, TRAIN = 72, TEST = 16, SAMPLES = 32, TENSORS_MAX = 32 };
static const int64_t client_sizes[CLIENTS] = {40, 25, 7};
static const int64_t client_first[CLIENTS] = {0, 40, 65};
static const double rates[ROUNDS] = {0.01, 0.01, 0.001};
/* A control variate is a client's update divided by steps and learning rate; in the third round the update is small
 * against the weights, whose float32 rounding remains: 4 x the largest seen. With ties, the update's own tolerance. */
static const double CONTROL_TOLERANCE = 1.6e-3;

typedef struct {
    const char *group, *name, *algorithm;
    double mu, momentum;
    bool code;
    double update[2], logits[2]; /* direct, transform */
} fed_case;

static const fed_case cases[] = {
    {"tiny", "fedavg", "fedavg", 0, 0.9, false, {2e-5, 2e-5}, {4e-6, 3e-5}},
    {"tiny", "fedavg_partial", "fedavg", 0, 0.9, false, {2e-5, 2e-5}, {3e-6, 3e-5}},
    {"tiny", "fedprox_mu0.01", "fedprox", 0.01, 0.9, false, {2e-5, 2e-4}, {5e-6, 4e-5}},
    {"tiny", "fedprox_mu0.1", "fedprox", 0.1, 0.9, false, {2e-5, 2e-5}, {5e-6, 3e-5}},
    {"tiny", "fedprox_mu1", "fedprox", 1, 0.9, false, {2e-5, 2e-5}, {6e-6, 3e-5}},
    {"tiny", "scaffold", "scaffold", 0, 0.9, false, {8e-5, 8e-5}, {8e-6, 3e-5}},
    {"tiny", "scaffold_partial", "scaffold", 0, 0.9, false, {3e-5, 3e-5}, {5e-6, 3e-5}},
    {"tiny", "scaffold_paper", "scaffold", 0, 0, false, {5e-5, 2e-4}, {5e-6, 3e-5}},
    {"tiny", "scaffold_code", "scaffold", 0, 0.9, true, {8e-5, 8e-5}, {8e-6, 3e-5}},
    {"tiny", "scaffold_code_partial", "scaffold", 0, 0.9, true, {3e-5, 3e-5}, {4e-6, 3e-5}},
    {"cnn4conv_28x28x1", "fedavg", "fedavg", 0, 0.9, false, {3e-5, 7e-2}, {5e-6, 3e-2}},
    {"cnn4conv_28x28x1", "fedprox_mu1", "fedprox", 1, 0.9, false, {3e-5, 8e-2}, {5e-6, 3e-2}},
    {"cnn4conv_28x28x1", "scaffold", "scaffold", 0, 0.9, false, {4e-5, 9e-2}, {5e-6, 3e-2}},
    {"cnn4conv_28x28x1", "scaffold_code", "scaffold", 0, 0.9, true, {4e-5, 9e-2}, {5e-6, 3e-2}},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static fal_comm *world;

/* ---- the reference file ---------------------------------------------------------------------------------------- */

typedef struct {
    fal_h5 *file;
    const char *group;
    int64_t *order; /* [ROUNDS][CLIENTS][EPOCHS][MOST] rows of images */
    int64_t *id, *index, *log2_scale, *mode, *shape, *sample;
    float *offset;
    int64_t seed;
    int tensors;
} reference;

static void *read_new(fal_h5 *file, const char *group, const char *path, fal_h5_type type, int64_t count)
{
    char full[160];
    fal_h5_shape shape;
    void *values = NULL;
    (void)snprintf(full, sizeof full, "/%s/%s", group, path);
    assert_ok(fal_h5_read_new(file, full, &shape, 1 << 24, &values));
    assert_int_equal(shape.type, type);
    assert_true(count < 0 || fal_h5_elements(&shape) == count);
    return values;
}

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* The nn notes of FAL_REFERENCE, section 1: u(i) of a stream, in (-2^s, 2^s). */
static double uniform(uint64_t seed, uint64_t id, uint64_t i, int s)
{
    const uint64_t gamma = 0x9E3779B97F4A7C15u;
    const uint64_t word = mix(mix(seed + gamma * (id + 1)) + gamma * (i + 1));
    return ldexp((double)(2 * (int64_t)(word >> 40) + 1 - (1 << 24)), s - 24);
}

static void open_reference(reference *r, const char *group)
{
    char path[64];
    r->group = group;
    assert_ok(fal_h5_open(fal_test_reference("fl.h5"), &r->file));
    r->order = read_new(r->file, "", "order", FAL_H5_INT64, ROUNDS * CLIENTS * EPOCHS * MOST);
    r->id = read_new(r->file, group, "tensors/id", FAL_H5_INT64, -1);
    r->index = read_new(r->file, group, "tensors/index", FAL_H5_INT64, -1);
    r->log2_scale = read_new(r->file, group, "tensors/log2_scale", FAL_H5_INT64, -1);
    r->mode = read_new(r->file, group, "tensors/mode", FAL_H5_INT64, -1);
    r->shape = read_new(r->file, group, "tensors/shape", FAL_H5_INT64, -1);
    r->sample = read_new(r->file, group, "tensors/sample_index", FAL_H5_INT64, -1);
    r->offset = read_new(r->file, group, "tensors/offset", FAL_H5_FLOAT, -1);
    (void)snprintf(path, sizeof path, "/%s/tensors", group);
    assert_ok(fal_h5_get_int(r->file, path, "seed", &r->seed));
}

static void close_reference(reference *r)
{
    void *all[] = {r->order, r->id, r->index, r->log2_scale, r->mode, r->shape, r->sample, r->offset};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fal_free(all[i]);
    }
    fal_h5_close(r->file);
}

static fal_model *make_model(reference *r)
{
    fal_model_shape shape = {.architecture = "cnn4conv"};
    char path[64];
    int64_t size = 0;
    int64_t width = 0;
    int64_t channels = 0;
    int64_t classes = 0;
    fal_model *model = NULL;
    (void)snprintf(path, sizeof path, "/%s", r->group);
    assert_ok(fal_h5_get_int(r->file, path, "size", &size));
    assert_ok(fal_h5_get_int(r->file, path, "width", &width));
    assert_ok(fal_h5_get_int(r->file, path, "channels", &channels));
    assert_ok(fal_h5_get_int(r->file, path, "classes", &classes));
    shape.h = shape.w = (int)size;
    shape.width = (int)width;
    shape.c = (int)channels;
    shape.classes = (int)classes;
    assert_ok(fal_model_create(&shape, &model));
    (void)fal_model_tensors(model, &r->tensors);
    return model;
}

static void make_start(const reference *r, const fal_model *model, float *params)
{
    const fal_tensor *tensor = fal_model_tensors(model, &(int){0});
    for (int t = 0; t < r->tensors; t++) {
        int64_t count = 1;
        for (int axis = 0; axis < 4; axis++) {
            const int64_t length = r->shape[t * 4 + axis];
            count *= length > 0 ? length : 1;
        }
        assert_int_equal(count, tensor[t].count); /* same order as the state dict */
        assert_int_equal(r->mode[t], 0);
        for (size_t i = 0; i < tensor[t].count; i++) {
            const double u = uniform((uint64_t)r->seed, (uint64_t)r->id[t], i, (int)r->log2_scale[t]);
            params[tensor[t].offset + i] = r->offset[t] + (float)u;
        }
    }
}

/* ---- the data as the program holds them ------------------------------------------------------------------------ */

static void make_dataset(const reference *r, const fal_model *model, fal_dataset *dataset, fal_pool *pools)
{
    const fal_model_shape *shape = fal_model_shape_of(model);
    const size_t plane = (size_t)shape->h * (size_t)shape->w;
    const size_t channels = (size_t)shape->c;
    const size_t bytes = plane * channels;
    uint8_t *images = read_new(r->file, r->group, "images", FAL_H5_UINT8, (int64_t)((TRAIN + TEST) * bytes));
    int64_t *labels = read_new(r->file, r->group, "labels", FAL_H5_INT64, TRAIN + TEST);
    *dataset = (fal_dataset){.h = shape->h,
                             .w = shape->w,
                             .c = shape->c,
                             .classes = shape->classes,
                             .n_train = TRAIN,
                             .n_test = TEST,
                             .mean = {128.0F / 255, 128.0F / 255, 128.0F / 255},
                             .std = {64.0F / 255, 64.0F / 255, 64.0F / 255},
                             .held = TRAIN,
                             .test_held = TEST};
    assert_ok(fal_alloc(&dataset->train_images, TRAIN, bytes, "images"));
    assert_ok(fal_alloc(&dataset->test_images, TEST, bytes, "images"));
    assert_ok(fal_alloc(&dataset->train_labels, TRAIN, sizeof(int16_t), "labels"));
    assert_ok(fal_alloc(&dataset->test_labels, TEST, sizeof(int16_t), "labels"));
    assert_ok(fal_alloc(&dataset->row_of, TRAIN, sizeof(int64_t), "rows"));
    for (size_t n = 0; n < TRAIN + TEST; n++) {
        uint8_t *to = n < TRAIN ? dataset->train_images + n * bytes : dataset->test_images + (n - TRAIN) * bytes;
        for (size_t channel = 0; channel < channels; channel++) {
            for (size_t pixel = 0; pixel < plane; pixel++) {
                to[pixel * channels + channel] = images[(n * channels + channel) * plane + pixel];
            }
        }
        if (n < TRAIN) {
            dataset->train_labels[n] = (int16_t)labels[n];
            dataset->row_of[n] = (int64_t)n;
        } else {
            dataset->test_labels[n - TRAIN] = (int16_t)labels[n];
        }
    }
    for (int client = 0; client < CLIENTS; client++) {
        int32_t client_of[TRAIN];
        int64_t all[MOST];
        for (int i = 0; i < TRAIN; i++) {
            client_of[i] = i >= client_first[client] && i < client_first[client] + client_sizes[client] ? client : -1;
        }
        for (int i = 0; i < client_sizes[client]; i++) {
            all[i] = client_first[client] + i;
        }
        assert_ok(fal_pool_create(&pools[client], client_of, TRAIN, client));
        fal_pool_label(&pools[client], all, client_sizes[client]);
    }
    fal_free(labels);
    fal_free(images);
}

static void free_dataset(fal_dataset *dataset, fal_pool *pools)
{
    for (int client = 0; client < CLIENTS; client++) {
        fal_pool_destroy(&pools[client]);
    }
    fal_free(dataset->row_of);
    fal_free(dataset->test_labels);
    fal_free(dataset->train_labels);
    fal_free(dataset->test_images);
    fal_free(dataset->train_images);
}

static void given_order(void *context, const fal_rng *address, int64_t *order, int64_t n)
{
    const reference *r = context;
    const size_t at = (((size_t)address->fl_round * CLIENTS + address->client) * EPOCHS + address->epoch) * MOST;
    for (int64_t i = 0; i < n; i++) {
        order[i] = r->order[at + (size_t)i] - client_first[address->client];
    }
}

/* ---- comparison ------------------------------------------------------------------------------------------------ */

/* |a - b| / |b| */
static double relative_norm(const float *a, const double *b, size_t count)
{
    double difference = 0;
    double norm = 0;
    for (size_t i = 0; i < count; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return sqrt(difference / norm);
}

/* A vector in full, tensor by tensor without gaps: |a - b| / |b - start| over the tensors of one kind. */
static double full_error(const fal_model *model, const float *a, const float *start, const double *full, bool trained,
                         bool all_stored)
{
    int tensors = 0;
    const fal_tensor *tensor = fal_model_tensors(model, &tensors);
    double difference = 0;
    double norm = 0;
    for (int t = 0; t < tensors; t++) {
        for (size_t i = 0; i < tensor[t].count && tensor[t].trained == trained; i++) {
            const double from = start == NULL ? 0 : (double)start[tensor[t].offset + i];
            const double d = (double)a[tensor[t].offset + i] - full[i];
            difference += d * d;
            norm += (full[i] - from) * (full[i] - from);
        }
        full += tensor[t].trained || all_stored ? tensor[t].count : 0;
    }
    return sqrt(difference / norm);
}

static double updated_norm(const fal_tensor *tensor, const float *a, const float *start)
{
    double sum = 0;
    for (size_t i = 0; i < tensor->count; i++) {
        const double from = start == NULL ? 0 : (double)start[tensor->offset + i];
        const double d = (double)a[tensor->offset + i] - from;
        sum += d * d;
    }
    return sqrt(sum);
}

/* Vectors stored as norm, dot and samples: the largest error in units of |r| + 0.01 |R| (the nn notes of FAL_REFERENCE,
 * section 5), with our own update for r and R, which differs from the reference's by less than the tolerance. */
static double described_error(const reference *r, const fal_model *model, const float *a, const float *start,
                              const char *path, bool trained, bool all_stored)
{
    char name[96];
    const fal_tensor *tensor = fal_model_tensors(model, &(int){0});
    double *stored[3];
    static const char *const items[3] = {"norm", "dot", "samples"};
    double whole = 0;
    double worst = 0;
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", path, items[i]);
        stored[i] = read_new(r->file, r->group, name, FAL_H5_DOUBLE, -1);
    }
    for (int t = 0; t < r->tensors; t++) {
        const double norm = tensor[t].trained == trained ? updated_norm(&tensor[t], a, start) : 0;
        whole += norm * norm;
    }
    for (int t = 0, row = 0; t < r->tensors; t++) {
        const float *values = a + tensor[t].offset;
        if (tensor[t].trained == trained) {
            const double unit = updated_norm(&tensor[t], a, start) + 0.01 * sqrt(whole);
            double dot = 0;
            for (size_t i = 0; i < tensor[t].count; i++) {
                dot += (double)values[i] * uniform(99, (uint64_t)r->index[t], i, 0);
            }
            worst = fmax(worst, fabs(updated_norm(&tensor[t], a, NULL) - stored[0][row]) / unit);
            worst = fmax(worst, fabs(dot - stored[1][row]) / 4 / unit);
            for (int s = 0; s < SAMPLES; s++) {
                const int64_t at = r->sample[t * SAMPLES + s];
                worst = at < 0 ? worst : fmax(worst, fabs((double)values[at] - stored[2][row * SAMPLES + s]) / unit);
            }
        }
        row += tensor[t].trained || all_stored;
    }
    for (int i = 0; i < 3; i++) {
        fal_free(stored[i]);
    }
    return worst;
}

static double vector_error(const reference *r, const fal_model *model, const float *a, const float *start,
                           const char *path, bool trained, bool all_stored)
{
    char name[96];
    char full_path[160];
    (void)snprintf(name, sizeof name, "%s/full", path);
    (void)snprintf(full_path, sizeof full_path, "/%s/%s", r->group, name);
    if (!fal_h5_has(r->file, full_path)) {
        return described_error(r, model, a, start, path, trained, all_stored);
    }
    double *full = read_new(r->file, r->group, name, FAL_H5_DOUBLE, -1);
    const double error = full_error(model, a, start, full, trained, all_stored);
    fal_free(full);
    return error;
}

static void check_below(double error, double tolerance, const char *what, const fed_case *c, int round)
{
    if (!(error <= tolerance)) {
        fail_msg("%s/%s round %d: %s differs by %.3g, tolerance %.3g", c->group, c->name, round + 1, what, error,
                 tolerance);
    }
}

/* ---- one case -------------------------------------------------------------------------------------------------- */

typedef struct {
    reference file;
    fal_model *model;
    fal_dataset dataset;
    fal_pool pools[CLIENTS];
    fal_trainer *trainer;
    fal_fed *fed;
    fal_params *options;
    float *start, *params;
} setting;

static void open_setting(setting *s, const fed_case *c, fal_kernels kernels)
{
    fal_fed_settings fed = {.clients = CLIENTS, .participation = 1};
    char mu[32];
    const fal_train_settings train = {.seed = 1,
                                      .epochs = EPOCHS,
                                      .batch = 16,
                                      .momentum = c->momentum,
                                      .weight_decay = 1e-5,
                                      .lr = rates[0],
                                      .lr_decay = 0.1,
                                      .lr_milestone = 0.75};
    (void)snprintf(fed.algorithm, sizeof fed.algorithm, "%s", c->algorithm);
    fal_params_format_real(c->mu, mu);
    assert_ok(fal_params_create(fal_parameters(), &s->options));
    assert_ok(fal_params_set(s->options, "fedprox_mu", mu, FAL_SOURCE_FILE, "test"));
    assert_ok(fal_params_set(s->options, "scaffold", c->code ? "code" : "paper", FAL_SOURCE_FILE, "test"));
    fed.params = s->options;
    open_reference(&s->file, c->group);
    s->model = make_model(&s->file);
    make_dataset(&s->file, s->model, &s->dataset, s->pools);
    assert_ok(fal_alloc(&s->start, fal_model_size(s->model), sizeof(float), "start"));
    assert_ok(fal_alloc(&s->params, fal_model_size(s->model), sizeof(float), "weights"));
    make_start(&s->file, s->model, s->start);
    memcpy(s->params, s->start, fal_model_size(s->model) * sizeof(float));
    assert_ok(fal_trainer_create(s->model, &s->dataset, &train, kernels, &s->trainer));
    assert_ok(fal_fed_create(world, s->model, &fed, &train, &s->fed));
    s->trainer->order_hook = given_order;
    s->trainer->order_context = &s->file;
    fal_fed_reset(s->fed);
}

static void close_setting(setting *s)
{
    fal_fed_destroy(s->fed);
    fal_params_destroy(s->options);
    fal_trainer_destroy(s->trainer);
    fal_free(s->params);
    fal_free(s->start);
    free_dataset(&s->dataset, s->pools);
    fal_model_destroy(s->model);
    close_reference(&s->file);
}

static void check_logits(setting *s, const fed_case *c, int kind, int round)
{
    const size_t count = TEST * (size_t)s->dataset.classes;
    char path[96];
    float *logits = NULL;
    (void)snprintf(path, sizeof path, "%s/round%d/test_logits", c->name, round + 1);
    double *expected = read_new(s->file.file, c->group, path, FAL_H5_DOUBLE, (int64_t)count);
    assert_ok(fal_alloc(&logits, count, sizeof *logits, "logits"));
    fal_trainer_fill(s->trainer, NULL, NULL, NULL, 0, TEST);
    fal_net_infer(fal_trainer_net(s->trainer), s->params, s->trainer->x, TEST, logits, NULL);
    check_below(relative_norm(logits, expected, count), c->logits[kind], "test logits", c, round);
    fal_free(logits);
    fal_free(expected);
}

static void check_round(setting *s, const fed_case *c, int kind, int round)
{
    char path[96];
    uint8_t takes_part[CLIENTS];
    double losses[CLIENTS];
    fal_fed_outcome outcome = {.client_loss = losses};
    (void)snprintf(path, sizeof path, "%s/round%d/client_loss", c->name, round + 1);
    double *expected = read_new(s->file.file, c->group, path, FAL_H5_DOUBLE, CLIENTS);
    for (int client = 0; client < CLIENTS; client++) {
        takes_part[client] = (uint8_t)!isnan(expected[client]);
    }
    s->fed->given_participants = takes_part;
    assert_ok(fal_fed_round(s->fed, s->trainer, s->pools, client_sizes, 1, (uint32_t)round, rates[round], s->params,
                            &outcome));
    for (int client = 0; client < CLIENTS; client++) {
        assert_true(isnan(expected[client]) == isnan(losses[client]));
        if (takes_part[client]) {
            check_below(fabs(losses[client] / expected[client] - 1), c->logits[kind], "a client's loss", c, round);
        }
    }
    (void)snprintf(path, sizeof path, "%s/round%d/global", c->name, round + 1);
    check_below(vector_error(&s->file, s->model, s->params, s->start, path, true, true), c->update[kind],
                "the update of the weights", c, round);
    check_below(vector_error(&s->file, s->model, s->params, s->start, path, false, true), c->update[kind],
                "the update of the running statistics", c, round);
    check_logits(s, c, kind, round);
    fal_free(expected);
}

static void check_control(setting *s, const fed_case *c, int kind)
{
    for (int index = 0; index < fal_fed_state_count(s->fed); index++) {
        char path[96];
        int client = 0;
        const float *vector = fal_fed_state(s->fed, index, &client);
        if (client < 0) {
            (void)snprintf(path, sizeof path, "%s/control_c", c->name);
        } else {
            (void)snprintf(path, sizeof path, "%s/control_c%d", c->name, client);
        }
        check_below(vector_error(&s->file, s->model, vector, NULL, path, true, c->code),
                    fmax(CONTROL_TOLERANCE, c->update[kind]), "a control variate", c, ROUNDS - 1);
    }
}

static void three_rounds_agree_with_the_reference(const fed_case *c, fal_kernels kernels)
{
    setting s = {0};
    const int kind = kernels == FAL_KERNELS_REFERENCE ? 0 : 1;
    if (fal_test_reference("fl.h5") == NULL) {
        (void)printf("skipped: no reference numbers (fl.h5 in FAL_REFERENCE)\n");
        skip();
    }
    open_setting(&s, c, kernels);
    for (int round = 0; round < ROUNDS; round++) {
        check_round(&s, c, kind, round);
    }
    if (strcmp(c->algorithm, "scaffold") == 0) {
        assert_int_equal(fal_fed_state_count(s.fed), 1 + CLIENTS);
        check_control(&s, c, kind);
    } else {
        assert_int_equal(fal_fed_state_count(s.fed), 0);
    }
    close_setting(&s);
}

static void with_reference_kernels(void **state)
{
    three_rounds_agree_with_the_reference(*state, FAL_KERNELS_REFERENCE);
}

static void with_fast_kernels(void **state) { three_rounds_agree_with_the_reference(*state, FAL_KERNELS_FAST); }

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[2 * CASES];
    static char names[2 * CASES][96];
    if (fal_comm_start(&argc, &argv, &world) != FAL_OK) {
        return 1;
    }
    for (int i = 0; i < CASES; i++) {
        (void)snprintf(names[2 * i], sizeof names[0], "%s_%s_direct", cases[i].group, cases[i].name);
        (void)snprintf(names[2 * i + 1], sizeof names[0], "%s_%s_fast", cases[i].group, cases[i].name);
        for (int kind = 0; kind < 2; kind++) {
            char *name = names[2 * i + kind];
            for (char *dot = strchr(name, '.'); dot != NULL; dot = strchr(name, '.')) {
                *dot = '_'; /* the runner counts names of letters, digits and underscores */
            }
            tests[2 * i + kind] =
                (struct CMUnitTest){.name = name,
                                    .test_func = kind == 0 ? with_reference_kernels : with_fast_kernels,
                                    .initial_state = (void *)(uintptr_t)&cases[i]};
        }
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fal_comm_end(world);
    return failed;
}
