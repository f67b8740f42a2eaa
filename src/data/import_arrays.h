/* Images and labels from NumPy arrays: which axes mean what, which values a pixel and a label may have. */
#ifndef FAL_DATA_IMPORT_ARRAYS_H
#define FAL_DATA_IMPORT_ARRAYS_H

#include "import_internal.h"

#include "fal/io/npy.h"

/** Which numbers stand for black and white. */
typedef enum { FAL_PIXELS_BYTES, FAL_PIXELS_UNIT } fal_pixel_scale;

typedef struct {
    int64_t n;
    int h, w, c;
    fal_pixel_scale scale;
    uint8_t *pixels; /* [n][h][w][c], fal_free */
} fal_import_images;

/** [N,H,W], or [N,H,W,C] or [N,C,H,W] with C 1 or 3: told apart by the sizes, or by `order`. Whole numbers must be
 * 0..255; real numbers 0..1 (times 255, rounded) or whole numbers 0..255. FAL_ERR_INPUT says what was found instead.
 * `name` is for the message. */
fal_status fal_import_take_images(const char *name, const fal_npy *array, fal_import_order order,
                                  fal_import_images *images);

/** [N] or [N,1] whole numbers for n images; `offset` is subtracted, -1 stays: no label, where `may_lack` is set.
 *  labels [n], fal_free. */
fal_status fal_import_take_labels(const char *name, const fal_npy *array, int64_t n, int offset, bool may_lack,
                                  int16_t **labels);

/** [N] or [N,1] site numbers from 0. sites [n], fal_free. */
fal_status fal_import_take_sites(const char *name, const fal_npy *array, int64_t n, int32_t **sites);

/** The piece called `name` ("X.npy"), NULL if there is none. */
fal_import_piece *fal_import_find(const fal_import_pieces *pieces, const char *name);
/** "mine.npz: X.npy": a member of the file that the user named, for messages. */
void fal_import_where(const fal_import_input *in, const fal_import_piece *piece, char *where, size_t size);

/** Images with their labels. */
typedef struct {
    fal_import_images images;
    int16_t *labels;
} fal_import_set;

/** Both pieces, checked against each other; the bytes of the pieces are released. Labels NULL: no image has one. */
fal_status fal_import_take_set(const fal_import_input *in, fal_import_piece *images, fal_import_piece *labels,
                               bool may_lack, fal_import_set *set);
/** Append the images of `more`, of the same shape, and release them. */
fal_status fal_import_join_sets(fal_import_set *set, fal_import_set *more);
/** Shape, arrays, the number of classes and their names "0", "1", ...; a test set without images may be. The arrays go
 *  over to the parts. */
fal_status fal_import_put_sets(fal_import_set *train, fal_import_set *test, fal_dataset_parts *parts);

#endif
