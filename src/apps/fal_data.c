/* fal_data: datasets and results files from the command line; one list of subcommands. No MPI. */
#include "fal/base/log.h"
#include "fal/base/version.h"
#include "fal/io/archive.h"
#include "fal/io/h5.h"
#include "fal/io/mat.h"
#include "fal/io/picture.h"
#include "fal_data_command.h"
#include "program.h"

static const fal_data_command *const commands[] = {
    &fal_data_import, &fal_data_synth,     &fal_data_info,  &fal_data_verify, &fal_data_digest, &fal_data_constants,
    &fal_data_export, &fal_data_partition, &fal_data_label, &fal_data_split,  &fal_data_join};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_version(void)
{
    fal_log_say("fal_data %s (%s), HDF5 %s, %clibarchive %cmatio %clibpng %clibturbojpeg", fal_version(),
                fal_version_commit(), fal_h5_library(), fal_archive_available() ? '+' : '-',
                fal_mat_available() ? '+' : '-', fal_picture_has_png() ? '+' : '-', fal_picture_has_jpeg() ? '+' : '-');
}

static const fal_command_program program = {.name = "fal_data",
                                            .title = "datasets for fal_hpc, and checks of its files",
                                            .commands = commands,
                                            .count = COMMANDS,
                                            .column = 28,
                                            .version = print_version,
                                            .codes = ", 75 an export was stopped, 1 digest --compare: they differ"};

int main(int argc, char **argv)
{
    int exit_code = 0;
    fal_program_start("fal_data");
    const int code = fal_program_end(fal_command_run(&program, argc, argv, &exit_code));
    return code != 0 ? code : exit_code;
}
