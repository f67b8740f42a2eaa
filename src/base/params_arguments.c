/* Parameters from the command line, by the rules that all programs share (option.h). */
#include <stdio.h>
#include <string.h>

#include "fal/base/option.h"
#include "params_internal.h"

static bool is_flag(const char *name)
{
    const int index = fal_params_index(name);
    return index >= 0 && fal_params_table(&(int){0})[index].type == FAL_PARAM_FLAG;
}

bool fal_params_takes_value(const char *word)
{
    return word[0] == '-' && word[1] == '-' && strchr(word, '=') == NULL && !is_flag(word + 2) &&
           (fal_params_index(word + 2) >= 0 || strcmp(word, "--config") == 0);
}

static fal_status read_option(fal_params *params, int argc, char **argv, int *at)
{
    char name[64];
    const char *word = argv[*at] + 2;
    const char *value = "yes";
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    if (strcmp(name, "config") == 0) {
        FAL_TRY(fal_option_text(argc, argv, at, &value));
        return fal_params_read_ini(params, value);
    }
    if (fal_params_index(name) < 0) {
        return fal_params_fail_unknown(name, "command line");
    }
    if (!is_flag(name) || word[strlen(name)] == '=') {
        FAL_TRY(fal_option_value(argc, argv, at, &value));
    }
    return fal_params_set(params, name, value, FAL_SOURCE_COMMAND_LINE, "command line");
}

/* A word that is no option; `before` is the word on its left. */
static fal_status check_file(const char *word, const char *before)
{
    int count = 0;
    const fal_param *table = fal_params_table(&count);
    if ((strcmp(word, "yes") == 0 || strcmp(word, "no") == 0) && strncmp(before, "--", 2) == 0 && is_flag(before + 2)) {
        return fal_fail(FAL_ERR_USAGE, "command line: %s %s: write %s=%s", before, word, before, word);
    }
    for (int i = 0; i < count; i++) {
        FAL_TRY(fal_option_check_file(word, &table[i].name, 1));
    }
    return FAL_OK;
}

fal_status fal_params_read_arguments(fal_params *params, int argc, char **argv, const char **positional,
                                     int *positional_count)
{
    bool options = true;
    *positional_count = 0;
    for (int i = 1; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && argv[i][0] == '-' && argv[i][1] == '-') {
            FAL_TRY(read_option(params, argc, argv, &i));
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            return fal_fail(FAL_ERR_USAGE,
                            "command line: %.60s: options are long: see --help; those of mpirun stand before the "
                            "program",
                            argv[i]);
        } else {
            FAL_TRY(options ? check_file(argv[i], argv[i - 1]) : FAL_OK);
            positional[(*positional_count)++] = argv[i];
        }
    }
    return fal_params_apply_compat(params);
}
