/* The folder of a client's query (formats.md section 11): pictures and a table to answer in, put in place as a whole.
 * What stands there already may hold people's answers, so nothing is ever written over or deleted. */
#include "fal/results/query_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/png_write.h"
#include "fal/io/tree.h"

enum { PATH = 4096, PLACES = 1000 /* for folders that were there before */ };

/* ---- what is written ------------------------------------------------------------------------------------------- */

static fal_status labels_csv(const fal_query *query, const fal_query_folder_options *options, fal_text *text)
{
    fal_text_add(text, FAL_QUERY_LABELS_HEADER "\n");
    for (int64_t i = 0; i < query->count; i++) {
        const fal_query_item *item = &query->items[i];
        char file[FAL_QUERY_IMAGE_NAME];
        fal_query_image_name(item, file);
        fal_text_add(text, "%lld,%lld,%lld,%s,", (long long)query->client, (long long)item->order,
                     (long long)item->image, file);
        if (options->suggest && item->suggested >= 0) {
            fal_text_add(text, "%d", item->suggested);
        }
        fal_text_add(text, ",,,\n");
    }
    return fal_text_status(text);
}

static fal_status write_images(const fal_query *query, fal_tree *tree)
{
    for (int64_t i = 0; i < query->count; i++) {
        const fal_query_item *item = &query->items[i];
        char file[FAL_QUERY_IMAGE_NAME];
        char name[sizeof FAL_QUERY_IMAGES + FAL_QUERY_IMAGE_NAME];
        unsigned char *bytes = NULL;
        size_t count = 0;
        fal_query_image_name(item, file);
        (void)snprintf(name, sizeof name, FAL_QUERY_IMAGES "/%s", file);
        FAL_TRY(
            fal_png_encode(query->pixels(query->context, item->image), query->h, query->w, query->c, &bytes, &count));
        const fal_status status = fal_tree_write(tree, name, bytes, count);
        fal_free(bytes);
        FAL_TRY(status);
    }
    return FAL_OK;
}

/* labels.csv comes last: where it stands, all else does. */
static fal_status write_all(const fal_query *query, const fal_query_folder_options *options, fal_tree *tree)
{
    fal_text text = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(write_images(query, tree));
    FAL_TRY_GOTO(fal_query_page_html(query, options, &text));
    FAL_TRY_GOTO(fal_text_status(&text));
    FAL_TRY_GOTO(fal_tree_write(tree, FAL_QUERY_PAGE, text.chars, text.length));
    fal_text_clear(&text);
    FAL_TRY_GOTO(fal_query_tasks_json(query, options, &text));
    FAL_TRY_GOTO(fal_text_status(&text));
    FAL_TRY_GOTO(fal_tree_write(tree, FAL_QUERY_TASKS, text.chars, text.length));
    fal_text_clear(&text);
    FAL_TRY_GOTO(labels_csv(query, options, &text));
    FAL_TRY_GOTO(fal_tree_write(tree, FAL_QUERY_LABELS_CSV, text.chars, text.length));
done:
    fal_text_destroy(&text);
    return status;
}

/* ---- what stood there before ----------------------------------------------------------------------------------- */

/* After a power cut a folder may be in place with files that are empty: they were not synced. No link. */
static bool is_whole(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
}

/* People sort pictures into folders of their own beside images/. What is a link is not followed. */
static bool is_sorted_picture(const char *folder, const char *file)
{
    DIR *directory = opendir(folder);
    bool found = false;
    for (const struct dirent *entry = NULL; directory != NULL && !found && (entry = readdir(directory)) != NULL;) {
        char path[PATH];
        struct stat about;
        if (entry->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= PATH ||
            lstat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
            continue;
        }
        found = snprintf(path, sizeof path, "%s/%s/%s", folder, entry->d_name, file) < PATH && is_whole(path);
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return found;
}

static bool has_picture(const char *folder, const char *file)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/" FAL_QUERY_IMAGES "/%s", folder, file);
    return is_whole(path) || is_sorted_picture(folder, file);
}

/* Row and pixels of an image are in its file's name: a folder that has them all is of this query, in whatever order
 * its table is by now. */
static bool is_of(const char *folder, const fal_query *query)
{
    static const char *const files[] = {FAL_QUERY_LABELS_CSV, FAL_QUERY_PAGE, FAL_QUERY_TASKS};
    char path[PATH];
    bool all = true;
    for (size_t i = 0; i < sizeof files / sizeof *files && all; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        all = is_whole(path);
    }
    for (int64_t i = 0; i < query->count && all; i++) {
        char file[FAL_QUERY_IMAGE_NAME];
        fal_query_image_name(&query->items[i], file);
        all = has_picture(folder, file);
    }
    return all;
}

/* Whatever is left of one. */
static bool may_be_query(const char *folder)
{
    static const char *const parts[] = {FAL_QUERY_LABELS_CSV, FAL_QUERY_PAGE, FAL_QUERY_TASKS, FAL_QUERY_IMAGES};
    char path[PATH];
    bool found = false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !found; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        found = fal_file_exists(path);
    }
    return found;
}

fal_status fal_query_folder_check(const char *folder)
{
    bool empty = true;
    DIR *directory = NULL;
    if (!fal_file_exists(folder)) {
        return FAL_OK;
    }
    directory = opendir(folder);
    if (directory == NULL) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot be opened as a folder: %s: choose another name", folder,
                        strerror(errno));
    }
    for (const struct dirent *entry = NULL; empty && (entry = readdir(directory)) != NULL;) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    (void)closedir(directory);
    return empty || may_be_query(folder)
               ? FAL_OK
               : fal_fail(FAL_ERR_OUTPUT, "%s: is no folder of a query: choose another name, or remove it first",
                          folder);
}

static fal_status move_away(const char *folder)
{
    char path[PATH];
    for (int i = 1; i <= PLACES; i++) {
        (void)snprintf(path, sizeof path, i == 1 ? "%s.old" : "%s.old-%d", folder, i);
        if (!fal_file_exists(path)) {
            return fal_file_rename(folder, path);
        }
    }
    return fal_fail(FAL_ERR_OUTPUT, "%s: is of another query, and so are %d folders beside it: remove them", folder,
                    PLACES);
}

/* "NAME.query/round_RR/client_KK": neither of the upper two leads elsewhere. */
static fal_status refuse_links(const char *folder)
{
    char path[PATH];
    FAL_TRY(fal_tree_refuse_link(folder));
    (void)snprintf(path, sizeof path, "%s", folder);
    for (int level = 0; level < 2; level++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL || slash == path) {
            return FAL_OK;
        }
        *slash = '\0';
        FAL_TRY(fal_tree_refuse_link(path));
    }
    return FAL_OK;
}

fal_status fal_query_folder_write(const char *folder, const fal_query *query, const fal_query_folder_options *options)
{
    enum { SPARE = sizeof "/" FAL_QUERY_IMAGES "/" + FAL_QUERY_IMAGE_NAME };
    fal_tree *tree = NULL;
    if (strlen(folder) + SPARE > PATH) {
        return fal_fail(FAL_ERR_OUTPUT, "%.60s...: the path of the query's folder is too long", folder);
    }
    FAL_TRY(refuse_links(folder));
    if (fal_file_exists(folder)) {
        if (is_of(folder, query)) {
            return FAL_OK;
        }
        FAL_TRY(fal_query_folder_check(folder));
        FAL_TRY(move_away(folder));
    }
    FAL_TRY(fal_tree_create(folder, &tree));
    fal_status status = write_all(query, options, tree);
    if (status == FAL_OK) {
        status = fal_tree_finish(tree);
    }
    fal_tree_destroy(tree);
    return status;
}
