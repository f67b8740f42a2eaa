/* Embeddings of a data set's training images that some other program made, such as a self-supervised or a foundation
 * model: a row of a file per image (formats.md section 13). */
#ifndef FAL_DATA_EMBEDDINGS_H
#define FAL_DATA_EMBEDDINGS_H

#include "fal/base/hash.h"
#include "fal/data/dataset.h"

enum { FAL_EMBEDDINGS_WIDTH_MOST = 1 << 20 };
/** Squared norm of an embedding: up to here sums of products of rows are finite in float32. */
#define FAL_EMBEDDINGS_NORM_MOST 1e34

typedef struct {
    int d;
    float *z; /* [held][d] of the images that the data set holds, in the order of its rows */
    char sha256[FAL_HASH_TEXT];
} fal_embeddings;

/** FAL_ERR_USAGE for a value of --embeddings that is neither FILE.npy nor FILE.h5:/NAME. */
fal_status fal_embeddings_check_name(const char *where);
/** Width d of the rows, from the head of the file. FAL_ERR_INPUT: it cannot be read, has not one row for each training
 *  image of the data set, or d is not 1 .. FAL_EMBEDDINGS_WIDTH_MOST. */
fal_status fal_embeddings_width(const char *where, const fal_dataset *dataset, int *d);
/** Reads all: SHA-256 of shape and values as float32, the same for .npy and HDF5 and for any number format that holds
 *  these values. FAL_ERR_INPUT also for a value that is not finite, or a row longer than 1e17. */
fal_status fal_embeddings_sha256(const char *where, const fal_dataset *dataset, char sha256[FAL_HASH_TEXT]);
/** The same, and the rows of the images that the data set holds are kept (fal_dataset_load); a window of a few MiB is
 *  all that is kept of the others. */
fal_status fal_embeddings_load(const char *where, const fal_dataset *dataset, fal_embeddings *embeddings);
/** The row [d] of a held training image. */
const float *fal_embeddings_of(const fal_embeddings *embeddings, const fal_dataset *dataset, int64_t image);
/** Also fine for a zeroed struct. */
void fal_embeddings_destroy(fal_embeddings *embeddings);

#endif
