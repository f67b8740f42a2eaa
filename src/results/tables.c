/* The tables of a results file: names, types, units and meaning of every column (formats.md section 4). */
#include <stddef.h>

#include "fal/results/tables.h"

#define INT(row, field, units, text)                                                                                   \
    {                                                                                                                  \
#field, FAL_COLUMN_INT64, offsetof(row, field), units, text                                                    \
    }
#define REAL(row, field, units, text)                                                                                  \
    {                                                                                                                  \
#field, FAL_COLUMN_REAL, offsetof(row, field), units, text                                                     \
    }
#define COUNT(columns) ((int)(sizeof(columns) / sizeof(columns)[0]))

/* clang-format off */
static const fal_column rounds_columns[] = {
    INT(fal_row_round, al_round, "", "AL round, 1 is the initial random labelling"),
    INT(fal_row_round, labelled, "images", "labelled images of all clients together"),
    REAL(fal_row_round, labelled_share, "share", "labelled images / all images of the clients"),
    REAL(fal_row_round, test_accuracy, "share", "mean over the last 5 FL rounds of this AL round (over those evaluated)"),
    REAL(fal_row_round, test_accuracy_last, "share", "after the last FL round"),
    REAL(fal_row_round, test_accuracy_best, "share", "best of the evaluated FL rounds"),
    REAL(fal_row_round, test_loss, "nats", "mean cross-entropy on the test set after the last FL round"),
    REAL(fal_row_round, train_loss, "nats", "mean training loss of the last FL round, weighted by images"),
    REAL(fal_row_round, local_emd_labelled, "", "mean over clients of the labelled set's distance from uniform"),
    REAL(fal_row_round, local_emd_query, "", "mean over clients of the newly labelled images' distance from uniform"),
    REAL(fal_row_round, global_emd_labelled, "", "distance from uniform of all labelled images together"),
    REAL(fal_row_round, global_emd_query, "", "distance from uniform of all newly labelled images together"),
    REAL(fal_row_round, m_transport, "", "mean over clients of M (Eq. 10)"),
    REAL(fal_row_round, selector_overlap, "share", "mean over clients: choices that G and L alone would both have made"),
    REAL(fal_row_round, train_seconds, "s", "local training on rank 0"),
    REAL(fal_row_round, local_only_seconds, "s", "training of local-only models, sum over clients"),
    REAL(fal_row_round, embed_seconds, "s", "inference for the query, sum over clients"),
    REAL(fal_row_round, select_seconds, "s", "selection, sum over clients"),
    REAL(fal_row_round, evaluate_seconds, "s", "evaluation on rank 0"),
    REAL(fal_row_round, communicate_seconds, "s", "aggregation on rank 0, waiting for others included"),
    REAL(fal_row_round, io_seconds, "s", "writing results and checkpoints on rank 0"),
    REAL(fal_row_round, round_seconds, "s", "the whole AL round on rank 0, from query to record"),
    REAL(fal_row_round, overhead_seconds, "s", "of that, all but the rank's local training, local-only models, inference, selection and evaluation"),
    INT(fal_row_round, sent_bytes, "bytes", "payload that all ranks handed to MPI"),
};

static const fal_column fl_rounds_columns[] = {
    INT(fal_row_fl_round, al_round, "", "AL round, from 1"),
    INT(fal_row_fl_round, fl_round, "", "FL round, from 1"),
    REAL(fal_row_fl_round, learning_rate, "", "learning rate of local training"),
    REAL(fal_row_fl_round, train_loss, "nats", "mean training loss over participants, weighted by images"),
    REAL(fal_row_fl_round, test_accuracy, "share", "accuracy of the global model; NaN where not evaluated"),
    REAL(fal_row_fl_round, seconds, "s", "wall time on rank 0"),
};

static const fal_column clients_columns[] = {
    INT(fal_row_client, al_round, "", "AL round, from 1"),
    INT(fal_row_client, client, "", "client, from 0"),
    INT(fal_row_client, pool, "images", "unlabelled images left after this round's query"),
    INT(fal_row_client, labelled, "images", "labelled images after this round's query"),
    INT(fal_row_client, queried, "images", "images labelled in this round"),
    REAL(fal_row_client, train_loss, "nats", "training loss in the last FL round; NaN: did not take part"),
    REAL(fal_row_client, test_accuracy, "share", "class-wise test accuracy of G weighted by the client's class shares"),
    REAL(fal_row_client, local_only_accuracy, "share", "accuracy of L on the labelled images when its training ended"),
    INT(fal_row_client, local_only_epochs, "", "epochs that training L took; 0 where there is no L"),
    REAL(fal_row_client, emd_labelled, "", "labelled set's distance from uniform"),
    REAL(fal_row_client, emd_query, "", "newly labelled images' distance from uniform"),
    REAL(fal_row_client, m_transport, "", "M (Eq. 10); NaN where undefined"),
    REAL(fal_row_client, selector_overlap, "share", "choices that G and L alone would both have made"),
    REAL(fal_row_client, local_only_seconds, "s", "training of L"),
    REAL(fal_row_client, embed_seconds, "s", "inference for the query"),
    REAL(fal_row_client, select_seconds, "s", "selection"),
};

static const fal_column queries_columns[] = {
    INT(fal_row_query, al_round, "", "AL round in which the label was bought; 1 is the random start"),
    INT(fal_row_query, client, "", "client, from 0"),
    INT(fal_row_query, order, "", "place in the client's selection, from 0"),
    INT(fal_row_query, image, "", "row in /train of the dataset"),
    INT(fal_row_query, label, "", "class"),
    REAL(fal_row_query, score, "", "the strategy's score; NaN where it has none"),
    INT(fal_row_query, cluster, "", "the strategy's cluster; -1 where it has none"),
    REAL(fal_row_query, score_global, "", "score under G; NaN where undefined"),
    REAL(fal_row_query, score_local, "", "score under L; NaN where undefined"),
};
/* clang-format on */

const fal_table_kind fal_rounds_kind = {"rounds", "One row per AL round: accuracy, diversity, cost", rounds_columns,
                                        COUNT(rounds_columns), sizeof(fal_row_round)};
const fal_table_kind fal_fl_rounds_kind = {"fl_rounds", "One row per FL round", fl_rounds_columns,
                                           COUNT(fl_rounds_columns), sizeof(fal_row_fl_round)};
const fal_table_kind fal_clients_kind = {"clients", "One row per AL round and client", clients_columns,
                                         COUNT(clients_columns), sizeof(fal_row_client)};
const fal_table_kind fal_queries_kind = {"queries", "One row per labelled image, in the order of purchase",
                                         queries_columns, COUNT(queries_columns), sizeof(fal_row_query)};
