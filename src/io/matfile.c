/* Arrays of MATLAB's files of version 5 through matio, which is told only what was looked at before (matfile_check.c).
 */
#include <string.h>

#include <matio.h>

#include "mat_internal.h"

#include "fal/base/memory.h"

bool fal_mat_available(void) { return true; }

/* ---- an array -------------------------------------------------------------------------------------------------- */

static bool is_numeric(const matvar_t *array)
{
    return array->class_type >= MAT_C_DOUBLE && array->class_type <= MAT_C_UINT64;
}

static fal_status check_array(const char *path, const char *name, const matvar_t *array, bool bytes, size_t limit,
                              fal_mat_shape *shape)
{
    enum { RANK_MOST = sizeof shape->dims / sizeof shape->dims[0] };
    const size_t most = limit / (bytes ? 1 : sizeof(double));
    size_t elements = 1;
    if (array == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds no array %s", path, name);
    }
    if ((bytes ? array->class_type != MAT_C_UINT8 : !is_numeric(array)) || array->isComplex) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s is no array of %s", path, name, bytes ? "class uint8" : "numbers");
    }
    if (array->rank < 1 || array->rank > RANK_MOST || array->dims == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has %d axes, at most %d are read", path, name, array->rank, RANK_MOST);
    }
    for (int i = 0; i < array->rank; i++) {
        if (__builtin_mul_overflow(elements, array->dims[i], &elements) || elements > most) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s has more values than the %zu MiB allowed for a file of its size",
                            path, name, limit >> 20);
        }
        shape->dims[i] = (int64_t)array->dims[i];
    }
    shape->rank = array->rank;
    return FAL_OK;
}

/** Value `at` of an array that was read: matio has turned it into the type of its class. */
static double value_of(const matvar_t *array, size_t at)
{
    const void *data = array->data;
    switch (array->class_type) {
    case MAT_C_INT8:
        return ((const int8_t *)data)[at];
    case MAT_C_UINT8:
        return ((const uint8_t *)data)[at];
    case MAT_C_INT16:
        return ((const int16_t *)data)[at];
    case MAT_C_UINT16:
        return ((const uint16_t *)data)[at];
    case MAT_C_INT32:
        return ((const int32_t *)data)[at];
    case MAT_C_UINT32:
        return ((const uint32_t *)data)[at];
    case MAT_C_INT64:
        return (double)((const int64_t *)data)[at];
    case MAT_C_UINT64:
        return (double)((const uint64_t *)data)[at];
    case MAT_C_SINGLE:
        return (double)((const float *)data)[at];
    default:
        return ((const double *)data)[at];
    }
}

static fal_status read_array(mat_t *mat, const char *path, const char *name, size_t limit, fal_mat_shape *shape,
                             uint8_t **bytes, double **numbers)
{
    matvar_t *array = Mat_VarReadInfo(mat, name);
    void *values = NULL;
    size_t elements = 1;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(check_array(path, name, array, bytes != NULL, limit, shape));
    for (int i = 0; i < shape->rank; i++) {
        elements *= (size_t)shape->dims[i];
    }
    if (Mat_VarReadDataAll(mat, array) != 0 || (elements > 0 && array->data == NULL) ||
        array->nbytes != elements * Mat_SizeOfClass((int)array->class_type)) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s cannot be read, its data are damaged: copy it again", path, name);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&values, elements, bytes != NULL ? sizeof **bytes : sizeof **numbers, name));
    if (bytes != NULL) {
        memcpy(values, array->data, elements);
        *bytes = values;
    } else {
        for (size_t i = 0; i < elements; i++) {
            ((double *)values)[i] = value_of(array, i);
        }
        *numbers = values;
    }
done:
    Mat_VarFree(array);
    return status;
}

fal_status fal_mat5_read(const char *path, const char *name, size_t limit, fal_mat_shape *shape, uint8_t **bytes,
                         double **numbers)
{
    mat_t *mat = Mat_Open(path, MAT_ACC_RDONLY);
    if (mat == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: is damaged: copy it again", path);
    }
    const fal_status status = read_array(mat, path, name, limit, shape, bytes, numbers);
    (void)Mat_Close(mat);
    return status;
}
