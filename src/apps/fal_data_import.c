/* fal_data import: other people's files become a dataset. */
#include <stdio.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/progress.h"
#include "fal/data/import.h"
#include "fal/io/file.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

typedef struct {
    const char *output;
    fal_import_settings settings;
} request;

#define IMPORT_OPTION(id, option, value, help)                                                                         \
    {option, value, help, FAL_OPTION_TO_TEXT(request, settings.values[FAL_IMPORT_##id])},
static const fal_option options[] = {{"output", "FILE.h5", "dataset file to write; replaced as a whole",
                                      FAL_OPTION_TO_TEXT(request, output), .letter = 'o'},
                                     {"name", "NAME", "name of the dataset [the kind's own, else the output's]",
                                      FAL_OPTION_TO_TEXT(request, settings.name)},
                                     FAL_IMPORT_OPTIONS(IMPORT_OPTION)};
#undef IMPORT_OPTION

static void list_kinds(void)
{
    fal_log_print("\nkinds:\n");
    for (const fal_import_kind *kind = fal_import_kinds(); kind->kind != NULL; kind++) {
        fal_log_say("  %-18s %s", kind->kind, kind->help);
    }
}

static void show_progress(void *context, const char *file, int64_t done, int64_t total)
{
    char what[128];
    (void)snprintf(what, sizeof what, "reading %s", file);
    fal_data_show(context, done, total, what);
}

static void show_remarks(const fal_import_remarks *remarks)
{
    fal_log_print(remarks->notes.chars);
    for (const char *line = remarks->warnings.chars; line != NULL && *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        fal_log_warn("%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/** No file that is read may be written over, however it is named. */
static fal_status refuse_inputs(const fal_import_settings *settings, const char *output)
{
    if (output == NULL) {
        return FAL_OK; /* fal_data_check_output says so */
    }
    FAL_TRY(fal_file_refuse_input(output, settings->files, settings->file_count));
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        if (fal_import_option_is_path((fal_import_option)i)) {
            FAL_TRY(fal_file_refuse_input(output, &settings->values[i], 1));
        }
    }
    return FAL_OK;
}

static fal_status run(fal_data_call *call)
{
    request *in = call->request;
    fal_import_settings *settings = &in->settings;
    char stem[FAL_NAME_MAX];
    fal_dataset_parts *parts = NULL;
    if (call->file_count < 1) {
        return fal_fail(FAL_ERR_USAGE, "import: the kind of data is missing: see fal_data import --help");
    }
    fal_data_display shown = {.started = fal_clock_seconds()};
    fal_import_remarks remarks;
    settings->kind = call->files[0];
    settings->files = call->files + 1;
    settings->file_count = call->file_count - 1;
    settings->output_name = stem;
    settings->progress = show_progress;
    settings->progress_context = &shown;
    FAL_TRY(refuse_inputs(settings, in->output));
    FAL_TRY(fal_data_check_output(in->output));
    fal_data_stem(in->output, stem);
    FAL_TRY(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    fal_status status = fal_import_make(settings, parts, &remarks);
    fal_progress_end();
    if (status == FAL_OK) {
        status = fal_data_write(parts, in->output);
    }
    if (status == FAL_OK) {
        show_remarks(&remarks);
    }
    fal_text_destroy(&remarks.notes);
    fal_text_destroy(&remarks.warnings);
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
    return status;
}

const fal_data_command fal_data_import = {.name = "import",
                                          .usage = "KIND FILE... -o DATASET.h5",
                                          .help = "make a dataset from other people's files",
                                          .explain = list_kinds,
                                          .options = options,
                                          .option_count = sizeof options / sizeof *options,
                                          .request_size = sizeof(request),
                                          .run = run};
