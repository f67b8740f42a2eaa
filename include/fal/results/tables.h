/* The tables of a results file (formats.md section 4): their rows. */
#ifndef FAL_RESULTS_TABLES_H
#define FAL_RESULTS_TABLES_H

#include <stdint.h>

#include "fal/io/table.h"

/** Of the file format (fal_version). */
enum { FAL_RESULTS_VERSION = 1 };

typedef struct {
    int64_t al_round, labelled;
    double labelled_share, test_accuracy, test_accuracy_last, test_accuracy_best, test_loss, train_loss;
    double local_emd_labelled, local_emd_query, global_emd_labelled, global_emd_query;
    double m_transport, selector_overlap;
    double train_seconds, local_only_seconds, embed_seconds, select_seconds, evaluate_seconds, communicate_seconds,
        io_seconds, round_seconds, overhead_seconds;
    int64_t sent_bytes;
} fal_row_round;

typedef struct {
    int64_t al_round, fl_round;
    double learning_rate, train_loss, test_accuracy, seconds;
} fal_row_fl_round;

typedef struct {
    int64_t al_round, client, pool, labelled, queried;
    double train_loss, test_accuracy, local_only_accuracy;
    int64_t local_only_epochs;
    double emd_labelled, emd_query, m_transport, selector_overlap, local_only_seconds, embed_seconds, select_seconds;
} fal_row_client;

typedef struct {
    int64_t al_round, client, order, image, label;
    double score;
    int64_t cluster;
    double score_global, score_local;
} fal_row_query;

extern const fal_table_kind fal_rounds_kind, fal_fl_rounds_kind, fal_clients_kind, fal_queries_kind;

#endif
