/* Arrays and MedMNIST: fal_import_npy and fal_import_medmnist on the members of an .npz file, one block each, or on
 * files that options name. The first byte says which. The archive itself is the target "archive". */
#include "fuzz.h"

#include <stdio.h>

#include "fuzz_import.h"

static const char *const arrays[] = {"X.npy", "y.npy", "X_test.npy", "y_test.npy", "sites.npy", "class_names.npy"};
static const char *const sets[] = {"train_images.npy", "train_labels.npy", "val_images.npy",
                                   "val_labels.npy",   "test_images.npy",  "test_labels.npy"};

/** The blocks as files; the options then name them. */
static int import_files(fal_import_options *options, const uint8_t *bytes, size_t count)
{
    static char paths[5][64];
    const char **const places[] = {&options->images, &options->labels, &options->test_images, &options->test_labels,
                                   &options->sites};
    fuzz_rest rest = {bytes, count};
    const uint8_t *block = NULL;
    size_t size = 0;
    for (int i = 0; i < 5 && fuzz_take(&rest, &block, &size); i++) {
        if (size > 0) {
            (void)snprintf(paths[i], sizeof paths[i], "%s", fuzz_file(arrays[i], block, size));
            *places[i] = paths[i];
        }
    }
    options->test_share = options->test_images == NULL ? 0.5 : 0;
    return fuzz_import(fal_import_npy, options, arrays, 0, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fal_import_options options = {.seed = 1, .test_share = 0.5};
    if (count == 0) {
        return 0;
    }
    options.join_validation = (bytes[0] & 2) != 0;
    options.order = (fal_import_order)(bytes[0] >> 2 & 1 ? FAL_IMPORT_NCHW : FAL_IMPORT_ORDER_AUTO);
    if ((bytes[0] & 8) != 0) {
        return import_files(&options, bytes + 1, count - 1);
    }
    return (bytes[0] & 1) != 0 ? fuzz_import(fal_import_medmnist, &options, sets, 6, bytes + 1, count - 1)
                               : fuzz_import(fal_import_npy, &options, arrays, 6, bytes + 1, count - 1);
}
