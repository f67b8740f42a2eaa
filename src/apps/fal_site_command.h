/* The subcommands of fal_site: each stands in a file of its own and in the list of fal_site.c. */
#ifndef FAL_APPS_FAL_SITE_COMMAND_H
#define FAL_APPS_FAL_SITE_COMMAND_H

#include "command.h"
#include "fal/site/site.h"
#include "fal/site/study.h"

extern const fal_command fal_site_start_command;
extern const fal_command fal_site_init_command;
extern const fal_command fal_site_train_command;
extern const fal_command fal_site_merge_command;
extern const fal_command fal_site_ask_command;
extern const fal_command fal_site_tell_command;
extern const fal_command fal_site_status_command;
extern const fal_command fal_site_predict_command;

/** How the commands that compute do it. */
typedef struct {
    int64_t threads; /* 0: one per core */
    int kernels;     /* fal_kernels */
} fal_site_machine;
#define FAL_SITE_MACHINE_OPTIONS(request)                                                                              \
    {"threads", "N", "threads; 0: as many as there are cores", "0",                                                    \
     FAL_OPTION_TO_WHOLE(request, machine.threads, 0, 1024)},                                                          \
    {                                                                                                                  \
        "kernels", "KIND", "fast or reference: slow, and the same bits on every machine", "fast",                      \
            FAL_OPTION_TO_CHOICE(request, machine.kernels, "fast|reference")                                           \
    }
/** What computes at a site opens its file and G, and then sets the threads: looking at files takes a process without.
 */
fal_status fal_site_open_both(const char *path, const char *global, const fal_site_machine *machine, fal_site **site,
                              fal_site_study **study);

/** The site's file, or another one argument: FAL_ERR_USAGE if it is not exactly one. */
fal_status fal_site_one_file(const fal_command_call *call, const char *command, const char *what, const char **file);
/** FAL_ERR_USAGE: --global is missing. */
fal_status fal_site_need_global(const char *global);
/** The G that is at `output` already, NULL where none is: before threads run. FAL_ERR_USAGE: it cannot be read. */
fal_status fal_site_open_output(const char *output, fal_site_study **there);
/** FAL_ERR_USAGE: `there` (or NULL) is not of the step that `next` is of: same study, round, and G that it was made
 * from; a command that is given again may write over what it wrote. */
fal_status fal_site_check_output(const char *output, const fal_site_study *there, const fal_site_study *next);
/** Each line of a text by itself, as a warning or not; lines may be NULL. */
void fal_site_show_lines(const char *lines, bool warn);

#endif
