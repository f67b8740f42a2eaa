/* Image data in other people's formats -> a dataset in memory (fal_data import). */
#ifndef FAL_DATA_IMPORT_H
#define FAL_DATA_IMPORT_H

#include "fal/base/status.h"
#include "fal/base/text.h"
#include "fal/data/dataset.h"

/** What a user may say beside the kind and the files. Each kind takes some of them (src/data/import_internal.h); the
 *  others are refused. A new one is a line here, a member of fal_import_options and a line where that is filled.
 *
 *    identifier    option          value (NULL: a flag)  help */
#define FAL_IMPORT_OPTIONS(X)                                                                                          \
    X(TEST_SHARE, "test-share", "S", "test set: this share of the images of each class; for data without a test set")  \
    X(SEED, "seed", "N", "another seed draws other images for --test-share [1]")                                       \
    X(VALIDATION, "validation", "KIND", "validation images: drop, or join them to the training images [drop]")         \
    X(LABEL_OFFSET, "label-offset", "K", "subtract K from all labels: 1..26 become 0..25 with K = 1 [0]")              \
    X(TRANSPOSE, "transpose", "KIND", "swap rows and columns: auto (files called emnist-...), yes, no [auto]")         \
    X(ORDER, "order", "AXES", "axes of the images: auto (told by the sizes), nhwc, nchw [auto]")                       \
    X(IMAGES, "images", "FILE", "training images")                                                                     \
    X(LABELS, "labels", "FILE", "their labels")                                                                        \
    X(TEST_IMAGES, "test-images", "FILE", "test images")                                                               \
    X(TEST_LABELS, "test-labels", "FILE", "their labels")                                                              \
    X(SITES, "sites", "FILE", "number of the site that holds each training image")                                     \
    X(UNLABELLED, "unlabelled", "DIR", "images without a label")                                                       \
    X(RESIZE, "resize", "HxW", "bring all images to one size (area average)")                                          \
    X(CROP, "crop", "KIND", "before --resize: centre cuts to the wanted shape")                                        \
    X(GREY, "grey", NULL, "one channel instead of three")                                                              \
    X(MEAN, "mean", "M[,M,M]", "mean of pixels / 255, for all channels or each [the kind's own, else 0.5]")            \
    X(STD, "std", "D[,D,D]", "their standard deviation [the kind's own, else 0.5]")                                    \
    X(AUGMENT, "augment", "KIND",                                                                                      \
      "flip: training images may be mirrored; none: e.g. letters [the kind's own, else flip]")

#define FAL_IMPORT_OPTION_ENUM(id, option, value, help) FAL_IMPORT_##id,
typedef enum { FAL_IMPORT_OPTIONS(FAL_IMPORT_OPTION_ENUM) FAL_IMPORT_OPTION_COUNT } fal_import_option;
#undef FAL_IMPORT_OPTION_ENUM
/** Does it name a file or a folder that is read? */
bool fal_import_option_is_path(fal_import_option option);

typedef struct {
    const char *kind;         /* one of fal_import_kinds() */
    const char *const *files; /* files, archives or folders */
    int file_count;
    const char *name;                            /* of the dataset; NULL: the kind's own name, else output_name */
    const char *output_name;                     /* for kinds that serve many datasets, or NULL */
    const char *values[FAL_IMPORT_OPTION_COUNT]; /* text of each option, "" for a flag, NULL: not given */
    /* Of kind folder: the classes that there may be, in order of their labels; NULL: those that are found. With these,
     * a class may have no image, all images may lack a label, and there need not be a test set. */
    const char (*classes)[FAL_NAME_MAX];
    int class_count;
    bool keep_names; /* the files' names become parts->names: what stays where the pictures are may know them */
    /* Called now and then while files are read: what is read, and how much of all there is; or NULL. */
    void (*progress)(void *context, const char *file, int64_t done, int64_t total);
    void *progress_context;
} fal_import_settings;

/** What people should know about an import: whole lines. Destroy both. */
typedef struct {
    fal_text notes;    /* what was done beside the obvious, class counts */
    fal_text warnings; /* what may be a mistake */
} fal_import_remarks;

/** Kinds and one line about each; ends with a kind of NULL. */
typedef struct {
    const char *kind, *help;
} fal_import_kind;
const fal_import_kind *fal_import_kinds(void);

/** Read the files into `parts` (release with fal_dataset_parts_destroy), in a child process with limits of memory and
 *  time (fal/io/sandbox.h). `parts->source` names each file that was used with its SHA-256, and the options.
 * FAL_ERR_INPUT for damaged files, missing sets, labels out of range; FAL_ERR_USAGE for an unknown kind, an unusable
 * name, an option that the kind does not take. */
fal_status fal_import_make(const fal_import_settings *settings, fal_dataset_parts *parts, fal_import_remarks *remarks);

#endif
