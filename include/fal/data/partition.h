/* Which client holds which image: balanced Dirichlet with exact margins, IID, shards, by site, from a file
 * (algorithms.md section 2). */
#ifndef FAL_DATA_PARTITION_H
#define FAL_DATA_PARTITION_H

#include <stdint.h>

#include "fal/base/status.h"

/** Matrix of image counts: exact margins for client sizes floor(n/k) + (client < n mod k) and class counts.
 *
 *  class_counts [classes], sum n >= clients
 *  alpha        concentration, > 0; INFINITY: exact proportions
 *  counts       [clients][classes] out
 *  Not collective; a function of its arguments. Always ends. */
fal_status fal_partition_counts(uint64_t seed, double alpha, int clients, int classes, const int64_t *class_counts,
                                int64_t *counts);

/** Deal the images out: client_of [n] out, -1 for images not used (label -1). labels [n] in -1..classes-1.
 *  counts [clients][classes] out. FAL_ERR_USAGE if there are fewer images than clients. */
fal_status fal_partition_make(uint64_t seed, double alpha, int clients, int classes, const int16_t *labels, int64_t n,
                              int32_t *client_of, int64_t *counts);

typedef enum {
    FAL_PARTITION_DIRICHLET,
    FAL_PARTITION_IID,       /* Dirichlet with alpha = inf */
    FAL_PARTITION_LOGO_CODE, /* Dirichlet as in the program of LoGo's authors */
    FAL_PARTITION_SHARDS,    /* sorted by class, cut into runs, `shards` random runs for each client */
    FAL_PARTITION_SITE,      /* the image's site is its client, sites in rising order */
    FAL_PARTITION_FILE       /* a CSV "image,client", or /partition of a results file */
} fal_partition_kind;

typedef struct {
    fal_partition_kind kind;
    uint64_t seed;
    double alpha;     /* DIRICHLET, LOGO_CODE: > 0, INFINITY: exact proportions */
    int shards;       /* SHARDS: runs per client */
    int clients;      /* not SITE, FILE: there the data decide (fal_partition_clients) */
    const char *file; /* FILE; kept, not copied */
    bool unlabelled;  /* SITE, FILE: images without a label are dealt, too */
    /* FILE: whose images and labels a results file must be about; borrowed, NULL: not compared. */
    const struct fal_dataset *dataset;
} fal_partition_settings;

/** What a trial deals: the long tail of `rho` (1: none) is cut, then the images go to the clients, whose number comes
 *  out, too. client_of [n_train] and counts [clients][classes] are allocated (fal_free). */
fal_status fal_partition_dataset(const fal_partition_settings *settings, double rho, const struct fal_dataset *dataset,
                                 int *clients, int32_t **client_of, int64_t **counts);

/** Set kind, shards and file from "dirichlet", "iid", "logo-code", "shards:S", "site", or the path of a file that ends
 * in .csv or .h5; leaves the rest alone. FAL_ERR_USAGE for anything else. `text` must live as long as the settings. */
fal_status fal_partition_parse(const char *text, fal_partition_settings *settings);

/** Number of clients: settings->clients, or what the sites or the file hold. site [n] or NULL. */
fal_status fal_partition_clients(const fal_partition_settings *settings, const int32_t *site, int64_t n, int *clients);

/** Deal by any kind. `clients` is what fal_partition_clients gave; labels, client_of and counts as for
 *  fal_partition_make; images without a label are dealt only with settings->unlabelled,
 *  and never counted. FAL_ERR_USAGE or FAL_ERR_INPUT if a client would hold no
 *  image, if there are no sites, or if the file does not fit the data set. */
fal_status fal_partition_deal(const fal_partition_settings *settings, int clients, int classes, const int16_t *labels,
                              const int32_t *site, int64_t n, int32_t *client_of, int64_t *counts);

/** Client of every image from a file: a CSV with the columns image and client, any order of rows, images that are not
 *  named get -1; or a results file, whose /partition must have n entries and whose data must be `dataset` (NULL: not
 *  compared). client_of [n] out; -1 or 0 .. 65535. */
fal_status fal_partition_read(const char *path, const struct fal_dataset *dataset, int64_t n, int32_t *client_of);

#endif
