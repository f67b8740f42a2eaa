/* Arrays of one's own: .npy files named by options, or the members of an .npz file by the names that people give them.
 */
#include <stdio.h>
#include <string.h>

#include "import_arrays.h"

enum { NAMES = 4 };

/* Members of an .npz file: ours, those of scikit-learn's habit, of Keras, of MedMNIST's layout. */
static const char *const images_names[NAMES] = {"images.npy", "X.npy", "x_train.npy", "train_images.npy"};
static const char *const labels_names[NAMES] = {"labels.npy", "y.npy", "y_train.npy", "train_labels.npy"};
static const char *const test_images_names[NAMES] = {"test_images.npy", "X_test.npy", "x_test.npy", ""};
static const char *const test_labels_names[NAMES] = {"test_labels.npy", "y_test.npy", "y_test.npy", ""};
static const char *const sites_names[NAMES] = {"sites.npy", "site.npy", "", ""};

typedef struct {
    fal_import_piece *images, *labels, *test_images, *test_labels, *sites; /* NULL: not there */
} five;

/** The names of the classes in a member class_names, where there is one. */
static fal_status take_class_names(fal_import_input *in, fal_dataset_parts *parts)
{
    const fal_import_piece *piece = fal_import_find(&in->pieces, "class_names.npy");
    char where[1024];
    int count = 0;
    if (piece == NULL) {
        return FAL_OK;
    }
    fal_import_where(in, piece, where, sizeof where);
    FAL_TRY(
        fal_npy_texts(where, piece->bytes, piece->count, parts->class_names[0], FAL_NAME_MAX, FAL_CLASSES_MAX, &count));
    if (count < parts->classes) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %d names, but the labels have %d classes: name all", where, count,
                        parts->classes);
    }
    parts->classes = count;
    return FAL_OK;
}

/** The file that an option names becomes a piece; of an .npz file the only member. */
static fal_status read_option(fal_import_input *in, const char *path, int *position)
{
    *position = -1;
    if (path == NULL) {
        return FAL_OK;
    }
    const int before = in->pieces.count;
    FAL_TRY(fal_import_read(in, path, false));
    if (in->pieces.count != before + 1) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds %d arrays: give an .npz file without an option", path,
                        in->pieces.count - before);
    }
    *position = before;
    return FAL_OK;
}

static fal_status read_options(fal_import_input *in, five *found)
{
    const fal_import_options *o = in->options;
    const char *const paths[] = {o->images, o->labels, o->test_images, o->test_labels, o->sites};
    fal_import_piece **const places[] = {&found->images, &found->labels, &found->test_images, &found->test_labels,
                                         &found->sites};
    int positions[5];
    for (int i = 0; i < 5; i++) {
        FAL_TRY(read_option(in, paths[i], &positions[i]));
    }
    for (int i = 0; i < 5; i++) { /* now the pieces stay where they are */
        if (positions[i] >= 0) {
            *places[i] = &in->pieces.pieces[positions[i]];
        }
    }
    return FAL_OK;
}

/** The one member of these names. */
static fal_status find_one(const fal_import_input *in, const char *const names[NAMES], fal_import_piece **found)
{
    *found = NULL;
    for (int i = 0; i < NAMES; i++) {
        fal_import_piece *piece = names[i][0] != '\0' ? fal_import_find(&in->pieces, names[i]) : NULL;
        if (piece != NULL && *found != NULL && piece != *found) {
            return fal_fail(FAL_ERR_INPUT, "%s: holds %s and %s: which are meant? Save one of them", in->paths[0],
                            (*found)->name, piece->name);
        }
        *found = piece != NULL ? piece : *found;
    }
    return FAL_OK;
}

static fal_status find_members(const fal_import_input *in, five *found)
{
    FAL_TRY(find_one(in, images_names, &found->images));
    FAL_TRY(find_one(in, labels_names, &found->labels));
    FAL_TRY(find_one(in, test_images_names, &found->test_images));
    FAL_TRY(find_one(in, test_labels_names, &found->test_labels));
    FAL_TRY(find_one(in, sites_names, &found->sites));
    if (found->images == NULL) {
        char names[256] = "";
        size_t used = 0;
        for (int i = 0; i < in->pieces.count && used < sizeof names; i++) {
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                     in->pieces.pieces[i].name);
        }
        return fal_fail(FAL_ERR_INPUT, "%s: holds %s: expected images and labels, X and y, or x_train and y_train",
                        in->paths[0], names);
    }
    return FAL_OK;
}

static fal_status find_pieces(fal_import_input *in, five *found)
{
    const fal_import_options *o = in->options;
    const bool by_options =
        o->images != NULL || o->labels != NULL || o->test_images != NULL || o->test_labels != NULL || o->sites != NULL;
    if (in->path_count > 1 || (in->path_count == 1 && by_options)) {
        return fal_fail(FAL_ERR_USAGE, "import npy %.200s: give one .npz file, or .npy files by --images and --labels",
                        in->paths[0]);
    }
    if (in->path_count == 1) {
        FAL_TRY(find_members(in, found));
    } else {
        if (o->images == NULL) {
            return fal_fail(FAL_ERR_USAGE,
                            "import npy: --images is missing: give --images X.npy --labels y.npy, or one "
                            ".npz file");
        }
        FAL_TRY(read_options(in, found));
    }
    return FAL_OK;
}

static fal_status check_pieces(const fal_import_input *in, const five *found)
{
    if ((found->test_images == NULL) != (found->test_labels == NULL)) {
        return fal_fail(FAL_ERR_INPUT, "%s: test images and test labels belong together: give both",
                        found->test_images != NULL ? found->test_images->name : found->test_labels->name);
    }
    if (found->test_images == NULL && in->options->test_share <= 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: no test images: give --test-images and --test-labels, or --test-share 0.2",
                        found->images->name);
    }
    if (found->labels == NULL && found->test_images == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: no labels: give --labels y.npy, with -1 for images without one",
                        found->images->name);
    }
    return FAL_OK;
}

fal_status fal_import_npy(fal_import_input *in, fal_dataset_parts *parts)
{
    five found = {0};
    fal_import_set train = {0};
    fal_import_set test = {0};
    FAL_TRY(find_pieces(in, &found));
    FAL_TRY(check_pieces(in, &found));
    FAL_TRY(fal_import_take_set(in, found.images, found.labels, true, &train));
    if (found.test_images != NULL) {
        FAL_TRY(fal_import_take_set(in, found.test_images, found.test_labels, false, &test));
    }
    if (found.sites != NULL) {
        char where[1024];
        fal_npy array;
        fal_import_where(in, found.sites, where, sizeof where);
        FAL_TRY(fal_npy_parse(where, found.sites->bytes, found.sites->count, &array));
        FAL_TRY(fal_import_take_sites(where, &array, train.images.n, &parts->train_site));
    }
    if (train.images.scale == FAL_PIXELS_UNIT) {
        fal_import_note(in, "pixels from 0 to 1 were multiplied by 255 and rounded");
    }
    FAL_TRY(fal_import_put_sets(&train, &test, parts));
    return take_class_names(in, parts);
}
