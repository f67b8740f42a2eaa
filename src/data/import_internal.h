/* Shared by import.c and the importers: the unpacked files, and what they share. */
#ifndef FAL_DATA_IMPORT_INTERNAL_H
#define FAL_DATA_IMPORT_INTERNAL_H

#include <stddef.h>

#include "fal/data/import.h"

/* Bytes of all unpacked files together: enough for every public set of small images. */
#define FAL_IMPORT_LIMIT ((size_t)8 << 30)

/** One unpacked file. */
typedef struct {
    char name[256];   /* base name, without .gz or .xz */
    char origin[512]; /* for messages: the file given, and the member of it */
    unsigned char *bytes;
    size_t count;
    bool found; /* found in an archive or folder, not named by the user: ignored if it is of another kind */
} fal_import_piece;

typedef struct {
    fal_import_piece *pieces; /* in the order given */
    int count;
    int room;
    size_t total;
} fal_import_pieces;

/** Into rising order of names; equal names stay in the order given. */
void fal_import_sort(fal_import_pieces *pieces);
/** FAL_ERR_INPUT if two of the pieces that `counts` have the same content: one source given twice. */
fal_status fal_import_refuse_equal(const fal_import_pieces *pieces, bool (*counts)(const fal_import_piece *piece));
/** Does the base name say "test" (or "t10k"), and not "train"? */
bool fal_import_is_test(const char *name);
bool fal_import_has_ending(const char *name, const char *ending);
/** Non-empty lines of a text file as class names; exactly parts->classes are expected. */
fal_status fal_import_class_names(const fal_import_piece *piece, fal_dataset_parts *parts);
/** Class names "0", "1", ... */
void fal_import_number_classes(fal_dataset_parts *parts);
/** The same constant for all channels. */
void fal_import_constants(fal_dataset_parts *parts, float mean, float std);

/** The importers: fill parts (shape, classes, constants, names, arrays, license) from the pieces. */
fal_status fal_import_cifar10(fal_import_pieces *pieces, fal_dataset_parts *parts);
fal_status fal_import_cifar100(fal_import_pieces *pieces, fal_dataset_parts *parts);
fal_status fal_import_idx(fal_import_pieces *pieces, fal_dataset_parts *parts);

#endif
