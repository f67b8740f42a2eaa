/* The file that leaves a site. */
#include "fal/site/update.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/h5.h"
#include "fal/io/sandbox.h"

void fal_update_destroy(fal_update *update)
{
    fal_free(update->params);
    fal_free(update->change);
    update->params = NULL;
    update->change = NULL;
}

int64_t fal_update_mark(const char *sha256)
{
    char first[17];
    (void)fal_text_copy(first, sizeof first, sha256);
    const uint64_t bits = strtoull(first, NULL, 16);
    int64_t mark = 0;
    memcpy(&mark, &bits, sizeof mark);
    return mark;
}

static void add_text(fal_hash *hash, const char *text) { fal_hash_add(hash, text, strlen(text) + 1); }

fal_status fal_update_sum(fal_update *update, const fal_site_study *study)
{
    const int64_t place[] = {update->client, update->al_round, update->fl_round, update->images};
    fal_hash *hash = NULL;
    FAL_TRY(fal_hash_create(&hash));
    add_text(hash, study->id);
    add_text(hash, update->global);
    add_text(hash, update->kernels);
    fal_hash_add(hash, place, sizeof place);
    if (update->images > 0) {
        fal_hash_add(hash, update->params, study->size * sizeof *update->params);
        fal_hash_add(hash, update->change, study->state_size * sizeof *update->change);
    }
    fal_hash_finish(hash, update->sha256);
    fal_hash_destroy(hash);
    return FAL_OK;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static fal_status put_head(fal_h5 *file, const fal_update *update, const fal_site_study *study)
{
    const fal_dataset *head = &study->head;
    const char *names[FAL_CLASSES_MAX];
    for (int c = 0; c < head->classes; c++) {
        names[c] = head->class_names[c];
    }
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "update"));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version", FAL_UPDATE_VERSION));
    FAL_TRY(
        fal_h5_set_text(file, "/", "title", "What one site learnt in one FL round: weights, no images and no names"));
    FAL_TRY(fal_h5_set_text(file, "/", "study", study->name));
    FAL_TRY(fal_h5_set_text(file, "/", "study_id", study->id));
    FAL_TRY(fal_h5_set_int(file, "/", "seed", (int64_t)study->settings.train.seed));
    FAL_TRY(fal_h5_set_texts(file, "/", "identity_class_names", names, head->classes));
    FAL_TRY(fal_h5_set_int(file, "/", "client", update->client));
    FAL_TRY(fal_h5_set_int(file, "/", "al_round", update->al_round));
    FAL_TRY(fal_h5_set_int(file, "/", "fl_round", update->fl_round));
    FAL_TRY(fal_h5_set_int(file, "/", "images", update->images));
    FAL_TRY(fal_h5_set_text(file, "/", "kernels", update->kernels));
    FAL_TRY(fal_h5_set_text(file, "/", "global_sha256", update->global));
    return fal_h5_set_text(file, "/", "sha256", update->sha256);
}

static fal_status put_all(fal_h5 *file, const fal_update *update, const fal_site_study *study)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {(int64_t)study->state_size}};
    FAL_TRY(put_head(file, update, study));
    if (update->images == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_modelfile_put(file, "/model", study->model, update->params, study->head.mean, study->head.std));
    return study->state_size == 0 ? FAL_OK
                                  : fal_h5_write(file, "/algorithm_change", &shape, update->change,
                                                 &(fal_h5_about){"Change of the FL algorithm's state (SCAFFOLD's c_k)",
                                                                 "", "float", false});
}

fal_status fal_update_write(const fal_update *update, const fal_site_study *study, const char *path)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_create(&file));
    fal_status status = put_all(file, update, study);
    if (status == FAL_OK) {
        status = fal_h5_save(file, path);
    }
    fal_h5_close(file);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* What must never be sent is near at hand where updates are, and called much like them. */
static fal_status refuse_private(fal_h5 *file)
{
    static const struct {
        const char *format, *holds;
    } stay[] = {{"dataset", "pictures"}, {"site", "state and labels"}, {"answers", "answers"}};
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) {
        if (fal_h5_has_format(file, stay[i].format)) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: holds a site's %s and must not leave the site: sites send NAME.update.h5, which "
                            "fal_site train writes",
                            fal_h5_name(file), stay[i].holds);
        }
    }
    return FAL_OK;
}

static fal_status check_study(fal_h5 *file, const fal_site_study *study)
{
    char name[FAL_NAME_MAX];
    char id[FAL_HASH_TEXT];
    FAL_TRY(refuse_private(file));
    FAL_TRY(fal_h5_check_format(file, "update", FAL_UPDATE_VERSION));
    FAL_TRY(fal_h5_get_text(file, "/", "study", name, sizeof name));
    FAL_TRY(fal_h5_get_text(file, "/", "study_id", id, sizeof id));
    if (strcmp(id, study->id) != 0) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: is of another study (%s), or of one with other parameters, classes or sites",
                        fal_h5_name(file), name);
    }
    return FAL_OK;
}

static fal_status get_round(fal_h5 *file, const fal_site_study *study, fal_update *to)
{
    int64_t client = 0;
    FAL_TRY(fal_h5_get_int(file, "/", "client", &client));
    FAL_TRY(fal_h5_get_int(file, "/", "al_round", &to->al_round));
    FAL_TRY(fal_h5_get_int(file, "/", "fl_round", &to->fl_round));
    FAL_TRY(fal_h5_get_int(file, "/", "images", &to->images));
    if (client < 0 || client >= study->clients) {
        return fal_fail(FAL_ERR_INPUT, "%s: client %lld: the study has %d sites: damaged", fal_h5_name(file),
                        (long long)client, study->clients);
    }
    to->client = (int)client;
    if (to->al_round != study->al_round || to->fl_round != study->fl_done + 1) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: site %s trained for FL round %lld of AL round %lld, but FL round %lld of AL round %lld "
                        "comes next: let the site train with %s",
                        fal_h5_name(file), study->sites[client].name, (long long)to->fl_round, (long long)to->al_round,
                        (long long)study->fl_done + 1, (long long)study->al_round, study->head.path);
    }
    if (to->images < 0 || to->images > study->sites[client].images) {
        return fal_fail(FAL_ERR_INPUT, "%s: %lld labelled images: site %s has %lld: damaged", fal_h5_name(file),
                        (long long)to->images, study->sites[client].name, (long long)study->sites[client].images);
    }
    return FAL_OK;
}

/* A checksum is no proof: who sends it can compute it. */
static fal_status check_numbers(fal_h5 *file, const fal_site_study *study, const fal_update *update)
{
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(study->model, &count);
    const char *bad = NULL;
    for (int t = 0; t < count; t++) {
        for (size_t e = 0; e < tensors[t].count && bad == NULL; e++) {
            bad = fabsf(update->params[tensors[t].offset + e]) <= FAL_UPDATE_MOST ? NULL : tensors[t].name;
        }
    }
    for (size_t e = 0; e < study->state_size && bad == NULL; e++) {
        bad = fabsf(update->change[e]) <= FAL_UPDATE_MOST ? NULL : "algorithm_change";
    }
    return bad == NULL ? FAL_OK
                       : fal_fail(FAL_ERR_INPUT,
                                  "%s: site %s: %s holds a number beyond %g: no training gives one: leave the file out "
                                  "(--partial), and ask the site",
                                  fal_h5_name(file), study->sites[update->client].name, bad, (double)FAL_UPDATE_MOST);
}

static fal_status get_arrays(fal_h5 *file, const fal_site_study *study, fal_update *to)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {(int64_t)study->state_size}};
    if (to->images == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&to->params, study->size, sizeof *to->params, "update"));
    FAL_TRY(fal_alloc(&to->change, study->state_size, sizeof *to->change, "update"));
    FAL_TRY(fal_modelfile_get(file, "/model", study->model, to->params));
    FAL_TRY(study->state_size == 0 ? FAL_OK : fal_h5_read(file, "/algorithm_change", &shape, to->change));
    return check_numbers(file, study, to);
}

/* G lists such names, with commas between them. */
static bool is_kernels_name(const fal_update *update)
{
    return fal_text_is_printable(update->kernels) && strchr(update->kernels, ',') == NULL &&
           (update->kernels[0] != '\0' || update->images == 0);
}

static fal_status get_all(fal_h5 *file, const fal_site_study *study, fal_update *to)
{
    char stated[FAL_HASH_TEXT];
    FAL_TRY(check_study(file, study));
    FAL_TRY(get_round(file, study, to));
    FAL_TRY(fal_h5_get_text(file, "/", "kernels", to->kernels, sizeof to->kernels));
    FAL_TRY(fal_h5_get_text(file, "/", "global_sha256", to->global, sizeof to->global));
    FAL_TRY(fal_h5_get_text(file, "/", "sha256", stated, sizeof stated));
    FAL_TRY(get_arrays(file, study, to));
    FAL_TRY(fal_update_sum(to, study));
    if (strcmp(stated, to->sha256) != 0 || !is_kernels_name(to)) {
        return fal_fail(FAL_ERR_INPUT, "%s: its checksum is another one: damaged or altered: ask site %s for it again",
                        fal_h5_name(file), study->sites[to->client].name);
    }
    if (strcmp(to->global, study->sha256) != 0) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: site %s trained with another G of the same round: let the site train with %s",
                        fal_h5_name(file), study->sites[to->client].name, study->head.path);
    }
    return FAL_OK;
}

static fal_status read_file(const char *path, const fal_site_study *study, fal_update *update)
{
    fal_h5 *file = NULL;
    fal_update made = {0};
    FAL_TRY(fal_h5_open(path, &file));
    const fal_status status = get_all(file, study, &made);
    fal_h5_close(file);
    if (status != FAL_OK) {
        fal_update_destroy(&made);
        return status;
    }
    *update = made;
    return FAL_OK;
}

typedef struct {
    const char *path;
    const fal_site_study *study;
} looking;

/* In the child: whether it can be read at all. */
static fal_status look(void *context, fal_text *text)
{
    const looking *at = context;
    fal_update update = {0};
    (void)text;
    const fal_status status = read_file(at->path, at->study, &update);
    fal_update_destroy(&update);
    return status;
}

fal_status fal_update_read(const char *path, const fal_site_study *study, fal_update *update)
{
    looking at = {path, study};
    fal_text nothing = {0};
    const fal_status status = fal_sandbox_run(path, look, &at, &nothing);
    fal_text_destroy(&nothing);
    return status == FAL_OK ? read_file(path, study, update) : status;
}
