/* The scientific digest of a file (formats.md section 7).
 *
 * A file is a list of items: an attribute ("/parameters@alpha"), an array ("/labelled_counts"), a column of a table
 * ("/rounds[test_accuracy]"). Each item has a line "name type dims sha256-of-its-bytes"; bytes are little-endian in C
 * order, every NaN is the same NaN. The digest is the SHA-256 of the lines in name order. */
#include "fal/io/digest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest_internal.h"

#include "fal/base/memory.h"
#include "fal/base/text.h"

enum { DEPTH_MAX = 16, GROUPS_MAX = 10000 };

/* ---- items ----------------------------------------------------------------------------------------------------- */

static void destroy_items(fal_digest_items *items)
{
    for (int i = 0; i < items->count; i++) {
        free(items->lines[i]);
    }
    fal_free(items->lines);
    *items = (fal_digest_items){0};
}

fal_status fal_digest_add(fal_digest_items *items, const char *name, const char *type, int rank, const int64_t *dims,
                          const char sha256[65])
{
    fal_text line = {0};
    if (items->count >= FAL_DIGEST_ITEMS_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: more than %d arrays and attributes", fal_h5_name(items->file),
                        FAL_DIGEST_ITEMS_MAX);
    }
    FAL_TRY(fal_grow(&items->lines, items->count, items->count + 1, &items->room, sizeof *items->lines, "digest"));
    fal_text_add(&line, "%s\t%s\t[", name, type);
    for (int i = 0; i < rank; i++) {
        fal_text_add(&line, "%s%lld", i > 0 ? "," : "", (long long)dims[i]);
    }
    fal_text_add(&line, "]\t%s\n", sha256);
    const fal_status status = fal_text_status(&line);
    if (status != FAL_OK) {
        fal_text_destroy(&line);
        return status;
    }
    items->lines[items->count++] = line.chars;
    return FAL_OK;
}

/* ---- walking the file ------------------------------------------------------------------------------------------ */

typedef struct {
    fal_digest_items *items;
    const char *group; /* "" for the root */
    int depth;
} place;

static fal_status walk(fal_digest_items *items, const char *group, int depth);

/* How a trial was run, and what came after version 0.1.0: it follows from what counts, and files without it keep their
 * digest. */
static bool is_left_out(const fal_digest_items *items, const char *path)
{
    static const char *const later[] = {"/balanced_accuracy", "/confusion"};
    bool found = strcmp(path, "/run") == 0;
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        found = found || (strcmp(items->format, "results") == 0 && strcmp(path, later[i]) == 0);
    }
    return found;
}

static fal_status visit(void *context, const char *name, bool is_group)
{
    const place *where = context;
    char path[FAL_H5_MEMBER_NAME_MAX];
    const int length = snprintf(path, sizeof path, "%s/%s", where->group, name);
    if (length < 0 || length >= (int)sizeof path) {
        return fal_fail(FAL_ERR_INPUT, "%s: a name below %.100s is too long", fal_h5_name(where->items->file),
                        where->group);
    }
    if (is_left_out(where->items, path)) {
        return FAL_OK;
    }
    if (!is_group) {
        return fal_digest_add_array(where->items, path);
    }
    return walk(where->items, path, where->depth + 1);
}

static fal_status walk(fal_digest_items *items, const char *group, int depth)
{
    place where = {items, group, depth};
    const char *path = group[0] == '\0' ? "/" : group;
    if (depth > DEPTH_MAX || ++items->groups > GROUPS_MAX) { /* hard links can make circles */
        return fal_fail(FAL_ERR_INPUT, "%s: has too many groups, or groups within each other",
                        fal_h5_name(items->file));
    }
    FAL_TRY(fal_digest_add_attributes(items, path));
    return fal_h5_visit(items->file, path, visit, &where);
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/** All items of a file by rising line; names are distinct, so this is name order. */
static fal_status collect(const char *path, fal_digest_items *items)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    items->file = file;
    fal_status status = FAL_OK;
    if (!fal_h5_has_attribute(file, "/", "fal_format")) {
        status = fal_fail(FAL_ERR_INPUT, "%s: is an HDF5 file, but not one of ours (no attribute fal_format)", path);
    } else {
        status = fal_h5_get_text(file, "/", "fal_format", items->format, sizeof items->format);
    }
    if (status == FAL_OK) {
        status = walk(items, "", 0);
    }
    fal_h5_close(file);
    items->file = NULL;
    if (status == FAL_OK && items->count > 0) {
        qsort(items->lines, (size_t)items->count, sizeof *items->lines, by_bytes);
    }
    return status;
}

/* ---- public ---------------------------------------------------------------------------------------------------- */

/* Is the line's item `item`, or of it: a column, an attribute, a member? */
static bool belongs_to(const char *line, const char *item)
{
    const size_t length = strlen(item);
    return strncmp(line, item, length) == 0 && strchr("\t[@/", line[length]) != NULL;
}

/* item NULL: all. */
static fal_status digest(const char *path, const char *item, char text[65])
{
    fal_digest_items items = {0};
    fal_hash *hash = NULL;
    fal_status status = FAL_OK;
    int found = 0;
    FAL_TRY_GOTO(collect(path, &items));
    FAL_TRY_GOTO(fal_hash_create(&hash));
    for (int i = 0; i < items.count; i++) {
        if (item == NULL || belongs_to(items.lines[i], item)) {
            fal_hash_add(hash, items.lines[i], strlen(items.lines[i]));
            found++;
        }
    }
    if (item != NULL && found == 0) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: has no item %.200s that counts: name an array, a table, a group or an attribute as "
                          "digest --compare does, e.g. /model, /queries, /rounds[test_accuracy], /parameters@alpha",
                          path, item);
        goto done;
    }
    fal_hash_finish(hash, text);
done:
    fal_hash_destroy(hash);
    destroy_items(&items);
    return status;
}

fal_status fal_digest_file(const char *path, char text[65]) { return digest(path, NULL, text); }

fal_status fal_digest_item(const char *path, const char *item, char text[65]) { return digest(path, item, text); }

static void name_of(const char *line, char *item, int size)
{
    (void)snprintf(item, (size_t)size, "%.*s", (int)strcspn(line, "\t"), line);
}

fal_status fal_digest_compare(const char *a, const char *b, char *item, int item_size)
{
    fal_digest_items of_a = {0};
    fal_digest_items of_b = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(collect(a, &of_a));
    FAL_TRY_GOTO(collect(b, &of_b));
    item[0] = '\0';
    for (int i = 0; i < of_a.count || i < of_b.count; i++) {
        const char *line_a = i < of_a.count ? of_a.lines[i] : NULL;
        const char *line_b = i < of_b.count ? of_b.lines[i] : NULL;
        if (line_a != NULL && line_b != NULL && strcmp(line_a, line_b) == 0) {
            continue;
        }
        /* Equal names: the item itself differs. Else the lower name is missing in the other file. */
        const bool take_a = line_b == NULL || (line_a != NULL && strcmp(line_a, line_b) < 0);
        name_of(take_a ? line_a : line_b, item, item_size);
        break;
    }
done:
    destroy_items(&of_b);
    destroy_items(&of_a);
    return status;
}
