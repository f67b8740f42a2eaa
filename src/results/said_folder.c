/* Answers as pictures that were sorted into a folder for each class. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sys/stat.h>

#include "said_internal.h"

enum { PATH = 4096 };

static int visible(const struct dirent *entry)
{
    static const char *const systems[] = {"Thumbs.db", "desktop.ini", "__MACOSX"};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        if (strcmp(entry->d_name, systems[i]) == 0) {
            return 0;
        }
    }
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* What the folder of a query has beside pictures that people sorted. */
static bool is_of_query(const char *name)
{
    static const char *const names[] = {FAL_QUERY_LABELS_CSV, FAL_QUERY_PAGE, FAL_QUERY_TASKS, FAL_QUERY_IMAGES};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return strcasecmp(name, "unlabelled") == 0 || strcasecmp(name, "unlabeled") == 0;
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

/* As fal_data export writes what no folder can be called: %2F. */
static void unescape(const char *name, char plain[FAL_NAME_MAX])
{
    size_t used = 0;
    for (const char *p = name; *p != '\0' && used < FAL_NAME_MAX - 1; p++) {
        const bool escaped = *p == '%' && digit(p[1]) >= 0 && digit(p[2]) >= 0 && (digit(p[1]) | digit(p[2])) > 0;
        plain[used++] = escaped ? (char)(digit(p[1]) * 16 + digit(p[2])) : *p;
        p += escaped ? 2 : 0;
    }
    plain[used] = '\0';
}

static fal_status join(const char *folder, const char *name, char path[PATH])
{
    return snprintf(path, PATH, "%s/%s", folder, name) < PATH
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT, "%.200s: the path of a picture in it is too long", folder);
}

static fal_status list_folder(const char *path, struct dirent ***entries, int *count)
{
    *count = scandir(path, entries, visible, by_bytes);
    return *count >= 0 ? FAL_OK : fal_fail(FAL_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
}

static void free_entries(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
}

/* A picture of a query, by its name; where it lies is its answer. */
static fal_status take_picture(fal_said_list *list, const char *path, const char *name, const char *label)
{
    struct stat about;
    int64_t image = 0;
    char sha256[FAL_QUERY_DIGITS + 1];
    if (lstat(path, &about) != 0 || !S_ISREG(about.st_mode) || !fal_said_find_image(name, &image, sha256)) {
        return fal_fail(FAL_ERR_INPUT, "%s: is no picture of a query (train_ROW_HASH.png): take it out of the folder",
                        path);
    }
    const fal_said_texts texts = {.where = path, .label = label, .file = name, .place = (int64_t)list->paths.length};
    FAL_TRY(fal_said_add(list, &texts));
    if (label != NULL) {
        fal_text_add(&list->paths, "%s%c", path, '\0');
    }
    return fal_text_status(&list->paths);
}

static fal_status read_class(fal_said_list *list, const char *folder, const char *name)
{
    char plain[FAL_NAME_MAX];
    struct dirent **entries = NULL;
    int count = 0;
    int label = 0;
    unescape(name, plain);
    FAL_TRY(fal_said_label(list, folder, plain, &label));
    FAL_TRY(list_folder(folder, &entries, &count));
    fal_status status = FAL_OK;
    for (int i = 0; i < count && status == FAL_OK; i++) {
        char path[PATH];
        status = join(folder, entries[i]->d_name, path);
        status = status == FAL_OK ? take_picture(list, path, entries[i]->d_name, plain) : status;
    }
    free_entries(entries, count);
    return status;
}

static fal_status read_entry(fal_said_list *list, const char *root, const char *name, int *classes)
{
    struct stat about;
    char path[PATH];
    if (is_of_query(name)) {
        return FAL_OK;
    }
    FAL_TRY(join(root, name, path));
    if (lstat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        ++*classes;
        return read_class(list, path, name);
    }
    return take_picture(list, path, name, NULL);
}

fal_status fal_said_read_folder(fal_said_list *list, const char *path)
{
    struct dirent **entries = NULL;
    int count = 0;
    int classes = 0;
    FAL_TRY(fal_said_begin_file(list, path, FAL_SAID_PICTURES));
    FAL_TRY(list_folder(path, &entries, &count));
    fal_status status = FAL_OK;
    for (int i = 0; i < count && status == FAL_OK; i++) {
        status = read_entry(list, path, entries[i]->d_name, &classes);
    }
    free_entries(entries, count);
    if (status == FAL_OK && classes == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: holds no folder that is called as a class", path);
    }
    return status;
}
