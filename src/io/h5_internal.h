/* Shared by the h5_*.c files and digest.c: the open file, HDF5's types for ours, errors with HDF5's innermost reason.
 */
#ifndef FAL_IO_H5_INTERNAL_H
#define FAL_IO_H5_INTERNAL_H

#include "h5_compat.h"

#include "fal/io/h5.h"

enum {
    FAL_H5_MEMBERS_MAX = 1000000, /* of a group */
    FAL_H5_COLUMNS_MAX = 1000,    /* of a table */
    FAL_H5_TEXT_MAX = 65535,      /* bytes of an attribute: HDF5's own limit for small ones */
    FAL_H5_MEMBER_NAME_MAX = 1024,
    FAL_H5_TYPE_TEXT = 32
};
#define FAL_H5_CHUNK_MAX ((size_t)256 << 20) /* bytes of a chunk that we are willing to unpack */

struct fal_h5 {
    hid_t id;
    bool writing;
    char checked[FAL_H5_MEMBER_NAME_MAX]; /* the array whose chunks were looked at last (h5_chunks.c) */
    char *name;                           /* path, or what a file in memory is called in messages */
};

/** Library set up once: no clean-up at exit, no plug-ins, no external links, no printing. */
fal_status fal_h5_start(void);

/** As fal_fail, with HDF5's innermost reason appended. Before any other HDF5 call: even a successful one clears it. */
fal_status fal_h5_fail(fal_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Close a type, space, attribute, property list, group or dataset; nothing for an invalid id. As every call of HDF5 it
 *  clears the reason of a failure: fal_h5_fail first. What was written is closed by its own function, whose failure
 *  counts. */
void fal_h5_release(hid_t id);

/** Types as they are stored (little-endian) and as they are in memory. */
hid_t fal_h5_stored_type(fal_h5_type type);
hid_t fal_h5_memory_type(fal_h5_type type);
/** Which of our types a stored type is; either byte order. */
bool fal_h5_type_of(hid_t stored, fal_h5_type *type);
fal_h5_type fal_h5_type_of_column(fal_column_type type);
const char *fal_h5_type_name(fal_h5_type type);

/** Every part of `path` must be there through hard links: no soft, external or user-defined ones. False if missing;
 *  a link of another kind sets *foreign. */
bool fal_h5_path_exists(fal_h5 *file, const char *path, bool *foreign);
/** Open a group or dataset after that check; fal_h5_release it. */
fal_status fal_h5_open_object(fal_h5 *file, const char *path, hid_t *object);
/** Open a dataset whose storage we read: no virtual or external data, no filters but ours, chunks within bounds.
 *  fal_h5_release it. */
fal_status fal_h5_open_dataset(fal_h5 *file, const char *path, hid_t *dataset);
/** A simple or scalar data space within our rank and with a size that can be counted. Rank 0 for scalars. */
fal_status fal_h5_space_of(fal_h5 *file, const char *path, hid_t dataset, int *rank, int64_t dims[FAL_H5_RANK_MAX]);
/** Before rows first .. first+count-1 of an open dataset are read (count -1: all): each chunk that they need must hold
 *  exactly the bytes of a chunk once it is unpacked. HDF5 does not look, and gives whatever lies behind them. */
fal_status fal_h5_check_chunks(fal_h5 *file, const char *path, hid_t dataset, int64_t first, int64_t count);
/** A stored table's columns: at least one, not too many, each within the row. HDF5 1.10 does not look, and copies
 *  whatever lies behind it. */
fal_status fal_h5_check_columns(fal_h5 *file, const char *path, hid_t stored);
/** A type in words for messages, e.g. "uint16", "bool", "text". */
void fal_h5_describe_type(hid_t type, char text[FAL_H5_TYPE_TEXT]);
/** Attribute opened after the checks of its object; its number of values in *count. fal_h5_release it. */
fal_status fal_h5_open_attribute(fal_h5 *file, const char *path, const char *name, hid_t *attribute, int64_t *count);

#endif
