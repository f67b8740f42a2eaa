/* The coordinator's part of an FL round: what the sites sent becomes the next G. */
#ifndef FAL_SITE_MERGE_H
#define FAL_SITE_MERGE_H

#include "fal/site/update.h"

typedef struct {
    bool partial;       /* go on without the sites that are missing */
    bool alone;         /* one site alone may have images: the next G is its update then */
    bool mixed_kernels; /* sites may have trained with different instruction sets: last bits are nobody's then */
} fal_merge_options;

/** Begins zeroed; fal_merge_report_destroy. */
typedef struct {
    fal_text files;    /* a line for each, by client: which site it says it is of, and how many images; also where the
                          updates are refused together */
    fal_text missing;  /* the sites that were drawn and have no file: "mid, south" */
    fal_text warnings; /* a line each */
} fal_merge_report;
void fal_merge_report_destroy(fal_merge_report *report);

/** An update is worth a question if it went so many times as far from G as the others did (their median). */
enum { FAL_MERGE_FAR = 100 };

/** Read the files and merge them into `study`, which comes to its next FL round. FAL_WAITING: sites are missing,
 *  without `partial`; FAL_ERR_USAGE: one site alone has images, without `alone`; FAL_ERR_INPUT: a file that does not
 * belong, two of one site, other kernels; FAL_ERR_NUMERIC: what comes out cannot be trained on, and which site has the
 * largest part in it. `study` is as it was then. */
fal_status fal_site_study_merge(fal_site_study *study, const char *const *files, int count,
                                const fal_merge_options *options, fal_merge_report *report);

#endif
