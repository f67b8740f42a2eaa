/* Whose images a model has seen, as files state it: attributes identity_* of the root, and in files of version 0.1.0
 * mean and std of the model alone. */
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/nn/modelfile.h"

enum { CHANNELS_MAX = 3, CLASSES_MAX = 1000, NAME_SIZE = 64 };

static void describe(const char *name, const float *there, const float *here, int channels, char text[FAL_ORIGIN_TEXT])
{
    const float *sides[2] = {there, here};
    size_t used = (size_t)snprintf(text, FAL_ORIGIN_TEXT, "%s of the data (", name);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < channels && used < FAL_ORIGIN_TEXT; i++) {
            const char *word = i > 0 ? "" : side == 0 ? "there " : ", here ";
            used += (size_t)snprintf(text + used, FAL_ORIGIN_TEXT - used, "%s%s%.7g", word, i > 0 ? " " : "",
                                     (double)sides[side][i]);
        }
    }
    if (used < FAL_ORIGIN_TEXT) {
        (void)snprintf(text + used, FAL_ORIGIN_TEXT - used, ")");
    }
}

/* One constant per channel, "mean" or "std". */
static fal_status compare_constant(fal_h5 *file, const char *group, const char *name, const float *here, int channels,
                                   fal_origin_difference *difference)
{
    float there[CHANNELS_MAX] = {0};
    char attribute[32];
    (void)snprintf(attribute, sizeof attribute, "identity_%s", name);
    if (fal_h5_has_attribute(file, "/", attribute)) {
        FAL_TRY(fal_h5_get_floats(file, "/", attribute, there, channels));
    } else if (fal_h5_has_attribute(file, group, name)) {
        FAL_TRY(fal_h5_get_floats(file, group, name, there, channels));
    } else {
        difference->unsaid = true;
        return FAL_OK;
    }
    if (difference->constants[0] == '\0' && memcmp(there, here, (size_t)channels * sizeof *here) != 0) {
        describe(name, there, here, channels, difference->constants);
    }
    return FAL_OK;
}

static fal_status compare_names(fal_h5 *file, const fal_model_origin *origin, fal_origin_difference *difference)
{
    char *names = NULL;
    int count = 0;
    if (!fal_h5_has_attribute(file, "/", "identity_class_names")) {
        difference->unsaid = true;
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&names, CLASSES_MAX, NAME_SIZE, "class names"));
    fal_status status = fal_h5_get_texts(file, "/", "identity_class_names", names, NAME_SIZE, CLASSES_MAX, &count);
    if (status == FAL_OK && count != origin->classes) {
        (void)snprintf(difference->class_names, FAL_ORIGIN_TEXT, "number of classes (there %d, here %d)", count,
                       origin->classes);
    }
    for (int i = 0; status == FAL_OK && i < count && difference->class_names[0] == '\0'; i++) {
        const char *there = names + (size_t)i * NAME_SIZE;
        const char *here = origin->class_names + (size_t)i * origin->name_size;
        if (strcmp(there, here) != 0) {
            (void)snprintf(difference->class_names, FAL_ORIGIN_TEXT,
                           "name of class %d (there \"%.60s\", here \"%.60s\")", i, there, here);
        }
    }
    fal_free(names);
    return status;
}

fal_status fal_modelfile_compare_origin(fal_h5 *file, const char *group, const fal_model_origin *origin,
                                        fal_origin_difference *difference)
{
    *difference = (fal_origin_difference){0};
    FAL_ASSERT(origin->channels <= CHANNELS_MAX);
    FAL_TRY(compare_constant(file, group, "mean", origin->mean, origin->channels, difference));
    FAL_TRY(compare_constant(file, group, "std", origin->std, origin->channels, difference));
    return compare_names(file, origin, difference);
}
