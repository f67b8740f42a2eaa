/* fal_data constants: mean and standard deviation of the pixels over datasets. */
#include "fal/base/log.h"
#include "fal/data/constants.h"
#include "fal/io/sandbox.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

typedef struct {
    bool train_only, sums;
} request;

static const fal_option options[] = {
    {"train-only", NULL, "of the training images alone; without it, of the test images, too",
     FAL_OPTION_TO_FLAG(request, train_only)},
    {"sums", NULL, "print exact sums instead, a table that counts as a file here (NAME.csv)",
     FAL_OPTION_TO_FLAG(request, sums)}};

void fal_data_add_numbers(const float *values, int count, fal_text *text)
{
    for (int i = 0; i < count; i++) {
        fal_text_add(text, "%s%.9g", i > 0 ? "," : "", (double)values[i]);
    }
}

static fal_status add_constants(void *context, fal_text *text)
{
    const fal_data_call *call = context;
    const request *in = call->request;
    fal_constants found;
    if (in->sums) {
        return fal_constants_sums(call->files, call->file_count, in->train_only, text);
    }
    FAL_TRY(fal_constants_take(call->files, call->file_count, in->train_only, &found));
    fal_text_add(text,
                 "mean and standard deviation of pixels / 255, %lld %simages in %d file%s; a dataset is never changed: "
                 "import again with\n--mean ",
                 (long long)found.images, in->train_only ? "training " : "", found.files, found.files == 1 ? "" : "s");
    fal_data_add_numbers(found.mean, found.c, text);
    fal_text_add(text, " --std ");
    fal_data_add_numbers(found.std, found.c, text);
    fal_text_add(text, "\n");
    return fal_text_status(text);
}

static fal_status run(fal_data_call *call)
{
    fal_text text = {0};
    if (call->file_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "constants: no file is given: fal_data constants DATASET.h5 ...");
    }
    const fal_status status = fal_sandbox_run(call->files[0], add_constants, call, &text);
    if (status == FAL_OK) {
        fal_log_print(text.chars);
    }
    fal_text_destroy(&text);
    return status;
}

const fal_data_command fal_data_constants = {.name = "constants",
                                             .usage = "DATASET.h5|SUMS.csv ...",
                                             .help = "mean and standard deviation of the pixels, over all files",
                                             .options = options,
                                             .option_count = sizeof options / sizeof *options,
                                             .request_size = sizeof(request),
                                             .run = run};
