/* Parameters from the command line, by the rules that all programs share (option.h). */
#include <stdio.h>
#include <string.h>

#include "fal/base/option.h"
#include "params_internal.h"

static bool is_flag(const fal_param_table *table, const char *name)
{
    const int index = fal_params_index(table, name);
    return index >= 0 && table->rows[index].type == FAL_PARAM_FLAG;
}

bool fal_params_takes_value(const fal_param_table *table, const char *word)
{
    return word[0] == '-' && word[1] == '-' && strchr(word, '=') == NULL && !is_flag(table, word + 2) &&
           (fal_params_index(table, word + 2) >= 0 || strcmp(word, "--config") == 0);
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
    if (fal_params_index(params->table, name) < 0) {
        return fal_params_fail_unknown(params->table, name, "command line");
    }
    if (!is_flag(params->table, name) || word[strlen(name)] == '=') {
        FAL_TRY(fal_option_value(argc, argv, at, &value));
    }
    return fal_params_set(params, name, value, FAL_SOURCE_COMMAND_LINE, "command line");
}

/* A word that is no option; `before` is the word on its left. */
static fal_status check_file(const fal_param_table *table, const char *word, const char *before)
{
    if ((strcmp(word, "yes") == 0 || strcmp(word, "no") == 0) && strncmp(before, "--", 2) == 0 &&
        is_flag(table, before + 2)) {
        return fal_fail(FAL_ERR_USAGE, "command line: %s %s: write %s=%s", before, word, before, word);
    }
    for (int i = 0; i < table->count; i++) {
        FAL_TRY(fal_option_check_file(word, &table->rows[i].name, 1));
    }
    return FAL_OK;
}

/* Below files and the command line in precedence. */
static fal_status apply_compat(fal_params *params)
{
    char where[64];
    const fal_param_table *table = params->table;
    if (table->preset_count == 0) {
        return FAL_OK;
    }
    const char *chosen = fal_params_text(params, "compat");
    (void)snprintf(where, sizeof where, "--compat %s", chosen);
    for (int i = 0; i < table->preset_count; i++) {
        const fal_param_preset *preset = &table->presets[i];
        if (strcmp(preset->compat, chosen) == 0) {
            FAL_TRY(fal_params_set(params, preset->parameter, preset->value, FAL_SOURCE_COMPAT, where));
        }
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
            FAL_TRY(options ? check_file(params->table, argv[i], argv[i - 1]) : FAL_OK);
            positional[(*positional_count)++] = argv[i];
        }
    }
    return apply_compat(params);
}
