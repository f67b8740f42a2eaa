/* MATLAB's files of version 5, looked at as a whole before matio reads an array of them.
 *
 * matio stops reading where it has what it wants, and leaves zeros where an array holds fewer values than its sizes
 * say; so a file that was cut or changed would pass. Here every element must lie in the file as a whole, compressed
 * ones are unpacked once, which checks their checksums and how much they hold, and numeric arrays must have the values
 * that their sizes promise. (MATLAB's document "MAT-File Format", chapter 1.) */
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "mat_internal.h"

#include "fal/io/file.h"

enum { HEAD = 128, TAG = 8, PIECE = 1 << 16 };
enum { TYPE_INT32 = 5, TYPE_UINT32 = 6, TYPE_MATRIX = 14, TYPE_COMPRESSED = 15, TYPES = 16 };
/* Cells, structures, objects; numbers; functions, and what has no sizes. */
enum { CLASS_CELL = 1, CLASS_OBJECT = 3, CLASS_FIRST = 6, CLASS_LAST = 15, CLASS_FUNCTION = 16, CLASS_OPAQUE = 17 };
enum { NAME_MOST = 4096 };

typedef struct {
    const char *path;
    const unsigned char *bytes;
    size_t count;
    bool swapped; /* big-endian */
    size_t limit; /* of all unpacked elements together */
} mat_file;

static uint32_t number_at(const mat_file *file, const unsigned char *at)
{
    return file->swapped ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                         : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static fal_status damaged(const mat_file *file, const char *what)
{
    return fal_fail(FAL_ERR_INPUT, "%s: %s: copy it again", file->path, what);
}

/* ---- an array -------------------------------------------------------------------------------------------------- */

/** The beginning of an array, and where we are in it. */
typedef struct {
    const unsigned char *bytes;
    size_t there; /* of them */
    size_t at;
} array_head;

typedef struct {
    uint32_t type, size;
    const unsigned char *values; /* may lie behind what is there */
} part;

/** The tag of the next part; *at moves behind its values. Values of up to four bytes may lie in the tag. */
static bool next_part(const mat_file *file, array_head *head, part *p)
{
    if (head->at > head->there || head->there - head->at < TAG) {
        return false;
    }
    const unsigned char *tag = head->bytes + head->at;
    const uint32_t first = number_at(file, tag);
    if (first >> 16 != 0) {
        *p = (part){first & 0xffffU, first >> 16, tag + 4};
        head->at += TAG;
        return p->size <= 4;
    }
    *p = (part){first, number_at(file, tag + 4), tag + TAG};
    head->at += TAG + ((size_t)p->size + 7) / 8 * 8;
    return true;
}

static bool is_there(const array_head *head, const part *p)
{
    const size_t from = (size_t)(p->values - head->bytes);
    return from <= head->there && p->size <= head->there - from;
}

/** Is the name there? matio takes as much memory as it claims. */
static bool name_is_whole(const mat_file *file, array_head *head)
{
    part name;
    return next_part(file, head, &name) && name.size <= NAME_MOST && is_there(head, &name);
}

/** The class of an array, and *head behind its flags; 0: none. */
static uint32_t class_of(const mat_file *file, array_head *head)
{
    part flags;
    if (!next_part(file, head, &flags) || flags.type != TYPE_UINT32 || flags.size != 8 || !is_there(head, &flags)) {
        return 0;
    }
    return number_at(file, flags.values) & 0xffU;
}

/** matio goes through what such arrays hold, and takes as much memory as their sizes say. */
static bool is_container(uint32_t class)
{
    return (class >= CLASS_CELL && class <= CLASS_OBJECT) || class == CLASS_FUNCTION || class == CLASS_OPAQUE;
}

/** Sizes, name, values: do the values fit the sizes? Arrays of other things than numbers are not looked into behind
 * their name. */
static bool array_is_whole(const mat_file *file, uint32_t class, array_head head)
{
    static const size_t widths[TYPES] = {
        [1] = 1, [2] = 1, [3] = 2, [4] = 2, [5] = 4, [6] = 4, [7] = 4, [9] = 8, [12] = 8, [13] = 8};
    part sizes;
    part values;
    size_t elements = 1;
    if (class == 0 || class > CLASS_LAST || !next_part(file, &head, &sizes) || sizes.type != TYPE_INT32 ||
        sizes.size % 4 != 0 || !is_there(&head, &sizes)) {
        return false;
    }
    for (uint32_t at = 0; at < sizes.size; at += 4) {
        const uint32_t size = number_at(file, sizes.values + at);
        if (size > INT32_MAX || __builtin_mul_overflow(elements, (size_t)size, &elements)) {
            return false;
        }
    }
    if (!name_is_whole(file, &head)) {
        return false;
    }
    if (class < CLASS_FIRST) {
        return true;
    }
    if (!next_part(file, &head, &values) || values.type >= TYPES) {
        return false;
    }
    const size_t width = widths[values.type];
    return width > 0 && values.size % width == 0 && values.size / width == elements;
}

/** An array of which `there` bytes are at hand. */
static fal_status check_array(const mat_file *file, const unsigned char *bytes, size_t there)
{
    array_head head = {bytes, there, TAG};
    const uint32_t class = class_of(file, &head);
    if (is_container(class)) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: holds a cell array, a structure, a function or an object: save arrays of numbers only",
                        file->path);
    }
    return array_is_whole(file, class, head) ? FAL_OK : damaged(file, "holds a damaged array");
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

/** Unpack an element into nothing. *used: bytes unpacked so far. */
static fal_status check_compressed(const mat_file *file, const unsigned char *from, size_t count, size_t *used)
{
    static const size_t most = PIECE;
    unsigned char first[PIECE];
    unsigned char piece[PIECE];
    z_stream stream = {.next_in = (unsigned char *)from, .avail_in = (uInt)count}; /* zlib does not write there */
    size_t unpacked = 0;
    int result = inflateInit(&stream);
    while (result == Z_OK) {
        const bool at_start = unpacked < most;
        stream.next_out = at_start ? first + unpacked : piece;
        stream.avail_out = (uInt)(at_start ? most - unpacked : most);
        const size_t room = stream.avail_out;
        result = inflate(&stream, Z_NO_FLUSH);
        unpacked += room - stream.avail_out;
        if (unpacked > file->limit - *used) {
            (void)inflateEnd(&stream);
            return fal_fail(FAL_ERR_INPUT, "%s: unpacks to more than the %zu MiB allowed for a file of its size",
                            file->path, file->limit >> 20);
        }
    }
    const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
    (void)inflateEnd(&stream);
    if (!whole || unpacked < TAG || number_at(file, first) != TYPE_MATRIX ||
        number_at(file, first + 4) > unpacked - TAG) {
        return damaged(file, "holds a damaged array");
    }
    FAL_TRY(check_array(file, first, unpacked < most ? unpacked : most));
    *used += unpacked;
    return FAL_OK;
}

static fal_status check_elements(const mat_file *file)
{
    size_t used = 0;
    for (size_t at = HEAD; at < file->count;) {
        if (file->count - at < TAG) {
            return damaged(file, "is cut short");
        }
        const unsigned char *element = file->bytes + at;
        const uint32_t type = number_at(file, element);
        const size_t size = number_at(file, element + 4);
        if (type != TYPE_COMPRESSED && type != TYPE_MATRIX) {
            return damaged(file, "holds an element of an unknown kind");
        }
        if (size > file->count - at - TAG) {
            return damaged(file, "is cut short");
        }
        if (type == TYPE_COMPRESSED) {
            FAL_TRY(check_compressed(file, element + TAG, size, &used));
        } else {
            FAL_TRY(check_array(file, element, TAG + size));
        }
        at += TAG + size;
    }
    return FAL_OK;
}

fal_status fal_mat5_check(const char *path, size_t limit)
{
    mat_file file = {.path = path, .limit = limit};
    int descriptor = -1;
    FAL_TRY(fal_file_open(path, &descriptor, &file.count));
    void *bytes = mmap(NULL, file.count, PROT_READ, MAP_PRIVATE, descriptor, 0);
    (void)close(descriptor);
    if (bytes == MAP_FAILED) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot be read", path);
    }
    file.bytes = bytes;
    file.swapped = file.count > HEAD && file.bytes[HEAD - 2] == 'M';
    const fal_status status = check_elements(&file);
    (void)munmap(bytes, file.count);
    return status;
}
