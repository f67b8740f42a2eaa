/* Reading a results file's learning curve: what winning rates and accuracy tables need, from a file that may be
 * anybody's. Nothing of it is trusted: texts end up on terminals, numbers in statistics. */
#include "fal/results/curve.h"

#include <math.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/data/dataset.h"
#include "fal/io/h5.h"
#include "fal/results/record.h"
#include "fal/results/tables.h"

const char *fal_measure_name(fal_measure measure)
{
    return measure == FAL_MEASURE_BALANCED ? "balanced accuracy" : "accuracy";
}

/* As many AL rounds as the parameter table allows. */
enum { ROUNDS_MAX = 10000 };
static const int64_t IMAGES_MAX = INT64_C(1) << 40;

/* What every version wrote; other columns may differ between versions. */
static const char *const required[] = {"al_round", "labelled_share", "test_accuracy", NULL};

static fal_status read_name(fal_h5 *file, const char *attribute, char *value, size_t size)
{
    FAL_TRY(fal_h5_get_text(file, "/", attribute, value, size));
    if (value[0] == '\0') {
        return fal_fail(FAL_ERR_INPUT, "%s: attribute %s is empty: not written by fal_hpc", fal_h5_name(file),
                        attribute);
    }
    return fal_text_is_printable(value)
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT,
                          "%s: attribute %s holds control characters or is not UTF-8: not written by fal_hpc",
                          fal_h5_name(file), attribute);
}

static bool is_share(double value) { return value >= 0 && value <= 1; }

static fal_status check_row(const fal_h5 *file, const fal_row_round *this, int64_t index)
{
    if (this->al_round != index + 1) {
        return fal_fail(FAL_ERR_INPUT, "%s: /rounds row %lld has al_round %lld, expected %lld", fal_h5_name(file),
                        (long long)index, (long long)this->al_round, (long long)index + 1);
    }
    if (!is_share(this->labelled_share) || !is_share(this->test_accuracy)) {
        return fal_fail(FAL_ERR_INPUT, "%s: /rounds row %lld: labelled_share %g or test_accuracy %g is no share (0..1)",
                        fal_h5_name(file), (long long)index, this->labelled_share, this->test_accuracy);
    }
    if (this->labelled != FAL_TABLE_MISSING && (this->labelled < 0 || this->labelled > IMAGES_MAX)) {
        return fal_fail(FAL_ERR_INPUT, "%s: /rounds row %lld: labelled %lld is no number of images", fal_h5_name(file),
                        (long long)index, (long long)this->labelled);
    }
    return FAL_OK;
}

static fal_status read_rounds(fal_h5 *file, fal_curve *curve)
{
    fal_status status = FAL_OK;
    fal_table table;
    fal_table_init(&table, &fal_rounds_kind);
    FAL_TRY_GOTO(fal_h5_read_table_known(file, &table, ROUNDS_MAX, required));
    const size_t rounds = (size_t)table.count;
    FAL_TRY_GOTO(fal_alloc(&curve->accuracy, rounds, sizeof *curve->accuracy, "learning curve"));
    FAL_TRY_GOTO(fal_alloc(&curve->share, rounds, sizeof *curve->share, "learning curve"));
    FAL_TRY_GOTO(fal_alloc(&curve->row, rounds, sizeof *curve->row, "learning curve"));
    for (int64_t i = 0; i < table.count; i++) {
        const fal_row_round *this = fal_table_row(&table, i);
        FAL_TRY_GOTO(check_row(file, this, i));
        curve->row[i] = *this;
        curve->accuracy[i] = this->test_accuracy;
        curve->share[i] = this->labelled_share;
    }
    curve->rounds = (int)table.count;
done:
    fal_table_destroy(&table);
    return status;
}

/* From the class accuracies, so that files of every version have it. */
static fal_status read_balanced(fal_h5 *file, fal_curve *curve)
{
    static const char path[] = "/class_accuracy";
    fal_h5_shape shape = {FAL_H5_DOUBLE, 2, {0}};
    double *by_class = NULL;
    fal_status status = FAL_OK;
    if (!fal_h5_has(file, path)) {
        return fal_fail(FAL_ERR_INPUT, "%s: has no %s, from which balanced accuracy is computed", fal_h5_name(file),
                        path);
    }
    FAL_TRY(fal_h5_shape_of(file, path, &shape));
    if (shape.type != FAL_H5_DOUBLE || shape.rank != 2 || shape.dims[0] != curve->rounds || shape.dims[1] < 1 ||
        shape.dims[1] > FAL_CLASSES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s is not float64 [%d AL rounds, 1 to %d classes]", fal_h5_name(file), path,
                        curve->rounds, FAL_CLASSES_MAX);
    }
    const size_t classes = (size_t)shape.dims[1];
    FAL_TRY_GOTO(fal_alloc(&by_class, (size_t)curve->rounds * classes, sizeof *by_class, "class accuracies"));
    FAL_TRY_GOTO(fal_h5_read(file, path, &shape, by_class));
    for (int r = 0; r < curve->rounds; r++) {
        const double *row = by_class + (size_t)r * classes;
        bool shares = true;
        for (size_t c = 0; c < classes; c++) {
            shares = shares && (isnan(row[c]) || is_share(row[c]));
        }
        curve->accuracy[r] = fal_balanced_accuracy(row, (int)classes);
        if (!shares || isnan(curve->accuracy[r])) {
            status = fal_fail(FAL_ERR_INPUT, "%s: %s row %d holds no shares (0..1)", fal_h5_name(file), path, r);
            goto done;
        }
    }
done:
    fal_free(by_class);
    return status;
}

/* One hash of the arrays' checksums and of the constants, which stand beside the model in every version of the format.
 */
static fal_status read_data(fal_h5 *file, fal_curve *curve)
{
    static const char *const sums[] = {"dataset_train_images_sha256", "dataset_train_labels_sha256",
                                       "dataset_test_images_sha256", "dataset_test_labels_sha256"};
    static const char *const constants[] = {"mean", "std"};
    enum { SUMS = sizeof sums / sizeof sums[0], TEXT = 128, CHANNELS_MAX = 3 };
    char text[SUMS][TEXT] = {{0}};
    float values[2][CHANNELS_MAX] = {{0}};
    int64_t channels = 0;
    fal_hash *hash = NULL;
    for (int i = 0; i < SUMS; i++) {
        if (!fal_h5_has_attribute(file, "/", sums[i])) {
            return FAL_OK;
        }
        FAL_TRY(fal_h5_get_text(file, "/", sums[i], text[i], TEXT));
    }
    if (fal_h5_has_attribute(file, "/model", "channels")) {
        FAL_TRY(fal_h5_get_int(file, "/model", "channels", &channels));
    }
    for (int i = 0; i < 2 && (channels == 1 || channels == CHANNELS_MAX); i++) {
        FAL_TRY(fal_h5_get_floats(file, "/model", constants[i], values[i], (int)channels));
    }
    FAL_TRY(fal_hash_create(&hash));
    fal_hash_add(hash, text, sizeof text);
    fal_hash_add(hash, values, sizeof values);
    fal_hash_finish(hash, curve->data);
    fal_hash_destroy(hash);
    return FAL_OK;
}

fal_status fal_curve_read(const char *path, fal_measure measure, fal_curve *curve)
{
    fal_status status = FAL_OK;
    fal_h5 *file = NULL;
    fal_curve read = {.measure = measure};
    FAL_TRY_GOTO(fal_alloc(&read.path, strlen(path) + 1, 1, "learning curve"));
    memcpy(read.path, path, strlen(path));
    FAL_TRY_GOTO(fal_h5_open(path, &file));
    FAL_TRY_GOTO(fal_h5_check_format(file, "results", FAL_RESULTS_VERSION));
    FAL_TRY_GOTO(read_name(file, "setting", read.setting, sizeof read.setting));
    FAL_TRY_GOTO(read_name(file, "strategy", read.strategy, sizeof read.strategy));
    FAL_TRY_GOTO(read_name(file, "status", read.status, sizeof read.status));
    FAL_TRY_GOTO(fal_h5_get_int(file, "/", "seed", &read.seed));
    if (read.seed < 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: attribute seed is %lld: not written by fal_hpc", fal_h5_name(file),
                          (long long)read.seed);
        goto done;
    }
    FAL_TRY_GOTO(read_rounds(file, &read));
    if (measure == FAL_MEASURE_BALANCED) {
        FAL_TRY_GOTO(read_balanced(file, &read));
    }
    FAL_TRY_GOTO(read_data(file, &read));
    *curve = read;
    read = (fal_curve){0};
done:
    fal_curve_destroy(&read);
    fal_h5_close(file);
    return status;
}

void fal_curve_destroy(fal_curve *curve)
{
    if (curve == NULL) {
        return;
    }
    fal_free(curve->path);
    fal_free(curve->accuracy);
    fal_free(curve->share);
    fal_free(curve->row);
    *curve = (fal_curve){0};
}

bool fal_curve_is_other_format(const char *path)
{
    fal_h5 *file = NULL;
    char format[32] = "results";
    if (fal_h5_open(path, &file) == FAL_OK && fal_h5_has_attribute(file, "/", "fal_format")) {
        if (fal_h5_get_text(file, "/", "fal_format", format, sizeof format) != FAL_OK) {
            (void)fal_text_copy(format, sizeof format, "results");
        }
    }
    fal_h5_close(file);
    fal_status_clear();
    return strcmp(format, "results") != 0;
}
