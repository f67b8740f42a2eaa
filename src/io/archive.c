/* Compressed files and archives through libarchive: members come into memory, one at a time, never onto the disk.
 *
 * A file is gone over twice: first all of it is unpacked and checked (archive_check.c), then its members are visited.
 * Members that are compressed files themselves (a tar or zip of .gz files) are unpacked in the same way. */
#include "fal/io/archive.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <archive_entry.h>

#include "archive_internal.h"

#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/io/file.h"

/** One file, or one compressed member of it. */
typedef struct {
    fal_archive_source source;
    fal_archive_content content;
    size_t limit;
    size_t *total;        /* bytes of all members so far */
    unsigned char *bytes; /* of the present member */
    int64_t room;
    char **names; /* of all members */
    int64_t members, names_room;
    int64_t files; /* of a zip archive, as its directory says; else -1 */
    fal_archive_visitor visit;
    void *context;
} reader;

bool fal_archive_available(void) { return true; }

/* ---- names ----------------------------------------------------------------------------------------------------- */

/** What the ending of a name promises. */
typedef struct {
    const char *ending;
    int filter, format; /* 0: says nothing about it */
} promise;

static const promise promises[] = {
    {".tar.gz", ARCHIVE_FILTER_GZIP, ARCHIVE_FORMAT_TAR},
    {".tgz", ARCHIVE_FILTER_GZIP, ARCHIVE_FORMAT_TAR},
    {".tar.xz", ARCHIVE_FILTER_XZ, ARCHIVE_FORMAT_TAR},
    {".txz", ARCHIVE_FILTER_XZ, ARCHIVE_FORMAT_TAR},
    {".tar.bz2", ARCHIVE_FILTER_BZIP2, ARCHIVE_FORMAT_TAR},
    {".tbz2", ARCHIVE_FILTER_BZIP2, ARCHIVE_FORMAT_TAR},
    {".tar", 0, ARCHIVE_FORMAT_TAR},
    {".zip", 0, ARCHIVE_FORMAT_ZIP},
    {".npz", 0, ARCHIVE_FORMAT_ZIP},
    {".gz", ARCHIVE_FILTER_GZIP, 0},
    {".xz", ARCHIVE_FILTER_XZ, 0},
    {".bz2", ARCHIVE_FILTER_BZIP2, 0},
};
static const promise no_promise = {"", 0, 0};

static const promise *promise_of(const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        const size_t ending = strlen(promises[i].ending);
        if (length > ending && strcmp(name + length - ending, promises[i].ending) == 0) {
            return &promises[i];
        }
    }
    return &no_promise;
}

/** The name without the ending of a compressed file. */
static void plain_name(const char *path, char name[FAL_ARCHIVE_NAME_SIZE])
{
    const promise *said = promise_of(path);
    (void)snprintf(name, FAL_ARCHIVE_NAME_SIZE, "%s", path);
    if (said->filter != 0 && said->format == 0) {
        name[strlen(name) - strlen(said->ending)] = '\0';
    }
}

/** A damaged first byte makes a compressed file or an archive look like a plain one. */
static fal_status check_promise(const reader *r, int format)
{
    const promise *said = promise_of(r->source.name);
    if ((said->filter != 0 && said->filter != r->content.filter) || (said->format != 0 && said->format != format)) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: is no %s file, as its name says: copy it again, or rename it if it was unpacked already",
                        r->source.name, said->ending);
    }
    return FAL_OK;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/** Of two members of one name nobody knows which is meant. Sorts the names. */
static fal_status check_names(reader *r)
{
    if (r->members > 1) {
        qsort(r->names, (size_t)r->members, sizeof *r->names, by_bytes);
    }
    for (int64_t i = 1; i < r->members; i++) {
        if (strcmp(r->names[i - 1], r->names[i]) == 0) {
            return fal_fail(FAL_ERR_INPUT, "%s: holds two members called %.200s: make the archive again",
                            r->source.name, r->names[i]);
        }
    }
    return FAL_OK;
}

static fal_status keep_name(reader *r, const char *name)
{
    FAL_TRY(fal_grow(&r->names, r->members, r->members + 1, &r->names_room, sizeof *r->names, "names of members"));
    r->names[r->members] = strdup(name);
    if (r->names[r->members] == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for the names of its members", r->source.name);
    }
    r->members++;
    return FAL_OK;
}

static fal_status check_member(const reader *r, struct archive_entry *entry, const char *name)
{
    if (name == NULL || name[0] == '\0' || strlen(name) >= FAL_ARCHIVE_NAME_SIZE) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds a member without a usable name", r->source.name);
    }
    bool upwards = name[0] == '/';
    for (const char *p = name; !upwards && p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        upwards = strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0');
    }
    if (upwards) {
        return fal_fail(FAL_ERR_INPUT, "%s: member %.200s: absolute names and .. are refused", r->source.name, name);
    }
    if (archive_entry_hardlink(entry) != NULL || archive_entry_symlink(entry) != NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: member %.200s is a link: links are refused", r->source.name, name);
    }
    if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR) {
        return fal_fail(FAL_ERR_INPUT, "%s: member %.200s is neither a file nor a folder", r->source.name, name);
    }
    return FAL_OK;
}

/* ---- members --------------------------------------------------------------------------------------------------- */

static fal_status read_member(reader *r, struct archive *archive, size_t *count)
{
    size_t used = 0;
    for (;;) {
        /* Doubled as the data come: what a header claims is not believed. */
        FAL_TRY(fal_grow(&r->bytes, (int64_t)used, (int64_t)(used + FAL_ARCHIVE_BLOCK), &r->room, 1, r->source.name));
        const la_ssize_t got = archive_read_data(archive, r->bytes + used, FAL_ARCHIVE_BLOCK);
        if (got < 0) {
            return fal_archive_fail(&r->source, archive);
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
        if (used > r->limit - *r->total) {
            return fal_fail(FAL_ERR_INPUT, "%s: unpacks to more than the %zu MiB allowed", r->source.name,
                            r->limit >> 20);
        }
    }
    *r->total += used;
    *count = used;
    return FAL_OK;
}

/** A member that is a compressed file: its content is visited instead. */
static fal_status visit_compressed(const reader *r, const char *name, size_t count)
{
    char full[2 * FAL_ARCHIVE_NAME_SIZE];
    char plain[FAL_ARCHIVE_NAME_SIZE];
    struct archive *archive = NULL;
    struct archive_entry *entry = NULL;
    size_t unpacked = 0;
    reader inner = {.source = {full, -1, r->bytes, count}, .limit = r->limit, .total = r->total};
    fal_status status = FAL_OK;
    (void)snprintf(full, sizeof full, "%s: member %s", r->source.name, name);
    plain_name(name, plain);
    FAL_TRY(fal_archive_check(&inner.source, r->limit - *r->total, &inner.content));
    FAL_TRY(check_promise(&inner, 0));
    FAL_TRY_GOTO(fal_archive_open(&inner.source, false, &archive));
    if (archive_read_next_header(archive, &entry) == ARCHIVE_OK) { /* else it holds nothing */
        FAL_TRY_GOTO(read_member(&inner, archive, &unpacked));
    }
    status = r->visit(r->context, plain, inner.bytes, unpacked, true);
done:
    fal_free(inner.bytes);
    if (archive != NULL) {
        (void)archive_read_free(archive);
    }
    return status;
}

static fal_status visit_inside(reader *r, struct archive *archive, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    size_t count = 0;
    FAL_TRY(check_member(r, entry, name));
    if (archive_entry_filetype(entry) == AE_IFDIR) {
        return FAL_OK;
    }
    FAL_TRY(keep_name(r, name));
    FAL_TRY(read_member(r, archive, &count));
    const promise *said = promise_of(name);
    return said->filter != 0 && said->format == 0 ? visit_compressed(r, name, count)
                                                  : r->visit(r->context, name, r->bytes, count, true);
}

/** All members were there: the end of the archive is its own, and nothing but zeros follows. */
static fal_status check_end(reader *r, struct archive *archive, int format)
{
    if (format == ARCHIVE_FORMAT_TAR) {
        const la_int64_t end = archive_read_header_position(archive); /* where the next member would begin */
        if (end < 0 || r->content.count < (size_t)end + 512) {
            return fal_fail(FAL_ERR_INPUT, "%s: is cut short: copy it again", r->source.name);
        }
        if (r->content.last > (size_t)end) {
            return fal_fail(FAL_ERR_INPUT, "%s: has something else after its end: copy it again", r->source.name);
        }
    }
    if (format == ARCHIVE_FORMAT_ZIP && r->members != r->files) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %lld files, but its directory names %lld: copy it again",
                        r->source.name, (long long)r->members, (long long)r->files);
    }
    return check_names(r);
}

static fal_status visit_members(reader *r, struct archive *archive)
{
    struct archive_entry *entry = NULL;
    char own_name[FAL_ARCHIVE_NAME_SIZE];
    size_t count = 0;
    int format = 0;
    for (int64_t seen = 0;; seen++) {
        const int result = archive_read_next_header(archive, &entry);
        if (result == ARCHIVE_EOF) {
            return r->members > 0 ? check_end(r, archive, format) : FAL_OK;
        }
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
            return fal_archive_fail(&r->source, archive);
        }
        if (seen >= FAL_ARCHIVE_MEMBERS_MAX) {
            return fal_fail(FAL_ERR_INPUT, "%s: has more than %d members", r->source.name, FAL_ARCHIVE_MEMBERS_MAX);
        }
        if (seen == 0) {
            format = archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK;
            FAL_TRY(check_promise(r, format));
        }
        if (format == ARCHIVE_FORMAT_RAW) {
            plain_name(fal_path_base(r->source.name), own_name);
            FAL_TRY(read_member(r, archive, &count));
            r->members++;
            return r->visit(r->context, own_name, r->bytes, count, false);
        }
        if (format == ARCHIVE_FORMAT_ZIP && seen == 0) {
            if (r->content.filter != ARCHIVE_FILTER_NONE) {
                return fal_fail(FAL_ERR_INPUT, "%s: is a zip archive in a compressed file: unpack it once",
                                r->source.name);
            }
            FAL_TRY(fal_archive_check_zip(&r->source, &r->files));
        }
        if (format == ARCHIVE_FORMAT_ZIP) {
            FAL_TRY(fal_archive_check_zip_method(&r->source, archive));
        }
        FAL_TRY(visit_inside(r, archive, entry));
    }
}

/** All of the file, with archives told by their content or as a plain file only. */
static fal_status read_file(reader *r, bool archives)
{
    struct archive *archive = NULL;
    fal_status status = fal_archive_open(&r->source, archives, &archive);
    if (status == FAL_OK) {
        status = visit_members(r, archive);
    }
    if (archive != NULL) {
        (void)archive_read_free(archive);
    }
    return status;
}

fal_status fal_archive_visit(const char *path, size_t limit_bytes, fal_archive_visitor visit, void *context)
{
    size_t total = 0;
    reader r = {.source = {.name = path, .descriptor = -1},
                .limit = limit_bytes,
                .total = &total,
                .files = -1,
                .visit = visit,
                .context = context};
    fal_status status = FAL_OK;
    FAL_TRY(fal_file_open(path, &r.source.descriptor, &r.source.count));
    if (r.source.count == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: is empty: copy it again", path);
        goto done;
    }
    /* Headers and padding of archives come on top of what members may hold. */
    FAL_TRY_GOTO(fal_archive_check(&r.source, limit_bytes + limit_bytes / 4, &r.content));
    FAL_TRY_GOTO(read_file(&r, true));
    if (r.members == 0) { /* a file that begins with 512 zeros looks like the end of a tar archive */
        FAL_TRY_GOTO(read_file(&r, false));
    }
    if (r.members == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: holds nothing", path);
    }
done:
    for (int64_t i = 0; r.names != NULL && i < r.members; i++) {
        free(r.names[i]);
    }
    fal_free(r.names);
    fal_free(r.bytes);
    (void)close(r.source.descriptor);
    return status;
}
