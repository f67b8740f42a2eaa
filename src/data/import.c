/* Importing image data: an importer per kind makes arrays of what it finds in files, archives and folders. Here: which
 * importer, with which options, and what holds for all of them afterwards. */
#include "fal/data/import.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "import_internal.h"

#include "fal/base/memory.h"
#include "fal/base/text.h"

typedef struct {
    fal_import_kind about;
    const char *name; /* of the dataset, unless the user gives one; NULL: that of the output */
    fal_import_form form;
    int fewest; /* files */
    uint32_t takes;
    fal_status (*make)(fal_import_input *in, fal_dataset_parts *parts);
} importer;

#define IMPORTER_ROW(kind, name, form, fewest, takes, help)                                                            \
    {{#kind, help}, name, form, fewest, FAL_IMPORT_ALL_TAKE | (takes), fal_import_##kind},
static const importer importers[] = {FAL_IMPORTERS(IMPORTER_ROW)};
#undef IMPORTER_ROW
enum { IMPORTERS = sizeof importers / sizeof importers[0] };

#define OPTION_ROW(id, option, value, help) [FAL_IMPORT_##id] = {option, value},
static const struct {
    const char *name, *value;
} option_rows[FAL_IMPORT_OPTION_COUNT] = {FAL_IMPORT_OPTIONS(OPTION_ROW)};
#undef OPTION_ROW

bool fal_import_option_is_path(fal_import_option option)
{
    const char *value = option_rows[option].value;
    return value != NULL && (strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0);
}

const fal_import_kind *fal_import_kinds(void)
{
#define KIND_ROW(kind, name, form, fewest, takes, help) {#kind, help},
    static const fal_import_kind kinds[] = {FAL_IMPORTERS(KIND_ROW){NULL, NULL}};
#undef KIND_ROW
    return kinds;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/* Data sets that people ask for by name and that come in files of a kind. */
static const char *kind_of(const char *dataset)
{
    static const char *const of_idx[] = {"mnist", "fashion-mnist", "fashion_mnist", "fashionmnist", "kmnist", "emnist"};
    for (size_t i = 0; i < sizeof of_idx / sizeof *of_idx; i++) {
        if (strcasecmp(dataset, of_idx[i]) == 0) {
            return "idx";
        }
    }
    /* pathmnist and its like */
    return fal_text_ends_with(dataset, "mnist") ? "medmnist" : NULL;
}

static fal_status find_importer(const char *kind, const importer **found)
{
    const char *kinds[IMPORTERS];
    for (int i = 0; i < IMPORTERS; i++) {
        kinds[i] = importers[i].about.kind;
        if (strcmp(kind, kinds[i]) == 0) {
            *found = &importers[i];
            return FAL_OK;
        }
    }
    if (kind_of(kind) != NULL) {
        return fal_fail(FAL_ERR_USAGE,
                        "import %.60s: there is no such kind of data: these files are of kind %s: "
                        "fal_data import %s FILE...",
                        kind, kind_of(kind), kind_of(kind));
    }
    const char *nearest = fal_text_nearest(kind, kinds, IMPORTERS);
    return fal_fail(FAL_ERR_USAGE,
                    "import %.60s: there is no such kind of data%s%s: see fal_data import --help and docs/own-data.md",
                    kind, nearest != NULL ? ", did you mean " : "", nearest != NULL ? nearest : "");
}

/** "svhn, npy": the kinds that take an option. */
static void list_takers(fal_import_option option, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < IMPORTERS; i++) {
        if ((importers[i].takes >> option & 1U) != 0 && used < size) {
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", importers[i].about.kind);
        }
    }
}

static fal_status check_settings(const fal_import_settings *settings, const importer *chosen, const char **name)
{
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        if (settings->values[i] != NULL && (chosen->takes >> i & 1U) == 0) {
            char takers[256];
            list_takers((fal_import_option)i, takers, sizeof takers);
            return fal_fail(FAL_ERR_USAGE, "--%s: import %s does not take it, only: %s", option_rows[i].name,
                            settings->kind, takers);
        }
    }
    if (settings->file_count < chosen->fewest) {
        return fal_fail(FAL_ERR_USAGE, "import %s: no files given: %s", settings->kind, chosen->about.help);
    }
    *name = chosen->name != NULL ? chosen->name : settings->output_name;
    *name = settings->name != NULL ? settings->name : *name;
    if (settings->name == NULL && chosen->name == NULL && *name != NULL && !fal_dataset_name_is_valid(*name)) {
        return fal_fail(FAL_ERR_USAGE,
                        "the output's name, %.60s, cannot be the dataset's: give --name, of letters, digits, '-', '_', "
                        "'+' and '.'",
                        *name);
    }
    if (*name == NULL || !fal_dataset_name_is_valid(*name)) {
        return fal_fail(FAL_ERR_USAGE, "--name %.60s: must consist of letters, digits, '-', '_', '+' and '.'",
                        *name != NULL ? *name : "");
    }
    return FAL_OK;
}

/** What the user said wins over the importer's constants. */
static fal_status take_constants(const fal_import_options *options, fal_dataset_parts *parts)
{
    if (options->means > parts->c || options->stds > parts->c) {
        return fal_fail(FAL_ERR_USAGE, "--mean, --std: three numbers are given, but the images have one channel");
    }
    for (int i = 0; i < parts->c; i++) {
        parts->mean[i] = options->means > 0 ? options->mean[options->means == 1 ? 0 : i] : parts->mean[i];
        parts->std[i] = options->stds > 0 ? options->std[options->stds == 1 ? 0 : i] : parts->std[i];
    }
    return FAL_OK;
}

/** One file given for both. */
static fal_status check_sets(const fal_dataset_parts *parts)
{
    const size_t bytes = (size_t)parts->n_train * (size_t)parts->h * (size_t)parts->w * (size_t)parts->c;
    if (parts->n_train == parts->n_test && memcmp(parts->train_images, parts->test_images, bytes) == 0) {
        return fal_fail(FAL_ERR_INPUT, "training and test images are the same: give the two sets");
    }
    return FAL_OK;
}

/** Nothing is labelled: there is no class of which a share could be test images. */
static bool has_label(const fal_dataset_parts *parts)
{
    int64_t i = 0;
    while (i < parts->n_train && parts->train_labels[i] < 0) {
        i++;
    }
    return i < parts->n_train;
}

static fal_status finish(const fal_import_options *options, fal_dataset_parts *parts)
{
    parts->flip = options->flip == FAL_IMPORT_AUTO ? parts->flip : options->flip == FAL_IMPORT_YES;
    FAL_TRY(take_constants(options, parts));
    FAL_TRY(check_sets(parts));
    if (parts->n_test > 0) {
        return options->test_share <= 0 ? FAL_OK
                                        : fal_fail(FAL_ERR_USAGE,
                                                   "--test-share: the files have a test set of %lld "
                                                   "images: leave the option or the test files away",
                                                   (long long)parts->n_test);
    }
    return options->test_share <= 0 && (options->classes != NULL || !has_label(parts))
               ? FAL_OK
               : fal_import_split(options->test_share, options->seed, parts);
}

/** The options in the words of the command line: they belong to the origin of the dataset as its files do. */
static void add_options(const fal_import_settings *settings, fal_dataset_parts *parts)
{
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        const size_t used = strlen(parts->source);
        if (settings->values[i] != NULL && !fal_import_option_is_path((fal_import_option)i)) {
            (void)snprintf(parts->source + used, sizeof parts->source - used, "%s--%s%s%s", used > 0 ? "; " : "",
                           option_rows[i].name, settings->values[i][0] != '\0' ? " " : "", settings->values[i]);
        }
    }
}

fal_status fal_import_make(const fal_import_settings *settings, fal_dataset_parts *parts, fal_import_remarks *remarks)
{
    const importer *chosen = NULL;
    const char *name = NULL;
    fal_import_options options;
    memset(parts, 0, sizeof *parts);
    memset(remarks, 0, sizeof *remarks);
    FAL_TRY(find_importer(settings->kind, &chosen));
    FAL_TRY(check_settings(settings, chosen, &name));
    FAL_TRY(fal_import_read_options(settings, &options));
    options.classes = settings->classes;
    options.class_count = settings->class_count;
    options.keep_names = settings->keep_names;
    fal_import_input in = {
        .options = &options, .form = chosen->form, .paths = settings->files, .path_count = settings->file_count};
    (void)fal_text_copy(parts->name, sizeof parts->name, name);
    parts->flip = true;
    fal_status status = fal_import_in_child(settings, &in, chosen->make, parts);
    if (status == FAL_OK) {
        (void)fal_text_copy(parts->name, sizeof parts->name,
                            name); /* it becomes part of file names: ours, not the child's */
        add_options(settings, parts);
        status = finish(&options, parts);
    }
    remarks->notes = in.notes;
    if (status == FAL_OK) {
        status = fal_import_remark(chosen->takes, parts, remarks);
    }
    if (status != FAL_OK) {
        fal_dataset_parts_destroy(parts);
    }
    return status;
}
