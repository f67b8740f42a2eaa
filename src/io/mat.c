/* MATLAB's files: which version one is, and version 7.3, which is HDF5 with the axes in reverse order. */
#include "fal/io/mat.h"

#include <stdio.h>
#include <string.h>

#include <unistd.h>

#include "h5_internal.h"
#include "mat_internal.h"

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"

enum { HEAD = 128, USER_BLOCK = 512 };

typedef enum { VERSION_OTHER, VERSION_5, VERSION_HDF5 } mat_version;

struct fal_mat {
    char path[4096];
    size_t limit;
    fal_h5 *hdf5; /* version 7.3; NULL: version 5, opened for each array */
};

static fal_status find_version(const char *path, mat_version *version)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char start[USER_BLOCK + sizeof signature] = {0};
    size_t size = 0;
    int descriptor = -1;
    FAL_TRY(fal_file_open(path, &descriptor, &size));
    const ssize_t got = pread(descriptor, start, sizeof start, 0);
    (void)close(descriptor);
    if (got <= 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: is empty: copy it again", path);
    }
    const unsigned char *mark = start + HEAD - 4; /* version, then the byte order as two letters */
    const bool little = mark[1] == 1 && mark[2] == 'I' && mark[3] == 'M';
    const bool big = mark[0] == 1 && mark[2] == 'M' && mark[3] == 'I';
    *version = VERSION_OTHER;
    if (memcmp(start, signature, sizeof signature) == 0 ||
        memcmp(start + USER_BLOCK, signature, sizeof signature) == 0) {
        *version = VERSION_HDF5;
    } else if (got >= HEAD && (little || big)) {
        *version = VERSION_5;
    }
    return FAL_OK;
}

/* ---- version 7.3 ----------------------------------------------------------------------------------------------- */

static fal_status take_shape(fal_h5 *file, const char *path, hid_t dataset, size_t limit, size_t size,
                             fal_mat_shape *shape)
{
    fal_h5_shape found = {.rank = 0};
    FAL_TRY(fal_h5_space_of(file, path, dataset, &found.rank, found.dims));
    if ((size_t)fal_h5_elements(&found) > limit / size) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has %lld values, more than the %zu MiB allowed for a file of its size",
                        fal_h5_name(file), path, (long long)fal_h5_elements(&found), limit >> 20);
    }
    shape->rank = found.rank;
    for (int i = 0; i < found.rank; i++) {
        shape->dims[i] = found.dims[found.rank - 1 - i];
    }
    return FAL_OK;
}

/** All values as uint8 (bytes given) or as real numbers (numbers given). */
static fal_status read_dataset(fal_h5 *file, const char *path, hid_t dataset, size_t limit, fal_mat_shape *shape,
                               uint8_t **bytes, double **numbers)
{
    const size_t size = bytes != NULL ? sizeof **bytes : sizeof **numbers;
    const hid_t type = H5Dget_type(dataset);
    const H5T_class_t kind = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    const bool is_uint8 = type >= 0 && H5Tequal(type, H5T_STD_U8LE) > 0;
    void *values = NULL;
    size_t elements = 1;
    fal_h5_release(type);
    if (bytes != NULL ? !is_uint8 : kind != H5T_INTEGER && kind != H5T_FLOAT) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s is no array of %s", fal_h5_name(file), path,
                        bytes != NULL ? "class uint8" : "numbers");
    }
    FAL_TRY(take_shape(file, path, dataset, limit, size, shape));
    for (int i = 0; i < shape->rank; i++) {
        elements *= (size_t)shape->dims[i];
    }
    FAL_TRY(fal_alloc(&values, elements, size, path));
    if (elements > 0 && H5Dread(dataset, bytes != NULL ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                                H5P_DEFAULT, values) < 0) {
        fal_free(values);
        return fal_h5_fail(FAL_ERR_INPUT, "%s: %s cannot be read, its data are damaged", fal_h5_name(file), path);
    }
    *(bytes != NULL ? (void **)bytes : (void **)numbers) = values;
    return FAL_OK;
}

static fal_status read_hdf5(fal_mat *file, const char *name, fal_mat_shape *shape, uint8_t **bytes, double **numbers)
{
    hid_t dataset = H5I_INVALID_HID;
    char where[64];
    (void)snprintf(where, sizeof where, "/%s", name);
    FAL_TRY(fal_h5_open_dataset(file->hdf5, where, &dataset));
    const fal_status status = read_dataset(file->hdf5, where, dataset, file->limit, shape, bytes, numbers);
    fal_h5_release(dataset);
    return status;
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

static fal_status open_version(fal_mat *file)
{
    mat_version version = VERSION_OTHER;
    FAL_TRY(find_version(file->path, &version));
    switch (version) {
    case VERSION_5:
        return fal_mat5_check(file->path, file->limit);
    case VERSION_HDF5:
        return fal_h5_open(file->path, &file->hdf5);
    case VERSION_OTHER:
        break;
    }
    return fal_fail(FAL_ERR_INPUT, "%s: is no MATLAB file of version 5 or 7.3: copy it again, or unpack it first",
                    file->path);
}

fal_status fal_mat_open(const char *path, size_t limit, fal_mat **file)
{
    fal_mat *opened = NULL;
    FAL_TRY(fal_alloc(&opened, 1, sizeof *opened, path));
    opened->limit = limit;
    fal_status status = fal_text_copy(opened->path, sizeof opened->path, path)
                            ? open_version(opened)
                            : fal_fail(FAL_ERR_INPUT, "%.200s...: the file name is too long", path);
    if (status != FAL_OK) {
        fal_mat_close(opened);
        return status;
    }
    *file = opened;
    return FAL_OK;
}

void fal_mat_close(fal_mat *file)
{
    if (file != NULL) {
        fal_h5_close(file->hdf5);
        fal_free(file);
    }
}

fal_status fal_mat_read_bytes(fal_mat *file, const char *name, fal_mat_shape *shape, uint8_t **values)
{
    memset(shape, 0, sizeof *shape);
    return file->hdf5 != NULL ? read_hdf5(file, name, shape, values, NULL)
                              : fal_mat5_read(file->path, name, file->limit, shape, values, NULL);
}

fal_status fal_mat_read_numbers(fal_mat *file, const char *name, fal_mat_shape *shape, double **values)
{
    memset(shape, 0, sizeof *shape);
    return file->hdf5 != NULL ? read_hdf5(file, name, shape, NULL, values)
                              : fal_mat5_read(file->path, name, file->limit, shape, NULL, values);
}
