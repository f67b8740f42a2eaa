/* Descriptions of networks: sizes, names, order, initial weights, refusals, and model files. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/nn/modelfile.h"

static const float mean[3] = {0.1F, 0.2F, 0.3F};
static const float std[3] = {0.4F, 0.5F, 0.6F};

static fal_model *make(int h, int w, int c, int classes, int width)
{
    const fal_model_shape shape = {
        .architecture = "cnn4conv", .h = h, .w = w, .c = c, .classes = classes, .width = width};
    fal_model *model = NULL;
    assert_ok(fal_model_create(&shape, &model));
    return model;
}

static void sizes_are_those_of_the_paper(void **state)
{
    (void)state;
    const struct {
        int h, c, classes, d;
        int64_t parameters;
    } known[] = {{32, 3, 10, 256, 115658}, {28, 3, 9, 64, 113673},  {28, 3, 7, 64, 113543},
                 {28, 1, 11, 64, 112651},  {28, 1, 10, 64, 112586}, {32, 3, 100, 256, 138788}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        fal_model *model = make(known[i].h, known[i].h, known[i].c, known[i].classes, 64);
        assert_int_equal(fal_model_parameter_count(model), known[i].parameters);
        assert_int_equal(fal_model_embedding(model), known[i].d);
        fal_model_destroy(model);
    }
}

static void tensors_do_not_overlap_and_trained_come_first(void **state)
{
    (void)state;
    int count = 0;
    fal_model *model = make(17, 19, 3, 5, 8);
    const fal_tensor *tensors = fal_model_tensors(model, &count);
    assert_int_equal(count, 26);
    assert_string_equal(tensors[0].name, "features.0.0.weight");
    assert_string_equal(tensors[5].name, "features.0.1.running_var");
    assert_string_equal(tensors[25].name, "linear.bias");
    assert_string_equal(fal_model_counter_name(model, 3), "features.3.1.num_batches_tracked");
    assert_null(fal_model_counter_name(model, 4));
    for (int i = 0; i < count; i++) {
        assert_int_equal(tensors[i].offset % 16, 0);
        assert_true(tensors[i].offset + tensors[i].count <= fal_model_size(model));
        assert_int_equal(tensors[i].trained, tensors[i].offset < fal_model_trained(model));
        for (int j = 0; j < i; j++) {
            assert_true(tensors[i].offset >= tensors[j].offset + tensors[j].count ||
                        tensors[j].offset >= tensors[i].offset + tensors[i].count);
        }
    }
    fal_model_destroy(model);
}

static void wrong_shapes_are_refused(void **state)
{
    (void)state;
    fal_model *model = NULL;
    const fal_model_shape misspelt = {.architecture = "cnn4con", .h = 32, .w = 32, .c = 3, .classes = 10};
    const fal_model_shape small = {.architecture = "cnn4conv", .h = 15, .w = 32, .c = 3, .classes = 10};
    const fal_model_shape huge = {.architecture = "cnn4conv", .h = 32, .w = 1 << 20, .c = 3, .classes = 10};
    const fal_model_shape classless = {.architecture = "cnn4conv", .h = 32, .w = 32, .c = 3, .classes = 0};
    assert_fails(fal_model_create(&misspelt, &model), FAL_ERR_USAGE, "use cnn4conv");
    assert_fails(fal_model_create(&small, &model), FAL_ERR_USAGE, "too small");
    assert_fails(fal_model_create(&huge, &model), FAL_ERR_USAGE, "at most 1024");
    assert_fails(fal_model_create(&classless, &model), FAL_ERR_USAGE, "0 classes");
    assert_null(model);
}

/* Mean, spread and range of every tensor; other addresses give other weights, the same address the same. */
static void initial_weights_have_their_distribution(void **state)
{
    (void)state;
    int count = 0;
    fal_model *model = make(32, 32, 3, 10, 64);
    const size_t size = fal_model_size(model);
    float *params = NULL;
    float *again = NULL;
    assert_ok(fal_alloc(&params, size, sizeof(float), "test"));
    assert_ok(fal_alloc(&again, size, sizeof(float), "test"));
    fal_rng rng = {.seed = 1, .purpose = FAL_RNG_MODEL_INIT, .al_round = 1};
    fal_model_init(model, &rng, params);
    fal_model_init(model, &rng, again);
    assert_memory_equal(params, again, size * sizeof(float));
    const fal_tensor *tensors = fal_model_tensors(model, &count);
    const double bounds[5] = {1.0 / sqrt(27.0), 1.0 / 24.0, 1.0 / 24.0, 1.0 / 24.0, 1.0 / 16.0};
    for (int block = 0; block < 5; block++) {
        const fal_tensor *tensor = &tensors[block * 6]; /* a convolution's weight, at last the linear one */
        double sum = 0.0;
        double square = 0.0;
        double largest = 0.0;
        for (size_t e = 0; e < tensor->count; e++) {
            const double value = (double)params[tensor->offset + e];
            sum += value;
            square += value * value;
            largest = fmax(largest, fabs(value));
        }
        const double n = (double)tensor->count;
        const double spread = bounds[block] / sqrt(3.0);
        assert_true(largest <= bounds[block] && largest > 0.99 * bounds[block]);
        assert_true(fabs(sum / n) < 5.0 * spread / sqrt(n));
        assert_true(fabs(sqrt(square / n) / spread - 1.0) < 5.0 / sqrt(n));
    }
    assert_true(params[tensors[2].offset] == 1.0F && params[tensors[3].offset] == 0.0F);
    assert_true(params[tensors[4].offset] == 0.0F && params[tensors[5].offset] == 1.0F);
    assert_true(params[tensors[25].offset] == 0.0F); /* linear bias */
    assert_true(params[tensors[1].offset] != 0.0F);  /* convolution bias */
    rng.al_round = 2;
    fal_model_init(model, &rng, again);
    assert_memory_not_equal(params, again, size * sizeof(float));
    fal_free(again);
    fal_free(params);
    fal_model_destroy(model);
}

static void model_files_keep_every_bit(void **state)
{
    (void)state;
    fal_model *model = make(20, 17, 3, 5, 8);
    const size_t size = fal_model_size(model);
    const fal_rng rng = {.seed = 8, .purpose = FAL_RNG_MODEL_INIT};
    const char *path = fal_test_temporary("model.h5");
    float *params = NULL;
    float *read = NULL;
    fal_h5 *file = NULL;
    fal_model_shape shape = {0};
    assert_ok(fal_alloc(&params, size, sizeof(float), "test"));
    assert_ok(fal_alloc(&read, size, sizeof(float), "test"));
    fal_model_init(model, &rng, params);
    assert_ok(fal_modelfile_write(path, model, params, mean, std));
    assert_ok(fal_modelfile_read(path, model, read));
    assert_memory_equal(params, read, size * sizeof(float));
    assert_ok(fal_h5_open(path, &file));
    assert_ok(fal_modelfile_shape(file, "/", &shape));
    assert_memory_equal(&shape, fal_model_shape_of(model), sizeof shape);
    assert_true(fal_h5_has(file, "/features.2.1.num_batches_tracked"));
    fal_h5_close(file);
    fal_free(read);
    fal_free(params);
    fal_model_destroy(model);
}

/* A file of another shape, or with a weight that is not finite, leaves the parameters alone. */
static void unfit_model_files_are_refused(void **state)
{
    (void)state;
    fal_model *model = make(16, 16, 3, 5, 8);
    fal_model *wider = make(16, 16, 3, 5, 12);
    float *params = NULL;
    float *read = NULL;
    const char *path = fal_test_temporary("unfit.h5");
    assert_ok(fal_alloc(&params, fal_model_size(wider), sizeof(float), "test"));
    assert_ok(fal_alloc(&read, fal_model_size(wider), sizeof(float), "test"));
    read[0] = 7.0F;
    assert_ok(fal_modelfile_write(path, model, params, mean, std));
    assert_fails(fal_modelfile_read(path, wider, read), FAL_ERR_INPUT, "features.0.0.weight");
    params[3] = NAN;
    assert_ok(fal_modelfile_write(path, model, params, mean, std));
    assert_fails(fal_modelfile_read(path, model, read), FAL_ERR_INPUT, "not finite");
    assert_true(read[0] == 7.0F);
    fal_free(read);
    fal_free(params);
    fal_model_destroy(wider);
    fal_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_of_the_paper), cmocka_unit_test(tensors_do_not_overlap_and_trained_come_first),
        cmocka_unit_test(wrong_shapes_are_refused),     cmocka_unit_test(initial_weights_have_their_distribution),
        cmocka_unit_test(model_files_keep_every_bit),   cmocka_unit_test(unfit_model_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
