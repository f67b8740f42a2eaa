/* Parameters: defaults, precedence, lists, messages, selection of one trial. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/experiment/parameters.h"
#include "fal/base/memory.h"
#include "fal/base/params.h"

static fal_params *params;

static int create(void **state)
{
    (void)state;
    return fal_params_create(fal_parameters(), &params) != FAL_OK;
}

static int destroy(void **state)
{
    (void)state;
    fal_params_destroy(params);
    params = NULL;
    return 0;
}

static fal_status set(const char *name, const char *text)
{
    return fal_params_set(params, name, text, FAL_SOURCE_COMMAND_LINE, "command line");
}

static void every_default_is_valid_and_documented(void **state)
{
    (void)state;
    const int count = fal_parameters()->count;
    const fal_param *table = fal_parameters()->rows;
    assert_true(count > 20);
    for (int i = 0; i < count; i++) {
        assert_true(fal_params_is_default(params, table[i].name));
        assert_int_equal(fal_params_source(params, table[i].name), FAL_SOURCE_DEFAULT);
        assert_true(strlen(table[i].help) > 10);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(table[i].name, table[j].name);
        }
    }
    assert_int_equal(fal_params_int(params, "clients"), 10);
    assert_true(fal_params_real(params, "alpha") == 0.1);
}

static void dashes_and_underscores_are_the_same(void **state)
{
    (void)state;
    assert_ok(set("al-rounds", "3"));
    assert_int_equal(fal_params_int(params, "al_rounds"), 3);
    assert_false(fal_params_is_default(params, "al_rounds"));
}

static void a_lower_source_never_overwrites_a_higher_one(void **state)
{
    (void)state;
    assert_ok(set("clients", "7"));
    assert_ok(fal_params_set(params, "clients", "8", FAL_SOURCE_FILE, "job.ini:3"));
    assert_ok(fal_params_set(params, "clients", "9", FAL_SOURCE_DATASET, "x.h5"));
    assert_int_equal(fal_params_int(params, "clients"), 7);
    assert_ok(fal_params_set(params, "fl_rounds", "8", FAL_SOURCE_FILE, "job.ini:3"));
    assert_ok(set("fl_rounds", "9"));
    assert_int_equal(fal_params_int(params, "fl_rounds"), 9);
}

static void bad_names_and_values_are_explained(void **state)
{
    (void)state;
    assert_fails(set("al-round", "3"), FAL_ERR_USAGE, "did you mean \"al_rounds\"");
    assert_fails(set("zzzzzzzzzz", "3"), FAL_ERR_USAGE, "see --help");
    assert_fails(set("clients", "0"), FAL_ERR_USAGE, "--clients 0: must be a whole number from 1");
    assert_fails(set("clients", "2.5"), FAL_ERR_USAGE, "--clients 2.5");
    assert_fails(set("alpha", "nan"), FAL_ERR_USAGE, "--alpha nan");
    assert_fails(set("alpha", "0.1,"), FAL_ERR_USAGE, "--alpha");
    assert_fails(set("augment", "fli"), FAL_ERR_USAGE, "must be one of flip|none");
    assert_int_equal(fal_params_int(params, "clients"), 10);
}

/* However a value is written, its text, and with it the name of the results, is the same. */
static void values_are_kept_in_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *name, *given, *kept;
    } cases[] = {{"al_rounds", "02", "2"},
                 {"al_rounds", "+2", "2"},
                 {"al_rounds", " 2 ", "2"},
                 {"gcn_subset", "-0", "0"},
                 {"partition_seed", "-01", "-1"},
                 {"seeds", "007", "7"},
                 {"alpha", ".10", "0.1"},
                 {"alpha", "1e-1", "0.1"},
                 {"alpha", "INF", "inf"},
                 {"alpha", "+infinity", "inf"},
                 {"alpha", "1.0", "1"},
                 {"lr", "1e-02", "0.01"},
                 {"weight_decay", "-0.0", "0"},
                 {"budget", "1e2", "100"},
                 {"budget", "0100", "100"},
                 {"output", "./x//y/", "x/y"},
                 {"init_model", "./m.h5", "m.h5"},
                 {"strategy", " logo ", "logo"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_ok(set(cases[i].name, cases[i].given));
        assert_string_equal(fal_params_text(params, cases[i].name), cases[i].kept);
    }
    assert_ok(set("al_rounds", "016"));
    assert_true(fal_params_is_default(params, "al_rounds"));
    assert_ok(set("weight_decay", "-0"));
    assert_false(signbit(fal_params_real(params, "weight_decay")));
    assert_ok(set("seeds", "01-04"));
    assert_int_equal(fal_params_count(params, "seeds"), 4);
    assert_string_equal(fal_params_text_at(params, "seeds", 3), "4");
}

static void other_ways_to_write_a_number_are_refused(void **state)
{
    (void)state;
    static const char *const whole[] = {"0x10", "1e2", "2.0", "2,", "", " ", "--2", "\xef\xbc\x92"};
    static const char *const real[] = {"0x1p-3", "nan", "1;5", "", "1 000", "0.1f"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        assert_fails(set("al_rounds", whole[i]), FAL_ERR_USAGE, "--al-rounds");
    }
    for (size_t i = 0; i < sizeof real / sizeof real[0]; i++) {
        assert_fails(set("lr", real[i]), FAL_ERR_USAGE, "--lr");
    }
}

static void texts_must_be_fit_to_be_shown(void **state)
{
    (void)state;
    assert_ok(set("name", "gr\xc3\xb6\xc3\x9f"
                          "e \xe4\xb8\xad"));
    assert_fails(set("name", "a\x1b[31m"), FAL_ERR_USAGE, "--name a?[31m: holds control characters");
    assert_fails(set("name", "\xe2\x80\xae"), FAL_ERR_USAGE, "holds control characters");
    assert_fails(set("output", "caf\xe9"), FAL_ERR_USAGE, "not UTF-8");
    assert_fails(set("partition", "a\xc2\x9b.csv"), FAL_ERR_USAGE, "--partition");
    assert_fails(set("output", ""), FAL_ERR_USAGE, "--output: must not be empty");
    assert_ok(set("init_model", ""));
    assert_ok(set("name", ""));
}

static void a_leading_tilde_is_the_home_folder(void **state)
{
    (void)state;
    assert_int_equal(setenv("HOME", "/h", 1), 0);
    assert_ok(set("output", "~/x"));
    assert_string_equal(fal_params_text(params, "output"), "/h/x");
    assert_ok(fal_params_set(params, "init_model", "~/m.h5", FAL_SOURCE_FILE, "job.ini:3"));
    assert_string_equal(fal_params_text(params, "init_model"), "/h/m.h5");
    assert_fails(set("output", "~bob/x"), FAL_ERR_USAGE, "only ~/ is known");
}

static void a_value_can_be_restated(void **state)
{
    (void)state;
    assert_ok(fal_params_set(params, "strategy", "entropy", FAL_SOURCE_FILE, "job.ini:3"));
    assert_ok(fal_params_restate(params, "strategy", "entropy:global"));
    assert_string_equal(fal_params_text(params, "strategy"), "entropy:global");
    assert_int_equal(fal_params_source(params, "strategy"), FAL_SOURCE_FILE);
}

static void lists_and_ranges_are_sweeps(void **state)
{
    (void)state;
    assert_ok(set("seeds", "1-3, 7"));
    assert_int_equal(fal_params_count(params, "seeds"), 4);
    assert_int_equal(fal_params_int_at(params, "seeds", 2), 3);
    assert_int_equal(fal_params_int_at(params, "seeds", 3), 7);
    assert_ok(set("alpha", "0.10, 1, inf"));
    assert_int_equal(fal_params_count(params, "alpha"), 3);
    assert_string_equal(fal_params_text_at(params, "alpha", 0), "0.1");
    assert_true(isinf(fal_params_real_at(params, "alpha", 2)));
    assert_fails(set("seeds", "3-1"), FAL_ERR_USAGE, "--seeds 3-1");
    assert_fails(set("seeds", "1-99999999"), FAL_ERR_USAGE, "--seeds");
    assert_fails(set("threads", "1,2"), FAL_ERR_USAGE, "--threads");
}

static void one_trial_is_selected_from_a_sweep(void **state)
{
    (void)state;
    const int count = fal_parameters()->count;
    const fal_param *table = fal_parameters()->rows;
    int *choice = calloc((size_t)count, sizeof *choice);
    fal_params *one = NULL;
    assert_non_null(choice);
    assert_ok(set("alpha", "0.1,1,inf"));
    assert_ok(set("seeds", "4-6"));
    for (int i = 0; i < count; i++) {
        choice[i] = strcmp(table[i].name, "alpha") == 0 ? 1 : strcmp(table[i].name, "seeds") == 0 ? 2 : 0;
    }
    assert_ok(fal_params_select(params, choice, &one));
    assert_int_equal(fal_params_count(one, "alpha"), 1);
    assert_true(fal_params_real(one, "alpha") == 1);
    assert_int_equal(fal_params_int(one, "seeds"), 6);
    assert_int_equal(fal_params_int(one, "clients"), 10);
    fal_params_destroy(one);
    free(choice);
}

static const fal_option own_options[] = {{"ask", NULL, "a question", .kind = FAL_OPTION_ANSWER}};
static const fal_option_table own_table = {.command = "fal_hpc", .options = own_options, .count = 1, .under_mpi = true};

static void arguments_are_options_and_files(void **state)
{
    (void)state;
    char *argv[] = {"fal_hpc", "a.h5", "--clients=4", "--alpha", "inf", "--", "--b.h5"};
    char *missing[] = {"fal_hpc", "--clients"};
    char *shortened[] = {"fal_hpc", "-c"};
    const char *files[7];
    int count = 0;
    assert_ok(fal_params_read_arguments(params, &own_table, 7, argv, NULL, files, &count));
    assert_int_equal(count, 2);
    assert_string_equal(files[0], "a.h5");
    assert_string_equal(files[1], "--b.h5");
    assert_int_equal(fal_params_int(params, "clients"), 4);
    assert_true(isinf(fal_params_real(params, "alpha")));
    assert_fails(fal_params_read_arguments(params, &own_table, 2, missing, NULL, files, &count), FAL_ERR_USAGE,
                 "needs a value");
    assert_fails(fal_params_read_arguments(params, &own_table, 2, shortened, NULL, files, &count), FAL_ERR_USAGE,
                 "options are long");
}

static fal_status read_words(int argc, char **argv)
{
    const char *files[16];
    int count = 0;
    return fal_params_read_arguments(params, &own_table, argc, argv, NULL, files, &count);
}

static void an_option_is_never_the_value_of_another(void **state)
{
    (void)state;
    assert_fails(read_words(4, (char *[]){"p", "a.h5", "--name", "--dry-run"}), FAL_ERR_USAGE, "--name needs a value");
    assert_fails(read_words(4, (char *[]){"p", "--config", "--trial", "1"}), FAL_ERR_USAGE, "--config needs a value");
    assert_fails(read_words(3, (char *[]){"p", "--output", "-np"}), FAL_ERR_USAGE, "--output needs a value");
    assert_fails(read_words(3, (char *[]){"p", "--config", ""}), FAL_ERR_USAGE, "the value of --config is empty");
    assert_ok(read_words(2, (char *[]){"p", "--name=--dry-run"}));
    assert_string_equal(fal_params_text(params, "name"), "--dry-run");
    assert_ok(read_words(5, (char *[]){"p", "--partition-seed", "-1", "--trial", "-1"}));
    assert_int_equal(fal_params_int(params, "partition_seed"), -1);
}

static void given_twice_the_last_one_counts(void **state)
{
    (void)state;
    assert_ok(read_words(6, (char *[]){"p", "--fl-rounds", "3", "--dry-run", "--fl_rounds=40", "--dry-run=no"}));
    assert_int_equal(fal_params_int(params, "fl_rounds"), 40);
    assert_false(fal_params_flag(params, "dry_run"));
    assert_ok(read_words(3, (char *[]){"p", "--seeds=1-4", "--seeds=5"}));
    assert_int_equal(fal_params_count(params, "seeds"), 1);
}

static void words_that_look_like_options_are_no_files(void **state)
{
    (void)state;
    assert_fails(read_words(3, (char *[]){"p", "a.h5", "alpha=0.1"}), FAL_ERR_USAGE, "--alpha=0.1");
    assert_fails(read_words(3, (char *[]){"p", "a.h5", "al-rounds=2"}), FAL_ERR_USAGE, "--al-rounds=2");
    assert_fails(read_words(3, (char *[]){"p", "a.h5", ""}), FAL_ERR_USAGE, "an argument is empty");
    assert_fails(read_words(4, (char *[]){"p", "-np", "4", "a.h5"}), FAL_ERR_USAGE, "mpirun");
    assert_fails(read_words(4, (char *[]){"p", "--dry-run", "no", "a.h5"}), FAL_ERR_USAGE, "write --dry-run=no");
    assert_ok(read_words(4, (char *[]){"p", "--", "alpha=0.1", ""}));
}

static bool asks(int argc, char **argv) { return fal_params_asked(fal_parameters(), &own_table, argc, argv, "ask"); }

static void a_question_is_none_in_the_place_of_a_value(void **state)
{
    (void)state;
    assert_true(asks(2, (char *[]){"p", "--ask"}) && asks(4, (char *[]){"p", "--nonsense", "x", "--ask"}));
    assert_true(asks(3, (char *[]){"p", "--dry-run", "--ask"}) && asks(3, (char *[]){"p", "--name=x", "--ask"}));
    assert_true(asks(4, (char *[]){"p", "--al_rounds", "2", "--ask"}));
    assert_false(asks(3, (char *[]){"p", "--name", "--ask"}) || asks(3, (char *[]){"p", "--config", "--ask"}));
    assert_false(asks(3, (char *[]){"p", "--", "--ask"}) || asks(2, (char *[]){"p", "ask"}));
    assert_false(asks(2, (char *[]){"p", "--ask=x"}));
}

/* The set stands below whatever is given, wherever and in whatever order. */
static void compat_sets_what_is_not_given(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("compat.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("kmeans_starts = 3\n", file);
    (void)fclose(file);
    char option[1024];
    (void)snprintf(option, sizeof option, "--config=%s", path);
    char *argv[] = {"fal_hpc", "--alfa-head", "own", "--compat", "logo-code", option};
    const char *files[6];
    int count = 0;
    assert_ok(fal_params_read_arguments(params, &own_table, 6, argv, NULL, files, &count));
    assert_string_equal(fal_params_text(params, "scaffold"), "code");
    assert_true(fal_params_flag(params, "local_stop_augment"));
    assert_int_equal(fal_params_source(params, "scaffold"), FAL_SOURCE_COMPAT);
    assert_int_equal(fal_params_source(params, "gcn_subset"), FAL_SOURCE_COMPAT);
    assert_string_equal(fal_params_text(params, "alfa_head"), "own");
    assert_int_equal(fal_params_source(params, "alfa_head"), FAL_SOURCE_COMMAND_LINE);
    assert_int_equal(fal_params_int(params, "kmeans_starts"), 3);
    assert_int_equal(fal_params_source(params, "kmeans_starts"), FAL_SOURCE_FILE);
    assert_int_equal(fal_params_source(params, "lr"), FAL_SOURCE_DEFAULT);
}

static void ini_files_set_and_name_their_line(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("job.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("[job]\nclients = 3\nbudgets = 4\n", file);
    (void)fclose(file);
    assert_fails(fal_params_read_ini(params, path), FAL_ERR_USAGE, "job.ini:3: there is no parameter \"budgets\"");
    assert_int_equal(fal_params_int(params, "clients"), 3);
    assert_int_equal(fal_params_source(params, "clients"), FAL_SOURCE_FILE);
}

static void numbers_have_their_shortest_text(void **state)
{
    (void)state;
    static const double values[5] = {0.1, 1e-5, 1.0 / 3, INFINITY, 250};
    static const char *const texts[5] = {"0.1", "1e-05", "0.3333333333333333", "inf", "250"};
    char text[32];
    for (int i = 0; i < 5; i++) {
        fal_params_format_real(values[i], text);
        assert_string_equal(text, texts[i]);
    }
}

static void texts_for_people_name_every_parameter(void **state)
{
    (void)state;
    const int count = fal_parameters()->count;
    const fal_param *table = fal_parameters()->rows;
    char *texts[3] = {NULL};
    assert_ok(fal_params_help(fal_parameters(), &texts[0]));
    assert_ok(fal_params_show(params, &texts[1]));
    assert_ok(fal_params_document(fal_parameters(), &texts[2]));
    for (int i = 0; i < count; i++) {
        assert_non_null(strstr(texts[0], table[i].help));
        assert_non_null(strstr(texts[1], table[i].name));
        assert_non_null(strstr(texts[2], table[i].name));
    }
    for (int i = 0; i < 3; i++) {
        fal_free(texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_default_is_valid_and_documented, create, destroy),
        cmocka_unit_test_setup_teardown(dashes_and_underscores_are_the_same, create, destroy),
        cmocka_unit_test_setup_teardown(a_lower_source_never_overwrites_a_higher_one, create, destroy),
        cmocka_unit_test_setup_teardown(bad_names_and_values_are_explained, create, destroy),
        cmocka_unit_test_setup_teardown(values_are_kept_in_one_form, create, destroy),
        cmocka_unit_test_setup_teardown(other_ways_to_write_a_number_are_refused, create, destroy),
        cmocka_unit_test_setup_teardown(texts_must_be_fit_to_be_shown, create, destroy),
        cmocka_unit_test_setup_teardown(a_leading_tilde_is_the_home_folder, create, destroy),
        cmocka_unit_test_setup_teardown(a_value_can_be_restated, create, destroy),
        cmocka_unit_test_setup_teardown(an_option_is_never_the_value_of_another, create, destroy),
        cmocka_unit_test_setup_teardown(given_twice_the_last_one_counts, create, destroy),
        cmocka_unit_test_setup_teardown(words_that_look_like_options_are_no_files, create, destroy),
        cmocka_unit_test_setup_teardown(a_question_is_none_in_the_place_of_a_value, create, destroy),
        cmocka_unit_test_setup_teardown(lists_and_ranges_are_sweeps, create, destroy),
        cmocka_unit_test_setup_teardown(one_trial_is_selected_from_a_sweep, create, destroy),
        cmocka_unit_test_setup_teardown(arguments_are_options_and_files, create, destroy),
        cmocka_unit_test_setup_teardown(compat_sets_what_is_not_given, create, destroy),
        cmocka_unit_test_setup_teardown(ini_files_set_and_name_their_line, create, destroy),
        cmocka_unit_test(numbers_have_their_shortest_text),
        cmocka_unit_test_setup_teardown(texts_for_people_name_every_parameter, create, destroy),
    };
    return cmocka_run_group_tests_name("base/params", tests, NULL, NULL);
}
