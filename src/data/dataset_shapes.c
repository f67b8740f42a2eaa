/* What is said of arrays that are no images or labels of ours: most come from programs with another order of axes, and
 * one numpy expression away. */
#include "dataset_internal.h"

static bool is_channels(int64_t count) { return count == 1 || count == 3; }

/* How to make images [images, height, width, channels] of it. */
static const char *advice(const fal_h5_shape *shape)
{
    const int64_t *dims = shape->dims;
    if (shape->rank == 2) {
        return "give the images their rows back, images.reshape(-1, height, width, 1) in numpy";
    }
    if (shape->rank == 3) {
        return "grey images need an axis of one channel, images[..., None] in numpy";
    }
    if (shape->rank == 4 && is_channels(dims[1]) && !is_channels(dims[3])) {
        return "the channels come first here, images.transpose(0, 2, 3, 1) in numpy puts them last";
    }
    if (shape->rank == 4 && is_channels(dims[2]) && !is_channels(dims[3])) {
        return "the images come last here, images.transpose(3, 0, 1, 2) in numpy puts them first";
    }
    if (shape->rank == 4 && dims[3] == 4) {
        return "there may be 1 or 3 channels, images[..., :3] in numpy leaves transparency away";
    }
    if (shape->rank == 4 && !is_channels(dims[3])) {
        return "there may be 1 or 3 channels";
    }
    return "pixels are whole numbers from 0 to 255, images.astype(\"uint8\") in numpy where they are already";
}

fal_status fal_dataset_fail_images(const char *file, const char *array, const fal_h5_shape *shape)
{
    char found[FAL_H5_SHAPE_TEXT];
    fal_h5_shape_text(shape, found);
    return fal_fail(FAL_ERR_INPUT, "%s: %s must be uint8 [images, height, width, channels], but is %s: %s", file, array,
                    found, advice(shape));
}

fal_status fal_dataset_fail_labels(const char *file, const char *array, const fal_h5_shape *shape)
{
    char found[FAL_H5_SHAPE_TEXT];
    fal_h5_shape_text(shape, found);
    return fal_fail(FAL_ERR_INPUT, "%s: %s must be int16 [images], but is %s: %s in numpy", file, array, found,
                    shape->rank == 1 ? "labels.astype(\"int16\")" : "labels.reshape(-1).astype(\"int16\")");
}
