/* Options of strategies: a line makes the member of fal_query_options, its reading, and the parameter's row. */
#ifndef FAL_QUERY_OPTIONS_H
#define FAL_QUERY_OPTIONS_H

#include <stdint.h>

#include "fal/base/params.h"

/* clang-format off */
/*    kind    name           metavar  unit      default        choices                from version on
 *    what it is, where its default comes from, least and largest value */
#define FAL_QUERY_OPTIONS(X)                                                                                           \
    X(INT,    kmeans_starts, "N",     "",       "10",          "",                    "0.1.0",                         \
      "starts of k-means; the best inertia counts", "authors' program", 1, 1000)                                       \
    X(INT,    gcn_subset,    "N",     "images", "10000",       "",                    "0.1.0",                         \
      "gcnal: a larger pool is first cut to N random images; 0: never", "authors' program", 0, 2147483647.0)           \
    X(INT,    herding_subset, "N",    "images", "8000",        "",                    "0.2.0",                         \
      "maxherding, uherding: a larger pool is first cut to N random images; 0: never; memory: 4 N^2 bytes",            \
      "256 MB", 0, 2147483647.0)                                                                                       \
    X(CHOICE, alfa_head,     "MODEL", "",       "own",         "own|global",          "0.1.0",                         \
      "alfa-mix: whose last layer judges the embeddings of the local-only model", "algorithms.md section 8", 0, 0)     \
    X(CHOICE, ensemble,      "KIND",  "",       "probability", "probability|logit",   "0.1.0",                         \
      "ensemble-logit:entropy: average the models' probabilities or their logits", "algorithms.md section 8", 0, 0)
/* clang-format on */

/** What a kind is in C: a whole number, a number, or which of the choices, counted from 0. */
#define FAL_QUERY_OPTION_INT int64_t
#define FAL_QUERY_OPTION_REAL double
#define FAL_QUERY_OPTION_CHOICE int

#define FAL_QUERY_OPTION_MEMBER(kind, name, metavar, unit, initial, choices, since, help, source, low, high)           \
    FAL_QUERY_OPTION_##kind name;
typedef struct {
    FAL_QUERY_OPTIONS(FAL_QUERY_OPTION_MEMBER)
} fal_query_options;
#undef FAL_QUERY_OPTION_MEMBER

/** Rows of these options for the table of parameters: FAL_QUERY_OPTIONS(FAL_QUERY_OPTION_ROW). */
/* clang-format off */
#define FAL_QUERY_OPTION_ROW(kind, name, metavar, unit, initial, choices, since, help, source, low, high)              \
    {#name, metavar, unit, initial, choices, help, source, low, high, FAL_PARAM_##kind, FAL_PARAM_SCIENTIFIC, true, since},
/* clang-format on */

void fal_query_options_from_params(const fal_params *params, fal_query_options *options);

#endif
