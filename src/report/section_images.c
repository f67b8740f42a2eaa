/* The images themselves: what each strategy bought first, from the data set that the results are of. */
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/io/h5.h"
#include "fal/io/look.h"
#include "fal/io/png_write.h"
#include "fal/plot/sheet.h"
#include "fal/results/identity.h"

#include "section_internal.h"

/* Columns of "first_images". */
enum { IMAGE = 6, LABEL = 7 };
/* Larger images are shrunk by whole factors, so that a page stays a page. */
enum { SIDE_MOST = 64, SETTINGS_SHOWN = 4 };

static fal_status draw(const void *figure, fal_svg_use use, fal_text *svg);

/* Results that are held against a data set. */
typedef struct {
    const char *path;
    const fal_dataset *dataset;
    char *differs;
    size_t size;
} comparison;

static fal_status compare_once(void *context, int64_t index)
{
    const comparison *this = context;
    fal_h5 *file = NULL;
    (void)index;
    FAL_TRY(fal_h5_open(this->path, &file));
    const fal_status status = fal_identity_compare_arrays(file, this->dataset, this->differs, this->size);
    fal_h5_close(file);
    return status;
}

/* Are the setting's results of this data set? Those that a child process cannot read are of none. */
static fal_status matches(const fal_report *report, const fal_dataset *dataset, const fal_setting *setting,
                          char *differs, size_t size)
{
    comparison this = {setting->curves[0]->path, dataset, differs, size};
    if (report->options.foreign && fal_look_once(this.path, compare_once, &this) != FAL_OK) {
        (void)snprintf(differs, size, "data set, as far as they can be read");
        fal_status_clear();
        return FAL_OK;
    }
    return compare_once(&this, 0);
}

/* Means of blocks of factor x factor pixels. */
static void shrink(const uint8_t *from, int h, int w, int c, int factor, uint8_t *to)
{
    const int rows = h / factor;
    const int columns = w / factor;
    for (int i = 0; i < rows * columns * c; i++) {
        const int y = i / c / columns * factor;
        const int x = i / c % columns * factor;
        int sum = 0;
        for (int p = 0; p < factor * factor; p++) {
            sum += from[((y + p / factor) * w + x + p % factor) * c + i % c];
        }
        to[i] = (uint8_t)((sum + factor * factor / 2) / (factor * factor));
    }
}

/* The sheet, and its pixels as a PNG file. */
typedef struct {
    fal_sheet sheet;
    unsigned char *png;
    size_t png_size;
} picture;

static fal_status draw(const void *figure, fal_svg_use use, fal_text *svg)
{
    const picture *this = figure;
    return fal_sheet_svg(&this->sheet, this->png, this->png_size, use, svg);
}

/* Marks the images of the setting's rows. */
static void want(const fal_frame *frame, int64_t first, int64_t count, const fal_dataset *dataset, uint8_t *wanted)
{
    for (int64_t r = first; r < first + count; r++) {
        const int64_t image = fal_frame_at(frame, r, IMAGE)->integer;
        if (image >= 0 && image < dataset->n_train) {
            wanted[image] = 1;
        }
    }
}

static fal_status add_strategy(fal_report *report, const fal_dataset *dataset, const fal_setting *setting,
                               const char *strategy, const char *name)
{
    const fal_frame *frame = fal_report_frame(report, "first_images");
    fal_status status = FAL_OK;
    uint8_t *images = NULL;
    uint8_t *tiled = NULL;
    const char *names[FAL_SHEET_IMAGES_MAX];
    picture shown = {0};
    int height = 0;
    int width = 0;
    int64_t count = 0;
    char title[128];
    const int longest = dataset->h > dataset->w ? dataset->h : dataset->w;
    const int factor = (longest + SIDE_MOST - 1) / SIDE_MOST;
    const int h = dataset->h / factor > 0 ? dataset->h / factor : 1;
    const int w = dataset->w / factor > 0 ? dataset->w / factor : 1;
    const size_t bytes = (size_t)(h * w * dataset->c);
    const int64_t first = fal_report_rows(frame, setting->name, strategy, &count);
    if (first < 0 || count > FAL_SHEET_IMAGES_MAX || dataset->h < factor || dataset->w < factor) {
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_alloc(&images, (size_t)count * bytes, 1, "images bought first"));
    for (int64_t i = 0; i < count; i++) {
        const int64_t image = fal_frame_at(frame, first + i, IMAGE)->integer;
        const int64_t label = fal_frame_at(frame, first + i, LABEL)->integer;
        if (image < 0 || image >= dataset->n_train || label < 0 || label >= dataset->classes) {
            status = fal_fail(FAL_ERR_INPUT, "%s: /queries names image %lld of class %lld, which %s does not have",
                              setting->curves[0]->path, (long long)image, (long long)label, dataset->path);
            goto done;
        }
        shrink(fal_dataset_train_image(dataset, image), dataset->h, dataset->w, dataset->c, factor,
               images + (size_t)i * bytes);
        names[i] = dataset->class_names[label];
    }
    (void)snprintf(title, sizeof title, "%.90s", strategy);
    shown.sheet = (fal_sheet){.title = title,
                              .colour = fal_report_colour(report, strategy),
                              .images = images,
                              .count = (int)count,
                              .h = h,
                              .w = w,
                              .c = dataset->c,
                              .names = names,
                              .source = "first_images.6",
                              .first_row = first};
    FAL_TRY_GOTO(fal_sheet_tile(&shown.sheet, &tiled, &height, &width));
    FAL_TRY_GOTO(fal_png_pack(tiled, height, width, dataset->c, &shown.png, &shown.png_size));
    status = fal_section_figure(report, draw, &shown, setting->name, name, true);
done:
    fal_free(shown.png);
    fal_free(tiled);
    fal_free(images);
    return status;
}

static fal_status add_setting(fal_report *report, fal_dataset *dataset, int k)
{
    const fal_setting *setting = &report->settings[k];
    const fal_frame *frame = fal_report_frame(report, "first_images");
    uint8_t *wanted = NULL;
    int64_t count = 0;
    fal_status status = FAL_OK;
    const int64_t first = fal_report_rows(frame, setting->name, NULL, &count);
    FAL_TRY(fal_alloc(&wanted, (size_t)dataset->n_train, 1, "images bought first"));
    want(frame, first, count, dataset, wanted);
    status = fal_dataset_load(dataset, wanted, 0, 0);
    fal_free(wanted);
    FAL_TRY(status);
    fal_section_grid(report, true);
    for (int s = 0; s < setting->strategy_count; s++) {
        char name[64];
        (void)snprintf(name, sizeof name, "images_%d_%d", k + 1, s + 1);
        FAL_TRY(add_strategy(report, dataset, setting, setting->strategies[s], name));
    }
    fal_section_grid(report, false);
    return FAL_OK;
}

static fal_status add_all(fal_report *report, fal_dataset *dataset)
{
    char differs[256] = "";
    int shown = 0;
    for (int k = 0; k < report->setting_count && shown < SETTINGS_SHOWN; k++) {
        FAL_TRY(matches(report, dataset, &report->settings[k], differs, sizeof differs));
        if (differs[0] == '\0') {
            if (report->setting_count > 1) {
                fal_section_say(report, "%s", report->settings[k].name);
            }
            FAL_TRY(add_setting(report, dataset, k));
            shown++;
        }
    }
    return shown > 0 ? FAL_OK
                     : fal_fail(FAL_ERR_INPUT,
                                "--data %s: the results are of another %s: give the data set that they "
                                "were made from",
                                dataset->path, differs);
}

fal_status fal_section_images(fal_report *report)
{
    fal_dataset dataset = {0};
    if (report->options.data == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_dataset_open(report->options.data, &dataset));
    fal_section_begin(report, "images", "The images that were bought first");
    fal_section_say(report, "The first choices of every client after the random start, of the first seed: for each "
                            "place in the clients' lists, client by client.");
    const fal_status status = add_all(report, &dataset);
    fal_section_end(report);
    fal_dataset_close(&dataset);
    return status;
}
