/* The command line of fal_hpc. */
#include "fal_hpc_request.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/option.h"
#include "fal/base/progress.h"
#include "fal/base/stop.h"
#include "fal/comm/launch.h"
#include "fal/experiment/parameters.h"
#include "fal/query/query.h"
#include "program.h"

static const fal_option rows[] = {
    {.column = 23,
     .help =
         "fal_hpc: federated active learning (LoGo and the strategies it was compared with)\n\n"
         "  mpirun -np 10 fal_hpc inputs/DATASET.h5 [--config FILE.ini] [--option value ...]\n"
         "  mpirun -np 3 fal_hpc SITE_A.h5 SITE_B.h5 SITE_C.h5 ...   one file per site, each opened by its own rank\n\n"
         "Runs the cross product of all lists (strategies, seeds, ...) as trials, one results file each; the same "
         "command\n"
         "goes on after a stop. A file STOP in the output folder, or SIGUSR1 to mpirun, stops it between two FL "
         "rounds.\n\n"
         "Options are --name value or --name=value; given twice, the last one counts. Options win over --config.\n\n"
         "Exit codes: 0 done, 2 usage or memory, 3 unusable input, 4 output cannot be written, 5 numerical failure,\n"
         "75 stopped, 76 waits for labels; after 75 and 76 the same command goes on (docs/operations.md).\n"
         "Environment: OMP_NUM_THREADS, SLURM_JOB_END_TIME; FAL_KERNELS_ISA, FAL_KERNELS_PAIRS "
         "(docs/performance.md).\n\n"
         "  --config FILE          read parameters from an INI file\n"},
    {"show-config", NULL, "print every parameter and where its value comes from",
     FAL_OPTION_TO_FLAG(fal_hpc_request, show_config)},
    {"list-trials", NULL, "print index, strategy, seed and results name of each trial",
     FAL_OPTION_TO_FLAG(fal_hpc_request, list_trials)},
    {"status", NULL, "with --list-trials: where each trial is (with --csv as CSV)",
     FAL_OPTION_TO_FLAG(fal_hpc_request, status)},
    {"csv", NULL, "with --list-trials --status: CSV instead of tables", FAL_OPTION_TO_FLAG(fal_hpc_request, csv)},
    {"selftest", NULL, "does this installation compute as it must? Some seconds, alone or under mpirun",
     FAL_OPTION_TO_FLAG(fal_hpc_request, selftest)},
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

/* Options that only say more about another one; alone they would do nothing, or start a job where only a plan was
 * wanted. In a configuration file they may wait for it. */
static fal_status check_companions(const fal_params *params)
{
    static const struct {
        const char *name, *of, *value, *words;
    } pairs[] = {{"plan_cores", "dry_run", "yes", "--dry-run"},
                 {"plan_hours", "dry_run", "yes", "--dry-run"},
                 {"suggest", "oracle", "file", "--oracle file"},
                 {"answers_needed", "oracle", "file", "--oracle file"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (fal_params_source(params, pairs[i].name) == FAL_SOURCE_COMMAND_LINE &&
            strcmp(fal_params_text(params, pairs[i].of), pairs[i].value) != 0) {
            char option[64];
            fal_params_option_name(fal_params_find(fal_params_table(params), pairs[i].name), option);
            return fal_fail(FAL_ERR_USAGE, "--%s: goes with %s", option, pairs[i].words);
        }
    }
    return FAL_OK;
}

fal_status fal_hpc_request_read(int argc, char **argv, fal_hpc_request *in)
{
    join_command(argc, argv, in->command, sizeof in->command);
    FAL_TRY(fal_alloc(&in->paths, (size_t)argc, sizeof(const char *), "command line"));
    FAL_TRY(fal_alloc(&in->dataset, 1, sizeof *in->dataset, "dataset"));
    FAL_TRY(fal_params_create(fal_parameters(), &in->params));
    FAL_TRY(fal_params_create(fal_parameters(), &in->defaults));
    FAL_TRY(fal_params_read_arguments(in->params, &table, argc, argv, in, in->paths, &in->path_count));
    if (fal_params_flag(in->params, "dry_run")) { /* by a configuration file */
        fal_stop_end_at_once();
    }
    if (in->selftest) {
        return argc == 2 ? FAL_OK
                         : fal_fail(FAL_ERR_USAGE, "--selftest: stands alone: it has data and settings of its own");
    }
    if (in->path_count == 0) {
        return fal_fail(FAL_ERR_USAGE,
                        "command line: no dataset is given: fal_hpc DATASET.h5 [--option value ...], see --help");
    }
    if ((in->status && !in->list_trials) || (in->csv && !in->status)) {
        return fal_fail(FAL_ERR_USAGE, "--%s: goes with --list-trials%s", in->csv && !in->status ? "csv" : "status",
                        in->csv && !in->status ? " --status" : "");
    }
    FAL_TRY(check_companions(in->params));
    return fal_progress_pace(fal_params_text(in->params, "progress"));
}

fal_status fal_hpc_request_plan(fal_hpc_request *in)
{
    FAL_TRY(fal_plan_dataset_defaults(in->dataset, in->params));
    FAL_TRY(fal_plan_dataset_defaults(in->dataset, in->defaults));
    FAL_TRY(fal_plan_make(in->params, in->defaults, in->dataset, &in->plan));
    FAL_TRY(fal_plan_settle(&in->plan, in->dataset));
    ask_about_seeds(in->params);
    const int64_t chosen = fal_params_int(in->params, "trial");
    if (chosen >= in->plan.count) {
        return fal_fail(FAL_ERR_USAGE, "--trial %lld: the job has trials 0 to %d: see --list-trials", (long long)chosen,
                        in->plan.count - 1);
    }
    if (chosen >= 0) {
        fal_plan_keep(&in->plan, (int)chosen);
    }
    return FAL_OK;
}

void fal_hpc_request_destroy(fal_hpc_request *in)
{
    fal_plan_destroy(&in->plan);
    if (in->dataset != NULL) {
        fal_dataset_close(in->dataset);
        fal_free(in->dataset);
    }
    fal_params_destroy(in->params);
    fal_params_destroy(in->defaults);
    fal_free(in->paths);
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

bool fal_hpc_answer_early(int argc, char **argv, fal_status *status)
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

bool fal_hpc_only_asks(int argc, char **argv)
{
    static const char *const names[] = {"show-config", "list-trials", "dry_run"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (fal_params_asked(fal_parameters(), &table, argc, argv, names[i])) {
            return true;
        }
    }
    return false;
}
