/* fal_site: a study over sites that share no machine: what a site does, and what whoever coordinates does. One list of
 * subcommands. No MPI. */
#include "fal/base/log.h"
#include "fal/base/version.h"
#include "fal/io/picture.h"
#include "computing.h"
#include "fal_site_command.h"
#include "program.h"

static const fal_command *const commands[] = {
    &fal_site_start_command, &fal_site_init_command,  &fal_site_ask_command,    &fal_site_tell_command,
    &fal_site_train_command, &fal_site_merge_command, &fal_site_status_command, &fal_site_predict_command};

static void print_version(void)
{
    fal_log_say("fal_site %s (%s), %clibpng %clibturbojpeg", fal_version(), fal_version_commit(),
                fal_picture_has_png() ? '+' : '-', fal_picture_has_jpeg() ? '+' : '-');
}

static const fal_command_program program = {
    .name = "fal_site",
    .title = "federated active learning of sites that share no machine (docs/hospital.md)",
    .commands = commands,
    .count = sizeof commands / sizeof *commands,
    .column = 44,
    .version = print_version,
    .codes = ", 5 numerical failure, 76 waits for labels or updates"};

int main(int argc, char **argv)
{
    int exit_code = 0;
    fal_computing_start(argv);
    fal_program_start("fal_site");
    const int code = fal_program_end(fal_command_run(&program, argc, argv, &exit_code));
    return code != 0 ? code : exit_code;
}
