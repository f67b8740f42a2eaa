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

/* " of hours", where people write 4h or 4:00:00. */
static bool is_time(const fal_param *param)
{
    return strcmp(param->unit, "hours") == 0 || strcmp(param->unit, "minutes") == 0;
}

/* How what was meant is written: "5%" of a share, "1..4" of a list. */
static void add_form(const fal_param *param, const char *text, char *form, size_t size)
{
    char number[32];
    double percent = 0;
    size_t used = 0;
    form[0] = '\0';
    if (param->list) {
        used = (size_t)snprintf(form, size, ", or a list of at most %d%s", FAL_PARAM_LIST_MAX,
                                param->type == FAL_PARAM_INT ? ", e.g. 1-4 or 1,2,7" : " with commas between them");
    } else if (is_time(param)) {
        used = (size_t)snprintf(form, size, ", e.g. 4 or 0.5");
    }
    (void)fal_text_copy(number, sizeof number, text);
    const size_t length = strlen(number);
    if (strncmp(param->unit, "share", 5) == 0 && length > 0 && number[length - 1] == '%') {
        number[length - 1] = '\0';
        if (fal_text_to_real(number, &percent)) {
            fal_params_format_real(percent / 100, number);
            (void)snprintf(form + used, size - used, ": as a share it is %s", number);
        }
    }
}

static fal_status fail_number(const fal_param *param, const char *option, const char *text, const char *where)
{
    char low[32];
    char high[32];
    char form[128];
    fal_params_format_real(param->low, low);
    fal_params_format_real(param->high, high);
    add_form(param, text, form, sizeof form);
    return fal_fail(FAL_ERR_USAGE, "%s: --%s %.60s: must be a %s%s%s from %s to %s%s", where, option, text,
                    param->type == FAL_PARAM_INT ? "whole number" : "number", is_time(param) ? " of " : "",
                    is_time(param) ? param->unit : "", low, high, form);
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
    default:
        return fail_number(param, option, text, where);
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
