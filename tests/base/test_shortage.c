/* Settings where memory runs out: each piece that is missing is said as such, and not as a wrong value. */
#include "shortage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/ini.h"
#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/base/option.h"
#include "fal/base/params.h"
#include "fal/base/sort.h"
#include "fal/base/text.h"

static void a_text_remembers_that_something_is_missing(void **state)
{
    (void)state;
    fal_text text = {0};
    fal_text_add(&text, "%s", "kept");
    fal_test_shortage(1);
    fal_text_add(&text, "%01000d", 0);
    fal_test_shortage(0);
    fal_text_add(&text, "%s", "not added"); /* else a hole would be in the middle */
    assert_string_equal(text.chars, "kept");
    assert_fails(fal_text_status(&text), FAL_ERR_MEMORY, "memory");
    fal_text_clear(&text);
    fal_text_add(&text, "%s", "new");
    assert_ok(fal_text_status(&text));
    assert_string_equal(text.chars, "new");
    fal_text_destroy(&text);
}

static void a_room_that_cannot_grow_keeps_what_it_holds(void **state)
{
    (void)state;
    int32_t *numbers = NULL;
    int64_t room = 0;
    assert_ok(fal_grow(&numbers, 0, 1, &room, sizeof *numbers, "numbers"));
    numbers[0] = 7;
    fal_test_shortage(1);
    assert_fails(fal_grow(&numbers, 1, room + 1, &room, sizeof *numbers, "numbers"), FAL_ERR_MEMORY,
                 "numbers: no memory");
    assert_int_equal(numbers[0], 7);
    assert_int_equal(room, 16);
    fal_free(numbers);
}

/* ---- parameters ------------------------------------------------------------------------------------------------ */

static const fal_param rows[] = {
    {"clients", "N", "", "10", "", "how many", "", 1, 1000, FAL_PARAM_INT, FAL_PARAM_SCIENTIFIC, true, "0.2.0"},
    {"alpha", "A", "", "0.1", "", "how skewed", "paper", 0, 9, FAL_PARAM_REAL, FAL_PARAM_SCIENTIFIC, true, "0.2.0"},
    {"name", "TEXT", "", "", "", "what it is called", "", 0, 0, FAL_PARAM_TEXT, FAL_PARAM_EXECUTION, false, "0.2.0"},
    {"output", "DIR", "", "out", "", "where to", "", 0, 0, FAL_PARAM_PATH, FAL_PARAM_EXECUTION, false, "0.2.0"},
};
static const fal_param_table table = {.rows = rows, .count = sizeof rows / sizeof *rows};

static fal_status set_all(fal_params *params)
{
    FAL_TRY(fal_params_set(params, "clients", "1-9, 20", FAL_SOURCE_FILE, "a.ini:1"));
    FAL_TRY(fal_params_set(params, "alpha", "0.1,0.2,0.3,0.4,0.5", FAL_SOURCE_FILE, "a.ini:2"));
    FAL_TRY(fal_params_set(params, "name", "x", FAL_SOURCE_FILE, "a.ini:3"));
    return fal_params_set(params, "output", "./y", FAL_SOURCE_COMMAND_LINE, "command line");
}

static fal_status show(const fal_params *params)
{
    char *text = NULL;
    FAL_TRY(fal_params_show(params, &text));
    fal_test_text_has(text, "= 1, 2, 3, 4, 5, 6, 7, 8, 9, 20 ");
    fal_free(text);
    FAL_TRY(fal_params_help(&table, &text));
    fal_test_text_has(text, "--clients");
    fal_free(text);
    FAL_TRY(fal_params_document(&table, &text));
    fal_test_text_has(text, "how skewed");
    fal_free(text);
    return FAL_OK;
}

static fal_status use_parameters(void *context)
{
    (void)context;
    fal_params *params = NULL;
    fal_params *one = NULL;
    const int choice[] = {9, 4, 0, 0};
    FAL_TRY(fal_params_create(&table, &params));
    fal_status status = set_all(params);
    status = status == FAL_OK ? show(params) : status;
    status = status == FAL_OK ? fal_params_select(params, choice, &one) : status;
    status = status == FAL_OK ? fal_params_restate(one, "output", "z") : status;
    if (status == FAL_OK) {
        assert_int_equal(fal_params_int(one, "clients"), 20);
        assert_string_equal(fal_params_text(one, "output"), "z");
    }
    fal_params_destroy(one);
    fal_params_destroy(params);
    return status;
}

static void parameters_say_that_memory_is_missing(void **state)
{
    (void)state;
    assert_true(fal_test_shortages(use_parameters, NULL, FAL_TEST_NEEDS_ALL) > 15);
}

static fal_status read_arguments(void *context)
{
    char config[1100];
    char *argv[] = {"p", config, "--clients=3", "a.h5"};
    const char *files[4];
    int count = 0;
    const fal_option_table own = {.command = "p"};
    fal_params *params = NULL;
    (void)snprintf(config, sizeof config, "--config=%s", (const char *)context);
    FAL_TRY(fal_params_create(&table, &params));
    const fal_status status = fal_params_read_arguments(params, &own, 4, argv, NULL, files, &count);
    if (status == FAL_OK) {
        assert_int_equal(fal_params_int(params, "clients"), 3);
        assert_int_equal(fal_params_count(params, "alpha"), 5);
        assert_int_equal(count, 1);
    }
    fal_params_destroy(params);
    return status;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void configuration_files_say_that_memory_is_missing(void **state)
{
    (void)state;
    char path[1024];
    (void)fal_text_copy(path, sizeof path, fal_test_temporary("a.ini"));
    write_file(fal_test_temporary("b.ini"), "alpha = 0.1,\n    0.2, 0.3,\n    0.4, 0.5\n");
    write_file(path, "include = b.ini\nclients = 7\n# comment\nname = x\n");
    assert_true(fal_test_shortages(read_arguments, path, FAL_TEST_NEEDS_ALL) > 15);
}

/* ---- the rest -------------------------------------------------------------------------------------------------- */

static fal_status order_and_hash(void *context)
{
    const double key[] = {3, 1, 2};
    int64_t order[3] = {0, 1, 2};
    char text[FAL_HASH_TEXT];
    char *bytes = NULL;
    size_t count = 0;
    FAL_TRY(fal_sort_falling(key, order, 3));
    assert_int_equal(order[2], 1);
    FAL_TRY(fal_hash_bytes("abc", 3, text));
    assert_memory_equal(text, "ba7816bf", 8);
    FAL_TRY(fal_input_read(context, 1000, FAL_ERR_INPUT, &bytes, &count));
    assert_int_equal(count, 4);
    fal_free(bytes);
    return FAL_OK;
}

static void sorting_hashing_and_reading_say_that_memory_is_missing(void **state)
{
    (void)state;
    char path[1024];
    (void)fal_text_copy(path, sizeof path, fal_test_temporary("a.txt"));
    write_file(path, "text");
    assert_true(fal_test_shortages(order_and_hash, path, FAL_TEST_NEEDS_ALL) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_remembers_that_something_is_missing),
        cmocka_unit_test(a_room_that_cannot_grow_keeps_what_it_holds),
        cmocka_unit_test(parameters_say_that_memory_is_missing),
        cmocka_unit_test(configuration_files_say_that_memory_is_missing),
        cmocka_unit_test(sorting_hashing_and_reading_say_that_memory_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
