/* Configuration files: INI with line numbers in messages. */
#include "fal/base/ini.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/base/text.h"

enum { LINE_LIMIT = 65536, FILE_LIMIT = 1 << 20, DEPTH_LIMIT = 8, FILES_LIMIT = 100, PATH_LIMIT = 4096, TAB = 8 };

/* What all files of one reading share. */
typedef struct {
    fal_ini_visit *visit;
    void *context;
    int files;
} reading;

typedef struct {
    const char *path;
    reading *all;
    int depth;
    fal_text name;
    fal_text value;
    fal_text seen; /* "\nname\n" of every name of this file, with '_' for '-' */
    int line;      /* where the pending name stands */
    int indent;    /* in columns, of that line */
} reader;

static fal_status read_file(const char *path, reading *all, int depth);

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* A comment begins at '#' or ';' that starts the line or follows a blank; its place, or the end. */
static size_t comment_of(const char *line)
{
    size_t at = 0;
    while (line[at] != '\0' && !((line[at] == '#' || line[at] == ';') && (at == 0 || is_blank(line[at - 1])))) {
        at++;
    }
    return at;
}

/* Columns before the text; a tab leads to the next multiple of 8. */
static int indent_of(const char *line)
{
    int column = 0;
    for (const char *p = line; *p == ' ' || *p == '\t'; p++) {
        column = *p == ' ' ? column + 1 : column + TAB - column % TAB;
    }
    return column;
}

static fal_status include_file(const reader *in, const char *value)
{
    char path[PATH_LIMIT];
    char clean[PATH_LIMIT];
    const char *slash = strrchr(in->path, '/');
    if (value[0] == '\0') {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: include names no file", in->path, in->line);
    }
    if (in->depth >= DEPTH_LIMIT) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: include = %s: files include each other more than %d deep", in->path,
                        in->line, value, DEPTH_LIMIT);
    }
    if (in->all->files >= FILES_LIMIT) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: include = %s: more than %d files are included", in->path, in->line,
                        value, FILES_LIMIT);
    }
    FAL_TRY(fal_path_clean(value, clean, sizeof clean));
    const int folder = clean[0] != '/' && slash != NULL ? (int)(slash - in->path + 1) : 0;
    if (snprintf(path, sizeof path, "%.*s%s", folder, in->path, clean) >= (int)sizeof path) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: include = %s: the path is too long", in->path, in->line, value);
    }
    return read_file(path, in->all, in->depth + 1);
}

/* Once in a file, '-' and '_' alike. */
static fal_status note_name(reader *in, const char *name)
{
    fal_text mark = {0};
    fal_text_add(&mark, "\n%s\n", name);
    FAL_TRY(fal_text_status(&mark));
    for (char *p = mark.chars; *p != '\0'; p++) {
        *p = *p == '-' ? '_' : *p;
    }
    const bool twice = in->seen.chars != NULL && strstr(in->seen.chars, mark.chars) != NULL;
    fal_text_add(&in->seen, "%s", mark.chars);
    fal_text_destroy(&mark);
    return twice && strcmp(name, "include") != 0
               ? fal_fail(FAL_ERR_USAGE, "%s:%d: %s stands twice in this file: remove one", in->path, in->line, name)
               : fal_text_status(&in->seen);
}

static bool is_quoted(const char *value)
{
    const size_t length = strlen(value);
    return strchr(value, '"') != NULL || (length >= 2 && value[0] == '\'' && value[length - 1] == '\'');
}

bool fal_ini_holds(const char *value)
{
    const size_t length = strlen(value);
    return comment_of(value) == length && !is_quoted(value) &&
           (length == 0 || (!is_blank(value[0]) && !is_blank(value[length - 1])));
}

static fal_status finish_pending(reader *in)
{
    if (in->name.length == 0) {
        return FAL_OK;
    }
    char where[PATH_LIMIT + 16];
    const char *name = in->name.chars;
    const char *value = fal_text_trim(in->value.chars);
    (void)snprintf(where, sizeof where, "%.4000s:%d", in->path, in->line);
    if (is_quoted(value)) { /* whether they belong to the value, only the writer knows */
        return fal_fail(FAL_ERR_USAGE, "%s: %s = %.200s: values are written without quotes", where, name, value);
    }
    FAL_TRY(note_name(in, name));
    FAL_TRY(strcmp(name, "include") == 0 ? include_file(in, value)
                                         : in->all->visit(in->all->context, name, value, where));
    fal_text_clear(&in->name);
    fal_text_clear(&in->value);
    return FAL_OK;
}

/* A line that stands deeper than the name before it goes on with that name's value. */
static fal_status continue_value(reader *in, const char *text, int number)
{
    if (strchr(text, '=') != NULL || text[0] == '[') {
        return fal_fail(FAL_ERR_USAGE,
                        "%s:%d: \"%.60s\" is indented deeper than %s in line %d and would continue its value: begin "
                        "it in the same column, or write the value of %s on one line",
                        in->path, number, text, in->name.chars, in->line, in->name.chars);
    }
    fal_text_add(&in->value, " %s", text);
    return fal_text_status(&in->value);
}

static fal_status take_name(reader *in, char *text, int number, int indent)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s:%d: expected \"name = value\", found \"%.60s\"; a line that continues a value is indented "
                        "deeper than its name",
                        in->path, number, text);
    }
    *equals = '\0';
    in->line = number;
    in->indent = indent;
    fal_text_add(&in->name, "%s", fal_text_trim(text));
    fal_text_add(&in->value, "%s", equals + 1);
    FAL_TRY(fal_text_status(&in->name));
    return fal_text_status(&in->value);
}

static fal_status take_line(reader *in, char *line, int number)
{
    if (strlen(line) >= LINE_LIMIT) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: this is not a configuration file: too long", in->path, number);
    }
    line[comment_of(line)] = '\0';
    const int indent = indent_of(line);
    char *text = fal_text_trim(line);
    for (char *p = text; *p != '\0'; p++) {
        *p = *p == '\t' ? ' ' : *p;
    }
    if (!fal_text_is_printable(text)) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s:%d: holds control characters or is not UTF-8: a configuration file is text in UTF-8",
                        in->path, number);
    }
    if (text[0] == '\0') {
        return FAL_OK;
    }
    if (in->name.length > 0 && indent > in->indent) {
        return continue_value(in, text, number);
    }
    FAL_TRY(finish_pending(in));
    if (text[0] == '[') {
        return text[strlen(text) - 1] == ']'
                   ? FAL_OK
                   : fal_fail(FAL_ERR_USAGE, "%s:%d: a section is written [name]", in->path, number);
    }
    return take_name(in, text, number, indent);
}

static fal_status read_file(const char *path, reading *all, int depth)
{
    reader in = {.path = path, .all = all, .depth = depth};
    char *bytes = NULL;
    size_t size = 0;
    int number = 0;
    fal_status status = FAL_OK;
    all->files++;
    FAL_TRY(fal_input_read_text(path, FILE_LIMIT, FAL_ERR_USAGE, &bytes, &size));
    char *at = bytes;
    for (char *line = fal_input_line(&at); line != NULL && status == FAL_OK; line = fal_input_line(&at)) {
        status = take_line(&in, line, ++number);
    }
    if (status == FAL_OK) {
        status = finish_pending(&in);
    }
    fal_text_destroy(&in.name);
    fal_text_destroy(&in.value);
    fal_text_destroy(&in.seen);
    fal_free(bytes);
    return status;
}

fal_status fal_ini_read(const char *path, fal_ini_visit *visit, void *context)
{
    reading all = {.visit = visit, .context = context};
    return read_file(path, &all, 1);
}
