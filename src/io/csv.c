/* Text tables. The file is read whole and cut into fields in place: a field is a pointer into it, so a row costs no
 * allocation and a million rows take a fraction of a second. */
#include "fal/io/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"

struct fal_csv {
    char *path;
    char *bytes;
    char *at; /* what is not cut up yet */
    size_t field_most;
    int64_t line, next_line;
    int width; /* fields of the first row; 0: none was read so far */
    int count;
    const char *fields[FAL_CSV_COLUMNS_MAX];
    int64_t header_line;
    int header_count; /* 0: none */
    const char *header[FAL_CSV_COLUMNS_MAX];
};

fal_status fal_csv_open(const char *path, size_t limit, fal_csv **csv)
{
    fal_csv *made = NULL;
    size_t size = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "table"));
    made->path = strdup(path);
    if (made->path == NULL) {
        status = fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
        goto done;
    }
    FAL_TRY_GOTO(fal_input_read_text(path, limit, FAL_ERR_INPUT, &made->bytes, &size));
    made->at = made->bytes;
    made->next_line = 1;
    made->field_most = FAL_CSV_FIELD_MAX;
    *csv = made;
    made = NULL;
done:
    fal_csv_close(made);
    return status;
}

void fal_csv_allow_long_fields(fal_csv *csv) { csv->field_most = SIZE_MAX; }

void fal_csv_close(fal_csv *csv)
{
    if (csv != NULL) {
        free(csv->path);
        fal_free(csv->bytes);
        fal_free(csv);
    }
}

/* ---- cutting --------------------------------------------------------------------------------------------------- */

static bool ends_line(char c) { return c == '\n' || c == '\r' || c == '\0'; }

static char *skip_blanks(char *p) { return p + strspn(p, " \t"); }

/* Over an end of line, which CR LF is, too. */
static char *skip_end(char *p) { return p[0] == '\r' && p[1] == '\n' ? p + 2 : p + (*p != '\0'); }

static fal_status too_long(const fal_csv *csv, int64_t line)
{
    return fal_fail(FAL_ERR_INPUT, "%s:%lld: a field of more than %d bytes: is a quote not closed?", csv->path,
                    (long long)line, FAL_CSV_FIELD_MAX - 1);
}

/* A field in quotes from *at on, unpacked in place; *at moves to what follows it. */
static fal_status cut_quoted(fal_csv *csv, char **at, char **field)
{
    const int64_t begin = csv->next_line;
    char *from = *at + 1;
    char *to = from;
    *field = to;
    for (; *from != '"' || from[1] == '"'; from++) {
        if (*from == '\0' || (size_t)(to - *field) >= csv->field_most) {
            return *from != '\0' ? too_long(csv, begin)
                                 : fal_fail(FAL_ERR_INPUT, "%s:%lld: a quote that begins on this line is not closed",
                                            csv->path, (long long)begin);
        }
        from += *from == '"';
        csv->next_line += *from == '\n' || (*from == '\r' && from[1] != '\n');
        *to++ = *from;
    }
    *at = skip_blanks(from + 1);
    if (**at != ',' && !ends_line(**at)) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s:%lld: text stands behind a closing quote: a quote inside a quoted field is doubled",
                        csv->path, (long long)csv->next_line);
    }
    *to = '\0'; /* at or before the closing quote */
    return FAL_OK;
}

static fal_status cut_plain(fal_csv *csv, char **at, char **field, char **end)
{
    *field = *at;
    *at += strcspn(*at, ",\r\n");
    if ((size_t)(*at - *field) >= csv->field_most) {
        return too_long(csv, csv->next_line);
    }
    *end = *at;
    while (*end > *field && ((*end)[-1] == ' ' || (*end)[-1] == '\t')) {
        --*end;
    }
    return FAL_OK;
}

/* One line (or more, where quotes hold ends of lines); *empty: no field has any text. */
static fal_status cut_row(fal_csv *csv, bool *empty)
{
    csv->line = csv->next_line;
    csv->count = 0;
    *empty = true;
    for (bool more = true; more;) {
        char *field = NULL;
        char *end = NULL;
        char *p = skip_blanks(csv->at);
        if (csv->count == FAL_CSV_COLUMNS_MAX) {
            return fal_fail(FAL_ERR_INPUT, "%s:%lld: more than %d columns", csv->path, (long long)csv->line,
                            FAL_CSV_COLUMNS_MAX);
        }
        FAL_TRY(*p == '"' ? cut_quoted(csv, &p, &field) : cut_plain(csv, &p, &field, &end));
        more = *p == ',';
        csv->at = more ? p + 1 : skip_end(p);
        csv->next_line += !more;
        if (end != NULL) {
            *end = '\0'; /* after what stood there was looked at */
        }
        csv->fields[csv->count++] = field;
        *empty = *empty && field[0] == '\0';
    }
    return FAL_OK;
}

/* Spreadsheets leave empty columns behind; text in one means that a comma is not quoted, and all after it is shifted.
 */
static fal_status check_count(fal_csv *csv)
{
    csv->width = csv->width == 0 ? csv->count : csv->width;
    for (int i = csv->width; i < csv->count; i++) {
        if (csv->fields[i][0] != '\0') {
            return fal_fail(FAL_ERR_INPUT,
                            "%s:%lld: has %d fields, but the first line has %d: put a field that holds a comma into "
                            "double quotes",
                            csv->path, (long long)csv->line, csv->count, csv->width);
        }
    }
    return FAL_OK;
}

fal_status fal_csv_next(fal_csv *csv, bool *there)
{
    for (bool empty = true; empty;) {
        *there = *csv->at != '\0';
        csv->count = *there ? csv->count : 0;
        if (!*there) {
            return FAL_OK;
        }
        FAL_TRY(cut_row(csv, &empty));
    }
    return check_count(csv);
}

/* ---- columns --------------------------------------------------------------------------------------------------- */

fal_status fal_csv_read_header(fal_csv *csv)
{
    bool there = false;
    FAL_TRY(fal_csv_next(csv, &there));
    if (!there) {
        return fal_fail(FAL_ERR_INPUT, "%s: is empty: its first line must name the columns", csv->path);
    }
    fal_csv_take_header(csv);
    return FAL_OK;
}

void fal_csv_take_header(fal_csv *csv)
{
    csv->header_line = csv->line;
    csv->header_count = csv->count;
    memcpy(csv->header, csv->fields, (size_t)csv->count * sizeof csv->fields[0]);
}

fal_status fal_csv_find(const fal_csv *csv, const char *name, int *column)
{
    int found = -1;
    for (int i = 0; i < csv->header_count; i++) {
        if (strcmp(csv->header[i], name) != 0) {
            continue;
        }
        if (found >= 0) {
            return fal_fail(FAL_ERR_INPUT, "%s:%lld: two columns are called %s: rename or remove one", csv->path,
                            (long long)csv->header_line, name);
        }
        found = i;
    }
    *column = found;
    return FAL_OK;
}

fal_status fal_csv_need(const fal_csv *csv, const char *name, int *column)
{
    FAL_TRY(fal_csv_find(csv, name, column));
    if (*column >= 0) {
        return FAL_OK;
    }
    char shown[160] = "";
    size_t used = 0;
    for (int i = 0; i < csv->header_count && used < sizeof shown - 1; i++) {
        used += (size_t)snprintf(shown + used, sizeof shown - used, "%s%s", i > 0 ? "," : "", csv->header[i]);
    }
    const char *hint =
        csv->header_count == 1 && strpbrk(csv->header[0], ";\t") != NULL ? ": columns are separated by commas" : "";
    return fal_fail(FAL_ERR_INPUT, "%s:%lld: the first line must name the column %s, but holds \"%s\"%s", csv->path,
                    (long long)csv->header_line, name, shown, hint);
}

/* ---- the present row ------------------------------------------------------------------------------------------- */

int fal_csv_fields(const fal_csv *csv) { return csv->count; }

const char *fal_csv_field(const fal_csv *csv, int column)
{
    FAL_ASSERT(column >= 0);
    return column < csv->count ? csv->fields[column] : "";
}

fal_status fal_csv_int(const fal_csv *csv, int column, int64_t low, int64_t high, int64_t *value)
{
    const char *text = fal_csv_field(csv, column);
    int64_t read = 0;
    if (!fal_text_to_int(text, &read) || read < low || read > high) {
        char name[64] = "the value";
        if (column < csv->header_count) {
            (void)snprintf(name, sizeof name, "%s", csv->header[column]);
        }
        return fal_fail(FAL_ERR_INPUT, "%s:%lld: %s %.40s: must be a whole number from %lld to %lld", csv->path,
                        (long long)csv->line, name, text[0] != '\0' ? text : "is empty", (long long)low,
                        (long long)high);
    }
    *value = read;
    return FAL_OK;
}

const char *fal_csv_path(const fal_csv *csv) { return csv->path; }

int64_t fal_csv_line(const fal_csv *csv) { return csv->line; }

int64_t fal_csv_rows_left(const fal_csv *csv)
{
    int64_t rows = 1;
    for (const char *p = csv->at; (p = strpbrk(p, "\r\n")) != NULL; p++) {
        rows += *p == '\n' || p[1] != '\n';
    }
    return rows;
}
