/* Which picture belongs to which class, site and set, told by a table: columns file and class, site and split if
 * wanted. The order of the rows is that of the images. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "import_folder_internal.h"

#include "fal/base/memory.h"
#include "fal/io/csv.h"

static const size_t table_limit = (size_t)256 << 20;

typedef struct {
    fal_folder *folder;
    fal_csv *csv;
    int file, class_name, site, split; /* columns; the last two -1 if there is none */
    int64_t rows, missing;
    char first_missing[FAL_MESSAGE_MAX];
} table;

static fal_status wrong(const table *t, const char *what, const char *text, const char *todo)
{
    return fal_fail(FAL_ERR_INPUT, "%s:%lld: %s \"%.200s\": %s", fal_csv_path(t->csv), (long long)fal_csv_line(t->csv),
                    what, text, todo);
}

/** The file must lie below the folder and be no link. What is missing is counted: one wrong folder makes all so. */
static fal_status find_file(table *t, char path[FAL_FOLDER_PATH_SIZE], bool *there)
{
    struct stat about;
    const char *name = fal_csv_field(t->csv, t->file);
    name += strncmp(name, "./", 2) == 0 ? 2 : 0;
    bool upwards = name[0] == '/' || name[0] == '\0';
    for (const char *p = name; !upwards && p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        upwards = strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0');
    }
    if (upwards) {
        return wrong(t, "file", name, "must be a name below the folder that is imported");
    }
    FAL_TRY(fal_folder_join(t->folder->root, name, path));
    *there = lstat(path, &about) == 0 && S_ISREG(about.st_mode);
    if (!*there && t->missing++ == 0) {
        (void)snprintf(t->first_missing, sizeof t->first_missing, "%.300s:%lld: %.400s is not there",
                       fal_csv_path(t->csv), (long long)fal_csv_line(t->csv), path);
    }
    return FAL_OK;
}

static fal_status read_place(const table *t, fal_folder_place *place)
{
    const char *text = t->split >= 0 ? fal_csv_field(t->csv, t->split) : "";
    *place = text[0] == '\0' ? FAL_FOLDER_TRAIN : fal_folder_place_of(text);
    return *place != FAL_FOLDER_PLACES ? FAL_OK : wrong(t, "split", text, "must be train or test");
}

static fal_status read_class(const table *t, fal_folder_place place, int *number)
{
    const char *name = fal_csv_field(t->csv, t->class_name);
    *number = -1;
    if (name[0] == '\0' || strcmp(name, "-1") == 0) {
        return place != FAL_FOLDER_TEST ? FAL_OK : wrong(t, "class", name, "test images need one");
    }
    FAL_TRY(fal_folder_names_take(&t->folder->classes, name, FAL_CLASSES_MAX, fal_csv_path(t->csv), number));
    fal_folder_name *item = &t->folder->classes.items[*number];
    item->in_train = item->in_train || place != FAL_FOLDER_TEST;
    return FAL_OK;
}

static fal_status read_site(const table *t, fal_folder_place place, int *number)
{
    *number = -1;
    if (t->site < 0 || place == FAL_FOLDER_TEST) {
        return FAL_OK;
    }
    const char *name = fal_csv_field(t->csv, t->site);
    if (name[0] == '\0') {
        return wrong(t, "site", name, "each training image needs one, if there is such a column");
    }
    return fal_folder_names_take(&t->folder->sites, name, FAL_FOLDER_SITES_MAX, fal_csv_path(t->csv), number);
}

static fal_status read_row(table *t)
{
    char path[FAL_FOLDER_PATH_SIZE];
    fal_folder_place place = FAL_FOLDER_TRAIN;
    bool there = false;
    int class_number = -1;
    int site = -1;
    FAL_TRY(find_file(t, path, &there));
    FAL_TRY(read_place(t, &place));
    if (place == FAL_FOLDER_VALIDATION && !t->folder->options->join_validation) {
        t->folder->left_validation = true;
        return FAL_OK;
    }
    FAL_TRY(read_class(t, place, &class_number));
    FAL_TRY(read_site(t, place, &site));
    return there ? fal_folder_add(t->folder, path, class_number, site, place) : FAL_OK;
}

static int by_path(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static fal_status check_twice(const table *t)
{
    const fal_folder *folder = t->folder;
    const char **paths = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&paths, (size_t)folder->count, sizeof *paths, "list of pictures"));
    for (int64_t i = 0; i < folder->count; i++) {
        paths[i] = folder->pictures[i].path;
    }
    qsort(paths, (size_t)folder->count, sizeof *paths, by_path);
    for (int64_t i = 1; i < folder->count && status == FAL_OK; i++) {
        if (strcmp(paths[i - 1], paths[i]) == 0) {
            status = fal_fail(FAL_ERR_INPUT, "%s: names %s twice", fal_csv_path(t->csv), paths[i]);
        }
    }
    fal_free(paths);
    return status;
}

/** Pictures below a folder, a few levels deep. */
static fal_status count_pictures(const char *path, int depth, int64_t *count)
{
    fal_folder_entries entries;
    fal_folder_others others = {0};
    FAL_TRY(fal_folder_list(path, &entries, &others));
    fal_status status = FAL_OK;
    *count += entries.picture_count;
    for (int i = 0; i < entries.folder_count && depth > 0 && status == FAL_OK; i++) {
        char below[FAL_FOLDER_PATH_SIZE];
        status = fal_folder_join(path, entries.folders[i], below);
        status = status == FAL_OK ? count_pictures(below, depth - 1, count) : status;
    }
    fal_folder_entries_destroy(&entries);
    return status;
}

static fal_status read_rows(table *t)
{
    enum { DEPTH = 8 };
    bool there = false;
    FAL_TRY(fal_csv_read_header(t->csv));
    FAL_TRY(fal_csv_need(t->csv, "file", &t->file));
    FAL_TRY(fal_csv_need(t->csv, "class", &t->class_name));
    FAL_TRY(fal_csv_find(t->csv, "site", &t->site));
    FAL_TRY(fal_csv_find(t->csv, "split", &t->split));
    FAL_TRY(fal_csv_next(t->csv, &there));
    while (there) {
        FAL_TRY(read_row(t));
        t->rows++;
        FAL_TRY(fal_csv_next(t->csv, &there));
    }
    if (t->missing > 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: %lld of %lld files are missing below %s", t->first_missing,
                        (long long)t->missing, (long long)t->rows, t->folder->root);
    }
    FAL_TRY(check_twice(t));
    if (t->folder->options->unlabelled == NULL) {
        int64_t pictures = 0;
        FAL_TRY(count_pictures(t->folder->root, DEPTH, &pictures));
        t->folder->unnamed = pictures > t->rows ? pictures - t->rows : 0;
    }
    return FAL_OK;
}

fal_status fal_folder_read_table(fal_folder *folder, const char *path)
{
    table t = {.folder = folder};
    folder->from_table = true;
    FAL_TRY(fal_csv_open(path, table_limit, &t.csv));
    const fal_status status = read_rows(&t);
    fal_csv_close(t.csv);
    return status;
}
