/* Parameters: values, their precedence, and the ways to set and read them. */
#include "fal/base/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/ini.h"
#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/base/text.h"
#include "params_internal.h"

const fal_param_table *fal_params_table(const fal_params *params) { return params->table; }

int fal_params_index(const fal_param_table *table, const char *name)
{
    for (int i = 0; i < table->count; i++) {
        const char *a = table->rows[i].name;
        const char *b = name;
        while (*a != '\0' && (*a == *b || (*a == '_' && *b == '-'))) {
            a++;
            b++;
        }
        if (*a == '\0' && *b == '\0') {
            return i;
        }
    }
    return -1;
}

const fal_param *fal_params_find(const fal_param_table *table, const char *name)
{
    const int index = fal_params_index(table, name);
    return index >= 0 ? &table->rows[index] : NULL;
}

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

fal_status fal_params_fail_unknown(const fal_param_table *table, const char *name, const char *where)
{
    const int count = table->count;
    const char *names[256];
    char wanted[64];
    for (int i = 0; i < count && i < 256; i++) {
        names[i] = table->rows[i].name;
    }
    (void)fal_text_copy(wanted, sizeof wanted, name);
    for (char *p = wanted; *p != '\0'; p++) {
        *p = *p == '-' ? '_' : *p;
    }
    const char *nearest = fal_text_nearest(wanted, names, (size_t)(count < 256 ? count : 256));
    if (nearest == NULL) {
        return fal_fail(FAL_ERR_USAGE, "%s: there is no parameter \"%.60s\": see --help", where, name);
    }
    return fal_fail(FAL_ERR_USAGE, "%s: there is no parameter \"%.60s\"; did you mean \"%s\"?", where, name, nearest);
}

static fal_status bad_value(const fal_param *param, const char *text, const char *where)
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
        fal_params_format_real(param->low, low);
        fal_params_format_real(param->high, high);
        return fal_fail(FAL_ERR_USAGE, "%s: --%s %.60s: must be a %s from %s to %s%s", where, option, text,
                        param->type == FAL_PARAM_INT ? "whole number" : "number", low, high,
                        param->list ? ", or a list of them" : "");
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

static bool parse_one(const fal_param *param, const char *text, fal_param_value *value)
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

/* FAL_ERR_USAGE, without a message, is a value that may not be. */
static fal_status append(fal_param_values *values, const fal_param_value *value)
{
    if (values->count >= FAL_PARAM_LIST_MAX) {
        return FAL_ERR_USAGE;
    }
    if (values->count == values->room) {
        const int room = values->room == 0 ? 4 : 2 * values->room;
        fal_param_value *grown = realloc(values->at, (size_t)room * sizeof *grown);
        if (grown == NULL) {
            return fal_fail(FAL_ERR_MEMORY, "parameters: no memory for %d values", room);
        }
        values->at = grown;
        values->room = room;
    }
    values->at[values->count++] = *value;
    return FAL_OK;
}

/* Is it "3-7", of whole numbers? */
static bool parse_range(const fal_param *param, const char *item, int64_t *from, int64_t *to)
{
    char first[32];
    const char *dash = item[0] == '\0' ? NULL : strchr(item + 1, '-');
    fal_param_value low;
    fal_param_value high;
    if (param->type != FAL_PARAM_INT || dash == NULL || dash - item >= (ptrdiff_t)sizeof first) {
        return false;
    }
    (void)snprintf(first, sizeof first, "%.*s", (int)(dash - item), item);
    if (!parse_one(param, first, &low) || !parse_one(param, dash + 1, &high) || high.whole < low.whole ||
        high.whole - low.whole >= FAL_PARAM_LIST_MAX) {
        return false;
    }
    *from = low.whole;
    *to = high.whole;
    return true;
}

static fal_status append_item(const fal_param *param, const char *item, fal_param_values *values)
{
    int64_t from = 0;
    int64_t to = 0;
    fal_param_value value;
    if (!parse_range(param, item, &from, &to)) {
        return item[0] != '\0' && parse_one(param, item, &value) ? append(values, &value) : FAL_ERR_USAGE;
    }
    for (int64_t whole = from; whole <= to; whole++) {
        value = (fal_param_value){.whole = whole, .number = (double)whole};
        (void)snprintf(value.text, sizeof value.text, "%lld", (long long)whole);
        FAL_TRY(append(values, &value));
    }
    return FAL_OK;
}

static fal_status parse_list(const fal_param *param, const char *text, fal_param_values *values)
{
    fal_status status = FAL_OK;
    char *copy = strdup(text);
    if (copy == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "parameters: no memory for a list");
    }
    for (char *item = copy, *next = NULL; status == FAL_OK && item != NULL; item = next) {
        next = strchr(item, ',');
        if (next != NULL) {
            *next++ = '\0';
        }
        status = append_item(param, fal_text_trim(item), values);
    }
    free(copy);
    return status;
}

static fal_status parse(const fal_param *param, const char *text, fal_param_values *values)
{
    fal_param_value value;
    if (param->list) {
        return parse_list(param, text, values);
    }
    return parse_one(param, text, &value) ? append(values, &value) : FAL_ERR_USAGE;
}

fal_status fal_params_set(fal_params *params, const char *name, const char *text, fal_param_source source,
                          const char *where)
{
    const int index = fal_params_index(params->table, name);
    if (index < 0) {
        return fal_params_fail_unknown(params->table, name, where);
    }
    const fal_param *param = &params->table->rows[index];
    fal_param_values parsed = {.source = source};
    const fal_status status = parse(param, text, &parsed);
    if (status != FAL_OK) {
        free(parsed.at);
        return status == FAL_ERR_MEMORY ? status : bad_value(param, text, where);
    }
    fal_param_values *values = &params->values[index];
    if (source < values->source) {
        free(parsed.at);
        return FAL_OK;
    }
    free(values->at);
    *values = parsed;
    (void)fal_text_copy(values->where, sizeof values->where, where);
    return FAL_OK;
}

fal_status fal_params_create(const fal_param_table *table, fal_params **params)
{
    fal_params *made = NULL;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "parameters"));
    made->table = table;
    fal_status status = fal_alloc(&made->values, (size_t)table->count, sizeof *made->values, "parameters");
    for (int i = 0; status == FAL_OK && i < table->count; i++) {
        status = fal_params_set(made, table->rows[i].name, table->rows[i].initial, FAL_SOURCE_DEFAULT, "default");
    }
    if (status != FAL_OK) {
        fal_params_destroy(made);
        return status;
    }
    *params = made;
    return FAL_OK;
}

void fal_params_destroy(fal_params *params)
{
    if (params != NULL) {
        for (int i = 0; params->values != NULL && i < params->table->count; i++) {
            free(params->values[i].at);
        }
        fal_free(params->values);
        fal_free(params);
    }
}

static fal_status visit_ini(void *context, const char *name, const char *value, const char *where)
{
    return fal_params_set(context, name, value, FAL_SOURCE_FILE, where);
}

fal_status fal_params_read_ini(fal_params *params, const char *path) { return fal_ini_read(path, visit_ini, params); }

static const fal_param_values *find(const fal_params *params, const char *name)
{
    const int index = fal_params_index(params->table, name);
    FAL_ASSERT(index >= 0);
    return &params->values[index];
}

static const fal_param_value *value_at(const fal_params *params, const char *name, int at)
{
    const fal_param_values *values = find(params, name);
    FAL_ASSERT(at >= 0 && at < values->count);
    return &values->at[at];
}

int fal_params_count(const fal_params *params, const char *name) { return find(params, name)->count; }

int64_t fal_params_int(const fal_params *params, const char *name) { return value_at(params, name, 0)->whole; }

int64_t fal_params_int_at(const fal_params *params, const char *name, int index)
{
    return value_at(params, name, index)->whole;
}

double fal_params_real(const fal_params *params, const char *name) { return value_at(params, name, 0)->number; }

double fal_params_real_at(const fal_params *params, const char *name, int index)
{
    return value_at(params, name, index)->number;
}

bool fal_params_flag(const fal_params *params, const char *name) { return value_at(params, name, 0)->whole != 0; }

const char *fal_params_text(const fal_params *params, const char *name) { return value_at(params, name, 0)->text; }

const char *fal_params_text_at(const fal_params *params, const char *name, int index)
{
    return value_at(params, name, index)->text;
}

bool fal_params_is_default(const fal_params *params, const char *name)
{
    fal_param_value initial;
    const fal_param_values *values = find(params, name);
    const fal_param *param = &params->table->rows[fal_params_index(params->table, name)];
    return values->count == 1 && parse_one(param, param->initial, &initial) &&
           strcmp(initial.text, values->at[0].text) == 0;
}

fal_status fal_params_restate(fal_params *params, const char *name, const char *text)
{
    const int index = fal_params_index(params->table, name);
    fal_param_value value;
    FAL_ASSERT(index >= 0 && params->values[index].count == 1);
    const fal_param *param = &params->table->rows[index];
    if (!parse_one(param, text, &value)) {
        return bad_value(param, text, params->values[index].where);
    }
    params->values[index].at[0] = value;
    return FAL_OK;
}

fal_param_source fal_params_source(const fal_params *params, const char *name) { return find(params, name)->source; }

fal_status fal_params_select(const fal_params *params, const int *choice, fal_params **one)
{
    fal_params *made = NULL;
    FAL_TRY(fal_params_create(params->table, &made));
    for (int i = 0; i < made->table->count; i++) {
        const fal_param_values *from = &params->values[i];
        fal_param_values *to = &made->values[i];
        FAL_ASSERT(choice[i] >= 0 && choice[i] < from->count);
        to->at[0] = from->at[choice[i]]; /* a default has at least one value, so there is room for one */
        to->count = 1;
        to->source = from->source;
        memcpy(to->where, from->where, sizeof to->where);
    }
    *one = made;
    return FAL_OK;
}
