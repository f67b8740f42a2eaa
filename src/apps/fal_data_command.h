/* The subcommands of fal_data: each stands in a file of its own and in the list of fal_data.c. */
#ifndef FAL_APPS_FAL_DATA_COMMAND_H
#define FAL_APPS_FAL_DATA_COMMAND_H

#include "command.h"

typedef fal_command_call fal_data_call;
typedef fal_command fal_data_command;

extern const fal_data_command fal_data_import;
extern const fal_data_command fal_data_synth;
extern const fal_data_command fal_data_info;
extern const fal_data_command fal_data_verify;
extern const fal_data_command fal_data_digest;
extern const fal_data_command fal_data_constants;
extern const fal_data_command fal_data_export;
extern const fal_data_command fal_data_partition;
extern const fal_data_command fal_data_label;
extern const fal_data_command fal_data_split;
extern const fal_data_command fal_data_join;

#endif
