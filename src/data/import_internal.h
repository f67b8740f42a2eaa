/* Shared by import*.c: the list of importers, what they work from, and what they share. */
#ifndef FAL_DATA_IMPORT_INTERNAL_H
#define FAL_DATA_IMPORT_INTERNAL_H

#include <stddef.h>

#include "fal/base/text.h"
#include "fal/data/import.h"

/* ---- options --------------------------------------------------------------------------------------------------- */

typedef enum { FAL_IMPORT_AUTO, FAL_IMPORT_YES, FAL_IMPORT_NO } fal_import_choice;
typedef enum { FAL_IMPORT_ORDER_AUTO, FAL_IMPORT_NHWC, FAL_IMPORT_NCHW } fal_import_order;

/** The values of FAL_IMPORT_OPTIONS, read and checked; what was not given is 0, NULL or as noted. */
typedef struct {
    double test_share; /* 0: none */
    uint64_t seed;     /* 1 */
    bool join_validation;
    int label_offset;
    fal_import_choice transpose;
    fal_import_order order;
    const char *images, *labels, *test_images, *test_labels, *sites, *unlabelled; /* paths */
    int height, width;                                                            /* of --resize */
    bool crop, grey;
    int means, stds; /* numbers given: 0, 1 or 3 */
    float mean[3], std[3];
    fal_import_choice flip;              /* of --augment */
    const char (*classes)[FAL_NAME_MAX]; /* [class_count], as in fal_import_settings */
    int class_count;
    bool keep_names;
} fal_import_options;

/** Texts to values; FAL_ERR_USAGE names the option. */
fal_status fal_import_read_options(const fal_import_settings *settings, fal_import_options *options);

/* ---- what importers work from ---------------------------------------------------------------------------------- */

/* Bytes of all unpacked files together: enough for every public set of small images. */
#define FAL_IMPORT_LIMIT ((size_t)8 << 30)

/** One unpacked file. */
typedef struct {
    char name[256];   /* base name, without .gz or .xz */
    char origin[512]; /* for messages: the file given, and the member of it */
    unsigned char *bytes;
    size_t count;
    bool found; /* found in an archive or folder, not named by the user: ignored if it is of another kind */
} fal_import_piece;

typedef struct {
    fal_import_piece *pieces; /* in the order given */
    int count;
    int64_t room;
    size_t total;
} fal_import_pieces;

/** How the files come to an importer: unpacked into memory, or as paths that it reads by itself. */
typedef enum { FAL_IMPORT_PIECES, FAL_IMPORT_PATHS } fal_import_form;

typedef struct fal_sandbox_line fal_sandbox_line;

typedef struct {
    const fal_import_options *options;
    fal_import_form form;
    const char *const *paths; /* as the user named them */
    int path_count;
    fal_import_pieces pieces;        /* the paths unpacked; empty for kinds that read paths by themselves */
    size_t limit;                    /* bytes that all files together may unpack to, in memory at a time */
    fal_text source;                 /* of the dataset: files and checksums */
    fal_text notes;                  /* fal_import_note */
    fal_sandbox_line *line;          /* to the parent */
    int64_t bytes_done, bytes_total; /* of the files */
    double told;
} fal_import_input;

/** An importer runs in a child process with limits of memory and time, from which nothing can be printed. A line for
 *  people, shown at the end: */
void fal_import_note(fal_import_input *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Bytes of a regular file, 0 for what is none. */
int64_t fal_import_bytes_of(const char *file);
/** Which file it is reading, and how far it is in any unit. Call it for each file: a crash is told by this name. Kinds
 *  that get pieces have it called for them while these are read. */
void fal_import_tell(fal_import_input *in, const char *file, int64_t done, int64_t total);

/** Append the unpacked contents of a file to the pieces, and its name and SHA-256 to the source; also for importers
 * that take files by options. `found`: in a folder, not named by the user. */
fal_status fal_import_read(fal_import_input *in, const char *path, bool found);
/** Name and SHA-256 of a file that an importer reads by itself, for the source. refuse_equal: FAL_ERR_INPUT if there is
 * a file of this content already. */
fal_status fal_import_add_source(fal_import_input *in, const char *path, bool refuse_equal);
/** visit(in, path, found, context) for each path; of a folder for each regular file in it (not below). */
typedef fal_status (*fal_import_visitor)(fal_import_input *in, const char *path, bool found, void *context);
fal_status fal_import_visit_files(fal_import_input *in, fal_import_visitor visit, void *context);
/** fal_import_read for all of them. */
fal_status fal_import_read_all(fal_import_input *in);
/** Into rising order of names; equal names stay in the order given. */
void fal_import_sort(fal_import_pieces *pieces);
/** FAL_ERR_INPUT if two of the pieces that `counts` have the same content: one source given twice. */
fal_status fal_import_refuse_equal(const fal_import_pieces *pieces, bool (*counts)(const fal_import_piece *piece));
/** Does the base name say "test" (or "t10k"), and not "train"? */
bool fal_import_is_test(const char *name);
/** Non-empty lines of a text file as class names; exactly parts->classes are expected. */
fal_status fal_import_class_names(const fal_import_piece *piece, fal_dataset_parts *parts);
/** Class names "0", "1", ... */
void fal_import_number_classes(fal_dataset_parts *parts);
/** The largest label, at least `so_far`. */
int fal_import_largest_label(const int16_t *labels, int64_t n, int so_far);
/** The same constant for all channels. */
void fal_import_constants(fal_dataset_parts *parts, float mean, float std);

/* ---- the importers --------------------------------------------------------------------------------------------- */

#define FAL_IMPORT_BIT(option) (1U << FAL_IMPORT_##option)
/** Data that may come without a test set: n_test = 0, and fal_import_make splits. */
#define FAL_IMPORT_MAY_SPLIT (FAL_IMPORT_BIT(TEST_SHARE) | FAL_IMPORT_BIT(SEED))
/** Arrays by options. */
#define FAL_IMPORT_NPY                                                                                                 \
    (FAL_IMPORT_MAY_SPLIT | FAL_IMPORT_BIT(IMAGES) | FAL_IMPORT_BIT(LABELS) | FAL_IMPORT_BIT(TEST_IMAGES) |            \
     FAL_IMPORT_BIT(TEST_LABELS) | FAL_IMPORT_BIT(SITES) | FAL_IMPORT_BIT(ORDER) | FAL_IMPORT_BIT(LABEL_OFFSET))
#define FAL_IMPORT_IDX (FAL_IMPORT_MAY_SPLIT | FAL_IMPORT_BIT(LABEL_OFFSET) | FAL_IMPORT_BIT(TRANSPOSE))
/** Pictures. */
#define FAL_IMPORT_FOLDER                                                                                              \
    (FAL_IMPORT_MAY_SPLIT | FAL_IMPORT_BIT(LABELS) | FAL_IMPORT_BIT(UNLABELLED) | FAL_IMPORT_BIT(VALIDATION) |         \
     FAL_IMPORT_BIT(RESIZE) | FAL_IMPORT_BIT(CROP) | FAL_IMPORT_BIT(GREY))
/** For every kind. */
#define FAL_IMPORT_ALL_TAKE (FAL_IMPORT_BIT(MEAN) | FAL_IMPORT_BIT(STD) | FAL_IMPORT_BIT(AUGMENT))

/** An importer is its file and its line here. It fills `parts` (shape, classes, constants, names, arrays, license) from
 *  fal_status fal_import_KIND(fal_import_input *in, fal_dataset_parts *parts); parts->name is there already.
 *
 *    kind       own name of the dataset (NULL: the output's)  files: form, fewest  options  help */
#define FAL_IMPORTERS(X)                                                                                               \
    X(cifar10, "cifar10", FAL_IMPORT_PIECES, 1, FAL_IMPORT_MAY_SPLIT,                                                  \
      "CIFAR-10, binary version: data_batch_*.bin test_batch.bin, .xz, .tar.gz or the folder")                         \
    X(cifar100, "cifar100", FAL_IMPORT_PIECES, 1, FAL_IMPORT_MAY_SPLIT,                                                \
      "CIFAR-100, binary version: train.bin test.bin, .xz, .tar.gz or the folder (fine labels)")                       \
    X(svhn, "svhn", FAL_IMPORT_PATHS, 1, FAL_IMPORT_MAY_SPLIT,                                                         \
      "SVHN, cropped digits: train_32x32.mat test_32x32.mat (and extra_32x32.mat), or the folder")                     \
    X(medmnist, NULL, FAL_IMPORT_PIECES, 1, FAL_IMPORT_BIT(VALIDATION),                                                \
      "MedMNIST: one .npz file, grey or colour, 28 to 224 pixels wide: pathmnist.npz, organamnist_64.npz, ...")        \
    X(npy, NULL, FAL_IMPORT_PIECES, 0, FAL_IMPORT_NPY,                                                                 \
      "arrays: --images X.npy --labels y.npy --test-images ... --test-labels ..., or one .npz file with them")         \
    X(idx, NULL, FAL_IMPORT_PIECES, 1, FAL_IMPORT_IDX,                                                                 \
      "MNIST, Fashion-MNIST, EMNIST and relatives: the four idx files, .gz or plain, in any order, or the folder")     \
    X(folder, NULL, FAL_IMPORT_PATHS, 1, FAL_IMPORT_FOLDER,                                                            \
      "pictures, PNG or JPEG: a folder per class, train/ and test/ above it or --test-share; or --labels FILE.csv")

#define FAL_IMPORTER_PROTOTYPE(kind, name, form, fewest, takes, help)                                                  \
    fal_status fal_import_##kind(fal_import_input *in, fal_dataset_parts *parts);
FAL_IMPORTERS(FAL_IMPORTER_PROTOTYPE)
#undef FAL_IMPORTER_PROTOTYPE

/** Run it in the child: parts, source and notes are as it left them, checked. */
fal_status fal_import_in_child(const fal_import_settings *settings, fal_import_input *in,
                               fal_status (*make)(fal_import_input *in, fal_dataset_parts *parts),
                               fal_dataset_parts *parts);

/* ---- after the importer ---------------------------------------------------------------------------------------- */

/** What people should look at: notes get the class counts and images that are equal, warnings what may be a mistake
 *  (empty classes, labels or constants without sense). `takes`: options of the kind, as FAL_IMPORTERS has them. */
fal_status fal_import_remark(uint32_t takes, const fal_dataset_parts *parts, fal_import_remarks *remarks);
/** A note on images that are equal to an earlier one, and on test images that are training images, too. */
fal_status fal_import_note_equal(const fal_dataset_parts *parts, fal_text *notes);
/** Take images of each class out of the training set: floor(share * labelled images + 0.5) in all, in the classes'
 *  proportions by largest remainder (ties to the lower class), never a class's last one. Which ones is a function of
 *  (seed, class, its images in order); both sets keep the order of the files. Unlabelled images stay. Site numbers of
 *  test images are dropped. FAL_ERR_INPUT if one of the sets would be empty. */
fal_status fal_import_split(double share, uint64_t seed, fal_dataset_parts *parts);

#endif
