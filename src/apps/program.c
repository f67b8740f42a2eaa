/* What all programs do alike. */
#include "program.h"

#include "fal/base/crash.h"
#include "fal/base/log.h"
#include "fal/base/version.h"
#include "fal/io/file.h"

void fal_program_start(const char *name)
{
    fal_log_start(name, true);
    fal_file_clean_on_signals();
    fal_crash_install(fal_file_remove_unfinished);
}

fal_status fal_program_help(const fal_option_table *table)
{
    fal_text text = {0};
    fal_option_help(table, &text);
    const fal_status status = fal_text_status(&text);
    fal_log_print(text.chars);
    fal_text_destroy(&text);
    return status;
}

void fal_program_version(const char *name) { fal_log_say("%s %s (%s)", name, fal_version(), fal_version_commit()); }

bool fal_program_answers(const fal_option_table *table, int argc, char **argv, fal_status *status)
{
    if (fal_option_asked(table, argc, argv, "help")) {
        *status = fal_program_help(table);
        return true;
    }
    if (fal_option_asked(table, argc, argv, "version")) {
        fal_program_version(table->command);
        return true;
    }
    return false;
}

int fal_program_end(fal_status status)
{
    fal_crash_leave();
    status = fal_log_finish(status);
    if (status != FAL_OK) {
        fal_log_failure(status);
    }
    return fal_status_exit_code(status);
}
