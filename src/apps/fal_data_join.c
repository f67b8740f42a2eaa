/* fal_data join: the datasets of several sites as one. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/data/split.h"
#include "fal/io/file.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

typedef struct {
    const char *output, *name;
} request;

static const fal_option options[] = {
    {"output", "FILE.h5", "dataset file to write; replaced as a whole", FAL_OPTION_TO_TEXT(request, output),
     .letter = 'o'},
    {"name", "NAME", "name of the dataset [that of the output]", FAL_OPTION_TO_TEXT(request, name)}};

static fal_status join(const fal_data_call *call, const request *in)
{
    fal_dataset_parts *parts = NULL;
    FAL_TRY(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    fal_status status = fal_split_join(call->files, call->file_count, parts);
    if (status == FAL_OK) {
        if (in->name != NULL) {
            (void)fal_text_copy(parts->name, sizeof parts->name, in->name);
        } else {
            fal_data_stem(in->output, parts->name);
        }
        status = fal_data_write(parts, in->output);
        fal_dataset_parts_destroy(parts);
    }
    fal_free(parts);
    return status;
}

/* Images would be there twice. */
static fal_status check_twice(const char *const *files, int count)
{
    int first = -1;
    int second = -1;
    FAL_TRY(fal_file_find_twins(files, count, &first, &second));
    return second < 0 ? FAL_OK : fal_fail(FAL_ERR_USAGE, "join: %s is given twice", files[second]);
}

static fal_status run(fal_data_call *call)
{
    const request *in = call->request;
    if (call->file_count < 2) {
        return fal_fail(FAL_ERR_USAGE, "join: give two or more datasets: fal_data join A.h5 B.h5 ... -o DATASET.h5");
    }
    if (in->name != NULL && !fal_dataset_name_is_valid(in->name)) {
        return fal_fail(FAL_ERR_USAGE, "--name %.60s: must consist of letters, digits, '-', '_', '+' and '.'",
                        in->name);
    }
    if (in->output != NULL) {
        FAL_TRY(fal_file_refuse_input(in->output, call->files, call->file_count));
    }
    FAL_TRY(check_twice(call->files, call->file_count));
    FAL_TRY(fal_data_check_output(in->output));
    for (int i = 0; i < call->file_count; i++) {
        FAL_TRY(fal_dataset_look(call->files[i], NULL, NULL));
    }
    return join(call, in);
}

const fal_data_command fal_data_join = {.name = "join",
                                        .usage = "A.h5 B.h5 ... -o DATASET.h5",
                                        .help = "the datasets of several sites as one",
                                        .options = options,
                                        .option_count = sizeof options / sizeof *options,
                                        .request_size = sizeof(request),
                                        .run = run};
