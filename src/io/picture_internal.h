/* Shared by picture.c and the two decoders: a whole file each, with a stub beside it for builds without the library. */
#ifndef FAL_IO_PICTURE_INTERNAL_H
#define FAL_IO_PICTURE_INTERNAL_H

#include "fal/io/picture.h"

typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} fal_picture_file;

/** Fill *picture (zeroed before); *orientation: 1 to 8 as EXIF counts them. */
fal_status fal_picture_decode_png(const fal_picture_file *file, fal_picture *picture, int *orientation);
fal_status fal_picture_decode_jpeg(const fal_picture_file *file, fal_picture *picture, int *orientation);

/** Sides and bytes within the limits? */
fal_status fal_picture_check_size(const char *name, uint64_t h, uint64_t w, int channels);
fal_status fal_picture_damaged(const char *name, const char *reason);

/** The orientation in a TIFF block (what follows "Exif\0\0" in a JPEG, the chunk eXIf of a PNG); 1 where there is none
 *  that can be understood. */
int fal_picture_exif_orientation(const unsigned char *tiff, size_t count);

/** What a walk over a JPEG's markers finds, before a library sees it. */
typedef struct {
    int h, w, components; /* 0: no frame header */
    int scans;
    int orientation;
    bool ends; /* with the mark for the end */
} fal_picture_jpeg_marks;
fal_picture_jpeg_marks fal_picture_walk_jpeg(const unsigned char *bytes, size_t count);

/** The same of a PNG's chunks. */
typedef struct {
    uint32_t h, w;     /* 0: no header */
    size_t data_bytes; /* of all chunks IDAT */
    int orientation;
    bool animated;
} fal_picture_png_chunks;
fal_picture_png_chunks fal_picture_walk_png(const unsigned char *bytes, size_t count);

#endif
