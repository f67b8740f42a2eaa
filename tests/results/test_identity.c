/* What decides a result, as files state it: parameters that came after the first version of the program. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/experiment/parameters.h"
#include "fal/io/digest.h"
#include "fal/results/identity.h"

enum { PARAMETERS_MOST = 128 };

static fal_param rows[PARAMETERS_MOST];
static fal_param_table later; /* the program's table and a scientific parameter of a later version */
static fal_dataset dataset;

static int create(void **state)
{
    (void)state;
    const fal_param_table *now = fal_parameters();
    assert_true(now->count < PARAMETERS_MOST);
    memcpy(rows, now->rows, (size_t)now->count * sizeof *rows);
    rows[now->count] = (fal_param){.name = "warmth",
                                   .metavar = "X",
                                   .unit = "",
                                   .initial = "0.50", /* not the form in which values are kept */
                                   .choices = "",
                                   .help = "of a later version",
                                   .source = "",
                                   .high = 1,
                                   .type = FAL_PARAM_REAL,
                                   .group = FAL_PARAM_SCIENTIFIC,
                                   .list = true,
                                   .since = "9.9.0"};
    later = *now;
    later.rows = rows;
    later.count++;
    strcpy(dataset.name, "tiny");
    strcpy(dataset.class_names[0], "cat");
    strcpy(dataset.class_names[1], "dog");
    dataset.c = 1;
    dataset.std[0] = 1;
    dataset.classes = 2;
    return 0;
}

/* A file with the identity of a trial of these parameters; its digest. */
static void write_file(const char *name, fal_params *params, char digest[FAL_HASH_TEXT])
{
    const fal_trial_id trial = {.params = params};
    fal_h5 *file = NULL;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "results"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", 1));
    assert_ok(fal_identity_put(file, &trial, &dataset));
    assert_ok(fal_h5_save(file, fal_test_temporary(name)));
    fal_h5_close(file);
    assert_ok(fal_digest_file(fal_test_temporary(name), digest));
}

static void compare(const char *name, fal_params *params, const char *expected)
{
    const fal_trial_id trial = {.params = params};
    fal_h5 *file = NULL;
    char differs[256];
    bool unsaid = true;
    assert_ok(fal_h5_open(fal_test_temporary(name), &file));
    assert_ok(fal_identity_compare(file, &trial, &dataset, differs, sizeof differs, &unsaid));
    assert_string_equal(differs, expected);
    fal_h5_close(file);
}

static void a_later_parameter_leaves_older_results_as_they_are(void **state)
{
    (void)state;
    fal_params *before = NULL;
    fal_params *after = NULL;
    char old[FAL_HASH_TEXT];
    char same[FAL_HASH_TEXT];
    char other[FAL_HASH_TEXT];
    assert_ok(fal_params_create(fal_parameters(), &before));
    assert_ok(fal_params_create(&later, &after));
    write_file("old.h5", before, old);
    write_file("same.h5", after, same);
    assert_string_equal(old, same); /* at its default it is not stated */
    compare("old.h5", after, "");
    compare("same.h5", before, "");

    assert_ok(fal_params_set(after, "warmth", "0.7", FAL_SOURCE_FILE, "test"));
    write_file("other.h5", after, other);
    assert_string_not_equal(old, other);
    compare("old.h5", after, "warmth (there 0.5, now 0.7)");
    compare("other.h5", after, "");
    assert_ok(fal_params_set(after, "warmth", "0.5", FAL_SOURCE_FILE, "test"));
    compare("other.h5", after, "warmth (there 0.7, now 0.5)");
    fal_params_destroy(after);
    fal_params_destroy(before);
}

static void trials_with_and_without_open_images_are_two(void **state)
{
    (void)state;
    fal_params *labels = NULL;
    fal_params *file = NULL;
    char whole[FAL_HASH_TEXT];
    char asked[FAL_HASH_TEXT];
    assert_ok(fal_params_create(fal_parameters(), &labels));
    assert_ok(fal_params_create(fal_parameters(), &file));
    assert_ok(fal_params_set(file, "oracle", "file", FAL_SOURCE_COMMAND_LINE, "test"));
    write_file("whole.h5", labels, whole);
    compare("whole.h5", file, ""); /* every image has a label: who is asked does not matter */
    dataset.unlabelled = 3;
    write_file("asked.h5", file, asked);
    assert_string_equal(whole, asked);
    compare("asked.h5", file, "");
    compare("asked.h5", labels, "oracle (there images that lack a label are asked for, now left out)");
    compare("whole.h5", file, "oracle (there images that lack a label are left out, now asked for)");
    compare("whole.h5", labels, "");
    dataset.unlabelled = 0;
    fal_params_destroy(file);
    fal_params_destroy(labels);
}

static void parameters_are_read_back(void **state)
{
    (void)state;
    fal_params *written = NULL;
    fal_params *read = NULL;
    fal_h5 *file = NULL;
    char digest[FAL_HASH_TEXT];
    assert_ok(fal_params_create(&later, &written));
    assert_ok(fal_params_create(&later, &read));
    assert_ok(fal_params_set(written, "alpha", "inf", FAL_SOURCE_FILE, "test"));
    assert_ok(fal_params_set(written, "seeds", "9007199254740993", FAL_SOURCE_FILE, "test"));
    assert_ok(fal_params_set(written, "first_round", "yes", FAL_SOURCE_FILE, "test"));
    write_file("written.h5", written, digest);
    assert_ok(fal_h5_open(fal_test_temporary("written.h5"), &file));
    assert_ok(fal_identity_read_parameters(file, read));
    fal_h5_close(file);
    for (int i = 0; i < later.count; i++) {
        if (rows[i].group == FAL_PARAM_SCIENTIFIC) {
            assert_string_equal(fal_params_text(read, rows[i].name), fal_params_text(written, rows[i].name));
        }
    }
    fal_params_destroy(read);
    fal_params_destroy(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_parameter_leaves_older_results_as_they_are),
        cmocka_unit_test(trials_with_and_without_open_images_are_two),
        cmocka_unit_test(parameters_are_read_back),
    };
    return cmocka_run_group_tests(tests, create, NULL);
}
