/* docs/parameters.md: a list with an entry per parameter, in lines that editors and terminals show whole. */
#include <stdio.h>
#include <string.h>

#include "fal/base/text.h"
#include "params_internal.h"

enum { COLUMNS = 120 };

/* What may be given. */
static void add_values(const fal_param *p, fal_text *text)
{
    char low[32];
    char high[32];
    fal_params_format_real(p->low, low);
    fal_params_format_real(p->high, high);
    switch (p->type) {
    case FAL_PARAM_INT:
        fal_text_add(text, "a whole number, %s%s", p->high < 1e18 ? "" : "from ", low);
        fal_text_add(text, "%s%s", p->high < 1e18 ? " to " : "", p->high < 1e18 ? high : "");
        break;
    case FAL_PARAM_REAL:
        fal_text_add(text, "%s to %s", low, high);
        break;
    case FAL_PARAM_FLAG:
        fal_text_add(text, "yes or no");
        break;
    case FAL_PARAM_CHOICE:
        for (const char *c = p->choices; *c != '\0'; c++) {
            fal_text_add(text, "%s%c", *c == '|' ? "," : "", *c == '|' ? ' ' : *c);
        }
        break;
    case FAL_PARAM_PATH:
        fal_text_add(text, "a path");
        break;
    default:
        fal_text_add(text, "text");
    }
    fal_text_add(text, p->unit[0] != '\0' ? " (%s)" : "%s", p->unit);
}

/* Append `words` in lines of at most COLUMNS, each after the first indented; blanks separate words. */
static void add_filled(const char *words, fal_text *text)
{
    size_t column = 0;
    while (*words != '\0') {
        const size_t length = strcspn(words, " ");
        const bool breaks = column > 0 && column + 1 + length > COLUMNS;
        fal_text_add(text, "%s%.*s", breaks ? "\n  " : column > 0 ? " " : "", (int)length, words);
        column = (breaks ? 2 : column > 0 ? column + 1 : 0) + length;
        words += length + strspn(words + length, " ");
    }
    fal_text_add(text, "\n");
}

static fal_status add_entry(const fal_param *p, fal_text *text)
{
    fal_text words = {0};
    fal_text_add(&words, "- `%s`: %s.", p->name, p->help);
    fal_text_add(&words, p->source[0] != '\0' ? " Source: %s." : "%s", p->source);
    fal_status status = fal_text_status(&words);
    if (status == FAL_OK) {
        add_filled(words.chars, text);
        fal_text_clear(&words);
        fal_text_add(&words, "  Default: %s; ", p->initial[0] != '\0' ? p->initial : "none");
        add_values(p, &words);
        fal_text_add(&words, "%s\n", p->list ? "; may be a list" : "");
        status = fal_text_status(&words);
        fal_text_add(text, "%s", status == FAL_OK ? words.chars : "");
    }
    fal_text_destroy(&words);
    return status;
}

fal_status fal_params_document(const fal_param_table *table, char **out)
{
    static const char *const titles[] = {"Scientific: decide what is computed", "Execution: only decide how"};
    fal_text text = {0};
    fal_status status = FAL_OK;
    fal_text_add(&text, "# Parameters\n\nWritten by `make docs` from `src/experiment/parameters.c`. On the command "
                        "line `--al-rounds 5`, in an INI file\n`al_rounds = 5`; the rules of both: operations.md, "
                        "\"Command lines and configuration files\".\n");
    for (int group = FAL_PARAM_SCIENTIFIC; group <= FAL_PARAM_EXECUTION; group++) {
        fal_text_add(&text, "\n## %s\n\n", titles[group == FAL_PARAM_EXECUTION]);
        for (int i = 0; i < table->count && status == FAL_OK; i++) {
            status = (int)table->rows[i].group == group ? add_entry(&table->rows[i], &text) : FAL_OK;
        }
    }
    status = status == FAL_OK ? fal_text_status(&text) : status;
    if (status != FAL_OK) {
        fal_text_destroy(&text);
        return status;
    }
    *out = text.chars;
    return FAL_OK;
}
