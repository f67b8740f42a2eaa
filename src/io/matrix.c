/* A matrix of real numbers in a .npy or HDF5 file, read in windows of rows. */
#include "fal/io/matrix.h"

#include <errno.h>
#include <string.h>

#include <unistd.h>

#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/base/stop.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/npy.h"
#include "fal/io/sandbox.h"

enum { NAME = 4096 };
static const int64_t window_bytes = (int64_t)4 << 20;

struct fal_matrix {
    char name[NAME]; /* for messages */
    int64_t rows, width;
    int64_t window; /* rows of one */
    /* .npy */
    int descriptor; /* -1: HDF5 */
    fal_npy head;
    size_t start; /* of the values */
    /* HDF5 */
    fal_h5 *file;
    const char *array; /* in `name` */
    fal_h5_shape shape;
};

bool fal_matrix_names(const char *where)
{
    char file[NAME];
    const char *array = NULL;
    return strlen(where) < NAME && (fal_text_ends_with(where, ".npy") || fal_h5_split(where, file, NAME, &array));
}

static fal_status open_npy(fal_matrix *m, int64_t dims[FAL_NPY_RANK_MAX], int *rank, bool *real)
{
    char *head = NULL;
    size_t size = 0;
    fal_status status = FAL_OK;
    fal_sandbox_opening(m->name);
    FAL_TRY_GOTO(fal_alloc(&head, FAL_NPY_HEAD_MOST, 1, m->name));
    FAL_TRY_GOTO(fal_file_open(m->name, &m->descriptor, &size));
    const ssize_t got = fal_input_at(m->descriptor, head, FAL_NPY_HEAD_MOST, 0);
    if (got < 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: cannot be read: %s", m->name, strerror(errno));
        goto done;
    }
    FAL_TRY_GOTO(fal_npy_parse_head(m->name, head, (size_t)got, size, &m->head, &m->start));
    memcpy(dims, m->head.dims, sizeof m->head.dims);
    *rank = m->head.rank;
    *real = m->head.kind == 'f';
done:
    fal_free(head);
    return status;
}

static fal_status open_h5(fal_matrix *m, int64_t dims[FAL_NPY_RANK_MAX], int *rank, bool *real)
{
    char file[NAME];
    (void)fal_h5_split(m->name, file, sizeof file, &m->array);
    FAL_TRY(fal_h5_open(file, &m->file));
    FAL_TRY(fal_h5_shape_of(m->file, m->array, &m->shape));
    memcpy(dims, m->shape.dims, sizeof m->shape.dims);
    *rank = m->shape.rank;
    *real = m->shape.type == FAL_H5_FLOAT || m->shape.type == FAL_H5_DOUBLE;
    return FAL_OK;
}

static fal_status open_matrix(fal_matrix *m)
{
    int64_t dims[FAL_NPY_RANK_MAX] = {0};
    int rank = 0;
    bool real = false;
    FAL_TRY(fal_text_ends_with(m->name, ".npy") ? open_npy(m, dims, &rank, &real) : open_h5(m, dims, &rank, &real));
    if (rank != 2 || !real) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds %s with %d %s: expected a row of real numbers per image, two axes",
                        m->name, real ? "real numbers" : "no real numbers", rank, rank == 1 ? "axis" : "axes");
    }
    m->rows = dims[0];
    m->width = dims[1];
    const int64_t fit = window_bytes / ((int64_t)sizeof(double) * (m->width > 0 ? m->width : 1));
    m->window = fit < 1 ? 1 : fit < m->rows ? fit : m->rows;
    return FAL_OK;
}

fal_status fal_matrix_open(const char *where, fal_matrix **matrix)
{
    fal_matrix *made = NULL;
    if (!fal_matrix_names(where)) {
        return fal_fail(FAL_ERR_USAGE, "%.200s: must be FILE.npy (of numpy.save) or FILE.h5:/NAME, an array in it",
                        where);
    }
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, where));
    (void)fal_text_copy(made->name, sizeof made->name, where);
    made->descriptor = -1;
    const fal_status status = open_matrix(made);
    if (status != FAL_OK) {
        fal_matrix_close(made);
        return status;
    }
    *matrix = made;
    return FAL_OK;
}

int64_t fal_matrix_rows(const fal_matrix *matrix) { return matrix->rows; }

int64_t fal_matrix_width(const fal_matrix *matrix) { return matrix->width; }

/* Rows first .. first + count - 1 as they are stored. */
static fal_status read_rows(const fal_matrix *m, int64_t first, int64_t count, void *rows)
{
    if (m->descriptor < 0) {
        return fal_h5_read_rows(m->file, m->array, &m->shape, first, count, rows);
    }
    const int64_t row = m->width * m->head.width;
    const size_t bytes = (size_t)(count * row);
    const ssize_t got = fal_input_at(m->descriptor, rows, bytes, (off_t)m->start + (off_t)(first * row));
    return got >= 0 && (size_t)got == bytes
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT, "%s: row %lld and on cannot be read: %s", m->name, (long long)first,
                          got < 0 ? strerror(errno) : "the file has become shorter");
}

/* Are they float32 already? .npy has them little-endian; HDF5 turns them. */
static bool is_direct(const fal_matrix *m)
{
    return m->descriptor < 0 ? m->shape.type == FAL_H5_FLOAT
                             : m->head.width == sizeof(float) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

static void convert(fal_matrix *m, const void *window, int64_t numbers, float *values)
{
    m->head.values = window;
    for (int64_t i = 0; i < numbers; i++) {
        values[i] = (float)(m->descriptor < 0 ? ((const double *)window)[i] : fal_npy_value(&m->head, i));
    }
}

fal_status fal_matrix_visit(fal_matrix *matrix, fal_matrix_visitor visit, void *context)
{
    const size_t numbers = (size_t)(matrix->window * matrix->width);
    void *window = NULL;
    float *values = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&window, numbers, sizeof(double), matrix->name));
    FAL_TRY_GOTO(fal_alloc(&values, numbers, sizeof *values, matrix->name));
    for (int64_t first = 0; first < matrix->rows; first += matrix->window) {
        const int64_t left = matrix->rows - first;
        const int64_t count = left < matrix->window ? left : matrix->window;
        FAL_TRY_GOTO(fal_stop_between());
        FAL_TRY_GOTO(read_rows(matrix, first, count, is_direct(matrix) ? values : window));
        if (!is_direct(matrix)) {
            convert(matrix, window, count * matrix->width, values);
        }
        FAL_TRY_GOTO(visit(context, values, first, count));
    }
done:
    fal_free(values);
    fal_free(window);
    return status;
}

void fal_matrix_close(fal_matrix *matrix)
{
    if (matrix != NULL) {
        fal_h5_close(matrix->file);
        if (matrix->descriptor >= 0) {
            (void)close(matrix->descriptor);
        }
        fal_free(matrix);
    }
}
