/* Details of a trial: from files that the program wrote, now and in its first version, and from files that can't be. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/experiment/parameters.h"
#include "fal/io/h5.h"
#include "fal/results/details.h"
#include "fal/results/write.h"
#include "small_fed.h"

enum { ROUNDS = 2, FL = 3, CLASSES = SMALL_CLASSES, CLIENTS = SMALL_CLIENTS };

static small_fed small;
static fal_params *params;
static float *weights;
static int64_t pool_counts[CLIENTS][CLASSES];

static int set_up(void **state)
{
    (void)state;
    assert_ok(small_fed_create(&small, 4, 0, 0));
    for (int c = 0; c < CLASSES; c++) {
        (void)strcpy(small.dataset.class_names[c], c == 1 ? "a\033[31mb" : "class");
    }
    assert_ok(small_fed_params(&small, &weights));
    assert_ok(fal_params_create(fal_parameters(), &params));
    assert_ok(fal_params_set(params, "alpha", "0.30000000000000004", FAL_SOURCE_FILE, "test"));
    for (int k = 0; k < CLIENTS; k++) {
        for (int c = 0; c < CLASSES; c++) {
            pool_counts[k][c] = 10 * k + c;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fal_params_destroy(params);
    fal_free(weights);
    small_fed_destroy(&small);
    return 0;
}

/* Two AL rounds of three FL rounds, and the bought labels of a third one under way. */
static void fill(fal_record *record)
{
    fal_record_init(record, CLIENTS, CLASSES);
    for (int r = 1; r <= ROUNDS; r++) {
        const double accuracy[CLASSES] = {0, 0.25, 0.5, NAN, r / 2.0};
        const fal_row_round round = {.al_round = r, .labelled_share = 0.1 * r, .test_accuracy = 0.5};
        assert_ok(fal_record_add_classes(record, accuracy));
        assert_ok(fal_table_add(&record->rounds, &round));
        for (int t = 1; t <= FL; t++) {
            const fal_row_fl_round fl = {.al_round = r, .fl_round = t, .train_loss = 1.0 / t, .test_accuracy = NAN};
            assert_ok(fal_table_add(&record->fl_rounds, &fl));
        }
    }
    for (int r = 1; r <= ROUNDS + 1; r++) {
        for (int k = 0; k < CLIENTS; k++) {
            const fal_row_client client = {.al_round = r, .client = k, .train_loss = k == 0 ? NAN : r + 0.1 * k};
            const fal_row_query query = {.al_round = r, .client = k, .image = 7 * r + k, .label = k % CLASSES};
            assert_ok(fal_table_add(&record->clients, &client));
            assert_ok(fal_table_add(&record->queries, &query));
        }
    }
    assert_ok(fal_alloc(&record->first_round, (size_t)CLIENTS * CLASSES, sizeof(double), "test"));
    record->first_round[2 * CLASSES + 1] = 0.75;
    int64_t confusion[CLASSES * CLASSES] = {0};
    confusion[1 * CLASSES + 2] = 17;
    assert_ok(fal_record_set_confusion(record, confusion));
}

static const char *write_results(const fal_record *record)
{
    static fal_trial_id trial;
    static int32_t client_of[SMALL_TRAIN];
    static fal_run_info run = {.mpi = "mpi\tlibrary", .ranks = 3};
    memset(run.command, 'x', sizeof run.command - 1);
    trial = (fal_trial_id){.params = params, .setting = "small", .strategy = "random", .seed = 5};
    (void)strcpy(trial.path, fal_test_temporary("details.h5"));
    const fal_results results = {.trial = &trial,
                                 .dataset = &small.dataset,
                                 .model = small.model,
                                 .params = weights,
                                 .record = record,
                                 .shared = NAN,
                                 .pool_counts = pool_counts[0],
                                 .client_of = client_of,
                                 .run = &run};
    assert_ok(fal_results_write(&results, "stopped"));
    return trial.path;
}

static const char *value_of(const fal_detail *list, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i].value;
        }
    }
    return "(not there)";
}

static void what_was_written_comes_back(void **state)
{
    (void)state;
    fal_record record;
    fal_details details = {0};
    fill(&record);
    assert_ok(fal_details_read(write_results(&record), &details));
    assert_int_equal(details.clients, CLIENTS);
    assert_int_equal(details.classes, CLASSES);
    assert_int_equal(details.al_rounds, ROUNDS);
    assert_memory_equal(details.pool_counts, pool_counts, sizeof pool_counts);
    assert_int_equal(details.labelled_counts[(1 * CLIENTS + 3) * CLASSES + 3], 2);
    assert_true(details.class_accuracy[CLASSES + 4] == 1 && isnan(details.class_accuracy[3]));
    assert_true(details.confusion[1 * CLASSES + 2] == 17 && details.confusion[2 * CLASSES + 1] == 0);
    assert_true(details.first_local[2 * CLASSES + 1] == 0.75 && details.first_global[2] == 0.5);
    assert_true(isnan(details.client_rows[CLIENTS].train_loss) && details.client_rows[CLIENTS + 4].train_loss == 2.4);
    assert_int_equal(details.fl_count, ROUNDS * FL);
    assert_true(details.fl_rows[1].train_loss == 0.5);
    assert_int_equal(details.query_count, (ROUNDS + 1) * CLIENTS);
    assert_int_equal(details.query_rows[CLIENTS + 2].image, 16);
    fal_details_destroy(&details);
    fal_record_destroy(&record);
}

static void texts_can_be_shown(void **state)
{
    (void)state;
    fal_record record;
    fal_details details = {0};
    fill(&record);
    assert_ok(fal_details_read(write_results(&record), &details));
    assert_string_equal(details.class_names[0], "class");
    assert_string_equal(details.class_names[1], "a?[31mb");
    assert_string_equal(value_of(details.parameters, details.parameter_count, "alpha"), "0.30000000000000004");
    assert_string_equal(value_of(details.parameters, details.parameter_count, "clients"), "10");
    assert_string_equal(value_of(details.parameters, details.parameter_count, "description"), "(not there)");
    assert_string_equal(value_of(details.run, details.run_count, "ranks"), "3");
    assert_string_equal(value_of(details.run, details.run_count, "mpi"), "mpi?library");
    const char *command = value_of(details.run, details.run_count, "command_line");
    assert_int_equal(strlen(command), sizeof details.run->value - 1);
    assert_string_equal(command + strlen(command) - 4, "x...");
    fal_details_destroy(&details);
    fal_details_destroy(&details);
    fal_details_destroy(NULL);
    fal_record_destroy(&record);
}

static void a_trial_that_just_began_has_none_of_it(void **state)
{
    (void)state;
    fal_record record;
    fal_details details = {0};
    fal_record_init(&record, CLIENTS, CLASSES);
    assert_ok(fal_details_read(write_results(&record), &details));
    assert_int_equal(details.al_rounds, 0);
    assert_int_equal(details.classes, CLASSES);
    assert_true(details.client_rows == NULL && details.fl_rows == NULL && details.query_rows == NULL);
    assert_null(details.first_local);
    fal_details_destroy(&details);
    fal_record_destroy(&record);
}

static void files_of_the_first_version_are_read(void **state)
{
    (void)state;
    fal_details details = {0};
    assert_ok(fal_details_read(fal_test_fixture("v010/results.h5"), &details));
    assert_int_equal(details.clients, 2);
    assert_int_equal(details.classes, 3);
    assert_int_equal(details.al_rounds, 3);
    assert_int_equal(details.fl_count, 9);
    assert_int_equal(details.query_count, 24);
    assert_null(details.confusion);
    assert_string_equal(value_of(details.parameters, details.parameter_count, "algorithm"), "fedavg");
    int64_t held = 0;
    int64_t labelled = 0;
    for (int i = 0; i < 6; i++) {
        held += details.pool_counts[i];
        labelled += details.labelled_counts[2 * 6 + i];
    }
    assert_int_equal(held, 60);
    assert_int_equal(labelled, 24);
    fal_details_destroy(&details);
}

static void balanced_accuracy_is_the_mean_of_the_classes_at_hand(void **state)
{
    (void)state;
    const double nothing[2] = {NAN, NAN};
    fal_record record;
    fal_h5 *file = NULL;
    double balanced[ROUNDS];
    fill(&record);
    assert_ok(fal_h5_open(write_results(&record), &file));
    assert_ok(fal_h5_read(file, "/balanced_accuracy", &(fal_h5_shape){FAL_H5_DOUBLE, 1, {ROUNDS}}, balanced));
    assert_true(balanced[0] == 1.25 / 4 && balanced[1] == 1.75 / 4);
    assert_true(isnan(fal_balanced_accuracy(nothing, 2)));
    fal_h5_close(file);
    fal_record_destroy(&record);
}

/* ---- what can't be --------------------------------------------------------------------------------------------- */

static void refuse_file(const char *path, const char *message)
{
    fal_details details = {.classes = 42};
    assert_fails(fal_details_read(path, &details), FAL_ERR_INPUT, message);
    assert_int_equal(details.classes, 42); /* untouched */
}

static void refuse(void (*spoil)(fal_record *record), const char *message)
{
    fal_record record;
    fill(&record);
    spoil(&record);
    refuse_file(write_results(&record), message);
    fal_record_destroy(&record);
}

static void spoil_accuracy(fal_record *record) { record->class_accuracy[1] = 1.5; }
static void spoil_confusion(fal_record *record) { record->confusion[2] = -1; }
static void spoil_first(fal_record *record) { record->first_round[1] = -INFINITY; }
static void spoil_missing_client(fal_record *record) { record->clients.count--; }
static void spoil_client(fal_record *record) { ((fal_row_client *)fal_table_row(&record->clients, 3))->client = 2; }
static void spoil_loss(fal_record *record)
{
    ((fal_row_client *)fal_table_row(&record->clients, 3))->train_loss = INFINITY;
}
static void spoil_pool(fal_record *record) { ((fal_row_client *)fal_table_row(&record->clients, 3))->pool = -3; }
static void spoil_fl_round(fal_record *record)
{
    ((fal_row_fl_round *)fal_table_row(&record->fl_rounds, 1))->fl_round = 1;
}
static void spoil_fl_accuracy(fal_record *record)
{
    ((fal_row_fl_round *)fal_table_row(&record->fl_rounds, 1))->test_accuracy = 71;
}
static void spoil_image(fal_record *record) { ((fal_row_query *)fal_table_row(&record->queries, 1))->image = -1; }
static void spoil_query_round(fal_record *record)
{
    ((fal_row_query *)fal_table_row(&record->queries, 1))->al_round = ROUNDS + 2;
}

static void values_that_can_not_be_are_refused(void **state)
{
    (void)state;
    refuse(spoil_accuracy, "/class_accuracy holds 1.5: no share");
    refuse(spoil_confusion, "/confusion holds -1: no number of images");
    refuse(spoil_first, "/first_round/local_only_class_accuracy holds -inf");
    refuse(spoil_missing_client, "/clients has 20 rows, expected 14");
    refuse(spoil_client, "/clients row 3: not the next client");
    refuse(spoil_loss, "/clients row 3: train_loss can't be inf");
    refuse(spoil_pool, "/clients row 3: pool can't be -3");
    refuse(spoil_fl_round, "/fl_rounds row 1: not a later FL round");
    refuse(spoil_fl_accuracy, "/fl_rounds row 1: test_accuracy can't be 71");
    refuse(spoil_image, "/queries row 1: AL round, client, order, image or label out of range");
    refuse(spoil_query_round, "/queries row 1:");
    pool_counts[1][1] = -1;
    refuse(spoil_query_round, "/pool_counts holds -1: no number of images");
    pool_counts[1][1] = 11;
}

/* A file with one AL round, these arrays and these class names. */
typedef struct {
    const char *path;
    fal_h5_shape shape;
} array;

static const char *write_arrays(const array *arrays, int count, int names)
{
    static const double zeros[1 << 15];
    static const char *const texts[] = {"one", "two", "three"};
    const char *path = fal_test_temporary("arrays.h5");
    fal_h5 *file = NULL;
    fal_table rounds;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "results"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", 1));
    fal_table_init(&rounds, &fal_rounds_kind);
    assert_ok(fal_table_add(&rounds, &(fal_row_round){.al_round = 1}));
    assert_ok(fal_h5_write_table(file, &rounds));
    fal_table_destroy(&rounds);
    for (int i = 0; i < count; i++) {
        assert_ok(fal_h5_write(file, arrays[i].path, &arrays[i].shape, zeros, &(fal_h5_about){0}));
    }
    if (names > 0) {
        assert_ok(fal_h5_set_texts(file, "/", "identity_class_names", texts, names));
    }
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    return path;
}

static void shapes_that_disagree_are_refused(void **state)
{
    (void)state;
    fal_details details = {0};
    array arrays[] = {{"/pool_counts", {FAL_H5_INT64, 2, {4, 3}}}, {"/confusion", {FAL_H5_INT64, 2, {3, 3}}}};
    assert_ok(fal_details_read(write_arrays(arrays, 2, 3), &details));
    assert_string_equal(details.class_names[2], "three");
    fal_details_destroy(&details);
    assert_ok(fal_details_read(write_arrays(arrays, 2, 0), &details));
    assert_string_equal(details.class_names[2], "2");
    fal_details_destroy(&details);
    refuse_file(write_arrays(arrays, 2, 2), "identity_class_names has 2 names, but the arrays have 3 classes");
    arrays[1].shape.dims[1] = 4;
    refuse_file(write_arrays(arrays, 2, 0), "/confusion has 4 classes, but there are 3");
    arrays[1].shape = (fal_h5_shape){FAL_H5_INT32, 2, {3, 3}};
    refuse_file(write_arrays(arrays, 2, 0), "/confusion is int32 [3, 3], expected int64 with 2 axes");
    arrays[1] = (array){"/labelled_counts", {FAL_H5_INT64, 3, {2, 4, 3}}};
    refuse_file(write_arrays(arrays, 2, 0), "/labelled_counts has 2 AL rounds, but there are 1");
    arrays[1] = (array){"/class_accuracy", {FAL_H5_INT64, 2, {1, 3}}};
    refuse_file(write_arrays(arrays, 2, 0), "expected float64");
    arrays[0].shape.dims[1] = FAL_CLASSES_MAX + 1;
    refuse_file(write_arrays(arrays, 1, 0), "/pool_counts has 1001 classes, expected 1 to 1000");
    arrays[0].shape.dims[1] = 0;
    refuse_file(write_arrays(arrays, 1, 0), "/pool_counts has 0 classes");
}

static void a_file_of_nothing_but_rounds_has_no_details(void **state)
{
    (void)state;
    fal_details details = {0};
    assert_ok(fal_details_read(write_arrays(NULL, 0, 0), &details));
    assert_int_equal(details.al_rounds, 1);
    assert_int_equal(details.classes, 0);
    assert_null(details.class_names);
    fal_details_destroy(&details);
}

static void truncated_files_are_refused(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("cut.h5");
    FILE *from = fopen(fal_test_fixture("v010/results.h5"), "rb");
    FILE *to = fopen(path, "wb");
    static char bytes[20000];
    assert_true(from != NULL && to != NULL);
    assert_int_equal(fread(bytes, 1, sizeof bytes, from), sizeof bytes);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, to), sizeof bytes);
    assert_int_equal(fclose(from), 0);
    assert_int_equal(fclose(to), 0);
    refuse_file(path, "cut.h5");
    refuse_file(fal_test_temporary("missing.h5"), "missing.h5");
    refuse_file(fal_test_fixture("v010/tiny.h5"), "is a dataset file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_comes_back),
        cmocka_unit_test(texts_can_be_shown),
        cmocka_unit_test(a_trial_that_just_began_has_none_of_it),
        cmocka_unit_test(files_of_the_first_version_are_read),
        cmocka_unit_test(balanced_accuracy_is_the_mean_of_the_classes_at_hand),
        cmocka_unit_test(values_that_can_not_be_are_refused),
        cmocka_unit_test(shapes_that_disagree_are_refused),
        cmocka_unit_test(a_file_of_nothing_but_rounds_has_no_details),
        cmocka_unit_test(truncated_files_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
