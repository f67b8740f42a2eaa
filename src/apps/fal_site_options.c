/* What the subcommands of fal_site ask alike. */
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/parallel.h"
#include "fal_site_command.h"

void fal_site_set_machine(const fal_site_machine *machine)
{
    int threads = 0;
    if (machine->threads > 0) {
        fal_parallel_set_threads((int)machine->threads);
    } else {
        fal_parallel_set_threads(fal_parallel_user_threads(&threads) ? threads : fal_parallel_cores());
    }
}

fal_status fal_site_one_file(const fal_command_call *call, const char *command, const char *what, const char **file)
{
    if (call->file_count != 1) {
        return fal_fail(FAL_ERR_USAGE, "%s: give %s, and nothing else beside options: see fal_site %s --help", command,
                        what, command);
    }
    *file = call->files[0];
    return FAL_OK;
}

fal_status fal_site_need_global(const char *global)
{
    return global != NULL ? FAL_OK
                          : fal_fail(FAL_ERR_USAGE, "--global is missing: the G that came last, --global G.h5");
}

void fal_site_show_lines(const char *lines, bool warn)
{
    for (const char *line = lines; line != NULL && *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        if (warn) {
            fal_log_warn("%.*s", (int)length, line);
        } else {
            fal_log_say("%.*s", (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
}
