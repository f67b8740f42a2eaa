/* What people hand in: files of answers in any of four forms, read into one list. Nothing is known here about who asked
 * for what (take.h); but every row must name an image and a class, and is refused with file and line where it does not.
 *
 *   labels.csv       as the folder of a query has it, or a table with the same columns in any order
 *   a folder         with a folder for each class, which holds the pictures that show it
 *   *.json           Label Studio's exports JSON (annotations, or completions of its first versions) and JSON-MIN
 *   *.csv            Label Studio's export CSV
 *
 * A class is named, or numbered from 0; a name comes first. "Can't tell" is one of fal_label_cannot_words that is no
 * class. What has no answer is counted and passed over. */
#ifndef FAL_RESULTS_SAID_H
#define FAL_RESULTS_SAID_H

#include <stdint.h>

#include "fal/base/text.h"
#include "fal/data/dataset.h"
#include "fal/results/answers.h"
#include "fal/results/query_folder.h"

enum { FAL_SAID_WHERE = 640 };

/** What was said of one image. */
typedef struct {
    int64_t image;                     /* row in /train, of the picture's name */
    char sha256[FAL_QUERY_DIGITS + 1]; /* first digits, of the picture's name; "": not said */
    int label;                         /* a class, or FAL_ANSWER_CANNOT_TELL */
    int annotator;                     /* place in the list's annotators */
    int64_t client;                    /* who asked; -1: not said */
    double seconds;                    /* NaN: not said */
    int file;                          /* place in the list's files */
    int64_t place;                     /* line, task (from 1), or where in the list's paths the picture's path begins */
} fal_said;

typedef enum { FAL_SAID_LINES, FAL_SAID_TASKS, FAL_SAID_PICTURES } fal_said_form;

typedef struct {
    /* Set before anything is read. */
    int classes;
    const char (*class_names)[FAL_NAME_MAX]; /* borrowed */
    const char *nobody;                      /* who answered where a file does not say it; "": not known; borrowed */
    bool by_row;                             /* a table without the column file will do: image numbers in image */

    fal_said *rows;
    int64_t count, room;
    int64_t open; /* rows and pictures without an answer */
    char (*annotators)[FAL_ANNOTATOR_SIZE];
    int64_t annotator_count, annotator_room;
    struct {
        const char *path; /* borrowed */
        fal_said_form form;
    } * files;
    int64_t file_count, file_room;
    fal_text paths;
    int *order; /* [classes] by name, for finding them */
} fal_said_list;

/** Read a file or folder (kept as a pointer) and add what it says. FAL_ERR_INPUT: where and what; then the list is of
 * no use any more. */
fal_status fal_said_read(fal_said_list *list, const char *path);
void fal_said_destroy(fal_said_list *list);

/** "labels.csv:12", "export.json: task 3", "sorted/cat/train_000001_00000000.png". */
void fal_said_where(const fal_said_list *list, const fal_said *said, char where[FAL_SAID_WHERE]);
/** Name of the class, or "can't tell". */
const char *fal_said_label_name(const fal_said_list *list, int label);

/** Row and digits of a name that fal_query_image_name made, wherever it stands in `text` behind the last slash; false:
 *  there is none. */
bool fal_said_find_image(const char *text, int64_t *image, char sha256[FAL_QUERY_DIGITS + 1]);

#endif
