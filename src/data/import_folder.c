/* A folder of pictures: found (import_folder_walk.c, import_folder_table.c), put in order here, then decoded
 * (import_folder_decode.c). The same folder always gives the same data set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "import_folder_internal.h"

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"

/* ---- the list of pictures -------------------------------------------------------------------------------------- */

fal_status fal_folder_add(fal_folder *folder, const char *path, int class_number, int site, fal_folder_place place)
{
    if (folder->count >= FAL_IMAGES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: has more than %d pictures", folder->root, FAL_IMAGES_MAX);
    }
    FAL_TRY(fal_grow(&folder->pictures, folder->count, folder->count + 1, &folder->room, sizeof *folder->pictures,
                     "list of pictures"));
    fal_folder_picture *picture = &folder->pictures[folder->count];
    *picture = (fal_folder_picture){strdup(path), folder->count, class_number, site, place};
    if (picture->path == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
    }
    folder->count++;
    return FAL_OK;
}

void fal_folder_destroy(fal_folder *folder)
{
    for (int64_t i = 0; i < folder->count; i++) {
        free(folder->pictures[i].path);
    }
    fal_free(folder->pictures);
    fal_free(folder->classes.items);
    fal_free(folder->sites.items);
    fal_free(folder->site_numbers);
    fal_free(folder->site_images);
    memset(folder, 0, sizeof *folder);
}

/* ---- classes --------------------------------------------------------------------------------------------------- */

/** The lines of classes.txt: names of folders, %XX standing for what a folder cannot be called. */
static fal_status read_list(const char *path, fal_folder_names *list)
{
    enum { LIST_LIMIT = 1 << 20 };
    char *bytes = NULL;
    size_t count = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_file_read(path, LIST_LIMIT, &bytes, &count));
    if (strlen(bytes) != count) {
        status = fal_fail(FAL_ERR_INPUT, "%s: is no text: write the names of the class folders, one a line", path);
    }
    char *line = strncmp(bytes, "\xef\xbb\xbf", 3) == 0 ? bytes + 3 : bytes;
    while (status == FAL_OK && line != NULL) {
        char *end = strchr(line, '\n');
        int number = 0;
        if (end != NULL) {
            *end++ = '\0';
        }
        char *name = fal_text_trim(line);
        if (name[0] != '\0') {
            const int before = list->count;
            fal_folder_unescape(name);
            status = fal_folder_names_take(list, name, FAL_CLASSES_MAX, path, &number);
            if (status == FAL_OK && list->count == before) {
                status = fal_fail(FAL_ERR_INPUT, "%s: names the class %s twice", path, name);
            }
        }
        line = end;
    }
    fal_free(bytes);
    return status;
}

/** The classes that were given beforehand: number[class as it was found] is the place among them. */
static fal_status take_given_classes(fal_folder *folder, int32_t *number)
{
    const fal_import_options *options = folder->options;
    fal_folder_names given = {0};
    fal_status status = FAL_OK;
    for (int c = 0; c < options->class_count && status == FAL_OK; c++) {
        int place = 0;
        status = fal_folder_names_take(&given, options->classes[c], FAL_CLASSES_MAX, folder->root, &place);
    }
    for (int i = 0; i < folder->classes.count && status == FAL_OK; i++) {
        number[i] = fal_folder_names_find(&given, folder->classes.items[i].name);
        if (number[i] < 0) {
            status = fal_fail(
                FAL_ERR_INPUT, "%s: has a class %s, which the study does not know: its classes are %s%s%s%s",
                folder->root, folder->classes.items[i].name, options->classes[0], options->class_count > 1 ? ", " : "",
                options->class_count > 1 ? options->classes[1] : "", options->class_count > 2 ? ", ..." : "");
        }
    }
    if (status != FAL_OK) {
        fal_free(given.items);
        return status;
    }
    fal_free(folder->classes.items);
    folder->classes = given;
    return FAL_OK;
}

/** number[class as it was found] (fal_free); folder->classes in the new order. */
static fal_status order_classes(fal_folder *folder, int32_t **number)
{
    char path[FAL_FOLDER_PATH_SIZE];
    fal_folder_names ordered = {0};
    int32_t *place = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_folder_join(folder->root, FAL_FOLDER_LIST, path));
    folder->has_list = fal_file_exists(path);
    if (folder->has_list) {
        FAL_TRY_GOTO(read_list(path, &ordered));
        FAL_TRY_GOTO(fal_alloc(&place, (size_t)folder->classes.count, sizeof *place, "classes"));
        for (int i = 0; i < folder->classes.count; i++) {
            fal_folder_unescape(folder->classes.items[i].name); /* as export wrote it, with the list */
            place[i] = fal_folder_names_find(&ordered, folder->classes.items[i].name);
            for (int j = 0; j < i && place[i] >= 0; j++) {
                if (place[j] == place[i]) {
                    status = fal_fail(FAL_ERR_INPUT, "%s: two folders are the class %s", path,
                                      folder->classes.items[i].name);
                    goto done;
                }
            }
            if (place[i] < 0) {
                status = fal_fail(FAL_ERR_INPUT, "%s: does not name the class %s: add it, or remove the list", path,
                                  folder->classes.items[i].name);
                goto done;
            }
        }
    } else {
        FAL_TRY_GOTO(fal_folder_names_rank(&folder->classes, &place));
        FAL_TRY_GOTO(fal_alloc(&ordered.items, (size_t)folder->classes.count, sizeof *ordered.items, "classes"));
        for (int i = 0; i < folder->classes.count; i++) {
            ordered.items[place[i]] = folder->classes.items[i];
        }
        ordered.count = folder->classes.count;
    }
    fal_free(folder->classes.items);
    folder->classes = ordered;
    ordered = (fal_folder_names){0};
    *number = place;
    place = NULL;
done:
    fal_free(place);
    fal_free(ordered.items);
    return status;
}

static fal_status number_classes(fal_folder *folder, int32_t **number)
{
    if (folder->options->classes == NULL) {
        return order_classes(folder, number);
    }
    FAL_TRY(fal_alloc(number, (size_t)folder->classes.count, sizeof **number, "classes"));
    const fal_status status = take_given_classes(folder, *number);
    if (status != FAL_OK) {
        fal_free(*number);
        *number = NULL;
    }
    return status;
}

static fal_status settle_classes(fal_folder *folder)
{
    int32_t *number = NULL;
    for (int i = 0; i < folder->classes.count && folder->options->classes == NULL; i++) {
        const fal_folder_name *name = &folder->classes.items[i];
        char list[FAL_FOLDER_PATH_SIZE];
        FAL_TRY(fal_folder_join(folder->root, FAL_FOLDER_LIST, list));
        if (!name->in_train && !fal_file_exists(list)) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: the test images have a class %s, the training images do not: are the names the same? "
                            "(If it is meant, list all classes in %s)",
                            folder->root, name->name, FAL_FOLDER_LIST);
        }
    }
    FAL_TRY(number_classes(folder, &number));
    for (int64_t i = 0; i < folder->count; i++) {
        fal_folder_picture *picture = &folder->pictures[i];
        picture->class_number = picture->class_number < 0 ? -1 : number[picture->class_number];
    }
    fal_free(number);
    if (folder->classes.count < 2 && folder->options->classes == NULL) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: has %s%s: nothing to tell apart; give the folder in which all class folders are",
                        folder->root, folder->classes.count == 0 ? "no class" : "one class only, ",
                        folder->classes.count == 0 ? "" : folder->classes.items[0].name);
    }
    return FAL_OK;
}

/* ---- sites ----------------------------------------------------------------------------------------------------- */

/** Names that are whole numbers are the sites' numbers; others count in order of bytes. */
static fal_status settle_sites(fal_folder *folder)
{
    bool numbers = true;
    if (folder->sites.count == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_folder_names_rank(&folder->sites, &folder->site_numbers));
    FAL_TRY(fal_alloc(&folder->site_images, (size_t)folder->sites.count, sizeof *folder->site_images, "sites"));
    for (int i = 0; i < folder->sites.count; i++) {
        const char *name = folder->sites.items[i].name;
        numbers = numbers && strlen(name) <= 9 && strspn(name, "0123456789") == strlen(name);
    }
    for (int i = 0; i < folder->sites.count && numbers; i++) {
        folder->site_numbers[i] = (int32_t)strtol(folder->sites.items[i].name, NULL, 10);
        for (int j = 0; j < i; j++) {
            if (folder->site_numbers[i] == folder->site_numbers[j]) {
                return fal_fail(FAL_ERR_INPUT, "%s: %s and %s are one number for two sites: rename one", folder->root,
                                folder->sites.items[j].name, folder->sites.items[i].name);
            }
        }
    }
    for (int64_t i = 0; i < folder->count; i++) {
        fal_folder_picture *picture = &folder->pictures[i];
        if (picture->site >= 0) {
            folder->site_images[picture->site]++;
            picture->site = folder->site_numbers[picture->site];
        }
    }
    return FAL_OK;
}

/* ---- order ----------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const fal_folder_picture *p = a;
    const fal_folder_picture *q = b;
    return p->place != q->place ? (int)p->place - (int)q->place : (p->found > q->found) - (p->found < q->found);
}

/** With a list of classes: by the files' own names, whatever folder they lie in; so `fal_data export` keeps the order
 * of the images. */
static int by_file(const void *a, const void *b)
{
    const fal_folder_picture *p = a;
    const fal_folder_picture *q = b;
    const int names = strcmp(strrchr(p->path, '/'), strrchr(q->path, '/'));
    const int paths = names != 0 ? names : strcmp(p->path, q->path);
    return p->place != q->place ? (int)p->place - (int)q->place : paths;
}

/* Before anybody has labelled anything there can be no test set; what may be told apart, the list of classes says. */
static fal_status check_unlabelled(const fal_folder *folder)
{
    char list[FAL_FOLDER_PATH_SIZE];
    if (folder->options->test_share > 0) {
        return fal_fail(
            FAL_ERR_INPUT,
            "--test-share: no picture of %s has a label, so none can be a test image: leave the option away",
            folder->root);
    }
    FAL_TRY(fal_folder_join(folder->root, FAL_FOLDER_LIST, list));
    return fal_file_exists(list) ? FAL_OK
                                 : fal_fail(FAL_ERR_INPUT,
                                            "%s: no picture has a label: name the classes that there are in %s, one a "
                                            "line, or put labelled pictures into folders of classes",
                                            folder->root, list);
}

static fal_status check_sets(const fal_folder *folder)
{
    const bool share = folder->options->test_share > 0;
    int64_t n[FAL_FOLDER_PLACES] = {0};
    int64_t labelled = 0;
    for (int64_t i = 0; i < folder->count; i++) {
        n[folder->pictures[i].place]++;
        labelled += folder->pictures[i].class_number >= 0;
    }
    if (n[FAL_FOLDER_TRAIN] == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds no training pictures (PNG or JPEG)", folder->root);
    }
    if (labelled == 0 && folder->options->classes == NULL) {
        return check_unlabelled(folder);
    }
    if (n[FAL_FOLDER_TEST] == 0 && !share && folder->options->classes == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: has no test images: %s, or give --test-share, e.g. 0.2", folder->root,
                        folder->from_table ? "name them in a column split" : "put them into test/ beside train/");
    }
    if (n[FAL_FOLDER_TEST] > 0 && share) {
        return fal_fail(FAL_ERR_USAGE, "--test-share: %s has %lld test images: leave the option away", folder->root,
                        (long long)n[FAL_FOLDER_TEST]);
    }
    return FAL_OK;
}

fal_status fal_folder_settle(fal_folder *folder)
{
    FAL_TRY(check_sets(folder));
    FAL_TRY(settle_classes(folder));
    FAL_TRY(settle_sites(folder));
    qsort(folder->pictures, (size_t)folder->count, sizeof *folder->pictures,
          folder->has_list && !folder->from_table ? by_file : by_place);
    return FAL_OK;
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

/** Of all images in their order: the files' names below the folder. */
static fal_status keep_names(const fal_folder *folder, fal_dataset_parts *parts)
{
    const size_t root = strlen(folder->root);
    size_t at = 0;
    for (int64_t i = 0; i < folder->count; i++) {
        parts->names_bytes += strlen(folder->pictures[i].path) + 1;
    }
    FAL_TRY(fal_alloc(&parts->names, parts->names_bytes, 1, "names of the images"));
    for (int64_t i = 0; i < folder->count; i++) {
        const char *path = folder->pictures[i].path;
        const bool below = strncmp(path, folder->root, root) == 0 && path[root] == '/';
        const char *name = below ? path + root + 1 : path;
        memcpy(parts->names + at, name, strlen(name) + 1);
        at += strlen(name) + 1;
    }
    parts->names_bytes = at;
    return FAL_OK;
}

/* ---- the importer ---------------------------------------------------------------------------------------------- */

static fal_status find_pictures(fal_import_input *in, fal_folder *folder)
{
    const fal_import_options *options = in->options;
    struct stat about;
    if (in->path_count != 1) {
        return fal_fail(FAL_ERR_USAGE, "import folder: give one folder, not %d", in->path_count);
    }
    if (stat(folder->root, &about) == 0 && !S_ISDIR(about.st_mode)) {
        return fal_fail(FAL_ERR_INPUT, "%s: is a file: give the folder that holds the pictures%s", folder->root,
                        fal_text_ends_with(folder->root, ".zip") ? ", unpacked" : "");
    }
    if (options->labels != NULL) {
        FAL_TRY(fal_import_add_source(in, options->labels, false));
        FAL_TRY(fal_folder_read_table(folder, options->labels));
    } else {
        FAL_TRY(fal_folder_walk(folder));
    }
    if (options->unlabelled != NULL) {
        FAL_TRY(fal_folder_add_unlabelled(folder, options->unlabelled));
    }
    return fal_folder_settle(folder);
}

static void note_finds(fal_import_input *in, const fal_folder *folder, const fal_dataset_parts *parts)
{
    enum { SITES_NOTED = 20 };
    if (folder->others.count > 0) {
        fal_import_note(in, "other files, left out: %lld (%s%s)", (long long)folder->others.count,
                        folder->others.examples, folder->others.count > FAL_FOLDER_NAMED ? ", ..." : "");
    }
    if (parts->n_test == 0 && in->options->classes == NULL && in->options->test_share <= 0) {
        fal_import_note(in, "no label, no test images: fal_query can choose what to label first; fal_hpc needs a test "
                            "set");
    }
    if (folder->left_validation) {
        fal_import_note(in, "validation images, left out: --validation join adds them to the training images");
    }
    if (folder->unnamed > 0) {
        fal_import_note(in, "pictures that %s does not name, left out: %lld", in->options->labels,
                        (long long)folder->unnamed);
    }
    for (int i = 0; i < folder->sites.count && i < SITES_NOTED; i++) {
        fal_import_note(in, "site %d: %s, %lld training images", folder->site_numbers[i], folder->sites.items[i].name,
                        (long long)folder->site_images[i]);
    }
    if (folder->sites.count > SITES_NOTED) {
        fal_import_note(in, "... and %d more sites", folder->sites.count - SITES_NOTED);
    }
}

fal_status fal_import_folder(fal_import_input *in, fal_dataset_parts *parts)
{
    fal_folder folder = {.options = in->options, .root = in->paths[0]};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(find_pictures(in, &folder));
    parts->classes = folder.classes.count;
    for (int i = 0; i < folder.classes.count; i++) {
        (void)fal_text_copy(parts->class_names[i], FAL_NAME_MAX, folder.classes.items[i].name);
    }
    fal_import_constants(parts, 0.5F, 0.5F);
    FAL_TRY_GOTO(fal_folder_decode(in, &folder, parts));
    FAL_TRY_GOTO(in->options->keep_names ? keep_names(&folder, parts) : FAL_OK);
    note_finds(in, &folder, parts);
done:
    fal_folder_destroy(&folder);
    return status;
}
