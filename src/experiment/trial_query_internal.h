/* What the files of the query phase share: one client's query, the first local-only models (trial_first.c), labels that
 * come in (trial_labels.c), people who are asked for them (trial_people.c). */
#ifndef FAL_EXPERIMENT_TRIAL_QUERY_INTERNAL_H
#define FAL_EXPERIMENT_TRIAL_QUERY_INTERNAL_H

#include "trial_internal.h"

/** What the query of one client brings besides its choices. */
typedef struct {
    fal_query_result result;
    int epochs;
    double accuracy, local_only_seconds;
    bool trained; /* the local-only model stands in first_models already */
} fal_client_query;

/** L (or the finetuned model) of this rank's client number `index`; *local NULL where the strategy needs none. One that
 *  was trained for the shared number is taken from there. */
fal_status fal_trial_local_model(fal_trial *trial, int index, fal_client_query *query, const float **local);
fal_query_task fal_trial_query_task(const fal_trial *trial, int index, const float *local);

/** Are the first local-only models kept in this query? They are those of AL round 2, on the first labels: to be
 *  evaluated (Figure 3), but where sites are apart only for the number that the clients share. */
bool fal_trial_has_first_models(const fal_trial *trial);
/** Where the first local-only model of this rank's client number `index` is kept. */
float *fal_trial_first_model(const fal_trial *trial, int index);
/** Keep `local` there, if this is the query for it; train one where the strategy itself needs none (NULL). */
fal_status fal_trial_keep_first_model(fal_trial *trial, int index, const float *local);
/** Class-wise test accuracy of every client's first local-only model, each evaluated by the whole group. Collective. */
fal_status fal_trial_evaluate_first_models(fal_trial *trial);

/** Is this the query in which the clients come to share a number? */
bool fal_trial_needs_number(const fal_trial *trial);
/** state.shared: the plain mean of the clients' numbers in client order, kept for the whole trial. queries [local]:
 *  which local-only models are trained by then. Collective. */
fal_status fal_trial_share_number(fal_trial *trial, fal_client_query *queries);

/** Labels come in for the choices of this rank's clients: clients [local rows] and queries as the strategies left them,
 *  labels -1 (not known: left alone) or as in /queries. Pools move on, `clients` are completed, both go to the record.
 *  Collective. */
fal_status fal_trial_buy(fal_trial *trial, fal_table *clients, const fal_table *queries);
/** The same where people may have to be asked. FAL_WAITING: they were, and the trial is saved. Collective. */
fal_status fal_trial_ask_people(fal_trial *trial, const fal_table *clients, const fal_table *queries);
/** Rows of all ranks, in rank order, which is client order, to rank 0's `to`. Failures are agreed. Collective. */
fal_status fal_trial_gather_rows(const fal_trial *trial, const fal_table *rows, fal_table *to);
/** Rank 0's rows are appended to the others' empty `table`. Failures are agreed. Collective. */
fal_status fal_trial_spread_rows(const fal_trial *trial, fal_table *table);
bool fal_trial_owns(const fal_trial *trial, int64_t client); /* is it one of this rank's? */

#endif
