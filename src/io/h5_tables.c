/* Reading tables (1-D compound datasets) and listing groups. */
#include "h5_internal.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static bool is_among(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

fal_status fal_h5_check_columns(fal_h5 *file, const char *path, hid_t stored)
{
    const int members = H5Tget_class(stored) == H5T_COMPOUND ? H5Tget_nmembers(stored) : 0;
    const size_t row = H5Tget_size(stored);
    if (members < 1 || members > FAL_H5_COLUMNS_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s is not a table, or has too many columns", file->name, path);
    }
    for (unsigned i = 0; i < (unsigned)members; i++) {
        const size_t offset = H5Tget_member_offset(stored, i);
        const hid_t member = H5Tget_member_type(stored, i);
        const size_t size = member < 0 ? 0 : H5Tget_size(member);
        fal_h5_release(member);
        if (size == 0 || size > row || offset > row - size) {
            return fal_fail(FAL_ERR_INPUT, "%s: a column of table %s lies outside its rows: damaged", file->name, path);
        }
    }
    return FAL_OK;
}

/** The memory type for the columns of `kind`, each of which must be in the stored compound with its own type; with
 *  `required` only those of that list must, and missing [column_count] says which are not. */
static fal_status match_columns(fal_h5 *file, const fal_table_kind *kind, hid_t stored, const char *const *required,
                                bool *missing, hid_t *memory)
{
    FAL_TRY(fal_h5_check_columns(file, kind->name, stored));
    const hid_t made = H5Tcreate(H5T_COMPOUND, kind->row_size);
    if (made < 0) {
        return fal_h5_fail(FAL_ERR_INTERNAL, "table %s has no HDF5 type", kind->name);
    }
    fal_status status = FAL_OK;
    for (int c = 0; c < kind->column_count && status == FAL_OK; c++) {
        const fal_column *column = &kind->columns[c];
        const fal_h5_type wanted = fal_h5_type_of_column(column->type);
        const int index = H5Tget_member_index(stored, column->name);
        fal_h5_type found = FAL_H5_UINT8;
        if (index < 0) {
            (void)H5Eclear2(H5E_DEFAULT);
            if (required != NULL && !is_among(required, column->name)) {
                missing[c] = true;
                continue;
            }
            status = fal_fail(FAL_ERR_INPUT, "%s: table %s has no column %s", file->name, kind->name, column->name);
            break;
        }
        const hid_t member = H5Tget_member_type(stored, (unsigned)index);
        if (member < 0 || !fal_h5_type_of(member, &found) || found != wanted) {
            status = fal_fail(FAL_ERR_INPUT, "%s: column %s of table %s is not %s", file->name, column->name,
                              kind->name, fal_h5_type_name(wanted));
        } else if (H5Tinsert(made, column->name, column->offset, fal_h5_memory_type(wanted)) < 0) {
            status = fal_h5_fail(FAL_ERR_INTERNAL, "table %s has no HDF5 type", kind->name);
        }
        fal_h5_release(member);
    }
    if (status != FAL_OK) {
        fal_h5_release(made);
        return status;
    }
    *memory = made;
    return FAL_OK;
}

static fal_status read_table(fal_h5 *file, fal_table *table, int64_t limit_rows, const char *const *required,
                             bool *missing)
{
    const fal_table_kind *kind = table->kind;
    const int64_t before = table->count;
    hid_t dataset = H5I_INVALID_HID;
    hid_t stored = H5I_INVALID_HID;
    hid_t memory = H5I_INVALID_HID;
    int rank = 0;
    int64_t dims[FAL_H5_RANK_MAX] = {0};
    void *rows = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_h5_open_dataset(file, kind->name, &dataset));
    FAL_TRY_GOTO(fal_h5_space_of(file, kind->name, dataset, &rank, dims));
    stored = H5Dget_type(dataset);
    if (stored < 0 || rank != 1) {
        status = fal_h5_fail(FAL_ERR_INPUT, "%s: %s is not a table", file->name, kind->name);
        goto done;
    }
    FAL_TRY_GOTO(match_columns(file, kind, stored, required, missing, &memory));
    if (dims[0] > limit_rows) {
        status = fal_fail(FAL_ERR_INPUT, "%s: table %s has %lld rows, at most %lld are allowed", file->name, kind->name,
                          (long long)dims[0], (long long)limit_rows);
        goto done;
    }
    FAL_TRY_GOTO(fal_h5_check_chunks(file, kind->name, dataset, 0, -1));
    FAL_TRY_GOTO(fal_table_extend(table, dims[0], &rows));
    if (dims[0] > 0 && H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows) < 0) {
        status =
            fal_h5_fail(FAL_ERR_INPUT, "%s: table %s cannot be read, its data are damaged", file->name, kind->name);
        table->count = before;
    }
done:
    fal_h5_release(memory);
    fal_h5_release(stored);
    fal_h5_release(dataset);
    return status;
}

fal_status fal_h5_read_table(fal_h5 *file, fal_table *table, int64_t limit_rows)
{
    return read_table(file, table, limit_rows, NULL, NULL);
}

fal_status fal_h5_read_table_known(fal_h5 *file, fal_table *table, int64_t limit_rows, const char *const *required)
{
    const fal_table_kind *kind = table->kind;
    const int64_t before = table->count;
    bool *missing = NULL;
    FAL_TRY(fal_alloc(&missing, (size_t)kind->column_count, sizeof *missing, "columns of a table"));
    const fal_status status = read_table(file, table, limit_rows, required, missing);
    for (int c = 0; status == FAL_OK && c < kind->column_count; c++) {
        static const double nothing = NAN;
        for (int64_t i = before; missing[c] && i < table->count; i++) {
            unsigned char *field = (unsigned char *)fal_table_row(table, i) + kind->columns[c].offset;
            if (kind->columns[c].type == FAL_COLUMN_REAL) {
                memcpy(field, &nothing, sizeof nothing);
            } else {
                static const int64_t missing_whole = FAL_TABLE_MISSING;
                memcpy(field, &missing_whole,
                       kind->columns[c].type == FAL_COLUMN_INT32 ? sizeof(int32_t) : sizeof(int64_t));
            }
        }
    }
    fal_free(missing);
    return status;
}

/* ---- groups ---------------------------------------------------------------------------------------------------- */

typedef struct {
    fal_h5 *file;
    const char *group;
    fal_status (*visit)(void *context, const char *name, bool is_group);
    void *context;
    int64_t seen;
    fal_status status;
} visitor;

static herr_t visit_member(hid_t group, const char *name, const fal_h5_link_info *link, void *context)
{
    visitor *v = context;
    if (++v->seen > FAL_H5_MEMBERS_MAX || strlen(name) >= FAL_H5_MEMBER_NAME_MAX) {
        v->status = fal_fail(FAL_ERR_INPUT, "%s: group %s has too many or too long names", v->file->name, v->group);
    } else if (link->type != H5L_TYPE_HARD) {
        v->status = fal_fail(FAL_ERR_INPUT, "%s: %s/%s is a soft or external link, which is not followed",
                             v->file->name, v->group, name);
    } else {
        const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
        const H5I_type_t kind = object < 0 ? H5I_BADID : H5Iget_type(object);
        fal_h5_release(object);
        if (object < 0) {
            v->status = fal_h5_fail(FAL_ERR_INPUT, "%s: %s/%s cannot be opened", v->file->name,
                                    strcmp(v->group, "/") == 0 ? "" : v->group, name);
        } else if (kind == H5I_GROUP || kind == H5I_DATASET) {
            v->status = v->visit(v->context, name, kind == H5I_GROUP);
        } else if (kind != H5I_DATATYPE) { /* a type of its own: the arrays that have it are read all the same */
            v->status =
                fal_fail(FAL_ERR_INPUT, "%s: %s/%s is neither a group nor an array", v->file->name, v->group, name);
        }
    }
    return v->status == FAL_OK ? 0 : 1; /* 1: stop without an error of HDF5's */
}

fal_status fal_h5_visit(fal_h5 *file, const char *group,
                        fal_status (*visit)(void *context, const char *name, bool is_group), void *context)
{
    hid_t object = H5I_INVALID_HID;
    visitor v = {.file = file, .group = group, .visit = visit, .context = context, .status = FAL_OK};
    FAL_TRY(fal_h5_open_object(file, group, &object));
    if (H5Iget_type(object) != H5I_GROUP) {
        v.status = fal_fail(FAL_ERR_INPUT, "%s: %s is an array, expected a group", file->name, group);
    } else if (fal_h5_link_iterate(object, visit_member, &v) < 0 && v.status == FAL_OK) {
        v.status = fal_h5_fail(FAL_ERR_INPUT, "%s: group %s cannot be listed", file->name, group);
    }
    fal_h5_release(object);
    return v.status;
}
