/* fal_query on arrays: embeddings and logits that some other program made. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/npy.h"
#include "fal_query_internal.h"

enum { ARRAYS = 13, LIMIT = 1 << 30 };
static const double LARGEST = 1e17; /* whose square is finite in float32's range of sums */

/* Names of the arrays; the part "labelled_" marks those of the labelled images. */
enum { LOGITS, EMBEDDINGS, LAB_LOGITS, LAB_EMBEDDINGS, HEAD_WEIGHT, HEAD_BIAS, KINDS, LABELS = 2 * KINDS };
static const char *const names[ARRAYS] = {
    "logits_global",
    "embeddings_global",
    "labelled_logits_global",
    "labelled_embeddings_global",
    "head_weight_global",
    "head_bias_global",
    "logits_local",
    "embeddings_local",
    "labelled_logits_local",
    "labelled_embeddings_local",
    "head_weight_local",
    "head_bias_local",
    "labels",
};

typedef struct {
    fal_h5_shape shape[ARRAYS];
    void *values[ARRAYS]; /* float, but int32_t for labels; NULL: not given */
    const char *where[ARRAYS];
} array_set;

static double value_at(const fal_h5_shape *shape, const void *values, int64_t i)
{
    switch (shape->type) {
    case FAL_H5_UINT8:
        return (double)((const uint8_t *)values)[i];
    case FAL_H5_INT16:
        return (double)((const int16_t *)values)[i];
    case FAL_H5_INT32:
        return (double)((const int32_t *)values)[i];
    case FAL_H5_INT64:
        return (double)((const int64_t *)values)[i];
    case FAL_H5_FLOAT:
        return (double)((const float *)values)[i];
    default:
        return ((const double *)values)[i];
    }
}

static bool is_real(fal_h5_type type) { return type == FAL_H5_FLOAT || type == FAL_H5_DOUBLE; }

/* Takes `values` of any of our types over as float32, or int32 for labels, and frees it. */
static fal_status take(array_set *set, int which, const char *where, const fal_h5_shape *shape, void *values)
{
    const int64_t count = fal_h5_elements(shape);
    const int rank = which == LABELS || which % KINDS == HEAD_BIAS ? 1 : 2;
    fal_status status = FAL_OK;
    if (set->values[which] != NULL) {
        status = fal_fail(FAL_ERR_USAGE, "%s: the array %s is given twice", where, names[which]);
    } else if (shape->rank != rank || (which == LABELS) == is_real(shape->type)) {
        status = fal_fail(FAL_ERR_INPUT, "%s: %s must have %d axis (axes) of %s", where, names[which], rank,
                          which == LABELS ? "whole numbers" : "float32 or float64");
    } else {
        status = fal_alloc(&set->values[which], (size_t)count, sizeof(float), where);
    }
    for (int64_t i = 0; status == FAL_OK && i < count; i++) {
        const double value = value_at(shape, values, i);
        if (which == LABELS) {
            ((int32_t *)set->values[which])[i] = value >= 0.0 && value < FAL_CLASSES_MAX ? (int32_t)value : -1;
        } else {
            ((float *)set->values[which])[i] = (float)value;
            if (!(fabs(value) <= LARGEST)) {
                status = fal_fail(FAL_ERR_INPUT, "%s: %s: value %lld is %s", where, names[which], (long long)i,
                                  isfinite(value) ? "beyond 1e17" : "not finite");
            }
        }
    }
    set->shape[which] = *shape;
    set->where[which] = where;
    fal_free(values);
    return status;
}

static fal_status read_h5_arrays(const char *path, array_set *set)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    fal_status status = FAL_OK;
    for (int i = 0; i < ARRAYS && status == FAL_OK; i++) {
        fal_h5_shape shape = {0};
        void *values = NULL;
        if (fal_h5_has(file, names[i])) {
            status = fal_h5_read_new(file, names[i], &shape, LIMIT, &values);
            status = status == FAL_OK ? take(set, i, path, &shape, values) : status;
        }
    }
    fal_h5_close(file);
    return status;
}

fal_status fal_app_look_at_arrays(const fal_app_request *request)
{
    fal_h5 *file = NULL;
    fal_status status = FAL_OK;
    if (request->arrays == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_open(request->arrays, &file));
    for (int i = 0; i < ARRAYS && status == FAL_OK; i++) {
        fal_h5_shape shape = {0};
        status = fal_h5_has(file, names[i]) ? fal_h5_shape_of(file, names[i], &shape) : FAL_OK;
    }
    fal_h5_close(file);
    return status;
}

/* "NAME=FILE.npy". */
static fal_status read_npy_array(const char *text, array_set *set)
{
    const char *equals = strchr(text, '=');
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", equals != NULL ? (int)(equals - text) : 0, text);
    for (int i = 0; i < ARRAYS; i++) {
        if (strcmp(name, names[i]) == 0) {
            fal_h5_shape shape = {0};
            void *values = NULL;
            FAL_TRY(fal_npy_read(equals + 1, LIMIT, &shape, &values));
            return take(set, i, equals + 1, &shape, values);
        }
    }
    const char *nearest = fal_text_nearest(name, names, ARRAYS);
    return fal_fail(FAL_ERR_USAGE, "--array %.80s: must be NAME=FILE.npy%s%s; see --help for the names", text,
                    nearest != NULL ? " with a NAME like " : "", nearest != NULL ? nearest : "");
}

/* A dimension that several arrays share: set by the first, checked by the others. */
static fal_status agree(const array_set *set, int which, int axis, int64_t *dim)
{
    const fal_h5_shape *shape = &set->shape[which];
    if (set->values[which] == NULL) {
        return FAL_OK;
    }
    if (*dim < 0) {
        *dim = shape->dims[axis];
    }
    if (shape->dims[axis] != *dim) {
        return fal_fail(FAL_ERR_INPUT, "%s: axis %d of %s has %lld, other arrays say %lld", set->where[which], axis,
                        names[which], (long long)shape->dims[axis], (long long)*dim);
    }
    return FAL_OK;
}

/* n, m, classes and d, and that all arrays fit together. */
static fal_status find_sizes(const array_set *set, fal_query_input *in)
{
    int64_t n = -1;
    int64_t m = -1;
    int64_t classes = -1;
    int64_t d = -1;
    for (int x = 0; x < 2; x++) {
        const int at = x * KINDS;
        FAL_TRY(agree(set, at + LOGITS, 0, &n));
        FAL_TRY(agree(set, at + LOGITS, 1, &classes));
        FAL_TRY(agree(set, at + EMBEDDINGS, 0, &n));
        FAL_TRY(agree(set, at + EMBEDDINGS, 1, &d));
        FAL_TRY(agree(set, at + LAB_LOGITS, 0, &m));
        FAL_TRY(agree(set, at + LAB_LOGITS, 1, &classes));
        FAL_TRY(agree(set, at + LAB_EMBEDDINGS, 0, &m));
        FAL_TRY(agree(set, at + LAB_EMBEDDINGS, 1, &d));
        FAL_TRY(agree(set, at + HEAD_WEIGHT, 0, &classes));
        FAL_TRY(agree(set, at + HEAD_WEIGHT, 1, &d));
        FAL_TRY(agree(set, at + HEAD_BIAS, 0, &classes));
    }
    FAL_TRY(agree(set, LABELS, 0, &m));
    if (n < 0) {
        return fal_fail(FAL_ERR_USAGE, "arrays: no logits and no embeddings of a pool were given, see --help");
    }
    if (n == 0) {
        return fal_fail(FAL_ERR_INPUT, "arrays: the pool holds no image: the first axis of its arrays is 0");
    }
    classes = classes < 0 ? 1 : classes;
    d = d < 0 ? 1 : d;
    if (n > FAL_IMAGES_MAX || m > FAL_IMAGES_MAX || classes < 1 || classes > FAL_CLASSES_MAX || d < 1 || d > 1 << 20) {
        return fal_fail(FAL_ERR_INPUT, "arrays: %lld images, %lld classes, %lld features are beyond what is handled",
                        (long long)n, (long long)classes, (long long)d);
    }
    in->n = n;
    in->m = m < 0 ? 0 : m;
    in->classes = (int)classes;
    in->d = (int)d;
    return FAL_OK;
}

/* Is everything there that the strategy needs? */
static fal_status check_needs(const fal_app_request *request, const array_set *set, const fal_query_input *in)
{
    const int needs = fal_strategy_needs(request->strategy);
    bool wanted[ARRAYS] = {false};
    if (needs & FAL_NEED_TRUTH) {
        return fal_fail(FAL_ERR_USAGE, "strategy %s: looks at labels of the pool: it is for trials on a dataset",
                        fal_strategy_name(request->strategy));
    }
    for (int x = 0; x < 2; x++) {
        const int at = x * KINDS;
        const bool logits = fal_query_needs_logits(needs, x), embeddings = fal_query_needs_embeddings(needs, x);
        const bool lab = (needs & FAL_NEED_LABELLED) && in->m > 0;
        wanted[at + LOGITS] = logits;
        wanted[at + EMBEDDINGS] = embeddings;
        wanted[at + LAB_LOGITS] = lab && logits;
        wanted[at + LAB_EMBEDDINGS] = lab && embeddings;
        wanted[at + HEAD_WEIGHT] = wanted[at + HEAD_BIAS] =
            logits && strncmp(fal_strategy_name(request->strategy), "alfa-mix", 8) == 0;
        wanted[LABELS] = wanted[LABELS] || (lab && logits);
    }
    if (strcmp(fal_strategy_name(request->strategy), "ksas") == 0) {
        wanted[LABELS] = true;
    }
    for (int i = 0; i < ARRAYS; i++) {
        if (wanted[i] && set->values[i] == NULL) {
            return fal_fail(FAL_ERR_USAGE, "%s needs the array %s: give it by --arrays or --array",
                            fal_strategy_name(request->strategy), names[i]);
        }
    }
    for (int64_t i = 0; i < in->m && set->values[LABELS] != NULL; i++) {
        const int32_t label = ((const int32_t *)set->values[LABELS])[i];
        if (label < 0 || label >= in->classes) {
            return fal_fail(FAL_ERR_INPUT, "%s: label %lld is no class from 0 to %d", set->where[LABELS], (long long)i,
                            in->classes - 1);
        }
    }
    return FAL_OK;
}

static fal_status choose(const fal_app_request *request, const array_set *set, fal_app_choice *choice)
{
    fal_query_input in = {.shared = request->shared,
                          .options = &request->options,
                          .labels = set->values[LABELS],
                          .rng = fal_app_address(request)};
    FAL_TRY(find_sizes(set, &in));
    FAL_TRY(check_needs(request, set, &in));
    in.budget = fal_query_budget(fal_params_real(request->params, "budget"), (double)(in.n + in.m));
    for (int x = 0; x < 2; x++) {
        in.logits[x] = set->values[x * KINDS + LOGITS];
        in.embedding[x] = set->values[x * KINDS + EMBEDDINGS];
        in.logits_lab[x] = set->values[x * KINDS + LAB_LOGITS];
        in.embedding_lab[x] = set->values[x * KINDS + LAB_EMBEDDINGS];
        in.head_w[x] = set->values[x * KINDS + HEAD_WEIGHT];
        in.head_b[x] = set->values[x * KINDS + HEAD_BIAS];
    }
    const int64_t b = in.budget < in.n ? in.budget : in.n;
    const float *logits = in.logits[0] != NULL ? in.logits[0] : in.logits[1];
    choice->pool = in.n;
    FAL_TRY(fal_query_result_create(b, &choice->result));
    FAL_TRY(fal_query_select(request->strategy, &in, &choice->result));
    FAL_TRY(fal_alloc(&choice->image, (size_t)b, sizeof *choice->image, "choices"));
    memcpy(choice->image, choice->result.chosen, (size_t)b * sizeof *choice->image);
    if (logits != NULL) {
        FAL_TRY(fal_alloc(&choice->suggested, (size_t)b, sizeof *choice->suggested, "choices"));
        for (int64_t i = 0; i < b; i++) {
            choice->suggested[i] = fal_logits_argmax(logits + choice->image[i] * in.classes, in.classes);
        }
    }
    return FAL_OK;
}

fal_status fal_app_choose_by_arrays(const fal_app_request *request, fal_app_choice *choice)
{
    array_set set = {0};
    fal_status status = request->arrays != NULL ? read_h5_arrays(request->arrays, &set) : FAL_OK;
    for (int i = 0; i < request->array_count && status == FAL_OK; i++) {
        status = read_npy_array(request->array[i], &set);
    }
    if (status == FAL_OK) {
        status = choose(request, &set, choice);
    }
    for (int i = 0; i < ARRAYS; i++) {
        fal_free(set.values[i]);
    }
    return status;
}
