/* What the parts of fal_report share: what is asked. */
#ifndef FAL_APPS_FAL_REPORT_H
#define FAL_APPS_FAL_REPORT_H

#include "fal/report/report.h"

typedef struct {
    const char **paths; /* [path_count] files and folders to read */
    int path_count;
    const char *folder; /* of -o; NULL: none */
    char clean_folder[4096];
    const char *picture; /* of --curves; NULL: none */
    char clean_picture[4096];
    const char *column, *data, *baseline; /* NULL: none */
    fal_summary_options summary;
    int threshold, rounds; /* 1: student, tested */
    int measure;           /* fal_measure */
    bool csv, json, latex; /* instead of tables */
    bool penalty, aulc, split, partial, status;
} fal_report_request;

/** Before anything is read: a picture never takes the name of results, which may lie in a folder that is read. */
fal_status fal_report_check_picture(const fal_report_request *in);
/** Tables or CSV, JSON, LaTeX on stdout, and the files that are asked for. */
fal_status fal_report_put(const fal_collection *found, const fal_collection *baseline, const fal_report_request *in);

#endif
