/* Importers that work from files in memory. */
#include "fuzz_import.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fuzz.h"

enum { PIECES = 8 };

static const char *const paths[] = {"input.npz"};

static void add_piece(fal_import_input *in, const char *name, const uint8_t *bytes, size_t count)
{
    fal_import_piece *piece = &in->pieces.pieces[in->pieces.count];
    *piece = (fal_import_piece){.count = count, .found = true};
    (void)fal_text_copy(piece->name, sizeof piece->name, name);
    (void)fal_text_copy(piece->origin, sizeof piece->origin, name);
    if (fal_alloc(&piece->bytes, count, 1, name) != FAL_OK) {
        abort();
    }
    memcpy(piece->bytes, bytes, count);
    in->pieces.total += count;
    in->pieces.count++;
}

static void check(const fal_dataset_parts *parts)
{
    fuzz_expect(parts->n_train >= 0 && parts->n_test >= 0, "a number of images below zero");
    fuzz_expect(parts->classes >= 1 && parts->classes <= FAL_CLASSES_MAX, "a number of classes");
    for (int64_t i = 0; i < parts->n_train; i++) {
        fuzz_expect(parts->train_labels[i] >= -1 && parts->train_labels[i] < parts->classes,
                    "a label that is no class");
    }
}

int fuzz_import(fuzz_importer *make, const fal_import_options *options, const char *const *names, int name_count,
                const uint8_t *bytes, size_t count)
{
    static fal_dataset_parts parts; /* large */
    fal_import_piece pieces[PIECES];
    fal_import_input in = {.options = options,
                           .form = FAL_IMPORT_PIECES,
                           .paths = paths,
                           .path_count = options->images == NULL,
                           .limit = (size_t)16 << 20,
                           .pieces = {.pieces = pieces, .room = PIECES}};
    fuzz_rest rest = {bytes, count};
    const uint8_t *block = NULL;
    size_t size = 0;
    while (in.pieces.count < name_count && fuzz_take(&rest, &block, &size)) {
        if (size > 0) { /* so that any of them may be missing */
            add_piece(&in, names[in.pieces.count], block, size);
        }
    }
    memset(&parts, 0, sizeof parts);
    const bool any = in.pieces.count > 0 || options->images != NULL;
    const fal_status status = any ? make(&in, &parts) : FAL_OK;
    if (status == FAL_OK && any) {
        check(&parts);
    }
    for (int i = 0; i < in.pieces.count; i++) {
        fal_free(in.pieces.pieces[i].bytes);
    }
    fal_text_destroy(&in.source);
    fal_text_destroy(&in.notes);
    fal_dataset_parts_destroy(&parts);
    return fuzz_end(status);
}
