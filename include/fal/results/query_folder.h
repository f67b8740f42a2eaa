/* What a client asks people in one AL round, as a folder to label in (formats.md section 11):
 * NAME.query/round_RR/client_KK/ with labels.csv, images/ *.png, index.html and tasks.json. */
#ifndef FAL_RESULTS_QUERY_FOLDER_H
#define FAL_RESULTS_QUERY_FOLDER_H

#include <stdint.h>

#include "fal/base/hash.h"
#include "fal/base/text.h"
#include "fal/data/dataset.h"

enum { FAL_QUERY_DIGITS = 8, FAL_QUERY_IMAGE_NAME = 64 };

/** The first line of labels.csv. */
#define FAL_QUERY_LABELS_HEADER "client,order,image,file,suggested,label,annotator,seconds"
/* Names in the folder. */
#define FAL_QUERY_LABELS_CSV "labels.csv"
#define FAL_QUERY_PAGE "index.html"
#define FAL_QUERY_TASKS "tasks.json"
#define FAL_QUERY_IMAGES "images"

/** One image that somebody is asked about. */
typedef struct {
    int64_t order;                     /* place in the client's query, from 0, rising; some may be missing */
    int64_t image;                     /* row in /train of the dataset (or of the arrays) */
    char sha256[FAL_QUERY_DIGITS + 1]; /* first digits of the SHA-256 of its pixels: fal_query_fill_sha256 */
    int suggested;                     /* class that the model predicts; -1: none */
    double score;                      /* the strategy's; NaN where it has none */
} fal_query_item;

/** All that a client asks in a round. Everything is borrowed. */
typedef struct {
    const char *name; /* of the trial: its results file without folder and ".h5" */
    int64_t round;    /* AL round, from 1 */
    int64_t client;   /* from 0 */
    const fal_query_item *items;
    int64_t count;
    /** Pixels [h][w][c] of items[i].image; valid until the next call. */
    const uint8_t *(*pixels)(const void *context, int64_t image);
    const void *context;
    int h, w, c; /* c = 1 or 3 */
    int classes;
    const char (*class_names)[FAL_NAME_MAX];               /* [classes] printable */
    const char *dataset;                                   /* its name */
    const char *sha256_train_images, *sha256_train_labels; /* 64 digits each; "": not known (arrays) */
    char hash[FAL_HASH_TEXT]; /* tells this query from all others, also in a browser: fal_query_hash */
} fal_query;

typedef struct {
    bool suggest; /* show `suggested` (people follow it); without it no file of the folder tells it */
    bool smooth;  /* the page blurs enlarged pixels */
} fal_query_folder_options;

/** What the data set tells of a query: shapes, classes, checksums. */
fal_query fal_query_of(const fal_dataset *dataset);
/** item->sha256 of the pixels. */
fal_status fal_query_fill_sha256(const fal_query *query, fal_query_item *item);
/** query->hash, of the data set's checksums, name, round, client and all items with their hashes: once all else is set.
 */
fal_status fal_query_hash(fal_query *query);
/** "train_000123_5f3a9c1e.png": the row, at least six digits, and the first of its pixels' hash. */
void fal_query_image_name(const fal_query_item *item, char name[FAL_QUERY_IMAGE_NAME]);

/** Write the folder as a whole: beside it first (fal_tree), then renamed. Parents are made. A folder that is there
 *  stays as it is if it is of this query (people may have answered in it) and none of its files is missing or empty,
 *  else it is renamed to "FOLDER.old", or "FOLDER.old-2", ..: nothing is deleted. FAL_ERR_OUTPUT: what could not be
 *  written; nothing of it is left. So is what fal_query_folder_check refuses. */
fal_status fal_query_folder_write(const char *folder, const fal_query *query, const fal_query_folder_options *options);
/** FAL_ERR_OUTPUT if there is something under this name that is neither a query's folder nor an empty one. */
fal_status fal_query_folder_check(const char *folder);

/** index.html: a page to label with, without a server (query_page.c). `text` is added to. */
fal_status fal_query_page_html(const fal_query *query, const fal_query_folder_options *options, fal_text *text);
/** tasks.json: an import for Label Studio, images embedded. */
fal_status fal_query_tasks_json(const fal_query *query, const fal_query_folder_options *options, fal_text *text);

#endif
