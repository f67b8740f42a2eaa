/* fal_data: datasets and results files from the command line; one list of subcommands. No MPI. */
#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/version.h"
#include "fal/experiment/parameters.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/mat.h"
#include "fal/io/picture.h"
#include "fal_data_command.h"
#include "program.h"

static const fal_data_command *const commands[] = {&fal_data_import, &fal_data_synth,     &fal_data_info,
                                                   &fal_data_verify, &fal_data_digest,    &fal_data_constants,
                                                   &fal_data_export, &fal_data_partition, &fal_data_label};
enum { COMMANDS = sizeof commands / sizeof commands[0], ROWS_MAX = 64, COLUMN = 22 };

static void print_help(void)
{
    fal_log_print("fal_data: datasets for fal_hpc, and checks of its files\n\n");
    for (int i = 0; i < COMMANDS; i++) {
        fal_log_say("  fal_data %-9s %-28s %s", commands[i]->name, commands[i]->usage, commands[i]->help);
    }
    fal_log_print("\nfal_data SUBCOMMAND --help lists the options of one; --version prints the version.\n"
                  "Options are --name value or --name=value; given twice, the last one counts.\n"
                  "Exit codes: 0 done, 2 usage, 3 unusable input, 4 output cannot be written.\n");
}

/** The rows of a subcommand, and --help. */
static fal_option_table make_table(const fal_data_command *command, const char *name, fal_option rows[ROWS_MAX])
{
    FAL_ASSERT(command->option_count + 2 <= ROWS_MAX);
    rows[0] = (fal_option){.column = COLUMN, .help = "\noptions:\n"};
    if (command->option_count > 0) {
        memcpy(rows + 1, command->options, command->option_count * sizeof *rows);
    }
    for (size_t i = 1; i <= command->option_count && command->of_parameters; i++) {
        const fal_param *parameter = fal_params_find(fal_parameters(), rows[i].name);
        rows[i].initial = parameter != NULL ? parameter->initial : rows[i].initial;
    }
    rows[command->option_count + 1] = (fal_option){.name = "help", .help = "this text", .kind = FAL_OPTION_ANSWER};
    return (fal_option_table){.command = name, .options = rows, .count = command->option_count + 2};
}

static fal_status print_command_help(const fal_data_command *command, const fal_option_table *table)
{
    fal_log_say("%s %s [OPTION ...]", table->command, command->usage);
    fal_log_say("  %s", command->help);
    if (command->explain != NULL) {
        command->explain();
    }
    return fal_program_help(table);
}

static const fal_data_command *find_command(const char *name)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) {
        names[i] = commands[i]->name;
        if (strcmp(name, commands[i]->name) == 0) {
            return commands[i];
        }
    }
    const char *nearest = fal_text_nearest(name, names, COMMANDS);
    (void)fal_fail(FAL_ERR_USAGE, "there is no subcommand %.60s%s%s: see fal_data --help", name,
                   nearest != NULL ? ", did you mean " : "", nearest != NULL ? nearest : "");
    return NULL;
}

/** argv[0] is the subcommand. */
static fal_status run_command(const fal_data_command *command, int argc, char **argv, int *exit_code)
{
    char name[32];
    fal_option rows[ROWS_MAX];
    fal_data_call call = {0};
    (void)snprintf(name, sizeof name, "fal_data %s", command->name);
    const fal_option_table table = make_table(command, name, rows);
    if (fal_option_asked(&table, argc, argv, "help")) {
        return print_command_help(command, &table);
    }
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&call.files, (size_t)argc, sizeof *call.files, "command line"));
    FAL_TRY_GOTO(fal_alloc(&call.request, 1, command->request_size, "command line"));
    FAL_TRY_GOTO(fal_option_read(&table, argc, argv, call.request, call.files, &call.file_count));
    status = command->run(&call);
    *exit_code = call.exit_code;
done:
    fal_free(call.request);
    fal_free(call.files);
    return status;
}

static fal_status run(int argc, char **argv, int *exit_code)
{
    if (argc < 2) {
        return fal_fail(FAL_ERR_USAGE, "a subcommand is missing: see fal_data --help");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return FAL_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        fal_log_say("fal_data %s (%s), HDF5 %s, %clibarchive %cmatio %clibpng %clibturbojpeg", fal_version(),
                    fal_version_commit(), fal_h5_library(), fal_archive_available() ? '+' : '-',
                    fal_mat_available() ? '+' : '-', fal_picture_has_png() ? '+' : '-',
                    fal_picture_has_jpeg() ? '+' : '-');
        return FAL_OK;
    }
    const fal_data_command *command = find_command(argv[1]);
    return command != NULL ? run_command(command, argc - 1, argv + 1, exit_code) : FAL_ERR_USAGE;
}

int main(int argc, char **argv)
{
    int exit_code = 0;
    fal_log_start("fal_data", true);
    fal_file_clean_on_signals();
    const int code = fal_program_end(run(argc, argv, &exit_code));
    return code != 0 ? code : exit_code;
}
