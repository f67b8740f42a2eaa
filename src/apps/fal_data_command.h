/* Shared by fal_data*.c: what a subcommand is, and those that stand in files of their own. */
#ifndef FAL_APPS_FAL_DATA_COMMAND_H
#define FAL_APPS_FAL_DATA_COMMAND_H

#include <stdint.h>

#include "fal/base/status.h"

/** An option of a subcommand; metavar NULL: a flag. */
typedef struct {
    const char *name; /* without "--" */
    const char *metavar, *initial, *help;
} option;

enum { OPTIONS_MAX = 32 };

/** What a subcommand gets: values[i] belongs to options[i], "" for a flag that was given, NULL for what was not. */
typedef struct {
    const char *values[OPTIONS_MAX];
    const char **files;
    int file_count;
    int exit_code; /* of a run that did not fail */
} arguments;

typedef struct {
    const char *name, *usage, *help;
    const option *options; /* ends with a name of NULL */
    fal_status (*run)(arguments *in);
} subcommand;

/** A display for what takes longer than a moment; a file gets a line now and then. */
typedef struct {
    double started, shown;
    bool running;
} display;
/** `what` names what is worked on, e.g. "reading a.png". Afterwards: fal_progress_end. */
void fal_data_show(display *d, int64_t done, int64_t total, const char *what);

extern const option fal_data_export_options[];
fal_status fal_data_run_export(arguments *in);
extern const option fal_data_constants_options[];
fal_status fal_data_run_constants(arguments *in);

#endif
