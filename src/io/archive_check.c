/* Integrity of compressed files: all of it is unpacked once, to the end, before anything of it is used.
 *
 * libarchive stops where an archive says that it ends, and never looks at the checksums of gzip; so gzip is checked by
 * zlib, member by member, and the others by reading libarchive's filter to its end. */
#include "archive_internal.h"

#include <errno.h>
#include <string.h>

#include <unistd.h>

#include <zlib.h>

#include "fal/base/memory.h"

/* ---- sources --------------------------------------------------------------------------------------------------- */

fal_status fal_archive_source_read(const fal_archive_source *source, size_t offset, void *bytes, size_t size,
                                   size_t *got)
{
    const size_t left = offset < source->count ? source->count - offset : 0;
    const size_t wanted = size < left ? size : left;
    *got = 0;
    if (source->descriptor < 0) {
        memcpy(bytes, source->bytes + (wanted > 0 ? offset : 0), wanted);
        *got = wanted;
        return FAL_OK;
    }
    while (*got < wanted) {
        const ssize_t here = pread(source->descriptor, (char *)bytes + *got, wanted - *got, (off_t)(offset + *got));
        if (here < 0 && errno == EINTR) {
            continue;
        }
        if (here <= 0) {
            return fal_fail(FAL_ERR_INPUT, "%s: cannot read: %s", source->name,
                            here < 0 ? strerror(errno) : "it became shorter");
        }
        *got += (size_t)here;
    }
    return FAL_OK;
}

fal_status fal_archive_fail(const fal_archive_source *source, struct archive *archive)
{
    const char *reason = archive_error_string(archive);
    return fal_fail(FAL_ERR_INPUT, "%s: cannot be unpacked: %.200s: copy it again", source->name,
                    reason != NULL ? reason : "damaged or cut short");
}

fal_status fal_archive_open(const fal_archive_source *source, bool archives, struct archive **archive)
{
    struct archive *made = archive_read_new();
    *archive = made;
    if (made == NULL || (source->descriptor >= 0 && lseek(source->descriptor, 0, SEEK_SET) != 0)) {
        return fal_fail(FAL_ERR_MEMORY, "%s: libarchive has no memory", source->name);
    }
    if (archive_read_support_filter_gzip(made) != ARCHIVE_OK || archive_read_support_filter_xz(made) != ARCHIVE_OK ||
        archive_read_support_filter_bzip2(made) != ARCHIVE_OK ||
        (archives && archive_read_support_format_tar(made) != ARCHIVE_OK) ||
        (archives && archive_read_support_format_zip(made) != ARCHIVE_OK) ||
        archive_read_support_format_raw(made) != ARCHIVE_OK ||
        (source->descriptor >= 0 ? archive_read_open_fd(made, source->descriptor, FAL_ARCHIVE_BLOCK)
                                 : archive_read_open_memory(made, source->bytes, source->count)) != ARCHIVE_OK) {
        return fal_archive_fail(source, made);
    }
    return FAL_OK;
}

/* ---- the passes ------------------------------------------------------------------------------------------------ */

/** Counts what was unpacked. */
static fal_status count_bytes(const fal_archive_source *source, size_t limit, const unsigned char *bytes, size_t count,
                              fal_archive_content *content)
{
    if (count > limit - content->count) {
        return fal_fail(FAL_ERR_INPUT, "%s: unpacks to more than the %zu MiB allowed", source->name, limit >> 20);
    }
    for (size_t i = count; i > 0; i--) {
        if (bytes[i - 1] != 0) {
            content->last = content->count + i;
            break;
        }
    }
    content->count += count;
    return FAL_OK;
}

/** Tapes and some tools fill files up with zeros; anything else after the end is no part of a whole file. */
static fal_status check_padding(const fal_archive_source *source, size_t offset)
{
    unsigned char bytes[4096];
    size_t got = 0;
    do {
        FAL_TRY(fal_archive_source_read(source, offset, bytes, sizeof bytes, &got));
        for (size_t i = 0; i < got; i++) {
            if (bytes[i] != 0) {
                return fal_fail(FAL_ERR_INPUT, "%s: has something else after its compressed data: copy it again",
                                source->name);
            }
        }
        offset += got;
    } while (got > 0);
    return FAL_OK;
}

/** xz, bzip2 and plain files through libarchive. */
static fal_status drain(const fal_archive_source *source, struct archive *archive, size_t limit, unsigned char *out,
                        fal_archive_content *content)
{
    for (;;) {
        const la_ssize_t got = archive_read_data(archive, out, FAL_ARCHIVE_BLOCK);
        if (got < 0) {
            return fal_archive_fail(source, archive);
        }
        if (got == 0) {
            break;
        }
        FAL_TRY(count_bytes(source, limit, out, (size_t)got, content));
    }
    const la_int64_t consumed = archive_filter_bytes(archive, -1); /* of the file, by the filter */
    return content->filter == ARCHIVE_FILTER_NONE || consumed < 0 ? FAL_OK : check_padding(source, (size_t)consumed);
}

typedef struct {
    z_stream z;
    size_t offset; /* in the source, of what zlib was not yet given */
    unsigned char in[FAL_ARCHIVE_BLOCK], out[FAL_ARCHIVE_BLOCK];
} inflater;

/** At least `least` bytes before zlib, if the source has them. */
static fal_status refill(const fal_archive_source *source, inflater *f, size_t least)
{
    if (f->z.avail_in >= least) {
        return FAL_OK;
    }
    size_t got = 0;
    f->offset -= f->z.avail_in;
    FAL_TRY(fal_archive_source_read(source, f->offset, f->in, sizeof f->in, &got));
    f->offset += got;
    f->z.next_in = f->in;
    f->z.avail_in = (uInt)got;
    return FAL_OK;
}

/** One member after the other; zlib compares the checksum and the length that end each. */
static fal_status inflate_members(const fal_archive_source *source, size_t limit, inflater *f,
                                  fal_archive_content *content)
{
    for (;;) {
        FAL_TRY(refill(source, f, 1));
        f->z.next_out = f->out;
        f->z.avail_out = sizeof f->out;
        const int result = inflate(&f->z, Z_NO_FLUSH);
        FAL_TRY(count_bytes(source, limit, f->out, sizeof f->out - f->z.avail_out, content));
        if (result == Z_STREAM_END) {
            FAL_TRY(refill(source, f, 2));
            if (f->z.avail_in < 2 || f->z.next_in[0] != 0x1f || f->z.next_in[1] != 0x8b) {
                return check_padding(source, f->offset - f->z.avail_in);
            }
            if (inflateReset(&f->z) != Z_OK) {
                return fal_fail(FAL_ERR_INTERNAL, "zlib cannot begin anew");
            }
        } else if (result != Z_OK) {
            const bool ended = result == Z_BUF_ERROR && f->z.avail_in == 0;
            return fal_fail(FAL_ERR_INPUT, "%s: %s: copy it again", source->name,
                            ended              ? "is cut short"
                            : f->z.msg != NULL ? f->z.msg
                                               : "its compressed data are damaged");
        }
    }
}

static fal_status check_gzip(const fal_archive_source *source, size_t limit, fal_archive_content *content)
{
    inflater *f = NULL;
    FAL_TRY(fal_alloc(&f, 1, sizeof *f, source->name));
    fal_status status = FAL_OK;
    if (inflateInit2(&f->z, 16 + MAX_WBITS) != Z_OK) { /* 16: gzip, nothing else */
        status = fal_fail(FAL_ERR_MEMORY, "%s: zlib has no memory", source->name);
    } else {
        status = inflate_members(source, limit, f, content);
        (void)inflateEnd(&f->z);
    }
    fal_free(f);
    return status;
}

fal_status fal_archive_check(const fal_archive_source *source, size_t limit, fal_archive_content *content)
{
    struct archive *archive = NULL;
    struct archive_entry *entry = NULL;
    unsigned char *out = NULL;
    fal_status status = FAL_OK;
    *content = (fal_archive_content){.filter = ARCHIVE_FILTER_NONE};
    FAL_TRY_GOTO(fal_archive_open(source, false, &archive));
    FAL_TRY_GOTO(fal_alloc(&out, FAL_ARCHIVE_BLOCK, 1, source->name));
    const int result = archive_read_next_header(archive, &entry);
    if (result == ARCHIVE_EOF) {
        goto done; /* a compressed file of nothing */
    }
    if (result != ARCHIVE_OK) {
        status = fal_archive_fail(source, archive);
        goto done;
    }
    if (archive_filter_count(archive) > 2) { /* the file itself counts as one */
        status = fal_fail(FAL_ERR_INPUT, "%s: is compressed more than once: unpack it once and give the result",
                          source->name);
        goto done;
    }
    content->filter = archive_filter_code(archive, 0);
    status = content->filter == ARCHIVE_FILTER_GZIP ? check_gzip(source, limit, content)
                                                    : drain(source, archive, limit, out, content);
done:
    fal_free(out);
    if (archive != NULL) {
        (void)archive_read_free(archive);
    }
    return status;
}
