/* HDF5 behind plain arrays: starting the library, opening and closing files, errors.
 *
 * The library is used with three precautions that cost time to learn: H5dont_atexit (its own clean-up crashes after a
 * failed write), no plug-ins and no external links (a file must not make us load or open something else), and file
 * locking off (a reader must not be refused because somebody looks at the file). */
#include "h5_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/sandbox.h"

/* A file in memory grows by this much. */
static const size_t memory_step = (size_t)4 << 20;
/* What the library takes for itself and an open file; with less, 1.10.8 ends in a segmentation fault here and there. */
static const size_t memory_own = (size_t)8 << 20;

fal_status fal_h5_start(void)
{
    static bool started;
    if (started) {
        return FAL_OK;
    }
    if (H5dont_atexit() < 0 || H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 ||
        H5PLset_loading_state(0) < 0) {
        return fal_fail(FAL_ERR_MEMORY,
                        "the HDF5 library: does not start: give more memory, or check its installation");
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

typedef struct {
    char innermost[FAL_MESSAGE_MAX];
    bool newer;       /* something that this library does not know */
    bool interrupted; /* a signal came while a file was opened */
    bool memory;      /* there was none */
} reason;

static herr_t look_at_error(unsigned depth, const H5E_error2_t *entry, void *context)
{
    reason *r = context;
    char number[32];
    if (entry->desc == NULL) {
        return 0;
    }
    if (depth == 0) {
        (void)snprintf(r->innermost, sizeof r->innermost, "%s", entry->desc);
    }
    r->memory = r->memory || strstr(entry->desc, "memory allocation failed") != NULL;
    (void)snprintf(number, sizeof number, "errno = %d,", EINTR);
    r->interrupted = r->interrupted || strstr(entry->desc, number) != NULL;
    const bool wrong = strstr(entry->desc, "bad ") != NULL || strstr(entry->desc, "wrong ") != NULL ||
                       strstr(entry->desc, "unknown ") != NULL;
    r->newer = r->newer || (wrong && strstr(entry->desc, "version") != NULL) ||
               strstr(entry->desc, "unknown datatype class") != NULL;
    return 0;
}

fal_status fal_h5_fail(fal_status status, const char *format, ...)
{
    reason why = {0};
    char text[FAL_MESSAGE_MAX];
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look_at_error, &why);
    (void)H5Eclear2(H5E_DEFAULT);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (why.memory) {
        return fal_fail(FAL_ERR_MEMORY,
                        "%s: no memory for HDF5 (%.100s): free some; in a job, more ranks on more nodes or fewer "
                        "clients per rank",
                        text, why.innermost);
    }
    if (why.newer) {
        return fal_fail(status,
                        "%s (HDF5: %.100s): written by a newer HDF5 than this program's %.*s, or damaged: write it "
                        "with libver=('earliest', 'v110') in h5py, or convert it by the newer HDF5's h5repack "
                        "-j 0 -k 2 -f GZIP=1",
                        text, why.innermost, (int)strcspn(fal_h5_library(), " "), fal_h5_library());
    }
    if (why.innermost[0] == '\0') {
        return fal_fail(status, "%s", text);
    }
    return fal_fail(status, "%s (HDF5: %.300s)", text, why.innermost);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

bool fal_h5_split(const char *where, char *file, size_t size, const char **array)
{
    static const char end[] = ".h5:";
    const char *at = strstr(where, end);
    const size_t length = at != NULL ? (size_t)(at - where) + sizeof end - 2 : 0; /* without the colon */
    if (length == 0 || length >= size || where[length + 1] == '\0') {
        return false;
    }
    (void)snprintf(file, size, "%.*s", (int)length, where);
    *array = where + length + 1;
    return true;
}

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
    FAL_TRY(fal_memory_check(memory_own, "HDF5 file"));
    FAL_TRY(fal_h5_start());
    FAL_TRY(make_handle("file in memory", true, &made));
    /* The core driver takes two files of one name for the same file. */
    (void)snprintf(name, sizeof name, "fal-memory-%p", (void *)made);
    access = H5Pcreate(H5P_FILE_ACCESS);
    creation = H5Pcreate(H5P_FILE_CREATE);
    /* Whatever the library: files that 1.10 reads. */
    if (access < 0 || creation < 0 || H5Pset_fapl_core(access, memory_step, 0) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_SEMI) < 0 || H5Pset_obj_track_times(creation, 0) < 0 ||
        (made->id = H5Fcreate(name, H5F_ACC_TRUNC, creation, access)) < 0) {
        status = fal_h5_fail(FAL_ERR_MEMORY, "cannot make an HDF5 file in memory");
    }
    fal_h5_release(creation);
    fal_h5_release(access);
    if (status != FAL_OK) {
        fal_h5_close(made);
        return status;
    }
    *file = made;
    return FAL_OK;
}

/** What people give instead of an HDF5 file gets a message of its own; the library is only asked about the rest. The
 *  file may begin with a block of its user's: the signature is at 0, 512, 1024, 2048, ... */
static fal_status look_at_file(const char *path)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char start[sizeof signature] = {0};
    size_t size = 0;
    bool found = false;
    int descriptor = -1;
    FAL_TRY(fal_file_open(path, &descriptor, &size));
    for (size_t at = 0; !found && at < size; at = at == 0 ? 512 : 2 * at) {
        found = fal_input_at(descriptor, start, sizeof start, (off_t)at) == (ssize_t)sizeof start &&
                memcmp(start, signature, sizeof start) == 0;
    }
    (void)close(descriptor);
    if (size == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: is empty: make or copy it again", path);
    }
    if (!found) {
        return fal_fail(FAL_ERR_INPUT, "%s: is no HDF5 file: image data in other formats goes through fal_data import",
                        path);
    }
    return FAL_OK;
}

static fal_status fail_open(const char *path)
{
    reason why = {0};
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look_at_error, &why);
    if (strstr(why.innermost, "truncated") != NULL) {
        (void)H5Eclear2(H5E_DEFAULT);
        return fal_fail(FAL_ERR_INPUT, "%s: is truncated, its end is missing: copy or make it again", path);
    }
    return why.newer || why.memory
               ? fal_h5_fail(FAL_ERR_INPUT, "%s: cannot be opened", path)
               : fal_h5_fail(FAL_ERR_INPUT, "%s: is damaged or cut short: copy or make it again", path);
}

/** Again as long as signals interrupt it, which the library takes for a failure. */
static hid_t open_retrying(const char *path, hid_t access)
{
    for (;;) {
        reason why = {0};
        const hid_t opened = H5Fopen(path, H5F_ACC_RDONLY, access);
        if (opened < 0) {
            (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look_at_error, &why);
        }
        if (!why.interrupted) {
            return opened;
        }
    }
}

fal_status fal_h5_open(const char *path, fal_h5 **file)
{
    fal_h5 *made = NULL;
    hid_t access = H5I_INVALID_HID;
    hid_t root = H5I_INVALID_HID;
    fal_status status = FAL_OK;
    fal_sandbox_opening(path);
    FAL_TRY(fal_memory_check(memory_own, path));
    FAL_TRY(fal_h5_start());
    FAL_TRY(look_at_file(path));
    FAL_TRY(make_handle(path, false, &made));
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_fapl_sec2(access) < 0 || H5Pset_file_locking(access, 0, 1) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_SEMI) < 0) {
        status = fal_h5_fail(FAL_ERR_INTERNAL, "%s: HDF5 gives no access properties", path);
        goto done;
    }
    made->id = open_retrying(path, access);
    if (made->id < 0) {
        status = fail_open(path);
        goto done;
    }
    root = H5Gopen2(made->id, "/", H5P_DEFAULT);
    if (root < 0) {
        status = fail_open(path);
        goto done;
    }
    fal_h5_release(root);
    *file = made;
    made = NULL;
done:
    fal_h5_release(access);
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
