/* Names of the files that a job writes. */
#include "fal/results/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/memory.h"

enum { FILE_NAME_MAX = 240 };

void fal_name_checkpoint(const char *results, bool previous, char path[FAL_PATH_MAX])
{
    const int stem = (int)strlen(results) - 3; /* without ".h5" */
    (void)snprintf(path, FAL_PATH_MAX, "%.*s%s", stem, results, previous ? FAL_ENDING_PREVIOUS : FAL_ENDING_CHECKPOINT);
}

fal_status fal_name_client_state(const char *results, int64_t client, bool previous, char path[FAL_PATH_MAX])
{
    const int stem = (int)strlen(results) - 3; /* without ".h5" */
    return snprintf(path, FAL_PATH_MAX, "%.*s.client_%02lld%s.state", stem, results, (long long)client,
                    previous ? ".prev" : "") < FAL_PATH_MAX
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "%s: the name is too long", results);
}

fal_status fal_name_answers(const char *results, char path[FAL_PATH_MAX])
{
    const int stem = (int)strlen(results) - 3; /* without ".h5" */
    return snprintf(path, FAL_PATH_MAX, "%.*s%s", stem, results, FAL_ENDING_ANSWERS) < FAL_PATH_MAX
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "%s: the name is too long", results);
}

fal_status fal_name_query_folder(const char *results, int64_t al_round, int64_t client, char path[FAL_PATH_MAX])
{
    const int stem = (int)strlen(results) - (fal_text_ends_with(results, ".h5") ? 3 : 0);
    return snprintf(path, FAL_PATH_MAX, "%.*s" FAL_ENDING_QUERY_FOLDER "/round_%02lld/client_%02lld", stem, results,
                    (long long)al_round, (long long)client) < FAL_PATH_MAX
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "%s: the name is too long", results);
}

fal_status fal_name_lock(const char *results, char path[FAL_PATH_MAX])
{
    return snprintf(path, FAL_PATH_MAX, "%s%s", results, FAL_LOCK_ENDING) < FAL_PATH_MAX
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "%s: the name is too long", results);
}

bool fal_name_may_be_results(const char *name)
{
    static const char *const others[] = {FAL_ENDING_CHECKPOINT, FAL_ENDING_PREVIOUS, FAL_ENDING_ANSWERS,
                                         FAL_ENDING_QUERY_H5};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (fal_text_ends_with(name, others[i])) {
            return false;
        }
    }
    return name[0] != '.' && fal_text_ends_with(name, ".h5");
}

/* What may stand in a file name: the rest becomes '-', as ':' of "entropy:global" does. */
static void add_safe(char *to, size_t size, const char *text)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_";
    size_t used = strlen(to);
    for (const char *p = text; *p != '\0' && used + 1 < size; p++) {
        to[used++] = strchr(fine, *p) != NULL ? *p : '-';
    }
    to[used] = '\0';
}

static bool is_ascii(const char *text)
{
    while ((unsigned char)*text > 0 && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const fal_param *const *)a)->name, (*(const fal_param *const *)b)->name);
}

/* `shown` in a name, and 8 digits of the SHA-256 of the whole value where letters are lost: "größe" and "grösse" must
 * not share a file. */
static fal_status add_hashed(char *to, size_t size, const char *shown, const char *value)
{
    char hash[FAL_HASH_TEXT];
    FAL_TRY(fal_hash_bytes(value, strlen(value), hash));
    hash[8] = '\0';
    add_safe(to, size, shown);
    add_safe(to, size, "-");
    add_safe(to, size, hash);
    return FAL_OK;
}

/* A value in a name: long ones, such as paths, by their first letters. */
static fal_status add_value(char *to, size_t size, const char *value)
{
    enum { WHOLE = 32, BEGINNING = 16 };
    char shown[BEGINNING + 1];
    const char *slash = strrchr(value, '/');
    if (strlen(value) > WHOLE || slash != NULL) {
        (void)snprintf(shown, sizeof shown, "%s", slash != NULL ? slash + 1 : value);
        return add_hashed(to, size, shown, value);
    }
    if (!is_ascii(value)) {
        return add_hashed(to, size, value, value);
    }
    add_safe(to, size, value);
    return FAL_OK;
}

fal_status fal_name_setting(const fal_params *one, const fal_params *defaults, const char *dataset, char setting[1024])
{
    const fal_param_table *table = fal_params_table(one);
    const int count = table->count;
    const fal_param **sorted = NULL;
    FAL_TRY(fal_alloc(&sorted, (size_t)count, sizeof(const fal_param *), "names of results"));
    for (int i = 0; i < count; i++) {
        sorted[i] = &table->rows[i];
    }
    qsort(sorted, (size_t)count, sizeof(const fal_param *), by_name); /* names are distinct: any sort is stable */
    setting[0] = '\0';
    add_safe(setting, 1024, dataset);
    fal_status status = FAL_OK;
    for (int i = 0; i < count && status == FAL_OK; i++) {
        const char *name = sorted[i]->name;
        const bool named = sorted[i]->group == FAL_PARAM_SCIENTIFIC && strcmp(name, "strategy") != 0 &&
                           strcmp(name, "seeds") != 0 &&
                           strcmp(fal_params_text(one, name), fal_params_text(defaults, name)) != 0;
        if (named) {
            add_safe(setting, 1024, "_");
            add_safe(setting, 1024, name);
            add_safe(setting, 1024, "-");
            status = add_value(setting, 1024, fal_params_text(one, name));
        }
    }
    const char *label = fal_params_text(one, "name");
    if (status == FAL_OK && label[0] != '\0') {
        add_safe(setting, 1024, "_");
        if (is_ascii(label)) {
            add_safe(setting, 1024, label);
        } else {
            status = add_hashed(setting, 1024, label, label);
        }
    }
    fal_free(sorted);
    return status;
}

fal_status fal_name_results(const char *output, const char *setting, const char *strategy, int64_t seed,
                            char path[FAL_PATH_MAX])
{
    char file[2048] = "";
    char end[32];
    add_safe(file, sizeof file, setting);
    add_safe(file, sizeof file, "_");
    add_safe(file, sizeof file, strategy);
    (void)snprintf(end, sizeof end, "_s%lld.h5", (long long)seed);
    add_safe(file, sizeof file, end);
    if (strlen(file) > FILE_NAME_MAX) {
        return fal_fail(FAL_ERR_USAGE,
                        "%.80s...: the name of the results is too long for a file (%zu characters): fewer changed "
                        "parameters or a shorter --name",
                        file, strlen(file));
    }
    if (snprintf(path, FAL_PATH_MAX, "%s/%s", output, file) >= FAL_PATH_MAX) {
        return fal_fail(FAL_ERR_USAGE, "--output: the path is too long");
    }
    return FAL_OK;
}
