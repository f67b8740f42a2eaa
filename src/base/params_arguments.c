/* Parameters from the command line: rows behind a program's own options (option.h). */
#include <stdio.h>
#include <string.h>

#include "fal/base/text.h"
#include "params_internal.h"

enum { ROWS_MAX = 256 };

static fal_status take_parameter(void *context, const char *name, const char *value)
{
    return fal_params_set(context, name, value, FAL_SOURCE_COMMAND_LINE, "command line");
}

static fal_status fail_unknown(const void *context, const char *name)
{
    return fal_params_fail_unknown(context, name, "command line");
}

static fal_status take_config(void *context, const char *name, const char *value)
{
    (void)name;
    return fal_params_read_ini(context, value);
}

/* The program's own rows, then --config and one for each parameter, which set `params`. */
static fal_option_table make_table(const fal_param_table *parameters, fal_params *params, const fal_option_table *own,
                                   fal_option rows[ROWS_MAX])
{
    fal_option_table table = *own;
    FAL_ASSERT(own->count + (size_t)parameters->count < ROWS_MAX);
    if (own->count > 0) {
        memcpy(rows, own->options, own->count * sizeof *rows);
    }
    rows[table.count++] =
        (fal_option){.name = "config", .value = "FILE", FAL_OPTION_TO(take_config), .context = params};
    for (int i = 0; i < parameters->count; i++) {
        const fal_param *row = &parameters->rows[i];
        rows[table.count++] = (fal_option){.name = row->name,
                                           .value = row->type != FAL_PARAM_FLAG ? row->metavar : NULL,
                                           FAL_OPTION_TO(take_parameter),
                                           .context = params,
                                           .may_be_empty = true,
                                           .list = row->list};
    }
    table.options = rows;
    table.unknown = fail_unknown;
    table.context = parameters;
    return table;
}

bool fal_params_asked(const fal_param_table *parameters, const fal_option_table *own, int argc, char **argv,
                      const char *name)
{
    fal_option rows[ROWS_MAX];
    const fal_option_table table = make_table(parameters, NULL, own, rows);
    return fal_option_asked(&table, argc, argv, name);
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

fal_status fal_params_read_arguments(fal_params *params, const fal_option_table *own, int argc, char **argv,
                                     void *request, const char **files, int *file_count)
{
    fal_option rows[ROWS_MAX];
    const fal_option_table table = make_table(params->table, params, own, rows);
    FAL_TRY(fal_option_read(&table, argc, argv, request, files, file_count));
    for (int i = 0; i < *file_count; i++) {
        if (fal_text_ends_with(files[i], ".ini")) {
            return fal_fail(FAL_ERR_USAGE, "command line: %.200s: a configuration file goes with --config", files[i]);
        }
    }
    return apply_compat(params);
}
