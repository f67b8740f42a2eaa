/* What a site keeps of a stopped trial for itself (formats.md section 6).
 *
 * Sites write their files before rank 0 writes its checkpoint. Whenever a job is killed, that checkpoint is of the
 * moment of each site's present file or of its previous one: the previous one is given up only once the present one is
 * what the checkpoint needs. */
#include "client_state_internal.h"

#include <string.h>

#include "fal/base/hash.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"

enum { VERSION = 1 };

static fal_status put(fal_h5 *file, const fal_site_moment *moment, const float *vector, size_t size)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {(int64_t)size}};
    char sha256[FAL_HASH_TEXT];
    FAL_TRY(fal_hash_bytes(vector, size * sizeof *vector, sha256));
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "state"));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version", VERSION));
    FAL_TRY(
        fal_h5_set_text(file, "/", "title", "State of a client in a stopped trial: private to fal_hpc and its site"));
    FAL_TRY(fal_h5_set_int(file, "/", "client", moment->client));
    FAL_TRY(fal_h5_set_int(file, "/", "al_round", moment->al_round));
    FAL_TRY(fal_h5_set_int(file, "/", "fl_rounds_done", moment->fl_done));
    FAL_TRY(fal_h5_set_text(file, "/", "sha256", sha256));
    FAL_TRY(fal_identity_put(file, moment->trial, moment->dataset));
    return fal_h5_write(file, "/algorithm_state", &shape, vector,
                        &(fal_h5_about){"State of the FL algorithm at this client", "", "float", false});
}

fal_status fal_client_state_write(const fal_site_moment *moment, const float *vector, size_t size, bool keep)
{
    fal_h5 *file = NULL;
    char path[FAL_PATH_MAX];
    char previous[FAL_PATH_MAX];
    FAL_TRY(fal_name_client_state(moment->trial->path, moment->client, false, path));
    FAL_TRY(fal_name_client_state(moment->trial->path, moment->client, true, previous));
    /* Rank 0 has made the folder of the results on its own machine. */
    FAL_TRY(fal_file_make_folder(fal_params_text(moment->trial->params, "output")));
    FAL_TRY(fal_h5_create(&file));
    fal_status status = put(file, moment, vector, size);
    if (status == FAL_OK && keep && fal_file_exists(path)) {
        status = fal_file_rename(path, previous);
    }
    if (status == FAL_OK) {
        status = fal_h5_save(file, path);
    }
    fal_h5_close(file);
    return status;
}

/* *found: it is of this moment. */
static fal_status take(fal_h5 *file, const fal_site_moment *moment, float *vector, size_t size, bool *found)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {(int64_t)size}};
    char stored[FAL_HASH_TEXT];
    char computed[FAL_HASH_TEXT];
    char differs[256];
    int64_t place[3] = {0};
    bool unsaid = false;
    FAL_TRY(fal_h5_check_format(file, "state", VERSION));
    FAL_TRY(fal_h5_get_int(file, "/", "client", &place[0]));
    FAL_TRY(fal_h5_get_int(file, "/", "al_round", &place[1]));
    FAL_TRY(fal_h5_get_int(file, "/", "fl_rounds_done", &place[2]));
    FAL_TRY(fal_identity_compare(file, moment->trial, moment->dataset, differs, sizeof differs, &unsaid));
    *found =
        place[0] == moment->client && place[1] == moment->al_round && place[2] == moment->fl_done && differs[0] == '\0';
    if (!*found) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_get_text(file, "/", "sha256", stored, sizeof stored));
    FAL_TRY(fal_h5_read(file, "/algorithm_state", &shape, vector));
    FAL_TRY(fal_hash_bytes(vector, size * sizeof *vector, computed));
    return strcmp(stored, computed) == 0
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT, "%s: damaged: its SHA-256 is not the one it states", fal_h5_name(file));
}

static fal_status look_at(const char *path, const fal_site_moment *moment, float *vector, size_t size, bool *found)
{
    fal_h5 *file = NULL;
    *found = false;
    if (!fal_file_exists(path)) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_open(path, &file));
    const fal_status status = take(file, moment, vector, size, found);
    fal_h5_close(file);
    return status;
}

fal_status fal_client_state_read(const fal_site_moment *moment, float *vector, size_t size, bool *previous)
{
    char path[FAL_PATH_MAX] = "";
    for (int i = 1; i >= 0; i--) { /* of the present one is told, where neither will do */
        bool found = false;
        FAL_TRY(fal_name_client_state(moment->trial->path, moment->client, i == 1, path));
        const fal_status status = look_at(path, moment, vector, size, &found);
        if (status == FAL_OK && found) {
            *previous = i == 1;
            return FAL_OK;
        }
        if (status != FAL_OK && (status != FAL_ERR_INPUT || i == 0)) {
            return status;
        }
        fal_status_clear();
    }
    return fal_fail(
        FAL_ERR_INPUT,
        "%s: does not hold the client's state after FL round %lld of AL round %lld, where the trial stopped: "
        "bring it back, or remove the trial's .ckpt files to start it anew",
        path, (long long)moment->fl_done, (long long)moment->al_round);
}

fal_status fal_client_state_remove(const char *results, int first, int count)
{
    char path[FAL_PATH_MAX];
    for (int client = first; client < first + count; client++) {
        for (int previous = 0; previous < 2; previous++) {
            FAL_TRY(fal_name_client_state(results, client, previous != 0, path));
            FAL_TRY(fal_file_remove(path));
        }
    }
    return FAL_OK;
}
