/* study.ini: who takes part, what the images are, and the parameters of fal_hpc that are not at their default. */
#include <stdio.h>
#include <string.h>

#include "fal/base/ini.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/digest.h"
#include "fal/results/names.h"
#include "study_internal.h"

enum { WORDS = 65536 };

typedef struct {
    fal_site_study *study;
    int means, stds; /* numbers given */
    int64_t room;    /* of sites */
    char init_model[FAL_PATH_MAX];
} reading;

/* Cuts the next word of a list off, up to a comma; NULL: there is none. */
static char *next_word(char **rest)
{
    char *word = *rest;
    if (word == NULL) {
        return NULL;
    }
    char *comma = strchr(word, ',');
    *rest = comma != NULL ? comma + 1 : NULL;
    if (comma != NULL) {
        *comma = '\0';
    }
    return fal_text_trim(word);
}

static bool is_name(const char *name)
{
    const size_t length = strlen(name);
    return length > 0 && length < FAL_NAME_MAX && fal_text_is_printable(name);
}

/* "north:500": the next client. */
static fal_status take_site(reading *in, char *word, const char *where)
{
    fal_site_study *study = in->study;
    char *colon = strrchr(word, ':');
    int64_t images = 0;
    if (colon != NULL) {
        *colon = '\0';
    }
    const char *name = fal_text_trim(word);
    if (colon == NULL || !fal_text_to_int(colon + 1, &images) || images < 1 || images > FAL_IMAGES_MAX ||
        !fal_dataset_name_is_valid(name)) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: sites: \"%.60s\": name each site and the number of its training images, e.g. north:500, "
                        "south:300; names are of letters, digits, '-', '_', '+' and '.'",
                        where, word);
    }
    if (fal_site_study_client(study, name) >= 0) {
        return fal_fail(FAL_ERR_USAGE, "%s: sites: %s is named twice", where, name);
    }
    if (study->clients == FAL_SITE_STUDY_SITES_MAX) {
        return fal_fail(FAL_ERR_USAGE, "%s: sites: more than %d", where, FAL_SITE_STUDY_SITES_MAX);
    }
    FAL_TRY(fal_grow(&study->sites, study->clients, study->clients + 1, &in->room, sizeof *study->sites, "sites"));
    fal_site_study_site *site = &study->sites[study->clients++];
    site->images = images;
    (void)fal_text_copy(site->name, sizeof site->name, name);
    return FAL_OK;
}

static fal_status take_class(reading *in, char *word, const char *where)
{
    fal_dataset *head = &in->study->head;
    if (!is_name(word)) {
        return fal_fail(FAL_ERR_USAGE, "%s: classes: \"%.60s\": a name of 1 to %d visible bytes is needed", where, word,
                        FAL_NAME_MAX - 1);
    }
    for (int c = 0; c < head->classes; c++) {
        if (strcmp(head->class_names[c], word) == 0) {
            return fal_fail(FAL_ERR_USAGE, "%s: classes: %s is named twice", where, word);
        }
    }
    if (head->classes == FAL_CLASSES_MAX) {
        return fal_fail(FAL_ERR_USAGE, "%s: classes: more than %d", where, FAL_CLASSES_MAX);
    }
    (void)fal_text_copy(head->class_names[head->classes++], FAL_NAME_MAX, word);
    return FAL_OK;
}

/* One number for all channels, or one for each. */
static fal_status take_constant(float *values, int *count, const char *word, const char *name, const char *where)
{
    const bool is_std = strcmp(name, "std") == 0;
    const double least = is_std ? FAL_STD_LEAST : 0;
    const double most = is_std ? FAL_STD_MOST : 1;
    double number = 0;
    if (*count == 3 || !fal_text_to_real(word, &number) || (float)number < (float)least || number > most) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: %s: \"%.60s\": one number, or one for each channel, of pixels / 255: %g to %g", where,
                        name, word, least, most);
    }
    values[(*count)++] = (float)number;
    return FAL_OK;
}

/* "28x28x1" */
static fal_status take_image(reading *in, const char *value, const char *where)
{
    fal_dataset *head = &in->study->head;
    char end = '\0';
    if (sscanf(value, "%4dx%4dx%1d%c", &head->h, &head->w, &head->c, &end) != 3 || head->h < 1 ||
        head->h > FAL_SIDE_MAX || head->w < 1 || head->w > FAL_SIDE_MAX || (head->c != 1 && head->c != 3)) {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: image: \"%.60s\": height x width x channels, e.g. 28x28x1 (channels 1 or 3)", where,
                        value);
    }
    return FAL_OK;
}

static fal_status take_list(reading *in, const char *name, const char *value, const char *where)
{
    fal_dataset *head = &in->study->head;
    char *copy = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&copy, WORDS, 1, "study"));
    if (!fal_text_copy(copy, WORDS, value)) {
        status = fal_fail(FAL_ERR_USAGE, "%s: %s: is too long", where, name);
    }
    char *rest = copy;
    for (char *word = NULL; status == FAL_OK && (word = next_word(&rest)) != NULL;) {
        status = strcmp(name, "sites") == 0     ? take_site(in, word, where)
                 : strcmp(name, "classes") == 0 ? take_class(in, word, where)
                 : strcmp(name, "mean") == 0    ? take_constant(head->mean, &in->means, word, name, where)
                                                : take_constant(head->std, &in->stds, word, name, where);
    }
    fal_free(copy);
    return status;
}

/* How a job deals images to clients: here each site has its own. */
static bool deals(const char *name)
{
    static const char *const names[] = {"clients", "alpha", "partition_seed"};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        found = found || strcmp(name, names[i]) == 0;
    }
    return found;
}

static fal_status take_parameter(fal_params *params, const char *name, const char *value, const char *where)
{
    FAL_TRY(fal_params_set(params, name, value, FAL_SOURCE_FILE, where));
    const fal_param *row = fal_params_find(fal_params_table(params), name);
    if (row->group != FAL_PARAM_SCIENTIFIC) {
        return fal_fail(FAL_ERR_USAGE, "%s: %s: is about how a job runs, not about what a study computes: leave it out",
                        where, row->name);
    }
    if (deals(row->name)) {
        return fal_fail(FAL_ERR_USAGE, "%s: %s: the clients are the sites, each with its own images: leave it out",
                        where, row->name);
    }
    if (fal_params_count(params, row->name) != 1) {
        return fal_fail(FAL_ERR_USAGE, "%s: %s: a study is one trial: give one value", where, row->name);
    }
    return FAL_OK;
}

static fal_status visit(void *context, const char *name, const char *value, const char *where)
{
    static const char *const lists[] = {"sites", "classes", "mean", "std"};
    reading *in = context;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(name, lists[i]) == 0) {
            return take_list(in, name, value, where);
        }
    }
    if (strcmp(name, "image") == 0) {
        return take_image(in, value, where);
    }
    if (strcmp(name, "name") != 0) {
        return take_parameter(in->study->params, name, value, where);
    }
    if (!fal_dataset_name_is_valid(value)) {
        return fal_fail(FAL_ERR_USAGE, "%s: name: \"%.60s\": must consist of letters, digits, '-', '_', '+' and '.'",
                        where, value);
    }
    (void)fal_text_copy(in->study->name, sizeof in->study->name, value);
    return FAL_OK;
}

/* One number stands for all channels. */
static fal_status spread(float *values, int given, int channels, const char *name, const char *ini)
{
    if (given != 1 && given != channels) {
        return fal_fail(FAL_ERR_USAGE, "%s: %s: give one number, or one for each of the %d channels", ini, name,
                        channels);
    }
    for (int i = given; i < channels; i++) {
        values[i] = values[0];
    }
    return FAL_OK;
}

static fal_status check_complete(const reading *in, const char *ini)
{
    const fal_site_study *study = in->study;
    const char *missing = study->name[0] == '\0'    ? "name"
                          : study->clients == 0     ? "sites"
                          : study->head.classes < 2 ? "classes"
                          : study->head.c == 0      ? "image"
                          : in->means == 0          ? "mean"
                          : in->stds == 0           ? "std"
                                                    : NULL;
    return missing == NULL
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "%s: %s is missing%s: a study needs name, sites, classes, image, mean and std",
                          ini, missing, study->head.classes == 1 ? " (two classes at least)" : "");
}

/* Where the file lies is nobody else's: G, which goes to all, has what is in it and its name. */
static fal_status take_init_model(reading *in, const char *ini)
{
    fal_params *params = in->study->params;
    const char *path = fal_params_text(params, "init_model");
    if (path[0] == '\0') {
        return FAL_OK;
    }
    const char *slash = strrchr(path, '/');
    if (!fal_text_copy(in->init_model, sizeof in->init_model, path)) {
        return fal_fail(FAL_ERR_USAGE, "%s: init_model: the name is too long", ini);
    }
    FAL_TRY(fal_digest_file(in->init_model, in->study->init_model_digest));
    return slash == NULL
               ? FAL_OK
               : fal_params_set(params, "init_model", in->init_model + (slash + 1 - path), FAL_SOURCE_FILE, ini);
}

static fal_status read(reading *in, const char *ini)
{
    fal_site_study *study = in->study;
    fal_dataset *head = &study->head;
    FAL_TRY(fal_ini_read(ini, visit, in));
    FAL_TRY(check_complete(in, ini));
    FAL_TRY(spread(head->mean, in->means, head->c, "mean", ini));
    FAL_TRY(spread(head->std, in->stds, head->c, "std", ini));
    FAL_TRY(fal_params_set(study->params, "partition", "site", FAL_SOURCE_DATASET, ini));
    FAL_TRY(take_init_model(in, ini));
    FAL_TRY(fal_site_study_settle(study, ini));
    study->al_round = 1;
    return fal_site_study_begin(study, in->init_model[0] != '\0' ? in->init_model : NULL);
}

fal_status fal_site_study_make(const char *ini, fal_site_study **study)
{
    reading in = {0};
    FAL_TRY(fal_site_study_create(&in.study));
    const fal_status status = read(&in, ini);
    if (status != FAL_OK) {
        fal_site_study_destroy(in.study);
        return status;
    }
    *study = in.study;
    return FAL_OK;
}
