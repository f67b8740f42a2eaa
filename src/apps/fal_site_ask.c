/* fal_site ask: which images are worth a label, and the folder to label them in. */
#include <math.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/results/query_folder.h"
#include "fal/results/tables.h"
#include "fal/site/train.h"
#include "fal_site_command.h"

typedef struct {
    const char *global, *output;
    double budget;
    bool smooth;
    fal_site_machine machine;
} request;

static const fal_option options[] = {
    {"global", "G.h5", "the final G of the AL round before; the first G0 of the study for the first labels",
     FAL_OPTION_TO_TEXT(request, global)},
    {"output", "FOLDER", "the folder to label in", FAL_OPTION_TO_TEXT(request, output), .letter = 'o'},
    {"budget", "B", "images to ask for: a number, or a share of the site's images (default: the study's)",
     FAL_OPTION_TO_REAL(request, budget, 1e-6, 2147483647)},
    {"smooth", NULL, "the page blurs enlarged pixels", FAL_OPTION_TO_FLAG(request, smooth)},
    FAL_SITE_MACHINE_OPTIONS(request)};

static const uint8_t *pixels_of(const void *context, int64_t image) { return fal_dataset_train_image(context, image); }

/* Questions that have no answer yet. */
static fal_status write_items(const request *in, const fal_site *site, fal_query_item *items, int64_t count)
{
    const fal_query_folder_options how = {.smooth = in->smooth};
    fal_query query = fal_query_of(&site->dataset);
    query.name = site->state.name;
    query.round = site->state.asked_round;
    query.client = site->state.client;
    query.items = items;
    query.count = count;
    query.pixels = pixels_of;
    query.context = &site->dataset;
    for (int64_t i = 0; i < count; i++) {
        FAL_TRY(fal_query_fill_sha256(&query, &items[i]));
    }
    FAL_TRY(fal_query_hash(&query));
    FAL_TRY(fal_query_folder_write(in->output, &query, &how));
    fal_log_say("label in %s/%s, then fal_site tell %s %s/%s", in->output, FAL_QUERY_PAGE, site->path, in->output,
                FAL_QUERY_LABELS_CSV);
    return FAL_OK;
}

static fal_status write_folder(const request *in, fal_site *site)
{
    const fal_table *asking = &site->state.asking;
    fal_query_item *items = NULL;
    uint8_t *wanted = NULL;
    int64_t count = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&items, (size_t)asking->count, sizeof *items, "questions"));
    FAL_TRY_GOTO(fal_alloc(&wanted, (size_t)site->dataset.n_train, 1, "questions"));
    for (int64_t i = 0; i < asking->count; i++) {
        const fal_row_query *row = fal_table_row(asking, i);
        if (row->al_round == site->state.asked_round && row->label == FAL_ANSWER_NONE &&
            fal_answers_label(&site->answers, row->image) == FAL_ANSWER_NONE) {
            wanted[row->image] = 1;
            items[count++] =
                (fal_query_item){.order = row->order, .image = row->image, .suggested = -1, .score = row->score};
        }
    }
    if (count == 0) {
        fal_log_say("all labels are known: fal_site train goes on");
        goto done;
    }
    FAL_TRY_GOTO(fal_dataset_load(&site->dataset, wanted, 0, 0));
    status = write_items(in, site, items, count);
done:
    fal_free(wanted);
    fal_free(items);
    return status;
}

static fal_status ask(const request *in, const fal_site_study *study, fal_site *site)
{
    bool repeated = false;
    FAL_TRY(fal_site_ask(site, study, in->budget, (fal_kernels)in->machine.kernels, &repeated));
    FAL_TRY(repeated ? FAL_OK : fal_site_save(site));
    const fal_site_progress progress = fal_site_look(site);
    fal_log_say("AL round %lld at site %s%s: %lld images chosen, %lld of them have a label already, %lld are open",
                (long long)site->state.asked_round, site->state.name, repeated ? ", asked before" : "",
                (long long)(progress.asked + progress.known), (long long)(progress.known + progress.classes),
                (long long)progress.open);
    return write_folder(in, site);
}

static fal_status run(fal_command_call *call)
{
    const request *in = call->request;
    const char *path = NULL;
    fal_site_study *study = NULL;
    fal_site *site = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_site_one_file(call, "ask", "the site's file", &path));
    FAL_TRY_GOTO(fal_site_need_global(in->global));
    if (in->output == NULL) {
        status = fal_fail(FAL_ERR_USAGE, "--output is missing: name the folder to label in, -o FOLDER");
        goto done;
    }
    if (in->budget >= 1 && in->budget != floor(in->budget)) {
        status = fal_fail(FAL_ERR_USAGE, "--budget %g: a share below 1, or a whole number of images", in->budget);
        goto done;
    }
    FAL_TRY_GOTO(fal_query_folder_check(in->output));
    FAL_TRY_GOTO(fal_site_open_both(path, in->global, &in->machine, &site, &study));
    status = ask(in, study, site);
done:
    fal_site_close(site);
    fal_site_study_destroy(study);
    return status;
}

const fal_command fal_site_ask_command = {.name = "ask",
                                          .usage = "NAME.h5 --global G.h5 -o FOLDER",
                                          .help = "site: choose images, write the folder to label them in",
                                          .options = options,
                                          .option_count = sizeof options / sizeof *options,
                                          .request_size = sizeof(request),
                                          .run = run};
