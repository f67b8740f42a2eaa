/* gcnal (CoreGCN; Caramalau et al., CVPR 2021): a graph network learns to tell labelled images from the pool; k-centre
 * on its features. A pool of more than --gcn-subset images is first cut to a random subset, as in the authors' code. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal/base/stop.h"
#include "copies.h"
#include "gcn.h"
#include "kcentre.h"
#include "query_internal.h"

enum { EPOCHS = 200 };

static fal_status train(const fal_query_input *in, fal_gcn *gcn)
{
    fal_rng rng = fal_query_stream(in, FAL_STREAM_GCN_INIT, 0);
    fal_gcn_start(gcn, &rng);
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        FAL_TRY(fal_stop_inside());
        rng = fal_query_stream(in, FAL_STREAM_GCN_DROPOUT, epoch);
        gcn->dropout = &rng;
        fal_gcn_forward(gcn);
        fal_gcn_backward(gcn);
        fal_gcn_step(gcn);
    }
    gcn->dropout = NULL;
    fal_gcn_forward(gcn);
    return FAL_OK;
}

/* The last bits of a product's row depend on its place in the matrix: copies, labelled ones too, get the features of
 * the first of them, so that k-centre sees them at distance 0. */
static fal_status share_features(fal_gcn *gcn)
{
    const fal_row_array rows = {gcn->x, gcn->d};
    int64_t *first = NULL;
    FAL_TRY(fal_alloc(&first, (size_t)gcn->nodes, sizeof *first, "gcnal"));
    const fal_status status = fal_copies_find(&rows, 1, gcn->nodes, first);
    for (int64_t i = 0; status == FAL_OK && i < gcn->nodes; i++) {
        if (first[i] != i) {
            memcpy(gcn->hidden + i * FAL_GCN_HIDDEN, gcn->hidden + first[i] * FAL_GCN_HIDDEN,
                   FAL_GCN_HIDDEN * sizeof *gcn->hidden);
        }
    }
    fal_free(first);
    return status;
}

/* k-centre on the features of the network over `z` [n][d]; chosen are positions in z. */
static fal_status choose(const fal_query_call *call, const float *z, int64_t n, int64_t *chosen)
{
    const fal_query_input *in = call->input;
    fal_gcn gcn;
    FAL_TRY(fal_gcn_create(z, n, in->embedding_lab[call->model], in->m, in->d, &gcn));
    fal_status status = train(in, &gcn);
    if (status == FAL_OK) {
        status = share_features(&gcn);
    }
    if (status == FAL_OK) {
        status =
            fal_kcentre_run(gcn.hidden, n, FAL_GCN_HIDDEN, gcn.hidden + n * FAL_GCN_HIDDEN, in->m, call->b, chosen);
    }
    fal_gcn_destroy(&gcn);
    return status;
}

size_t fal_gcnal_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)classes;
    const int64_t limit = options->gcn_subset > b ? options->gcn_subset : b;
    const bool part = options->gcn_subset != 0 && n > limit; /* a copy; n are nodes where all others are labelled */
    return fal_gcn_bytes(n, d) + (part ? (size_t)limit * (size_t)d * sizeof(float) : 0);
}

fal_status fal_strategy_gcnal(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const float *z = in->embedding[call->model];
    int64_t *chosen = call->result->chosen;
    const int64_t limit = in->options->gcn_subset > call->b ? in->options->gcn_subset : call->b;
    if (in->options->gcn_subset == 0 || in->n <= limit) {
        return choose(call, z, in->n, chosen);
    }
    const fal_rng rng = fal_query_stream(in, FAL_STREAM_GCN_SUBSET, 0);
    const size_t row = (size_t)in->d * sizeof *z;
    int64_t *subset = NULL;
    float *part = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&subset, (size_t)limit, sizeof *subset, "gcnal"));
    FAL_TRY_GOTO(fal_alloc(&part, (size_t)limit, row, "gcnal"));
    FAL_TRY_GOTO(fal_query_fill(&rng, in->n, 0, limit, subset));
    fal_sort_int64(subset, limit);
    for (int64_t i = 0; i < limit; i++) {
        memcpy(part + i * in->d, z + subset[i] * in->d, row);
    }
    FAL_TRY_GOTO(choose(call, part, limit, chosen));
    for (int64_t i = 0; i < call->b; i++) {
        chosen[i] = subset[chosen[i]];
    }
done:
    fal_free(part);
    fal_free(subset);
    return status;
}
