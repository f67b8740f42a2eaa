/* The parts of fal_query: what it reads (files of indices, arrays, models, results) and what it writes. */
#ifndef FAL_APPS_FAL_QUERY_INTERNAL_H
#define FAL_APPS_FAL_QUERY_INTERNAL_H

#include "fal/base/params.h"
#include "fal/data/dataset.h"
#include "fal/query/query.h"

enum { FAL_APP_ARRAYS_MOST = 16 };

/** The command line; NULL or a negative number for what was not given. */
typedef struct {
    const char *dataset;
    const char *global, *local;             /* model files */
    const char *results;                    /* results file: parameters, model, labels bought so far */
    const char *pool, *labelled;            /* files of indices */
    const char *arrays;                     /* HDF5 file of arrays */
    const char *array[FAL_APP_ARRAYS_MOST]; /* NAME=FILE.npy */
    int array_count;
    const char *output;                    /* PREFIX */
    bool own_embeddings;                   /* --embeddings is given, not the results' */
    char embeddings_digest[FAL_HASH_TEXT]; /* that those of the results have; "": any will do */
    int64_t client, al_round, seed;
    int64_t images, size; /* of all clients together, and of this one: from the results file */
    double shared;        /* NaN: that of the results file, or the client's own */
    fal_params *params;
    const fal_strategy *strategy;
    fal_query_options options;
} fal_app_request;

/** What was chosen, as images. */
typedef struct {
    fal_query_result result;
    int64_t *image;                        /* [count] dataset index, or row of the arrays */
    int32_t *suggested;                    /* [count] class that G (or the only model) predicts; NULL: unknown */
    int64_t pool;                          /* images that were asked about */
    int64_t labelled;                      /* images with labels, beside them; 0 with arrays */
    bool stored;                           /* which these are, labels in the dataset told */
    char embeddings_digest[FAL_HASH_TEXT]; /* of --embeddings that were looked at; "": none */
} fal_app_choice;

void fal_app_choice_destroy(fal_app_choice *choice);

/** Whole numbers from a .csv or text file (the column "image", or the only one), .npy, or FILE.h5:/dataset. Each in
 *  0 .. limit-1 and only once. */
fal_status fal_app_read_indices(const char *path, int64_t limit, int64_t **indices, int64_t *count);
/** Pool (rising) and labelled images of a dataset, for the caller to free: those of the files that are named; without
 *  them, where the dataset has images without a label, what it has labels for, and the others. */
fal_status fal_app_read_images(const fal_app_request *request, const fal_dataset *dataset, int64_t **pool, int64_t *n,
                               int64_t **labelled, int64_t *m);
/** What of the arrays is read before any of them: their file's head, their types and shapes. */
fal_status fal_app_look_at_arrays(const fal_app_request *request);
/** Images chosen from arrays alone. */
fal_status fal_app_choose_by_arrays(const fal_app_request *request, fal_app_choice *choice);
/** What a results file says about the next query of request->client: its parameters (the command line wins), seed, AL
 *  round, model; pool (rising) and labelled images (in the order of purchase), for the caller to free. Labels that the
 *  trial has and the dataset lacks are put into dataset->train_labels. */
fal_status fal_app_read_results(fal_app_request *request, fal_dataset *dataset, int64_t **pool, int64_t *n,
                                int64_t **labelled, int64_t *m);
/** FAL_ERR_USAGE for what a query does not go by on the command line. A configuration file may be a job's as well and
 *  have it. */
fal_status fal_app_refuse_of_jobs(const fal_params *params);
/** Strategy and options from request->params. */
fal_status fal_app_read_strategy(fal_app_request *request);
/** All that is read before any image: the dataset's head, results, lists of images, models. Changes the request. */
fal_status fal_app_look_at_models(fal_app_request *request);
/** Images of a dataset chosen with model files. */
fal_status fal_app_choose_by_models(fal_app_request *request, fal_app_choice *choice);
/** Address of the query's random draws; what was not given is seed 1, AL round 2, client 0. */
fal_rng fal_app_address(const fal_app_request *request);

/** FAL_ERR_USAGE if a file that would be written is one that is read. */
fal_status fal_app_check_output(const fal_app_request *request);
/** With --output: PREFIX.query/round_RR/client_KK, the folder to label in. */
fal_status fal_app_write_folder(const fal_app_request *request, const fal_dataset *dataset,
                                const fal_app_choice *choice);
/** CSV on stdout, or PREFIX.query.h5 and PREFIX.query.csv (formats.md section 8, with the scores). */
fal_status fal_app_write(const fal_app_request *request, const fal_app_choice *choice);

#endif
