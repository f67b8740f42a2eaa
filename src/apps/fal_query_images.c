/* Which images fal_query chooses among, and which have labels. */
#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal_query_internal.h"

typedef struct {
    const fal_app_request *request;
    const fal_dataset *dataset;
    int64_t *pool, *labelled;
    int64_t n, m;
    unsigned char *is_labelled, *in_pool; /* [n_train] */
} images;

/* Those of the file; else, where some images lack a label, all others that are not asked about. */
static fal_status find_labelled(images *s, bool stored)
{
    const int64_t limit = s->dataset->n_train;
    if (s->request->labelled != NULL) {
        FAL_TRY(fal_app_read_indices(s->request->labelled, limit, &s->labelled, &s->m));
    } else if (stored) {
        FAL_TRY(fal_alloc(&s->labelled, (size_t)limit, sizeof *s->labelled, "images"));
        for (int64_t i = 0; i < limit; i++) {
            if (s->dataset->train_labels[i] >= 0 && !s->in_pool[i]) {
                s->labelled[s->m++] = i;
            }
        }
    }
    for (int64_t i = 0; i < s->m; i++) {
        s->is_labelled[s->labelled[i]] = 1;
        if (s->dataset->train_labels[s->labelled[i]] < 0) {
            return fal_fail(FAL_ERR_INPUT, "%s: image %lld has no label in %s", s->request->labelled,
                            (long long)s->labelled[i], s->dataset->path);
        }
    }
    return FAL_OK;
}

static fal_status read_pool(images *s)
{
    if (s->request->pool == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_app_read_indices(s->request->pool, s->dataset->n_train, &s->pool, &s->n));
    fal_sort_int64(s->pool, s->n);
    for (int64_t i = 0; i < s->n; i++) {
        s->in_pool[s->pool[i]] = 1;
    }
    return FAL_OK;
}

/* Without a file: what has no label, in one sense or the other. */
static fal_status find_pool(images *s, bool stored)
{
    if (s->request->pool == NULL) {
        FAL_TRY(fal_alloc(&s->pool, (size_t)s->dataset->n_train, sizeof *s->pool, "images"));
        for (int64_t i = 0; i < s->dataset->n_train; i++) {
            if (stored ? s->dataset->train_labels[i] < 0 : !s->is_labelled[i]) {
                s->pool[s->n++] = i;
            }
        }
    }
    for (int64_t i = 0; i < s->n; i++) {
        if (s->is_labelled[s->pool[i]]) {
            return fal_fail(FAL_ERR_INPUT, "%s: image %lld is in the pool and labelled", s->request->pool,
                            (long long)s->pool[i]);
        }
    }
    return FAL_OK;
}

fal_status fal_app_read_images(const fal_app_request *request, const fal_dataset *dataset, int64_t **pool, int64_t *n,
                               int64_t **labelled, int64_t *m)
{
    images s = {.request = request, .dataset = dataset};
    const bool stored = dataset->unlabelled > 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&s.is_labelled, (size_t)dataset->n_train, 1, "images"));
    FAL_TRY_GOTO(fal_alloc(&s.in_pool, (size_t)dataset->n_train, 1, "images"));
    FAL_TRY_GOTO(read_pool(&s));
    FAL_TRY_GOTO(find_labelled(&s, stored));
    status = find_pool(&s, stored);
done:
    *pool = s.pool; /* the caller's in any case */
    *labelled = s.labelled;
    *n = s.n;
    *m = s.m;
    fal_free(s.is_labelled);
    fal_free(s.in_pool);
    return status;
}
