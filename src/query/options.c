/* Options of strategies from the program's parameters. */
#include "fal/query/options.h"

#include <string.h>

/* Which of "a|b|c" the parameter's value is. */
static int choice(const fal_params *params, const char *name, const char *choices)
{
    const char *value = fal_params_text(params, name);
    const size_t length = strlen(value);
    int number = 0;
    while (strncmp(choices, value, length) != 0 || (choices[length] != '|' && choices[length] != '\0')) {
        choices = strchr(choices, '|');
        FAL_ASSERT(choices != NULL); /* the table of parameters takes no other value */
        choices++;
        number++;
    }
    return number;
}

#define READ_INT(name, choices) fal_params_int(params, #name)
#define READ_REAL(name, choices) fal_params_real(params, #name)
#define READ_CHOICE(name, choices) choice(params, #name, choices)
#define READ(kind, name, metavar, unit, initial, choices, since, help, source, low, high)                              \
    .name = READ_##kind(name, choices),

void fal_query_options_from_params(const fal_params *params, fal_query_options *options)
{
    *options = (fal_query_options){FAL_QUERY_OPTIONS(READ)};
}
