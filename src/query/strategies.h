/* The list of strategies. A strategy is a function fal_strategy_FUNCTION(fal_query_call *call) in a file of its own and
 * a line here, which makes its prototype and its row (docs/adding.md). What is not named in a line is 0. */
#ifndef FAL_QUERY_STRATEGIES_H
#define FAL_QUERY_STRATEGIES_H

/* Needs (fal/query/query.h), short for the list. */
#define NEED_G FAL_NEED_GLOBAL
#define NEED_L FAL_NEED_LOCAL
#define NEED_F FAL_NEED_FINETUNED
#define NEED_P FAL_NEED_LOGITS     /* p, the softmax */
#define NEED_Z FAL_NEED_EMBEDDINGS /* z */
#define NEED_ZG FAL_NEED_GLOBAL_EMBEDDINGS
#define NEED_ZL FAL_NEED_LOCAL_EMBEDDINGS
#define NEED_M FAL_NEED_LABELLED
#define ANY_Z FAL_NEED_ANY_EMBEDDINGS /* z only tells near from far: --embeddings may stand in its place */
#define NEED_TRUTH FAL_NEED_TRUTH
#define KIM "Kim et al., CVPR 2023"

/* ONE(function, name, needs, ...): a strategy; `.model` is its X, where it asks one model.
 * BOTH(function, name, needs, ...): NAME:global with G and NAME:local with L, a strategy of one model.
 * SHARED(function, name, needs, ...): as ONE, with fal_strategy_FUNCTION_number, what all clients share the mean of. */
/* clang-format off */
#define FAL_STRATEGY_LIST(ONE, BOTH, SHARED)                                                                           \
    ONE(random, "random", 0,                                                                                           \
        .about = "images drawn at random", .source = "baseline")                                                       \
    BOTH(by_score, "entropy", NEED_P, .score = &fal_score_entropy,                                                     \
        .about = "largest entropy of the softmax", .source = "Shannon 1948; " KIM)                                     \
    BOTH(by_score, "confidence", NEED_P, .score = &fal_score_confidence,                                               \
        .about = "smallest largest probability", .source = "Lewis and Gale, SIGIR 1994")                               \
    BOTH(by_score, "margin", NEED_P, .score = &fal_score_margin,                                                       \
        .about = "smallest lead of the first class over the second", .source = "Scheffer et al., IDA 2001")            \
    BOTH(power, "power:entropy", NEED_P, .score = &fal_score_entropy,                                                  \
        .about = "draws without replacement, proportional to the entropy", .source = "Kirsch et al., TMLR 2023")       \
    BOTH(power, "power:confidence", NEED_P, .score = &fal_score_confidence,                                            \
        .about = "draws proportional to 1 - the largest probability", .source = "Kirsch et al., TMLR 2023")            \
    BOTH(power, "power:margin", NEED_P, .score = &fal_score_margin,                                                    \
        .about = "draws proportional to 1 - the lead of the first class", .source = "Kirsch et al., TMLR 2023")        \
    BOTH(coreset, "coreset", NEED_Z | ANY_Z | NEED_M,                                                                  \
        .about = "k-centre: farthest from everything labelled", .source = "Sener and Savarese, ICLR 2018")             \
    BOTH(badge, "badge", NEED_P | NEED_Z,                                                                              \
        .about = "k-means++ draws on gradient embeddings", .source = "Ash et al., ICLR 2020")                          \
    BOTH(gcnal, "gcnal", NEED_Z | ANY_Z | NEED_M, .bytes = fal_gcnal_bytes,                                            \
        .about = "k-centre on features of a graph network", .source = "Caramalau et al., CVPR 2021")                   \
    BOTH(alfa, "alfa-mix", NEED_P | NEED_Z | NEED_M, .bytes = fal_alfa_bytes,                                          \
        .about = "predictions that change when embeddings are mixed", .source = "Parvaneh et al., CVPR 2022")          \
    BOTH(cdal, "cdal", NEED_P | NEED_M, .bytes = fal_cdal_bytes,                                                       \
        .about = "k-centre on probabilities by their divergence", .source = "Agarwal et al., ECCV 2020")               \
    BOTH(cluster_margin, "cluster-margin", NEED_P | NEED_Z | ANY_Z, .bytes = fal_cluster_margin_bytes,                 \
        .score = &fal_score_margin,                                                                                    \
        .about = "small margins, clusters with few of them first", .source = "Citovsky et al., NeurIPS 2021")          \
    BOTH(typiclust, "typiclust", NEED_Z | ANY_Z | NEED_M, .bytes = fal_typiclust_bytes,                                \
        .about = "most typical image of clusters without labels", .source = "Hacohen et al., ICML 2022")               \
    BOTH(probcover, "probcover", NEED_Z | ANY_Z | NEED_M, .bytes = fal_probcover_bytes,                                \
        .about = "balls that cover most embeddings", .source = "Yehuda et al., NeurIPS 2022")                          \
    BOTH(maxherding, "maxherding", NEED_Z | ANY_Z | NEED_M, .bytes = fal_herding_bytes,                                \
        .about = "largest gain of coverage by a smooth kernel", .source = "Bae et al., ECCV 2024")                     \
    BOTH(uherding, "uherding", NEED_P | NEED_Z | ANY_Z | NEED_M, .bytes = fal_herding_bytes,                           \
        .score = &fal_score_margin,                                                                                    \
        .about = "maxherding of what is uncertain, narrower with more labels", .source = "Bae et al., ICLR 2025")      \
    ONE(logo, "logo", NEED_G | NEED_L | NEED_P | NEED_ZL, .bytes = fal_logo_bytes, .alias = "logo:entropy",            \
        .model = FAL_LOCAL,                                                                                            \
        .score = &fal_score_entropy,                                                                                   \
        .about = "L's gradients are clustered, G picks the most uncertain of each cluster", .source = KIM)             \
    ONE(logo, "logo:confidence", NEED_G | NEED_L | NEED_P | NEED_ZL, .bytes = fal_logo_bytes, .model = FAL_LOCAL,      \
        .score = &fal_score_confidence, .about = "", .source = "")                                                     \
    ONE(logo, "logo:margin", NEED_G | NEED_L | NEED_P | NEED_ZL, .bytes = fal_logo_bytes, .model = FAL_LOCAL,          \
        .score = &fal_score_margin, .about = "", .source = "")                                                         \
    ONE(ensemble_entropy, "ensemble-logit:entropy", NEED_G | NEED_L | NEED_P,                                          \
        .about = "entropy of the mean of both models", .source = KIM)                                                  \
    ONE(ensemble_badge, "ensemble-logit:badge", NEED_G | NEED_L | NEED_P | NEED_Z,                                     \
        .about = "badge on the mean of both models' gradients", .source = KIM)                                         \
    ONE(ensemble_rank, "ensemble-rank:entropy", NEED_G | NEED_L | NEED_P, .score = &fal_score_entropy,                 \
        .about = "best places in both models' entropy lists", .source = KIM)                                           \
    ONE(ensemble_rank, "ensemble-rank:badge", NEED_G | NEED_L | NEED_P | NEED_Z,                                       \
        .about = "best places in both models' badge lists", .source = KIM)                                             \
    ONE(by_score, "finetuning:entropy", NEED_F | NEED_P, .model = FAL_LOCAL, .score = &fal_score_entropy,              \
        .about = "entropy of the finetuned model", .source = KIM)                                                      \
    ONE(badge, "finetuning:badge", NEED_F | NEED_P | NEED_Z, .model = FAL_LOCAL,                                       \
        .about = "badge with the finetuned model", .source = KIM)                                                      \
    ONE(ksas, "ksas", NEED_G | NEED_L | NEED_P,                                                                        \
        .about = "largest disagreement of both models, classes weighted by the labels",                                \
        .source = "Cao et al., ICCV 2023")                                                                             \
    ONE(feal, "feal", NEED_G | NEED_L | NEED_P | NEED_ZL | ANY_Z, .bytes = fal_feal_bytes,                             \
        .about = "evidential uncertainty, near neighbours left out", .source = "Chen et al., CVPR 2024")               \
    SHARED(fairfal, "fairfal", NEED_G | NEED_L | NEED_P | NEED_ZG | NEED_M, .bytes = fal_fairfal_bytes,                \
        .about = "equal shares for pseudo-classes, uncertain and spread inside",                                       \
        .source = "Zong and Huang, CVPR 2026")                                                                         \
    ONE(improved_random, "improved-random", NEED_G | NEED_P, .diagnostic = true,                                       \
        .about = "random images, balanced over the classes that G predicts", .source = "diagnostic")                   \
    ONE(oracle_balanced, "oracle-balanced", NEED_TRUTH, .diagnostic = true,                                            \
        .about = "random images, balanced by true labels: an upper bound", .source = "diagnostic")
/* clang-format on */

#endif
