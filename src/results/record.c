/* What a trial has recorded so far, and the class counts that follow from its query log. */
#include "fal/results/record.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/results/answers.h"

#define INT(field, units, text)                                                                                        \
    {                                                                                                                  \
#field, FAL_COLUMN_INT64, offsetof(fal_row_start, field), units, text                                          \
    }
static const fal_column starts_columns[] = {
    INT(start, "", "number of the start, from 1"),     INT(unix_seconds, "s", "time of the start, seconds since 1970"),
    INT(al_round, "", "AL round in which it went on"), INT(fl_round, "", "FL rounds that were done in that AL round"),
    INT(ranks, "", "ranks of the trial's group"),      INT(threads, "", "threads per rank"),
};
const fal_table_kind fal_starts_kind = {"run/starts", "One row per start of the program for this trial", starts_columns,
                                        (int)(sizeof starts_columns / sizeof starts_columns[0]), sizeof(fal_row_start)};

void fal_record_init(fal_record *record, int clients, int classes)
{
    *record = (fal_record){.clients_count = clients, .classes = classes};
    fal_table_init(&record->rounds, &fal_rounds_kind);
    fal_table_init(&record->fl_rounds, &fal_fl_rounds_kind);
    fal_table_init(&record->clients, &fal_clients_kind);
    fal_table_init(&record->queries, &fal_queries_kind);
    fal_table_init(&record->starts, &fal_starts_kind);
    fal_table_init(&record->asking_clients, &fal_asking_clients_kind);
    fal_table_init(&record->asking, &fal_asking_kind);
}

void fal_record_destroy(fal_record *record)
{
    fal_table_destroy(&record->rounds);
    fal_table_destroy(&record->fl_rounds);
    fal_table_destroy(&record->clients);
    fal_table_destroy(&record->queries);
    fal_table_destroy(&record->starts);
    fal_table_destroy(&record->asking_clients);
    fal_table_destroy(&record->asking);
    fal_free(record->class_accuracy);
    fal_free(record->first_round);
    fal_free(record->confusion);
    record->class_accuracy = NULL;
    record->confusion = NULL;
    record->first_round = NULL;
}

fal_status fal_record_add_classes(fal_record *record, const double *accuracy)
{
    /* Called before the row of /rounds is added: rounds.count rows are there already. */
    const size_t rows = (size_t)record->rounds.count;
    const size_t classes = (size_t)record->classes;
    double *grown = NULL;
    FAL_TRY(fal_alloc(&grown, (rows + 1) * classes, sizeof *grown, "class accuracies"));
    if (rows > 0) {
        memcpy(grown, record->class_accuracy, rows * classes * sizeof *grown);
    }
    memcpy(grown + rows * classes, accuracy, classes * sizeof *grown);
    fal_free(record->class_accuracy);
    record->class_accuracy = grown;
    return FAL_OK;
}

fal_status fal_record_set_confusion(fal_record *record, const int64_t *confusion)
{
    const size_t pairs = (size_t)record->classes * (size_t)record->classes;
    if (record->confusion == NULL) {
        FAL_TRY(fal_alloc(&record->confusion, pairs, sizeof *confusion, "confusion of classes"));
    }
    memcpy(record->confusion, confusion, pairs * sizeof *confusion);
    return FAL_OK;
}

double fal_balanced_accuracy(const double *accuracy, int classes)
{
    double sum = 0;
    int present = 0;
    for (int c = 0; c < classes; c++) {
        if (!isnan(accuracy[c])) {
            sum += accuracy[c];
            present++;
        }
    }
    return present > 0 ? sum / present : NAN;
}

fal_status fal_record_counts(const fal_record *record, int64_t al_rounds, bool sums, int64_t **out)
{
    const int64_t plane = (int64_t)record->clients_count * record->classes;
    int64_t *counts = NULL;
    FAL_TRY(fal_alloc(&counts, (size_t)(al_rounds * plane), sizeof *counts, "class counts"));
    for (int64_t i = 0; i < record->queries.count; i++) {
        const fal_row_query *row = fal_table_row(&record->queries, i);
        const bool known = row->label >= 0 && row->label < record->classes;
        if (row->al_round < 1 || row->client < 0 || row->client >= record->clients_count ||
            !(known || row->label == FAL_ANSWER_CANNOT_TELL)) {
            fal_free(counts);
            return fal_fail(FAL_ERR_INPUT, "/queries row %lld: AL round, client or label out of range", (long long)i);
        }
        if (known && row->al_round <= al_rounds) {
            counts[(row->al_round - 1) * plane + row->client * record->classes + row->label]++;
        }
    }
    for (int64_t i = plane; sums && i < al_rounds * plane; i++) {
        counts[i] += counts[i - plane];
    }
    *out = counts;
    return FAL_OK;
}
