/* MNIST's format: fal_idx_parse, and fal_import_idx on up to four files, one block each. */
#include "fuzz.h"

#include "fuzz_import.h"

#include "fal/io/idx.h"

static const char *const names[] = {"train-images", "train-labels", "t10k-images", "t10k-labels"};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fal_import_options options = {.seed = 1, .test_share = 0.5};
    fal_idx idx;
    (void)fuzz_end(fal_idx_parse("input", bytes, count, &idx));
    return fuzz_import(fal_import_idx, &options, names, sizeof names / sizeof names[0], bytes, count);
}
