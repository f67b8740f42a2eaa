/* A site's query: the initial labels, or the strategy's choice by the final model of an AL round. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/results/tables.h"
#include "fal/site/train.h"

/* Everything that one query needs, and its owner. */
typedef struct {
    fal_site *site;
    const fal_site_study *study;
    int64_t al_round;
    fal_trainer *trainer;
    float *local; /* L, or the finetuned model; NULL: not needed */
    fal_query_result result;
    int64_t *images; /* [result.count] */
} query;

fal_status fal_site_next_round(const fal_site *site, const fal_site_study *study, int64_t *al_round)
{
    const bool first = study->al_round == 1 && study->fl_done == 0;
    const int64_t next = first ? 1 : study->al_round + 1;
    if (!first && !fal_site_study_is_final(study)) {
        char place[FAL_SITE_STUDY_PLACE];
        fal_site_study_place(study, place);
        return fal_fail(FAL_ERR_USAGE, "%s: is at %s: ask with the final G of an AL round", study->head.path, place);
    }
    if (next > study->settings.al_rounds) {
        return fal_fail(FAL_ERR_USAGE, "%s: AL round %lld is the last of the study: there is nothing to ask",
                        study->head.path, (long long)study->al_round);
    }
    if (next <= site->state.settled_round || next < site->state.asked_round) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: asks for AL round %lld, but %s has got to AL round %lld already: an older G",
                        study->head.path, (long long)next, site->path,
                        (long long)(site->state.settled_round > site->state.asked_round ? site->state.settled_round
                                                                                        : site->state.asked_round));
    }
    *al_round = next;
    return FAL_OK;
}

/* ---- what is chosen -------------------------------------------------------------------------------------------- */

static int64_t stored_labels(const fal_site *site, int64_t *images)
{
    const fal_pool *pool = &site->pool;
    int64_t count = 0;
    for (int64_t i = 0; i < pool->unlabelled_count; i++) {
        if (site->dataset.train_labels[pool->unlabelled[i]] >= 0) {
            images[count++] = pool->unlabelled[i];
        }
    }
    return count;
}

/* As a trial's: without scores. */
static fal_status choose_first(query *q, int64_t budget)
{
    const fal_site *site = q->site;
    const fal_settings *settings = &q->study->settings;
    FAL_TRY(fal_alloc(&q->images, (size_t)site->pool.unlabelled_count, sizeof *q->images, "query"));
    const int64_t count = settings->stored > 0 ? stored_labels(site, q->images)
                                               : fal_pool_initial(&site->pool, settings->train.seed,
                                                                  (uint32_t)site->state.client, budget, q->images);
    FAL_TRY(fal_query_result_create(count, &q->result));
    for (int64_t i = 0; i < count; i++) {
        q->result.score[i] = NAN;
        q->result.cluster[i] = -1;
        q->result.score_global[i] = NAN;
        q->result.score_local[i] = NAN;
    }
    return FAL_OK;
}

static fal_status train_local(query *q)
{
    const int needs = fal_strategy_needs(q->study->settings.strategy);
    int epochs = 0;
    double accuracy = 0;
    if ((needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&q->local, q->study->size, sizeof *q->local, "local-only model"));
    return fal_client_train_local_only(q->trainer, &q->site->pool, (uint32_t)q->site->state.client,
                                       (uint32_t)q->al_round, needs & FAL_NEED_FINETUNED ? q->study->weights : NULL,
                                       q->local, &epochs, &accuracy);
}

static fal_status choose(query *q, int64_t budget, fal_kernels kernels)
{
    fal_site *site = q->site;
    const fal_site_study *study = q->study;
    const fal_pool *pool = &site->pool;
    const int64_t count = budget < pool->unlabelled_count ? budget : pool->unlabelled_count;
    FAL_TRY(fal_query_result_create(count, &q->result));
    FAL_TRY(fal_alloc(&q->images, (size_t)count, sizeof *q->images, "query"));
    if (count == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_trainer_create(study->model, &site->dataset, &study->settings.train, kernels, &q->trainer));
    FAL_TRY(train_local(q));
    const fal_query_task task = {.strategy = study->settings.strategy,
                                 .options = &study->settings.query,
                                 .dataset = &site->dataset,
                                 .model = study->model,
                                 .net = fal_trainer_net(q->trainer),
                                 .global = study->weights,
                                 .local = q->local,
                                 .pool = pool->unlabelled,
                                 .labelled = pool->labelled,
                                 .n = pool->unlabelled_count,
                                 .m = pool->labelled_count,
                                 .budget = budget,
                                 .shared = NAN,
                                 .rng = {.seed = study->settings.train.seed,
                                         .purpose = FAL_RNG_QUERY,
                                         .al_round = (uint32_t)q->al_round,
                                         .client = (uint32_t)site->state.client}};
    FAL_TRY(fal_query_run(&task, &q->result));
    for (int64_t i = 0; i < count; i++) {
        q->images[i] = pool->unlabelled[q->result.chosen[i]];
    }
    return FAL_OK;
}

/* ---- what becomes of it ---------------------------------------------------------------------------------------- */

/* Questions that are neither answered nor asked anew stay: their answers may come late. */
static fal_status keep_open(query *q)
{
    fal_table *asking = &q->site->state.asking;
    uint8_t *asked = NULL;
    int64_t kept = 0;
    FAL_TRY(fal_alloc(&asked, (size_t)q->site->dataset.n_train, 1, "query"));
    for (int64_t i = 0; i < q->result.count; i++) {
        asked[q->images[i]] = 1;
    }
    for (int64_t i = 0; i < asking->count; i++) {
        const fal_row_query row = *(const fal_row_query *)fal_table_row(asking, i);
        if (!asked[row.image] && fal_site_has_in_pool(q->site, row.image)) {
            memcpy(fal_table_row(asking, kept++), &row, sizeof row);
        }
    }
    asking->count = kept;
    fal_free(asked);
    return FAL_OK;
}

static fal_status keep(query *q, int64_t budget)
{
    fal_site_state *state = &q->site->state;
    FAL_TRY(keep_open(q));
    for (int64_t i = 0; i < q->result.count; i++) {
        const fal_row_query row = {.al_round = q->al_round,
                                   .client = state->client,
                                   .order = i,
                                   .image = q->images[i],
                                   .label = q->site->dataset.train_labels[q->images[i]],
                                   .score = q->result.score[i],
                                   .cluster = q->result.cluster[i],
                                   .score_global = q->result.score_global[i],
                                   .score_local = q->result.score_local[i]};
        FAL_TRY(fal_table_add(&state->asking, &row));
    }
    state->asked_round = q->al_round;
    state->asked_budget = budget;
    (void)fal_text_copy(state->asked_global, sizeof state->asked_global, q->study->sha256);
    return FAL_OK;
}

static void query_destroy(query *q)
{
    fal_query_result_destroy(&q->result);
    fal_free(q->images);
    fal_free(q->local);
    fal_trainer_destroy(q->trainer);
}

fal_status fal_site_ask_stored(fal_site *site, const fal_site_study *study)
{
    query q = {.site = site, .study = study, .al_round = 1};
    if (study->settings.stored == 0 || site->state.asked_round > 0 || site->state.settled_round > 0) {
        return FAL_OK;
    }
    fal_status status = choose_first(&q, 0);
    if (status == FAL_OK) {
        status = keep(&q, 0);
    }
    query_destroy(&q);
    return status;
}

/* Answers of earlier AL rounds count before the next query; no training of those comes any more. */
static fal_status settle_earlier(fal_site *site, const fal_site_study *study, int64_t al_round)
{
    if (al_round > 1) {
        FAL_TRY(fal_site_ask_stored(site, study));
        FAL_TRY(fal_site_settle(site, al_round));
    }
    site->state.settled_round = al_round - 1;
    return FAL_OK;
}

/* A query is made once: what is said about it now must fit. given: a budget is named. */
static fal_status check_repeat(const fal_site *site, const fal_site_study *study, bool given, int64_t budget)
{
    const fal_site_state *state = &site->state;
    if (strcmp(state->asked_global, study->sha256) != 0) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: has the checksum %.12s, but %s asked for AL round %lld with the G of checksum %.12s: give "
                        "that one for the same folder again; what was asked stays, and fal_site train goes on with it",
                        study->head.path, study->sha256, site->path, (long long)state->asked_round,
                        state->asked_global);
    }
    if (given && budget != state->asked_budget) {
        return fal_fail(FAL_ERR_USAGE,
                        "--budget: is %lld images now, but %s asked for AL round %lld with %lld: leave it out for the "
                        "same folder again; what was asked stays, and the next AL round may have another budget",
                        (long long)budget, site->path, (long long)state->asked_round, (long long)state->asked_budget);
    }
    return FAL_OK;
}

fal_status fal_site_ask(fal_site *site, const fal_site_study *study, double budget, fal_kernels kernels, bool *repeated)
{
    query q = {.site = site, .study = study};
    FAL_TRY(fal_site_check_study(site, study));
    FAL_TRY(fal_site_next_round(site, study, &q.al_round));
    if (budget > 0 && q.al_round == 1 && study->settings.stored > 0) {
        return fal_fail(FAL_ERR_USAGE,
                        "--budget: the first labels are all that %s has (initial = stored): leave it out in AL round 1",
                        site->path);
    }
    const int64_t b = budget > 0 ? fal_query_budget(budget, (double)site->pool.size)
                                 : fal_settings_budget(&study->settings, fal_site_study_images(study), site->pool.size);
    *repeated = site->state.asked_round == q.al_round;
    if (*repeated) {
        return check_repeat(site, study, budget > 0, b);
    }
    FAL_TRY(settle_earlier(site, study, q.al_round));
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_dataset_load(&site->dataset, NULL, 0, 0));
    FAL_TRY_GOTO(q.al_round == 1 ? choose_first(&q, b) : choose(&q, b, kernels));
    status = keep(&q, b);
done:
    query_destroy(&q);
    return status;
}
