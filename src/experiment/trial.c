/* One trial on a group of ranks: the loop over AL rounds (algorithms.md section 1), from the start or a checkpoint. */
#include "fal/experiment/trial.h"

#include <math.h>
#include <string.h>

#include <sys/stat.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/progress.h"
#include "fal/results/identity.h"
#include "fal/nn/modelfile.h"
#include "resume_internal.h"
#include "trial_internal.h"

/* How long a second start waits for a killed one's lock to vanish (docs/operations.md). */
static const double LOCK_WAIT_SECONDS = 3;

static fal_status make_pools(fal_trial *trial)
{
    FAL_TRY(fal_alloc(&trial->now.pools, (size_t)trial->setup.local, sizeof *trial->now.pools, "pools"));
    FAL_TRY(fal_alloc(&trial->now.labelled, (size_t)trial->setup.clients, sizeof *trial->now.labelled, "pools"));
    FAL_TRY(fal_alloc(&trial->now.kept, (size_t)trial->setup.local, sizeof *trial->now.kept, "pools"));
    FAL_TRY(fal_alloc(&trial->now.client_loss, (size_t)trial->setup.clients, sizeof *trial->now.client_loss, "pools"));
    for (int i = 0; i < trial->setup.local; i++) {
        FAL_TRY(fal_pool_create(&trial->now.pools[i], trial->setup.held->client_of, trial->setup.dataset->n_train,
                                trial->setup.first + i));
    }
    return FAL_OK;
}

/* Weights mean something only for images that are normalised as those they were trained on. Classes of other names are
 * an ordinary thing for a pretrained model, but worth a word. */
static fal_status check_origin(const fal_trial *trial)
{
    const char *path = trial->setup.settings->init_model;
    const fal_model_origin origin = fal_identity_origin(trial->setup.dataset);
    fal_origin_difference found;
    FAL_TRY(fal_modelfile_compare_file(path, &origin, &found));
    if (found.constants[0] != '\0') {
        return fal_fail(FAL_ERR_INPUT, "%s: was trained with another %s: import the data with the model's constants",
                        path, found.constants);
    }
    if (found.class_names[0] != '\0') {
        fal_log_warn("%s: was trained with another %s", path, found.class_names);
    } else if (found.unsaid) {
        fal_log_warn_once("%s: does not state all of mean, std and class names of its data: not compared", path);
    }
    return FAL_OK;
}

static fal_status make_model(fal_trial *trial)
{
    const size_t classes = (size_t)trial->setup.dataset->classes;
    FAL_TRY(fal_model_create(&trial->setup.settings->model, &trial->setup.model));
    FAL_TRY(fal_trainer_create(trial->setup.model, trial->setup.dataset, &trial->setup.settings->train,
                               trial->setup.settings->kernels, &trial->setup.trainer));
    trial->now.state.size = fal_model_size(trial->setup.model);
    FAL_TRY(fal_alloc(&trial->now.state.params, trial->now.state.size, sizeof(float), "weights"));
    FAL_TRY(fal_alloc(&trial->now.local_only, trial->now.state.size, sizeof(float), "weights"));
    if (trial->setup.settings->init == FAL_START_FILE) {
        FAL_TRY(fal_alloc(&trial->setup.initial, trial->now.state.size, sizeof(float), "weights"));
        FAL_TRY(fal_modelfile_read(trial->setup.settings->init_model, trial->setup.model, trial->setup.initial));
        FAL_TRY(check_origin(trial));
    }
    FAL_TRY(fal_alloc(&trial->now.last.correct, classes, sizeof(int64_t), "evaluation"));
    FAL_TRY(fal_alloc(&trial->now.last.images, classes, sizeof(int64_t), "evaluation"));
    return fal_alloc(&trial->now.confusion, classes * classes, sizeof(int64_t), "evaluation");
}

/* Where people label, labels come in while the trial runs: in a copy of the data set's head, so that the job's other
 * trials do not see them. */
static fal_status copy_labels(fal_trial *trial)
{
    const fal_dataset *dataset = trial->setup.dataset;
    int16_t *labels = NULL;
    if (!trial->setup.settings->people) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&labels, (size_t)dataset->n_train, sizeof *labels, "labels"));
    memcpy(labels, dataset->train_labels, (size_t)dataset->n_train * sizeof *labels);
    const fal_status status = fal_alloc(&trial->setup.own, 1, sizeof *trial->setup.own, "labels");
    if (status != FAL_OK) {
        fal_free(labels);
        return status;
    }
    *trial->setup.own = *dataset;
    trial->setup.own->train_labels = labels;
    trial->setup.dataset = trial->setup.own;
    return FAL_OK;
}

/* Everything that this rank makes for itself; failures are agreed by the caller. */
static fal_status prepare(fal_trial *trial)
{
    FAL_TRY(fal_trial_check_stop_file(trial));
    FAL_TRY(fal_local_images_fill(trial->setup.options->held, trial->setup.settings, trial->setup.group));
    if (trial->setup.settings->embeddings != NULL) {
        FAL_TRY(fal_local_images_embed(trial->setup.options->held, trial->setup.settings->embeddings,
                                       trial->setup.planned->id.embeddings_digest));
    }
    trial->setup.held = trial->setup.options->held;
    FAL_TRY(copy_labels(trial));
    trial->setup.clients = trial->setup.settings->clients;
    trial->setup.first = trial->setup.held->first;
    trial->setup.local = trial->setup.held->local;
    FAL_TRY(make_pools(trial));
    FAL_TRY(make_model(trial));
    FAL_TRY(fal_trial_display_init(trial));
    FAL_TRY(fal_plan_compare_files(&trial->setup.planned->id));
    fal_record_init(&trial->now.state.record, trial->setup.clients, trial->setup.dataset->classes);
    return FAL_OK;
}

/* With people, or stored labels in the wrong rows, a whole AL round may be for nothing. */
static void warn_of_no_labels(const fal_trial *trial)
{
    int64_t labelled = 0;
    for (int k = 0; k < trial->setup.clients; k++) {
        labelled += trial->now.labelled[k];
    }
    if (labelled == 0) {
        fal_log_warn(
            "%s: AL round %lld: no client has a labelled image: its %d FL rounds train on nothing and keep the "
            "first weights",
            trial->setup.planned->id.path, (long long)trial->now.state.al_round, trial->setup.settings->fl_rounds);
    }
}

/* The AL round has its labels: its weights, a fresh FL algorithm. What people said is final from here on, so it is
 * saved before it is used; after the weights, which a resumed trial takes as they are. Collective. */
static fal_status begin_training(fal_trial *trial)
{
    const int64_t al_round = trial->now.state.al_round;
    fal_trial_show_query(trial, false);
    warn_of_no_labels(trial);
    if (trial->setup.settings->init == FAL_START_FILE) {
        memcpy(trial->now.state.params, trial->setup.initial, trial->now.state.size * sizeof(float));
    } else if (trial->setup.settings->init == FAL_START_RANDOM || al_round == 1) {
        const fal_rng rng = {
            .seed = trial->setup.settings->train.seed, .purpose = FAL_RNG_MODEL_INIT, .al_round = (uint32_t)al_round};
        fal_model_init(trial->setup.model, &rng, trial->now.state.params);
    }
    fal_fed_reset(trial->setup.fed);
    return trial->now.heard ? fal_trial_save(trial, "running") : FAL_OK;
}

/* AL round r begins: its query (or initial labels), then what training needs. Collective. */
static fal_status begin_al_round(fal_trial *trial, int64_t al_round)
{
    trial->now.state.al_round = al_round;
    trial->now.state.fl_done = 0;
    fal_trial_show_al_round(trial);
    fal_trial_show_query(trial, true);
    FAL_TRY(fal_trial_query(trial));
    return begin_training(trial);
}

/* What the checkpoint on rank 0 holds becomes every rank's state. Collective. */
static fal_status spread_checkpoint(fal_trial *trial)
{
    fal_checkpoint *state = &trial->now.state;
    int64_t place[3] = {state->al_round, state->fl_done, state->vectors};
    fal_comm_broadcast(trial->setup.group, place, sizeof place, 0);
    fal_comm_broadcast(trial->setup.group, &state->shared, sizeof state->shared, 0);
    state->al_round = place[0];
    state->fl_done = place[1];
    fal_comm_broadcast(trial->setup.group, state->params, state->size * sizeof(float), 0);
    fal_fed_reset(trial->setup.fed);
    float *vector = NULL;
    fal_status status = fal_alloc(&vector, state->vector_size, sizeof(float), "algorithm state");
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    for (int64_t v = 0; v < place[2]; v++) {
        int client = fal_trial_speaks(trial) ? state->vector_client[v] : 0;
        if (fal_trial_speaks(trial)) {
            memcpy(vector, state->vector + (size_t)v * state->vector_size, state->vector_size * sizeof(float));
        }
        fal_comm_broadcast(trial->setup.group, &client, sizeof client, 0);
        fal_comm_broadcast(trial->setup.group, vector, state->vector_size * sizeof(float), 0);
        for (int i = 0; i < fal_fed_state_count(trial->setup.fed); i++) {
            int owner = -1;
            float *own = fal_fed_state(trial->setup.fed, i, &owner);
            if (owner == client) {
                memcpy(own, vector, state->vector_size * sizeof(float));
            }
        }
    }
    FAL_TRY_GOTO(fal_trial_bring_client_states(trial));
    status = fal_trial_replay(trial);
done:
    fal_free(vector);
    return status;
}

/* A query that was given up did not begin: to the end of the AL round before it, which a checkpoint has. */
static fal_status begin_next_al_round(fal_trial *trial)
{
    const double shared = trial->now.state.shared;
    const fal_status status = begin_al_round(trial, trial->now.state.al_round + 1);
    if (status != FAL_STOPPED) {
        trial->clocks.advanced = true;
        return status;
    }
    fal_free(trial->now.first_models);
    trial->now.first_models = NULL;
    trial->now.state.shared = shared;
    trial->now.state.al_round--;
    trial->now.state.fl_done = trial->setup.settings->fl_rounds;
    trial->now.stopping = true;
    return FAL_OK;
}

/* The loop over AL rounds. Collective. */
static fal_status run_rounds(fal_trial *trial)
{
    for (;;) {
        double trained = fal_clock_seconds();
        if (trial->now.state.fl_done < trial->setup.settings->fl_rounds) {
            FAL_TRY(fal_trial_train(trial));
            if (trial->now.state.fl_done < trial->setup.settings->fl_rounds) {
                break; /* stopped between two FL rounds */
            }
            trained = fal_clock_seconds();
            FAL_TRY(fal_trial_record(trial));
        }
        if (fal_trial_finished(trial)) {
            return fal_trial_save(trial, "complete");
        }
        trial->now.stopping = trial->now.stopping || fal_trial_decide(trial, fal_trial_expect_query(trial)).stop;
        if (trial->now.stopping) {
            break;
        }
        FAL_TRY(fal_trial_save(trial, "running"));
        fal_trial_show_saved(trial, fal_clock_seconds() - trained);
        FAL_TRY(begin_next_al_round(trial));
        if (trial->now.stopping) {
            break;
        }
    }
    FAL_TRY(fal_trial_save(trial, "stopped"));
    return FAL_STOPPED;
}

/* The checkpoint is on all ranks: to where it was. Collective. */
static fal_status go_on(fal_trial *trial)
{
    const fal_checkpoint *state = &trial->now.state;
    const bool asks = fal_comm_max(trial->setup.group, state->record.asking.count) > 0;
    fal_log_say("%s: going on in AL round %lld after FL round %lld", trial->setup.planned->id.path,
                (long long)state->al_round, (long long)state->fl_done);
    fal_progress_skip((state->al_round - 1) * trial->setup.settings->fl_rounds + state->fl_done);
    fal_trial_show_al_round(trial);
    if (asks) {
        FAL_TRY(fal_trial_hear_people(trial));
        FAL_TRY(begin_training(trial));
    }
    return FAL_OK;
}

static fal_status start_and_run(fal_trial *trial)
{
    bool resume = false;
    FAL_TRY(fal_resume_look_for_checkpoint(trial->setup.group, &trial->setup.planned->id, trial->setup.dataset,
                                           &trial->now.state, &resume));
    trial->clocks.bytes_seen = fal_comm_sent_bytes();
    trial->clocks.last_checkpoint = fal_clock_seconds();
    trial->clocks.marked = trial->clocks.last_checkpoint;
    trial->clocks.restored = trial->now.state.sections;
    if (resume) {
        FAL_TRY(spread_checkpoint(trial));
    } else {
        trial->now.state.al_round = 1;
    }
    FAL_TRY(fal_comm_agree(trial->setup.group, fal_trial_note_start(trial)));
    FAL_TRY(resume ? go_on(trial) : begin_al_round(trial, 1));
    return run_rounds(trial);
}

static void destroy(fal_trial *trial)
{
    fal_checkpoint_destroy(&trial->now.state);
    fal_free(trial->now.last.correct);
    fal_free(trial->now.last.images);
    fal_free(trial->now.confusion);
    fal_free(trial->now.local_only);
    fal_free(trial->setup.initial);
    fal_free(trial->now.first_models);
    fal_free(trial->now.client_loss);
    fal_free(trial->now.kept);
    fal_free(trial->now.known);
    fal_fed_destroy(trial->setup.fed);
    fal_trainer_destroy(trial->setup.trainer);
    fal_model_destroy(trial->setup.model);
    if (trial->setup.own != NULL) {
        fal_free(trial->setup.own->train_labels);
        fal_free(trial->setup.own);
    }
    fal_text_destroy(&trial->now.waiting);
    for (int i = 0; trial->now.pools != NULL && i < trial->setup.local; i++) {
        fal_pool_destroy(&trial->now.pools[i]);
    }
    fal_free(trial->now.pools);
    fal_free(trial->now.labelled);
    fal_lock_release(trial->setup.lock);
}

/* The lock's time is kept for comparison with a STOP file: both come from the file system itself. */
static fal_status take_output(fal_trial *trial)
{
    char path[FAL_PATH_MAX];
    struct stat lock;
    if (!fal_trial_speaks(trial)) {
        return FAL_OK;
    }
    FAL_TRY(fal_file_make_folder(fal_params_text(trial->setup.planned->id.params, "output")));
    FAL_TRY(fal_lock_take(trial->setup.planned->id.path, LOCK_WAIT_SECONDS, &trial->setup.lock));
    FAL_TRY(fal_name_lock(trial->setup.planned->id.path, path));
    if (*trial->setup.options->first_lock == 0 && stat(path, &lock) == 0) {
        *trial->setup.options->first_lock = (int64_t)lock.st_mtim.tv_sec * 1000000000 + lock.st_mtim.tv_nsec;
    }
    return FAL_OK;
}

static fal_status make_and_run(fal_trial *trial)
{
    FAL_TRY(fal_comm_agree(trial->setup.group, prepare(trial)));
    FAL_TRY(fal_comm_agree(trial->setup.group,
                           fal_fed_create(trial->setup.group, trial->setup.model, &trial->setup.settings->fed,
                                          &trial->setup.settings->train, &trial->setup.fed)));
    trial->now.state.shared = NAN;
    trial->now.state.vector_size = fal_fed_state_size(trial->setup.fed);
    FAL_TRY(fal_trial_list_kernels(trial));
    return start_and_run(trial);
}

fal_status fal_trial_run(const fal_comm *group, const fal_planned *planned, const fal_trial_options *options,
                         fal_trial_outcome *outcome)
{
    fal_trial trial = {.setup = {.group = group,
                                 .planned = planned,
                                 .settings = &planned->settings,
                                 .options = options,
                                 .dataset = options->held->dataset}};
    const double start = fal_clock_seconds();
    fal_status status = FAL_OK;
    *outcome = (fal_trial_outcome){0};
    FAL_TRY_GOTO(fal_comm_agree(group, take_output(&trial)));
    fal_comm_broadcast(group, options->first_lock, sizeof *options->first_lock, 0); /* all look for a STOP file */
    FAL_TRY_GOTO(fal_resume_is_complete(group, &planned->id, trial.setup.dataset, &outcome->was_complete));
    if (!outcome->was_complete) {
        status = make_and_run(&trial);
    } else { /* killed after the results were complete and before this */
        status = fal_comm_agree(group, fal_trial_remove_checkpoint(&trial));
    }
    fal_sections_add(&trial.clocks.total, &trial.now.state.sections, 1);
    fal_sections_add(&trial.clocks.total, &trial.clocks.restored, -1);
    trial.clocks.total.total = fal_clock_seconds() - start;
    outcome->sections = trial.clocks.total;
    outcome->rounds = trial.clocks.rounds_run;
    outcome->advanced = trial.clocks.advanced;
    outcome->stop_asked = trial.now.stopping;
    outcome->waiting = trial.now.waiting;
    trial.now.waiting = (fal_text){0};
done:
    destroy(&trial);
    return status;
}
