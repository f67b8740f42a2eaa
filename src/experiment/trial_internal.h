/* The trial at work: what its phases (trial_query.c, trial_train.c, trial_record.c) share. */
#ifndef FAL_EXPERIMENT_TRIAL_INTERNAL_H
#define FAL_EXPERIMENT_TRIAL_INTERNAL_H

#include "checkpoint_internal.h"
#include "fal/data/pool.h"
#include "fal/experiment/settings.h"
#include "fal/experiment/trial.h"
#include "fal/fed/evaluate.h"
#include "fal/results/write.h"
#include "local_images_internal.h"

typedef struct {
    const fal_comm *group;
    const fal_planned *planned;
    const fal_trial_options *options;
    fal_settings settings;
    fal_dataset *dataset;
    fal_model *model;
    fal_trainer *trainer;
    fal_fed *fed;
    /* the clients: all ranks know how many images each has labelled; pools only of this rank's clients */
    const fal_local_images *held;
    int clients;
    int first, local;  /* this rank's clients: first .. first + local - 1 */
    fal_pool *pools;   /* [local] */
    int64_t *labelled; /* [clients] */
    /* weights: the same on all ranks */
    float *local_only;   /* [size] scratch for L */
    float *initial;      /* [size] of FAL_INIT_FILE */
    float *first_models; /* [local][size] local-only models of AL round 2, until they are evaluated */
    double *client_loss; /* [clients] of the last FL round */
    double train_loss;   /* of the last FL round */
    fal_evaluation last; /* of the last evaluated FL round */
    double accuracy;     /* of the last AL round recorded, on all ranks */
    /* where the trial is; the record is filled on rank 0 only */
    fal_checkpoint state;
    fal_run_info run;
    fal_lock *lock;
    fal_sections total;     /* of this start */
    fal_sections restored;  /* part of state.sections that a checkpoint brought: not of this start */
    double marked;          /* clock up to which state.sections.total counts */
    int64_t rounds_run;     /* FL rounds of this start */
    int64_t bytes_seen;     /* of fal_comm_sent_bytes, already in state.sent_bytes */
    double last_checkpoint; /* seconds of the clock */
    bool stopping;          /* a stop was requested and agreed */
} fal_trial;

bool fal_trial_speaks(const fal_trial *trial); /* rank 0 of the group */
/** Let state.sections.total count up to now. */
void fal_trial_mark_time(fal_trial *trial);
/** Let the job attend to other groups. Not collective. */
void fal_trial_attend(const fal_trial *trial);

/** Buy the initial random labels (AL round 1) or run the strategy (later AL rounds): pools, labelled, /queries and
 *  /clients move on to state.al_round. Collective. */
fal_status fal_trial_query(fal_trial *trial);
/** Replay /queries of a checkpoint, which rank 0 has, on every rank's pools. Collective. */
fal_status fal_trial_replay(fal_trial *trial);

/** FAL_ERR_USAGE if the STOP file of the output folder is dated in the future, judged by the lock that was just taken:
 * it would stop every job at once. Looks on the group's rank 0 only; not collective. */
fal_status fal_trial_check_stop_file(const fal_trial *trial);
/** FL rounds state.fl_done .. T-1; checkpoints on the way. Sets `stopping` and returns early on a stop. Collective. */
fal_status fal_trial_train(fal_trial *trial);

/** Record the AL round that has just been trained: rows and class accuracies. Collective. */
fal_status fal_trial_record(fal_trial *trial);
/** Write a checkpoint, and the results file with this status if not NULL. Collective. */
fal_status fal_trial_save(fal_trial *trial, const char *results_status);
/** True on all ranks if the AL round just recorded is the last one. */
bool fal_trial_finished(const fal_trial *trial);

#endif
