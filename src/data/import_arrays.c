/* Images and labels from NumPy arrays. */
#include "import_arrays.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

/** "60000 x 28 x 28" */
static void shape_text(const fal_npy *array, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < array->rank && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%lld", i > 0 ? " x " : "", (long long)array->dims[i]);
    }
}

/* ---- axes of images -------------------------------------------------------------------------------------------- */

static bool is_channels(int64_t size) { return size == 1 || size == 3; }

static fal_status wrong_axes(const char *name, const fal_npy *array)
{
    char shape[192];
    const char *what = "expected N x height x width, N x height x width x channels or N x channels x height x width "
                       "with 1 or 3 channels";
    shape_text(array, shape, sizeof shape);
    if (array->rank == 2) {
        what = "images in rows of numbers: give them their height and width with numpy.reshape";
    } else if (array->rank == 5 ||
               (array->rank == 4 && array->dims[1] == array->dims[2] && array->dims[2] == array->dims[3])) {
        what = "these are volumes (3-D); only flat images can be imported: choose slices";
    } else if (array->rank == 4 && (array->dims[1] == 4 || array->dims[3] == 4)) {
        what = "four channels: leave the transparency away";
    }
    return fal_fail(FAL_ERR_INPUT, "%s: has the axes %s: %s", name, shape, what);
}

/** Height, width, channels, and whether channels come before height and width. */
static fal_status take_axes(const char *name, const fal_npy *array, fal_import_order order, fal_import_images *images,
                            bool *planes)
{
    const int64_t *dims = array->dims;
    const bool last = array->rank == 4 && is_channels(dims[3]) && order != FAL_IMPORT_NCHW;
    const bool first = array->rank == 4 && is_channels(dims[1]) && order != FAL_IMPORT_NHWC;
    if (array->rank != 3 && !last && !first) {
        return wrong_axes(name, array);
    }
    if (last && first) {
        char shape[192];
        shape_text(array, shape, sizeof shape);
        return fal_fail(FAL_ERR_INPUT,
                        "%s: of its axes %s the second or the last may be the channels: say --order nhwc "
                        "(channels last) or --order nchw (channels first)",
                        name, shape);
    }
    const int at = first ? 2 : 1; /* height, then width */
    if (dims[0] < 1 || dims[0] > FAL_IMAGES_MAX || dims[at] < 1 || dims[at] > FAL_SIDE_MAX || dims[at + 1] < 1 ||
        dims[at + 1] > FAL_SIDE_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %lld images of %lld x %lld: expected 1 to %d of up to %d x %d", name,
                        (long long)dims[0], (long long)dims[at], (long long)dims[at + 1], FAL_IMAGES_MAX, FAL_SIDE_MAX,
                        FAL_SIDE_MAX);
    }
    images->n = dims[0];
    images->h = (int)dims[at];
    images->w = (int)dims[at + 1];
    images->c = array->rank == 3 ? 1 : (int)dims[first ? 1 : 3];
    *planes = first;
    return FAL_OK;
}

/* ---- values of images ------------------------------------------------------------------------------------------ */

typedef struct {
    double least, most;
    bool whole, numbers;
} value_range;

static value_range find_range(const fal_npy *array)
{
    value_range range = {INFINITY, -INFINITY, true, true};
    for (int64_t i = 0; i < array->elements; i++) {
        const double value = fal_npy_value(array, i);
        range.least = value < range.least ? value : range.least;
        range.most = value > range.most ? value : range.most;
        range.whole = range.whole && value == floor(value);
        range.numbers = range.numbers && isfinite(value);
    }
    return range;
}

static fal_status find_scale(const char *name, const fal_npy *array, fal_pixel_scale *scale)
{
    if (array->kind == 'u' && array->width == 1) {
        *scale = FAL_PIXELS_BYTES;
        return FAL_OK;
    }
    const value_range range = find_range(array);
    if (!range.numbers) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds values that are no numbers (NaN or infinite): fill them first", name);
    }
    const bool unit = array->kind == 'b' || (array->kind == 'f' && range.least >= 0 && range.most <= 1);
    if (!unit && (!range.whole || range.least < 0 || range.most > 255)) {
        return fal_fail(
            FAL_ERR_INPUT,
            "%s: has values from %g to %g: pixels must be whole numbers from 0 to 255 or real numbers from 0 "
            "to 1: scale them, and leave normalisation to fal_hpc",
            name, range.least, range.most);
    }
    *scale = unit ? FAL_PIXELS_UNIT : FAL_PIXELS_BYTES;
    return FAL_OK;
}

/** One image, its channels behind one another or beside one another. */
static void take_image(const fal_npy *array, int64_t first, const fal_import_images *images, bool planes,
                       uint8_t *pixels)
{
    const int area = images->h * images->w;
    const double factor = images->scale == FAL_PIXELS_UNIT ? 255 : 1;
    for (int at = 0; at < area; at++) {
        for (int channel = 0; channel < images->c; channel++) {
            const int64_t from = planes ? (int64_t)channel * area + at : (int64_t)at * images->c + channel;
            pixels[(size_t)at * images->c + channel] =
                (uint8_t)floor(fal_npy_value(array, first + from) * factor + 0.5);
        }
    }
}

fal_status fal_import_take_images(const char *name, const fal_npy *array, fal_import_order order,
                                  fal_import_images *images)
{
    bool planes = false;
    fal_import_images found = {0};
    FAL_TRY(take_axes(name, array, order, &found, &planes));
    FAL_TRY(find_scale(name, array, &found.scale));
    const size_t pixels = (size_t)found.h * (size_t)found.w * (size_t)found.c;
    FAL_TRY(fal_alloc(&found.pixels, (size_t)found.n, pixels, "images"));
    if (array->kind == 'u' && array->width == 1 && (!planes || found.c == 1)) {
        memcpy(found.pixels, array->values, (size_t)array->elements);
    } else {
        for (int64_t i = 0; i < found.n; i++) {
            take_image(array, i * (int64_t)pixels, &found, planes, found.pixels + (size_t)i * pixels);
        }
    }
    *images = found;
    return FAL_OK;
}

/* ---- labels and sites ------------------------------------------------------------------------------------------ */

/** More than one number per image: what people do instead of class numbers. */
static fal_status wrong_columns(const char *name, const fal_npy *array)
{
    const int64_t columns = array->dims[1];
    bool one_hot = true;
    for (int64_t i = 0; i < array->dims[0] && one_hot; i++) {
        double sum = 0;
        for (int64_t j = 0; j < columns; j++) {
            const double value = fal_npy_value(array, i * columns + j);
            one_hot = one_hot && (value == 0 || value == 1);
            sum += value;
        }
        one_hot = one_hot && sum == 1;
    }
    if (one_hot) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: a row of %lld numbers per image with a single 1: save argmax(axis=1), the "
                        "number of the class",
                        name, (long long)columns);
    }
    return fal_fail(FAL_ERR_INPUT, "%s: %lld labels per image: an image must have one class; choose one of the labels",
                    name, (long long)columns);
}

/** [n] or [n,1]. */
static fal_status check_column(const char *name, const fal_npy *array, int64_t n, const char *what)
{
    if (array->rank == 2 && array->dims[1] > 1) {
        return wrong_columns(name, array);
    }
    if ((array->rank != 1 && array->rank != 2) || array->elements != array->dims[0]) {
        char shape[192];
        shape_text(array, shape, sizeof shape);
        return fal_fail(FAL_ERR_INPUT, "%s: has the axes %s, expected one %s per image", name, shape, what);
    }
    if (array->elements != n) {
        return fal_fail(FAL_ERR_INPUT, "%s: has %lld %ss, but there are %lld images", name, (long long)array->elements,
                        what, (long long)n);
    }
    return FAL_OK;
}

fal_status fal_import_take_labels(const char *name, const fal_npy *array, int64_t n, int offset, bool may_lack,
                                  int16_t **labels)
{
    int16_t *found = NULL;
    FAL_TRY(check_column(name, array, n, "label"));
    FAL_TRY(fal_alloc(&found, (size_t)n, sizeof *found, "labels"));
    for (int64_t i = 0; i < n; i++) {
        const double value = fal_npy_value(array, i);
        const double label = value == -1 && may_lack ? -1 : value - offset;
        const bool good =
            label == floor(label) && label < FAL_CLASSES_MAX && (label >= 0 || value == -1) && (label >= 0 || may_lack);
        if (!good) {
            fal_free(found);
            return fal_fail(FAL_ERR_INPUT, "%s: label %g of image %lld%s: expected whole numbers from %d to %d%s", name,
                            value, (long long)i, offset != 0 ? " with --label-offset" : "", offset,
                            FAL_CLASSES_MAX - 1 + offset, may_lack ? ", or -1 for images without a label" : "");
        }
        found[i] = (int16_t)label;
    }
    *labels = found;
    return FAL_OK;
}

fal_status fal_import_take_sites(const char *name, const fal_npy *array, int64_t n, int32_t **sites)
{
    int32_t *found = NULL;
    FAL_TRY(check_column(name, array, n, "site"));
    FAL_TRY(fal_alloc(&found, (size_t)n, sizeof *found, "sites"));
    for (int64_t i = 0; i < n; i++) {
        const double value = fal_npy_value(array, i);
        if (!(value >= 0) || value > INT32_MAX || value != floor(value)) {
            fal_free(found);
            return fal_fail(FAL_ERR_INPUT, "%s: site %g of image %lld: expected whole numbers from 0", name, value,
                            (long long)i);
        }
        found[i] = (int32_t)value;
    }
    *sites = found;
    return FAL_OK;
}
