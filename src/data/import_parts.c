/* What importers share to fill the parts of a dataset. */
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

fal_status fal_import_class_names(const fal_import_piece *piece, fal_dataset_parts *parts)
{
    int names = 0;
    for (size_t at = 0; at < piece->count;) {
        const unsigned char *end = memchr(piece->bytes + at, '\n', piece->count - at);
        const size_t length = end != NULL ? (size_t)(end - piece->bytes) - at : piece->count - at;
        char line[FAL_NAME_MAX] = "";
        if (length < sizeof line) {
            memcpy(line, piece->bytes + at, length);
        }
        const char *name = fal_text_trim(line);
        if (length >= sizeof line || (name[0] != '\0' && names == parts->classes)) {
            return fal_fail(FAL_ERR_INPUT, "%s: expected %d class names, one a line, of up to %d bytes", piece->name,
                            parts->classes, FAL_NAME_MAX - 1);
        }
        if (name[0] != '\0') {
            (void)fal_text_copy(parts->class_names[names++], FAL_NAME_MAX, name);
        }
        at += length + 1;
    }
    if (names != parts->classes) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %d class names, expected %d", piece->name, names, parts->classes);
    }
    return FAL_OK;
}

void fal_import_number_classes(fal_dataset_parts *parts)
{
    for (int i = 0; i < parts->classes; i++) {
        (void)snprintf(parts->class_names[i], FAL_NAME_MAX, "%d", i);
    }
}

int fal_import_largest_label(const int16_t *labels, int64_t n, int so_far)
{
    for (int64_t i = 0; i < n; i++) {
        so_far = labels[i] > so_far ? labels[i] : so_far;
    }
    return so_far;
}

void fal_import_constants(fal_dataset_parts *parts, float mean, float std)
{
    for (int i = 0; i < 3; i++) {
        parts->mean[i] = mean;
        parts->std[i] = std;
    }
}
