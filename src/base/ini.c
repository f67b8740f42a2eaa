/* Configuration files: INI with line numbers in messages. */
#include "fal/base/ini.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"

enum { LINE_LIMIT = 65536, FILE_LIMIT = 1 << 20, DEPTH_LIMIT = 8, PATH_LIMIT = 4096 };

typedef struct {
    const char *path;
    fal_ini_visit *visit;
    void *context;
    int depth;
    fal_text name;
    fal_text value;
    fal_text seen; /* "\nname\n" of every name of this file */
    int line;      /* where the pending name stands */
} reader;

static fal_status read_file(const char *path, fal_ini_visit *visit, void *context, int depth);

/* A comment begins at '#' or ';' that starts the line or follows a blank. */
static void cut_comment(char *line)
{
    for (char *p = line; *p != '\0'; p++) {
        if ((*p == '#' || *p == ';') && (p == line || p[-1] == ' ' || p[-1] == '\t')) {
            *p = '\0';
            return;
        }
    }
}

static fal_status include_file(const reader *in, const char *value)
{
    char path[PATH_LIMIT];
    const char *slash = strrchr(in->path, '/');
    const int folder = value[0] != '/' && slash != NULL ? (int)(slash - in->path + 1) : 0;
    if (in->depth >= DEPTH_LIMIT) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: include = %s: files include each other more than %d deep", in->path,
                        in->line, value, DEPTH_LIMIT);
    }
    if (snprintf(path, sizeof path, "%.*s%s", folder, in->path, value) >= (int)sizeof path) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: include = %s: the path is too long", in->path, in->line, value);
    }
    return read_file(path, in->visit, in->context, in->depth + 1);
}

static fal_status finish_pending(reader *in)
{
    if (in->name.length == 0) {
        return FAL_OK;
    }
    const char *name = in->name.chars;
    char *value = fal_text_trim(in->value.chars);
    char where[PATH_LIMIT + 16];
    fal_text mark = {0};
    (void)snprintf(where, sizeof where, "%.4000s:%d", in->path, in->line);
    FAL_TRY(fal_text_add(&mark, "\n%s\n", name));
    const bool twice = in->seen.chars != NULL && strstr(in->seen.chars, mark.chars) != NULL;
    fal_status status = FAL_OK;
    if (twice && strcmp(name, "include") != 0) {
        status = fal_fail(FAL_ERR_USAGE, "%s: %s stands twice in this file: remove one", where, name);
    } else {
        status = fal_text_add(&in->seen, "%s", mark.chars);
    }
    fal_text_destroy(&mark);
    if (status == FAL_OK) {
        status = strcmp(name, "include") == 0 ? include_file(in, value) : in->visit(in->context, name, value, where);
    }
    fal_text_clear(&in->name);
    fal_text_clear(&in->value);
    return status;
}

/* Lines are shown in messages, so they must be fit for a terminal. */
static bool is_text(const char *line)
{
    for (const unsigned char *p = (const unsigned char *)line; *p != '\0'; p++) {
        if ((*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r') || *p == 0x7f) {
            return false;
        }
    }
    return true;
}

static fal_status take_line(reader *in, char *line, int number)
{
    if (!is_text(line)) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: this is not a configuration file: it holds control characters", in->path,
                        number);
    }
    const bool indented = line[0] == ' ' || line[0] == '\t';
    cut_comment(line);
    char *text = fal_text_trim(line);
    if (text[0] == '\0') {
        return FAL_OK;
    }
    if (indented && in->name.length > 0) {
        return fal_text_add(&in->value, " %s", text);
    }
    FAL_TRY(finish_pending(in));
    if (text[0] == '[') {
        if (text[strlen(text) - 1] != ']') {
            return fal_fail(FAL_ERR_USAGE, "%s:%d: a section is written [name]", in->path, number);
        }
        return FAL_OK;
    }
    char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return fal_fail(FAL_ERR_USAGE, "%s:%d: expected \"name = value\", found \"%.60s\"", in->path, number, text);
    }
    *equals = '\0';
    in->line = number;
    FAL_TRY(fal_text_add(&in->name, "%s", fal_text_trim(text)));
    return fal_text_add(&in->value, "%s", equals + 1);
}

static fal_status read_lines(FILE *file, reader *in)
{
    char *line = NULL;
    size_t total = 0;
    int number = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&line, LINE_LIMIT, 1, "configuration file"));
    while (status == FAL_OK && fgets(line, LINE_LIMIT, file) != NULL) {
        const size_t length = strlen(line);
        number++;
        total += length;
        if ((length == LINE_LIMIT - 1 && line[length - 1] != '\n') || total > FILE_LIMIT) {
            status = fal_fail(FAL_ERR_USAGE, "%s:%d: this is not a configuration file: too long", in->path, number);
        } else {
            status = take_line(in, line, number);
        }
    }
    if (status == FAL_OK && ferror(file)) {
        status = fal_fail(FAL_ERR_USAGE, "%s: cannot be read: %s", in->path, strerror(errno));
    }
    fal_free(line);
    return status == FAL_OK ? finish_pending(in) : status;
}

static fal_status read_file(const char *path, fal_ini_visit *visit, void *context, int depth)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return fal_fail(FAL_ERR_USAGE, "%s: cannot be opened: %s", path, strerror(errno));
    }
    reader in = {.path = path, .visit = visit, .context = context, .depth = depth};
    const fal_status status = read_lines(file, &in);
    fal_text_destroy(&in.name);
    fal_text_destroy(&in.value);
    fal_text_destroy(&in.seen);
    (void)fclose(file);
    return status;
}

fal_status fal_ini_read(const char *path, fal_ini_visit *visit, void *context)
{
    return read_file(path, visit, context, 1);
}
