/* Text tables: the one reader of CSV for everything that people write (RFC 4180, and what spreadsheets make of it).
 *
 * UTF-8, a byte order mark is skipped; lines end with LF, CR LF or CR, the last one may lack it. Fields are separated
 * by commas; blanks around them go; a field in double quotes may hold commas, ends of lines and doubled quotes, and
 * keeps its blanks. Rows without any text are skipped. NUL bytes and UTF-16 are refused. Fields are texts: numbers and
 * names are checked by who needs them, with the functions below for numbers. All failures are FAL_ERR_INPUT and name
 * the file and the line.
 *
 *     FAL_TRY(fal_csv_open(path, limit, &csv));
 *     FAL_TRY_GOTO(fal_csv_read_header(csv));
 *     FAL_TRY_GOTO(fal_csv_need(csv, "image", &image));
 *     FAL_TRY_GOTO(fal_csv_next(csv, &there));
 *     while (there) {
 *         ... fal_csv_field(csv, image), fal_csv_int(csv, image, low, high, &number) ...
 *         FAL_TRY_GOTO(fal_csv_next(csv, &there));
 *     }
 */
#ifndef FAL_IO_CSV_H
#define FAL_IO_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

enum { FAL_CSV_COLUMNS_MAX = 1024, FAL_CSV_FIELD_MAX = 65536 };

typedef struct fal_csv fal_csv;

/** Read the file (at most `limit` bytes) into memory; release with fal_csv_close. It stands before the first row. */
fal_status fal_csv_open(const char *path, size_t limit, fal_csv **csv);
/** Fields of any length, for tables that carry images, instead of at most FAL_CSV_FIELD_MAX - 1 bytes. */
void fal_csv_allow_long_fields(fal_csv *csv);
void fal_csv_close(fal_csv *csv);

/** Go to the next row; *there is false at the end. A row may be shorter than the first (what is missing reads as ""),
 * but a longer one is refused, unless the rest is empty. */
fal_status fal_csv_next(fal_csv *csv, bool *there);
/** Go to the next row and take it as the header. A file without any row is refused. */
fal_status fal_csv_read_header(fal_csv *csv);
/** The present row is the header. */
void fal_csv_take_header(fal_csv *csv);
/** *column: number of the column of that name; refused if the header has none, or two. */
fal_status fal_csv_need(const fal_csv *csv, const char *name, int *column);
/** The same, -1 if there is none. */
fal_status fal_csv_find(const fal_csv *csv, const char *name, int *column);

/** Of the present row: number of fields, and one of them ("" beyond the last). Texts are valid until fal_csv_close. */
int fal_csv_fields(const fal_csv *csv);
const char *fal_csv_field(const fal_csv *csv, int column);
/** A field as a whole number from low to high; the message names the column. */
fal_status fal_csv_int(const fal_csv *csv, int column, int64_t low, int64_t high, int64_t *value);

const char *fal_csv_path(const fal_csv *csv);
/** Line on which the present row begins, from 1. */
int64_t fal_csv_line(const fal_csv *csv);
/** An upper bound of the number of rows that are still to come: for allocating once. */
int64_t fal_csv_rows_left(const fal_csv *csv);

#endif
