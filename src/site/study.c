/* A study in memory: what follows from what is fixed, its identity, its rounds. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/experiment/parameters.h"
#include "fal/fed/apart.h"
#include "fal/io/digest.h"
#include "fal/results/identity.h"
#include "study_internal.h"

#define INT(name, units, meaning) {#name, FAL_COLUMN_INT64, offsetof(fal_row_merged, name), units, meaning},
static const fal_column merged_columns[] = {FAL_MERGED_COLUMNS(INT)};
#undef INT
static const fal_table_kind merged_kind = {"merged", "Who took part in the FL rounds of this AL round", merged_columns,
                                           sizeof merged_columns / sizeof *merged_columns, sizeof(fal_row_merged)};

fal_status fal_site_study_create(fal_site_study **study)
{
    fal_site_study *made = NULL;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "study"));
    fal_table_init(&made->merged, &merged_kind);
    const fal_status status = fal_params_create(fal_parameters(), &made->params);
    if (status != FAL_OK) {
        fal_site_study_destroy(made);
        return status;
    }
    *study = made;
    return FAL_OK;
}

void fal_site_study_destroy(fal_site_study *study)
{
    if (study == NULL) {
        return;
    }
    fal_table_destroy(&study->merged);
    fal_free(study->state);
    fal_free(study->weights);
    fal_model_destroy(study->model);
    fal_dataset_close(&study->head);
    fal_params_destroy(study->params);
    fal_free(study->sites);
    fal_free(study);
}

/* ---- what follows ---------------------------------------------------------------------------------------------- */

int64_t fal_site_study_images(const fal_site_study *study)
{
    int64_t images = 0;
    for (int k = 0; k < study->clients; k++) {
        images += study->sites[k].images;
    }
    return images;
}

/* The sites of the joined file: one after the other. */
static fal_status fill_head(fal_site_study *study, const char *where)
{
    fal_dataset *head = &study->head;
    int64_t at = 0;
    head->n_train = fal_site_study_images(study);
    if (head->n_train > FAL_IMAGES_MAX) {
        return fal_fail(FAL_ERR_USAGE, "%s: the sites hold more than %d images together", where, FAL_IMAGES_MAX);
    }
    (void)fal_text_copy(head->path, sizeof head->path, where);
    (void)fal_text_copy(head->name, sizeof head->name, study->name);
    FAL_TRY(fal_alloc(&head->train_site, (size_t)head->n_train, sizeof *head->train_site, "sites"));
    for (int k = 0; k < study->clients; k++) {
        for (int64_t i = 0; i < study->sites[k].images; i++) {
            head->train_site[at++] = k;
        }
    }
    return FAL_OK;
}

/* What a job can do and sites apart cannot, by name. */
static fal_status check_settings(const fal_site_study *study, const char *where)
{
    static const int known = FAL_NEED_GLOBAL | FAL_NEED_LOCAL | FAL_NEED_LABELLED | FAL_NEED_FINETUNED |
                             FAL_NEED_LOGITS | FAL_NEED_EMBEDDINGS | FAL_NEED_ANY_EMBEDDINGS;
    const fal_settings *settings = &study->settings;
    const int needs = fal_strategy_needs(settings->strategy);
    if ((needs & ~known) != 0) {
        return fal_fail(FAL_ERR_USAGE, "%s: strategy %s: needs %s: sites apart cannot serve it, choose another one",
                        where, fal_strategy_name(settings->strategy),
                        needs & FAL_NEED_SHARED ? "a number that all clients share"
                                                : "more than the models G and L and the client's own images");
    }
    if (fal_params_text(study->params, "embeddings")[0] != '\0') {
        return fal_fail(FAL_ERR_USAGE, "%s: embeddings: has the rows of all sites in one file: leave it out", where);
    }
    if (settings->partition.kind != FAL_PARTITION_SITE) {
        return fal_fail(FAL_ERR_USAGE, "%s: partition: here it can only be site: leave it out", where);
    }
    if (settings->rho > 1) {
        return fal_fail(FAL_ERR_USAGE, "%s: rho: chooses images by the labels of all sites: leave it out", where);
    }
    if (isfinite(settings->stop_accuracy)) {
        return fal_fail(FAL_ERR_USAGE, "%s: stop_accuracy: nobody has the test images of all sites: leave it out",
                        where);
    }
    if (strcmp(settings->fed.algorithm, "scaffold") == 0 &&
        strcmp(fal_params_text(study->params, "scaffold"), "code") == 0) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: scaffold code: starts from weights that a site which joins later has not seen: use paper",
                        where);
    }
    return FAL_OK;
}

static void add_text(fal_hash *hash, const char *text) { fal_hash_add(hash, text, strlen(text) + 1); }

/* Everything that is fixed. A parameter at its default is left out, so that one that comes later changes no study; of
 * a file counts what is in it, not its name. */
static fal_status identify(fal_site_study *study)
{
    const fal_param_table *table = fal_params_table(study->params);
    const fal_dataset *head = &study->head;
    const int64_t shape[] = {head->h, head->w, head->c, head->classes, study->clients};
    fal_hash *hash = NULL;
    FAL_TRY(fal_hash_create(&hash));
    add_text(hash, study->name);
    add_text(hash, study->init_model_digest);
    fal_hash_add(hash, shape, sizeof shape);
    fal_hash_add(hash, head->mean, (size_t)head->c * sizeof *head->mean);
    fal_hash_add(hash, head->std, (size_t)head->c * sizeof *head->std);
    for (int c = 0; c < head->classes; c++) {
        add_text(hash, head->class_names[c]);
    }
    for (int k = 0; k < study->clients; k++) {
        add_text(hash, study->sites[k].name);
        fal_hash_add(hash, &study->sites[k].images, sizeof study->sites[k].images);
    }
    for (int i = 0; i < table->count; i++) {
        const char *name = table->rows[i].name;
        if (table->rows[i].group == FAL_PARAM_SCIENTIFIC && strcmp(name, "init_model") != 0 &&
            !fal_params_is_default(study->params, name)) {
            add_text(hash, name);
            add_text(hash, fal_params_text(study->params, name));
        }
    }
    fal_hash_finish(hash, study->id);
    fal_hash_destroy(hash);
    return FAL_OK;
}

fal_status fal_site_study_settle(fal_site_study *study, const char *where)
{
    fal_apart *apart = NULL;
    FAL_TRY(fill_head(study, where));
    FAL_TRY(fal_settings_canonical(study->params));
    FAL_TRY(fal_settings_make(study->params, &study->head, &study->settings));
    FAL_TRY(check_settings(study, where));
    FAL_TRY(identify(study));
    FAL_TRY(fal_model_create(&study->settings.model, &study->model));
    study->size = fal_model_size(study->model);
    FAL_TRY(fal_apart_create(study->model, &study->settings.fed, &study->settings.train, -1, &apart));
    study->state_size = fal_apart_state_size(apart);
    fal_apart_destroy(apart);
    FAL_TRY(fal_alloc(&study->weights, study->size, sizeof *study->weights, "weights"));
    return fal_alloc(&study->state, study->state_size, sizeof *study->state, "weights");
}

fal_status fal_site_study_sum(const fal_site_study *study, char sha256[FAL_HASH_TEXT])
{
    const int64_t place[] = {study->al_round, study->fl_done, study->merged.count};
    fal_hash *hash = NULL;
    FAL_TRY(fal_hash_create(&hash));
    add_text(hash, study->id);
    fal_hash_add(hash, place, sizeof place);
    fal_hash_add(hash, study->merged.rows, (size_t)study->merged.count * sizeof(fal_row_merged));
    add_text(hash, study->kernels);
    add_text(hash, study->previous);
    fal_hash_add(hash, study->weights, study->size * sizeof *study->weights);
    fal_hash_add(hash, study->state, study->state_size * sizeof *study->state);
    fal_hash_finish(hash, sha256);
    fal_hash_destroy(hash);
    return FAL_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------------------------- */

/* The file must be what it was when the study began, and of such images. */
static fal_status read_start(fal_site_study *study, const char *path)
{
    const fal_model_origin origin = fal_identity_origin(&study->head);
    fal_origin_difference found;
    char digest[FAL_HASH_TEXT];
    FAL_TRY(fal_digest_file(path, digest));
    if (strcmp(digest, study->init_model_digest) != 0) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: is another file than the one that the study began with: bring that one back, or name it "
                        "(--init-model)",
                        path);
    }
    FAL_TRY(fal_modelfile_compare_file(path, &origin, &found));
    if (found.constants[0] != '\0' || found.class_names[0] != '\0') {
        return fal_fail(FAL_ERR_INPUT, "%s: was trained with another %s: not a model for this study", path,
                        found.constants[0] != '\0' ? found.constants : found.class_names);
    }
    return fal_modelfile_read(path, study->model, study->weights);
}

fal_status fal_site_study_begin(fal_site_study *study, const char *init_model)
{
    const fal_rng rng = {
        .seed = study->settings.train.seed, .purpose = FAL_RNG_MODEL_INIT, .al_round = (uint32_t)study->al_round};
    if (study->settings.init == FAL_START_FILE) {
        FAL_TRY(read_start(study, init_model != NULL ? init_model : study->settings.init_model));
    } else if (study->settings.init == FAL_START_RANDOM || study->al_round == 1) {
        fal_model_init(study->model, &rng, study->weights);
    }
    memset(study->state, 0, study->state_size * sizeof *study->state);
    study->merged.count = 0;
    study->fl_done = 0;
    return FAL_OK;
}

/* Labels of all sites, as the last FL round had them: that of each client's last row. */
static int64_t labelled_in_all(const fal_site_study *study)
{
    int64_t labelled = 0;
    for (int k = 0; k < study->clients; k++) {
        int64_t own = 0;
        for (int64_t i = 0; i < study->merged.count; i++) {
            const fal_row_merged *row = fal_table_row(&study->merged, i);
            own = row->client == k ? row->images : own;
        }
        labelled += own;
    }
    return labelled;
}

fal_status fal_site_study_next(fal_site_study *study, const char *init_model)
{
    const fal_settings *settings = &study->settings;
    const int64_t labelled = labelled_in_all(study);
    const int64_t images = fal_site_study_images(study);
    if (init_model != NULL && settings->init != FAL_START_FILE) {
        return fal_fail(FAL_ERR_USAGE,
                        "--init-model %s: AL rounds of this study do not start from a file: leave it out", init_model);
    }
    if (!fal_site_study_is_final(study)) {
        return fal_fail(FAL_ERR_USAGE, "%s: has %lld FL rounds of AL round %lld to go: train and merge them first",
                        study->head.path, (long long)(settings->fl_rounds - study->fl_done),
                        (long long)study->al_round);
    }
    if (study->al_round >= settings->al_rounds) {
        return fal_fail(FAL_ERR_USAGE, "%s: AL round %lld is the last of the study (al_rounds)", study->head.path,
                        (long long)study->al_round);
    }
    if (labelled >= images || (double)labelled >= settings->stop_share * (double)images - 1e-9) {
        return fal_fail(FAL_ERR_USAGE, "%s: %lld of %lld images are labelled: the study ends here (stop_share %g)",
                        study->head.path, (long long)labelled, (long long)images, settings->stop_share);
    }
    (void)fal_text_copy(study->previous, sizeof study->previous, study->sha256);
    study->al_round++;
    return fal_site_study_begin(study, init_model);
}

bool fal_site_study_is_final(const fal_site_study *study) { return study->fl_done >= study->settings.fl_rounds; }

double fal_site_study_learning_rate(const fal_site_study *study)
{
    return fal_fed_learning_rate(&study->settings.train, (int)study->fl_done, study->settings.fl_rounds);
}

fal_status fal_site_study_participants(const fal_site_study *study, uint8_t *takes_part)
{
    return fal_apart_draw(&study->settings.fed, study->settings.train.seed, (uint32_t)study->al_round,
                          (uint32_t)study->fl_done, takes_part);
}

int fal_site_study_client(const fal_site_study *study, const char *site)
{
    for (int k = 0; k < study->clients; k++) {
        if (strcmp(study->sites[k].name, site) == 0) {
            return k;
        }
    }
    return -1;
}

void fal_site_study_place(const fal_site_study *study, char text[FAL_SITE_STUDY_PLACE])
{
    (void)snprintf(text, FAL_SITE_STUDY_PLACE, "AL round %lld, after FL round %lld of %d", (long long)study->al_round,
                   (long long)study->fl_done, study->settings.fl_rounds);
}
