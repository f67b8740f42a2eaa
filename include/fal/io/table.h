/* Tables: rows of a fixed set of typed columns, in memory; stored as 1-D compound datasets. */
#ifndef FAL_IO_TABLE_H
#define FAL_IO_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

typedef enum { FAL_COLUMN_INT32, FAL_COLUMN_INT64, FAL_COLUMN_REAL } fal_column_type; /* int32_t, int64_t, double */

/** An int64_t that a file does not have (fal_h5_read_table_known); in int32_t columns its low half, 0. */
#define FAL_TABLE_MISSING INT64_MIN

typedef struct {
    const char *name;
    fal_column_type type;
    size_t offset;     /* in the row struct */
    const char *units; /* "" if none */
    const char *description;
} fal_column;

/** What a table is: declared once, static, beside the row struct. */
typedef struct {
    const char *name; /* "/rounds" */
    const char *description;
    const fal_column *columns;
    int column_count;
    size_t row_size;
} fal_table_kind;

typedef struct {
    const fal_table_kind *kind;
    unsigned char *rows; /* count * kind->row_size */
    int64_t count;
    int64_t room;
} fal_table;

void fal_table_init(fal_table *table, const fal_table_kind *kind);
/** Append a copy of one row struct. */
fal_status fal_table_add(fal_table *table, const void *row);
/** Append `count` zeroed rows; *first is the first of them, valid until the
 *  table grows again. */
fal_status fal_table_extend(fal_table *table, int64_t count, void **first);
void *fal_table_row(const fal_table *table, int64_t index);
void fal_table_destroy(fal_table *table);

#endif
