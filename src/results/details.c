/* Reading what pages about a trial show: every size is bounded before memory is taken, every shape compared with those
 * read before, every number with what it can be. */
#include "fal/results/details.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "details_internal.h"

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/results/answers.h"

/* As many as the parameter table allows; more of a file is not taken into memory for a page. */
enum { CLIENTS_MAX = 65536, ROUNDS_MAX = 10000, FL_ROUNDS_MAX = 65535 };
static const size_t BYTES_MAX = (size_t)1 << 30;
static const int64_t WHOLE_MAX = (int64_t)1 << 52; /* a number that a page can draw */

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

/* An axis of the arrays: what it is called, and where its length is kept. */
typedef struct {
    const char *name;
    int *length; /* 0: not known, the first array tells it */
    int most;    /* 0: it is known from the start */
} axis;

static fal_status check_axis(const fal_h5 *file, const char *path, const axis *of, int64_t length)
{
    if (*of->length == 0 && length >= 1 && length <= of->most) {
        *of->length = (int)length;
    }
    const bool untold = *of->length == 0 && of->most > 0;
    if (length == *of->length && !untold) {
        return FAL_OK;
    }
    if (untold) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has %lld %s, expected 1 to %d", fal_h5_name(file), path,
                        (long long)length, of->name, of->most);
    }
    return fal_fail(FAL_ERR_INPUT, "%s: %s has %lld %s, but there are %d", fal_h5_name(file), path, (long long)length,
                    of->name, *of->length);
}

static fal_status check_values(const fal_h5 *file, const char *path, const fal_h5_shape *shape, const void *values)
{
    const int64_t count = fal_h5_elements(shape);
    for (int64_t i = 0; i < count; i++) {
        if (shape->type == FAL_H5_INT64) {
            const int64_t images = ((const int64_t *)values)[i];
            if (images < 0 || images > FAL_IMAGES_MAX) {
                return fal_fail(FAL_ERR_INPUT, "%s: %s holds %lld: no number of images", fal_h5_name(file), path,
                                (long long)images);
            }
        } else {
            const double share = ((const double *)values)[i];
            if (!isnan(share) && !(share >= 0 && share <= 1)) {
                return fal_fail(FAL_ERR_INPUT, "%s: %s holds %g: no share (0..1)", fal_h5_name(file), path, share);
            }
        }
    }
    return FAL_OK;
}

/* An array of counts (int64) or shares (double) along these axes; nothing if the file lacks it. */
static fal_status read_array(fal_h5 *file, const char *path, fal_h5_type type, const axis *axes, int rank, void *out)
{
    fal_h5_shape shape = {FAL_H5_UINT8, 0, {0}};
    void *values = NULL;
    if (!fal_h5_has(file, path)) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_shape_of(file, path, &shape));
    if (shape.type != type || shape.rank != rank) {
        char text[FAL_H5_SHAPE_TEXT];
        fal_h5_shape_text(&shape, text);
        return fal_fail(FAL_ERR_INPUT, "%s: %s is %s, expected %s with %d axes", fal_h5_name(file), path, text,
                        type == FAL_H5_INT64 ? "int64" : "float64", rank);
    }
    for (int i = 0; i < rank; i++) {
        FAL_TRY(check_axis(file, path, &axes[i], shape.dims[i]));
    }
    FAL_TRY(fal_h5_read_new(file, path, &shape, BYTES_MAX, &values));
    const fal_status status = check_values(file, path, &shape, values);
    if (status != FAL_OK) {
        fal_free(values);
        return status;
    }
    memcpy(out, &values, sizeof values);
    return FAL_OK;
}

static fal_status read_arrays(fal_h5 *file, fal_details *d)
{
    const axis rounds = {"AL rounds", &d->al_rounds, 0};
    const axis clients = {"clients", &d->clients, CLIENTS_MAX};
    const axis classes = {"classes", &d->classes, FAL_CLASSES_MAX};
    const struct {
        const char *path;
        fal_h5_type type;
        int rank;
        axis axes[3];
        void *out;
    } arrays[] = {
        {"/pool_counts", FAL_H5_INT64, 2, {clients, classes}, &d->pool_counts},
        {"/labelled_counts", FAL_H5_INT64, 3, {rounds, clients, classes}, &d->labelled_counts},
        {"/class_accuracy", FAL_H5_DOUBLE, 2, {rounds, classes}, &d->class_accuracy},
        {"/confusion", FAL_H5_INT64, 2, {classes, classes}, &d->confusion},
        {"/first_round/local_only_class_accuracy", FAL_H5_DOUBLE, 2, {clients, classes}, &d->first_local},
        {"/first_round/global_class_accuracy", FAL_H5_DOUBLE, 1, {classes}, &d->first_global},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        FAL_TRY(read_array(file, arrays[i].path, arrays[i].type, arrays[i].axes, arrays[i].rank, arrays[i].out));
    }
    return FAL_OK;
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static fal_status bad_row(const fal_h5 *file, const fal_table *table, int64_t index, const char *why)
{
    return fal_fail(FAL_ERR_INPUT, "%s: /%s row %lld: %s", fal_h5_name(file), table->kind->name, (long long)index, why);
}

/* Whole numbers not negative or missing, shares 0..1 or NaN, no other number infinite. */
static fal_status check_columns(const fal_h5 *file, const fal_table *table, int64_t index)
{
    const fal_table_kind *kind = table->kind;
    for (int c = 0; c < kind->column_count; c++) {
        const unsigned char *field = (unsigned char *)fal_table_row(table, index) + kind->columns[c].offset;
        const bool share = strcmp(kind->columns[c].units, "share") == 0;
        int64_t whole = 0;
        double real = 0;
        if (kind->columns[c].type == FAL_COLUMN_REAL) {
            memcpy(&real, field, sizeof real);
        } else {
            memcpy(&whole, field, sizeof whole);
        }
        if ((whole < 0 && whole != FAL_TABLE_MISSING) || whole > WHOLE_MAX || isinf(real) ||
            (share && (real < 0 || real > 1))) {
            return fal_fail(FAL_ERR_INPUT, "%s: /%s row %lld: %s can't be %g", fal_h5_name(file), kind->name,
                            (long long)index, kind->columns[c].name, (double)whole + real);
        }
    }
    return FAL_OK;
}

/* The table of this kind if the file has it, at most `most` rows; its rows are then taken out of it by the caller. */
static fal_status read_table(fal_h5 *file, const fal_table_kind *kind, int64_t most, const char *const *required,
                             fal_table *table)
{
    const int64_t fits = (int64_t)(BYTES_MAX / kind->row_size);
    fal_table_init(table, kind);
    if (!fal_h5_has(file, kind->name)) {
        return FAL_OK;
    }
    return fal_h5_read_table_known(file, table, most < fits ? most : fits, required);
}

static fal_status read_al_rounds(fal_h5 *file, fal_details *details)
{
    static const char *const required[] = {"al_round", NULL};
    fal_table table;
    const fal_status status = read_table(file, &fal_rounds_kind, ROUNDS_MAX, required, &table);
    details->al_rounds = (int)table.count;
    fal_table_destroy(&table);
    return status;
}

/* By AL round, then client; of an AL round under way there are rows, too, which are not looked at. */
static fal_status check_clients(const fal_h5 *file, const fal_table *table, fal_details *details)
{
    const int64_t rounds = details->al_rounds;
    if (details->clients == 0 && rounds > 0 && table->count / rounds <= CLIENTS_MAX) {
        details->clients = (int)(table->count / rounds); /* no array told */
    }
    const int64_t clients = details->clients;
    if (table->count != rounds * clients && table->count != (rounds + 1) * clients) {
        return fal_fail(FAL_ERR_INPUT, "%s: /clients has %lld rows, expected %lld for %lld AL rounds and %lld clients",
                        fal_h5_name(file), (long long)table->count, (long long)(rounds * clients), (long long)rounds,
                        (long long)clients);
    }
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_client *row = fal_table_row(table, i);
        if (row->al_round != i / clients + 1 || row->client != i % clients) {
            return bad_row(file, table, i, "not the next client of its AL round");
        }
        FAL_TRY(check_columns(file, table, i));
    }
    return FAL_OK;
}

static fal_status read_clients(fal_h5 *file, fal_details *details)
{
    static const char *const required[] = {"al_round", "client", NULL};
    fal_table table;
    fal_status status = read_table(file, &fal_clients_kind, (int64_t)(ROUNDS_MAX + 1) * CLIENTS_MAX, required, &table);
    if (status == FAL_OK && table.count > 0) {
        status = check_clients(file, &table, details);
    }
    if (status == FAL_OK && table.count > 0) {
        details->client_rows = (fal_row_client *)(void *)table.rows;
        table.rows = NULL;
    }
    fal_table_destroy(&table);
    return status;
}

static fal_status check_fl_rounds(const fal_h5 *file, const fal_table *table, const fal_details *details)
{
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_fl_round *row = fal_table_row(table, i);
        const fal_row_fl_round *before = i > 0 ? row - 1 : row;
        if (row->al_round < 1 || row->al_round > details->al_rounds + 1 || row->fl_round < 1 ||
            row->fl_round > FL_ROUNDS_MAX || row->al_round < before->al_round ||
            (i > 0 && row->al_round == before->al_round && row->fl_round <= before->fl_round)) {
            return bad_row(file, table, i, "not a later FL round than the row before, or of no AL round");
        }
        FAL_TRY(check_columns(file, table, i));
    }
    return FAL_OK;
}

static fal_status read_fl_rounds(fal_h5 *file, fal_details *details)
{
    static const char *const required[] = {"al_round", "fl_round", NULL};
    fal_table table;
    fal_status status =
        read_table(file, &fal_fl_rounds_kind, (int64_t)(ROUNDS_MAX + 1) * FL_ROUNDS_MAX, required, &table);
    if (status == FAL_OK && table.count > 0) {
        status = check_fl_rounds(file, &table, details);
    }
    if (status == FAL_OK && table.count > 0) {
        details->fl_rows = (fal_row_fl_round *)(void *)table.rows;
        details->fl_count = table.count;
        table.rows = NULL;
    }
    fal_table_destroy(&table);
    return status;
}

static fal_status check_queries(const fal_h5 *file, const fal_table *table, const fal_details *details)
{
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_query *row = fal_table_row(table, i);
        if (row->al_round < 1 || row->al_round > details->al_rounds + 1 || row->client < 0 ||
            row->client >= details->clients || row->label < FAL_ANSWER_CANNOT_TELL || row->label == FAL_ANSWER_NONE ||
            row->label >= details->classes || row->image < 0 || row->image >= FAL_IMAGES_MAX || row->order < 0 ||
            row->order >= FAL_IMAGES_MAX) {
            return bad_row(file, table, i, "AL round, client, order, image or label out of range");
        }
    }
    return FAL_OK;
}

static fal_status read_queries(fal_h5 *file, fal_details *details)
{
    static const char *const required[] = {"al_round", "client", "order", "image", "label", NULL};
    fal_table table;
    fal_status status = read_table(file, &fal_queries_kind, FAL_IMAGES_MAX, required, &table);
    if (status == FAL_OK) {
        status = check_queries(file, &table, details);
    }
    if (status == FAL_OK && table.count > 0) {
        details->query_rows = (fal_row_query *)(void *)table.rows;
        details->query_count = table.count;
        table.rows = NULL;
    }
    fal_table_destroy(&table);
    return status;
}

/* ---- public ---------------------------------------------------------------------------------------------------- */

static fal_status read_all(fal_h5 *file, fal_details *details)
{
    FAL_TRY(fal_h5_check_format(file, "results", FAL_RESULTS_VERSION));
    FAL_TRY(read_al_rounds(file, details));
    FAL_TRY(read_arrays(file, details));
    FAL_TRY(read_clients(file, details));
    FAL_TRY(read_fl_rounds(file, details));
    FAL_TRY(read_queries(file, details));
    FAL_TRY(fal_details_read_class_names(file, details));
    FAL_TRY(fal_details_read_attributes(file, "/parameters", &details->parameters, &details->parameter_count));
    return fal_details_read_attributes(file, "/run", &details->run, &details->run_count);
}

fal_status fal_details_read(const char *path, fal_details *details)
{
    fal_status status = FAL_OK;
    fal_h5 *file = NULL;
    fal_details read = {0};
    FAL_TRY_GOTO(fal_h5_open(path, &file));
    FAL_TRY_GOTO(read_all(file, &read));
    *details = read;
    read = (fal_details){0};
done:
    fal_details_destroy(&read);
    fal_h5_close(file);
    return status;
}

void fal_details_destroy(fal_details *details)
{
    if (details == NULL) {
        return;
    }
    fal_free(details->class_names);
    fal_free(details->pool_counts);
    fal_free(details->labelled_counts);
    fal_free(details->class_accuracy);
    fal_free(details->confusion);
    fal_free(details->first_local);
    fal_free(details->first_global);
    fal_free(details->client_rows);
    fal_free(details->fl_rows);
    fal_free(details->query_rows);
    fal_free(details->parameters);
    fal_free(details->run);
    *details = (fal_details){0};
}
