/* Image data in other people's formats -> a dataset in memory (fal_data import). */
#ifndef FAL_DATA_IMPORT_H
#define FAL_DATA_IMPORT_H

#include "fal/base/status.h"
#include "fal/data/dataset.h"

typedef struct {
    const char *kind;         /* one of fal_import_kinds() */
    const char *const *files; /* files, archives or folders */
    int file_count;
    const char *name; /* of the dataset; NULL: the kind's own name */
} fal_import_settings;

/** Kinds and one line about each; ends with a kind of NULL. */
typedef struct {
    const char *kind, *help;
} fal_import_kind;
const fal_import_kind *fal_import_kinds(void);

/** Read the files into `parts` (release with fal_dataset_parts_destroy). `parts->source` names each file that
 *  was used with its SHA-256. FAL_ERR_INPUT for damaged files, missing sets, labels out of range; FAL_ERR_USAGE for an
 *  unknown kind or unusable name. */
fal_status fal_import_make(const fal_import_settings *settings, fal_dataset_parts *parts);

#endif
