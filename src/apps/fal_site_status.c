/* fal_site status: how far a site, or a G, is. */
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/text.h"
#include "fal/site/site.h"
#include "fal_site_command.h"

typedef struct {
    const char *global;
} request;

static const fal_option options[] = {
    {"global", "G.h5", "how far this G is, too; alone, without a site's file", FAL_OPTION_TO_TEXT(request, global)}};

static fal_status show_study(const char *path)
{
    fal_site_study *study = NULL;
    char place[FAL_SITE_STUDY_PLACE];
    FAL_TRY(fal_site_study_open(path, &study));
    fal_site_study_place(study, place);
    fal_log_say("%s: study %s, %s%s, checksum %.12s", path, study->name, place,
                fal_site_study_is_final(study) ? ", final" : "", study->sha256);
    for (int k = 0; k < study->clients; k++) {
        int64_t rounds = 0;
        int64_t labelled = 0;
        for (int64_t i = 0; i < study->merged.count; i++) {
            const fal_row_merged *row = fal_table_row(&study->merged, i);
            rounds += row->client == k;
            labelled = row->client == k ? row->images : labelled;
        }
        fal_log_say("  client %d: %s, %lld images, %lld labelled, took part in %lld FL rounds", k, study->sites[k].name,
                    (long long)study->sites[k].images, (long long)labelled, (long long)rounds);
    }
    if (study->kernels[0] != '\0') {
        fal_log_say("  kernels: %s", study->kernels);
    }
    fal_site_study_destroy(study);
    return FAL_OK;
}

static void show_query(const fal_site *site)
{
    const fal_site_state *state = &site->state;
    const fal_site_progress progress = fal_site_look(site);
    if (state->asked_round == 0) {
        fal_log_say("  has not asked for labels yet");
        return;
    }
    fal_log_say("  asked for AL round %lld: %lld images, %lld with a label from the start, %lld answered, %lld can't "
                "tell, %lld open%s",
                (long long)state->asked_round, (long long)(progress.asked + progress.known), (long long)progress.known,
                (long long)progress.classes, (long long)progress.cannot, (long long)progress.open,
                state->settled_round >= state->asked_round ? "; trained on" : "");
    if (progress.late > 0) {
        fal_log_say("  %lld answers came after the training of their AL round: they count from the next ask, or the "
                    "first training of an AL round",
                    (long long)progress.late);
    }
}

static fal_status show_site(const char *path)
{
    fal_site *site = NULL;
    FAL_TRY(fal_site_open(path, &site));
    const fal_site_state *state = &site->state;
    fal_log_say("%s: site %s, client %lld of the study %s", path, state->name, (long long)state->client, state->study);
    fal_log_say("  %lld images (rows %lld to %lld of all sites together): %lld labelled, %lld in the pool, %lld nobody "
                "could tell",
                (long long)site->pool.size, (long long)state->first_row,
                (long long)(state->first_row + site->pool.size - 1), (long long)site->pool.labelled_count,
                (long long)site->pool.unlabelled_count, (long long)site->pool.dropped_count);
    show_query(site);
    if (state->trained_fl > 0) {
        fal_log_say("  trained last: FL round %lld of AL round %lld, from the G with checksum %.12s",
                    (long long)state->trained_fl, (long long)state->trained_al, state->trained_global);
    } else {
        fal_log_say("  has not trained yet");
    }
    fal_site_close(site);
    return FAL_OK;
}

static fal_status run(fal_command_call *call)
{
    const request *in = call->request;
    if (call->file_count == 0 && in->global == NULL) {
        return fal_fail(FAL_ERR_USAGE, "status: give a site's file, or --global G.h5");
    }
    for (int i = 0; i < call->file_count; i++) {
        FAL_TRY(show_site(call->files[i]));
    }
    return in->global != NULL ? show_study(in->global) : FAL_OK;
}

const fal_command fal_site_status_command = {.name = "status",
                                             .usage = "NAME.h5",
                                             .help = "how far a site is, or with --global a G",
                                             .options = options,
                                             .option_count = sizeof options / sizeof *options,
                                             .request_size = sizeof(request),
                                             .run = run};
