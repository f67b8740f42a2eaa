/* HDF5 behind plain arrays: starting the library, opening and closing files, types, errors.
 *
 * The library is used with three precautions that cost time to learn: H5dont_atexit (its own clean-up crashes after a
 * failed write), no plug-ins and no external links (a file must not make us load or open something else), and file
 * locking off (a reader must not be refused because somebody looks at the file). */
#include "h5_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"

/* A file in memory grows by this much. */
static const size_t memory_step = (size_t)4 << 20;

fal_status fal_h5_start(void)
{
    static bool started;
    if (started) {
        return FAL_OK;
    }
    if (H5dont_atexit() < 0 || H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 ||
        H5PLset_loading_state(0) < 0) {
        return fal_fail(FAL_ERR_INTERNAL, "the HDF5 library does not start: check its installation");
    }
    (void)H5Lunregister(H5L_TYPE_EXTERNAL);
    started = true;
    return FAL_OK;
}

const char *fal_h5_library(void)
{
    static char text[48];
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    if (fal_h5_start() != FAL_OK || H5get_libversion(&major, &minor, &release) < 0) {
        return "unknown";
    }
#ifdef H5_HAVE_PARALLEL
    const char *flavour = "parallel";
#else
    const char *flavour = "serial";
#endif
    (void)snprintf(text, sizeof text, "%u.%u.%u %s", major, minor, release, flavour);
    return text;
}

int64_t fal_h5_open_objects(void)
{
    static const H5I_type_t kinds[] = {H5I_FILE,    H5I_GROUP, H5I_DATATYPE,    H5I_DATASPACE,
                                       H5I_DATASET, H5I_ATTR,  H5I_GENPROP_LST, H5I_ERROR_STACK};
    int64_t open = 0;
    FAL_ASSERT(fal_h5_start() == FAL_OK);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        hsize_t members = 0;
        if (H5Inmembers(kinds[i], &members) >= 0) {
            open += (int64_t)members;
        }
    }
    return open;
}

/* ---- errors ---------------------------------------------------------------------------------------------------- */

static herr_t keep_innermost(unsigned depth, const H5E_error2_t *entry, void *context)
{
    if (depth == 0 && entry->desc != NULL) {
        (void)snprintf(context, FAL_MESSAGE_MAX, "%s", entry->desc);
    }
    return 0;
}

fal_status fal_h5_fail(fal_status status, const char *format, ...)
{
    char reason[FAL_MESSAGE_MAX] = "";
    char text[FAL_MESSAGE_MAX];
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
    (void)H5Eclear2(H5E_DEFAULT);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (reason[0] == '\0') {
        return fal_fail(status, "%s", text);
    }
    return fal_fail(status, "%s (HDF5: %.300s)", text, reason);
}

/* ---- types ----------------------------------------------------------------------------------------------------- */

size_t fal_h5_type_bytes(fal_h5_type type)
{
    static const size_t bytes[] = {[FAL_H5_UINT8] = 1, [FAL_H5_INT16] = 2, [FAL_H5_INT32] = 4,
                                   [FAL_H5_INT64] = 8, [FAL_H5_FLOAT] = 4, [FAL_H5_DOUBLE] = 8};
    return bytes[type];
}

const char *fal_h5_type_name(fal_h5_type type)
{
    static const char *const names[] = {
        [FAL_H5_UINT8] = "uint8", [FAL_H5_INT16] = "int16",   [FAL_H5_INT32] = "int32",
        [FAL_H5_INT64] = "int64", [FAL_H5_FLOAT] = "float32", [FAL_H5_DOUBLE] = "float64"};
    return names[type];
}

int64_t fal_h5_elements(const fal_h5_shape *shape)
{
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] < 0 || __builtin_mul_overflow(elements, shape->dims[i], &elements)) {
            return -1;
        }
    }
    return elements;
}

hid_t fal_h5_stored_type(fal_h5_type type)
{
    switch (type) {
    case FAL_H5_UINT8:
        return H5T_STD_U8LE;
    case FAL_H5_INT16:
        return H5T_STD_I16LE;
    case FAL_H5_INT32:
        return H5T_STD_I32LE;
    case FAL_H5_INT64:
        return H5T_STD_I64LE;
    case FAL_H5_FLOAT:
        return H5T_IEEE_F32LE;
    case FAL_H5_DOUBLE:
        break;
    }
    return H5T_IEEE_F64LE;
}

hid_t fal_h5_memory_type(fal_h5_type type)
{
    switch (type) {
    case FAL_H5_UINT8:
        return H5T_NATIVE_UINT8;
    case FAL_H5_INT16:
        return H5T_NATIVE_INT16;
    case FAL_H5_INT32:
        return H5T_NATIVE_INT32;
    case FAL_H5_INT64:
        return H5T_NATIVE_INT64;
    case FAL_H5_FLOAT:
        return H5T_NATIVE_FLOAT;
    case FAL_H5_DOUBLE:
        break;
    }
    return H5T_NATIVE_DOUBLE;
}

bool fal_h5_type_of(hid_t stored, fal_h5_type *type)
{
    const hid_t big_endian[] = {
        [FAL_H5_UINT8] = H5T_STD_U8BE,  [FAL_H5_INT16] = H5T_STD_I16BE,  [FAL_H5_INT32] = H5T_STD_I32BE,
        [FAL_H5_INT64] = H5T_STD_I64BE, [FAL_H5_FLOAT] = H5T_IEEE_F32BE, [FAL_H5_DOUBLE] = H5T_IEEE_F64BE};
    for (int i = FAL_H5_UINT8; i <= FAL_H5_DOUBLE; i++) {
        if (H5Tequal(stored, fal_h5_stored_type((fal_h5_type)i)) > 0 || H5Tequal(stored, big_endian[i]) > 0) {
            *type = (fal_h5_type)i;
            return true;
        }
    }
    return false;
}

fal_h5_type fal_h5_type_of_column(fal_column_type type)
{
    switch (type) {
    case FAL_COLUMN_INT32:
        return FAL_H5_INT32;
    case FAL_COLUMN_INT64:
        return FAL_H5_INT64;
    case FAL_COLUMN_REAL:
        break;
    }
    return FAL_H5_DOUBLE;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static fal_status make_handle(const char *name, bool writing, fal_h5 **file)
{
    fal_h5 *made = NULL;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "HDF5 file"));
    made->id = H5I_INVALID_HID;
    made->writing = writing;
    made->name = strdup(name);
    if (made->name == NULL) {
        fal_free(made);
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", name);
    }
    *file = made;
    return FAL_OK;
}

fal_status fal_h5_create(fal_h5 **file)
{
    fal_h5 *made = NULL;
    char name[64];
    hid_t access = H5I_INVALID_HID;
    hid_t creation = H5I_INVALID_HID;
    fal_status status = FAL_OK;
    FAL_TRY(fal_h5_start());
    FAL_TRY(make_handle("file in memory", true, &made));
    /* The core driver takes two files of one name for the same file. */
    (void)snprintf(name, sizeof name, "fal-memory-%p", (void *)made);
    access = H5Pcreate(H5P_FILE_ACCESS);
    creation = H5Pcreate(H5P_FILE_CREATE);
    if (access < 0 || creation < 0 || H5Pset_fapl_core(access, memory_step, 0) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_SEMI) < 0 || H5Pset_obj_track_times(creation, 0) < 0 ||
        (made->id = H5Fcreate(name, H5F_ACC_TRUNC, creation, access)) < 0) {
        status = fal_h5_fail(FAL_ERR_MEMORY, "cannot make an HDF5 file in memory");
    }
    if (creation >= 0) {
        (void)H5Pclose(creation);
    }
    if (access >= 0) {
        (void)H5Pclose(access);
    }
    if (status != FAL_OK) {
        fal_h5_close(made);
        return status;
    }
    *file = made;
    return FAL_OK;
}

/** What people give instead of an HDF5 file gets a message of its own; the library is only asked about the rest. */
static fal_status look_at_file(const char *path)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char start[8] = {0};
    size_t size = 0;
    int descriptor = -1;
    FAL_TRY(fal_file_open(path, &descriptor, &size));
    const ssize_t got = pread(descriptor, start, sizeof start, 0);
    (void)close(descriptor);
    if (size == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: is empty: make or copy it again", path);
    }
    if (got != (ssize_t)sizeof start || memcmp(start, signature, sizeof start) != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: is no HDF5 file: image data in other formats goes through fal_data import",
                        path);
    }
    return FAL_OK;
}

static fal_status fail_open(const char *path)
{
    char reason[FAL_MESSAGE_MAX] = "";
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
    if (strstr(reason, "truncated") != NULL) {
        (void)H5Eclear2(H5E_DEFAULT);
        return fal_fail(FAL_ERR_INPUT, "%s: is truncated, its end is missing: copy or make it again", path);
    }
    return fal_h5_fail(FAL_ERR_INPUT, "%s: is damaged or cut short: copy or make it again", path);
}

fal_status fal_h5_open(const char *path, fal_h5 **file)
{
    fal_h5 *made = NULL;
    hid_t access = H5I_INVALID_HID;
    hid_t root = H5I_INVALID_HID;
    fal_status status = FAL_OK;
    FAL_TRY(fal_h5_start());
    FAL_TRY(look_at_file(path));
    FAL_TRY(make_handle(path, false, &made));
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_fapl_sec2(access) < 0 || H5Pset_file_locking(access, 0, 1) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_SEMI) < 0) {
        status = fal_h5_fail(FAL_ERR_INTERNAL, "%s: HDF5 gives no access properties", path);
        goto done;
    }
    made->id = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (made->id < 0) {
        status = fail_open(path);
        goto done;
    }
    root = H5Gopen2(made->id, "/", H5P_DEFAULT);
    if (root < 0) {
        status = fail_open(path);
        goto done;
    }
    (void)H5Gclose(root);
    *file = made;
    made = NULL;
done:
    if (access >= 0) {
        (void)H5Pclose(access);
    }
    fal_h5_close(made);
    return status;
}

const char *fal_h5_name(const fal_h5 *file) { return file->name; }

void fal_h5_close(fal_h5 *file)
{
    if (file == NULL) {
        return;
    }
    if (file->id >= 0) {
        /* One: the file itself. More is an object that we forgot to close. */
        FAL_ASSERT_HOT(H5Fget_obj_count(file->id, H5F_OBJ_ALL | H5F_OBJ_LOCAL) == 1);
        (void)H5Fclose(file->id);
        (void)H5Eclear2(H5E_DEFAULT);
    }
    free(file->name);
    fal_free(file);
}
