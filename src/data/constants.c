/* Mean and standard deviation: sums of grey levels and of their squares as integers, turned into numbers at the end. */
#include "fal/data/constants.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/io/csv.h"

/* So many pixels are certain not to overflow the sum of squares: 2^48 * 255^2 < 2^64. */
static const uint64_t pixels_max = (uint64_t)1 << 48;
static const double std_least = 1e-3; /* what fal_data import --std takes */

typedef struct {
    int c;
    int64_t images, pixels_per_image;
    uint64_t pixels;
    uint64_t sum[3], squares[3];
} sums;

static fal_status add(void *context, const uint8_t *images, int64_t first, int64_t count)
{
    sums *s = context;
    uint64_t histogram[3][256] = {{0}};
    const int64_t pixels = count * s->pixels_per_image;
    (void)first;
    for (int64_t i = 0; i < pixels; i++) {
        for (int k = 0; k < s->c; k++) {
            histogram[k][images[i * s->c + k]]++;
        }
    }
    s->pixels += (uint64_t)pixels;
    for (int k = 0; k < s->c; k++) {
        for (uint64_t level = 0; level < 256; level++) {
            s->sum[k] += level * histogram[k][level];
            s->squares[k] += level * level * histogram[k][level];
        }
    }
    return FAL_OK;
}

/* c channels, so many pixels more. */
static fal_status make_room(const char *path, int c, uint64_t pixels, sums *s)
{
    if (s->c != 0 && s->c != c) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: has %d channel%s, the files before have %d: one set of constants needs one kind", path, c,
                        c == 1 ? "" : "s", s->c);
    }
    s->c = c;
    return pixels > pixels_max - s->pixels
               ? fal_fail(FAL_ERR_INPUT, "%s: more pixels in all than can be added up", path)
               : FAL_OK;
}

static fal_status add_dataset(const char *path, bool train_only, fal_dataset *dataset, sums *s)
{
    FAL_TRY(fal_dataset_open_pool(path, dataset)); /* a site's may be without a test set */
    const int64_t here = dataset->n_train + (train_only ? 0 : dataset->n_test);
    const uint64_t pixels = (uint64_t)dataset->h * (uint64_t)dataset->w * (uint64_t)here; /* below 2^51 */
    fal_status status = make_room(path, dataset->c, pixels, s);
    s->pixels_per_image = (int64_t)dataset->h * dataset->w;
    s->images += here;
    if (status == FAL_OK) {
        status = fal_dataset_visit(dataset, false, add, s);
    }
    if (status == FAL_OK && !train_only && dataset->n_test > 0) {
        status = fal_dataset_visit(dataset, true, add, s);
    }
    fal_dataset_close(dataset);
    return status;
}

/* ---- sums of another site -------------------------------------------------------------------------------------- */

static const char *const columns[] = {"channel", "images", "pixels", "sum", "squares"};
enum { CHANNEL, IMAGES, PIXELS, SUM, SQUARES, COLUMNS, CSV_BYTES = 65536 };
static const int64_t told_max = (int64_t)1 << 46; /* pixels of a table: their squares fit an int64_t */

/* A row of the table; no sum is larger than its pixels can make it. */
static fal_status read_row(fal_csv *csv, const int at[COLUMNS], int channel, int64_t values[COLUMNS])
{
    FAL_TRY(fal_csv_int(csv, at[CHANNEL], channel, channel, &values[CHANNEL]));
    FAL_TRY(fal_csv_int(csv, at[IMAGES], 1, FAL_IMAGES_MAX, &values[IMAGES]));
    FAL_TRY(fal_csv_int(csv, at[PIXELS], values[IMAGES], told_max, &values[PIXELS]));
    FAL_TRY(fal_csv_int(csv, at[SUM], 0, values[PIXELS] * 255, &values[SUM]));
    return fal_csv_int(csv, at[SQUARES], values[SUM], values[SUM] * 255, &values[SQUARES]);
}

static fal_status read_table(fal_csv *csv, sums *told)
{
    int at[COLUMNS];
    bool there = false;
    FAL_TRY(fal_csv_read_header(csv));
    for (int i = 0; i < COLUMNS; i++) {
        FAL_TRY(fal_csv_need(csv, columns[i], &at[i]));
    }
    FAL_TRY(fal_csv_next(csv, &there));
    while (there && told->c < 3) {
        int64_t values[COLUMNS];
        FAL_TRY(read_row(csv, at, told->c, values));
        if (told->c > 0 && ((int64_t)told->pixels != values[PIXELS] || told->images != values[IMAGES])) {
            return fal_fail(FAL_ERR_INPUT, "%s: line %lld: other images or pixels than in the channel before",
                            fal_csv_path(csv), (long long)fal_csv_line(csv));
        }
        told->images = values[IMAGES];
        told->pixels = (uint64_t)values[PIXELS];
        told->sum[told->c] = (uint64_t)values[SUM];
        told->squares[told->c++] = (uint64_t)values[SQUARES];
        FAL_TRY(fal_csv_next(csv, &there));
    }
    return !there && (told->c == 1 || told->c == 3)
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT,
                          "%s: must have a row for 1 channel or for each of 3: fal_data constants --sums",
                          fal_csv_path(csv));
}

static fal_status add_told(const char *path, sums *s)
{
    sums told = {0};
    fal_csv *csv = NULL;
    FAL_TRY(fal_csv_open(path, CSV_BYTES, &csv));
    fal_status status = read_table(csv, &told);
    if (status == FAL_OK) {
        status = make_room(path, told.c, told.pixels, s);
    }
    fal_csv_close(csv);
    FAL_TRY(status);
    s->images += told.images;
    s->pixels += told.pixels;
    for (int k = 0; k < told.c; k++) {
        s->sum[k] += told.sum[k];
        s->squares[k] += told.squares[k];
    }
    return FAL_OK;
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

static fal_status add_files(const char *const *paths, int count, bool train_only, sums *s)
{
    fal_dataset *dataset = NULL;
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    fal_status status = FAL_OK;
    for (int i = 0; i < count && status == FAL_OK; i++) {
        status = fal_text_ends_with(paths[i], ".csv") ? add_told(paths[i], s)
                                                      : add_dataset(paths[i], train_only, dataset, s);
    }
    fal_free(dataset);
    return status;
}

fal_status fal_constants_sums(const char *const *paths, int count, bool train_only, fal_text *text)
{
    sums s = {0};
    FAL_TRY(add_files(paths, count, train_only, &s));
    if (s.pixels > (uint64_t)told_max) {
        return fal_fail(FAL_ERR_INPUT, "%s: more pixels than a table of sums can hold", paths[0]);
    }
    for (int i = 0; i < COLUMNS; i++) {
        fal_text_add(text, "%s%s", i > 0 ? "," : "", columns[i]);
    }
    for (int k = 0; k < s.c; k++) {
        fal_text_add(text, "\n%d,%lld,%llu,%llu,%llu", k, (long long)s.images, (unsigned long long)s.pixels,
                     (unsigned long long)s.sum[k], (unsigned long long)s.squares[k]);
    }
    fal_text_add(text, "\n");
    return fal_text_status(text);
}

fal_status fal_constants_take(const char *const *paths, int count, bool train_only, fal_constants *constants)
{
    sums s = {0};
    *constants = (fal_constants){.files = count};
    FAL_TRY(add_files(paths, count, train_only, &s));
    constants->images = s.images;
    constants->c = s.c;
    for (int k = 0; k < s.c; k++) {
        const double n = (double)s.pixels;
        const double mean = (double)s.sum[k] / n;
        const double variance = (double)s.squares[k] / n - mean * mean;
        const double std = sqrt(variance > 0 ? variance : 0) / 255;
        if (std < std_least) {
            return fal_fail(FAL_ERR_INPUT, "%s: channel %d hardly varies (std %.2g): are these the right images?",
                            paths[0], k, std);
        }
        constants->mean[k] = (float)(mean / 255);
        constants->std[k] = (float)std;
    }
    return FAL_OK;
}
