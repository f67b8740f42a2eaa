/* Query strategies: which unlabelled images of one client are worth a label (algorithms.md section 5).
 *
 * A strategy takes plain arrays and returns choices; the engine computes the arrays that it declares to need, once, in
 * batches. No MPI, no side effect. */
#ifndef FAL_QUERY_QUERY_H
#define FAL_QUERY_QUERY_H

#include "fal/base/random.h"
#include "fal/data/dataset.h"
#include "fal/data/embeddings.h"
#include "fal/nn/net.h"
#include "fal/query/options.h"

/** What a strategy needs, as bits. */
enum {
    FAL_NEED_GLOBAL = 1,             /* logits or embeddings of the global model G */
    FAL_NEED_LOCAL = 2,              /* of the local-only model L */
    FAL_NEED_LABELLED = 4,           /* the same of the labelled images too */
    FAL_NEED_FINETUNED = 8,          /* the model finetuned from G takes the place of L */
    FAL_NEED_SHARED = 16,            /* one number shared by all clients */
    FAL_NEED_LOGITS = 32,            /* of the models above: logits ... */
    FAL_NEED_GLOBAL_EMBEDDINGS = 64, /* ... embeddings, where G is one of them */
    FAL_NEED_LOCAL_EMBEDDINGS = 128, /* ... embeddings, where L or the finetuned model is one of them */
    FAL_NEED_TRUTH = 256,            /* the true labels of the pool: for diagnostics */
    FAL_NEED_ANY_EMBEDDINGS = 512,   /* the embeddings above only tell near from far: those of any program do */
    FAL_NEED_EMBEDDINGS = FAL_NEED_GLOBAL_EMBEDDINGS | FAL_NEED_LOCAL_EMBEDDINGS
};

/** Does a strategy with these needs look at logits or embeddings of model x = 0 (G), 1 (L or finetuned)? The engine
 *  computes both of every model that is needed. */
bool fal_query_needs_logits(int needs, int x);
bool fal_query_needs_embeddings(int needs, int x);
/** What is left of these needs where embeddings of another program are given: with FAL_NEED_ANY_EMBEDDINGS no model's
 *  embeddings, and no model at all if these were all that was asked of it. Others stay as they are. */
int fal_query_needs_given(int needs);

typedef struct fal_strategy fal_strategy; /* one entry of the registry */

/** "logo", "entropy:global", "logo:margin", ... FAL_ERR_USAGE names the nearest. */
fal_status fal_strategy_find(const char *name, const fal_strategy **strategy);
const char *fal_strategy_name(const fal_strategy *strategy); /* canonical, with selector */
int fal_strategy_needs(const fal_strategy *strategy);
/** About what its choice of b takes in memory beside the arrays of fal_query_input, for n images of d features. */
size_t fal_strategy_bytes(const fal_strategy *strategy, const fal_query_options *options, int64_t n, int64_t b,
                          int classes, int d);
/** For --list-strategies: a table of name, selectors, needs, one line, source, diagnostics apart. Caller frees with
 *  fal_free. */
fal_status fal_strategy_list(char **text);

/** Models X = G (0) and L (1); arrays are NULL where the strategy does not need them. What the log of a query needs
 *  beyond that is left out (NaN) where it is NULL. */
typedef struct {
    int64_t n, m; /* pool and labelled images */
    int classes, d;
    int64_t budget;                /* b = min(budget, n) is chosen */
    const float *logits[2];        /* [n][classes] */
    const float *embedding[2];     /* [n][d], after ReLU */
    const float *logits_lab[2];    /* [m][classes] */
    const float *embedding_lab[2]; /* [m][d] */
    const float *head_w[2];        /* [classes][d] */
    const float *head_b[2];        /* [classes] */
    /* Embeddings of another program, for strategies with FAL_NEED_ANY_EMBEDDINGS, which then see them in the place of
     * both models' and do with what fal_query_needs_given leaves. Finite and no longer than 1e17. NULL: none. */
    const float *given, *given_lab; /* [n][given_d], [m][given_d] */
    int given_d;
    const int32_t *labels; /* [m] */
    const int32_t *truth;  /* [n] FAL_NEED_TRUTH */
    double shared;         /* FAL_NEED_SHARED */
    fal_rng rng;           /* purpose FAL_RNG_QUERY, al_round and client set */
    const fal_query_options *options;
} fal_query_input;

/** Choices and what the query log records; arrays are allocated by fal_query_result_create. */
typedef struct {
    int64_t count;        /* b */
    int64_t *chosen;      /* [b] positions in the pool, distinct, in selection order */
    double *score;        /* [b] NaN where undefined */
    int32_t *cluster;     /* [b] -1 where undefined */
    double *score_global; /* [b] the score under G, for strategies that score */
    double *score_local;  /* [b] */
    double m_transport;   /* M, Eq. 10; NaN where undefined */
    double overlap;       /* share of the choices that G and L alone would both have made; NaN where undefined */
    double embed_seconds, select_seconds;
} fal_query_result;

/** Labels to buy of `images`: `budget` of them (1 or more), or this share of them, rounded to the nearest; at least 1.
 */
int64_t fal_query_budget(double budget, double images);

fal_status fal_query_result_create(int64_t b, fal_query_result *result);
void fal_query_result_destroy(fal_query_result *result);

/** Run a strategy on arrays. result must be created for min(budget, n). FAL_ERR_NUMERIC for logits that are not finite.
 *  Same result for any number of threads. */
fal_status fal_query_select(const fal_strategy *strategy, const fal_query_input *input, fal_query_result *result);

/** The engine: inference of the declared arrays with `net` over the pool and labelled images of `dataset` (held here),
 *  then the selection. global, local: parameter blocks (NULL where not needed). pool, labelled: dataset indices.
 *  chosen in the result are positions in `pool`. */
typedef struct {
    const fal_strategy *strategy;
    const fal_query_options *options;
    const fal_dataset *dataset;
    const fal_model *model;
    fal_net *net;
    const float *global, *local;
    const int64_t *pool, *labelled;
    const fal_embeddings *embeddings; /* of another program, of pool and labelled images at least; NULL: none */
    int64_t n, m, budget;
    double shared;
    fal_rng rng;
} fal_query_task;
fal_status fal_query_run(const fal_query_task *task, fal_query_result *result);
/** Inference alone: logits [n][classes] and embeddings [n][d] of these images of the task's dataset under the parameter
 *  block `params`; the caller frees both. */
fal_status fal_query_infer(const fal_query_task *task, const float *params, const int64_t *images, int64_t n,
                           const float **logits, const float **embedding);

/** What a strategy with FAL_NEED_SHARED averages over the clients at the first query of a trial: the client's own
 * number, from its labelled images under G. NaN: left out of the mean. The mean goes into fal_query_task.shared of
 * every client and query; NaN there: the client's own number. */
fal_status fal_query_shared_number(const fal_query_task *task, double *number);

#endif
