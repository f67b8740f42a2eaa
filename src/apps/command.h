/* A program of subcommands: each stands in a file of its own and in the list of its program. */
#ifndef FAL_APPS_COMMAND_H
#define FAL_APPS_COMMAND_H

#include "fal/base/option.h"

/** What a subcommand gets. */
typedef struct {
    void *request; /* command->request_size bytes: 0, then what the options said */
    const char **files;
    int file_count;
    int exit_code; /* of a run that did not fail */
} fal_command_call;

typedef struct {
    const char *name, *usage, *help;
    void (*explain)(void);     /* prints what --help shows before the options; or NULL */
    const fal_option *options; /* NULL: none but --help */
    size_t option_count, request_size;
    fal_status (*run)(fal_command_call *call);
    bool of_parameters; /* an option called like a parameter of fal_hpc has its default */
} fal_command;

typedef struct {
    const char *name, *title; /* of the program */
    const fal_command *const *commands;
    int count;
    int column;            /* width of `usage` in --help */
    void (*version)(void); /* prints it */
    const char *codes;     /* exit codes that not all programs have: ", 5 ..."; or NULL */
} fal_command_program;

/** From the command line to the subcommand's run; *exit_code: as it left it. */
fal_status fal_command_run(const fal_command_program *program, int argc, char **argv, int *exit_code);

#endif
