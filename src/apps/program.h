/* What all programs do alike: the start, --help, --version, the end. */
#ifndef FAL_APPS_PROGRAM_H
#define FAL_APPS_PROGRAM_H

#include "fal/base/option.h"

/** The beginning of main: `name` stands before its messages; no signal, crash or library that ends the program leaves
 *  an unfinished file. */
void fal_program_start(const char *name);
/** The table's --help on standard output. */
fal_status fal_program_help(const fal_option_table *table);
/** "fal_report 0.1.0 (commit)" */
void fal_program_version(const char *name);
/** --help or --version, whichever is asked; false: neither. Versions are those of table->command. */
bool fal_program_answers(const fal_option_table *table, int argc, char **argv, fal_status *status);
/** The end of main: says what failed, also that output did not arrive; the exit code. */
int fal_program_end(fal_status status);

#endif
