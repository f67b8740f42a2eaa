/* Shared by fal_data*.c: what a subcommand is. Each stands in a file of its own and in the list of fal_data.c. */
#ifndef FAL_APPS_FAL_DATA_COMMAND_H
#define FAL_APPS_FAL_DATA_COMMAND_H

#include "fal/base/option.h"

/** What a subcommand gets. */
typedef struct {
    void *request; /* command->request_size bytes: 0, then what the options said */
    const char **files;
    int file_count;
    int exit_code; /* of a run that did not fail */
} fal_data_call;

typedef struct {
    const char *name, *usage, *help;
    void (*explain)(void);     /* prints what --help shows before the options; or NULL */
    const fal_option *options; /* NULL: none but --help */
    size_t option_count, request_size;
    fal_status (*run)(fal_data_call *call);
    bool of_parameters; /* an option called like a parameter of fal_hpc has its default */
} fal_data_command;

extern const fal_data_command fal_data_import;
extern const fal_data_command fal_data_synth;
extern const fal_data_command fal_data_info;
extern const fal_data_command fal_data_verify;
extern const fal_data_command fal_data_digest;
extern const fal_data_command fal_data_constants;
extern const fal_data_command fal_data_export;
extern const fal_data_command fal_data_partition;
extern const fal_data_command fal_data_label;

#endif
