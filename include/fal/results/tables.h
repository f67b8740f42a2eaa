/* The tables of a results file (formats.md section 4): names, types, units and meaning of every column, once. A row is
 * a struct of these columns in this order; a new column is a line here and the statement that fills it
 * (docs/adding.md). */
#ifndef FAL_RESULTS_TABLES_H
#define FAL_RESULTS_TABLES_H

#include <stdint.h>

#include "fal/io/table.h"

/** Of the file format (fal_version). */
enum { FAL_RESULTS_VERSION = 1 };

/* INT(name, units, meaning): int64_t. REAL(...): double. */
/* clang-format off */
#define FAL_ROUNDS_COLUMNS(INT, REAL) \
    INT(al_round, "", "AL round, 1 is the initial random labelling") \
    INT(labelled, "images", "labelled images of all clients together") \
    REAL(labelled_share, "share", "labelled images / all images of the clients") \
    REAL(test_accuracy, "share", "mean over the last 5 FL rounds of this AL round (over those evaluated)") \
    REAL(test_accuracy_last, "share", "after the last FL round") \
    REAL(test_accuracy_best, "share", "best of the evaluated FL rounds") \
    REAL(test_loss, "nats", "mean cross-entropy on the test set after the last FL round") \
    REAL(train_loss, "nats", "mean training loss of the last FL round, weighted by images") \
    REAL(local_emd_labelled, "", "mean over clients of the labelled set's distance from uniform") \
    REAL(local_emd_query, "", "mean over clients of the newly labelled images' distance from uniform") \
    REAL(global_emd_labelled, "", "distance from uniform of all labelled images together") \
    REAL(global_emd_query, "", "distance from uniform of all newly labelled images together") \
    REAL(m_transport, "", "mean over clients of M (Eq. 10)") \
    REAL(selector_overlap, "share", "mean over clients: choices that G and L alone would both have made") \
    REAL(train_seconds, "s", "local training on rank 0") \
    REAL(local_only_seconds, "s", "training of local-only models, sum over clients") \
    REAL(embed_seconds, "s", "inference for the query, sum over clients") \
    REAL(select_seconds, "s", "selection, sum over clients") \
    REAL(evaluate_seconds, "s", "evaluation on rank 0") \
    REAL(communicate_seconds, "s", "aggregation on rank 0, waiting for others included") \
    REAL(io_seconds, "s", "writing results and checkpoints on rank 0") \
    REAL(round_seconds, "s", "the whole AL round on rank 0, from query to record") \
    REAL(overhead_seconds, "s", "of that, all but the rank's local training, local-only models, inference, selection and evaluation") \
    INT(sent_bytes, "bytes", "payload that all ranks handed to MPI")

#define FAL_FL_ROUNDS_COLUMNS(INT, REAL) \
    INT(al_round, "", "AL round, from 1") \
    INT(fl_round, "", "FL round, from 1") \
    REAL(learning_rate, "", "learning rate of local training") \
    REAL(train_loss, "nats", "mean training loss over participants, weighted by images") \
    REAL(test_accuracy, "share", "accuracy of the global model; NaN where not evaluated") \
    REAL(seconds, "s", "wall time on rank 0")

#define FAL_CLIENTS_COLUMNS(INT, REAL) \
    INT(al_round, "", "AL round, from 1") \
    INT(client, "", "client, from 0") \
    INT(pool, "images", "unlabelled images left after this round's query") \
    INT(labelled, "images", "labelled images after this round's query") \
    INT(queried, "images", "images labelled in this round") \
    REAL(train_loss, "nats", "training loss in the last FL round; NaN: did not take part") \
    REAL(test_accuracy, "share", "class-wise test accuracy of G weighted by the client's class shares") \
    REAL(local_only_accuracy, "share", "accuracy of L on the labelled images when its training ended") \
    INT(local_only_epochs, "", "epochs that training L took; 0 where there is no L") \
    REAL(emd_labelled, "", "labelled set's distance from uniform") \
    REAL(emd_query, "", "newly labelled images' distance from uniform") \
    REAL(m_transport, "", "M (Eq. 10); NaN where undefined") \
    REAL(selector_overlap, "share", "choices that G and L alone would both have made") \
    REAL(local_only_seconds, "s", "training of L") \
    REAL(embed_seconds, "s", "inference for the query") \
    REAL(select_seconds, "s", "selection")

#define FAL_QUERIES_COLUMNS(INT, REAL) \
    INT(al_round, "", "AL round in which the label was bought; 1 is the random start") \
    INT(client, "", "client, from 0") \
    INT(order, "", "place in the client's selection, from 0") \
    INT(image, "", "row in /train of the dataset") \
    INT(label, "", "class; -2: nobody could tell, the image left the pool without a label") \
    REAL(score, "", "the strategy's score; NaN where it has none") \
    INT(cluster, "", "the strategy's cluster; -1 where it has none") \
    REAL(score_global, "", "score under G; NaN where undefined") \
    REAL(score_local, "", "score under L; NaN where undefined")

/* Where each site has its file. */
#define FAL_SITES_COLUMNS(INT, REAL) \
    INT(client, "", "client, from 0: the place of the site's file in the command") \
    INT(first_row, "", "its first image in /queries and /partition, which count the images of all files one after the other") \
    INT(images, "images", "training images in its file") \
    INT(test_images, "images", "test images of its file that are used")

/* clang-format on */

#define FAL_INT_FIELD(name, units, meaning) int64_t name;
#define FAL_REAL_FIELD(name, units, meaning) double name;
typedef struct {
    FAL_ROUNDS_COLUMNS(FAL_INT_FIELD, FAL_REAL_FIELD)
} fal_row_round;
typedef struct {
    FAL_FL_ROUNDS_COLUMNS(FAL_INT_FIELD, FAL_REAL_FIELD)
} fal_row_fl_round;
typedef struct {
    FAL_CLIENTS_COLUMNS(FAL_INT_FIELD, FAL_REAL_FIELD)
} fal_row_client;
typedef struct {
    FAL_QUERIES_COLUMNS(FAL_INT_FIELD, FAL_REAL_FIELD)
} fal_row_query;
typedef struct {
    FAL_SITES_COLUMNS(FAL_INT_FIELD, FAL_REAL_FIELD)
} fal_row_site;
#undef FAL_INT_FIELD
#undef FAL_REAL_FIELD

extern const fal_table_kind fal_rounds_kind, fal_fl_rounds_kind, fal_clients_kind, fal_queries_kind, fal_sites_kind;
/** Rows as of /clients and /queries, in the checkpoint of a trial that waits for labels. */
extern const fal_table_kind fal_asking_clients_kind, fal_asking_kind;

#endif
