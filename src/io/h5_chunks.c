/* Chunks of HDF5 datasets that hold fewer bytes than a chunk has.
 *
 * The library (1.10.8) takes a chunk's size for granted: where a file stores less, its values are what happens to lie
 * in memory, other ones in each run. So before chunks are read their sizes are compared: unfiltered ones by what the
 * file's index says, compressed ones by unpacking them once more, which only foreign files have. */
#include "h5_internal.h"

#include <string.h>

#include <zlib.h>

#include "fal/base/memory.h"

/* H5Dget_chunk_info goes through the index from its start: more chunks than this are only compared by their sum. */
enum { EACH_MOST = 4096, CHECKSUM_BYTES = 4, SCRATCH = 1 << 15 };

typedef struct {
    int rank;
    hsize_t dims[H5S_MAX_RANK];  /* of the dataset */
    hsize_t chunk[H5S_MAX_RANK]; /* of a chunk */
    size_t bytes;                /* of a chunk, unpacked */
    int filters;
    int deflate, checksum; /* places in the pipeline, -1: not there */
} layout;

static fal_status damaged(fal_h5 *file, const char *path)
{
    return fal_h5_fail(FAL_ERR_INPUT, "%s: %s has a chunk that does not hold what it claims: make the file again",
                       file->name, path);
}

/** False if HDF5 does not tell. */
static bool read_layout(hid_t creation, hid_t dataset, layout *l)
{
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    l->rank = H5Pget_chunk(creation, H5S_MAX_RANK, l->chunk);
    const bool known =
        type >= 0 && space >= 0 && l->rank > 0 && H5Sget_simple_extent_dims(space, l->dims, NULL) == l->rank;
    l->bytes = known ? H5Tget_size(type) : 0; /* the product is bounded: fal_h5_open_dataset */
    for (int i = 0; known && i < l->rank; i++) {
        l->bytes *= (size_t)l->chunk[i];
    }
    fal_h5_release(space);
    fal_h5_release(type);
    l->filters = H5Pget_nfilters(creation);
    l->deflate = -1;
    l->checksum = -1;
    for (int i = 0; i < l->filters; i++) {
        unsigned flags = 0;
        size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
        l->deflate = filter == H5Z_FILTER_DEFLATE ? i : l->deflate;
        l->checksum = filter == H5Z_FILTER_FLETCHER32 ? i : l->checksum;
    }
    return known && l->bytes > 0 && l->filters >= 0;
}

/* ---- without filters ------------------------------------------------------------------------------------------- */

static fal_status check_plain(fal_h5 *file, const char *path, hid_t dataset, const layout *l)
{
    hsize_t chunks = 0;
    fal_status status = FAL_OK;
    if (strcmp(file->checked, path) == 0) {
        return FAL_OK;
    }
    const hid_t space = H5Dget_space(dataset);
    if (space < 0 || H5Dget_num_chunks(dataset, space, &chunks) < 0 ||
        H5Dget_storage_size(dataset) != chunks * (hsize_t)l->bytes) {
        status = damaged(file, path);
    }
    for (hsize_t i = 0; status == FAL_OK && chunks <= EACH_MOST && i < chunks; i++) {
        hsize_t offset[H5S_MAX_RANK];
        hsize_t size = 0;
        unsigned mask = 0;
        haddr_t address = 0;
        if (H5Dget_chunk_info(dataset, space, i, offset, &mask, &address, &size) < 0 || size != (hsize_t)l->bytes) {
            status = damaged(file, path);
        }
    }
    fal_h5_release(space);
    if (status == FAL_OK && strlen(path) < sizeof file->checked) {
        (void)strcpy(file->checked, path);
    }
    return status;
}

/* ---- with filters ---------------------------------------------------------------------------------------------- */

/** Does the zlib stream unpack to exactly `expected` bytes? */
static bool unpacks_to(const unsigned char *packed, size_t size, size_t expected)
{
    unsigned char scratch[SCRATCH];
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)packed, .avail_in = (uInt)size};
    size_t total = 0;
    int result = Z_OK;
    if (inflateInit(&z) != Z_OK) {
        return false;
    }
    while (result == Z_OK && total <= expected) {
        z.next_out = scratch;
        z.avail_out = sizeof scratch;
        result = inflate(&z, Z_NO_FLUSH);
        total += sizeof scratch - z.avail_out;
    }
    (void)inflateEnd(&z);
    return result == Z_STREAM_END && total == expected;
}

/** mask: bits of filters that this chunk was stored without. */
static bool is_whole(const layout *l, const unsigned char *stored, size_t size, uint32_t mask)
{
    const bool packed = (mask >> l->deflate & 1U) == 0;
    const bool summed = l->checksum >= 0 && (mask >> l->checksum & 1U) == 0;
    const size_t sum = summed ? CHECKSUM_BYTES : 0;
    if (!packed) {
        return size == l->bytes + sum;
    }
    /* A checksum that was added after packing stands behind the stream; one from before is within it. */
    const bool behind = summed && l->checksum > l->deflate;
    return behind ? size > sum && unpacks_to(stored, size - sum, l->bytes) : unpacks_to(stored, size, l->bytes + sum);
}

static fal_status check_packed(fal_h5 *file, const char *path, hid_t dataset, const layout *l, const hsize_t *offset,
                               size_t size)
{
    unsigned char *stored = NULL;
    uint32_t mask = 0;
    FAL_TRY(fal_alloc(&stored, size, 1, path));
    const bool whole = fal_h5_read_chunk(dataset, offset, &mask, stored, size) >= 0 && is_whole(l, stored, size, mask);
    fal_free(stored);
    return whole ? FAL_OK : damaged(file, path);
}

static fal_status check_chunk(fal_h5 *file, const char *path, hid_t dataset, const layout *l, const hsize_t *offset)
{
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(dataset, offset, &size) < 0) {
        return damaged(file, path);
    }
    if (size == 0) {
        return FAL_OK; /* never written: it reads as the fill value */
    }
    if (size > 2 * (hsize_t)FAL_H5_CHUNK_MAX) {
        return damaged(file, path);
    }
    if (l->deflate < 0) {
        return (size_t)size == l->bytes + (l->checksum >= 0 ? CHECKSUM_BYTES : 0) ? FAL_OK : damaged(file, path);
    }
    return check_packed(file, path, dataset, l, offset, (size_t)size);
}

/** All chunks that rows first .. last touch. */
static fal_status check_filtered(fal_h5 *file, const char *path, hid_t dataset, const layout *l, hsize_t first,
                                 hsize_t last)
{
    hsize_t offset[H5S_MAX_RANK] = {first / l->chunk[0] * l->chunk[0]};
    for (;;) {
        FAL_TRY(check_chunk(file, path, dataset, l, offset));
        int axis = l->rank - 1;
        for (; axis >= 0; axis--) {
            offset[axis] += l->chunk[axis];
            if (offset[axis] < (axis == 0 ? last + 1 : l->dims[axis])) {
                break;
            }
            offset[axis] = 0;
        }
        if (axis < 0) {
            return FAL_OK;
        }
    }
}

fal_status fal_h5_check_chunks(fal_h5 *file, const char *path, hid_t dataset, int64_t first, int64_t count)
{
    layout l = {0};
    const hid_t creation = H5Dget_create_plist(dataset);
    fal_status status = FAL_OK;
    if (creation < 0) {
        return fal_h5_fail(FAL_ERR_INPUT, "%s: %s has unreadable properties", file->name, path);
    }
    if (H5Pget_layout(creation) == H5D_CHUNKED) {
        if (!read_layout(creation, dataset, &l)) {
            status = damaged(file, path);
        } else if (l.filters == 0) {
            status = check_plain(file, path, dataset, &l);
        } else {
            const hsize_t begin = count < 0 ? 0 : (hsize_t)first;
            const hsize_t end = count < 0 ? l.dims[0] : begin + (hsize_t)count;
            bool any = begin < end;
            for (int i = 0; i < l.rank; i++) {
                any = any && l.dims[i] > 0;
            }
            status = any ? check_filtered(file, path, dataset, &l, begin, end - 1) : FAL_OK;
        }
    }
    fal_h5_release(creation);
    return status;
}
