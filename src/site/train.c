/* A site's part of an FL round. What an FL algorithm keeps at a client (SCAFFOLD's c_k) moves on once per round: its
 * state before the last training is kept, so that the same round trained again begins where it began. */
#include "fal/site/train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/fed/apart.h"
#include "fal/nn/gemm.h"
#include "fal/results/tables.h"

void fal_site_kernels(fal_trainer *trainer, char text[FAL_SITE_STUDY_KERNELS])
{
    const fal_net *net = fal_trainer_net(trainer);
    const bool blas = fal_net_uses_blas(net);
    (void)snprintf(text, FAL_SITE_STUDY_KERNELS, "%.40s%s%.40s", fal_net_kernels(net), blas ? " on " : "",
                   blas ? fal_gemm_core() : "");
}

/* ---- may it? --------------------------------------------------------------------------------------------------- */

/* Rounds in one line: what comes later is larger. */
static int64_t order_of(int64_t al_round, int64_t fl_round) { return al_round * 100000 + fl_round; }

static fal_status check_place(const fal_site *site, const fal_site_study *study)
{
    const fal_site_state *state = &site->state;
    const bool began_later = state->settled_round > study->al_round;
    if (fal_site_study_is_final(study)) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: the model of AL round %lld is final: ask with it (fal_site ask), and train with the G of "
                        "AL round %lld",
                        study->head.path, (long long)study->al_round, (long long)study->al_round + 1);
    }
    if (began_later || order_of(study->al_round, study->fl_done + 1) < order_of(state->trained_al, state->trained_fl)) {
        return fal_fail(
            FAL_ERR_USAGE,
            "%s: is of AL round %lld after FL round %lld, but %s has trained FL round %lld of AL round %lld "
            "already: it needs the G after that round",
            study->head.path, (long long)study->al_round, (long long)study->fl_done, site->path,
            (long long)state->trained_fl, (long long)state->trained_al);
    }
    return FAL_OK;
}

/* The last training of this site that G knows of; NULL: none in this AL round. */
static const fal_row_merged *last_merged(const fal_site *site, const fal_site_study *study)
{
    const fal_row_merged *last = NULL;
    for (int64_t i = 0; i < study->merged.count; i++) {
        const fal_row_merged *row = fal_table_row(&study->merged, i);
        last = row->client == site->state.client ? row : last;
    }
    return last;
}

static bool is_same_round(const fal_site *site, const fal_site_study *study)
{
    return site->state.trained_al == study->al_round && site->state.trained_fl == study->fl_done + 1;
}

static fal_status other_history(const fal_site *site, const fal_site_study *study, int64_t known)
{
    char which[64] = "no update";
    if (known != 0) {
        (void)snprintf(which, sizeof which, "the update with the checksum %016llx...", (unsigned long long)known);
    }
    return fal_fail(FAL_ERR_USAGE,
                    "%s: counts other updates of this site than %s goes on from: keep that file, it has the labels; "
                    "train with the G that counts %s of this site as its last in the AL round, or leave the AL round "
                    "to the other sites (fal_site merge --partial): fal_site ask with its final G begins the next one",
                    study->head.path, site->state_path, which);
}

/* The client's state at the start of the FL round: `from` is NULL where it is as at the start of an AL round. *mark: of
 * the last update that counts in it. Where the FL algorithm keeps nothing at a client, each G is as good. */
static fal_status find_state(const fal_site *site, const fal_site_study *study, const float **from, int64_t *mark)
{
    const fal_site_state *state = &site->state;
    const fal_row_merged *merged = last_merged(site, study);
    const int64_t trained = state->trained_al == study->al_round ? state->trained_fl : 0;
    const bool counted = merged != NULL && merged->fl_round == trained && !is_same_round(site, study);
    *from = NULL;
    *mark = merged != NULL ? merged->mark : 0;
    if (study->state_size == 0) {
        return FAL_OK;
    }
    if (merged != NULL && merged->fl_round > trained) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: has an update of FL round %lld of this site that %s does not know: it is an older copy: "
                        "bring back the newest (%s stays as it is); where there is none, leave the AL round to the "
                        "other sites (fal_site merge --partial)",
                        study->head.path, (long long)merged->fl_round, site->state_path, site->answers_path);
    }
    if (trained > 0) {
        *from = counted ? state->after : state->before;
        const int64_t known = counted ? state->trained_mark : state->before_mark;
        return *mark == known ? FAL_OK : other_history(site, study, known);
    }
    return FAL_OK;
}

/* ---- labels ---------------------------------------------------------------------------------------------------- */

static int64_t needed_of(double needed, int64_t asked)
{
    const double images = needed < 1 ? ceil(needed * (double)asked - 1e-9) : needed;
    return images < (double)asked ? (int64_t)images : asked;
}

static fal_status never_asked(const fal_site *site, int64_t al_round)
{
    char which[64] = "the first G of the study";
    if (al_round > 1) {
        (void)snprintf(which, sizeof which, "the final G of AL round %lld", (long long)al_round - 1);
    }
    return fal_fail(FAL_ERR_USAGE,
                    "%s: did not ask for labels in AL round %lld: fal_site ask comes first, with %s (--answers-needed "
                    "0 trains on the labels that are there)",
                    site->path, (long long)al_round, which);
}

static fal_status settle(fal_site *site, const fal_site_study *study, double answers_needed)
{
    const int64_t al_round = study->al_round;
    if (site->state.settled_round >= al_round) {
        return FAL_OK;
    }
    FAL_TRY(fal_site_ask_stored(site, study));
    if (site->state.asked_round < al_round && answers_needed > 0) {
        return never_asked(site, al_round);
    }
    const fal_site_progress progress = fal_site_look(site);
    const int64_t missing = needed_of(answers_needed, progress.asked) - (progress.asked - progress.open);
    if (site->state.asked_round > site->state.settled_round && missing > 0) {
        return fal_fail(FAL_WAITING,
                        "%s: waits for labels: %lld of %lld questions have no answer: fal_site tell takes them "
                        "(--answers-needed N trains with fewer)",
                        site->path, (long long)progress.open, (long long)progress.asked);
    }
    FAL_TRY(fal_site_settle(site, al_round));
    site->state.settled_round = al_round;
    return FAL_OK;
}

/* ---- training -------------------------------------------------------------------------------------------------- */

/* What is labelled in an AL round: labels that count from a later one lie behind. The arrays are the site's. */
static fal_pool pool_of(const fal_site *site, int64_t al_round)
{
    fal_pool pool = site->pool;
    pool.labelled_count = 0;
    for (int64_t i = 0; i < site->state.queries.count; i++) {
        const fal_row_query *row = fal_table_row(&site->state.queries, i);
        pool.labelled_count += row->label >= 0 && row->al_round <= al_round;
    }
    return pool;
}

/* Pixels of the labelled images, and no others. */
static fal_status load(fal_site *site, const fal_pool *pool)
{
    uint8_t *wanted = NULL;
    FAL_TRY(fal_alloc(&wanted, (size_t)site->dataset.n_train, 1, "images"));
    for (int64_t i = 0; i < pool->labelled_count; i++) {
        wanted[pool->labelled[i]] = 1;
    }
    const fal_status status = fal_dataset_load(&site->dataset, wanted, 0, 0);
    fal_free(wanted);
    return status;
}

static void copy(float *to, const float *from, size_t count)
{
    if (from == NULL) {
        memset(to, 0, count * sizeof *to);
    } else if (to != from) {
        memmove(to, from, count * sizeof *to);
    }
}

static fal_status run(fal_site *site, const fal_site_study *study, fal_trainer *trainer, int participants,
                      const float *from, fal_update *update)
{
    const size_t count = study->state_size;
    const fal_pool pool = pool_of(site, study->al_round);
    const fal_apart_round round = {.al_round = (uint32_t)study->al_round,
                                   .fl_round = (uint32_t)study->fl_done,
                                   .lr = fal_site_study_learning_rate(study),
                                   .global = study->weights,
                                   .participants = participants};
    fal_apart *apart = NULL;
    FAL_TRY(
        fal_apart_create(study->model, &study->settings.fed, &study->settings.train, (int)site->state.client, &apart));
    copy(site->state.before, from, count);
    if (count > 0) {
        memcpy(fal_apart_server(apart), study->state, count * sizeof(float));
        memcpy(fal_apart_own(apart), site->state.before, count * sizeof(float));
    }
    copy(site->state.after, site->state.before, count);
    fal_status status = FAL_OK;
    if (update->images > 0) {
        FAL_TRY_GOTO(load(site, &pool));
        FAL_TRY_GOTO(fal_alloc(&update->params, study->size, sizeof *update->params, "weights"));
        FAL_TRY_GOTO(fal_alloc(&update->change, count, sizeof *update->change, "weights"));
        FAL_TRY_GOTO(fal_apart_train(apart, trainer, &pool, &round, update->params, update->change));
        if (count > 0) {
            memcpy(site->state.after, fal_apart_own(apart), count * sizeof(float));
        }
    }
done:
    fal_apart_destroy(apart);
    return status;
}

static fal_status train(fal_site *site, const fal_site_study *study, fal_kernels kernels, int participants,
                        const float *from, fal_site_training *training)
{
    fal_site_state *state = &site->state;
    fal_update *update = &training->update;
    fal_trainer *trainer = NULL;
    *update = (fal_update){.client = (int)state->client,
                           .al_round = study->al_round,
                           .fl_round = study->fl_done + 1,
                           .images = pool_of(site, study->al_round).labelled_count};
    (void)fal_text_copy(update->global, sizeof update->global, study->sha256);
    FAL_TRY(fal_trainer_create(study->model, &site->dataset, &study->settings.train, kernels, &trainer));
    fal_site_kernels(trainer, update->kernels);
    fal_status status = run(site, study, trainer, participants, from, update);
    fal_trainer_destroy(trainer);
    FAL_TRY(status);
    FAL_TRY(fal_update_sum(update, study));
    training->repeated = is_same_round(site, study) && strcmp(state->trained_global, study->sha256) == 0;
    state->trained_al = update->al_round;
    state->trained_fl = update->fl_round;
    state->trained_mark = fal_update_mark(update->sha256);
    (void)fal_text_copy(state->trained_global, sizeof state->trained_global, study->sha256);
    return FAL_OK;
}

fal_status fal_site_train(fal_site *site, const fal_site_study *study, double answers_needed, fal_kernels kernels,
                          fal_site_training *training)
{
    uint8_t *takes_part = NULL;
    const float *from = NULL;
    int64_t mark = 0;
    int participants = 0;
    *training = (fal_site_training){0};
    FAL_TRY(fal_site_check_study(site, study));
    FAL_TRY(check_place(site, study));
    FAL_TRY(find_state(site, study, &from, &mark));
    FAL_TRY(settle(site, study, answers_needed));
    FAL_TRY(fal_alloc(&takes_part, (size_t)study->clients, 1, "FL round"));
    fal_status status = fal_site_study_participants(study, takes_part);
    for (int k = 0; k < study->clients; k++) {
        participants += takes_part[k];
    }
    training->takes_part = takes_part[site->state.client] != 0;
    fal_free(takes_part);
    if (status == FAL_OK && training->takes_part) {
        status = train(site, study, kernels, participants, from, training);
        site->state.before_mark = mark;
    }
    if (status != FAL_OK) {
        fal_update_destroy(&training->update);
    }
    return status;
}
