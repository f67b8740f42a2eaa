/* The tables of a results file, from the lists of their columns. */
#include "fal/results/tables.h"

#include <stddef.h>

#define INT(name, units, meaning) {#name, FAL_COLUMN_INT64, offsetof(ROW, name), units, meaning},
#define REAL(name, units, meaning) {#name, FAL_COLUMN_REAL, offsetof(ROW, name), units, meaning},
#define COUNT(columns) ((int)(sizeof(columns) / sizeof(columns)[0]))

#define ROW fal_row_round
static const fal_column rounds_columns[] = {FAL_ROUNDS_COLUMNS(INT, REAL)};
#undef ROW
#define ROW fal_row_fl_round
static const fal_column fl_rounds_columns[] = {FAL_FL_ROUNDS_COLUMNS(INT, REAL)};
#undef ROW
#define ROW fal_row_client
static const fal_column clients_columns[] = {FAL_CLIENTS_COLUMNS(INT, REAL)};
#undef ROW
#define ROW fal_row_query
static const fal_column queries_columns[] = {FAL_QUERIES_COLUMNS(INT, REAL)};
#undef ROW
#define ROW fal_row_site
static const fal_column sites_columns[] = {FAL_SITES_COLUMNS(INT, REAL)};
#undef ROW

const fal_table_kind fal_rounds_kind = {"rounds", "One row per AL round: accuracy, diversity, cost", rounds_columns,
                                        COUNT(rounds_columns), sizeof(fal_row_round)};
const fal_table_kind fal_fl_rounds_kind = {"fl_rounds", "One row per FL round", fl_rounds_columns,
                                           COUNT(fl_rounds_columns), sizeof(fal_row_fl_round)};
const fal_table_kind fal_clients_kind = {"clients", "One row per AL round and client", clients_columns,
                                         COUNT(clients_columns), sizeof(fal_row_client)};
const fal_table_kind fal_queries_kind = {"queries", "One row per labelled image, in the order of purchase",
                                         queries_columns, COUNT(queries_columns), sizeof(fal_row_query)};
const fal_table_kind fal_sites_kind = {"sites", "One row per site, where each has its file", sites_columns,
                                       COUNT(sites_columns), sizeof(fal_row_site)};
const fal_table_kind fal_asking_clients_kind = {"waiting/clients", "The query that waits for labels, by client",
                                                clients_columns, COUNT(clients_columns), sizeof(fal_row_client)};
const fal_table_kind fal_asking_kind = {"waiting/queries",
                                        "Images that were asked for, in the order of the choice; label -1: not known",
                                        queries_columns, COUNT(queries_columns), sizeof(fal_row_query)};
