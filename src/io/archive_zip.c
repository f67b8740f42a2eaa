/* The directory of a zip archive. Its names have no checksum of their own, but each stands in the file twice; and only
 * the directory tells whether all members are there. Source: PKWARE's APPNOTE.TXT 6.3.9, sections 4.3.7 to 4.3.16. */
#include "archive_internal.h"

#include <string.h>

#include "fal/base/memory.h"

enum {
    END_SIZE = 22,
    COMMENT_MAX = 65535,
    LOCATOR_SIZE = 20, /* of the end of the directory in archives above 4 GiB */
    END64_SIZE = 56,
    ENTRY_SIZE = 46,
    LOCAL_SIZE = 30,
    ENCRYPTED = 1,
    SIZES_FOLLOW = 8, /* flags */
    SMALL_MAX = 0xffff
};
static const uint64_t large_max = 0xffffffffU; /* the true value stands elsewhere */
static const size_t directory_max = (size_t)512 << 20;

typedef struct {
    uint64_t entries, size, offset;
} directory;

static uint64_t number(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes; i > 0; i--) {
        value = value << 8 | at[i - 1];
    }
    return value;
}

static fal_status damaged(const fal_archive_source *source, const char *what)
{
    return fal_fail(FAL_ERR_INPUT, "%s: %s: copy it again", source->name, what);
}

/** Exactly `size` bytes, which must begin with this signature. */
static fal_status read_record(const fal_archive_source *source, uint64_t offset, const char signature[4],
                              unsigned char *bytes, size_t size)
{
    size_t got = 0;
    if (offset > source->count) {
        return damaged(source, "its directory leads out of the file");
    }
    FAL_TRY(fal_archive_source_read(source, (size_t)offset, bytes, size, &got));
    if (got != size || memcmp(bytes, signature, 4) != 0) {
        return damaged(source, "its directory does not fit its members");
    }
    return FAL_OK;
}

static fal_status find_directory(const fal_archive_source *source, directory *found)
{
    unsigned char *tail = NULL;
    unsigned char locator[LOCATOR_SIZE];
    unsigned char end64[END64_SIZE];
    size_t got = 0;
    size_t at = 0;
    const size_t size = source->count < END_SIZE + COMMENT_MAX ? source->count : END_SIZE + COMMENT_MAX;
    const size_t start = source->count - size;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&tail, size, 1, source->name));
    FAL_TRY_GOTO(fal_archive_source_read(source, start, tail, size, &got));
    for (at = got >= END_SIZE ? got - END_SIZE + 1 : 0; at > 0; at--) {
        const unsigned char *end = tail + at - 1;
        if (memcmp(end, "PK\5\6", 4) == 0 && number(end + 20, 2) == got - END_SIZE - (at - 1)) {
            break;
        }
    }
    if (at == 0) {
        status = damaged(source, "is cut short, or has something after its end");
        goto done;
    }
    const unsigned char *end = tail + at - 1;
    *found = (directory){number(end + 10, 2), number(end + 12, 4), number(end + 16, 4)};
    if (found->entries == SMALL_MAX || found->size == large_max || found->offset == large_max) {
        const uint64_t end_offset = start + at - 1;
        if (end_offset < LOCATOR_SIZE) {
            status = damaged(source, "its directory does not fit its members");
            goto done;
        }
        FAL_TRY_GOTO(read_record(source, end_offset - LOCATOR_SIZE, "PK\6\7", locator, sizeof locator));
        FAL_TRY_GOTO(read_record(source, number(locator + 8, 8), "PK\6\6", end64, sizeof end64));
        *found = (directory){number(end64 + 32, 8), number(end64 + 40, 8), number(end64 + 48, 8)};
    }
    if (found->offset > source->count || found->size > source->count - found->offset) {
        status = damaged(source, "its directory leads out of the file");
    } else if (found->entries > FAL_ARCHIVE_MEMBERS_MAX || found->size > directory_max) {
        status = fal_fail(FAL_ERR_INPUT, "%s: has more than %d members", source->name, FAL_ARCHIVE_MEMBERS_MAX);
    }
done:
    fal_free(tail);
    return status;
}

/** Where the member is: beyond 4 GiB the extra field 1 says so, after those of its sizes that are as large. */
static uint64_t offset_of_member(const unsigned char *entry, const unsigned char *extra, size_t size)
{
    const uint64_t offset = number(entry + 42, 4);
    for (size_t at = 0; offset == large_max && at + 4 <= size;) {
        const size_t length = (size_t)number(extra + at + 2, 2);
        const size_t before = 8 * ((size_t)(number(entry + 20, 4) == large_max) + (number(entry + 24, 4) == large_max));
        if (number(extra + at, 2) == 1) {
            return before + 8 <= length && at + 4 + length <= size ? number(extra + at + 4 + before, 8) : offset;
        }
        at += 4 + length;
    }
    return offset;
}

/* Stored, deflate and its larger sister, bzip2. The others (LZMA, xz, Zstandard, PPMd) take as much memory as a member
 * claims, up to 4 GiB for a few bytes. */
static bool method_is_read(unsigned method) { return method == 0 || method == 8 || method == 9 || method == 12; }

fal_status fal_archive_check_zip_method(const fal_archive_source *source, struct archive *archive)
{
    static const char *const read[] = {"(uncompressed", "(deflat", "(bzip"};
    const char *name = archive_format_name(archive);
    for (size_t i = 0; name != NULL && i < sizeof read / sizeof read[0]; i++) {
        if (strstr(name, read[i]) != NULL) {
            return FAL_OK;
        }
    }
    return fal_fail(FAL_ERR_INPUT, "%s: is compressed in a way that is not read (%.40s): make it with deflate",
                    source->name, name != NULL ? name : "unknown");
}

/** The member's own header must say the same as its entry in the directory. `local` has room for any name. */
static fal_status check_entry(const fal_archive_source *source, const unsigned char *entry, uint64_t offset,
                              unsigned char *local)
{
    const size_t name = (size_t)number(entry + 28, 2);
    const unsigned flags = (unsigned)number(entry + 8, 2);
    if (name == 0 || name >= FAL_ARCHIVE_NAME_SIZE) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds a member without a usable name", source->name);
    }
    if ((flags & ENCRYPTED) != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: is encrypted: unpack it with its password and give the result",
                        source->name);
    }
    if (!method_is_read((unsigned)number(entry + 10, 2))) {
        return fal_fail(FAL_ERR_INPUT, "%s: is compressed in a way that is not read (method %u): make it with deflate",
                        source->name, (unsigned)number(entry + 10, 2));
    }
    FAL_TRY(read_record(source, offset, "PK\3\4", local, LOCAL_SIZE + name));
    /* Flags and method; checksum and sizes where they do not follow the data or need more than four bytes. */
    bool same = memcmp(local + 6, entry + 8, 4) == 0 && number(local + 26, 2) == name &&
                memcmp(local + LOCAL_SIZE, entry + ENTRY_SIZE, name) == 0;
    if (same && (flags & SIZES_FOLLOW) == 0) {
        same = memcmp(local + 14, entry + 16, 4) == 0;
        for (int i = 18; same && i <= 22; i += 4) {
            const uint64_t here = number(local + i, 4);
            const uint64_t there = number(entry + i + 2, 4);
            same = here == there || here == large_max || there == large_max;
        }
    }
    return same ? FAL_OK : damaged(source, "its directory does not fit its members");
}

fal_status fal_archive_check_zip(const fal_archive_source *source, int64_t *files)
{
    directory d = {0};
    unsigned char *bytes = NULL;
    unsigned char *local = NULL;
    size_t got = 0;
    size_t at = 0;
    fal_status status = FAL_OK;
    *files = 0;
    FAL_TRY_GOTO(find_directory(source, &d));
    FAL_TRY_GOTO(fal_alloc(&bytes, (size_t)d.size, 1, source->name));
    FAL_TRY_GOTO(fal_alloc(&local, LOCAL_SIZE + FAL_ARCHIVE_NAME_SIZE, 1, source->name));
    FAL_TRY_GOTO(fal_archive_source_read(source, (size_t)d.offset, bytes, (size_t)d.size, &got));
    for (uint64_t i = 0; i < d.entries; i++) {
        const unsigned char *entry = bytes + at;
        const size_t left = got - at;
        if (left < ENTRY_SIZE || memcmp(entry, "PK\1\2", 4) != 0) {
            status = damaged(source, "its directory is damaged");
            goto done;
        }
        const size_t name = (size_t)number(entry + 28, 2);
        const size_t extra = (size_t)number(entry + 30, 2);
        const size_t size = ENTRY_SIZE + name + extra + (size_t)number(entry + 32, 2);
        if (size > left) {
            status = damaged(source, "its directory is damaged");
            goto done;
        }
        FAL_TRY_GOTO(check_entry(source, entry, offset_of_member(entry, entry + ENTRY_SIZE + name, extra), local));
        *files += entry[ENTRY_SIZE + name - 1] != '/';
        at += size;
    }
    if (at != got) {
        status = damaged(source, "its directory is damaged");
    }
done:
    fal_free(local);
    fal_free(bytes);
    return status;
}
