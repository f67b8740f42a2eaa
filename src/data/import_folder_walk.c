/* Which picture belongs to which class, site and set, told by folders. Layouts that can be read in two ways are
 * refused: what a folder means must not depend on a guess. */
#include <string.h>

#include "import_folder_internal.h"

#include "fal/base/memory.h"

/* ---- folders of classes and of sites --------------------------------------------------------------------------- */

/** A folder with what is in each of its folders. */
typedef struct {
    const char *path;
    fal_folder_entries here;
    fal_folder_entries *below; /* [here.folder_count] */
} two_levels;

static void close_levels(two_levels *levels)
{
    for (int i = 0; i < levels->here.folder_count && levels->below != NULL; i++) {
        fal_folder_entries_destroy(&levels->below[i]);
    }
    fal_free(levels->below);
    fal_folder_entries_destroy(&levels->here);
}

/** `here`, listed already, is moved into the levels, also on failure. */
static fal_status open_levels(fal_folder *folder, const char *path, fal_folder_entries *here, two_levels *levels)
{
    fal_status status = FAL_OK;
    *levels = (two_levels){.path = path, .here = *here};
    memset(here, 0, sizeof *here);
    FAL_TRY_GOTO(fal_alloc(&levels->below, (size_t)levels->here.folder_count, sizeof *levels->below, path));
    for (int i = 0; i < levels->here.folder_count && status == FAL_OK; i++) {
        char below[FAL_FOLDER_PATH_SIZE];
        FAL_TRY_GOTO(fal_folder_join(path, levels->here.folders[i], below));
        status = fal_folder_list(below, &levels->below[i], &folder->others);
    }
done:
    if (status != FAL_OK) {
        close_levels(levels);
    }
    return status;
}

/** Pictures of one folder; class_name NULL: without a label. */
static fal_status take_pictures(fal_folder *folder, const char *path, const fal_folder_entries *entries,
                                const char *class_name, int site, fal_folder_place place)
{
    int number = -1;
    if (entries->folder_count > 0) {
        return fal_fail(
            FAL_ERR_INPUT,
            "%s/%s: lies too deep: give folders of classes, or of sites with folders of classes in them; or "
            "name each file's class with --labels FILE.csv",
            path, entries->folders[0]);
    }
    if (class_name != NULL) {
        FAL_TRY(fal_folder_names_take(&folder->classes, class_name, FAL_CLASSES_MAX, path, &number));
        fal_folder_name *name = &folder->classes.items[number];
        name->in_train = name->in_train || place != FAL_FOLDER_TEST;
    }
    for (int i = 0; i < entries->picture_count; i++) {
        char picture[FAL_FOLDER_PATH_SIZE];
        FAL_TRY(fal_folder_join(path, entries->pictures[i], picture));
        FAL_TRY(fal_folder_add(folder, picture, number, place == FAL_FOLDER_TEST ? -1 : site, place));
    }
    return FAL_OK;
}

/** First the classes, then what has no label. */
static fal_status take_classes(fal_folder *folder, const two_levels *levels, int site, fal_folder_place place)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < levels->here.folder_count; i++) {
            const char *name = levels->here.folders[i];
            char path[FAL_FOLDER_PATH_SIZE];
            if (fal_folder_is_unlabelled(name) != (pass == 1)) {
                continue;
            }
            FAL_TRY(fal_folder_join(levels->path, name, path));
            if (pass == 1 && place == FAL_FOLDER_TEST) {
                return fal_fail(FAL_ERR_INPUT, "%s: test images need labels: move it beside the training classes",
                                path);
            }
            FAL_TRY(take_pictures(folder, path, &levels->below[i], pass == 1 ? NULL : name, site, place));
        }
    }
    return FAL_OK;
}

static fal_status take_site(fal_folder *folder, const char *path, const char *name, fal_folder_entries *entries,
                            fal_folder_place place)
{
    two_levels levels;
    int site = -1;
    FAL_TRY(open_levels(folder, path, entries, &levels));
    fal_status status = fal_folder_names_take(&folder->sites, name, FAL_FOLDER_SITES_MAX, path, &site);
    if (status == FAL_OK) {
        status = take_classes(folder, &levels, site, place);
    }
    close_levels(&levels);
    return status;
}

static fal_status take_sites(fal_folder *folder, two_levels *levels, fal_folder_place place)
{
    for (int i = 0; i < levels->here.folder_count; i++) {
        const char *name = levels->here.folders[i];
        char path[FAL_FOLDER_PATH_SIZE];
        FAL_TRY(fal_folder_join(levels->path, name, path));
        if (fal_folder_is_unlabelled(name)) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: which site has these pictures? Put such a folder into each site's folder", path);
        }
        if (fal_folder_place_of(name) != FAL_FOLDER_PLACES) {
            return fal_fail(FAL_ERR_INPUT, "%s: is it a site, or a set of images? Give train/SITE/CLASS and test/CLASS",
                            path);
        }
        FAL_TRY(take_site(folder, path, name, &levels->below[i], place));
    }
    return FAL_OK;
}

/** Do the folders hold classes (pictures) or sites (folders of classes)? All must agree. */
static fal_status find_depth(const two_levels *levels, bool *sites)
{
    int with_pictures = -1;
    int with_folders = -1;
    if (levels->here.picture_count > 0) {
        return fal_fail(
            FAL_ERR_INPUT,
            "%s: holds pictures of no class, e.g. %s: give a folder for each class, or name the classes with "
            "--labels FILE.csv",
            levels->path, levels->here.pictures[0]);
    }
    for (int i = 0; i < levels->here.folder_count; i++) {
        with_pictures = levels->below[i].picture_count > 0 && with_pictures < 0 ? i : with_pictures;
        with_folders = levels->below[i].folder_count > 0 && with_folders < 0 ? i : with_folders;
    }
    if (with_pictures >= 0 && with_folders >= 0) {
        return fal_fail(
            FAL_ERR_INPUT,
            "%s: %s/ holds pictures, %s/ holds folders: all classes must lie on one level, below one folder "
            "per site or none",
            levels->path, levels->here.folders[with_pictures], levels->here.folders[with_folders]);
    }
    *sites = with_folders >= 0;
    return FAL_OK;
}

/** The classes, or sites with classes, of one set; its entries are used up. */
static fal_status take_set(fal_folder *folder, const char *path, fal_folder_entries *entries, fal_folder_place place)
{
    two_levels levels;
    bool sites = false;
    FAL_TRY(open_levels(folder, path, entries, &levels));
    fal_status status = find_depth(&levels, &sites);
    if (status == FAL_OK) {
        status = sites ? take_sites(folder, &levels, place) : take_classes(folder, &levels, -1, place);
    }
    close_levels(&levels);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/** train/, test/ and what may stand beside them; names[place] NULL: not there. */
typedef struct {
    const char *names[FAL_FOLDER_PLACES];
    const char *unlabelled;
    const char *other;
} top_level;

static fal_status read_top(const char *root, const fal_folder_entries *entries, top_level *top)
{
    *top = (top_level){.other = entries->picture_count > 0 ? entries->pictures[0] : NULL};
    for (int i = 0; i < entries->folder_count; i++) {
        const char *name = entries->folders[i];
        const fal_folder_place place = fal_folder_place_of(name);
        if (place != FAL_FOLDER_PLACES && top->names[place] != NULL) {
            return fal_fail(FAL_ERR_INPUT, "%s: which of %s/ and %s/ is meant? Leave one", root, top->names[place],
                            name);
        }
        if (place != FAL_FOLDER_PLACES) {
            top->names[place] = name;
        } else if (fal_folder_is_unlabelled(name)) {
            top->unlabelled = name;
        } else {
            top->other = name;
        }
    }
    return FAL_OK;
}

static fal_status take_all_sets(fal_folder *folder, const top_level *top)
{
    const bool join = folder->options->join_validation;
    char path[FAL_FOLDER_PATH_SIZE];
    if (top->names[FAL_FOLDER_TRAIN] == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %s/ but no train/: %s", folder->root,
                        top->names[FAL_FOLDER_TEST] != NULL ? top->names[FAL_FOLDER_TEST]
                                                            : top->names[FAL_FOLDER_VALIDATION],
                        "put the training classes there");
    }
    if (top->other != NULL) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: %s stands beside %s/: is that a class, or the training set? Leave one of them",
                        folder->root, top->other, top->names[FAL_FOLDER_TRAIN]);
    }
    folder->left_validation = top->names[FAL_FOLDER_VALIDATION] != NULL && !join;
    for (int place = 0; place < FAL_FOLDER_PLACES; place++) {
        if (top->names[place] != NULL && (place != FAL_FOLDER_VALIDATION || join)) {
            FAL_TRY(fal_folder_join(folder->root, top->names[place], path));
            fal_folder_entries entries;
            FAL_TRY(fal_folder_list(path, &entries, &folder->others));
            FAL_TRY(take_set(folder, path, &entries, (fal_folder_place)place));
        }
    }
    if (top->unlabelled != NULL) {
        FAL_TRY(fal_folder_join(folder->root, top->unlabelled, path));
        return fal_folder_add_unlabelled(folder, path);
    }
    return FAL_OK;
}

fal_status fal_folder_walk(fal_folder *folder)
{
    fal_folder_entries entries;
    top_level top;
    FAL_TRY(fal_folder_list(folder->root, &entries, &folder->others));
    fal_status status = read_top(folder->root, &entries, &top);
    bool sets = false;
    for (int place = 0; place < FAL_FOLDER_PLACES; place++) {
        sets = sets || top.names[place] != NULL;
    }
    if (status == FAL_OK) {
        status = sets ? take_all_sets(folder, &top) : take_set(folder, folder->root, &entries, FAL_FOLDER_TRAIN);
    }
    fal_folder_entries_destroy(&entries);
    return status;
}

fal_status fal_folder_add_unlabelled(fal_folder *folder, const char *path)
{
    fal_folder_entries entries;
    FAL_TRY(fal_folder_list(path, &entries, &folder->others));
    fal_status status = FAL_OK;
    if (folder->sites.count > 0) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: which site has these pictures? Put them into unlabelled/ in each site's folder", path);
    } else if (entries.picture_count == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: holds no pictures", path);
    } else {
        status = take_pictures(folder, path, &entries, NULL, -1, FAL_FOLDER_TRAIN);
    }
    fal_folder_entries_destroy(&entries);
    return status;
}
