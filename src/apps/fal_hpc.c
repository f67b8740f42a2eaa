/* fal_hpc: trials of federated active learning, under mpirun, srun or alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/progress.h"
#include "fal/base/stop.h"
#include "fal/base/version.h"
#include "fal/comm/launch.h"
#include "fal/experiment/agree.h"
#include "fal/experiment/cost.h"
#include "fal/experiment/dryrun.h"
#include "fal/experiment/job.h"
#include "fal/experiment/parameters.h"
#include "fal/experiment/settings.h"
#include "fal/io/file.h"
#include "fal/io/look.h"
#include "fal/query/query.h"
#include "fal_hpc_status.h"
#include "fal_hpc_end.h"
#include "program.h"

typedef struct {
    bool show_config, list_trials; /* instead of running trials */
    bool status, csv;              /* of list_trials: where they are; as CSV */
    fal_params *params;
    fal_params *defaults; /* what the dataset and the program bring; names of results leave these out */
    fal_dataset *dataset;
    fal_plan plan;
    char command[2048];
    const char *path; /* of the dataset */
    double started;   /* second of the clock */
} invocation;

static const fal_option rows[] = {
    {.column = 23,
     .help =
         "fal_hpc: federated active learning (LoGo and the strategies it was compared with)\n\n"
         "  mpirun -np 10 fal_hpc inputs/DATASET.h5 [--config FILE.ini] [--option value ...]\n\n"
         "Runs the cross product of all lists (strategies, seeds, ...) as trials, one results file each; the same "
         "command\n"
         "goes on after a stop. A file STOP in the output folder, or SIGUSR1 to mpirun, stops it between two FL "
         "rounds.\n\n"
         "Options are --name value or --name=value; given twice, the last one counts. Options win over --config.\n\n"
         "  --config FILE          read parameters from an INI file\n"},
    {"show-config", NULL, "print every parameter and where its value comes from",
     FAL_OPTION_TO_FLAG(invocation, show_config)},
    {"list-trials", NULL, "print index, strategy, seed and results name of each trial",
     FAL_OPTION_TO_FLAG(invocation, list_trials)},
    {"status", NULL, "with --list-trials: where each trial is (with --csv as CSV)",
     FAL_OPTION_TO_FLAG(invocation, status)},
    {"csv", NULL, "with --list-trials --status: CSV instead of tables", FAL_OPTION_TO_FLAG(invocation, csv)},
    {"list-strategies", NULL, "print the query strategies", .kind = FAL_OPTION_ANSWER},
    {"help", .kind = FAL_OPTION_ANSWER},
    {"version", .kind = FAL_OPTION_ANSWER},
    {"document-parameters", .kind = FAL_OPTION_ANSWER},
    {.help = "  --help, --version\n\n"}};
static const fal_option_table table = {
    .command = "fal_hpc", .options = rows, .count = sizeof rows / sizeof *rows, .under_mpi = true};

static void join_command(int argc, char **argv, char *command, size_t size)
{
    size_t used = 0;
    command[0] = '\0';
    for (int i = 0; i < argc && used + 1 < size; i++) {
        const int written = snprintf(command + used, size - used, "%s%s", i > 0 ? " " : "", argv[i]);
        used += written > 0 ? (size_t)written : 0;
    }
}

/* --seeds 4 is the one seed 4, which says little about several strategies. */
static void ask_about_seeds(const fal_params *params)
{
    enum { COUNT_MOST = 32 };
    const int64_t seed = fal_params_int(params, "seeds");
    if (fal_params_count(params, "seeds") == 1 && fal_params_count(params, "strategy") > 1 && seed > 1 &&
        seed <= COUNT_MOST) {
        fal_log_warn("--seeds %lld is the one seed %lld: did you mean --seeds 1-%lld? Strategies are compared over "
                     "several seeds",
                     (long long)seed, (long long)seed, (long long)seed);
    }
}

/* Ends at once where there is nothing to save. */
static void settle_stops(const invocation *in)
{
    if (in->show_config || in->list_trials || fal_params_flag(in->params, "dry_run")) {
        fal_stop_end_at_once();
    }
}

static fal_status read_invocation(int argc, char **argv, invocation *in)
{
    const char **positional = NULL;
    int count = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&positional, (size_t)argc, sizeof(const char *), "command line"));
    FAL_TRY_GOTO(fal_params_create(fal_parameters(), &in->params));
    FAL_TRY_GOTO(fal_params_create(fal_parameters(), &in->defaults));
    FAL_TRY_GOTO(fal_params_read_arguments(in->params, &table, argc, argv, in, positional, &count));
    settle_stops(in);
    if (count != 1) {
        status = fal_fail(FAL_ERR_USAGE, "command line: %s: fal_hpc DATASET.h5 [--option value ...], see --help",
                          count == 0 ? "no dataset is given" : "more than one dataset is given");
        goto done;
    }
    if ((in->status && !in->list_trials) || (in->csv && !in->status)) {
        status = fal_fail(FAL_ERR_USAGE, "--%s: goes with --list-trials%s", in->csv && !in->status ? "csv" : "status",
                          in->csv && !in->status ? " --status" : "");
        goto done;
    }
    in->path = positional[0];
    FAL_TRY_GOTO(fal_alloc(&in->dataset, 1, sizeof *in->dataset, "dataset"));
    FAL_TRY_GOTO(fal_dataset_open(in->path, in->dataset));
    FAL_TRY_GOTO(fal_plan_dataset_defaults(in->dataset, in->params));
    FAL_TRY_GOTO(fal_plan_dataset_defaults(in->dataset, in->defaults));
    FAL_TRY_GOTO(fal_plan_make(in->params, in->defaults, in->dataset, &in->plan));
    FAL_TRY_GOTO(fal_plan_settle(&in->plan, in->dataset));
    FAL_TRY_GOTO(fal_progress_pace(fal_params_text(in->params, "progress")));
    ask_about_seeds(in->params);
    const int64_t chosen = fal_params_int(in->params, "trial");
    if (chosen >= in->plan.count) {
        status = fal_fail(FAL_ERR_USAGE, "--trial %lld: the job has trials 0 to %d: see --list-trials",
                          (long long)chosen, in->plan.count - 1);
    } else if (chosen >= 0) {
        fal_plan_keep(&in->plan, (int)chosen);
    }
done:
    fal_free(positional);
    return status;
}

static void destroy_invocation(invocation *in)
{
    fal_plan_destroy(&in->plan);
    if (in->dataset != NULL) {
        fal_dataset_close(in->dataset);
        fal_free(in->dataset);
    }
    fal_params_destroy(in->params);
    fal_params_destroy(in->defaults);
}

static fal_status say_version(char **text)
{
    (void)text;
    fal_program_version("fal_hpc");
    return FAL_OK;
}

static fal_status document(char **text) { return fal_params_document(fal_parameters(), text); }

static fal_status say_help(char **parameters)
{
    FAL_TRY(fal_program_help(&table));
    return fal_params_help(fal_parameters(), parameters);
}

/* What needs no dataset and no MPI; false if nothing of the kind is asked. */
static bool answer_early(int argc, char **argv, fal_status *status)
{
    const struct {
        const char *name;
        fal_status (*answer)(char **text);
    } answers[] = {{"version", say_version},
                   {"help", say_help},
                   {"list-strategies", fal_strategy_list},
                   {"document-parameters", document}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (fal_params_asked(fal_parameters(), &table, argc, argv, answers[i].name)) {
            char *text = NULL;
            fal_log_start("fal_hpc", fal_launch_rank() == 0);
            *status = answers[i].answer(&text);
            fal_log_print(text);
            fal_free(text);
            return true;
        }
    }
    return false;
}

static fal_status answer(const invocation *in)
{
    fal_text list = {0};
    char *text = NULL;
    if (in->show_config) {
        FAL_TRY(fal_params_show(in->params, &text));
        fal_log_print(text);
        fal_free(text);
    }
    if (in->list_trials && in->status) {
        return fal_hpc_status(&in->plan, in->csv);
    }
    if (in->list_trials) {
        FAL_TRY(fal_plan_list(&in->plan, &list));
        fal_log_print(list.chars);
        fal_text_destroy(&list);
    }
    return FAL_OK;
}

/* ---- files from elsewhere --------------------------------------------------------------------------------------- */

/* What a child process found before MPI was there to agree on it. */
typedef struct {
    fal_status status;
    char message[FAL_MESSAGE_MAX];
} finding;

typedef struct {
    int argc;
    char **argv;
} arguments;

/* Reads what this process is going to read, in a child process. */
static fal_status read_as_job(void *context, int64_t index)
{
    const arguments *given = context;
    invocation in = {0};
    (void)index;
    fal_status status = read_invocation(given->argc, given->argv, &in);
    if (status == FAL_OK && in.list_trials && in.status) {
        status = fal_hpc_status(&in.plan, in.csv);
    } else if (status == FAL_OK && !in.show_config && !in.list_trials) {
        status = fal_plan_look(&in.plan, in.dataset);
    }
    destroy_invocation(&in);
    return status;
}

/* Before MPI_Init, since no process may be made after it; on one rank, which speaks for the files of all. */
static finding look_at_files(int argc, char **argv)
{
    arguments given = {argc, argv};
    finding found = {.status = FAL_OK};
    if (fal_launch_rank() == 0) {
        found.status = fal_look_once("the files of this job", read_as_job, &given);
        (void)fal_text_copy(found.message, sizeof found.message, fal_status_message());
        fal_status_clear();
    }
    return found;
}

/* Not where a file must not be opened. */
static fal_status read_looked_at(const finding *found, int argc, char **argv, invocation *in)
{
    return found->status == FAL_OK ? read_invocation(argc, argv, in) : fal_fail(found->status, "%s", found->message);
}

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

static fal_status show_banner(const invocation *in, const fal_layout *layout, int clients)
{
    const fal_dataset *d = in->dataset;
    fal_text text = {0};
    size_t bytes = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_trial_bytes(&in->plan.trials[0], d, layout->ranks_per_trial, &bytes));
    fal_text_add(&text, "fal_hpc %s (%s)\n", fal_version(), fal_version_commit());
    fal_text_add(&text, "data     %s: %lld training and %lld test images, %dx%dx%d, %d classes\n", d->name,
                 (long long)d->n_train, (long long)d->n_test, d->h, d->w, d->c, d->classes);
    fal_text_add(&text, "trials   %d, results in %s/\n", in->plan.count, fal_params_text(in->params, "output"));
    FAL_TRY_GOTO(fal_layout_describe(layout, clients, &text));
    fal_text_add(&text, "memory   about %.0f MiB per rank\n", (double)(bytes + fal_memory_resident()) / 1048576.0);
    status = fal_text_status(&text);
    fal_log_print(text.chars);
done:
    fal_text_destroy(&text);
    return status;
}

static fal_status show_end(const fal_comm *world, const invocation *in, const fal_job_outcome *outcome)
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

static fal_status run(const fal_comm *world, invocation *in)
{
    fal_layout layout;
    fal_job_outcome outcome;
    const int clients = in->plan.trials[0].settings.clients; /* may be the data's choice */
    FAL_TRY(fal_layout_choose(world, in->params, clients, in->plan.count, &layout));
    FAL_TRY(fal_comm_agree(world, show_banner(in, &layout, clients)));
    if (fal_params_flag(in->params, "dry_run")) {
        fal_text text = {0};
        const fal_status status =
            fal_dryrun(world, &in->plan, in->dataset, &layout, (int)fal_params_int(in->params, "plan_cores"), &text);
        fal_log_print(text.chars);
        fal_text_destroy(&text);
        return status;
    }
    FAL_TRY(fal_comm_agree(world, fal_comm_rank(world) == 0 ? fal_plan_check_outputs(&in->plan, in->path) : FAL_OK));
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
    invocation in = {.started = fal_clock_seconds()};
    fal_comm *world = NULL;
    fal_stop_install();
    fal_parallel_bound_waiting(argv);
    join_command(argc, argv, in.command, sizeof in.command);
    fal_log_start("fal_hpc", fal_launch_speaks());
    fal_status status = FAL_OK;
    if (answer_early(argc, argv, &status)) {
        return leave(fal_log_finish(status));
    }
    fal_stop_escalate(fal_launch_happened(), fal_file_remove_unfinished);
    const finding found = look_at_files(argc, argv);
    status = fal_comm_start(&argc, &argv, &world);
    if (status != FAL_OK) {
        return leave(status);
    }
    fal_log_start("fal_hpc", fal_comm_rank(world) == 0);
    status = fal_comm_agree(world, read_looked_at(&found, argc, argv, &in));
    if (status == FAL_OK) {
        status = fal_agree_start(world, in.params, in.dataset,
                                 in.show_config   ? "--show-config"
                                 : in.list_trials ? "--list-trials"
                                                  : "trials");
    }
    if (status == FAL_OK) {
        status = in.show_config || in.list_trials ? fal_comm_agree(world, answer(&in)) : run(world, &in);
    }
    if (status == FAL_OK) {
        status = fal_comm_agree(world, fal_log_finish(FAL_OK));
    }
    destroy_invocation(&in);
    const int code = leave(status);
    fal_comm_end(world);
    return code;
}
