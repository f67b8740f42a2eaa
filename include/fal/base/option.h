/* Command lines: one table of options per program (or subcommand), from which come parsing, messages and --help.
 *
 * "--name value" or "--name=value", '-' and '_' alike; a value that begins with '-' and is no number must be given as
 * --name=value, so that a forgotten value never swallows the next option. Given twice, the last one counts. "--" ends
 * the options; what is no option is a file. A leading "~/" of a word, or after '=', stands for $HOME, where the shell
 * left it. All failures are FAL_ERR_USAGE. */
#ifndef FAL_BASE_OPTION_H
#define FAL_BASE_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"
#include "fal/base/text.h"

typedef enum {
    FAL_OPTION_TITLE,  /* no option: `help` is a piece of --help as it is */
    FAL_OPTION_ANSWER, /* --help and its like: see fal_option_asked; reading passes over it */
    FAL_OPTION_FLAG,   /* bool */
    FAL_OPTION_TEXT,   /* const char *, as it is given, but not empty; of an option without value "" */
    FAL_OPTION_WHOLE,  /* int64_t from least to most */
    FAL_OPTION_REAL,   /* double from low to high */
    FAL_OPTION_CHOICE, /* int: the position among the words of `choices`, from 0 */
    FAL_OPTION_TAKE    /* what take() does with it */
} fal_option_kind;

/** A row of a table. Write the kind with one of the macros below, which see to the type of the member. */
typedef struct fal_option {
    const char *name;    /* without the dashes */
    const char *value;   /* what stands for the value in --help, e.g. FILE; NULL: the option has none */
    const char *help;    /* "\n" goes on below; NULL: not shown */
    const char *initial; /* what counts where nothing is given, shown by --help; NULL: the request stays as it is */
    fal_option_kind kind;
    size_t member; /* offset in the request */
    int64_t least, most;
    double low, high;
    const char *choices; /* "paper|student" */
    /* Of FAL_OPTION_TAKE. The value may be empty where `may_be_empty`; of an option without value it is "yes", or what
     * stands behind '='. */
    fal_status (*take)(void *request, const char *name, const char *value);
    void *context; /* what take() gets in the place of the request; NULL: the request */
    bool may_be_empty;
    bool list; /* of values with commas between them: a word behind the value that is no file may have been one, too */
    char letter; /* another name, e.g. 'o' for -o; 0: none */
    int column;  /* of FAL_OPTION_TITLE: where the help of the rows below begins; 0: as before */
} fal_option;

/* The offset of a member of `request`; a warning if it is of another type. */
#define FAL_OPTION_MEMBER(type, request, name)                                                                         \
    (offsetof(request, name) + 0 * sizeof(&((request *)NULL)->name == (type *)NULL))
#define FAL_OPTION_TO_FLAG(request, name) .kind = FAL_OPTION_FLAG, .member = FAL_OPTION_MEMBER(bool, request, name)
#define FAL_OPTION_TO_TEXT(request, name)                                                                              \
    .kind = FAL_OPTION_TEXT, .member = FAL_OPTION_MEMBER(const char *, request, name)
#define FAL_OPTION_TO_WHOLE(request, name, from, to)                                                                   \
    .kind = FAL_OPTION_WHOLE, .member = FAL_OPTION_MEMBER(int64_t, request, name), .least = (from), .most = (to)
#define FAL_OPTION_TO_REAL(request, name, from, to)                                                                    \
    .kind = FAL_OPTION_REAL, .member = FAL_OPTION_MEMBER(double, request, name), .low = (from), .high = (to)
#define FAL_OPTION_TO_CHOICE(request, name, words)                                                                     \
    .kind = FAL_OPTION_CHOICE, .member = FAL_OPTION_MEMBER(int, request, name), .choices = (words)
#define FAL_OPTION_TO(function) .kind = FAL_OPTION_TAKE, .take = (function)

typedef struct {
    const char *command; /* in messages: "fal_data import" */
    const fal_option *options;
    size_t count;
    bool under_mpi; /* mpirun's own options may have got to the wrong place */
    /* Fails in other words than "there is no option"; or NULL. */
    fal_status (*unknown)(const void *context, const char *name);
    const void *context;
} fal_option_table;

/** Is this option (FAL_OPTION_ANSWER or a flag) among the words? A word in the place of a value, or behind "--", is not
 *  looked at. Nothing is read, so wrong words elsewhere do not matter. */
bool fal_option_asked(const fal_option_table *table, int argc, char **argv, const char *name);
/** Read all words from argv[1] on into the request, and files (room for argc), *file_count of them. Words that begin
 *  with "~/" are replaced in argv; the new ones live as long as the program. */
fal_status fal_option_read(const fal_option_table *table, int argc, char **argv, void *request, const char **files,
                           int *file_count);
/** The rows as --help shows them. */
void fal_option_help(const fal_option_table *table, fal_text *text);

#endif
