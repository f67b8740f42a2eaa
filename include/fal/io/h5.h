/* HDF5 behind plain arrays: the only way to our files.
 *
 * Writing: a file is built in memory (core driver without backing store) and then put in place as a whole by
 * fal_file_replace. Reading: read-only, links not followed, kind, type and shape checked against what the caller
 * expects before anything is allocated; no plug-ins, external or virtual storage; filters deflate, shuffle, fletcher32
 * only. Not inside parallel regions. No function here keeps pointers of the caller. */
#ifndef FAL_IO_H5_H
#define FAL_IO_H5_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"
#include "fal/io/table.h"

typedef enum {
    FAL_H5_UINT8,
    FAL_H5_INT16,
    FAL_H5_INT32,
    FAL_H5_INT64,
    FAL_H5_FLOAT, /* float32 */
    FAL_H5_DOUBLE
} fal_h5_type;

enum { FAL_H5_RANK_MAX = 4, FAL_H5_SHAPE_TEXT = 128 };

typedef struct {
    fal_h5_type type;
    int rank; /* 0: one value */
    int64_t dims[FAL_H5_RANK_MAX];
} fal_h5_shape;

size_t fal_h5_type_bytes(fal_h5_type type);
/** Number of elements, -1 if it overflows. */
int64_t fal_h5_elements(const fal_h5_shape *shape);
/** For messages: "int16 [73257, 3]"; an axis of any length (-1) is "*". */
void fal_h5_shape_text(const fal_h5_shape *shape, char text[FAL_H5_SHAPE_TEXT]);

typedef struct fal_h5 fal_h5;

/* ---- writing --------------------------------------------------------------------------------------------------- */

/** A new file in memory. */
fal_status fal_h5_create(fal_h5 **file);
fal_status fal_h5_make_group(fal_h5 *file, const char *path, const char *description);

/** What explains an array to its reader; NULL or "" where it does not apply. `dimensions` names the axes,
 *  e.g. "client,class". */
typedef struct {
    const char *description;
    const char *units;
    const char *dimensions;
    bool compress; /* deflate + shuffle; Fletcher32 always where chunked */
} fal_h5_about;

/** Parents are made. Chunked by whole rows of the first axis (about 1 MiB) if there are any rows. */
fal_status fal_h5_write(fal_h5 *file, const char *path, const fal_h5_shape *shape, const void *values,
                        const fal_h5_about *about);
fal_status fal_h5_write_table(fal_h5 *file, const fal_table *table);
/** Attributes of a group or dataset that exists ("/" is the root). */
fal_status fal_h5_set_text(fal_h5 *file, const char *path, const char *name, const char *value);
fal_status fal_h5_set_int(fal_h5 *file, const char *path, const char *name, int64_t value);
fal_status fal_h5_set_real(fal_h5 *file, const char *path, const char *name, double value);
fal_status fal_h5_set_floats(fal_h5 *file, const char *path, const char *name, const float *values, int count);
/** Array of fixed-length UTF-8 strings. */
fal_status fal_h5_set_texts(fal_h5 *file, const char *path, const char *name, const char *const *values, int count);
/** Flush, take the image, replace `path` atomically. The file object stays open. */
fal_status fal_h5_save(fal_h5 *file, const char *path);

/* ---- reading --------------------------------------------------------------------------------------------------- */

/** "FILE.h5:/NAME", an array in a file as people name it: the file into `file`, *array is NAME. False, with nothing
 *  changed, for anything else or a file's name of `size` bytes and more. */
bool fal_h5_split(const char *where, char *file, size_t size, const char **array);
/** FAL_ERR_INPUT: missing, no HDF5, truncated. The name is kept for messages. */
fal_status fal_h5_open(const char *path, fal_h5 **file);
const char *fal_h5_name(const fal_h5 *file);
/** Does a dataset (or group) of that path exist, without following links out of the file? One that cannot be looked at
 *  (an I/O error) does: reading it fails with the reason. The same of attributes. */
bool fal_h5_has(fal_h5 *file, const char *path);
/** Type and dims of a dataset, refused if not one of our types, rank above 4, or storage we do not read. */
fal_status fal_h5_shape_of(fal_h5 *file, const char *path, fal_h5_shape *shape);
/** Read a whole dataset into memory of the caller. `expected`: type, rank and dims that must hold; a dim of -1 accepts
 *  any. At most `limit_bytes`. The caller allocates after fal_h5_shape_of. Integer and real widths must match exactly.
 */
fal_status fal_h5_read(fal_h5 *file, const char *path, const fal_h5_shape *expected, void *values);
/** Rows first .. first+count-1 of the first axis. */
fal_status fal_h5_read_rows(fal_h5 *file, const char *path, const fal_h5_shape *expected, int64_t first, int64_t count,
                            void *values);
/** Shape, allocation (fal_free) and reading in one: for arrays of at most `limit_bytes`. */
fal_status fal_h5_read_new(fal_h5 *file, const char *path, fal_h5_shape *shape, size_t limit_bytes, void *out);
/** Appends all rows; every column of the kind must be there with its type, others are ignored. At most `limit_rows`. */
fal_status fal_h5_read_table(fal_h5 *file, fal_table *table, int64_t limit_rows);
/** The same where only the columns `required` (NULL at the end) must be there: the others that are missing read as NaN,
 *  whole numbers as FAL_TABLE_MISSING. */
fal_status fal_h5_read_table_known(fal_h5 *file, fal_table *table, int64_t limit_rows, const char *const *required);
bool fal_h5_has_attribute(fal_h5 *file, const char *path, const char *name);
/** Text attributes: fixed or variable length, up to size-1 bytes, else FAL_ERR_INPUT. */
fal_status fal_h5_get_text(fal_h5 *file, const char *path, const char *name, char *value, size_t size);
fal_status fal_h5_get_int(fal_h5 *file, const char *path, const char *name, int64_t *value);
fal_status fal_h5_get_real(fal_h5 *file, const char *path, const char *name, double *value);
/** Exactly `count` float32 values (float64 is converted). */
fal_status fal_h5_get_floats(fal_h5 *file, const char *path, const char *name, float *values, int count);
/** Up to `most` strings of at most size-1 bytes each into values[i * size]; the number in *count. */
fal_status fal_h5_get_texts(fal_h5 *file, const char *path, const char *name, char *values, size_t size, int most,
                            int *count);
/** Names of the attributes of a group or dataset, in name order. */
fal_status fal_h5_visit_attributes(fal_h5 *file, const char *path, fal_status (*visit)(void *context, const char *name),
                                   void *context);
/** What one value of an attribute is: the function that reads it. */
typedef enum { FAL_H5_ATTRIBUTE_TEXT, FAL_H5_ATTRIBUTE_INT, FAL_H5_ATTRIBUTE_REAL, FAL_H5_ATTRIBUTE_OTHER } fal_h5_kind;
/** FAL_H5_ATTRIBUTE_OTHER also for more or fewer values than one. */
fal_status fal_h5_attribute_kind(fal_h5 *file, const char *path, const char *name, fal_h5_kind *kind);
/** Names of the members of a group, in name order, up to `most`: visit(context, name, is_group). */
fal_status fal_h5_visit(fal_h5 *file, const char *group,
                        fal_status (*visit)(void *context, const char *name, bool is_group), void *context);

/** Is it a file of ours, of this format? For messages that know what such a file is. */
bool fal_h5_has_format(fal_h5 *file, const char *format);
/** Check fal_format and fal_version of a file (formats.md): "dataset", "results", "model", "checkpoint". */
fal_status fal_h5_check_format(fal_h5 *file, const char *format, int64_t version);

/** Close and free; NULL is fine. Reports leaked objects as a bug of ours in debug builds. */
void fal_h5_close(fal_h5 *file);
/** HDF5 objects of all kinds that are open now; a call that fails or succeeds leaves it as it was. For tests. */
int64_t fal_h5_open_objects(void);
/** Version and flavour of the library, e.g. "1.10.8 serial". */
const char *fal_h5_library(void);

#endif
