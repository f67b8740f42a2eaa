/* fal_hpc: trials of federated active learning, under mpirun, srun or alone. */
#include <stdlib.h>
#include <time.h>

#include "fal/base/clock.h"
#include "fal/base/crash.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "fal/base/text.h"
#include "fal/base/version.h"
#include "fal/comm/launch.h"
#include "fal/experiment/agree.h"
#include "fal/experiment/cost.h"
#include "fal/experiment/dryrun.h"
#include "fal/experiment/job.h"
#include "fal/experiment/sites.h"
#include "fal/io/file.h"
#include "fal_hpc_end.h"
#include "fal_hpc_look.h"
#include "fal_hpc_request.h"
#include "fal_hpc_status.h"

/* How the start ended, kept until all ranks can hear of it. */
typedef struct {
    fal_status status;
    char message[FAL_MESSAGE_MAX];
} beginning;

/* Before MPI: the arguments, and a first look at the files. */
static beginning begin(int argc, char **argv, fal_hpc_request *in)
{
    beginning begun = {.status = fal_hpc_request_read(argc, argv, in)};
    if (begun.status == FAL_OK) {
        begun.status = fal_hpc_look(in);
    }
    (void)fal_text_copy(begun.message, sizeof begun.message, fal_status_message());
    fal_status_clear();
    return begun;
}

/* Data and trials, if it `begun` well: each step is agreed before the next, since that may need all ranks. Collective.
 */
static fal_status prepare(const fal_comm *world, const beginning *begun, fal_hpc_request *in)
{
    FAL_TRY(fal_comm_agree(world, begun->status == FAL_OK ? FAL_OK : fal_fail(begun->status, "%s", begun->message)));
    FAL_TRY(fal_sites_open(world, in->paths, in->path_count, in->params, in->dataset));
    FAL_TRY(fal_comm_agree(world, fal_hpc_request_plan(in)));
    return fal_agree_start(world, in->params, in->dataset,
                           in->show_config   ? "--show-config"
                           : in->list_trials ? "--list-trials"
                                             : "trials");
}

static fal_status answer(const fal_hpc_request *in)
{
    fal_text list = {0};
    char *text = NULL;
    if (in->show_config) {
        FAL_TRY(fal_params_show(in->params, &text));
        fal_log_print(text);
        fal_free(text);
    }
    if (in->list_trials && in->status) {
        return fal_log_speaking() ? fal_hpc_status(&in->plan, in->csv) : FAL_OK;
    }
    if (in->list_trials) {
        FAL_TRY(fal_plan_list(&in->plan, &list));
        fal_log_print(list.chars);
        fal_text_destroy(&list);
    }
    return FAL_OK;
}

static fal_status show_banner(const fal_hpc_request *in, const fal_layout *layout, int clients)
{
    const fal_dataset *d = in->dataset;
    fal_text text = {0};
    size_t bytes = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_trial_bytes(&in->plan.trials[0], d, layout->ranks_per_trial, &bytes));
    fal_text_add(&text, "fal_hpc %s (%s)\n", fal_version(), fal_version_commit());
    fal_text_add(&text, "data     %s: %lld training and %lld test images, %dx%dx%d, %d classes\n", d->name,
                 (long long)d->n_train, (long long)d->n_test, d->h, d->w, d->c, d->classes);
    if (d->files != NULL) {
        fal_text_add(&text, "sites    %d, a file each, opened by its own rank\n", d->sites);
    }
    fal_text_add(&text, "trials   %d, results in %s/\n", in->plan.count, fal_params_text(in->params, "output"));
    FAL_TRY_GOTO(fal_layout_describe(layout, clients, &text));
    fal_text_add(&text, "memory   about %.0f MiB per rank\n", (double)(bytes + fal_memory_resident()) / 1048576.0);
    status = fal_text_status(&text);
    fal_log_print(text.chars);
done:
    fal_text_destroy(&text);
    return status;
}

static fal_status show_end(const fal_comm *world, const fal_hpc_request *in, const fal_job_outcome *outcome)
{
    fal_text text = {0};
    fal_status status = FAL_OK;
    if (fal_comm_rank(world) == 0) {
        FAL_TRY_GOTO(fal_hpc_conclude(&in->plan, in->params));
        if (outcome->done > 0) {
            FAL_TRY_GOTO(fal_timing_describe(&outcome->sections, &outcome->costs, outcome->rounds, &text));
            fal_log_print(text.chars);
        }
    }
done:
    fal_text_destroy(&text);
    return fal_comm_agree(world, status);
}

/* The end that the scheduler gave the job; 0: it said none. */
static double scheduled_end(void)
{
    const char *text = getenv("SLURM_JOB_END_TIME");
    double end = 0;
    if (text != NULL && !fal_job_end_time(text, (double)time(NULL), &end)) {
        fal_log_warn("SLURM_JOB_END_TIME=%.40s: is no time in the year to come (seconds since 1970): not looked at",
                     text);
    }
    return end;
}

/* No file that is read is written over. On rank 0, which writes. */
static fal_status check_outputs(const fal_hpc_request *in)
{
    const char *test = fal_params_text(in->params, "test");
    for (int i = 0; i < in->path_count; i++) {
        FAL_TRY(fal_plan_check_outputs(&in->plan, in->paths[i]));
    }
    return test[0] != '\0' ? fal_plan_check_outputs(&in->plan, test) : FAL_OK;
}

static fal_status run(const fal_comm *world, fal_hpc_request *in)
{
    fal_layout layout;
    fal_job_outcome outcome;
    const int clients = in->plan.trials[0].settings.clients; /* may be the data's choice */
    FAL_TRY(fal_layout_choose(world, in->params, clients, in->plan.count, &layout));
    FAL_TRY(fal_comm_agree(world, show_banner(in, &layout, clients)));
    if (fal_params_flag(in->params, "dry_run")) {
        fal_text text = {0};
        const fal_target target = {.cores = (int)fal_params_int(in->params, "plan_cores"),
                                   .hours = fal_params_real(in->params, "plan_hours")};
        const fal_status status = fal_dryrun(world, &in->plan, in->dataset, &layout, &target, &text);
        fal_log_print(text.chars);
        fal_text_destroy(&text);
        return status;
    }
    FAL_TRY(fal_comm_agree(world, fal_comm_rank(world) == 0 ? check_outputs(in) : FAL_OK));
    FAL_TRY(fal_comm_agree(world, fal_comm_rank(world) == 0 ? fal_hpc_check_report(in->params) : FAL_OK));
    FAL_TRY(fal_comm_agree(world, fal_plan_read_files(&in->plan)));
    FAL_TRY(fal_agree_files(world, &in->plan));
    FAL_TRY(fal_agree_images(world, in->dataset));
    FAL_TRY(fal_comm_agree(world, fal_stop_between()));
    const fal_job_options options = {.command = in->command,
                                     .hosts = layout.hosts,
                                     .checkpoint_seconds = 60 * fal_params_real(in->params, "checkpoint_minutes"),
                                     .max_hours = fal_params_real(in->params, "max_hours"),
                                     .started = in->started,
                                     .end_time = scheduled_end()};
    FAL_TRY(fal_job_run(world, &in->plan, in->dataset, &layout, &options, &outcome));
    return show_end(world, in, &outcome);
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
    fal_parallel_bound_waiting(argv);
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
    status = prepare(world, &begun, &in);
    if (status == FAL_OK) {
        status = in.show_config || in.list_trials ? fal_comm_agree(world, answer(&in)) : run(world, &in);
    }
    if (status == FAL_OK) {
        status = fal_comm_agree(world, fal_log_finish(FAL_OK));
    }
    fal_hpc_request_destroy(&in);
    const int code = leave(status);
    fal_comm_end(world);
    return code;
}
