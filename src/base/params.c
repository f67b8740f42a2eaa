/* Parameters: values, their precedence, and the ways to set and read them. */
#include "fal/base/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/ini.h"
#include "fal/base/memory.h"
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

fal_status fal_params_fail_unknown(const fal_param_table *table, const char *name, const char *where)
{
    const int count = table->count;
    const char *names[256];
    char wanted[64];
    char meant[FAL_TEXT_SUGGESTION];
    for (int i = 0; i < count && i < 256; i++) {
        names[i] = table->rows[i].name;
    }
    (void)fal_text_copy(wanted, sizeof wanted, name);
    for (char *p = wanted; *p != '\0'; p++) {
        *p = *p == '-' ? '_' : *p;
    }
    for (int i = 0; i < table->other_word_count; i++) {
        const fal_param_other_word *other = &table->other_words[i];
        if (strcmp(other->word, wanted) == 0) {
            return fal_fail(FAL_ERR_USAGE, "%s: there is no parameter \"%.60s\"%s%s%s", where, name,
                            other->parameter != NULL ? "; did you mean \"" : ": ",
                            other->parameter != NULL ? other->parameter : other->instead,
                            other->parameter != NULL ? "\"?" : "");
        }
    }
    if (!fal_text_suggest(wanted, names, (size_t)(count < 256 ? count : 256), "\"", "\"", meant)) {
        return fal_fail(FAL_ERR_USAGE, "%s: there is no parameter \"%.60s\": see --help", where, name);
    }
    return fal_fail(FAL_ERR_USAGE, "%s: there is no parameter \"%.60s\"; did you mean %s?", where, name, meant);
}

static fal_status keep(char **to, const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "parameters: no memory for a text");
    }
    free(*to);
    *to = copy;
    return FAL_OK;
}

static void drop(fal_param_values *values)
{
    for (int i = 0; i < values->count; i++) {
        free(values->at[i].text);
    }
    free(values->at);
    free(values->where);
    *values = (fal_param_values){0};
}

/* FAL_ERR_USAGE, without a message, is a value that may not be. */
static fal_status append(fal_param_values *values, int64_t whole, double number, const char *text)
{
    fal_param_value value = {.whole = whole, .number = number};
    if (values->count >= FAL_PARAM_LIST_MAX) {
        return FAL_ERR_USAGE;
    }
    if (values->count == values->room) {
        const int room = values->room == 0 ? 1 : 2 * values->room;
        fal_param_value *grown = realloc(values->at, (size_t)room * sizeof *grown);
        if (grown == NULL) {
            return fal_fail(FAL_ERR_MEMORY, "parameters: no memory for %d values", room);
        }
        values->at = grown;
        values->room = room;
    }
    FAL_TRY(keep(&value.text, text));
    values->at[values->count++] = value;
    return FAL_OK;
}

/* Is it "3-7", of whole numbers? */
static bool parse_range(const fal_param *param, const char *item, int64_t *from, int64_t *to)
{
    char first[32];
    const char *dash = item[0] == '\0' ? NULL : strchr(item + 1, '-');
    fal_param_parsed low;
    fal_param_parsed high;
    if (param->type != FAL_PARAM_INT || dash == NULL || dash - item >= (ptrdiff_t)sizeof first) {
        return false;
    }
    (void)snprintf(first, sizeof first, "%.*s", (int)(dash - item), item);
    if (!fal_param_read(param, first, &low) || !fal_param_read(param, dash + 1, &high) || high.whole < low.whole ||
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
    fal_param_parsed value;
    if (!parse_range(param, item, &from, &to)) {
        return item[0] != '\0' && fal_param_read(param, item, &value)
                   ? append(values, value.whole, value.number, value.text)
                   : FAL_ERR_USAGE;
    }
    for (int64_t whole = from; whole <= to; whole++) {
        (void)snprintf(value.text, sizeof value.text, "%lld", (long long)whole);
        FAL_TRY(append(values, whole, (double)whole, value.text));
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
    fal_param_parsed value;
    if (param->list) {
        return parse_list(param, text, values);
    }
    return fal_param_read(param, text, &value) ? append(values, value.whole, value.number, value.text) : FAL_ERR_USAGE;
}

fal_status fal_params_set(fal_params *params, const char *name, const char *text, fal_param_source source,
                          const char *where)
{
    const int index = fal_params_index(params->table, name);
    if (index < 0) {
        return fal_params_fail_unknown(params->table, name, where);
    }
    const fal_param *param = &params->table->rows[index];
    fal_param_values *values = &params->values[index];
    fal_param_values taken = {.source = source};
    fal_status status = parse(param, text, &taken);
    if (status == FAL_ERR_USAGE) {
        status = fal_params_fail_value(param, text, where);
    } else if (status == FAL_OK) {
        status = keep(&taken.where, where);
    }
    if (status != FAL_OK || source < values->source) {
        drop(&taken);
        return status;
    }
    drop(values);
    *values = taken;
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
            drop(&params->values[i]);
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
    fal_param_parsed initial;
    const fal_param_values *values = find(params, name);
    const fal_param *param = &params->table->rows[fal_params_index(params->table, name)];
    return values->count == 1 && fal_param_read(param, param->initial, &initial) &&
           strcmp(initial.text, values->at[0].text) == 0;
}

fal_status fal_params_restate(fal_params *params, const char *name, const char *text)
{
    const int index = fal_params_index(params->table, name);
    fal_param_parsed value;
    FAL_ASSERT(index >= 0 && params->values[index].count == 1);
    const fal_param *param = &params->table->rows[index];
    fal_param_value *to = params->values[index].at;
    if (!fal_param_read(param, text, &value)) {
        return fal_params_fail_value(param, text, params->values[index].where);
    }
    FAL_TRY(keep(&to->text, value.text));
    to->whole = value.whole;
    to->number = value.number;
    return FAL_OK;
}

fal_param_source fal_params_source(const fal_params *params, const char *name) { return find(params, name)->source; }

fal_status fal_params_select(const fal_params *params, const int *choice, fal_params **one)
{
    fal_params *made = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "parameters"));
    made->table = params->table;
    FAL_TRY_GOTO(fal_alloc(&made->values, (size_t)made->table->count, sizeof *made->values, "parameters"));
    for (int i = 0; i < made->table->count; i++) {
        const fal_param_values *from = &params->values[i];
        fal_param_values *to = &made->values[i];
        FAL_ASSERT(choice[i] >= 0 && choice[i] < from->count);
        const fal_param_value *value = &from->at[choice[i]];
        FAL_TRY_GOTO(append(to, value->whole, value->number, value->text));
        to->source = from->source;
        FAL_TRY_GOTO(keep(&to->where, from->where));
    }
    *one = made;
    made = NULL;
done:
    fal_params_destroy(made);
    return status;
}
