/* coreset (Sener and Savarese, ICLR 2018): k-centre on the embeddings of one model, away from the labelled images. */
#include "kcentre.h"
#include "query_internal.h"

fal_status fal_strategy_coreset(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const int x = call->model;
    return fal_kcentre_run(in->embedding[x], in->n, in->d, in->embedding_lab[x], in->m, call->b, call->result->chosen);
}
