/* fal_data export: images and labels of a dataset for other programs. */
#include <string.h>

#include <unistd.h>

#include "fal/base/clock.h"
#include "fal/base/input.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/progress.h"
#include "fal/base/stop.h"
#include "fal/data/dataset.h"
#include "fal/data/describe.h"
#include "fal/data/export.h"
#include "fal/io/file.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

typedef struct {
    const char *png, *npz;
} request;

static const fal_option options[] = {
    {"png", "DIR", "PNG files in folders of classes; DIR must be new or empty", FAL_OPTION_TO_TEXT(request, png)},
    {"npz", "FILE", "a NumPy archive: x_train, y_train, x_test, y_test, class_names, sites; replaced as a whole",
     FAL_OPTION_TO_TEXT(request, npz)}};

static void tell(void *context, int64_t done, int64_t total) { fal_data_show(context, done, total, "writing"); }

/** What makes a dataset of the folder again. */
static const char plain_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+";
static fal_status say_way_back(const char *path, const char *kind, const char *output)
{
    fal_dataset *dataset = NULL;
    fal_text text = {0};
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_dataset_open(path, dataset));
    fal_text_add(&text, "--name %s --mean ", dataset->name);
    fal_data_add_numbers(dataset->mean, dataset->c, &text);
    fal_text_add(&text, " --std ");
    fal_data_add_numbers(dataset->std, dataset->c, &text);
    FAL_TRY_GOTO(fal_text_status(&text));
    fal_log_say("%s: %lld training and %lld test images", output, (long long)dataset->n_train,
                (long long)dataset->n_test);
    const bool plain = strspn(output, plain_characters) == strlen(output);
    fal_log_say("the way back: fal_data import %s %s%s%s -o DATASET.h5 %s%s", kind, plain ? "" : "'", output,
                plain ? "" : "'", text.chars, dataset->flip ? "" : " --augment none");
done:
    fal_text_destroy(&text);
    fal_dataset_close(dataset);
    fal_free(dataset);
    return status;
}

/** An archive may be replaced, nothing else. */
static fal_status check_archive(const char *path, const char *dataset)
{
    unsigned char start[2] = {'P', 'K'};
    int descriptor = -1;
    size_t size = 0;
    if (!fal_file_exists(path)) {
        return FAL_OK;
    }
    FAL_TRY(fal_file_refuse_input(path, &dataset, 1));
    if (fal_file_open(path, &descriptor, &size) != FAL_OK) { /* fal_file_replace says why */
        fal_status_clear();
        return FAL_OK;
    }
    const ssize_t got = fal_input_at(descriptor, start, sizeof start, 0);
    (void)close(descriptor);
    if (got < 0 || start[0] != 'P' || start[1] != 'K') {
        return fal_fail(FAL_ERR_USAGE, "--npz %s: is there already and is no NumPy archive: choose another name", path);
    }
    return FAL_OK;
}

static fal_status run(fal_data_call *call)
{
    const request *in = call->request;
    const char *png = in->png;
    const char *npz = in->npz;
    fal_data_display d = {.started = fal_clock_seconds()};
    const fal_export_progress progress = {tell, &d};
    fal_text text = {0};
    if (call->file_count != 1) {
        return fal_fail(FAL_ERR_USAGE, "export: give one dataset: fal_data export DATASET.h5 --png DIR");
    }
    if ((png == NULL) == (npz == NULL)) {
        return fal_fail(FAL_ERR_USAGE, "export: %s: fal_data export DATASET.h5 --png DIR, or --npz FILE.npz",
                        png == NULL ? "what to write is missing" : "give --png or --npz, not both");
    }
    const char *path = call->files[0];
    FAL_TRY(npz != NULL ? check_archive(npz, path) : FAL_OK);
    /* In a child process first: what a file does to the library must not happen where files are written. */
    fal_status status = fal_data_describe(path, fal_describe_verify, &text);
    fal_text_destroy(&text);
    if (status == FAL_OK && png != NULL) {
        fal_stop_install(); /* a signal must not leave half a folder */
    }
    if (status == FAL_OK) {
        status = png != NULL ? fal_export_png(path, png, &progress) : fal_export_npz(path, npz, &progress);
        fal_progress_end();
    }
    return status == FAL_OK ? say_way_back(path, png != NULL ? "folder" : "npy", png != NULL ? png : npz) : status;
}

const fal_data_command fal_data_export = {.name = "export",
                                          .usage = "DATASET.h5 --png DIR | --npz FILE",
                                          .help = "images and labels for other programs",
                                          .options = options,
                                          .option_count = sizeof options / sizeof *options,
                                          .request_size = sizeof(request),
                                          .run = run};
