/* Tables: rows of typed columns in memory. */
#include "fal/io/table.h"

#include <string.h>

#include "fal/base/memory.h"

void fal_table_init(fal_table *table, const fal_table_kind *kind) { *table = (fal_table){.kind = kind}; }

fal_status fal_table_extend(fal_table *table, int64_t count, void **first)
{
    FAL_ASSERT(count >= 0);
    const size_t size = table->kind->row_size;
    if (count == 0) { /* also of a table without memory yet */
        *first = table->rows;
        return FAL_OK;
    }
    if (count > INT64_MAX / 4 - table->count) {
        return fal_fail(FAL_ERR_MEMORY, "table %s: too many rows", table->kind->name);
    }
    FAL_TRY(fal_grow(&table->rows, table->count, table->count + count, &table->room, size, table->kind->name));
    *first = table->rows + (size_t)table->count * size;
    memset(*first, 0, (size_t)count * size);
    table->count += count;
    return FAL_OK;
}

fal_status fal_table_add(fal_table *table, const void *row)
{
    void *place = NULL;
    FAL_TRY(fal_table_extend(table, 1, &place));
    memcpy(place, row, table->kind->row_size);
    return FAL_OK;
}

void *fal_table_row(const fal_table *table, int64_t index)
{
    FAL_ASSERT(index >= 0 && index < table->count);
    return table->rows + (size_t)index * table->kind->row_size;
}

void fal_table_destroy(fal_table *table)
{
    fal_free(table->rows);
    table->rows = NULL;
    table->count = 0;
    table->room = 0;
}
