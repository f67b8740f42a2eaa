/* Parameters as text: --help, --show-config. */
#include <stdio.h>
#include <string.h>

#include "fal/base/ini.h"
#include "fal/base/text.h"
#include "params_internal.h"

static const char *group_name(fal_param_group group)
{
    return group == FAL_PARAM_SCIENTIFIC ? "scientific: decide what is computed" : "execution: only decide how";
}

static fal_status hand_over(fal_text *text, char **out)
{
    const fal_status status = fal_text_status(text);
    if (status != FAL_OK) {
        fal_text_destroy(text);
    }
    *out = text->chars;
    return status;
}

fal_status fal_params_help(const fal_param_table *table, char **out)
{
    fal_text text = {0};
    for (int group = FAL_PARAM_SCIENTIFIC; group <= FAL_PARAM_EXECUTION; group++) {
        fal_text_add(&text, "%sParameters (%s)\n", group > 0 ? "\n" : "", group_name((fal_param_group)group));
        for (int i = 0; i < table->count; i++) {
            char option[64];
            char left[128];
            if ((int)table->rows[i].group != group) {
                continue;
            }
            fal_params_option_name(&table->rows[i], option);
            (void)snprintf(left, sizeof left, "--%s %s", option,
                           table->rows[i].type == FAL_PARAM_CHOICE ? table->rows[i].choices : table->rows[i].metavar);
            fal_text_add(&text, "  %-34s %s [%s]\n", left, table->rows[i].help, table->rows[i].initial);
        }
    }
    return hand_over(&text, out);
}

static void add_values(fal_text *text, const fal_param_values *values)
{
    for (int i = 0; i < values->count; i++) {
        fal_text_add(text, "%s%s", i > 0 ? ", " : "", values->at[i].text);
    }
}

fal_status fal_params_show(const fal_params *params, char **out)
{
    const fal_param_table *table = params->table;
    fal_text text = {0};
    for (int i = 0; i < table->count; i++) {
        fal_text value = {0};
        add_values(&value, &params->values[i]);
        const char *chars = value.chars != NULL ? value.chars : "";
        const bool holds = fal_ini_holds(chars);
        fal_text_add(&text, "%s%-20s = %-24s # %s%s\n", holds ? "" : "# ", table->rows[i].name, chars,
                     params->values[i].where, holds ? "" : "; no INI file can hold this value");
        text.failed = text.failed || value.failed; /* a value that is not whole */
        fal_text_destroy(&value);
    }
    return hand_over(&text, out);
}

void fal_params_files(const fal_params *params, char (*files)[FAL_PARAMS_WHERE], int most, int *count)
{
    *count = 0;
    for (int i = 0; i < params->table->count; i++) {
        const fal_param_values *values = &params->values[i];
        const char *colon = strrchr(values->where, ':'); /* "FILE:LINE" */
        if (values->source != FAL_SOURCE_FILE || colon == NULL || strlen(values->where) >= FAL_PARAMS_WHERE) {
            continue;
        }
        char file[FAL_PARAMS_WHERE];
        bool known = false;
        (void)snprintf(file, sizeof file, "%.*s", (int)(colon - values->where), values->where);
        for (int k = 0; k < *count; k++) {
            known = known || strcmp(files[k], file) == 0;
        }
        if (!known && *count < most) {
            (void)fal_text_copy(files[(*count)++], FAL_PARAMS_WHERE, file);
        }
    }
}
