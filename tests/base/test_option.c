/* Command lines by a table: values, forgotten values, unknown names, files that are none, --help. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/option.h"

typedef struct {
    bool csv;
    const char *name, *grey;
    int64_t seed;
    double alpha;
    int threshold, taken;
} request;

static char last_taken[64];

static fal_status take(void *to, const char *name, const char *value)
{
    request *in = to;
    in->taken++;
    (void)snprintf(last_taken, sizeof last_taken, "%s=%s", name, value);
    return FAL_OK;
}

static const fal_option rows[] = {
    {.column = 16, .help = "usage\n\n"},
    {"csv", NULL, "as CSV", FAL_OPTION_TO_FLAG(request, csv)},
    {"name", "TEXT", "what it is called\nin two lines", FAL_OPTION_TO_TEXT(request, name), .letter = 'o'},
    {"grey", NULL, NULL, FAL_OPTION_TO_TEXT(request, grey)},
    {"seed", "N", "a number", "1", FAL_OPTION_TO_WHOLE(request, seed, -1, 9)},
    {"alpha", "A", "another", "0.5", FAL_OPTION_TO_REAL(request, alpha, 0.001, INFINITY)},
    {"threshold", "KIND", NULL, FAL_OPTION_TO_CHOICE(request, threshold, "paper|student|none")},
    {"al_rounds", "N", NULL, FAL_OPTION_TO(take), .may_be_empty = true},
    {"dry_run", NULL, NULL, FAL_OPTION_TO(take)},
    {"help", .kind = FAL_OPTION_ANSWER}};
static const fal_option_table table = {.command = "p", .options = rows, .count = sizeof rows / sizeof *rows};

static request in;
static const char *files[16];
static int file_count;

static fal_status read_words(int argc, char **argv)
{
    in = (request){0};
    return fal_option_read(&table, argc, argv, &in, files, &file_count);
}
#define READ(...) read_words((int)(sizeof(char *[]){"p", __VA_ARGS__} / sizeof(char *)), (char *[]){"p", __VA_ARGS__})

static void values_follow_or_are_joined(void **state)
{
    (void)state;
    assert_ok(READ("--name", "x"));
    assert_string_equal(in.name, "x");
    assert_ok(READ("--name=x", "y"));
    assert_string_equal(in.name, "x");
    assert_int_equal(file_count, 1);
    assert_string_equal(files[0], "y");
    assert_ok(READ("--name=--x"));
    assert_string_equal(in.name, "--x");
    assert_ok(READ("--name=a=b"));
    assert_string_equal(in.name, "a=b");
    assert_ok(READ("-o", "a=b"));
    assert_string_equal(in.name, "a=b");
    assert_ok(READ("--al-rounds="));
    assert_string_equal(last_taken, "al_rounds=");
    assert_ok(READ("--al_rounds", "", "--csv", "--grey"));
    assert_string_equal(last_taken, "al_rounds=");
    assert_true(in.csv && in.grey != NULL && in.grey[0] == '\0');
}

static void kinds_have_their_limits(void **state)
{
    (void)state;
    assert_ok(READ("x.h5"));
    assert_true(in.seed == 1 && in.alpha == 0.5 && in.name == NULL && in.threshold == 0);
    assert_ok(READ("--seed", "9", "--alpha", "inf", "--threshold", "none"));
    assert_true(in.seed == 9 && isinf(in.alpha) && in.threshold == 2);
    assert_fails(READ("--seed", "10"), FAL_ERR_USAGE, "--seed 10: must be a whole number from -1 to 9");
    assert_fails(READ("--seed", "2x"), FAL_ERR_USAGE, "--seed 2x: must be a whole number");
    assert_fails(READ("--alpha", "0"), FAL_ERR_USAGE, "--alpha 0: must be a number from 0.001, or inf");
    assert_fails(READ("--threshold", "pap"), FAL_ERR_USAGE, "--threshold pap: must be paper, student or none");
    assert_fails(READ("--csv=yes"), FAL_ERR_USAGE, "--csv: takes no value");
    assert_ok(READ("--dry-run"));
    assert_string_equal(last_taken, "dry_run=yes");
    assert_ok(READ("--dry_run=no"));
    assert_string_equal(last_taken, "dry_run=no");
}

static void given_twice_the_last_one_counts(void **state)
{
    (void)state;
    assert_ok(READ("--name", "x", "--seed", "3", "--name=y", "--seed=4"));
    assert_string_equal(in.name, "y");
    assert_int_equal(in.seed, 4);
    assert_ok(READ("--al-rounds", "1", "--al-rounds", "2"));
    assert_int_equal(in.taken, 2);
}

static void numbers_below_zero_are_values(void **state)
{
    (void)state;
    static char *numbers[] = {"-1", "-0.5", "-.5", "-1e-3", "-inf", "-"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_ok(READ("--name", numbers[i]));
        assert_string_equal(in.name, numbers[i]);
    }
    assert_ok(READ("-"));
    assert_string_equal(files[0], "-");
}

static void an_option_is_no_value(void **state)
{
    (void)state;
    static char *words[] = {"--dry-run", "--", "--1", "-o", "-np", "-x1", "-0x1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_fails(READ("--name", words[i], "x"), FAL_ERR_USAGE, "--name needs a value, and ");
    }
    assert_fails(READ("--name"), FAL_ERR_USAGE, "--name needs a value");
    assert_fails(READ("--name", "--csv"), FAL_ERR_USAGE, "write --name=--csv");
    assert_fails(READ("-o", "--csv"), FAL_ERR_USAGE,
                 "-o needs a value, and --csv looks like an option: if it is the "
                 "value, write --name=--csv");
}

static void texts_are_not_empty(void **state)
{
    (void)state;
    assert_fails(READ("--name", ""), FAL_ERR_USAGE, "the value of --name is empty");
    assert_fails(READ("--name="), FAL_ERR_USAGE, "the value of --name is empty");
    assert_fails(READ("-o", ""), FAL_ERR_USAGE, "the value of -o is empty");
    assert_ok(READ("--name= "));
}

static void unknown_names_bring_the_nearest(void **state)
{
    (void)state;
    assert_fails(READ("--nmae", "x"), FAL_ERR_USAGE, "there is no option --nmae, did you mean --name: see p --help");
    assert_fails(READ("--xyz=1"), FAL_ERR_USAGE, "there is no option --xyz=1: see p --help");
    assert_fails(READ("--names"), FAL_ERR_USAGE, "there is no option --names, did you mean --name");
    assert_fails(READ("--nam"), FAL_ERR_USAGE, "there is no option --nam, did you mean --name");
    assert_fails(READ("-x"), FAL_ERR_USAGE, "-x: options are long: see p --help");
    assert_fails(READ("-o=x"), FAL_ERR_USAGE, "-o=x: options are long");
}

static bool asks(int argc, char **argv) { return fal_option_asked(&table, argc, argv, "help"); }

static void a_question_is_none_in_the_place_of_a_value(void **state)
{
    (void)state;
    assert_true(asks(3, (char *[]){"p", "x", "--help"}) && asks(4, (char *[]){"p", "--nonsense", "x", "--help"}));
    assert_true(asks(3, (char *[]){"p", "--csv", "--help"}) && asks(3, (char *[]){"p", "--name=x", "--help"}));
    assert_false(asks(3, (char *[]){"p", "--name", "--help"}) || asks(3, (char *[]){"p", "-o", "--help"}));
    assert_false(asks(3, (char *[]){"p", "--", "--help"}) || asks(2, (char *[]){"p", "help"}));
    assert_false(asks(2, (char *[]){"p", "--helpless"}) || asks(2, (char *[]){"p", "--help=x"}));
}

static void words_that_lost_their_dashes_are_no_files(void **state)
{
    (void)state;
    assert_ok(READ("x.h5", "./alpha=0.1", "alphabet=1.h5", "\xe4\xb8\xad.h5"));
    assert_int_equal(file_count, 4);
    assert_ok(READ("--", "alpha=0.1", "--csv", ""));
    assert_int_equal(file_count, 3);
    assert_fails(READ("alpha=0.1"), FAL_ERR_USAGE, "write that, or ./alpha=0.1");
    assert_fails(READ("al-rounds=2"), FAL_ERR_USAGE, "--al-rounds=2");
    assert_fails(READ("\xe2\x80\x93"
                      "alpha"),
                 FAL_ERR_USAGE, "another dash");
    assert_fails(READ("\xe2\x88\x92"
                      "1"),
                 FAL_ERR_USAGE, "another dash");
    assert_fails(READ(""), FAL_ERR_USAGE, "an argument is empty");
    assert_fails(READ("--dry-run", "no"), FAL_ERR_USAGE, "write --dry-run=no");
    assert_ok(READ("--csv", "no"));
}

static void tildes_are_expanded_where_the_shell_left_them(void **state)
{
    (void)state;
    char *argv[] = {"~/p", "~/x.h5", "--name=~/y", "--name", "labels=~/z.npy", "--name", "a~/b", "~bob/x", "--name=~"};
    static const char *const expected[] = {"~/p",    "/h/x.h5", "--name=/h/y", "--name",   "labels=/h/z.npy",
                                           "--name", "a~/b",    "~bob/x",      "--name=/h"};
    assert_int_equal(setenv("HOME", "/h", 1), 0);
    assert_ok(read_words(9, argv));
    for (int i = 0; i < 9; i++) {
        assert_string_equal(argv[i], expected[i]);
        if (i == 1 || i == 2 || i == 4 || i == 8) {
            free(argv[i]);
        }
    }
    assert_int_equal(unsetenv("HOME"), 0);
    assert_fails(READ("--name=~/y"), FAL_ERR_USAGE, "HOME is not set");
}

static void help_shows_the_rows(void **state)
{
    (void)state;
    fal_text text = {0};
    fal_option_help(&table, &text);
    assert_ok(fal_text_status(&text));
    assert_string_equal(text.chars, "usage\n\n"
                                    "  --csv           as CSV\n"
                                    "  -o, --name TEXT what it is called\n"
                                    "                  in two lines\n"
                                    "  --seed N        a number [1]\n"
                                    "  --alpha A       another [0.5]\n");
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_or_are_joined),
        cmocka_unit_test(kinds_have_their_limits),
        cmocka_unit_test(given_twice_the_last_one_counts),
        cmocka_unit_test(numbers_below_zero_are_values),
        cmocka_unit_test(an_option_is_no_value),
        cmocka_unit_test(texts_are_not_empty),
        cmocka_unit_test(unknown_names_bring_the_nearest),
        cmocka_unit_test(a_question_is_none_in_the_place_of_a_value),
        cmocka_unit_test(words_that_lost_their_dashes_are_no_files),
        cmocka_unit_test(tildes_are_expanded_where_the_shell_left_them),
        cmocka_unit_test(help_shows_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
