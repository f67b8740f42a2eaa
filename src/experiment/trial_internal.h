/* The trial at work: what its files share. Calls go down this list and never up: trial.c (the loop), trial_query.c and
 * trial_first.c (which images), trial_people.c and trial_labels.c (their labels), trial_local.c (models for them),
 * trial_train.c (FL rounds), trial_start.c (what is noted of a start), trial_record.c, trial_save.c, trial_stop.c,
 * trial_progress.c (what people see), trial_clock.c. */
#ifndef FAL_EXPERIMENT_TRIAL_INTERNAL_H
#define FAL_EXPERIMENT_TRIAL_INTERNAL_H

#include "checkpoint_internal.h"
#include "cost_internal.h"
#include "deadline_internal.h"
#include "fal/data/pool.h"
#include "fal/experiment/settings.h"
#include "fal/experiment/trial.h"
#include "fal/fed/evaluate.h"
#include "fal/results/write.h"
#include "local_images_internal.h"

/** What is fixed from the start of the trial to its end. */
typedef struct {
    const fal_comm *group;
    const fal_planned *planned;
    const fal_settings *settings; /* the planned trial's */
    const fal_trial_options *options;
    fal_dataset *dataset;
    fal_dataset *own; /* where people label: a copy of the data set's head, which is `dataset` then; its labels grow
                         with the answers */
    const fal_local_images *held;
    int clients;
    int first, local; /* this rank's clients: first .. first + local - 1 */
    fal_model *model;
    fal_trainer *trainer;
    fal_fed *fed;
    float *initial; /* [size] weights of FAL_START_FILE */
    fal_run_info run;
    fal_lock *lock;
} fal_trial_setup;

/** Where the trial is. Weights are the same on all ranks; the record in `state` is filled on rank 0 only. */
typedef struct {
    fal_checkpoint state;
    fal_pool *pools;   /* [local] */
    int64_t *labelled; /* [clients] images that each client has labelled, on all ranks */
    int64_t *known; /* [clients][classes] images whose label is known by now, on rank 0 where people label; else NULL */
    int64_t dropped;     /* images of all clients for which nobody could tell a label, on all ranks */
    float *local_only;   /* [size] scratch for L */
    float *first_models; /* [local][size] local-only models of AL round 2, until they are evaluated */
    double *client_loss; /* [clients] of the last FL round */
    double train_loss;   /* of the last FL round */
    fal_evaluation last; /* of the last evaluated FL round */
    int64_t *confusion;  /* [true class][predicted class] of the AL round's last FL round */
    double accuracy;     /* of the last AL round recorded, on all ranks */
    fal_text waiting;    /* who lacks which answers, and how to go on: rank 0 of the group, where the trial waits */
    bool *kept;    /* [local] where sites keep their clients' state: is the client's file of the trial's checkpoint? */
    bool heard;    /* the AL round got labels from people: final once they are saved; on all ranks */
    bool stopping; /* a stop was requested and agreed */
} fal_trial_place;

/** Seconds and counts of this start of the program. */
typedef struct {
    fal_sections total;                 /* of this start */
    fal_sections restored;              /* part of the state's sections that a checkpoint brought: not of this start */
    double marked;                      /* clock up to which the state's sections.total counts */
    int64_t rounds_run;                 /* FL rounds */
    bool advanced;                      /* an FL round or a query came to its end */
    int64_t bytes_seen;                 /* of fal_comm_sent_bytes, already in the state's sent_bytes */
    double last_checkpoint;             /* seconds of the clock */
    double slowest, slowest_evaluation; /* seconds of FL rounds without evaluation, and of that; on rank 0 */
} fal_trial_clocks;

/** What people see of it, on rank 0 of the group. */
typedef struct {
    fal_shape shape;
    fal_load round, after; /* the present AL round; those after it */
    bool querying;
    double query_began, signed_at; /* seconds of the clock */
} fal_trial_display;

typedef struct {
    fal_trial_setup setup;
    fal_trial_place now;
    fal_trial_clocks clocks;
    fal_trial_display display;
} fal_trial;

bool fal_trial_speaks(const fal_trial *trial); /* rank 0 of the group */
/** Let state.sections.total count up to now. */
void fal_trial_mark_time(fal_trial *trial);
/** Payload that all ranks sent since the last time, added to state.sent_bytes on rank 0. Collective. */
void fal_trial_count_bytes(fal_trial *trial);
/** The AL round is recorded: its sections go to the totals and to the job's costs, and start again. */
void fal_trial_close_round(fal_trial *trial);
/** Let the job attend to other groups. Not collective. */
void fal_trial_attend(const fal_trial *trial);

/** state.kernels: those of all ranks of the group, each once: on nodes of two kinds last bits are a matter of which
 * client was where. Collective. */
fal_status fal_trial_list_kernels(fal_trial *trial);
/** One row per start; the first start's time is that of the first row. Failures are agreed by the caller. */
fal_status fal_trial_note_start(fal_trial *trial);

/** Seconds that the next FL round, the query of the next AL round with an FL round after it, are expected to take; NaN:
 *  not known yet. On rank 0 of the group. */
double fal_trial_expect_fl_round(const fal_trial *trial);
double fal_trial_expect_query(const fal_trial *trial);

/** Before anything is shown. Failures are agreed by the caller. */
fal_status fal_trial_display_init(fal_trial *trial);
/** AL round state.al_round begins, or goes on. As all that follow: nothing but on rank 0 of the group. */
void fal_trial_show_al_round(fal_trial *trial);
/** "10 clients choose": what the trial does beside FL rounds. begins: new, or the same further on. */
void fal_trial_show_phase(fal_trial *trial, bool begins, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** The query begins, or is over. */
void fal_trial_show_query(fal_trial *trial, bool begins);
/** An FL round took `seconds`, of which `train` and `evaluate`. accuracy NaN: not evaluated. */
void fal_trial_show_fl_round(fal_trial *trial, double accuracy, double seconds, double train, double evaluate);
/** The AL round is recorded; all clients together have so many labels. */
void fal_trial_show_recorded(fal_trial *trial, int64_t labelled);
/** Recording and saving an AL round took `seconds`. */
void fal_trial_show_saved(const fal_trial *trial, double seconds);

/** Buy the initial labels (AL round 1) or run the strategy (later AL rounds): pools, labelled, /queries and /clients
 *  move on to state.al_round. FAL_WAITING: people are asked, and the trial is saved. FAL_STOPPED: between two clients,
 * or inside one (fal_stop_inside); nothing changed. Collective. */
fal_status fal_trial_query(fal_trial *trial);
/** Go on with a query that waited: record.asking and record.asking_clients on rank 0. FAL_WAITING: answers are still
 *  missing, nothing changed. Collective. */
fal_status fal_trial_hear_people(fal_trial *trial);
/** [clients][classes] images that the clients hold, as far as their labels are known by now. On rank 0. */
const int64_t *fal_trial_pool_counts(const fal_trial *trial);
/** Replay /queries of a checkpoint, which rank 0 has, on every rank's pools. Collective. */
fal_status fal_trial_replay(fal_trial *trial);

/** FAL_ERR_USAGE if the STOP file of the output folder is dated in the future, judged by the lock that was just taken:
 * it would stop every job at once. Looks on the group's rank 0 only; not collective. */
fal_status fal_trial_check_stop_file(const fal_trial *trial);
/** FAL_STOPPED if this rank sees a request to stop: a signal, or a STOP file that is no left-over. */
fal_status fal_trial_look(const fal_trial *trial);
/** What rank 0 of the group decides for all before an FL round or a query. */
typedef struct {
    bool stop; /* a request was seen, or what comes next does not fit into the time that is left */
    bool save; /* a checkpoint is due */
} fal_trial_decision;
/** Also sets when the work that follows is given up (fal_stop_set_end). seconds: that it is expected to take, NaN: not
 *  known; on rank 0 of the group. Collective. */
fal_trial_decision fal_trial_decide(const fal_trial *trial, double seconds);

/** FL rounds state.fl_done .. T-1; checkpoints on the way. Sets `stopping` and returns early on a stop, with the state
 *  before the FL round that was given up, if one was. FAL_STOPPED: inside an evaluation, after which there is no state
 * to save. Collective. */
fal_status fal_trial_train(fal_trial *trial);

/** Record the AL round that has just been trained: rows and class accuracies. Collective. */
fal_status fal_trial_record(fal_trial *trial);
/** Write a checkpoint, and the results file with this status if not NULL. Collective. */
fal_status fal_trial_save(fal_trial *trial, const char *results_status);
/** The trial is complete: each rank removes what it wrote to go on from. Failures are agreed by the caller. */
fal_status fal_trial_remove_checkpoint(const fal_trial *trial);
/** Where sites keep their clients' state: this rank's, of the place where the trial is. Failures are agreed.
 * Collective.
 */
fal_status fal_trial_bring_client_states(fal_trial *trial);
/** True on all ranks if the AL round just recorded is the last one. */
bool fal_trial_finished(const fal_trial *trial);

#endif
