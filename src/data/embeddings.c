/* Embeddings that some other program made, row by row: checked, hashed, and kept where the image is held here. */
#include "fal/data/embeddings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/matrix.h"

/* A file on its way through. */
typedef struct {
    const char *where;
    const fal_dataset *dataset;
    int d;
    fal_hash *hash;
    float *z;     /* [held][d]; NULL: nothing is kept */
    bool written; /* a number was not 0 */
} reading;

fal_status fal_embeddings_check_name(const char *where)
{
    return fal_matrix_names(where) ? FAL_OK
                                   : fal_fail(FAL_ERR_USAGE,
                                              "--embeddings %.200s: must be FILE.npy (of numpy.save) or FILE.h5:/NAME, "
                                              "an array in it",
                                              where);
}

static fal_status open_file(const char *where, const fal_dataset *dataset, fal_matrix **matrix)
{
    fal_matrix *opened = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_matrix_open(where, &opened));
    const int64_t rows = fal_matrix_rows(opened);
    const int64_t width = fal_matrix_width(opened);
    if (rows != dataset->n_train) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: has %lld rows, but %.600s has %lld training images: give one row per training image, in "
                          "the order of the data set",
                          where, (long long)rows, dataset->path, (long long)dataset->n_train);
    } else if (width < 1 || width > FAL_EMBEDDINGS_WIDTH_MOST) {
        status = fal_fail(FAL_ERR_INPUT, "%s: has %lld numbers per image: expected 1 to %d", where, (long long)width,
                          FAL_EMBEDDINGS_WIDTH_MOST);
    }
    if (status != FAL_OK) {
        fal_matrix_close(opened);
        return status;
    }
    *matrix = opened;
    return FAL_OK;
}

fal_status fal_embeddings_width(const char *where, const fal_dataset *dataset, int *d)
{
    fal_matrix *matrix = NULL;
    FAL_TRY(open_file(where, dataset, &matrix));
    *d = (int)fal_matrix_width(matrix);
    fal_matrix_close(matrix);
    return FAL_OK;
}

/* Squares and products of what passes are finite in float32. */
static fal_status check_row(reading *r, const float *row, int64_t image)
{
    double sum = 0.0;
    for (int e = 0; e < r->d; e++) {
        sum += (double)row[e] * (double)row[e];
    }
    r->written = r->written || sum > 0.0;
    return sum <= FAL_EMBEDDINGS_NORM_MOST
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT, "%s: row %lld holds a value that is %s: make the embeddings again", r->where,
                          (long long)image, isfinite(sum) ? "beyond 1e17" : "not finite in float32");
}

/* Little-endian on every machine. Values are the caller's no longer. */
static void add_to_hash(fal_hash *hash, float *values, int64_t count)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &values[i], sizeof bits);
        bits = __builtin_bswap32(bits);
        memcpy(&values[i], &bits, sizeof bits);
    }
#endif
    fal_hash_add(hash, values, (size_t)count * sizeof *values);
}

static fal_status take_rows(void *context, float *values, int64_t first, int64_t count)
{
    reading *r = context;
    for (int64_t i = 0; i < count; i++) {
        const float *row = values + i * r->d;
        const int64_t place = r->z != NULL ? r->dataset->row_of[first + i] : -1;
        FAL_TRY(check_row(r, row, first + i));
        if (place >= 0) {
            memcpy(r->z + place * r->d, row, (size_t)r->d * sizeof *row);
        }
    }
    add_to_hash(r->hash, values, count * r->d);
    return FAL_OK;
}

/* z [held][d] out, for the caller to free; NULL: only the hash is wanted. */
static fal_status read_all(const char *where, const fal_dataset *dataset, char sha256[FAL_HASH_TEXT], int *d, float **z)
{
    fal_matrix *matrix = NULL;
    char shape[64];
    reading r = {.where = where, .dataset = dataset};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(open_file(where, dataset, &matrix));
    r.d = (int)fal_matrix_width(matrix);
    if (z != NULL) {
        FAL_ASSERT(dataset->row_of != NULL);
        FAL_TRY_GOTO(fal_alloc(&r.z, (size_t)dataset->held * (size_t)r.d, sizeof *r.z, "embeddings"));
    }
    FAL_TRY_GOTO(fal_hash_create(&r.hash));
    (void)snprintf(shape, sizeof shape, "float32 [%lld, %d]", (long long)dataset->n_train, r.d);
    fal_hash_add(r.hash, shape, strlen(shape) + 1);
    FAL_TRY_GOTO(fal_matrix_visit(matrix, take_rows, &r));
    if (!r.written) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: holds zeros only, as an array that was made and never filled: make the "
                          "embeddings again",
                          where);
        goto done;
    }
    fal_hash_finish(r.hash, sha256);
    if (z != NULL) {
        *d = r.d;
        *z = r.z;
        r.z = NULL;
    }
done:
    fal_hash_destroy(r.hash);
    fal_free(r.z);
    fal_matrix_close(matrix);
    return status;
}

fal_status fal_embeddings_sha256(const char *where, const fal_dataset *dataset, char sha256[FAL_HASH_TEXT])
{
    return read_all(where, dataset, sha256, NULL, NULL);
}

fal_status fal_embeddings_load(const char *where, const fal_dataset *dataset, fal_embeddings *embeddings)
{
    fal_embeddings made = {0};
    FAL_TRY(read_all(where, dataset, made.sha256, &made.d, &made.z));
    *embeddings = made;
    return FAL_OK;
}

const float *fal_embeddings_of(const fal_embeddings *embeddings, const fal_dataset *dataset, int64_t image)
{
    FAL_ASSERT(dataset->row_of[image] >= 0);
    return embeddings->z + dataset->row_of[image] * embeddings->d;
}

void fal_embeddings_destroy(fal_embeddings *embeddings)
{
    fal_free(embeddings->z);
    *embeddings = (fal_embeddings){0};
}
