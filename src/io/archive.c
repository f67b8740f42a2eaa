/* Compressed files and archives through libarchive: members come into memory, one at a time, never onto the disk. */
#include "fal/io/archive.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"

enum { MEMBERS_MAX = 1000000, BLOCK = 1 << 16, NAME_SIZE = 4096 };

typedef struct {
    const char *path;
    int descriptor;
    size_t file_bytes;
    size_t limit, total;
    unsigned char *bytes; /* of the present member */
    size_t room;
} reader;

bool fal_archive_available(void) { return true; }

static fal_status fail_archive(const reader *r, struct archive *archive)
{
    const char *reason = archive_error_string(archive);
    return fal_fail(FAL_ERR_INPUT, "%s: cannot be unpacked: %.200s: copy it again", r->path,
                    reason != NULL ? reason : "damaged");
}

/** Last part of the path, without the ending of a compressed file. */
static void plain_name(const char *path, char name[NAME_SIZE])
{
    static const char *const endings[] = {".gz", ".xz", ".bz2"};
    const char *slash = strrchr(path, '/');
    (void)snprintf(name, NAME_SIZE, "%s", slash != NULL ? slash + 1 : path);
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(name + length - ending, endings[i]) == 0) {
            name[length - ending] = '\0';
            return;
        }
    }
}

static fal_status check_member(const reader *r, struct archive_entry *entry, const char *name)
{
    if (name == NULL || name[0] == '\0' || strlen(name) >= NAME_SIZE) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds a member without a usable name", r->path);
    }
    bool upwards = name[0] == '/';
    for (const char *p = name; !upwards && p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        upwards = strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0');
    }
    if (upwards) {
        return fal_fail(FAL_ERR_INPUT, "%s: member %.200s: absolute names and .. are refused", r->path, name);
    }
    if (archive_entry_hardlink(entry) != NULL || archive_entry_symlink(entry) != NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: member %.200s is a link: links are refused", r->path, name);
    }
    return FAL_OK;
}

/** Room for one more block, doubled as the data come: what a header claims is not believed. */
static fal_status grow(reader *r, size_t used)
{
    if (r->room - used >= BLOCK) {
        return FAL_OK;
    }
    unsigned char *larger = NULL;
    const size_t room = r->room < BLOCK ? 4 * (size_t)BLOCK : 2 * r->room;
    FAL_TRY(fal_alloc(&larger, room, 1, r->path));
    if (used > 0) {
        memcpy(larger, r->bytes, used);
    }
    fal_free(r->bytes);
    r->bytes = larger;
    r->room = room;
    return FAL_OK;
}

static fal_status read_member(reader *r, struct archive *archive, size_t *count)
{
    size_t used = 0;
    for (;;) {
        FAL_TRY(grow(r, used));
        const la_ssize_t got = archive_read_data(archive, r->bytes + used, BLOCK);
        if (got < 0) {
            return fail_archive(r, archive);
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
        if (used > r->limit - r->total) {
            return fal_fail(FAL_ERR_INPUT, "%s: unpacks to more than the %zu MiB allowed", r->path, r->limit >> 20);
        }
    }
    r->total += used;
    *count = used;
    return FAL_OK;
}

static uint32_t crc32_of(const unsigned char *bytes, size_t count)
{
    uint32_t table[256];
    uint32_t crc = 0xffffffffU;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
        }
        table[i] = value;
    }
    for (size_t i = 0; i < count; i++) {
        crc = table[(crc ^ bytes[i]) & 255U] ^ (crc >> 8);
    }
    return ~crc;
}

/** libarchive does not look at the checksum and length that end a gzip file. */
static fal_status check_gzip_end(const reader *r, size_t count)
{
    unsigned char end[8];
    if (r->file_bytes < sizeof end ||
        pread(r->descriptor, end, sizeof end, (off_t)(r->file_bytes - sizeof end)) != (ssize_t)sizeof end) {
        return fal_fail(FAL_ERR_INPUT, "%s: is cut short: copy it again", r->path);
    }
    uint32_t stored[2] = {0};
    for (int i = 0; i < 8; i++) {
        stored[i / 4] |= (uint32_t)end[i] << (8 * (i % 4));
    }
    if (stored[1] != (uint32_t)count || stored[0] != crc32_of(r->bytes, count)) {
        return fal_fail(FAL_ERR_INPUT, "%s: its checksum does not match: copy it again", r->path);
    }
    return FAL_OK;
}

static bool ends_as_gzip(struct archive *archive)
{
    return archive_filter_count(archive) == 2 && archive_filter_code(archive, 0) == ARCHIVE_FILTER_GZIP;
}

/** *members: how many there were. */
static fal_status visit_members(reader *r, struct archive *archive, fal_archive_visitor visit, void *context,
                                int64_t *members)
{
    struct archive_entry *entry = NULL;
    char own_name[NAME_SIZE];
    for (*members = 0;; ++*members) {
        const int result = archive_read_next_header(archive, &entry);
        if (result == ARCHIVE_EOF) {
            return FAL_OK;
        }
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
            return fail_archive(r, archive);
        }
        if (*members >= MEMBERS_MAX) {
            return fal_fail(FAL_ERR_INPUT, "%s: has more than %d members", r->path, MEMBERS_MAX);
        }
        const bool inside = archive_format(archive) != ARCHIVE_FORMAT_RAW;
        const char *name = archive_entry_pathname(entry);
        size_t count = 0;
        if (inside) {
            FAL_TRY(check_member(r, entry, name));
            if (archive_entry_filetype(entry) != AE_IFREG) {
                continue;
            }
        } else {
            plain_name(r->path, own_name);
            name = own_name;
        }
        FAL_TRY(read_member(r, archive, &count));
        if (!inside && ends_as_gzip(archive)) {
            FAL_TRY(check_gzip_end(r, count));
        }
        FAL_TRY(visit(context, name, r->bytes, count, inside));
    }
}

/** All of the file, with archives told by their content or as a plain file only. */
static fal_status read_file(reader *r, bool archives, fal_archive_visitor visit, void *context, int64_t *members)
{
    struct archive *archive = archive_read_new();
    fal_status status = FAL_OK;
    if (archive == NULL || lseek(r->descriptor, 0, SEEK_SET) != 0) {
        status = fal_fail(FAL_ERR_MEMORY, "%s: libarchive has no memory", r->path);
    } else if (archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
               archive_read_support_filter_xz(archive) != ARCHIVE_OK ||
               archive_read_support_filter_bzip2(archive) != ARCHIVE_OK ||
               (archives && archive_read_support_format_tar(archive) != ARCHIVE_OK) ||
               (archives && archive_read_support_format_zip(archive) != ARCHIVE_OK) ||
               archive_read_support_format_raw(archive) != ARCHIVE_OK ||
               archive_read_open_fd(archive, r->descriptor, BLOCK) != ARCHIVE_OK) {
        status = fail_archive(r, archive);
    } else {
        status = visit_members(r, archive, visit, context, members);
    }
    if (archive != NULL) {
        (void)archive_read_free(archive);
    }
    return status;
}

fal_status fal_archive_visit(const char *path, size_t limit_bytes, fal_archive_visitor visit, void *context)
{
    reader r = {.path = path, .descriptor = -1, .limit = limit_bytes};
    int64_t members = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_file_open(path, &r.descriptor, &r.file_bytes));
    if (r.file_bytes == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: is empty: copy it again", path);
        goto done;
    }
    FAL_TRY_GOTO(read_file(&r, true, visit, context, &members));
    if (members == 0) { /* a file that begins with 512 zeros looks like the end of a tar archive */
        FAL_TRY_GOTO(read_file(&r, false, visit, context, &members));
    }
    if (members == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: holds nothing", path);
    }
done:
    fal_free(r.bytes);
    (void)close(r.descriptor);
    return status;
}
