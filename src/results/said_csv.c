/* Answers in a table: labels.csv, and Label Studio's export CSV, which has the same columns and some of its own. */
#include <stdio.h>

#include "fal/io/csv.h"
#include "said_internal.h"

static const size_t table_limit = (size_t)2 << 30;

typedef struct {
    int label, file, image, client, annotator, seconds; /* columns; -1: none */
} columns_of;

/* The first of two names that is there. */
static fal_status find_either(const fal_csv *csv, const char *one, const char *other, int *column)
{
    FAL_TRY(fal_csv_find(csv, one, column));
    return *column >= 0 ? FAL_OK : fal_csv_find(csv, other, column);
}

static fal_status find_columns(const fal_said_list *list, const fal_csv *csv, columns_of *at)
{
    FAL_TRY(find_either(csv, "label", "choice", &at->label));
    if (at->label < 0) {
        FAL_TRY(fal_csv_need(csv, "label", &at->label));
    }
    FAL_TRY(fal_csv_find(csv, "image", &at->image));
    FAL_TRY(fal_csv_find(csv, "file", &at->file));
    if (at->file < 0 && !(list->by_row && at->image >= 0)) {
        FAL_TRY(fal_csv_need(csv, "file", &at->file));
    }
    FAL_TRY(fal_csv_find(csv, "client", &at->client));
    FAL_TRY(fal_csv_find(csv, "annotator", &at->annotator));
    return find_either(csv, "seconds", "lead_time", &at->seconds);
}

static const char *field(const fal_csv *csv, int column) { return column >= 0 ? fal_csv_field(csv, column) : NULL; }

static fal_status read_rows(fal_said_list *list, fal_csv *csv)
{
    columns_of at;
    bool there = false;
    FAL_TRY(fal_csv_read_header(csv));
    FAL_TRY(find_columns(list, csv, &at));
    FAL_TRY(fal_csv_next(csv, &there));
    while (there) {
        char where[FAL_SAID_WHERE];
        (void)snprintf(where, sizeof where, "%.600s:%lld", fal_csv_path(csv), (long long)fal_csv_line(csv));
        const fal_said_texts texts = {.where = where,
                                      .label = field(csv, at.label),
                                      .file = field(csv, at.file),
                                      .image = field(csv, at.image),
                                      .client = field(csv, at.client),
                                      .annotator = field(csv, at.annotator),
                                      .seconds = field(csv, at.seconds),
                                      .place = fal_csv_line(csv)};
        FAL_TRY(fal_said_add(list, &texts));
        FAL_TRY(fal_csv_next(csv, &there));
    }
    return FAL_OK;
}

fal_status fal_said_read_csv(fal_said_list *list, const char *path)
{
    fal_csv *csv = NULL;
    FAL_TRY(fal_said_begin_file(list, path, FAL_SAID_LINES));
    FAL_TRY(fal_csv_open(path, table_limit, &csv));
    fal_csv_allow_long_fields(csv);
    const fal_status status = read_rows(list, csv);
    fal_csv_close(csv);
    return status;
}
