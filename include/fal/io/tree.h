/* A new folder with files in it, put in place as a whole: it grows beside under a temporary name. */
#ifndef FAL_IO_TREE_H
#define FAL_IO_TREE_H

#include <stddef.h>

#include "fal/base/status.h"

/** FAL_ERR_OUTPUT if a link stands at `path`, where there is to be a folder of ours inside another one: what was
 * written there would be in somebody else's. Nothing there, or a folder: fine. */
fal_status fal_tree_refuse_link(const char *path);

typedef struct fal_tree fal_tree;

/** Remove a folder and all in it, as far as that can be done. No link is followed: of one that is met, the link itself
 *  goes. */
void fal_tree_remove(const char *path);

/** `path` must not exist, or be an empty folder; its parents are made. FAL_ERR_OUTPUT otherwise. */
fal_status fal_tree_create(const char *path, fal_tree **tree);
/** Remove what ended programs left of it, "PATH.tmp.N" beside it: only for who alone may write it. Links are not
 *  followed. `path` without a slash at the end. */
fal_status fal_tree_clear(const char *path);
/** A file in it; `name` may have folders in it ("train/cat/1.png"), which are made. No other file is replaced. */
fal_status fal_tree_write(fal_tree *tree, const char *name, const void *bytes, size_t count);
/** Put the folder in place. */
fal_status fal_tree_finish(fal_tree *tree);
/** Without fal_tree_finish before, all that was written is removed. NULL is fine. */
void fal_tree_destroy(fal_tree *tree);

#endif
