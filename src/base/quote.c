/* JSON strings and CSV fields. */
#include "fal/base/quote.h"

#include <math.h>
#include <string.h>

void fal_json_text(fal_text *json, const char *value)
{
    fal_text_add(json, "\"");
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            fal_text_add(json, "\\%c", *p);
        } else if ((unsigned char)*p < 0x20 || *p == '<' || *p == '>' || *p == '&') {
            fal_text_add(json, "\\u%04x", (unsigned)(unsigned char)*p);
        } else {
            fal_text_add(json, "%c", *p);
        }
    }
    fal_text_add(json, "\"");
}

void fal_json_real(fal_text *json, double value)
{
    if (isnan(value)) {
        fal_text_add(json, "null");
    } else if (isinf(value)) {
        fal_text_add(json, "\"%sinf\"", value > 0 ? "" : "-");
    } else {
        fal_text_add(json, "%.12g", value);
    }
}

/* Readers take blanks at the ends of a plain field away. */
static bool is_plain(const char *value)
{
    const size_t length = strlen(value);
    return strpbrk(value, ",\"\r\n") == NULL &&
           (length == 0 || (strchr(" \t", value[0]) == NULL && strchr(" \t", value[length - 1]) == NULL));
}

void fal_csv_text(fal_text *text, const char *value)
{
    if (is_plain(value)) {
        fal_text_add(text, "%s", value);
        return;
    }
    fal_text_add(text, "\"");
    for (const char *p = value; *p != '\0'; p++) {
        fal_text_add(text, *p == '"' ? "\"\"" : "%c", *p);
    }
    fal_text_add(text, "\"");
}

void fal_csv_real(fal_text *text, double value)
{
    if (!isnan(value)) {
        fal_text_add(text, "%.12g", value);
    }
}
