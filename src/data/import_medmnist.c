/* MedMNIST: an .npz file with train_images, train_labels, val_..., test_... (Yang et al. 2023, https://medmnist.com).
 *
 * Validation images are left out, as in the paper that fal_hpc follows, or join the training images. The file's name
 * tells which of the sets it is; that gives the classes their names. */
#include <stdio.h>
#include <string.h>

#include "import_arrays.h"

#include "fal/base/path.h"

enum { NAMES_MOST = 11 };

typedef struct {
    const char *name;
    const char *license;
    const char *classes[NAMES_MOST + 1]; /* ends with NULL */
} known_set;

#define ORGANS                                                                                                         \
    "bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right", "liver", "lung-left",              \
        "lung-right", "pancreas", "spleen"

static const known_set known_sets[] = {
    {"pathmnist",
     "CC BY 4.0",
     {"adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle", "normal colon mucosa",
      "cancer-associated stroma", "colorectal adenocarcinoma epithelium"}},
    {"dermamnist",
     "CC BY-NC 4.0",
     {"actinic keratoses and intraepithelial carcinoma", "basal cell carcinoma", "benign keratosis-like lesions",
      "dermatofibroma", "melanoma", "melanocytic nevi", "vascular lesions"}},
    {"octmnist", "CC BY 4.0", {"choroidal neovascularization", "diabetic macular edema", "drusen", "normal"}},
    {"pneumoniamnist", "CC BY 4.0", {"normal", "pneumonia"}},
    {"retinamnist", "CC BY 4.0", {"0", "1", "2", "3", "4"}},
    {"breastmnist", "CC BY 4.0", {"malignant", "normal, benign"}},
    {"bloodmnist",
     "CC BY 4.0",
     {"basophil", "eosinophil", "erythroblast", "immature granulocytes", "lymphocyte", "monocyte", "neutrophil",
      "platelet"}},
    {"tissuemnist",
     "CC BY 4.0",
     {"Collecting Duct, Connecting Tubule", "Distal Convoluted Tubule", "Glomerular endothelial cells",
      "Interstitial endothelial cells", "Leukocytes", "Podocytes", "Proximal Tubule Segments", "Thick Ascending Limb"}},
    {"organamnist", "CC BY 4.0", {ORGANS}},
    {"organcmnist", "CC BY 4.0", {ORGANS}},
    {"organsmnist", "CC BY 4.0", {ORGANS}},
};

/** By the file's name, pathmnist.npz or pathmnist_64.npz, else the data set's. */
static const known_set *find_known(const fal_import_input *in, const char *name)
{
    const char *const places[2] = {fal_path_base(in->paths[0]), name};
    for (int p = 0; p < 2; p++) {
        for (size_t i = 0; i < sizeof known_sets / sizeof known_sets[0]; i++) {
            if (strncmp(places[p], known_sets[i].name, strlen(known_sets[i].name)) == 0) {
                return &known_sets[i];
            }
        }
    }
    return NULL;
}

static void name_classes(const known_set *known, fal_dataset_parts *parts)
{
    int names = 0;
    fal_import_number_classes(parts);
    if (known == NULL) {
        return;
    }
    (void)fal_text_copy(parts->license, sizeof parts->license, known->license);
    while (known->classes[names] != NULL) {
        names++;
    }
    for (int i = 0; i < names && names == parts->classes; i++) {
        (void)fal_text_copy(parts->class_names[i], FAL_NAME_MAX, known->classes[i]);
    }
}

/** The arrays of a split. */
static fal_status take_split(const fal_import_input *in, const char *name, fal_import_set *set)
{
    char images_name[32];
    char labels_name[32];
    (void)snprintf(images_name, sizeof images_name, "%s_images.npy", name);
    (void)snprintf(labels_name, sizeof labels_name, "%s_labels.npy", name);
    fal_import_piece *images = fal_import_find(&in->pieces, images_name);
    fal_import_piece *labels = fal_import_find(&in->pieces, labels_name);
    if (images == NULL || labels == NULL) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: holds no %s: is it a MedMNIST file? For arrays of your own there is fal_data import npy",
                        in->paths[0], images == NULL ? images_name : labels_name);
    }
    return fal_import_take_set(in, images, labels, false, set);
}

fal_status fal_import_medmnist(fal_import_input *in, fal_dataset_parts *parts)
{
    fal_import_set train = {0};
    fal_import_set validation = {0};
    fal_import_set test = {0};
    if (in->path_count != 1) {
        return fal_fail(FAL_ERR_USAGE, "import medmnist: %d files: each .npz file is a dataset of its own",
                        in->path_count);
    }
    FAL_TRY(take_split(in, "train", &train));
    if (in->options->join_validation) {
        FAL_TRY(take_split(in, "val", &validation));
        FAL_TRY(fal_import_join_sets(&train, &validation));
    } else if (fal_import_find(&in->pieces, "val_images.npy") != NULL) {
        fal_import_note(in, "the validation images are left out (--validation join makes them training images)");
    }
    FAL_TRY(take_split(in, "test", &test));
    FAL_TRY(fal_import_put_sets(&train, &test, parts));
    name_classes(find_known(in, parts->name), parts);
    return FAL_OK;
}
