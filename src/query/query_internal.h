/* What the files of the query layer share: one call of a strategy, its scores, its streams of random numbers. */
#ifndef FAL_QUERY_QUERY_INTERNAL_H
#define FAL_QUERY_QUERY_INTERNAL_H

#include "fal/query/kmeans.h"
#include "fal/query/query.h"
#include "strategies.h"

enum { FAL_GLOBAL = 0, FAL_LOCAL = 1 }; /* the model X of a strategy: index of the arrays of fal_query_input */

/** An uncertainty of one image from its softmax p [classes], in double. */
typedef struct {
    const char *name;
    bool largest_first; /* false: small values are the uncertain ones */
    double (*of)(const double *p, int classes);
    /* How unsure, 0 or more: the score itself, or 1 - score from the small probabilities, of which the difference would
     * leave 0 where one logit leads by more than about 37. */
    double (*doubt)(const double *p, int classes);
} fal_score;

extern const fal_score fal_score_entropy, fal_score_confidence, fal_score_margin;

/** p [classes] = softmax of one row of logits, in double. */
void fal_score_softmax(const float *logits, int classes, double *p);
/** The same from logits in double; p may be logits. */
void fal_score_softmax_real(const double *logits, int classes, double *p);
/** The predicted class, ties to the lowest. */
int fal_score_argmax(const float *logits, int classes);
/** key [n]: the score of every row, signed so that small is chosen first. */
fal_status fal_score_keys(const fal_score *score, const float *logits, int64_t n, int classes, double *key);
/** doubt [n] of every row. */
fal_status fal_score_doubts(const fal_score *score, const float *logits, int64_t n, int classes, double *doubt);
/** The value that is recorded for a key. */
double fal_score_value(const fal_score *score, double key);
/** p [n][classes] of all rows; the caller frees. */
fal_status fal_score_probabilities(const float *logits, int64_t n, int classes, double **p);

typedef struct fal_query_call fal_query_call;

struct fal_strategy {
    const char *name;       /* canonical, with selector */
    const char *alias;      /* also accepted; NULL: none */
    int needs;              /* FAL_NEED_ bits */
    int model;              /* X: FAL_GLOBAL or FAL_LOCAL, where the strategy uses one model */
    const fal_score *score; /* also recorded under G and L; NULL: entropy is recorded */
    fal_status (*select)(fal_query_call *call);
    /* With FAL_NEED_SHARED: a client's own number, of which all share the mean, from its labelled images under G. In
     * the input are m, classes, d, logits_lab[FAL_GLOBAL], embedding_lab[FAL_GLOBAL], labels. NaN: left out of the
     * mean. */
    double (*number)(const fal_query_input *labelled);
    /* What it takes in memory for a pool of n; NULL: about one array of the pool's embeddings, where it asks a model.
     */
    size_t (*bytes)(const fal_query_options *options, int64_t n, int64_t b, int classes, int d);
    bool diagnostic;    /* listed apart: no strategy that could be used */
    const char *about;  /* one line of --list-strategies; "": as the row above */
    const char *source; /* who and when */
};

/** One call: a strategy writes call->result (chosen, and score and cluster where it has them). */
struct fal_query_call {
    const fal_strategy *strategy;
    const fal_query_input *input; /* as the strategy sees it: given embeddings in the place of the models' */
    int64_t b;                    /* images to choose: min(budget, n), at least 1 */
    int model;                    /* strategy->model */
    fal_query_result *result;
    float *macro; /* [b][d] macro centroids of logo, if the strategy made them; freed by the caller */
};

/** Does it look at logits or embeddings of a model at all? Copies are images that it cannot tell apart then. */
bool fal_strategy_looks(const fal_strategy *strategy);
/** Entry number `index` of the registry, NULL past its end. */
const fal_strategy *fal_strategy_at(int index);

/** M (Eq. 10): the least sum of squared distances of the macro centroids [b][d] to the b chosen images, one to one. */
fal_status fal_query_transport(const float *centre, int64_t b, const fal_query_input *input, const int64_t *chosen,
                               double *m_transport);

/** The b smallest keys, ties to the lowest position, in rising order. */
void fal_topk_smallest(const double *key, int64_t n, int64_t b, int64_t *chosen);

/** Streams of random numbers inside a query: `use` is fl_round of the address, `step` the epoch. */
enum {
    FAL_STREAM_DRAW = 0,
    FAL_STREAM_KMEANS = 1,
    FAL_STREAM_BADGE = 2,
    FAL_STREAM_FILL = 3,
    FAL_STREAM_GCN_SUBSET = 4,
    FAL_STREAM_GCN_INIT = 5,
    FAL_STREAM_GCN_DROPOUT = 6,
    FAL_STREAM_ALFA = 7,
    FAL_STREAM_POWER = 8,
    FAL_STREAM_CLUSTER_MARGIN = 9,
    FAL_STREAM_TYPICLUST = 10,
    FAL_STREAM_PROBCOVER = 11,
    FAL_STREAM_PROBCOVER_BALLS = 12,
    FAL_STREAM_HERDING_SUBSET = 13,
    FAL_STREAM_BALANCE = 14
};
fal_rng fal_query_stream(const fal_query_input *input, uint32_t use, uint32_t step);
/** b of the items without replacement, in drawn order: items[0..b-1]. The rest of `items` is left in some order. */
void fal_query_draw(const fal_rng *rng, int64_t *items, int64_t n, int64_t b);
/** chosen[from..b-1] drawn uniformly from the positions 0..n-1 that are not in chosen[0..from-1]. */
fal_status fal_query_fill(const fal_rng *rng, int64_t n, int64_t from, int64_t b, int64_t *chosen);

/** LoGo's macro gradient of one image (Eq. 7 for the pseudo-label): g = z (1 - p_yhat), 1 - p_yhat as the sum of the
 *  other probabilities. */
void fal_logo_gradient(const float *logits, const float *z, int classes, int d, double *g);
/** The macro step: k-means of all g of the pool under L with b clusters. */
fal_status fal_logo_macro(const fal_query_input *input, int64_t b, fal_kmeans *clusters);
/** The micro step: writes the call's result from the clusters' labels and G's scores. */
fal_status fal_logo_micro(fal_query_call *call, const fal_kmeans *clusters);

/** What strategies take in memory beside their arrays (the registry's `bytes`), with n images in pool and labelled set.
 */
#define FAL_STRATEGY_BYTES(name)                                                                                       \
    size_t fal_##name##_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d);
FAL_STRATEGY_BYTES(alfa)
FAL_STRATEGY_BYTES(cdal)
FAL_STRATEGY_BYTES(cluster_margin)
FAL_STRATEGY_BYTES(fairfal)
FAL_STRATEGY_BYTES(feal)
FAL_STRATEGY_BYTES(gcnal)
FAL_STRATEGY_BYTES(herding)
FAL_STRATEGY_BYTES(logo)
FAL_STRATEGY_BYTES(probcover)
FAL_STRATEGY_BYTES(typiclust)
#undef FAL_STRATEGY_BYTES
/** Of n rows of their own [n][d] that are clustered: the rows, and k-means with k clusters. */
static inline size_t fal_query_clustering_bytes(const fal_query_options *options, int64_t n, int d, int64_t k)
{
    return (size_t)n * (size_t)d * sizeof(float) + fal_kmeans_bytes(n, d, k, (int)options->kmeans_starts);
}

/* One function per line of the list, in strategy_<function>.c or where it has most in common. */
#define FAL_STRATEGY_PROTOTYPE(function, ...) fal_status fal_strategy_##function(fal_query_call *call);
#define FAL_STRATEGY_PROTOTYPES(function, ...)                                                                         \
    fal_status fal_strategy_##function(fal_query_call *call);                                                          \
    double fal_strategy_##function##_number(const fal_query_input *labelled);
FAL_STRATEGY_LIST(FAL_STRATEGY_PROTOTYPE, FAL_STRATEGY_PROTOTYPE, FAL_STRATEGY_PROTOTYPES)
#undef FAL_STRATEGY_PROTOTYPE
#undef FAL_STRATEGY_PROTOTYPES

/** Two lists of b positions: place i is worth 1 / (20 + i) in each; the b largest sums, ties to the lowest position. */
fal_status fal_query_merge_ranks(const int64_t *first, const int64_t *second, int64_t n, int64_t b, int64_t *chosen,
                                 double *score);
/** ksas: score [n] of the pool. */
void fal_ksas_scores(const fal_query_input *input, double *score);

#endif
