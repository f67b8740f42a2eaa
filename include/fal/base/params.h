/* Parameters: one table, handed in, describes each once; from it come the command line, INI files, a dataset's
 * defaults,
 * --help, the generated docs, the results file's /parameters and the comparison on restart.
 *
 * Order of precedence: built-in default < dataset attribute < set of --compat < INI file(s) < command line. A
 * scientific parameter decides what is computed; an execution parameter only how. A sweep is a list value of a
 * parameter that allows it. */
#ifndef FAL_BASE_PARAMS_H
#define FAL_BASE_PARAMS_H

#include <stdint.h>

#include "fal/base/option.h"
#include "fal/base/status.h"

typedef enum {
    FAL_PARAM_INT,    /* whole number in [low, high] */
    FAL_PARAM_REAL,   /* number in [low, high]; "inf" where high is infinite */
    FAL_PARAM_CHOICE, /* one of `choices`, separated by '|' */
    FAL_PARAM_TEXT,   /* anything printable up to FAL_PARAM_TEXT_MAX */
    FAL_PARAM_PATH,   /* of a file or folder; kept as fal_path_clean makes it */
    FAL_PARAM_FLAG    /* yes or no; on the command line the name alone means yes */
} fal_param_type;

typedef enum { FAL_PARAM_SCIENTIFIC, FAL_PARAM_EXECUTION } fal_param_group;
typedef enum {
    FAL_SOURCE_DEFAULT,
    FAL_SOURCE_DATASET,
    FAL_SOURCE_COMPAT, /* the parameter `compat` stands for a set of values */
    FAL_SOURCE_FILE,
    FAL_SOURCE_COMMAND_LINE
} fal_param_source;

enum { FAL_PARAM_TEXT_MAX = 1024, FAL_PARAM_LIST_MAX = 4096 };

typedef struct {
    const char *name;    /* as in INI files: al_rounds (command line: --al-rounds) */
    const char *metavar; /* shown in --help: N, SHARE, DIR, ... */
    const char *unit;    /* "" if none */
    const char *initial; /* default, as text */
    const char *choices; /* FAL_PARAM_CHOICE only */
    const char *help;    /* one line */
    const char *source;  /* where the value comes from: paper section, "" if ours */
    double low, high;
    fal_param_type type;
    fal_param_group group;
    bool list;         /* may hold several values: a sweep */
    const char *since; /* version of the program from which on it exists: older results mean its default */
} fal_param;

/** With `--compat NAME`, `parameter` has `value` where it is not given explicitly. */
typedef struct {
    const char *compat, *parameter, *value;
} fal_param_preset;

/** What others call a parameter, for messages, where no likeness of names tells; `instead`: what to say where there is
 *  none. */
typedef struct {
    const char *word, *parameter, *instead;
} fal_param_other_word;

/** All parameters of a program, in the order of --help. */
typedef struct {
    const fal_param *rows;
    int count;
    const fal_param_preset *presets;
    int preset_count;
    const fal_param_other_word *other_words;
    int other_word_count;
} fal_param_table;

/** The row of a parameter ('-' and '_' are the same); NULL: there is none of this name. */
const fal_param *fal_params_find(const fal_param_table *table, const char *name);

/** Values of all parameters. */
typedef struct fal_params fal_params;

fal_status fal_params_create(const fal_param_table *table, fal_params **params); /* all defaults; keeps `table` */
const fal_param_table *fal_params_table(const fal_params *params);
void fal_params_destroy(fal_params *params);

/** Set by name ('-' and '_' are the same) from text; `where` is for messages ("FILE:LINE", "command line",
 *  "inputs/x.h5"). A lower source never overwrites a higher one; of equal ones the last counts. Values are kept in
 * their canonical form, so that equal settings have equal texts: 2 for 02, +2; 0.1 for .10; inf for INFINITY.
 * FAL_ERR_USAGE with the nearest name for an unknown name, or with the range for a bad value. */
fal_status fal_params_set(fal_params *params, const char *name, const char *text, fal_param_source source,
                          const char *where);
fal_status fal_params_read_ini(fal_params *params, const char *path);
/** A command line of the program's own options and of all parameters: as fal_option_read, with `request` for the own
 *  ones. "--config FILE" is read at once, below the command line in precedence. A flag alone means yes; --flag=no. Then
 * `compat`, wherever it was given, sets what it stands for and was not given explicitly. */
fal_status fal_params_read_arguments(fal_params *params, const fal_option_table *own, int argc, char **argv,
                                     void *request, const char **files, int *file_count);
/** As fal_option_asked, where parameters may stand among the words. */
bool fal_params_asked(const fal_param_table *parameters, const fal_option_table *own, int argc, char **argv,
                      const char *name);

/** Values. The name must be in the table and of that type (asserted). Without _at: the first value. */
int fal_params_count(const fal_params *params, const char *name);
int64_t fal_params_int(const fal_params *params, const char *name);
int64_t fal_params_int_at(const fal_params *params, const char *name, int index);
double fal_params_real(const fal_params *params, const char *name);
double fal_params_real_at(const fal_params *params, const char *name, int index);
bool fal_params_flag(const fal_params *params, const char *name);
const char *fal_params_text(const fal_params *params, const char *name);
const char *fal_params_text_at(const fal_params *params, const char *name, int index);
bool fal_params_is_default(const fal_params *params, const char *name);
fal_param_source fal_params_source(const fal_params *params, const char *name);

/** INI files that values come from, included ones too: up to `most` different ones; how many in *count. Shortened names
 *  of more than 255 bytes with their line are passed over. */
enum { FAL_PARAMS_WHERE = 256 };
void fal_params_files(const fal_params *params, char (*files)[FAL_PARAMS_WHERE], int most, int *count);
/** The one value of a text parameter in another form that means the same; where it comes from stays as it is. */
fal_status fal_params_restate(fal_params *params, const char *name, const char *text);

/** A copy in which every list is cut to one value: `choice[i]` for table entry i (0 where not swept). */
fal_status fal_params_select(const fal_params *params, const int *choice, fal_params **one);

/** As on the command line, without the dashes: "al-rounds" of al_rounds. */
void fal_params_option_name(const fal_param *param, char name[64]);

/** Number as the shortest text that reads back the same ("0.1", "inf"). */
void fal_params_format_real(double value, char text[32]);

/** The text of --help's option list, of --show-config, and of docs/parameters.md. Caller frees with fal_free. */
fal_status fal_params_help(const fal_param_table *table, char **text);
fal_status fal_params_show(const fal_params *params, char **text);
fal_status fal_params_document(const fal_param_table *table, char **text);

#endif
