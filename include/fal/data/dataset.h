/* Datasets: images, labels and constants of one HDF5 file (formats.md section 2), read-only and checked.
 *
 * A rank reads only the rows it was given (its clients' images and its share of the test set); labels of all training
 * images are read by every rank, since the partition needs them. Where images lie in one file per site, a rank opens
 * the files that it holds, and of the others knows what their ranks have told (fal_dataset_compose). */
#ifndef FAL_DATA_DATASET_H
#define FAL_DATA_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

enum { FAL_CLASSES_MAX = 1000, FAL_NAME_MAX = 64, FAL_SIDE_MAX = 4096, FAL_IMAGES_MAX = 100000000 };

/* Of a channel's pixels / 255; the mean is 0 to 1, too. With what lies outside nothing can be learned. */
#define FAL_STD_LEAST 0.001
#define FAL_STD_MOST 1.0

/** So many files may make one data set. */
enum { FAL_SITES_MAX = 1000 };

/** One of the files of a data set whose images lie in several (fal_dataset_compose). */
typedef struct {
    const char *path; /* the data set's own copy */
    char name[FAL_NAME_MAX];
    int64_t first, n_train;     /* its training images are the whole's first .. first + n_train - 1 */
    int64_t test_first, n_test; /* the same of its test images; n_test 0: it has none, or others are used */
    bool held;                  /* this rank opens it; of the others nothing is known but what stands here */
    char sha256_train_images[65], sha256_train_labels[65], sha256_test_images[65], sha256_test_labels[65];
} fal_dataset_file;

typedef struct fal_dataset {
    char path[4096]; /* where images lie in several files: all their paths, for messages */
    char name[FAL_NAME_MAX];
    int h, w, c; /* c = 1 or 3 */
    int classes;
    int64_t n_train; /* images */
    int64_t n_test;
    int64_t unlabelled;    /* training images that the file has no label for */
    bool flip;             /* augment attribute */
    float mean[3], std[3]; /* of pixels / 255 */
    char class_names[FAL_CLASSES_MAX][FAL_NAME_MAX];
    char sha256_train_images[65], sha256_train_labels[65], sha256_test_images[65], sha256_test_labels[65];
    int16_t *train_labels; /* [n_train], -1 = not labelled */
    int16_t *test_labels;  /* [n_test] */
    int32_t *train_site;   /* [n_train] or NULL */
    /* Images held by this rank. `row_of[image]` is the row in `train_images`, -1 if not held. */
    uint8_t *train_images; /* [held][h][w][c] */
    int64_t *row_of;       /* [n_train] */
    int64_t held;
    uint8_t *test_images; /* [test_held][h][w][c]: test images test_first .. test_first + test_held - 1 */
    int64_t test_first, test_held;
    /* What every image must be when it is read (fal_dataset_mark_images); NULL: images are not compared. */
    uint64_t *train_marks; /* [n_train] */
    uint64_t *test_marks;  /* [n_test] */
    /* Images in one file per site: the sites in the order of their clients, then the file of the test images where that
     * is none of theirs. Labels of images in files that are not held: train_labels says 0 for any and -1 for none,
     * test_labels -1. NULL: all is in `path`. */
    fal_dataset_file *files; /* [file_count] */
    int file_count, sites;
    int64_t *site_counts; /* [sites][classes] training images with this label */
} fal_dataset;

/** A dataset's name becomes part of file names: letters, digits, '-', '_', '+', '.', not starting with '.', and short.
 */
bool fal_dataset_name_is_valid(const char *name);

/** Header, labels and checks: kinds, types, shapes, label ranges, the labels' SHA-256; no image. FAL_ERR_INPUT says
 * what and where. */
fal_status fal_dataset_open(const char *path, fal_dataset *dataset);
/** The same where nothing is tested: a file without /test will do, n_test is 0 then. */
fal_status fal_dataset_open_pool(const char *path, fal_dataset *dataset);
/** Read every image once and compare with the SHA-256s that the file states (FAL_ERR_INPUT if they differ), so that
 *  these can be believed from here on. Each image's mark, the first 8 bytes of its own SHA-256, is kept: whatever is
 *  loaded later, here or on a rank that was given the marks, must be the same image. Beside the marks takes a few MiB;
 *  reads at the speed of the file, hashes at 0.4 to 2 GB/s. */
fal_status fal_dataset_mark_images(fal_dataset *dataset);
/** Room for marks that come from elsewhere. */
fal_status fal_dataset_alloc_marks(fal_dataset *dataset);
/** Read the training images with wanted[image] != 0 (NULL: all) and test images first .. first+count-1. FAL_ERR_INPUT
 *  also if one of them is not what its mark says. */
fal_status fal_dataset_load(fal_dataset *dataset, const uint8_t *wanted, int64_t test_first, int64_t test_count);
/** Also fine for a zeroed struct. */
void fal_dataset_close(fal_dataset *dataset);
/** The test images in files that are held: neighbours, where held files are. For fal_dataset_load. */
void fal_dataset_held_tests(const fal_dataset *dataset, int64_t *first, int64_t *count);
/** Is train_labels[image] the image's own label? Not where a file has it that is not held. */
bool fal_dataset_knows_label(const fal_dataset *dataset, int64_t image);
/** Pixels of a held training image. */
const uint8_t *fal_dataset_train_image(const fal_dataset *dataset, int64_t image);

/** images [count][h][w][c]: number first .. first + count - 1; valid during the call. */
typedef fal_status (*fal_dataset_visitor)(void *context, const uint8_t *images, int64_t first, int64_t count);
/** Show all images of the training or test set to `visit`, in order, read from the file in windows of a few MiB. Only
 * the dataset's head is needed (fal_dataset_open). */
fal_status fal_dataset_visit(const fal_dataset *dataset, bool test, fal_dataset_visitor visit, void *context);

/** Of one job, or joined, can be only what agrees: FAL_ERR_INPUT, naming both files, for another size of the images,
 *  other class names or other ones in another order. */
fal_status fal_dataset_check_kind(const fal_dataset *first, const fal_dataset *other);
/** The same for mean, std and augmentation: the same pixels must mean the same. */
fal_status fal_dataset_check_constants(const fal_dataset *first, const fal_dataset *other);
/** A data set whose images lie in these files, one after the other: `whole` (zeroed) gets shape, constants and class
 *  names of `first`, and the files' sizes as sums. files [count]: path, name, n_train, n_test, held and checksums
 * given, copied; the first `sites` of them are sites. name: the sites' names, "north+south+west", the first and a
 * number where that is too long. Checksums: of the list of the files' own. train_site is set; labels are -1,
 * site_counts 0: the caller fills them in. FAL_ERR_INPUT: more images in all than a data set may have. */
fal_status fal_dataset_compose(const fal_dataset *first, const fal_dataset_file *files, int count, int sites,
                               fal_dataset *whole);

/** A whole dataset in memory on its way to a file: what importers and synth fill. */
typedef struct {
    char name[FAL_NAME_MAX];
    char source[16384]; /* files and their SHA-256, or how it was made */
    char license[256];
    int h, w, c, classes;
    bool flip;
    float mean[3], std[3];
    char class_names[FAL_CLASSES_MAX][FAL_NAME_MAX];
    int64_t n_train, n_test; /* n_test 0: without /test, which only fal_dataset_open_pool opens */
    uint8_t *train_images, *test_images;
    int16_t *train_labels, *test_labels;
    int32_t *train_site; /* or NULL */
    /* The file of each training image, then of each test image: texts, one behind the other with their ends; NULL: not
     * known. Not part of what identifies a data set. */
    char *names;
    size_t names_bytes;
} fal_dataset_parts;

/** A file, with a test set or without, in a process of its own: everything in it is read, every checksum compared; what
 * a file does to the library that reads it must not happen where others are written. `also`, if not NULL, reads there
 *  what it will read here, too. Not under MPI and not with threads running. */
fal_status fal_dataset_look(const char *path, fal_status (*also)(void *context, const fal_dataset *dataset),
                            void *context);

/** What a file holds, to be written again: head, source and licence, and the dataset's own arrays, which stay its own:
 *  images where all are loaded, else NULL. FAL_ERR_INPUT: the file can no longer be read. */
fal_status fal_dataset_parts_of(const fal_dataset *dataset, fal_dataset_parts *parts);
fal_status fal_dataset_write(const fal_dataset_parts *parts, const char *path);
void fal_dataset_parts_destroy(fal_dataset_parts *parts);

#endif
