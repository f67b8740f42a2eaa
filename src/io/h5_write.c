/* Writing HDF5: arrays and tables into a file in memory, which is then put in place as a whole.
 *
 * Times of change are not stored, so the same content gives the same bytes. */
#include "h5_internal.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"

enum { CHUNK_BYTES = 1 << 20, DEFLATE_LEVEL = 4 };

/* ---- groups ---------------------------------------------------------------------------------------------------- */

/** Properties that make the parents of a new object. */
static hid_t link_properties(void)
{
    const hid_t properties = H5Pcreate(H5P_LINK_CREATE);
    if (properties >= 0 && H5Pset_create_intermediate_group(properties, 1) < 0) {
        fal_h5_release(properties);
        return H5I_INVALID_HID;
    }
    return properties;
}

fal_status fal_h5_make_group(fal_h5 *file, const char *path, const char *description)
{
    bool foreign = false;
    fal_status status = FAL_OK;
    FAL_ASSERT(file->writing);
    if (!fal_h5_path_exists(file, path, &foreign)) {
        const hid_t link = link_properties();
        const hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
        const hid_t group = link < 0 || creation < 0 || H5Pset_obj_track_times(creation, 0) < 0
                                ? H5I_INVALID_HID
                                : H5Gcreate2(file->id, path, link, creation, H5P_DEFAULT);
        if (group < 0) {
            status = fal_h5_fail(FAL_ERR_OUTPUT, "cannot make group %s", path);
        } else {
            fal_h5_release(group);
        }
        fal_h5_release(creation);
        fal_h5_release(link);
    }
    FAL_TRY(status);
    return description != NULL && description[0] != '\0' ? fal_h5_set_text(file, path, "description", description)
                                                         : FAL_OK;
}

/* ---- datasets -------------------------------------------------------------------------------------------------- */

/** Chunks of whole rows, about 1 MiB. */
static bool set_chunks(hid_t creation, int rank, const hsize_t *dims, size_t row_bytes, bool compress)
{
    hsize_t chunk[FAL_H5_RANK_MAX];
    const hsize_t rows = CHUNK_BYTES / (row_bytes > 0 ? row_bytes : 1);
    for (int i = 0; i < rank; i++) {
        chunk[i] = dims[i];
    }
    chunk[0] = rows < 1 ? 1 : (rows < dims[0] ? rows : dims[0]);
    return H5Pset_chunk(creation, rank, chunk) >= 0 &&
           (!compress || (H5Pset_shuffle(creation) >= 0 && H5Pset_deflate(creation, DEFLATE_LEVEL) >= 0)) &&
           H5Pset_fletcher32(creation) >= 0;
}

/** One dataset of any type. row_bytes: of one step along the first axis. */
static fal_status put(fal_h5 *file, const char *path, hid_t stored, hid_t memory, int rank, const hsize_t *dims,
                      size_t row_bytes, bool compress, const void *values)
{
    fal_status status = FAL_OK;
    hid_t dataset = H5I_INVALID_HID;
    hsize_t elements = 1;
    for (int i = 0; i < rank; i++) {
        elements *= dims[i];
    }
    const hid_t link = link_properties();
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, dims, NULL);
    const bool chunked = rank > 0 && elements > 0;
    if (link < 0 || creation < 0 || space < 0 || H5Pset_obj_track_times(creation, 0) < 0 ||
        H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) < 0 ||
        (chunked && !set_chunks(creation, rank, dims, row_bytes, compress)) ||
        (dataset = H5Dcreate2(file->id, path, stored, space, link, creation, H5P_DEFAULT)) < 0 ||
        (elements > 0 && H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)) {
        status = fal_h5_fail(FAL_ERR_OUTPUT, "cannot store %s in the file in memory", path);
    }
    if (dataset >= 0 && H5Dclose(dataset) < 0 && status == FAL_OK) {
        status = fal_h5_fail(FAL_ERR_OUTPUT, "cannot store %s in the file in memory", path);
    }
    fal_h5_release(space);
    fal_h5_release(creation);
    fal_h5_release(link);
    return status;
}

static fal_status explain(fal_h5 *file, const char *path, const fal_h5_about *about)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"description", about->description}, {"units", about->units}, {"dimensions", about->dimensions}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].value != NULL && texts[i].value[0] != '\0') {
            FAL_TRY(fal_h5_set_text(file, path, texts[i].name, texts[i].value));
        }
    }
    return FAL_OK;
}

fal_status fal_h5_write(fal_h5 *file, const char *path, const fal_h5_shape *shape, const void *values,
                        const fal_h5_about *about)
{
    static const fal_h5_about nothing = {0};
    hsize_t dims[FAL_H5_RANK_MAX] = {0};
    size_t row_bytes = fal_h5_type_bytes(shape->type);
    FAL_ASSERT(file->writing && shape->rank >= 0 && shape->rank <= FAL_H5_RANK_MAX && fal_h5_elements(shape) >= 0);
    about = about != NULL ? about : &nothing;
    for (int i = 0; i < shape->rank; i++) {
        dims[i] = (hsize_t)shape->dims[i];
        row_bytes *= i > 0 ? (size_t)shape->dims[i] : 1;
    }
    FAL_TRY(put(file, path, fal_h5_stored_type(shape->type), fal_h5_memory_type(shape->type), shape->rank, dims,
                row_bytes, about->compress, values));
    return explain(file, path, about);
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

/** The compound type of a table: packed and little-endian in the file, the row struct in memory. */
static hid_t table_type(const fal_table_kind *kind, bool stored)
{
    size_t size = 0;
    for (int c = 0; c < kind->column_count; c++) {
        size += fal_h5_type_bytes(fal_h5_type_of_column(kind->columns[c].type));
    }
    const hid_t type = H5Tcreate(H5T_COMPOUND, stored ? size : kind->row_size);
    size_t offset = 0;
    for (int c = 0; type >= 0 && c < kind->column_count; c++) {
        const fal_column *column = &kind->columns[c];
        const fal_h5_type one = fal_h5_type_of_column(column->type);
        if (H5Tinsert(type, column->name, stored ? offset : column->offset,
                      stored ? fal_h5_stored_type(one) : fal_h5_memory_type(one)) < 0) {
            fal_h5_release(type);
            return H5I_INVALID_HID;
        }
        offset += fal_h5_type_bytes(one);
    }
    return type;
}

/** What the columns mean: one line each in `columns`, and the units alone, in the order of the columns. */
static fal_status explain_columns(fal_h5 *file, const fal_table_kind *kind)
{
    fal_status status = FAL_OK;
    const char **lines = NULL;
    const char **units = NULL;
    fal_text *texts = NULL;
    const size_t count = (size_t)kind->column_count;
    FAL_TRY_GOTO(fal_alloc(&lines, count, sizeof *lines, "column descriptions"));
    FAL_TRY_GOTO(fal_alloc(&units, count, sizeof *units, "column descriptions"));
    FAL_TRY_GOTO(fal_alloc(&texts, count, sizeof *texts, "column descriptions"));
    for (size_t c = 0; c < count; c++) {
        const fal_column *column = &kind->columns[c];
        const bool unit = column->units != NULL && column->units[0] != '\0';
        fal_text_add(&texts[c], "%s%s%s%s: %s", column->name, unit ? " [" : "", unit ? column->units : "",
                     unit ? "]" : "", column->description != NULL ? column->description : "");
        FAL_TRY_GOTO(fal_text_status(&texts[c]));
        lines[c] = texts[c].chars;
        units[c] = unit ? column->units : "";
    }
    if (kind->description != NULL) {
        FAL_TRY_GOTO(fal_h5_set_text(file, kind->name, "description", kind->description));
    }
    FAL_TRY_GOTO(fal_h5_set_texts(file, kind->name, "columns", lines, kind->column_count));
    FAL_TRY_GOTO(fal_h5_set_texts(file, kind->name, "units", units, kind->column_count));
done:
    for (size_t c = 0; texts != NULL && c < count; c++) {
        fal_text_destroy(&texts[c]);
    }
    fal_free(texts);
    fal_free(units);
    fal_free(lines);
    return status;
}

fal_status fal_h5_write_table(fal_h5 *file, const fal_table *table)
{
    const fal_table_kind *kind = table->kind;
    const hsize_t dims[1] = {(hsize_t)table->count};
    fal_status status = FAL_OK;
    FAL_ASSERT(file->writing && kind->column_count > 0);
    const hid_t stored = table_type(kind, true);
    const hid_t memory = table_type(kind, false);
    if (stored < 0 || memory < 0) {
        status = fal_h5_fail(FAL_ERR_INTERNAL, "table %s has no HDF5 type", kind->name);
    } else {
        status = put(file, kind->name, stored, memory, 1, dims, H5Tget_size(stored), false, table->rows);
    }
    fal_h5_release(memory);
    fal_h5_release(stored);
    FAL_TRY(status);
    return explain_columns(file, kind);
}

/* ---- to disk --------------------------------------------------------------------------------------------------- */

fal_status fal_h5_save(fal_h5 *file, const char *path)
{
    unsigned char *image = NULL;
    fal_status status = FAL_OK;
    FAL_ASSERT(file->writing);
    if (H5Fflush(file->id, H5F_SCOPE_LOCAL) < 0) {
        return fal_h5_fail(FAL_ERR_OUTPUT, "%s: cannot finish the file in memory", path);
    }
    const ssize_t size = H5Fget_file_image(file->id, NULL, 0);
    if (size < 0) {
        return fal_h5_fail(FAL_ERR_OUTPUT, "%s: cannot finish the file in memory", path);
    }
    FAL_TRY_GOTO(fal_alloc(&image, (size_t)size, 1, path));
    if (H5Fget_file_image(file->id, image, (size_t)size) != size) {
        status = fal_h5_fail(FAL_ERR_OUTPUT, "%s: cannot finish the file in memory", path);
        goto done;
    }
    status = fal_file_replace(path, image, (size_t)size);
done:
    fal_free(image);
    return status;
}
