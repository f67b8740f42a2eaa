/* fal_hpc: trials of federated active learning, under mpirun, srun or alone. */
#include "fal/base/clock.h"
#include "fal/base/crash.h"
#include "fal/base/log.h"
#include "fal/base/stop.h"
#include "fal/base/text.h"
#include "fal/comm/launch.h"
#include "fal/io/file.h"
#include "computing.h"
#include "fal_hpc_look.h"
#include "fal_hpc_request.h"
#include "fal_hpc_run.h"
#include "fal_hpc_selftest.h"

/* How the start ended, kept until all ranks can hear of it. */
typedef struct {
    fal_status status;
    char message[FAL_MESSAGE_MAX];
} beginning;

/* Before MPI: the arguments, and a first look at the files. */
static beginning begin(int argc, char **argv, fal_hpc_request *in)
{
    beginning begun = {.status = fal_hpc_request_read(argc, argv, in)};
    if (begun.status == FAL_OK && !in->selftest) {
        begun.status = fal_hpc_look(in);
    }
    (void)fal_text_copy(begun.message, sizeof begun.message, fal_status_message());
    fal_status_clear();
    return begun;
}

/* All that was asked for, if it `begun` well. Collective. */
static fal_status serve(const fal_comm *world, const beginning *begun, fal_hpc_request *in)
{
    FAL_TRY(fal_comm_agree(world, begun->status == FAL_OK ? FAL_OK : fal_fail(begun->status, "%s", begun->message)));
    if (in->selftest) {
        return fal_hpc_selftest(world);
    }
    FAL_TRY(fal_hpc_prepare(world, in));
    return in->show_config || in->list_trials ? fal_comm_agree(world, fal_hpc_answer(in)) : fal_hpc_run(world, in);
}

/* Signals count from before the constructors of libraries on (MPI, HDF5, BLAS: docs/operations.md has how long they
 * take), where the C library calls such functions; main does it again for those where it does not. Sanitizers must come
 * first. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static void install_early(int argc, char **argv, char **environment)
{
    (void)argc;
    (void)argv;
    (void)environment;
    fal_stop_install();
}
__attribute__((section(".preinit_array"), used)) static void (*const early)(int, char **, char **) = install_early;
#endif

/* Says how it ended; the exit code. */
static int leave(fal_status status)
{
    fal_stop_leave();
    fal_crash_leave();
    if (status == FAL_STOPPED) {
        char cause[FAL_STOP_TEXT];
        fal_stop_cause(cause);
        fal_log_say("stopped%s; the same command goes on", cause);
    } else if (status == FAL_WAITING) {
        fal_log_say("waiting for labels; the same command goes on");
    } else if (status != FAL_OK) {
        fal_log_failure(status);
    }
    return fal_status_exit_code(status);
}

int main(int argc, char **argv)
{
    fal_hpc_request in = {.started = fal_clock_seconds()};
    fal_comm *world = NULL;
    fal_stop_install();
    fal_computing_start(argv);
    fal_log_start("fal_hpc", fal_launch_speaks());
    fal_crash_install(fal_file_remove_unfinished);
    fal_status status = FAL_OK;
    if (fal_hpc_answer_early(argc, argv, &status)) {
        return leave(fal_log_finish(status));
    }
    fal_stop_escalate(fal_launch_happened(), fal_file_remove_unfinished);
    if (fal_hpc_only_asks(argc, argv)) {
        fal_stop_end_at_once();
    }
    const beginning begun = begin(argc, argv, &in);
    status = fal_comm_start(&argc, &argv, &world);
    if (status != FAL_OK) {
        return leave(status);
    }
    fal_log_start("fal_hpc", fal_comm_rank(world) == 0);
    status = serve(world, &begun, &in);
    if (status == FAL_OK) {
        status = fal_comm_agree(world, fal_log_finish(FAL_OK));
    }
    fal_hpc_request_destroy(&in);
    const int code = leave(status);
    fal_comm_end(world);
    return code;
}
