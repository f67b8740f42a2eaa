/* Options of an import: from texts to values, and which kind takes which. */
#include <string.h>

#include "import_internal.h"

enum { LABEL_MOST = 32000 };

#define NAME_OF(id, option, value, help) [FAL_IMPORT_##id] = "--" option,
static const char *const names[FAL_IMPORT_OPTION_COUNT] = {FAL_IMPORT_OPTIONS(NAME_OF)};
#undef NAME_OF

static fal_status wrong(fal_import_option option, const char *text, const char *expected)
{
    return fal_fail(FAL_ERR_USAGE, "%s %.60s: must be %s", names[option], text, expected);
}

/** Position of the text among `count` words. */
static fal_status take_word(fal_import_option option, const char *text, const char *const *words, int count,
                            const char *expected, int *position)
{
    *position = 0;
    for (int i = 0; i < count && text != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            *position = i;
            return FAL_OK;
        }
    }
    return text == NULL ? FAL_OK : wrong(option, text, expected);
}

static fal_status take_words(const char *const *values, fal_import_options *options)
{
    static const char *const validation[] = {"drop", "join"};
    static const char *const transpose[] = {"auto", "yes", "no"};
    static const char *const order[] = {"auto", "nhwc", "nchw"};
    static const char *const crop[] = {"none", "centre"};
    static const char *const augment[] = {"auto", "flip", "none"};
    int at = 0;
    FAL_TRY(take_word(FAL_IMPORT_VALIDATION, values[FAL_IMPORT_VALIDATION], validation, 2, "drop or join", &at));
    options->join_validation = at == 1;
    FAL_TRY(take_word(FAL_IMPORT_TRANSPOSE, values[FAL_IMPORT_TRANSPOSE], transpose, 3, "auto, yes or no", &at));
    options->transpose = (fal_import_choice)at;
    FAL_TRY(take_word(FAL_IMPORT_ORDER, values[FAL_IMPORT_ORDER], order, 3, "auto, nhwc or nchw", &at));
    options->order = (fal_import_order)at;
    FAL_TRY(take_word(FAL_IMPORT_CROP, values[FAL_IMPORT_CROP], crop, 2, "centre or none", &at));
    options->crop = at == 1;
    options->grey = values[FAL_IMPORT_GREY] != NULL;
    FAL_TRY(take_word(FAL_IMPORT_AUGMENT, values[FAL_IMPORT_AUGMENT], augment, 3, "flip or none", &at));
    options->flip = (fal_import_choice)at;
    return FAL_OK;
}

static fal_status take_int(const char *const *values, fal_import_option option, int64_t low, int64_t high,
                           int64_t initial, const char *expected, int64_t *value)
{
    *value = initial;
    if (values[option] != NULL && (!fal_text_to_int(values[option], value) || *value < low || *value > high)) {
        return wrong(option, values[option], expected);
    }
    return FAL_OK;
}

static fal_status take_numbers(const char *const *values, fal_import_options *options)
{
    const char *share = values[FAL_IMPORT_TEST_SHARE];
    int64_t value = 0;
    if (share != NULL &&
        (!fal_text_to_real(share, &options->test_share) || !(options->test_share > 0) || !(options->test_share < 1))) {
        return wrong(FAL_IMPORT_TEST_SHARE, share, "a number between 0 and 1, e.g. 0.2");
    }
    FAL_TRY(take_int(values, FAL_IMPORT_SEED, 0, INT64_MAX, 1, "a whole number from 0", &value));
    options->seed = (uint64_t)value;
    FAL_TRY(take_int(values, FAL_IMPORT_LABEL_OFFSET, -LABEL_MOST, LABEL_MOST, 0,
                     "a whole number from -32000 to 32000, e.g. 1", &value));
    options->label_offset = (int)value;
    if (values[FAL_IMPORT_SEED] != NULL && share == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--seed: has a meaning with --test-share only");
    }
    return FAL_OK;
}

/** "64x48": height, then width; "64": both. */
static fal_status take_size(const char *text, fal_import_options *options)
{
    char height[32];
    int64_t h = 0;
    int64_t w = 0;
    if (text == NULL) {
        return FAL_OK;
    }
    const char *times = strchr(text, 'x');
    const bool copied = fal_text_copy(height, sizeof height, text);
    height[strcspn(height, "x")] = '\0';
    if (!copied || !fal_text_to_int(height, &h) || !fal_text_to_int(times != NULL ? times + 1 : height, &w) || h < 1 ||
        w < 1 || h > FAL_SIDE_MAX || w > FAL_SIDE_MAX) {
        return wrong(FAL_IMPORT_RESIZE, text, "height x width in pixels, e.g. 32x32");
    }
    options->height = (int)h;
    options->width = (int)w;
    return FAL_OK;
}

/** One number or three, separated by commas. */
static fal_status take_constants(const char *const *values, fal_import_option option, double low, double high,
                                 const char *expected, float numbers[3], int *count)
{
    char text[128];
    *count = 0;
    if (values[option] == NULL) {
        return FAL_OK;
    }
    bool good = fal_text_copy(text, sizeof text, values[option]);
    for (char *at = text; good && at != NULL && *count < 3; ++*count) {
        double value = 0;
        char *comma = strchr(at, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        good = fal_text_to_real(at, &value) && value >= low && value <= high;
        numbers[*count] = (float)value;
        at = comma != NULL ? comma + 1 : NULL;
        good = good && (at == NULL || *count < 2);
    }
    return good && *count != 2 ? FAL_OK : wrong(option, values[option], expected);
}

fal_status fal_import_read_options(const fal_import_settings *settings, fal_import_options *options)
{
    const char *const *values = settings->values;
    memset(options, 0, sizeof *options);
    options->images = values[FAL_IMPORT_IMAGES];
    options->labels = values[FAL_IMPORT_LABELS];
    options->test_images = values[FAL_IMPORT_TEST_IMAGES];
    options->test_labels = values[FAL_IMPORT_TEST_LABELS];
    options->sites = values[FAL_IMPORT_SITES];
    options->unlabelled = values[FAL_IMPORT_UNLABELLED];
    FAL_TRY(take_words(values, options));
    FAL_TRY(take_numbers(values, options));
    FAL_TRY(take_size(values[FAL_IMPORT_RESIZE], options));
    FAL_TRY(take_constants(values, FAL_IMPORT_MEAN, 0, 1, "of pixels / 255: one number from 0 to 1, or three",
                           options->mean, &options->means));
    return take_constants(values, FAL_IMPORT_STD, FAL_STD_LEAST, FAL_STD_MOST,
                          "of pixels / 255: one number from 0.001 to 1, or three", options->std, &options->stds);
}
