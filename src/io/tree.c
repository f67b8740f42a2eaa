/* A folder of many files is written beside its place and renamed, so nobody finds half of it. The files are not synced
 * one by one: thousands of syncs take minutes, and what a power cut takes from a new folder can be made again. */
#include "fal/io/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/base/retry.h"
#include "fal/base/text.h"
#include "fal/io/file.h"

struct fal_tree {
    fal_text path;      /* without a slash at the end */
    fal_text temporary; /* the folder that grows; empty when it is in place */
    fal_text name;      /* of the present file */
};

fal_status fal_tree_refuse_link(const char *path)
{
    struct stat about;
    if (lstat(path, &about) == 0 && S_ISLNK(about.st_mode)) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: is a link, which is not followed here: remove it", path);
    }
    return FAL_OK;
}

/** Nothing there, or an empty folder? */
static fal_status check_place(const char *path)
{
    int entries = 0;
    DIR *folder = NULL;
    do {
        folder = opendir(path);
    } while (folder == NULL && errno == EINTR);
    if (folder == NULL) {
        return errno == ENOENT ? FAL_OK : fal_fail(FAL_ERR_OUTPUT, "%s: cannot be used: %s", path, strerror(errno));
    }
    while (readdir(folder) != NULL) {
        entries++;
    }
    (void)closedir(folder);
    return entries <= 2 ? FAL_OK /* . and .. */
                        : fal_fail(FAL_ERR_OUTPUT, "%s: is not empty: name a new folder", path);
}

fal_status fal_tree_create(const char *path, fal_tree **tree)
{
    fal_tree *t = NULL;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    FAL_TRY(fal_alloc(&t, 1, sizeof *t, path));
    fal_text_add(&t->path, "%.*s", (int)length, path);
    fal_status status = fal_text_status(&t->path);
    if (status == FAL_OK) {
        status = length > 0 ? check_place(t->path.chars) : fal_fail(FAL_ERR_OUTPUT, "the name of the folder is empty");
    }
    if (status == FAL_OK) {
        fal_text_add(&t->temporary, "%s.tmp.%ld", t->path.chars, (long)getpid());
        status = fal_text_status(&t->temporary);
    }
    if (status == FAL_OK && fal_file_exists(t->temporary.chars)) {
        status = fal_fail(FAL_ERR_OUTPUT, "%s: is left of a program that was ended: remove it", t->temporary.chars);
        fal_text_clear(&t->temporary); /* not ours to remove */
    }
    if (status == FAL_OK) {
        status = fal_file_make_folder(t->temporary.chars);
    }
    if (status != FAL_OK) {
        fal_tree_destroy(t);
        return status;
    }
    *tree = t;
    return FAL_OK;
}

/** The folders in the name of the present file, below the tree's own. */
static fal_status make_folders(fal_tree *tree)
{
    char *const chars = tree->name.chars;
    for (char *slash = strchr(chars + tree->temporary.length + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = mkdir(chars, 0777) == 0 || errno == EEXIST;
        const int error = errno;
        *slash = '/';
        if (!made) {
            return fal_fail(FAL_ERR_OUTPUT, "%s: cannot make its folder: %s", chars, strerror(error));
        }
    }
    return FAL_OK;
}

fal_status fal_tree_write(fal_tree *tree, const char *name, const void *bytes, size_t count)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    fal_text_clear(&tree->name);
    fal_text_add(&tree->name, "%s/%s", tree->temporary.chars, name);
    FAL_TRY(fal_text_status(&tree->name));
    int descriptor = -1;
    FAL_RETRY(descriptor, open(tree->name.chars, flags, 0666));
    if (descriptor < 0 && errno == ENOENT) {
        FAL_TRY(make_folders(tree));
        FAL_RETRY(descriptor, open(tree->name.chars, flags, 0666));
    }
    if (descriptor < 0) {
        return fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the file: %s", tree->name.chars, strerror(errno));
    }
    fal_status status = fal_file_write(descriptor, tree->name.chars, bytes, count);
    if (close(descriptor) != 0 && errno != EINTR && status == FAL_OK) { /* interrupted, it has closed all the same */
        status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot write the file: %s", tree->name.chars, strerror(errno));
    }
    return status;
}

fal_status fal_tree_finish(fal_tree *tree)
{
    FAL_TRY(fal_file_rename(tree->temporary.chars, tree->path.chars)); /* an empty folder there is replaced */
    fal_text_clear(&tree->temporary);
    return FAL_OK;
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    (void)remove(path);
    return 0;
}

void fal_tree_remove(const char *path)
{
    enum { DESCRIPTORS = 16 };
    (void)nftw(path, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

/** "<name>.tmp.N"? */
static bool is_temporary(const char *entry, const char *name, size_t length)
{
    static const char mark[] = ".tmp.";
    if (strncmp(entry, name, length) != 0 || strncmp(entry + length, mark, sizeof mark - 1) != 0) {
        return false;
    }
    const char *digits = entry + length + sizeof mark - 1;
    return *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

fal_status fal_tree_clear(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    fal_text text = {0};
    fal_status status = FAL_OK;
    fal_text_add(&text, "%.*s", slash == NULL ? 1 : (int)(name - path), slash == NULL ? "." : path);
    FAL_TRY(fal_text_status(&text));
    DIR *folder = opendir(text.chars); /* without one, nothing is left */
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL && status == FAL_OK;) {
        if (is_temporary(entry->d_name, name, strlen(name))) {
            fal_text_clear(&text);
            fal_text_add(&text, "%.*s%s", (int)(name - path), path, entry->d_name);
            status = fal_text_status(&text);
            if (status == FAL_OK) {
                fal_tree_remove(text.chars);
            }
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    fal_text_destroy(&text);
    return status;
}

void fal_tree_destroy(fal_tree *tree)
{
    if (tree == NULL) {
        return;
    }
    if (tree->temporary.length > 0) {
        fal_tree_remove(tree->temporary.chars);
    }
    fal_text_destroy(&tree->name);
    fal_text_destroy(&tree->temporary);
    fal_text_destroy(&tree->path);
    fal_free(tree);
}
