/* What fal_hpc reads is read in a child process first. */
#include "fal_hpc_look.h"

#include <unistd.h>

#include "fal/comm/launch.h"
#include "fal/fed/round.h"
#include "fal/io/look.h"
#include "fal_hpc_status.h"

typedef struct {
    fal_hpc_request *request;
    int rank, ranks; /* as the launcher says */
} looking;

/* What the job is going to read of one data set file and of the output folder. */
static fal_status read_job(fal_hpc_request *in)
{
    FAL_TRY(fal_dataset_open(in->paths[0], in->dataset));
    FAL_TRY(fal_hpc_request_plan(in));
    if (in->list_trials && in->status) {
        return fal_hpc_status(&in->plan, in->csv);
    }
    return in->show_config || in->list_trials ? FAL_OK : fal_plan_look(&in->plan, in->dataset);
}

/* One that is not here is missed when it is opened: the launcher's numbers are no proof of who opens what. */
static fal_status read_site(const char *path)
{
    fal_dataset head = {0};
    if (access(path, R_OK) != 0) {
        return FAL_OK;
    }
    const fal_status status = fal_dataset_open_pool(path, &head);
    fal_dataset_close(&head);
    return status;
}

static fal_status read_own_sites(const looking *at)
{
    const fal_hpc_request *in = at->request;
    const char *test = fal_params_text(in->params, "test");
    if (at->ranks > in->path_count) {
        return FAL_OK; /* refused later on */
    }
    const int first = fal_fed_first_client(in->path_count, at->ranks, at->rank);
    const int count = fal_fed_client_count(in->path_count, at->ranks, at->rank);
    for (int i = first; i < first + count; i++) {
        FAL_TRY(read_site(in->paths[i]));
    }
    return at->rank == 0 && test[0] != '\0' ? read_site(test) : FAL_OK;
}

/* What it makes of the request is gone with the child. */
static fal_status read_as_job(void *context, int64_t index)
{
    const looking *at = context;
    (void)index;
    return at->request->path_count > 1 ? read_own_sites(at) : read_job(at->request);
}

fal_status fal_hpc_look(fal_hpc_request *in)
{
    const fal_launch launch = fal_launch_look("");
    looking at = {in, fal_launch_rank(), launch.count > 1 ? launch.count : 1};
    return at.rank == 0 || in->path_count > 1 ? fal_look_once("the files of this job", read_as_job, &at) : FAL_OK;
}
