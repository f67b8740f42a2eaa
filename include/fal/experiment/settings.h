/* What one trial computes: the scientific parameters as a struct, checked against the dataset. */
#ifndef FAL_EXPERIMENT_SETTINGS_H
#define FAL_EXPERIMENT_SETTINGS_H

#include "fal/base/params.h"
#include "fal/data/dataset.h"
#include "fal/data/partition.h"
#include "fal/fed/round.h"
#include "fal/query/query.h"

/** An AL round's accuracy is the mean over its last so many FL rounds (algorithms.md section 3, Recorded accuracy). */
enum { FAL_ACCURACY_ROUNDS = 5 };

/** Weights at the start of an AL round: new random ones, G of the last AL round, or those of a file. */
typedef enum { FAL_START_RANDOM, FAL_START_CONTINUE, FAL_START_FILE } fal_start_weights;

typedef struct {
    const fal_strategy *strategy;
    int needs;              /* FAL_NEED_ bits of the strategy, less what `embeddings` bring */
    const char *embeddings; /* file of embeddings that the strategy reads, the parameters' text; NULL: it reads none */
    int embeddings_d;       /* their width, once fal_plan_read_widths was called */
    fal_model_shape model;
    fal_start_weights init;
    const char *init_model; /* file of FAL_START_FILE; the parameters' text */
    int clients;
    fal_partition_settings partition;
    double rho;     /* long tail; 1: none */
    double budget;  /* share (< 1) or number of images per client */
    int64_t stored; /* the first labels are those that the data set has: of so many images; 0: random ones */
    bool apart;     /* images lie in one file per site, which no other rank may read */
    /* People label: the data set lacks labels and --oracle is file. Images without a label are in the pools. */
    bool people;
    double answers_needed; /* per client and query: a number, or (< 1) a share; INFINITY: all */
    bool suggest;
    int64_t al_rounds;
    double stop_share, stop_accuracy;
    bool first_round; /* train first local-only models even if the strategy needs none */
    int fl_rounds;
    int evaluate;             /* so many last FL rounds of an AL round are evaluated */
    fal_train_settings train; /* with the trial's seed */
    fal_fed_settings fed;
    fal_query_options query;
    fal_kernels kernels;
} fal_settings;

/** From parameters of one value each (fal_params_select). FAL_ERR_USAGE for an unknown strategy, or for settings that
 *  the dataset cannot serve (more clients than images, image too small for the model). Not collective. */
fal_status fal_settings_make(const fal_params *params, const fal_dataset *dataset, fal_settings *settings);

/** Labels that a client buys per AL round: the number given, or the share of its images, floor(share * size + 0.5), at
 *  least 1 (algorithms.md section 2, Budget). Its images are the mean of all `images` over the clients, or its own
 * `size` where sizes are the data's (sites, files). */
int64_t fal_settings_budget(const fal_settings *settings, int64_t images, int64_t size);

/** The text parameters of one trial in their canonical form, so that equal settings have equal names of results and
 *  equal stored parameters: strategies by their full name (entropy:global for entropy), shards:2 for shards:02, paths
 * as fal_path_clean makes them, numbers of --evaluate. FAL_ERR_USAGE for what is no such value. */
fal_status fal_settings_canonical(fal_params *one);

#endif
