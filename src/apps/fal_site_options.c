/* What the subcommands of fal_site ask alike. */
#include <string.h>

#include <sys/stat.h>

#include "fal/base/log.h"
#include "fal/base/parallel.h"
#include "fal_site_command.h"

static void set_machine(const fal_site_machine *machine)
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

fal_status fal_site_open_both(const char *path, const char *global, const fal_site_machine *machine, fal_site **site,
                              fal_site_study **study)
{
    FAL_TRY(fal_site_study_open(global, study));
    FAL_TRY(fal_site_open(path, site));
    set_machine(machine);
    return FAL_OK;
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

fal_status fal_site_open_output(const char *output, fal_site_study **there)
{
    struct stat about;
    *there = NULL;
    if (stat(output, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) {
        return FAL_OK; /* what cannot be written, whoever writes finds out */
    }
    if (fal_site_study_open(output, there) != FAL_OK) {
        fal_status_clear();
        return fal_fail(FAL_ERR_USAGE, "%s: is there already, and cannot be read: choose another name, or remove it",
                        output);
    }
    return FAL_OK;
}

fal_status fal_site_check_output(const char *output, const fal_site_study *there, const fal_site_study *next)
{
    char place[FAL_SITE_STUDY_PLACE];
    if (there == NULL || (strcmp(there->id, next->id) == 0 && there->al_round == next->al_round &&
                          there->fl_done == next->fl_done && strcmp(there->previous, next->previous) == 0)) {
        return FAL_OK;
    }
    fal_site_study_place(there, place);
    return fal_fail(FAL_ERR_USAGE,
                    "%s: is there already, another G than the one to write (study %s, %s, checksum %.12s): choose "
                    "another name, or remove it",
                    output, there->name, place, there->sha256);
}
