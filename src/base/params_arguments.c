/* Parameters from the command line: rows behind a program's own options (option.h). */
#include <string.h>

#include "params_internal.h"

enum { ROWS_MAX = 256 };

static fal_status take_parameter(void *context, const char *name, const char *value)
{
    return fal_params_set(context, name, value, FAL_SOURCE_COMMAND_LINE, "command line");
}

static fal_status fail_unknown(void *context, const char *name)
{
    (void)context;
    return fal_params_fail_unknown(name, "command line");
}

static fal_status take_config(void *context, const char *name, const char *value)
{
    (void)name;
    return fal_params_read_ini(context, value);
}

/* The program's own rows, then --config and one for each parameter. */
static fal_option_table make_table(fal_params *params, const fal_option_table *own, fal_option rows[ROWS_MAX])
{
    int count = 0;
    const fal_param *parameters = fal_params_table(&count);
    fal_option_table table = *own;
    FAL_ASSERT(own->count + (size_t)count < ROWS_MAX);
    memcpy(rows, own->options, own->count * sizeof *rows);
    rows[table.count++] =
        (fal_option){.name = "config", .value = "FILE", FAL_OPTION_TO(take_config), .context = params};
    for (int i = 0; i < count; i++) {
        rows[table.count++] = (fal_option){.name = parameters[i].name,
                                           .value = parameters[i].type != FAL_PARAM_FLAG ? parameters[i].metavar : NULL,
                                           FAL_OPTION_TO(take_parameter),
                                           .context = params,
                                           .may_be_empty = true};
    }
    table.options = rows;
    table.unknown = fail_unknown;
    table.context = params;
    return table;
}

bool fal_params_asked(fal_params *params, const fal_option_table *own, int argc, char **argv, const char *name)
{
    fal_option rows[ROWS_MAX];
    const fal_option_table table = make_table(params, own, rows);
    return fal_option_asked(&table, argc, argv, name);
}

fal_status fal_params_read_arguments(fal_params *params, const fal_option_table *own, int argc, char **argv,
                                     void *request, const char **files, int *file_count)
{
    fal_option rows[ROWS_MAX];
    const fal_option_table table = make_table(params, own, rows);
    FAL_TRY(fal_option_read(&table, argc, argv, request, files, file_count));
    return fal_params_apply_compat(params);
}
