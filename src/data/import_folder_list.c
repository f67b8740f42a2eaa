/* What lies in a folder: folders, pictures, other files. Nothing is opened but files whose names do not say what they
 * are. Links are not followed: they may lead anywhere, and twice to the same picture. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "import_folder_internal.h"

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/picture.h"

fal_status fal_folder_join(const char *folder, const char *name, char *path)
{
    const int length = snprintf(path, FAL_FOLDER_PATH_SIZE, "%s/%s", folder, name);
    if (length < 0 || length >= FAL_FOLDER_PATH_SIZE) {
        return fal_fail(FAL_ERR_INPUT, "%.200s.../%.100s: the name is too long", folder, name);
    }
    return FAL_OK;
}

static bool has_picture_ending(const char *name)
{
    static const char *const endings[] = {"png", "jpg", "jpeg", "jpe", "jfif"};
    const char *dot = strrchr(name, '.');
    bool found = false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0] && dot != NULL; i++) {
        found = found || strcasecmp(dot + 1, endings[i]) == 0;
    }
    return found;
}

/** Also a picture of a format that is not read here: it must be refused by name, not left out. */
static bool begins_as_picture(const char *path)
{
    unsigned char head[FAL_PICTURE_HEAD];
    size_t size = 0;
    int descriptor = -1;
    if (fal_file_open(path, &descriptor, &size) != FAL_OK) {
        fal_status_clear();
        return false;
    }
    const ssize_t got = read(descriptor, head, sizeof head);
    (void)close(descriptor);
    return got > 0 && fal_picture_tell(head, (size_t)got) != FAL_PICTURE_UNKNOWN;
}

static void count_other(fal_folder_others *others, const char *path)
{
    const size_t used = strlen(others->examples);
    if (others->count < FAL_FOLDER_NAMED) {
        (void)snprintf(others->examples + used, sizeof others->examples - used, "%s%s", used > 0 ? ", " : "", path);
    }
    others->count++;
}

/** Not hidden, not made beside the pictures by the program that packed them, not our own list. */
static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "__MACOSX") != 0 &&
           strcmp(entry->d_name, FAL_FOLDER_LIST) != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static fal_status sort_in(const char *folder, const char *name, fal_folder_entries *entries, fal_folder_others *others)
{
    char path[FAL_FOLDER_PATH_SIZE];
    struct stat about;
    char *copy = NULL;
    FAL_TRY(fal_folder_join(folder, name, path));
    if (lstat(path, &about) != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot be looked at: %s", path, strerror(errno));
    }
    const bool is_folder = S_ISDIR(about.st_mode);
    if (!is_folder && (!S_ISREG(about.st_mode) || (!has_picture_ending(name) && !begins_as_picture(path)))) {
        count_other(others, path);
        return FAL_OK;
    }
    copy = strdup(name);
    if (copy == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
    }
    if (is_folder) {
        entries->folders[entries->folder_count++] = copy;
    } else {
        entries->pictures[entries->picture_count++] = copy;
    }
    return FAL_OK;
}

fal_status fal_folder_list(const char *path, fal_folder_entries *entries, fal_folder_others *others)
{
    struct dirent **found = NULL;
    fal_status status = FAL_OK;
    memset(entries, 0, sizeof *entries);
    const int count = scandir(path, &found, visible, by_bytes);
    if (count < 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot list the folder: %s", path, strerror(errno));
    }
    status = fal_alloc(&entries->folders, (size_t)count, sizeof *entries->folders, path);
    if (status == FAL_OK) {
        status = fal_alloc(&entries->pictures, (size_t)count, sizeof *entries->pictures, path);
    }
    for (int i = 0; i < count; i++) {
        if (status == FAL_OK) {
            status = sort_in(path, found[i]->d_name, entries, others);
        }
        free(found[i]);
    }
    free(found);
    if (status != FAL_OK) {
        fal_folder_entries_destroy(entries);
    }
    return status;
}

void fal_folder_entries_destroy(fal_folder_entries *entries)
{
    for (int i = 0; i < entries->folder_count; i++) {
        free(entries->folders[i]);
    }
    for (int i = 0; i < entries->picture_count; i++) {
        free(entries->pictures[i]);
    }
    fal_free(entries->folders);
    fal_free(entries->pictures);
    memset(entries, 0, sizeof *entries);
}
