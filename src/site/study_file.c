/* The file of a study, G: written as a whole, read without trust. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/h5.h"
#include "fal/io/sandbox.h"
#include "fal/results/identity.h"
#include "study_internal.h"

/* ---- writing --------------------------------------------------------------------------------------------------- */

static fal_status put_head(fal_h5 *file, const fal_site_study *study)
{
    const fal_dataset *head = &study->head;
    const char *names[FAL_CLASSES_MAX];
    for (int c = 0; c < head->classes; c++) {
        names[c] = head->class_names[c];
    }
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "study"));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version", FAL_SITE_STUDY_VERSION));
    FAL_TRY(fal_h5_set_text(file, "/", "title",
                            "A study over sites that share no machine: parameters, sites, how far it is, the model"));
    FAL_TRY(fal_h5_set_text(file, "/", "study", study->name));
    FAL_TRY(fal_h5_set_text(file, "/", "study_id", study->id));
    FAL_TRY(fal_h5_set_int(file, "/", "image_height", head->h));
    FAL_TRY(fal_h5_set_int(file, "/", "image_width", head->w));
    FAL_TRY(fal_h5_set_int(file, "/", "image_channels", head->c));
    FAL_TRY(fal_h5_set_floats(file, "/", "identity_mean", head->mean, head->c));
    FAL_TRY(fal_h5_set_floats(file, "/", "identity_std", head->std, head->c));
    return fal_h5_set_texts(file, "/", "identity_class_names", names, head->classes);
}

static fal_status put_sites(fal_h5 *file, const fal_site_study *study)
{
    const fal_h5_shape shape = {FAL_H5_INT64, 1, {study->clients}};
    const char *names[FAL_SITE_STUDY_SITES_MAX];
    int64_t images[FAL_SITE_STUDY_SITES_MAX];
    for (int k = 0; k < study->clients; k++) {
        names[k] = study->sites[k].name;
        images[k] = study->sites[k].images;
    }
    FAL_TRY(fal_h5_set_texts(file, "/", "site_names", names, study->clients));
    return fal_h5_write(file, "/site_images", &shape, images,
                        &(fal_h5_about){"Training images of each site; sites are clients, named by site_names",
                                        "images", "client", false});
}

static fal_status put_place(fal_h5 *file, const fal_site_study *study)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {(int64_t)study->state_size}};
    FAL_TRY(fal_h5_set_int(file, "/", "al_round", study->al_round));
    FAL_TRY(fal_h5_set_int(file, "/", "fl_rounds_done", study->fl_done));
    FAL_TRY(fal_h5_set_text(file, "/", "final", fal_site_study_is_final(study) ? "yes" : "no"));
    FAL_TRY(fal_h5_set_text(file, "/", "kernels", study->kernels));
    FAL_TRY(fal_h5_set_text(file, "/", "previous", study->previous));
    FAL_TRY(fal_h5_set_text(file, "/", "sha256", study->sha256));
    FAL_TRY(fal_h5_write_table(file, &study->merged));
    FAL_TRY(fal_modelfile_put(file, "/model", study->model, study->weights, study->head.mean, study->head.std));
    return study->state_size == 0
               ? FAL_OK
               : fal_h5_write(file, "/algorithm_state", &shape, study->state,
                              &(fal_h5_about){"State of the FL algorithm's server (SCAFFOLD's c)", "", "float", false});
}

static fal_status put_all(fal_h5 *file, const fal_site_study *study)
{
    fal_trial_id trial = {.params = study->params};
    (void)fal_text_copy(trial.init_model_digest, sizeof trial.init_model_digest, study->init_model_digest);
    FAL_TRY(put_head(file, study));
    FAL_TRY(put_sites(file, study));
    FAL_TRY(put_place(file, study));
    return fal_identity_put_parameters(file, &trial);
}

fal_status fal_site_study_write(fal_site_study *study, const char *path)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_site_study_sum(study, study->sha256));
    FAL_TRY(fal_h5_create(&file));
    fal_status status = put_all(file, study);
    if (status == FAL_OK) {
        status = fal_h5_save(file, path);
    }
    fal_h5_close(file);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static fal_status damaged(fal_h5 *file, const char *what)
{
    return fal_fail(FAL_ERR_INPUT, "%s: %s: damaged or altered: ask for the file once more", fal_h5_name(file), what);
}

static fal_status get_side(fal_h5 *file, const char *name, int *value)
{
    int64_t number = 0;
    FAL_TRY(fal_h5_get_int(file, "/", name, &number));
    if (number < 1 || number > FAL_SIDE_MAX) {
        return damaged(file, name);
    }
    *value = (int)number;
    return FAL_OK;
}

static bool names_are_visible(const char *names, int count)
{
    bool good = true;
    for (int i = 0; i < count; i++) {
        const char *name = names + (size_t)i * FAL_NAME_MAX;
        good = good && name[0] != '\0' && fal_text_is_printable(name);
    }
    return good;
}

static fal_status get_head(fal_h5 *file, fal_site_study *study)
{
    fal_dataset *head = &study->head;
    FAL_TRY(fal_h5_check_format(file, "study", FAL_SITE_STUDY_VERSION));
    FAL_TRY(fal_h5_get_text(file, "/", "study", study->name, sizeof study->name));
    FAL_TRY(get_side(file, "image_height", &head->h));
    FAL_TRY(get_side(file, "image_width", &head->w));
    FAL_TRY(get_side(file, "image_channels", &head->c));
    if (!fal_dataset_name_is_valid(study->name) || (head->c != 1 && head->c != 3)) {
        return damaged(file, "name of the study, or channels");
    }
    FAL_TRY(fal_h5_get_floats(file, "/", "identity_mean", head->mean, head->c));
    FAL_TRY(fal_h5_get_floats(file, "/", "identity_std", head->std, head->c));
    for (int i = 0; i < head->c; i++) {
        const double mean = (double)head->mean[i];
        const double std = (double)head->std[i];
        if (!(mean >= 0 && mean <= 1 && std >= FAL_STD_LEAST && std <= FAL_STD_MOST)) {
            return damaged(file, "mean or std");
        }
    }
    FAL_TRY(fal_h5_get_texts(file, "/", "identity_class_names", head->class_names[0], FAL_NAME_MAX, FAL_CLASSES_MAX,
                             &head->classes));
    return head->classes < 2 || !names_are_visible(head->class_names[0], head->classes) ? damaged(file, "class names")
                                                                                        : FAL_OK;
}

static fal_status get_sites(fal_h5 *file, fal_site_study *study)
{
    char(*names)[FAL_NAME_MAX] = NULL;
    int64_t images[FAL_SITE_STUDY_SITES_MAX];
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&names, FAL_SITE_STUDY_SITES_MAX, sizeof *names, "sites"));
    FAL_TRY_GOTO(
        fal_h5_get_texts(file, "/", "site_names", names[0], FAL_NAME_MAX, FAL_SITE_STUDY_SITES_MAX, &study->clients));
    const fal_h5_shape shape = {FAL_H5_INT64, 1, {study->clients}};
    FAL_TRY_GOTO(fal_alloc(&study->sites, (size_t)study->clients, sizeof *study->sites, "sites"));
    FAL_TRY_GOTO(fal_h5_read(file, "/site_images", &shape, images));
    for (int k = 0; k < study->clients; k++) {
        if (images[k] < 1 || images[k] > FAL_IMAGES_MAX || !fal_dataset_name_is_valid(names[k])) {
            status = damaged(file, "sites");
            goto done;
        }
        (void)fal_text_copy(study->sites[k].name, sizeof study->sites[k].name, names[k]);
        study->sites[k].images = images[k];
    }
    status = study->clients < 1 ? damaged(file, "sites") : FAL_OK;
done:
    fal_free(names);
    return status;
}

static fal_status check_merged(fal_h5 *file, const fal_site_study *study)
{
    for (int64_t i = 0; i < study->merged.count; i++) {
        const fal_row_merged *row = fal_table_row(&study->merged, i);
        if (row->client < 0 || row->client >= study->clients || row->fl_round < 1 || row->fl_round > study->fl_done ||
            row->images < 0 || row->images > study->sites[row->client].images) {
            return damaged(file, "/merged");
        }
    }
    return FAL_OK;
}

static fal_status get_place(fal_h5 *file, fal_site_study *study)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {(int64_t)study->state_size}};
    FAL_TRY(fal_h5_get_int(file, "/", "al_round", &study->al_round));
    FAL_TRY(fal_h5_get_int(file, "/", "fl_rounds_done", &study->fl_done));
    if (study->al_round < 1 || study->al_round > study->settings.al_rounds || study->fl_done < 0 ||
        study->fl_done > study->settings.fl_rounds) {
        return damaged(file, "AL round or FL round");
    }
    FAL_TRY(fal_h5_get_text(file, "/", "kernels", study->kernels, sizeof study->kernels));
    FAL_TRY(fal_h5_get_text(file, "/", "previous", study->previous, sizeof study->previous));
    FAL_TRY(fal_h5_get_text(file, "/", "sha256", study->sha256, sizeof study->sha256));
    FAL_TRY(fal_h5_read_table(file, &study->merged, study->fl_done * study->clients));
    FAL_TRY(check_merged(file, study));
    FAL_TRY(fal_modelfile_get(file, "/model", study->model, study->weights));
    FAL_TRY(study->state_size == 0 ? FAL_OK : fal_h5_read(file, "/algorithm_state", &shape, study->state));
    for (size_t i = 0; i < study->state_size; i++) {
        if (!isfinite(study->state[i])) {
            return damaged(file, "/algorithm_state");
        }
    }
    return FAL_OK;
}

/* Of a file, nothing is a mistake of who gives the command. */
static fal_status as_input(fal_h5 *file, fal_status status)
{
    char message[FAL_MESSAGE_MAX];
    if (status != FAL_ERR_USAGE) {
        return status;
    }
    (void)fal_text_copy(message, sizeof message, fal_status_message());
    fal_status_clear();
    return fal_fail(FAL_ERR_INPUT, "%s: %s", fal_h5_name(file), message);
}

static fal_status get_all(fal_h5 *file, fal_site_study *study)
{
    char id[FAL_HASH_TEXT];
    char sha256[FAL_HASH_TEXT];
    FAL_TRY(get_head(file, study));
    FAL_TRY(get_sites(file, study));
    FAL_TRY(as_input(file, fal_identity_read_parameters(file, study->params)));
    if (fal_h5_has_attribute(file, "/parameters", "init_model_digest")) {
        FAL_TRY(fal_h5_get_text(file, "/parameters", "init_model_digest", study->init_model_digest,
                                sizeof study->init_model_digest));
    }
    if (strchr(fal_params_text(study->params, "init_model"), '/') != NULL) {
        return damaged(file, "init_model is no name without folders");
    }
    FAL_TRY(as_input(file, fal_site_study_settle(study, fal_h5_name(file))));
    FAL_TRY(fal_h5_get_text(file, "/", "study_id", id, sizeof id));
    if (strcmp(id, study->id) != 0) {
        return damaged(file, "what the study is does not fit its identity");
    }
    FAL_TRY(get_place(file, study));
    FAL_TRY(fal_site_study_sum(study, sha256));
    return strcmp(sha256, study->sha256) == 0 ? FAL_OK : damaged(file, "its checksum is another one");
}

static fal_status read_file(const char *path, fal_site_study **study)
{
    fal_h5 *file = NULL;
    fal_site_study *made = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    fal_status status = fal_site_study_create(&made);
    if (status == FAL_OK) {
        status = get_all(file, made);
    }
    fal_h5_close(file);
    if (status != FAL_OK) {
        fal_site_study_destroy(made);
        return status;
    }
    *study = made;
    return FAL_OK;
}

/* In the child: whether it can be read at all. */
static fal_status look(void *context, fal_text *text)
{
    fal_site_study *study = NULL;
    (void)text;
    const fal_status status = read_file(context, &study);
    if (status == FAL_OK) {
        fal_site_study_destroy(study);
    }
    return status;
}

fal_status fal_site_study_open(const char *path, fal_site_study **study)
{
    fal_text nothing = {0};
    const fal_status status = fal_sandbox_run(path, look, (void *)path, &nothing);
    fal_text_destroy(&nothing);
    return status == FAL_OK ? read_file(path, study) : status;
}
