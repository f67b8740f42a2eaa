/* fal_site init: pictures, or a data set file, become a site of a study. */
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/data/import.h"
#include "fal/io/file.h"
#include "fal/site/join.h"
#include "fal_site_command.h"
#include "output.h"

typedef struct {
    const char *study, *site, *output;
    fal_import_settings settings;
} request;

/* Of a folder of pictures; the study says the rest. */
#define IMPORT(id) FAL_OPTION_TO_TEXT(request, settings.values[FAL_IMPORT_##id])
static const fal_option options[] = {
    {"study", "G0.h5", "the G of the study that came last", FAL_OPTION_TO_TEXT(request, study)},
    {"site", "NAME", "which of the study's sites this is", FAL_OPTION_TO_TEXT(request, site)},
    {"output", "NAME.h5", "the site's file; NAME.site.h5 is written beside it", FAL_OPTION_TO_TEXT(request, output),
     .letter = 'o'},
    {"labels", "FILE.csv", "pictures: a table of their classes (file,class[,split]), instead of a folder per class",
     IMPORT(LABELS)},
    {"unlabelled", "DIR", "pictures: more of them, without a label", IMPORT(UNLABELLED)},
    {"crop", "KIND", "pictures: centre cuts them to the study's proportions before they are resized", IMPORT(CROP)},
    {"test-share", "S", "pictures: set this share of each class aside for fal_site predict", IMPORT(TEST_SHARE)},
    {"seed", "N", "pictures: another seed draws others for --test-share [1]", IMPORT(SEED)}};
#undef IMPORT

static void explain(void)
{
    fal_log_print("\nSOURCE: a folder of PNG and JPEG files as fal_data import folder takes it (docs/own-data.md), "
                  "brought to the size and\nthe classes of the study; or a data set file. The files' names are kept in "
                  "the site's file alone.\n");
}

static fal_status read_folder(request *in, const fal_site_study *study, const char *source, fal_dataset_parts *parts)
{
    char size[32];
    fal_import_settings *settings = &in->settings;
    fal_import_remarks remarks;
    (void)snprintf(size, sizeof size, "%dx%d", study->head.h, study->head.w);
    settings->kind = "folder";
    settings->files = &source;
    settings->file_count = 1;
    settings->name = in->site;
    settings->classes = (const char(*)[FAL_NAME_MAX])study->head.class_names;
    settings->class_count = study->head.classes;
    settings->keep_names = true;
    settings->values[FAL_IMPORT_RESIZE] = size;
    settings->values[FAL_IMPORT_GREY] = study->head.c == 1 ? "" : NULL;
    const fal_status status = fal_import_make(settings, parts, &remarks);
    if (status == FAL_OK) {
        fal_site_show_lines(remarks.notes.chars, false);
        fal_site_show_lines(remarks.warnings.chars, true);
    }
    fal_text_destroy(&remarks.notes);
    fal_text_destroy(&remarks.warnings);
    settings->files = NULL;
    return status;
}

static fal_status read_source(request *in, const fal_site_study *study, const char *source, fal_dataset_parts *parts)
{
    struct stat about;
    if (stat(source, &about) == 0 && S_ISDIR(about.st_mode)) {
        return read_folder(in, study, source, parts);
    }
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        if (in->settings.values[i] != NULL) {
            return fal_fail(FAL_ERR_USAGE,
                            "%s: is no folder of pictures: leave --labels, --unlabelled, --crop, "
                            "--test-share and --seed out",
                            source);
        }
    }
    return fal_site_read_dataset(source, parts);
}

static fal_status check(const request *in, const char *source)
{
    if (in->study == NULL || in->site == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--%s is missing: fal_site init SOURCE --study G0.h5 --site NAME -o NAME.h5",
                        in->study == NULL ? "study" : "site");
    }
    const char *const inputs[] = {source, in->study, in->settings.values[FAL_IMPORT_LABELS]};
    FAL_TRY(fal_output_check(in->output, "dataset", "site's file", "name the site's file to write, -o NAME.h5"));
    return fal_file_refuse_input(in->output, inputs, 3);
}

static fal_status join(request *in, const fal_site_study *study, const char *source, fal_dataset_parts *parts)
{
    const int client = fal_site_study_client(study, in->site);
    int64_t labelled = 0;
    if (client < 0) {
        return fal_fail(FAL_ERR_USAGE, "--site %s: the study %s has no such site, but %s%s%s%s", in->site, study->name,
                        study->sites[0].name, study->clients > 1 ? ", " : "",
                        study->clients > 1 ? study->sites[1].name : "", study->clients > 2 ? ", ..." : "");
    }
    FAL_TRY(read_source(in, study, source, parts));
    FAL_TRY(fal_site_join(in->output, study, client, source, parts));
    for (int64_t i = 0; i < parts->n_train; i++) {
        labelled += parts->train_labels[i] >= 0;
    }
    fal_log_say("%s: site %s, client %d of the study %s: %lld images, %lld of them with a label, %lld test images",
                in->output, in->site, client, study->name, (long long)parts->n_train, (long long)labelled,
                (long long)parts->n_test);
    return FAL_OK;
}

static fal_status run(fal_command_call *call)
{
    request *in = call->request;
    const char *source = NULL;
    fal_site_study *study = NULL;
    fal_dataset_parts *parts = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_site_one_file(call, "init", "a folder of pictures, or a data set file", &source));
    FAL_TRY_GOTO(check(in, source));
    FAL_TRY_GOTO(fal_site_study_open(in->study, &study));
    FAL_TRY_GOTO(fal_alloc(&parts, 1, sizeof *parts, "site"));
    status = join(in, study, source, parts);
done:
    if (parts != NULL) {
        fal_dataset_parts_destroy(parts);
        fal_free(parts);
    }
    fal_site_study_destroy(study);
    return status;
}

const fal_command fal_site_init_command = {.name = "init",
                                           .usage = "SOURCE --study G0.h5 --site NAME -o NAME.h5",
                                           .help = "site: pictures, or a data set file, become a site of the study",
                                           .explain = explain,
                                           .options = options,
                                           .option_count = sizeof options / sizeof *options,
                                           .request_size = sizeof(request),
                                           .run = run};
