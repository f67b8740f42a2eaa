/* Words of a command line: one set of rules for all programs. */
#include "fal/base/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/path.h"
#include "fal/base/text.h"

enum { PATH_LIMIT = 4096 };

bool fal_option_is(const char *word, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && (word[length] == '\0' || (word[length] == '=' && word[1] == '-'));
}

bool fal_option_asked(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* "-1", "-.5", "-inf", and "-", which some programs take for standard output. */
static bool is_value(const char *word)
{
    double number = 0;
    return word[0] != '-' || word[1] == '\0' || fal_text_to_real(word, &number);
}

fal_status fal_option_value(int argc, char **argv, int *at, const char **value)
{
    const char *option = argv[*at];
    const char *equals = option[0] == '-' && option[1] == '-' ? strchr(option, '=') : NULL;
    if (equals != NULL) {
        *value = equals + 1;
        return FAL_OK;
    }
    if (*at + 1 >= argc) {
        return fal_fail(FAL_ERR_USAGE, "command line: %.60s needs a value", option);
    }
    if (!is_value(argv[*at + 1])) {
        return fal_fail(FAL_ERR_USAGE,
                        "command line: %.60s needs a value, and %.60s looks like an option: if it is the value, write "
                        "%.60s=%.60s",
                        option, argv[*at + 1], option[1] == '-' ? option : "--output", argv[*at + 1]);
    }
    *value = argv[++*at];
    return FAL_OK;
}

fal_status fal_option_text(int argc, char **argv, int *at, const char **value)
{
    const char *option = argv[*at];
    FAL_TRY(fal_option_value(argc, argv, at, value));
    return (*value)[0] != '\0'
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "command line: the value of %.*s is empty: is a variable of a script not set?",
                          (int)strcspn(option, "="), option);
}

/* "alpha" or "alpha=0.1", '-' and '_' alike. */
static bool names_option(const char *word, const char *name)
{
    while (*name != '\0' && (*word == *name || (*word == '-' && *name == '_') || (*word == '_' && *name == '-'))) {
        word++;
        name++;
    }
    return *name == '\0' && *word == '=';
}

/* The dashes and minus signs of typesetters, U+2010 to U+2015 and U+2212. */
static bool begins_with_dash(const char *word)
{
    const unsigned char *p = (const unsigned char *)word;
    return p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0x90 && p[2] <= 0x95) || (p[1] == 0x88 && p[2] == 0x92));
}

fal_status fal_option_check_file(const char *word, const char *const *names, size_t count)
{
    if (word[0] == '\0') {
        return fal_fail(FAL_ERR_USAGE, "command line: an argument is empty: is a variable of a script not set?");
    }
    if (begins_with_dash(word)) {
        return fal_fail(FAL_ERR_USAGE, "command line: %.60s begins with another dash than the keyboard's: type --name",
                        word);
    }
    for (size_t i = 0; i < count; i++) {
        if (names_option(word, names[i])) {
            return fal_fail(FAL_ERR_USAGE,
                            "command line: %.60s is no file, but looks like the option --%.60s: write that, or ./%.60s "
                            "for a file of this name",
                            word, word, word);
        }
    }
    return FAL_OK;
}

fal_status fal_option_expand(int argc, char **argv)
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
