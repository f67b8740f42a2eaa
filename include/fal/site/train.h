/* A site's part of an FL round, and of a query: what it trains, what it asks. */
#ifndef FAL_SITE_TRAIN_H
#define FAL_SITE_TRAIN_H

#include "fal/site/site.h"
#include "fal/site/update.h"

/** Name of the kernels that train, and of the core of the BLAS where they use it: what last bits depend on. */
void fal_site_kernels(fal_trainer *trainer, char text[FAL_SITE_STUDY_KERNELS]);

typedef struct {
    bool takes_part;   /* false: the site was not drawn for this FL round, and nothing was done */
    bool repeated;     /* the same training as the last one */
    fal_update update; /* what leaves; fal_update_destroy */
} fal_site_training;
/** Train for the FL round that follows in `study`. Labels of the AL round's query, and those that came late of earlier
 *  ones, are settled at its first training, and no others count in the AL round: answers_needed of its questions (a
 *  number, a share below 1, or INFINITY: all) must have answers. The site's state
 *  moves on in memory: fal_site_save comes before the update is written. Repeated with the same G it gives the same.
 *  FAL_WAITING: answers are missing. FAL_ERR_USAGE: the AL round was not asked for; `study` is final, older than what
 *  the site has trained, or does not follow from it. */
fal_status fal_site_train(fal_site *site, const fal_site_study *study, double answers_needed, fal_kernels kernels,
                          fal_site_training *training);

/** Choose the images of the AL round that follows in `study` (of AL round 1: the initial labels, before its first FL
 *  round). Answers that came since the last query count from now on. Asked once, the query stays as it is. budget 0:
 *  the study's, or the one before where *repeated; else images, or (< 1) a share of them. The site's state changes in
 *  memory. FAL_ERR_USAGE: `study` is in the middle of an AL round, older than the site, or not the one that was asked
 *  with; another budget than before, or one for stored first labels. */
fal_status fal_site_ask(fal_site *site, const fal_site_study *study, double budget, fal_kernels kernels,
                        bool *repeated);
/** initial stored: the labels that the site has are what AL round 1 asked for, whenever the site comes to the study;
 *  nothing where it has asked or trained. In memory alone. */
fal_status fal_site_ask_stored(fal_site *site, const fal_site_study *study);
/** AL round that fal_site_ask would ask for. */
fal_status fal_site_next_round(const fal_site *site, const fal_site_study *study, int64_t *al_round);

#endif
