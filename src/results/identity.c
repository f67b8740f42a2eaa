/* What decides a result, and how a file is compared with it: scientific parameters, the content of files that they
 * name, the data set's arrays, constants, class names and (where clients are sites) sites.
 *
 * The attributes dataset_* and those of /parameters enter the digest, as in version 0.1.0 of the program; identity_*
 * came later and do not, so that digests of older files stay what they were. Where an older file lacks them, what it
 * does not say is not compared. */
#include "fal/results/identity.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "identity_internal.h"

static const char FIRST_VERSION[] = "0.1.0";

/* ---- parameters ------------------------------------------------------------------------------------------------ */

/* What stands in files that parameters name belongs to the parameters. */
static const struct {
    const char *parameter, *attribute;
    size_t offset; /* of its digest in fal_trial_id */
} named_files[] = {{"partition", "partition_digest", offsetof(fal_trial_id, partition_digest)},
                   {"init_model", "init_model_digest", offsetof(fal_trial_id, init_model_digest)},
                   {"embeddings", "embeddings_digest", offsetof(fal_trial_id, embeddings_digest)}};
enum { NAMED_FILES = sizeof named_files / sizeof named_files[0] };

static const char *digest_at(const fal_trial_id *trial, int i) { return (const char *)trial + named_files[i].offset; }

static fal_status put_digests(fal_h5 *file, const fal_trial_id *trial)
{
    for (int i = 0; i < NAMED_FILES; i++) {
        if (digest_at(trial, i)[0] != '\0') {
            FAL_TRY(fal_h5_set_text(file, "/parameters", named_files[i].attribute, digest_at(trial, i)));
        }
    }
    return FAL_OK;
}

static fal_status compare_digests(fal_h5 *file, const fal_trial_id *trial, char *differs, size_t size)
{
    for (int i = 0; i < NAMED_FILES && differs[0] == '\0'; i++) {
        char stored[128] = "";
        if (fal_h5_has_attribute(file, "/parameters", named_files[i].attribute)) {
            FAL_TRY(fal_h5_get_text(file, "/parameters", named_files[i].attribute, stored, sizeof stored));
        }
        if (strcmp(stored, digest_at(trial, i)) != 0) {
            (void)snprintf(differs, size, "content of the file %s = %.120s", named_files[i].parameter,
                           fal_params_text(trial->params, named_files[i].parameter));
        }
    }
    return FAL_OK;
}

/* A parameter that came after the first version is stated only where it is not at its default: files that do not know
 * it keep their digest, and read as having the default. */
static bool is_stated(const fal_params *params, const fal_param *param)
{
    return param->group == FAL_PARAM_SCIENTIFIC &&
           (strcmp(param->since, FIRST_VERSION) == 0 || !fal_params_is_default(params, param->name));
}

fal_status fal_identity_put_parameters(fal_h5 *file, const fal_trial_id *trial)
{
    const fal_params *params = trial->params;
    const fal_param_table *table = fal_params_table(params);
    FAL_TRY(fal_h5_make_group(file, "/parameters",
                              "Scientific parameters: together with the dataset and the program's "
                              "version they decide every number in this file"));
    for (int i = 0; i < table->count; i++) {
        const fal_param *param = &table->rows[i];
        if (!is_stated(params, param)) {
            continue;
        }
        switch (param->type) {
        case FAL_PARAM_INT:
            FAL_TRY(fal_h5_set_int(file, "/parameters", param->name, fal_params_int(params, param->name)));
            break;
        case FAL_PARAM_REAL:
            FAL_TRY(fal_h5_set_real(file, "/parameters", param->name, fal_params_real(params, param->name)));
            break;
        default:
            FAL_TRY(fal_h5_set_text(file, "/parameters", param->name, fal_params_text(params, param->name)));
        }
    }
    return put_digests(file, trial);
}

/* The stored value as text; *stated false where the file does not have it. */
static fal_status stored_text(fal_h5 *file, const fal_param *param, char text[FAL_PARAM_TEXT_MAX], bool *stated)
{
    int64_t whole = 0;
    double number = 0;
    *stated = fal_h5_has_attribute(file, "/parameters", param->name);
    if (!*stated) {
        return FAL_OK;
    }
    switch (param->type) {
    case FAL_PARAM_INT:
        FAL_TRY(fal_h5_get_int(file, "/parameters", param->name, &whole));
        (void)snprintf(text, FAL_PARAM_TEXT_MAX, "%lld", (long long)whole);
        return FAL_OK;
    case FAL_PARAM_REAL:
        FAL_TRY(fal_h5_get_real(file, "/parameters", param->name, &number));
        fal_params_format_real(number, text);
        return FAL_OK;
    default:
        return fal_h5_get_text(file, "/parameters", param->name, text, FAL_PARAM_TEXT_MAX);
    }
}

fal_status fal_identity_read_parameters(fal_h5 *file, fal_params *params)
{
    const fal_param_table *table = fal_params_table(params);
    for (int i = 0; i < table->count; i++) {
        char text[FAL_PARAM_TEXT_MAX];
        bool stated = false;
        if (table->rows[i].group == FAL_PARAM_SCIENTIFIC) {
            FAL_TRY(stored_text(file, &table->rows[i], text, &stated));
        }
        if (stated) {
            FAL_TRY(fal_params_set(params, table->rows[i].name, text, FAL_SOURCE_FILE, fal_h5_name(file)));
        }
    }
    return FAL_OK;
}

static fal_status compare_parameters(fal_h5 *file, const fal_trial_id *trial, char *differs, size_t size)
{
    const fal_param_table *table = fal_params_table(trial->params);
    fal_params *initial = NULL; /* what a file means by not stating a parameter */
    fal_status status = FAL_OK;
    differs[0] = '\0';
    FAL_TRY(fal_params_create(table, &initial));
    for (int i = 0; i < table->count && differs[0] == '\0'; i++) {
        const fal_param *param = &table->rows[i];
        const char *now = fal_params_text(trial->params, param->name);
        char stored[FAL_PARAM_TEXT_MAX];
        bool stated = false;
        if (param->group != FAL_PARAM_SCIENTIFIC) {
            continue;
        }
        FAL_TRY_GOTO(stored_text(file, param, stored, &stated));
        const char *there = stated ? stored : fal_params_text(initial, param->name);
        if (strcmp(there, now) != 0) {
            (void)snprintf(differs, size, "%s (there %.80s, now %.80s)", param->name, there, now);
        }
    }
    status = compare_digests(file, trial, differs, size);
done:
    fal_params_destroy(initial);
    return status;
}

/* ---- the data set ---------------------------------------------------------------------------------------------- */

typedef struct {
    const char *attribute, *meaning;
    const char *value;
} array_sum;

enum { ARRAYS = 4 };

static void array_sums(const fal_dataset *dataset, array_sum sums[ARRAYS])
{
    sums[0] = (array_sum){"dataset_train_images_sha256", "training images", dataset->sha256_train_images};
    sums[1] = (array_sum){"dataset_train_labels_sha256", "training labels", dataset->sha256_train_labels};
    sums[2] = (array_sum){"dataset_test_images_sha256", "test images", dataset->sha256_test_images};
    sums[3] = (array_sum){"dataset_test_labels_sha256", "test labels", dataset->sha256_test_labels};
}

static bool deals_by_site(const fal_trial_id *trial)
{
    return strcmp(fal_params_text(trial->params, "partition"), "site") == 0;
}

fal_status fal_identity_site_sha256(const fal_dataset *dataset, char sha256[FAL_HASH_TEXT])
{
    fal_hash *hash = NULL;
    sha256[0] = '\0';
    if (dataset->train_site == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_hash_create(&hash));
    for (int64_t i = 0; i < dataset->n_train; i++) { /* little-endian on every machine */
        const uint32_t site = (uint32_t)dataset->train_site[i];
        const unsigned char bytes[4] = {(unsigned char)(site & 255U), (unsigned char)(site >> 8 & 255U),
                                        (unsigned char)(site >> 16 & 255U), (unsigned char)(site >> 24)};
        fal_hash_add(hash, bytes, sizeof bytes);
    }
    fal_hash_finish(hash, sha256);
    fal_hash_destroy(hash);
    return FAL_OK;
}

/* Images without a label that are in the trial's pools, since people label: without them it is another trial. */
static int64_t unlabelled_in(const fal_trial_id *trial, const fal_dataset *dataset)
{
    return strcmp(fal_params_text(trial->params, "oracle"), "file") == 0 ? dataset->unlabelled : 0;
}

static fal_status put_class_names(fal_h5 *file, const fal_dataset *dataset)
{
    const char *names[FAL_CLASSES_MAX];
    for (int i = 0; i < dataset->classes; i++) {
        names[i] = dataset->class_names[i];
    }
    return fal_h5_set_texts(file, "/", "identity_class_names", names, dataset->classes);
}

static fal_status put_dataset(fal_h5 *file, const fal_trial_id *trial, const fal_dataset *dataset)
{
    array_sum sums[ARRAYS];
    char site[FAL_HASH_TEXT];
    array_sums(dataset, sums);
    FAL_TRY(fal_h5_set_text(file, "/", "dataset", dataset->name));
    for (int i = 0; i < ARRAYS; i++) {
        FAL_TRY(fal_h5_set_text(file, "/", sums[i].attribute, sums[i].value));
    }
    FAL_TRY(fal_h5_set_floats(file, "/", "identity_mean", dataset->mean, dataset->c));
    FAL_TRY(fal_h5_set_floats(file, "/", "identity_std", dataset->std, dataset->c));
    FAL_TRY(put_class_names(file, dataset));
    FAL_TRY(fal_identity_put_sites(file, dataset));
    if (unlabelled_in(trial, dataset) > 0) {
        FAL_TRY(fal_h5_set_int(file, "/", "identity_unlabelled", unlabelled_in(trial, dataset)));
    }
    if (!deals_by_site(trial)) {
        return FAL_OK;
    }
    FAL_TRY(fal_identity_site_sha256(dataset, site));
    return fal_h5_set_text(file, "/", "identity_site_sha256", site);
}

fal_model_origin fal_identity_origin(const fal_dataset *dataset)
{
    return (fal_model_origin){.mean = dataset->mean,
                              .std = dataset->std,
                              .channels = dataset->c,
                              .class_names = dataset->class_names[0],
                              .name_size = sizeof dataset->class_names[0],
                              .classes = dataset->classes};
}

/* Constants and class names, which a file of version 0.1.0 states in its /model in part, or not at all. */
static fal_status compare_origin(fal_h5 *file, const fal_dataset *dataset, char *differs, size_t size, bool *unsaid)
{
    const fal_model_origin origin = fal_identity_origin(dataset);
    fal_origin_difference found;
    FAL_TRY(fal_modelfile_compare_origin(file, fal_h5_has(file, "/model") ? "/model" : "/", &origin, &found));
    (void)snprintf(differs, size, "%s", found.constants[0] != '\0' ? found.constants : found.class_names);
    *unsaid = found.unsaid;
    return FAL_OK;
}

static fal_status compare_site(fal_h5 *file, const fal_dataset *dataset, char *differs, size_t size, bool *unsaid)
{
    char stored[128] = "";
    char site[FAL_HASH_TEXT];
    if (!fal_h5_has_attribute(file, "/", "identity_site_sha256")) {
        *unsaid = true;
        return FAL_OK;
    }
    FAL_TRY(fal_h5_get_text(file, "/", "identity_site_sha256", stored, sizeof stored));
    FAL_TRY(fal_identity_site_sha256(dataset, site));
    if (strcmp(stored, site) != 0) {
        (void)snprintf(differs, size, "set of sites (/train/site)");
    }
    return FAL_OK;
}

static fal_status compare_unlabelled(fal_h5 *file, const fal_trial_id *trial, const fal_dataset *dataset, char *differs,
                                     size_t size)
{
    int64_t stored = 0;
    if (fal_h5_has_attribute(file, "/", "identity_unlabelled")) {
        FAL_TRY(fal_h5_get_int(file, "/", "identity_unlabelled", &stored));
    }
    if (stored != unlabelled_in(trial, dataset)) {
        (void)snprintf(differs, size, "oracle (there images that lack a label are %s, now %s)",
                       stored > 0 ? "asked for" : "left out", stored > 0 ? "left out" : "asked for");
    }
    return FAL_OK;
}

fal_status fal_identity_compare_arrays(fal_h5 *file, const fal_dataset *dataset, char *differs, size_t size)
{
    array_sum sums[ARRAYS];
    array_sums(dataset, sums);
    differs[0] = '\0';
    for (int i = 0; i < ARRAYS && differs[0] == '\0'; i++) {
        char stored[128];
        FAL_TRY(fal_h5_get_text(file, "/", sums[i].attribute, stored, sizeof stored));
        if (strcmp(stored, sums[i].value) != 0) {
            (void)snprintf(differs, size, "version of the dataset (its %s)", sums[i].meaning);
        }
    }
    return FAL_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

fal_status fal_identity_put(fal_h5 *file, const fal_trial_id *trial, const fal_dataset *dataset)
{
    FAL_TRY(put_dataset(file, trial, dataset));
    return fal_identity_put_parameters(file, trial);
}

fal_status fal_identity_compare(fal_h5 *file, const fal_trial_id *trial, const fal_dataset *dataset, char *differs,
                                size_t size, bool *unsaid)
{
    *unsaid = false;
    differs[0] = '\0';
    FAL_TRY(fal_identity_compare_sites(file, dataset, differs, size));
    if (differs[0] == '\0') {
        FAL_TRY(fal_identity_compare_arrays(file, dataset, differs, size));
    }
    if (differs[0] == '\0') {
        FAL_TRY(compare_origin(file, dataset, differs, size, unsaid));
    }
    if (differs[0] == '\0' && deals_by_site(trial)) {
        FAL_TRY(compare_site(file, dataset, differs, size, unsaid));
    }
    if (differs[0] == '\0') {
        FAL_TRY(compare_unlabelled(file, trial, dataset, differs, size));
    }
    return differs[0] == '\0' ? compare_parameters(file, trial, differs, size) : FAL_OK;
}
