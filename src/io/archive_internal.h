/* Shared by the archive*.c files: where bytes come from, and the checks that go over all of them. */
#ifndef FAL_IO_ARCHIVE_INTERNAL_H
#define FAL_IO_ARCHIVE_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include <archive.h>

#include "fal/base/status.h"

enum { FAL_ARCHIVE_MEMBERS_MAX = 1000000, FAL_ARCHIVE_BLOCK = 1 << 16, FAL_ARCHIVE_NAME_SIZE = 4096 };

/** A file, or a member of an archive in memory. */
typedef struct {
    const char *name; /* in messages */
    int descriptor;   /* -1: in memory */
    const unsigned char *bytes;
    size_t count;
} fal_archive_source;

/** Up to `size` bytes from `offset` on; fewer only at the end. */
fal_status fal_archive_source_read(const fal_archive_source *source, size_t offset, void *bytes, size_t size,
                                   size_t *got);

/** libarchive's reader of a source from its start; release with archive_read_free, also after a failure. `archives`:
 *  tar and zip are opened; else what is in the compressed file is one member, whatever it is. */
fal_status fal_archive_open(const fal_archive_source *source, bool archives, struct archive **archive);
/** The failure of libarchive as ours. */
fal_status fal_archive_fail(const fal_archive_source *source, struct archive *archive);

/** What a source holds once unpacked. */
typedef struct {
    int filter;   /* ARCHIVE_FILTER_GZIP, _XZ, _BZIP2 or _NONE */
    size_t count; /* bytes */
    size_t last;  /* bytes up to the last that is not 0 */
} fal_archive_content;

/** Unpack to the very end and keep nothing: every checksum and length of gzip (all members), xz and bzip2 must hold,
 *  and nothing but zeros may follow. FAL_ERR_INPUT also for more than `limit` bytes, or compression within compression.
 */
fal_status fal_archive_check(const fal_archive_source *source, size_t limit, fal_archive_content *content);

/** The directory at the end of a zip archive must be whole and name the same members as the archive itself, none of
 *  them encrypted; *files: how many are not folders. libarchive checks the members' data. */
fal_status fal_archive_check_zip(const fal_archive_source *source, int64_t *files);
/** Is the member whose header libarchive has just read compressed in a way that is read? A file may have two
 *  directories, of which libarchive takes the other one. */
fal_status fal_archive_check_zip_method(const fal_archive_source *source, struct archive *archive);

#endif
