/* fal_data synth: the built-in dataset. */
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/data/synth.h"
#include "fal_data_command.h"
#include "fal_data_internal.h"

typedef struct {
    const char *output, *name;
    int64_t seed, train, test, classes, side, scenes;
} request;

static const fal_option options[] = {
    {"output", "FILE.h5", "dataset file to write; replaced as a whole", FAL_OPTION_TO_TEXT(request, output),
     .letter = 'o'},
    {"seed", "N", "another seed draws other images of the same kind", "1",
     FAL_OPTION_TO_WHOLE(request, seed, 0, INT64_MAX)},
    {"train", "N", "training images", "10000", FAL_OPTION_TO_WHOLE(request, train, 2, FAL_IMAGES_MAX)},
    {"test", "N", "test images", "2000", FAL_OPTION_TO_WHOLE(request, test, 2, FAL_IMAGES_MAX)},
    {"classes", "C", "the first C of the ten classes", "10",
     FAL_OPTION_TO_WHOLE(request, classes, 2, FAL_SYNTH_CLASSES)},
    {"side", "PIXELS", "height and width of the images", "32",
     FAL_OPTION_TO_WHOLE(request, side, FAL_SYNTH_SIDE_MIN, FAL_SYNTH_SIDE_MAX)},
    {"scenes", "N", "scenes per class that most images repeat: few are much alike", "120",
     FAL_OPTION_TO_WHOLE(request, scenes, 1, FAL_SYNTH_SCENES_MAX)},
    {"name", "NAME", "name of the dataset [synth]", FAL_OPTION_TO_TEXT(request, name)}};

static fal_status run(fal_data_call *call)
{
    const request *in = call->request;
    const fal_synth_settings settings = {.seed = (uint64_t)in->seed,
                                         .n_train = in->train,
                                         .n_test = in->test,
                                         .classes = (int)in->classes,
                                         .side = (int)in->side,
                                         .scenes = (int)in->scenes};
    fal_dataset_parts *parts = NULL;
    if (call->file_count != 0) {
        return fal_fail(FAL_ERR_USAGE, "synth: %.60s: needs no input: fal_data synth -o DATASET.h5", call->files[0]);
    }
    FAL_TRY(fal_data_check_output(in->output));
    if (in->name != NULL && !fal_dataset_name_is_valid(in->name)) {
        return fal_fail(FAL_ERR_USAGE, "--name %.60s: must consist of letters, digits, '-', '_', '+' and '.'",
                        in->name);
    }
    fal_parallel_set_threads(fal_parallel_cores());
    FAL_TRY(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    fal_status status = fal_synth_make(&settings, parts);
    if (status == FAL_OK) {
        if (in->name != NULL) {
            (void)fal_text_copy(parts->name, sizeof parts->name, in->name);
        }
        status = fal_data_write(parts, in->output);
    }
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
    return status;
}

const fal_data_command fal_data_synth = {.name = "synth",
                                         .usage = "-o DATASET.h5",
                                         .help = "draw the built-in dataset",
                                         .options = options,
                                         .option_count = sizeof options / sizeof *options,
                                         .request_size = sizeof(request),
                                         .run = run};
