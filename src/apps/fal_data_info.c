/* fal_data info, fal_data verify: what a dataset says of itself, and whether that is true. */
#include "fal/base/log.h"
#include "fal/data/describe.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

static fal_status describe_each(const fal_data_call *call, const char *command,
                                fal_status (*describer)(const char *path, fal_text *text))
{
    if (call->file_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "%s: no file is given: fal_data %s FILE.h5 ...", command, command);
    }
    for (int i = 0; i < call->file_count; i++) {
        fal_text text = {0};
        const fal_status status = fal_data_describe(call->files[i], describer, &text);
        if (text.length > 0) {
            fal_log_print(i > 0 ? "\n" : "");
            fal_log_print(text.chars);
        }
        fal_text_destroy(&text);
        FAL_TRY(status);
    }
    return FAL_OK;
}

static fal_status run_info(fal_data_call *call) { return describe_each(call, "info", fal_describe_dataset); }

static fal_status run_verify(fal_data_call *call) { return describe_each(call, "verify", fal_describe_verify); }

const fal_data_command fal_data_info = {
    .name = "info", .usage = "DATASET.h5 ...", .help = "counts, classes, shape, constants, checksums", .run = run_info};
const fal_data_command fal_data_verify = {.name = "verify",
                                          .usage = "DATASET.h5 ...",
                                          .help = "check everything, recompute the checksums",
                                          .run = run_verify};
