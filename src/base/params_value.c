/* One value of a parameter: from text and as text, and what may not be. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/path.h"
#include "fal/base/text.h"
#include "params_internal.h"

void fal_params_option_name(const fal_param *param, char name[64])
{
    (void)fal_text_copy(name, 64, param->name);
    for (char *p = name; *p != '\0'; p++) {
        *p = *p == '_' ? '-' : *p;
    }
}

void fal_params_format_real(double value, char text[32])
{
    if (value == floor(value) && fabs(value) < 1e6) { /* "20", not "2e+01" */
        (void)snprintf(text, 32, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

fal_status fal_params_fail_value(const fal_param *param, const char *text, const char *where)
{
    char option[64];
    fal_params_option_name(param, option);
    switch (param->type) {
    case FAL_PARAM_CHOICE:
        return fal_fail(FAL_ERR_USAGE, "%s: --%s %.60s: must be one of %s", where, option, text, param->choices);
    case FAL_PARAM_FLAG:
        return fal_fail(FAL_ERR_USAGE, "%s: --%s %.60s: must be yes or no", where, option, text);
    case FAL_PARAM_TEXT:
    case FAL_PARAM_PATH:
        if (!fal_text_is_printable(text)) {
            return fal_fail(FAL_ERR_USAGE, "%s: --%s %.60s: holds control characters or is not UTF-8", where, option,
                            text);
        }
        if (text[0] == '\0') {
            return fal_fail(FAL_ERR_USAGE, "%s: --%s: must not be empty", where, option);
        }
        if (param->list && strlen(text) < FAL_PARAM_TEXT_MAX) {
            return fal_fail(FAL_ERR_USAGE, "%s: --%s %.60s: an item of the list is empty: a,b or \"a, b\" in quotes",
                            where, option, text);
        }
        return fal_fail(FAL_ERR_USAGE, "%s: --%s: must be at most %d characters", where, option,
                        FAL_PARAM_TEXT_MAX - 1);
    default: {
        char low[32];
        char high[32];
        char list[48] = "";
        fal_params_format_real(param->low, low);
        fal_params_format_real(param->high, high);
        if (param->list) {
            (void)snprintf(list, sizeof list, ", or a list of at most %d", FAL_PARAM_LIST_MAX);
        }
        return fal_fail(FAL_ERR_USAGE, "%s: --%s %.60s: must be a %s from %s to %s%s", where, option, text,
                        param->type == FAL_PARAM_INT ? "whole number" : "number", low, high, list);
    }
    }
}

/* True if `text` is one of the names in "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
    const size_t length = strlen(text);
    const char *p = choices;
    while (length > 0 && p != NULL && *p != '\0') {
        if (strncmp(p, text, length) == 0 && (p[length] == '|' || p[length] == '\0')) {
            return true;
        }
        p = strchr(p, '|');
        p = p != NULL ? p + 1 : NULL;
    }
    return false;
}

bool fal_param_read(const fal_param *param, const char *text, fal_param_parsed *value)
{
    value->number = 0;
    value->whole = 0;
    if (!fal_text_copy(value->text, sizeof value->text, text)) {
        return false;
    }
    switch (param->type) {
    case FAL_PARAM_INT:
        value->number = fal_text_to_int(text, &value->whole) ? (double)value->whole : NAN;
        (void)snprintf(value->text, sizeof value->text, "%lld", (long long)value->whole);
        return value->number >= param->low && value->number <= param->high;
    case FAL_PARAM_REAL:
        if (!fal_text_to_real(text, &value->number) || value->number < param->low || value->number > param->high) {
            return false;
        }
        fal_params_format_real(value->number, value->text);
        return true;
    case FAL_PARAM_CHOICE:
        return is_choice(param->choices, text);
    case FAL_PARAM_FLAG:
        value->whole = strcmp(text, "yes") == 0;
        return value->whole == 1 || strcmp(text, "no") == 0;
    case FAL_PARAM_PATH:
        return fal_text_is_printable(text) && (text[0] != '\0' || param->initial[0] == '\0') &&
               fal_path_clean(text, value->text, sizeof value->text) == FAL_OK;
    case FAL_PARAM_TEXT:
        break;
    }
    return fal_text_is_printable(text);
}
