/* A site of a study: its images, NAME.h5 (a data set file, which stays as it is), and beside it what the site has come
 * to, NAME.site.h5 (fal_format "site", formats.md section 12): which images were asked for and labelled, and the state
 * of its training. Answers of people are in NAME.answers.h5 (results/answers.h). Each is replaced as a whole. */
#ifndef FAL_SITE_SITE_H
#define FAL_SITE_SITE_H

#include "fal/data/pool.h"
#include "fal/io/file.h"
#include "fal/results/answers.h"
#include "fal/results/names.h"
#include "fal/site/study.h"

enum { FAL_SITE_VERSION = 1 };
#define FAL_ENDING_SITE ".site.h5"

/** What stands in the site's file. */
typedef struct {
    char study[FAL_NAME_MAX]; /* its name */
    char study_id[FAL_HASH_TEXT];
    char name[FAL_NAME_MAX]; /* of the site */
    int64_t client;          /* that it is */
    int64_t first_row;       /* of the joined data set: images of the sites before it */
    fal_table queries;   /* fal_row_query: what left the pool, by the AL round that it counts from; rows in NAME.h5 */
    int64_t asked_round; /* AL round of `asking`; 0: never asked */
    fal_table asking;    /* fal_row_query: the last query, with the labels that were known when it was made; before
                            it, questions of earlier AL rounds that have no answer that counts */
    char asked_global[FAL_HASH_TEXT]; /* checksum of the G that it was made with */
    int64_t asked_budget;             /* images that it was to choose at most */
    int64_t settled_round; /* AL round up to which all is settled: what is answered now counts from a later one */
    /* The last training. */
    int64_t trained_al, trained_fl;     /* its AL and FL round, from 1; 0: never */
    char trained_global[FAL_HASH_TEXT]; /* checksum of the G that it began from */
    int64_t trained_mark;               /* fal_update_mark of what it gave */
    int64_t before_mark;                /* of the last update that counted in `before`; 0: none in this AL round */
    int64_t state_size;                 /* floats of the FL algorithm's state at a client; 0: none */
    float *before, *after;              /* [state_size] the client's state before and after it */
} fal_site_state;

typedef struct {
    char path[FAL_PATH_MAX], state_path[FAL_PATH_MAX], answers_path[FAL_PATH_MAX];
    fal_lock *lock;
    fal_dataset dataset; /* labels of what the pool has labelled are those that people gave, where they gave some */
    fal_site_state state;
    fal_answers answers;
    fal_pool pool; /* after the settled queries */
} fal_site;

/** Names beside NAME.h5. FAL_ERR_USAGE: not of this form, or too long. */
fal_status fal_site_name(const char *path, char state_path[FAL_PATH_MAX], char answers_path[FAL_PATH_MAX]);

/** Begin: the state of client `client` of the study for the data set that is at `path` already; its size must be the
 *  study's. Writes NAME.site.h5. */
fal_status fal_site_begin(const char *path, const fal_site_study *study, int client);
/** Both files, looked at in a child process first (not with threads running), and the answers; locked until it is
 *  closed. No image is loaded. FAL_ERR_INPUT: a file is missing, damaged, or not of the other. */
fal_status fal_site_open(const char *path, fal_site **site);
void fal_site_close(fal_site *site);
/** FAL_ERR_USAGE: `study` is another one than the site's. */
fal_status fal_site_check_study(const fal_site *site, const fal_site_study *study);
/** Replace NAME.site.h5. */
fal_status fal_site_save(const fal_site *site);

/** How far the last query is. */
typedef struct {
    int64_t asked;   /* images whose label was not known */
    int64_t classes; /* of them, with a class by now */
    int64_t cannot;  /* of them, nobody could tell */
    int64_t open;    /* of them, without an answer */
    int64_t known;   /* images of the query whose label was known already */
    int64_t late;    /* images with an answer that came when their AL round was settled, and does not count yet */
} fal_site_progress;
fal_site_progress fal_site_look(const fal_site *site);
/** Whether the image is in the pool: not labelled, not dropped. */
bool fal_site_has_in_pool(const fal_site *site, int64_t image);
/** The labels that are known by now count: rows of `asking` become rows of `queries`, the pool moves on; what has no
 *  answer stays in the pool. Those of AL rounds that are settled already came late: they count from AL round al_round
 *  on, which becomes theirs. settled_round stays. In memory alone. */
fal_status fal_site_settle(fal_site *site, int64_t al_round);

#endif
