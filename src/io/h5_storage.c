/* How an array of a stranger's file is stored, checked before any of it is read: nothing outside the file, no filters
 * but ours, chunks within bounds, and as many bytes as its shape claims. */
#include "h5_internal.h"

static fal_status check_filters(fal_h5 *file, const char *path, hid_t creation)
{
    const int filters = H5Pget_nfilters(creation);
    unsigned seen = 0; /* bits of filter numbers, all below 32 */
    for (int i = 0; i < filters; i++) {
        char name[64] = "";
        unsigned flags = 0;
        size_t values = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, sizeof name, name, NULL);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: %s uses the filter %d (%.60s): only deflate, shuffle and fletcher32 are "
                            "read",
                            file->name, path, (int)filter, name);
        }
        const bool deflated = (seen >> H5Z_FILTER_DEFLATE & 1U) != 0;
        if ((deflated && filter != H5Z_FILTER_FLETCHER32) || (seen >> filter & 1U) != 0) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: %s is filtered in an order that is not read: store it as h5py does (shuffle, deflate, "
                            "fletcher32, each once)",
                            file->name, path);
        }
        seen |= 1U << filter;
    }
    return filters < 0 ? fal_h5_fail(FAL_ERR_INPUT, "%s: %s has unreadable filters", file->name, path) : FAL_OK;
}

static fal_status check_chunks(fal_h5 *file, const char *path, hid_t creation, hid_t dataset)
{
    hsize_t dims[H5S_MAX_RANK];
    const hid_t type = H5Dget_type(dataset);
    size_t bytes = type < 0 ? 0 : H5Tget_size(type);
    fal_h5_release(type);
    const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, dims);
    for (int i = 0; i < rank; i++) {
        if (__builtin_mul_overflow(bytes, (size_t)dims[i], &bytes)) {
            bytes = 0;
        }
        if (bytes == 0 || bytes > FAL_H5_CHUNK_MAX) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s is stored in chunks of more than %zu MiB: store it in smaller ones",
                            file->name, path, FAL_H5_CHUNK_MAX >> 20);
        }
    }
    return rank < 0 ? fal_h5_fail(FAL_ERR_INPUT, "%s: %s has unreadable chunks", file->name, path) : FAL_OK;
}

/** Does a value of this type keep part of itself elsewhere in the file? */
static bool has_variable_part(hid_t type)
{
    bool found = H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tis_variable_str(type) > 0;
    const int members = !found && H5Tget_class(type) == H5T_COMPOUND ? H5Tget_nmembers(type) : 0;
    for (int i = 0; !found && i < members && i < FAL_H5_COLUMNS_MAX; i++) {
        const hid_t member = H5Tget_member_type(type, (unsigned)i);
        if (member >= 0) {
            found = H5Tis_variable_str(member) > 0 || H5Tget_class(member) == H5T_COMPOUND ||
                    H5Tget_class(member) == H5T_ARRAY; /* tables of ours have neither */
            fal_h5_release(member);
        }
    }
    return found;
}

/** What is stored must be what the shape claims: of data in one piece exactly (HDF5 reads on behind them), or nothing,
 *  which reads as the fill value. Chunks may be compressed, and deflate packs at most 1,030 to 1: a few bytes that
 * claim more have no data behind them. */
static fal_status check_claim(fal_h5 *file, const char *path, hid_t dataset, bool chunked)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    const int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);
    const bool empty = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
    double claimed = type < 0 ? 0 : (double)H5Tget_size(type);
    const bool variable = type >= 0 && has_variable_part(type);
    const double stored = (double)H5Dget_storage_size(dataset);
    for (int i = 0; i < rank; i++) {
        claimed *= (double)dims[i];
    }
    fal_h5_release(space);
    fal_h5_release(type);
    if (rank < 0 || type < 0) {
        return fal_h5_fail(FAL_ERR_INPUT, "%s: %s has no readable shape", file->name, path);
    }
    if (variable) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: %s has a type that is not read here, of variable length or nested: store it as plain "
                        "numbers",
                        file->name, path);
    }
    const bool fits = empty || chunked || stored == 0 || stored == claimed;
    if (!fits || claimed > 1100.0 * stored + 1048576.0) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s claims %.3g bytes, but %.3g are stored: make the file again", file->name,
                        path, claimed, stored);
    }
    return FAL_OK;
}

static fal_status check_storage(fal_h5 *file, const char *path, hid_t dataset)
{
    const hid_t creation = H5Dget_create_plist(dataset);
    if (creation < 0) {
        return fal_h5_fail(FAL_ERR_INPUT, "%s: %s has unreadable properties", file->name, path);
    }
    fal_status status = FAL_OK;
    const H5D_layout_t layout = H5Pget_layout(creation);
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s is a virtual dataset, which is not read: store the data itself",
                          file->name, path);
    } else if (H5Pget_external_count(creation) != 0) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: %s keeps its data in another file, which is not read: store the data "
                          "itself",
                          file->name, path);
    } else {
        status = check_filters(file, path, creation);
        if (status == FAL_OK && layout == H5D_CHUNKED) {
            status = check_chunks(file, path, creation, dataset);
        }
        if (status == FAL_OK) {
            status = check_claim(file, path, dataset, layout == H5D_CHUNKED);
        }
    }
    fal_h5_release(creation);
    return status;
}

fal_status fal_h5_open_dataset(fal_h5 *file, const char *path, hid_t *dataset)
{
    hid_t opened = H5I_INVALID_HID;
    FAL_TRY(fal_h5_open_object(file, path, &opened));
    fal_status status = FAL_OK;
    if (H5Iget_type(opened) != H5I_DATASET) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s is a group, expected an array", file->name, path);
    } else {
        status = check_storage(file, path, opened);
    }
    if (status != FAL_OK) {
        fal_h5_release(opened);
        return status;
    }
    *dataset = opened;
    return FAL_OK;
}
