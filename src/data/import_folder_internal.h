/* Shared by import_folder*.c: the pictures that a folder holds, before any is opened. */
#ifndef FAL_DATA_IMPORT_FOLDER_INTERNAL_H
#define FAL_DATA_IMPORT_FOLDER_INTERNAL_H

#include "import_internal.h"

/* ---- one folder ------------------------------------------------------------------------------------------------ */

/** What lies in one folder, in order of the bytes of the names. Hidden files are left out, links and files that are no
 *  pictures are counted in `others`. */
typedef struct {
    char **folders, **pictures; /* names */
    int folder_count, picture_count;
} fal_folder_entries;

/** Files that are left out: how many, and the names of the first ones. */
enum { FAL_FOLDER_NAMED = 3 };
typedef struct {
    int64_t count;
    char examples[1024];
} fal_folder_others;

fal_status fal_folder_list(const char *path, fal_folder_entries *entries, fal_folder_others *others);
void fal_folder_entries_destroy(fal_folder_entries *entries);

/* ---- names of classes and sites -------------------------------------------------------------------------------- */

typedef struct {
    char name[FAL_NAME_MAX];
    bool in_train; /* of a class: named by the training set, if only by an empty folder */
} fal_folder_name;

typedef struct {
    fal_folder_name *items;
    int count;
    int64_t room;
    int last; /* found last: neighbours mostly share it */
} fal_folder_names;

/** -1 if it is not there. */
int fal_folder_names_find(const fal_folder_names *names, const char *name);
/** Number of the name, which is added if it is new; at most `most` names. `where` is for messages. */
fal_status fal_folder_names_take(fal_folder_names *names, const char *name, int most, const char *where, int *number);
/** place[number] (fal_free): where the name comes in order of bytes. */
fal_status fal_folder_names_rank(const fal_folder_names *names, int32_t **place);

/* Folders whose names have a meaning, in upper or lower case. */
#define FAL_FOLDER_UNLABELLED "unlabelled"
typedef enum { FAL_FOLDER_TRAIN, FAL_FOLDER_VALIDATION, FAL_FOLDER_TEST, FAL_FOLDER_PLACES } fal_folder_place;
bool fal_folder_is_unlabelled(const char *name);
/** FAL_FOLDER_PLACES: a name without such a meaning. */
fal_folder_place fal_folder_place_of(const char *name);

/** A class's name as the name of a folder, and back: what a file system (of any kind) or fal_folder_place_of would not
 *  take as it is becomes %XX. For names that classes.txt lists. */
enum { FAL_FOLDER_ESCAPED = 3 * FAL_NAME_MAX };
void fal_folder_escape(const char *name, char folder[FAL_FOLDER_ESCAPED]);
void fal_folder_unescape(char *name);

/* ---- all pictures ---------------------------------------------------------------------------------------------- */

typedef struct {
    char *path;
    int64_t found;        /* position among all as they were found */
    int32_t class_number; /* -1: no label */
    int32_t site;         /* -1: none */
    fal_folder_place place;
} fal_folder_picture;

enum { FAL_FOLDER_SITES_MAX = 10000, FAL_FOLDER_PATH_SIZE = 4096 };

typedef struct {
    const fal_import_options *options;
    const char *root;
    fal_folder_picture *pictures; /* in the order in which they become images: training, validation, test */
    int64_t count, room;
    fal_folder_names classes; /* after fal_folder_settle: in order of their numbers */
    fal_folder_names sites;
    int32_t *site_numbers; /* [sites.count], from fal_folder_settle on */
    int64_t *site_images;  /* [sites.count]: training images */
    bool has_list;         /* of classes, in a file classes.txt */
    bool from_table;       /* the pictures come from a table, whose order they keep */
    bool left_validation;  /* there is a validation set, which is not taken */
    int64_t unnamed;       /* pictures that the table does not name */
    fal_folder_others others;
} fal_folder;

/** folder/name in *path, which has FAL_FOLDER_PATH_SIZE bytes. */
fal_status fal_folder_join(const char *folder, const char *name, char *path);
fal_status fal_folder_add(fal_folder *folder, const char *path, int class_number, int site, fal_folder_place place);
void fal_folder_destroy(fal_folder *folder);

/** Find the pictures by the folders that they lie in (docs/own-data.md draws the layouts). */
fal_status fal_folder_walk(fal_folder *folder);
/** Find them by a table with the columns file, class and, if wanted, site and split. */
fal_status fal_folder_read_table(fal_folder *folder, const char *path);
/** --unlabelled DIR: its pictures join the training set without a label. */
fal_status fal_folder_add_unlabelled(fal_folder *folder, const char *path);
/** After all are found: numbers of classes and sites, the order of the pictures, checks of the whole. */
fal_status fal_folder_settle(fal_folder *folder);

/** The list of classes of a folder, FAL_FOLDER_LIST: names of folders, one a line, in the order of their labels. */
#define FAL_FOLDER_LIST "classes.txt"

/** Decode all pictures into parts (arrays and shape); what was done to them goes into notes. */
fal_status fal_folder_decode(fal_import_input *in, const fal_folder *folder, fal_dataset_parts *parts);

#endif
