/* Programs of subcommands: --help, --version, which one is meant, its options. */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/experiment/parameters.h"
#include "program.h"

enum { ROWS_MAX = 64, COLUMN = 22, COMMANDS_MAX = 32, NAME = 64 };

static void print_help(const fal_command_program *program)
{
    fal_log_say("%s: %s", program->name, program->title);
    fal_log_print("\n");
    for (int i = 0; i < program->count; i++) {
        const fal_command *command = program->commands[i];
        fal_log_say("  %s %-9s %-*s %s", program->name, command->name, program->column, command->usage, command->help);
    }
    fal_log_print("\n");
    fal_log_say("%s SUBCOMMAND --help lists the options of one; --version prints the version.", program->name);
    fal_log_say("Options are --name value or --name=value; given twice, the last one counts.");
    fal_log_say("Exit codes: 0 done, 2 usage, 3 unusable input, 4 output cannot be written%s.",
                program->codes != NULL ? program->codes : "");
}

/** The rows of a subcommand, and --help. */
static fal_option_table make_table(const fal_command *command, const char *name, fal_option rows[ROWS_MAX])
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

static fal_status print_command_help(const fal_command *command, const fal_option_table *table)
{
    fal_log_say("%s %s [OPTION ...]", table->command, command->usage);
    fal_log_say("  %s", command->help);
    if (command->explain != NULL) {
        command->explain();
    }
    return fal_program_help(table);
}

static const fal_command *find_command(const fal_command_program *program, const char *name)
{
    const char *names[COMMANDS_MAX];
    FAL_ASSERT(program->count <= COMMANDS_MAX);
    for (int i = 0; i < program->count; i++) {
        names[i] = program->commands[i]->name;
        if (strcmp(name, program->commands[i]->name) == 0) {
            return program->commands[i];
        }
    }
    const char *nearest = fal_text_nearest(name, names, (size_t)program->count);
    (void)fal_fail(FAL_ERR_USAGE, "there is no subcommand %.60s%s%s: see %s --help", name,
                   nearest != NULL ? ", did you mean " : "", nearest != NULL ? nearest : "", program->name);
    return NULL;
}

/** argv[0] is the subcommand. */
static fal_status run_command(const fal_command_program *program, const fal_command *command, int argc, char **argv,
                              int *exit_code)
{
    char name[NAME];
    fal_option rows[ROWS_MAX];
    fal_command_call call = {0};
    (void)snprintf(name, sizeof name, "%s %s", program->name, command->name);
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

fal_status fal_command_run(const fal_command_program *program, int argc, char **argv, int *exit_code)
{
    if (argc < 2) {
        return fal_fail(FAL_ERR_USAGE, "a subcommand is missing: see %s --help", program->name);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(program);
        return FAL_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        program->version();
        return FAL_OK;
    }
    const fal_command *command = find_command(program, argv[1]);
    return command != NULL ? run_command(program, command, argc - 1, argv + 1, exit_code) : FAL_ERR_USAGE;
}
