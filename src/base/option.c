/* Command lines by a table of options. */
#include "fal/base/option.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "fal/base/path.h"

enum { PATH_LIMIT = 4096, NAMES_MAX = 256 };

/* The words, and how far they are read. */
typedef struct {
    const fal_option_table *table;
    int argc;
    char **argv;
    int at;
} words;

/* ---- which option a word is ------------------------------------------------------------------------------------ */

/* "alpha" for "alpha" or "alpha=0.1", '-' and '_' alike; what follows the name, NULL if it is another. */
static const char *after_name(const char *word, const char *name)
{
    while (*name != '\0' && (*word == *name || (*word == '-' && *name == '_') || (*word == '_' && *name == '-'))) {
        word++;
        name++;
    }
    return *name == '\0' && (*word == '\0' || *word == '=') ? word : NULL;
}

static const fal_option *find(const fal_option_table *table, const char *word)
{
    for (size_t i = 0; word[0] == '-' && i < table->count; i++) {
        const fal_option *option = &table->options[i];
        const bool by_letter = option->letter != '\0' && word[1] == option->letter && word[2] == '\0';
        if (by_letter || (option->name != NULL && word[1] == '-' && after_name(word + 2, option->name) != NULL)) {
            return option;
        }
    }
    return NULL;
}

bool fal_option_asked(const fal_option_table *table, int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const fal_option *option = find(table, argv[i]);
        if (option == NULL) {
            continue;
        }
        if (strcmp(option->name, name) == 0 && strchr(argv[i], '=') == NULL) {
            return true;
        }
        i += option->value != NULL && strchr(argv[i], '=') == NULL;
    }
    return false;
}

static fal_status fail_unknown(const fal_option_table *table, const char *word)
{
    const char *names[NAMES_MAX];
    char wanted[64];
    size_t count = 0;
    (void)snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    if (table->unknown != NULL) {
        return table->unknown(table->context, wanted);
    }
    for (size_t i = 0; i < table->count && count < NAMES_MAX; i++) {
        if (table->options[i].name != NULL) {
            names[count++] = table->options[i].name;
        }
    }
    char meant[FAL_TEXT_SUGGESTION];
    const bool any = fal_text_suggest(wanted, names, count, "--", "", meant);
    return fal_fail(FAL_ERR_USAGE, "there is no option %.60s%s%s: see %s --help", word, any ? ", did you mean " : "",
                    meant, table->command);
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* "-1", "-.5", "-inf", and "-", which some programs take for standard output. */
static bool is_value(const char *word)
{
    double number = 0;
    return word[0] != '-' || word[1] == '\0' || fal_text_to_real(word, &number);
}

/* The value of an option that has one: behind '=', or the next word. */
static fal_status find_value(words *w, const fal_option *option, const char **value)
{
    const char *word = w->argv[w->at];
    const char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    if (equals != NULL) {
        *value = equals + 1;
    } else if (w->at + 1 >= w->argc) {
        return fal_fail(FAL_ERR_USAGE, "command line: %.60s needs a value", word);
    } else if (!is_value(w->argv[w->at + 1])) {
        const char *next = w->argv[w->at + 1];
        return fal_fail(FAL_ERR_USAGE,
                        "command line: %.60s needs a value, and %.60s looks like an option: if it is the value, write "
                        "%s%.60s=%.60s",
                        word, next, word[1] == '-' ? "" : "--", word[1] == '-' ? word : option->name, next);
    } else {
        *value = w->argv[++w->at];
    }
    return (*value)[0] != '\0' || option->may_be_empty
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "command line: the value of %.*s is empty: is a variable of a script not set?",
                          (int)strcspn(word, "="), word);
}

static fal_status take_whole(const fal_option *option, const char *text, int64_t *value)
{
    return fal_text_to_int(text, value) && *value >= option->least && *value <= option->most
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "--%s %.60s: must be a whole number from %lld to %lld", option->name, text,
                          (long long)option->least, (long long)option->most);
}

static fal_status take_real(const fal_option *option, const char *text, double *value)
{
    if (fal_text_to_real(text, value) && *value >= option->low && *value <= option->high) {
        return FAL_OK;
    }
    return isinf(option->high) ? fal_fail(FAL_ERR_USAGE, "--%s %.60s: must be a number from %.10g, or inf",
                                          option->name, text, option->low)
                               : fal_fail(FAL_ERR_USAGE, "--%s %.60s: must be a number from %.10g to %.10g",
                                          option->name, text, option->low, option->high);
}

static fal_status take_choice(const fal_option *option, const char *text, int *position)
{
    char expected[256] = "";
    size_t used = 0;
    int count = 0;
    for (const char *word = option->choices; word != NULL && used < sizeof expected; count++) {
        const size_t length = strcspn(word, "|");
        if (strlen(text) == length && strncmp(text, word, length) == 0) {
            *position = count;
            return FAL_OK;
        }
        const char *between = count == 0 ? "" : word[length] == '|' ? ", " : " or ";
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%.*s", between, (int)length, word);
        word = word[length] == '|' ? word + length + 1 : NULL;
    }
    return fal_fail(FAL_ERR_USAGE, "--%s %.60s: must be %s", option->name, text, expected);
}

static fal_status take(const fal_option *option, const char *value, void *request)
{
    void *member = request != NULL ? (char *)request + option->member : NULL; /* FAL_OPTION_TAKE needs neither */
    switch (option->kind) {
    case FAL_OPTION_FLAG:
        *(bool *)member = true;
        return FAL_OK;
    case FAL_OPTION_TEXT:
        *(const char **)member = value;
        return FAL_OK;
    case FAL_OPTION_WHOLE:
        return take_whole(option, value, member);
    case FAL_OPTION_REAL:
        return take_real(option, value, member);
    case FAL_OPTION_CHOICE:
        return take_choice(option, value, member);
    case FAL_OPTION_TAKE:
        return option->take(option->context != NULL ? option->context : request, option->name, value);
    default:
        return FAL_OK;
    }
}

/* ---- words ----------------------------------------------------------------------------------------------------- */

static fal_status read_option(words *w, void *request)
{
    const char *word = w->argv[w->at];
    const fal_option *option = find(w->table, word);
    const char *value = "";
    if (option == NULL && word[1] != '-') {
        return fal_fail(FAL_ERR_USAGE, "command line: %.60s: options are long: see %s --help%s", word,
                        w->table->command, w->table->under_mpi ? "; those of mpirun stand before the program" : "");
    }
    if (option == NULL) {
        return fail_unknown(w->table, word);
    }
    if (option->value != NULL) {
        FAL_TRY(find_value(w, option, &value));
    } else if (option->kind == FAL_OPTION_TAKE) {
        const char *equals = strchr(word, '=');
        value = equals != NULL ? equals + 1 : "yes";
    } else if (strchr(word, '=') != NULL) {
        return fal_fail(FAL_ERR_USAGE, "--%s: takes no value", option->name);
    }
    return take(option, value, request);
}

/* The dashes and minus signs of typesetters, U+2010 to U+2015 and U+2212. */
static bool begins_with_dash(const char *word)
{
    const unsigned char *p = (const unsigned char *)word;
    return p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0x90 && p[2] <= 0x95) || (p[1] == 0x88 && p[2] == 0x92));
}

/* "--strategy logo random": the option (NULL: none) that takes a list, its value `before`, and what looks like another
 * one. Files of sites may lie on other machines, so that one is only doubted if its name is not like that of a file. */
static fal_status check_behind_list(const fal_option *option, const char *word, const char *before)
{
    double number = 0;
    if (option == NULL || !option->list) {
        return FAL_OK;
    }
    const char *equals = before[0] == '-' && before[1] == '-' ? strchr(before, '=') : NULL;
    if ((strpbrk(word, "./") != NULL && !fal_text_to_real(word, &number)) || access(word, F_OK) == 0) {
        return FAL_OK;
    }
    return fal_fail(FAL_ERR_USAGE,
                    "command line: %.60s is no file here: values of a list are joined by commas, --%s %.60s,%.60s; a "
                    "file of this name is ./%.60s",
                    word, option->name, equals != NULL ? equals + 1 : before, word, word);
}

/* Is the word fit to be a file's name? `before` is the word on its left. */
static fal_status check_file(const fal_option_table *table, const char *word, const char *before)
{
    const fal_option *left = find(table, before);
    if (word[0] == '\0') {
        return fal_fail(FAL_ERR_USAGE, "command line: an argument is empty: is a variable of a script not set?");
    }
    if (begins_with_dash(word)) {
        return fal_fail(FAL_ERR_USAGE, "command line: %.60s begins with another dash than the keyboard's: type --name",
                        word);
    }
    if ((strcmp(word, "yes") == 0 || strcmp(word, "no") == 0) && left != NULL && left->value == NULL &&
        left->kind == FAL_OPTION_TAKE) {
        return fal_fail(FAL_ERR_USAGE, "command line: %s %s: write %s=%s", before, word, before, word);
    }
    for (size_t i = 0; i < table->count; i++) {
        const char *name = table->options[i].name;
        const char *rest = name != NULL ? after_name(word, name) : NULL;
        if (rest != NULL && *rest == '=') {
            return fal_fail(FAL_ERR_USAGE,
                            "command line: %.60s is no file, but looks like the option --%.60s: write that, or ./%.60s "
                            "for a file of this name",
                            word, word, word);
        }
    }
    return FAL_OK;
}

/* Replaces each "~" or "~/..." by the path. */
static fal_status expand(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char path[PATH_LIMIT];
        char *tilde = argv[i][0] == '~' ? argv[i] : strstr(argv[i], "=~");
        if (tilde == NULL) {
            continue;
        }
        tilde += *tilde == '=';
        if (tilde[1] != '/' && tilde[1] != '\0') {
            continue; /* where a path is wanted, fal_path_clean complains */
        }
        FAL_TRY(fal_path_clean(tilde, path, sizeof path));
        char *word = NULL;
        if (asprintf(&word, "%.*s%s", (int)(tilde - argv[i]), argv[i], path) < 0) {
            return fal_fail(FAL_ERR_MEMORY, "command line: no memory for a path");
        }
        argv[i] = word;
    }
    return FAL_OK;
}

fal_status fal_option_read(const fal_option_table *table, int argc, char **argv, void *request, const char **files,
                           int *file_count)
{
    words w = {.table = table, .argc = argc, .argv = argv, .at = 1};
    bool only_files = false;
    const fal_option *behind = NULL; /* the option whose value was the last word */
    *file_count = 0;
    FAL_TRY(expand(argc, argv));
    for (size_t i = 0; i < table->count; i++) {
        const fal_option *option = &table->options[i];
        FAL_TRY(option->initial != NULL ? take(option, option->initial, request) : FAL_OK);
    }
    for (; w.at < argc; w.at++) {
        char *word = argv[w.at];
        if (!only_files && strcmp(word, "--") == 0) {
            only_files = true;
        } else if (!only_files && word[0] == '-' && word[1] != '\0') {
            behind = find(table, word);
            FAL_TRY(read_option(&w, request));
        } else {
            if (!only_files) {
                FAL_TRY(check_file(table, word, argv[w.at - 1]));
                FAL_TRY(check_behind_list(behind, word, argv[w.at - 1]));
            }
            behind = NULL;
            files[(*file_count)++] = word;
        }
    }
    return FAL_OK;
}

/* ---- help ------------------------------------------------------------------------------------------------------ */

void fal_option_help(const fal_option_table *table, fal_text *text)
{
    int column = 0;
    for (size_t i = 0; i < table->count; i++) {
        const fal_option *option = &table->options[i];
        char left[128];
        if (option->kind == FAL_OPTION_TITLE) {
            column = option->column > 0 ? option->column : column;
            fal_text_add(text, "%s", option->help);
            continue;
        }
        (void)snprintf(left, sizeof left, "--%s%s%s", option->name, option->value != NULL ? " " : "",
                       option->value != NULL ? option->value : "");
        for (const char *line = option->help; line != NULL;) {
            const size_t length = strcspn(line, "\n");
            if (line == option->help && option->letter != '\0') {
                fal_text_add(text, "  -%c, %-*s %.*s", option->letter, column - 5, left, (int)length, line);
            } else {
                fal_text_add(text, "  %-*s %.*s", column - 1, line == option->help ? left : "", (int)length, line);
            }
            line = line[length] != '\0' ? line + length + 1 : NULL;
            fal_text_add(text, "%s", line != NULL ? "\n" : "");
        }
        if (option->help != NULL) {
            fal_text_add(text, "%s%s%s\n", option->initial != NULL ? " [" : "",
                         option->initial != NULL ? option->initial : "", option->initial != NULL ? "]" : "");
        }
    }
}
