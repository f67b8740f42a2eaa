/* Studies, updates and sites as files: what is written is read back, the rounds of a study, and what is refused. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/results/tables.h"
#include "fal/site/join.h"
#include "fal/site/merge.h"
#include "fal/site/train.h"

#define HEAD                                                                                                           \
    "name = s\nsites = a:6, b:5\nclasses = x, y, z\nimage = 16x16x1\nmean = 0.5\nstd = 0.25\nbatch_size = 2\n"         \
    "local_epochs = 1\nfl_rounds = 2\nal_rounds = 2\nbudget = 2\nstrategy = random\n"

static fal_status make(const char *text, fal_site_study **study)
{
    const char *path = fal_test_temporary("study.ini");
    assert_ok(fal_file_replace(path, text, strlen(text)));
    return fal_site_study_make(path, study);
}

static fal_site_study *study_of(const char *text)
{
    fal_site_study *study = NULL;
    assert_ok(make(text, &study));
    assert_ok(fal_site_study_write(study, fal_test_temporary("G.h5")));
    return study;
}

static void a_study_is_read_back_as_it_was(void **state)
{
    (void)state;
    fal_site_study *a = study_of(HEAD "algorithm = scaffold\n");
    fal_site_study *b = NULL;
    assert_int_equal(a->state_size, fal_model_trained(a->model));
    a->state[3] = 0.5F;
    a->fl_done = 1;
    assert_ok(fal_table_add(&a->merged, &(fal_row_merged){.fl_round = 1, .client = 1, .images = 4, .mark = -7}));
    assert_ok(fal_site_study_write(a, fal_test_temporary("G.h5")));
    assert_ok(fal_site_study_open(fal_test_temporary("G.h5"), &b));
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->sha256, b->sha256);
    assert_int_equal(b->clients, 2);
    assert_string_equal(b->sites[1].name, "b");
    assert_int_equal(b->fl_done, 1);
    assert_memory_equal(a->weights, b->weights, a->size * sizeof(float));
    assert_memory_equal(a->state, b->state, a->state_size * sizeof(float));
    assert_int_equal(((const fal_row_merged *)fal_table_row(&b->merged, 0))->mark, -7);
    fal_site_study_destroy(a);
    fal_site_study_destroy(b);
}

static void what_is_fixed_makes_the_identity_and_nothing_else(void **state)
{
    (void)state;
    fal_site_study *a = study_of(HEAD);
    fal_site_study *same = study_of(HEAD "lr = 0.010\n");
    fal_site_study *other = study_of(HEAD "lr = 0.02\n");
    assert_string_equal(a->id, same->id);
    assert_string_not_equal(a->id, other->id);
    fal_site_study_destroy(a);
    fal_site_study_destroy(same);
    fal_site_study_destroy(other);
}

static void lines_that_cannot_be_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"name = s/t\n", "study.ini:1: name: "},
        {"name = s\nsites = a:0\n", "study.ini:2: sites: "},
        {"name = s\nsites = a\n", "study.ini:2: sites: "},
        {"name = s\nsites = a:2\nclasses = x, x\n", "classes: x is named twice"},
        {"name = s\nsites = a:2\nclasses = x\nimage = 16x16x1\nmean = 0.5\nstd = 0.5\n", "two classes at least"},
        {"image = 16x16x2\n", "image: "},
        {"image = 16x16x1junk\n", "image: "},
        {"std = 0\n", "std: "},
        {"mean = 0.1, 0.2, 0.3, 0.4\n", "mean: "},
        {"mean = 1.01\n", "study.ini:1: mean: \"1.01\": one number, or one for each channel, of pixels / 255: 0 to"},
        {"mean = 0.5, -0.001, 0.5\n", "mean: \"-0.001\""},
        {"mean = 127.5\n", "mean: \"127.5\""},
        {"std = 64\n", "std: \"64\": one number, or one for each channel, of pixels / 255: 0.001 to 1"},
        {"std = 0.0009\n", "std: "},
        {"std = inf\n", "std: "},
        {HEAD "std_ = 1\n", "no parameter"},
        {"name = s\nsites = a:2\nclasses = x, y\nimage = 16x16x1\nmean = 0.1,0.2,0.3\nstd = 0.5\n", "mean: give one"},
        {HEAD "stop_accuracy = 0.5\n", "stop_accuracy: "},
        {HEAD "init = file\n", "--init file and --init-model FILE go together"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fal_site_study *study = NULL;
        assert_fails(make(bad[i].text, &study), FAL_ERR_USAGE, bad[i].message);
        assert_null(study);
    }
}

static void constants_at_their_bounds_are_taken_and_read_back(void **state)
{
    (void)state;
    static const char *const good[] = {"mean = 0\nstd = 0.001\n", "mean = 1\nstd = 1\n"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[512];
        fal_site_study *read = NULL;
        (void)snprintf(text, sizeof text,
                       "name = s\nsites = a:6\nclasses = x, y\nimage = 16x16x1\nstrategy = random\n%s", good[i]);
        fal_site_study_destroy(study_of(text));
        assert_ok(fal_site_study_open(fal_test_temporary("G.h5"), &read));
        fal_site_study_destroy(read);
    }
}

static void an_al_round_follows_a_final_one_with_its_own_weights(void **state)
{
    (void)state;
    fal_site_study *a = study_of(HEAD);
    const float before = a->weights[0];
    assert_fails(fal_site_study_next(a, NULL), FAL_ERR_USAGE, "has 2 FL rounds of AL round 1 to go");
    a->fl_done = 2;
    assert_true(fal_site_study_is_final(a));
    assert_ok(fal_site_study_next(a, NULL));
    assert_int_equal(a->al_round, 2);
    assert_int_equal(a->fl_done, 0);
    assert_true(a->weights[0] != before);
    a->fl_done = 2;
    assert_fails(fal_site_study_next(a, NULL), FAL_ERR_USAGE, "AL round 2 is the last of the study");
    fal_site_study_destroy(a);
    fal_site_study *all = study_of(HEAD);
    all->fl_done = 2;
    for (int k = 0; k < 2; k++) {
        const fal_row_merged row = {.fl_round = 2, .client = k, .images = all->sites[k].images};
        assert_ok(fal_table_add(&all->merged, &row));
    }
    assert_fails(fal_site_study_next(all, NULL), FAL_ERR_USAGE, "11 of 11 images are labelled: the study ends here");
    fal_site_study_destroy(all);
}

/* A site of n images that all have labels, x.h5. */
static fal_site *site_of(const fal_site_study *study, int client, const char *file, int labelled)
{
    fal_dataset_parts *parts = NULL;
    fal_site *site = NULL;
    const int64_t n = study->sites[client].images;
    const char *path = fal_test_temporary(file);
    assert_ok(fal_alloc(&parts, 1, sizeof *parts, "test"));
    *parts = (fal_dataset_parts){.h = 16, .w = 16, .c = 1, .classes = 3, .n_train = n, .std = {1}};
    memcpy(parts->class_names, study->head.class_names, sizeof parts->class_names);
    assert_ok(fal_alloc(&parts->train_images, (size_t)n, 256, "test"));
    assert_ok(fal_alloc(&parts->train_labels, (size_t)n, sizeof(int16_t), "test"));
    for (int64_t i = 0; i < n; i++) {
        parts->train_labels[i] = (int16_t)(i < labelled ? i % 3 : -1);
        for (int p = 0; p < 256; p++) {
            parts->train_images[i * 256 + p] = (uint8_t)(17 * i + 5 * p * (client + 1));
        }
    }
    assert_ok(fal_site_join(path, study, client, "test", parts));
    assert_ok(fal_site_open(path, &site));
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
    return site;
}

static void forget_sites(void)
{
    static const char *const files[] = {"a.h5", "a.site.h5", "a.answers.h5", "b.h5", "b.site.h5", "b.answers.h5"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_ok(fal_file_remove(fal_test_temporary(files[i])));
    }
}

static void train(fal_site *site, const fal_site_study *study, const char *file)
{
    fal_site_training training;
    bool repeated = true;
    assert_ok(fal_site_ask(site, study, 0, FAL_KERNELS_FAST, &repeated));
    assert_false(repeated);
    assert_ok(fal_site_train(site, study, INFINITY, FAL_KERNELS_FAST, &training));
    assert_ok(fal_update_write(&training.update, study, fal_test_temporary(file)));
    fal_update_destroy(&training.update);
}

static void updates_are_merged_in_any_order_and_counted(void **state)
{
    (void)state;
    fal_site_study *study = study_of(HEAD "algorithm = scaffold\n");
    fal_site_study *other = study_of(HEAD "algorithm = scaffold\n");
    fal_site *a = site_of(study, 0, "a.h5", 6);
    fal_site *b = site_of(study, 1, "b.h5", 5);
    const fal_merge_options strict = {0};
    fal_merge_report report = {0};
    train(a, study, "a.update.h5");
    train(b, study, "b.update.h5");
    char first[4096];
    (void)snprintf(first, sizeof first, "%s", fal_test_temporary("a.update.h5"));
    const char *const files[3] = {first, fal_test_temporary("b.update.h5"), first};
    assert_fails(fal_site_study_merge(study, files, 1, &strict, &report), FAL_WAITING, "the updates of b are missing");
    assert_fails(fal_site_study_merge(study, files, 3, &strict, &report), FAL_ERR_INPUT, "are both of site a");
    assert_int_equal(study->fl_done, 0);
    fal_text_clear(&report.missing);
    assert_ok(fal_site_study_merge(study, files, 2, &strict, &report));
    assert_ok(fal_site_study_merge(other, files + 1, 2, &strict, &report));
    assert_int_equal(report.missing.length, 0);
    assert_int_equal(study->merged.count, 2);
    assert_int_equal(study->fl_done, 1);
    assert_memory_equal(study->weights, other->weights, study->size * sizeof(float));
    assert_memory_equal(study->state, other->state, study->state_size * sizeof(float));
    assert_fails(fal_site_study_merge(study, files, 2, &strict, &report), FAL_ERR_INPUT,
                 "FL round 2 of AL round 1 comes next");
    fal_merge_report_destroy(&report);
    fal_site_close(a);
    fal_site_close(b);
    fal_site_study_destroy(study);
    fal_site_study_destroy(other);
    forget_sites();
}

static void answers_settle_when_training_uses_them(void **state)
{
    (void)state;
    fal_site_study *study = study_of(HEAD);
    fal_site *site = site_of(study, 0, "a.h5", 0);
    fal_site_training training;
    bool repeated = false;
    assert_fails(fal_site_train(site, study, INFINITY, FAL_KERNELS_FAST, &training), FAL_ERR_USAGE, "fal_site ask");
    assert_ok(fal_site_ask(site, study, 4, FAL_KERNELS_FAST, &repeated));
    assert_int_equal(site->state.asking.count, 4);
    assert_fails(fal_site_train(site, study, 3, FAL_KERNELS_FAST, &training), FAL_WAITING, "4 of 4 questions");
    static const int64_t labels[3] = {2, FAL_ANSWER_CANNOT_TELL, 1};
    for (int i = 0; i < 3; i++) {
        const fal_row_query *asked = fal_table_row(&site->state.asking, i);
        const fal_row_answer row = {.image = asked->image, .label = labels[i], .seconds = NAN};
        assert_ok(fal_answers_add(&site->answers, &row, "ann"));
    }
    assert_ok(fal_site_train(site, study, 3, FAL_KERNELS_FAST, &training));
    assert_int_equal(training.update.images, 2);
    assert_int_equal(site->pool.labelled_count, 2);
    assert_int_equal(site->pool.dropped_count, 1);
    assert_int_equal(site->pool.unlabelled_count, 3); /* what had no answer stays */
    assert_int_equal(site->state.queries.count, 3);
    fal_update_destroy(&training.update);
    /* As it was saved, so it is read: with the answers in the labels. */
    const int64_t image = site->pool.labelled[0];
    assert_ok(fal_site_save(site));
    fal_site_close(site);
    assert_ok(fal_site_open(fal_test_temporary("a.h5"), &site));
    assert_int_equal(site->pool.labelled[0], image);
    assert_int_equal(site->dataset.train_labels[image], 2);
    assert_int_equal(site->pool.dropped_count, 1);
    fal_site_close(site);
    fal_site_study_destroy(study);
    forget_sites();
}

static void a_file_of_another_kind_is_refused(void **state)
{
    (void)state;
    fal_site_study *study = study_of(HEAD);
    fal_site_study *wrong = NULL;
    fal_update update = {0};
    fal_site *site = NULL;
    assert_fails(fal_update_read(fal_test_temporary("G.h5"), study, &update), FAL_ERR_INPUT, "study");
    assert_fails(fal_site_open(fal_test_temporary("G.h5"), &site), FAL_ERR_INPUT, "G.h5");
    assert_fails(fal_site_open("x.csv", &site), FAL_ERR_USAGE, "NAME.h5");
    assert_ok(fal_file_replace(fal_test_temporary("t.h5"), "no file of ours", 15));
    assert_fails(fal_site_study_open(fal_test_temporary("t.h5"), &wrong), FAL_ERR_INPUT, "t.h5");
    assert_null(wrong);
    assert_null(site);
    fal_site_study_destroy(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_is_read_back_as_it_was),
        cmocka_unit_test(what_is_fixed_makes_the_identity_and_nothing_else),
        cmocka_unit_test(lines_that_cannot_be_are_named),
        cmocka_unit_test(constants_at_their_bounds_are_taken_and_read_back),
        cmocka_unit_test(an_al_round_follows_a_final_one_with_its_own_weights),
        cmocka_unit_test(updates_are_merged_in_any_order_and_counted),
        cmocka_unit_test(answers_settle_when_training_uses_them),
        cmocka_unit_test(a_file_of_another_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
