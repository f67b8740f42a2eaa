/* The job that was asked for: its data and trials opened, questions about them answered, or the trials run. */
#include "fal_hpc_run.h"

#include <stdlib.h>
#include <time.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/stop.h"
#include "fal/base/text.h"
#include "fal/base/version.h"
#include "fal/experiment/agree.h"
#include "fal/experiment/cost.h"
#include "fal/experiment/dryrun.h"
#include "fal/experiment/job.h"
#include "fal/experiment/sites.h"
#include "fal_hpc_end.h"
#include "fal_hpc_status.h"

fal_status fal_hpc_prepare(const fal_comm *world, fal_hpc_request *in)
{
    FAL_TRY(fal_sites_open(world, in->paths, in->path_count, in->params, in->dataset));
    FAL_TRY(fal_comm_agree(world, fal_hpc_request_plan(in)));
    return fal_agree_start(world, in->params, in->dataset,
                           in->show_config   ? "--show-config"
                           : in->list_trials ? "--list-trials"
                                             : "trials");
}

fal_status fal_hpc_answer(const fal_hpc_request *in)
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

/* Of --embeddings, where a trial reads them. */
static void add_embeddings(const fal_plan *plan, fal_text *text)
{
    for (int i = 0; i < plan->count; i++) {
        const fal_settings *settings = &plan->trials[i].settings;
        if (settings->embeddings != NULL) {
            fal_text_add(text, "z        %s: %d numbers for each training image\n", settings->embeddings,
                         settings->embeddings_d);
            return;
        }
    }
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
    add_embeddings(&in->plan, &text);
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

fal_status fal_hpc_run(const fal_comm *world, fal_hpc_request *in)
{
    fal_layout layout;
    fal_job_outcome outcome;
    const int clients = in->plan.trials[0].settings.clients; /* may be the data's choice */
    FAL_TRY(fal_layout_choose(world, in->params, clients, in->plan.count, &layout));
    FAL_TRY(fal_comm_agree(world, fal_plan_read_widths(&in->plan, in->dataset)));
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
    FAL_TRY(fal_comm_agree(world, fal_plan_read_files(&in->plan, in->dataset)));
    FAL_TRY(fal_agree_files(world, &in->plan));
    FAL_TRY(fal_agree_images(world, in->dataset));
    FAL_TRY(fal_comm_agree(world, fal_stop_between()));
    const fal_job_options options = {.command = in->command,
                                     .hosts = layout.hosts,
                                     .checkpoint_seconds = 60 * fal_params_real(in->params, "checkpoint_minutes"),
                                     .max_hours = fal_params_real(in->params, "max_hours"),
                                     .started = in->started,
                                     .end_time = scheduled_end(),
                                     .stop_after = in->stop_after};
    FAL_TRY(fal_job_run(world, &in->plan, in->dataset, &layout, &options, &outcome));
    return show_end(world, in, &outcome);
}
