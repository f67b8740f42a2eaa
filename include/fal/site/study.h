/* A study over sites that share no machine: what is fixed for all of them, and how far it is. The file (fal_format
 * "study", formats.md section 12) is what whoever coordinates sends to every site after each FL round; in docs and
 * messages it is called G. Nothing of a file is trusted. */
#ifndef FAL_SITE_STUDY_H
#define FAL_SITE_STUDY_H

#include "fal/base/hash.h"
#include "fal/experiment/settings.h"
#include "fal/io/table.h"
#include "fal/nn/modelfile.h"

enum { FAL_SITE_STUDY_VERSION = 1, FAL_SITE_STUDY_SITES_MAX = 1000, FAL_SITE_STUDY_KERNELS = 128 };

/** A site: the client of that number, from 0. */
typedef struct {
    char name[FAL_NAME_MAX];
    int64_t images; /* training images */
} fal_site_study_site;

/* clang-format off */
#define FAL_MERGED_COLUMNS(INT) \
    INT(fl_round, "", "FL round of this AL round, from 1") \
    INT(client, "", "that took part") \
    INT(images, "", "labelled images that it trained on") \
    INT(mark, "", "first 8 bytes of its update's checksum")
/* clang-format on */

#define FAL_MERGED_FIELD(name, units, meaning) int64_t name;
typedef struct {
    FAL_MERGED_COLUMNS(FAL_MERGED_FIELD)
} fal_row_merged;
#undef FAL_MERGED_FIELD

typedef struct {
    /* Fixed for the whole study. */
    char name[FAL_NAME_MAX];
    fal_site_study_site *sites; /* [clients] */
    int clients;
    fal_params *params; /* of one value each; init_model is a name without folders: G goes to all */
    fal_dataset head;   /* shape, constants, classes and sites of all files together, one site after the other; no
                           image and no label */
    char init_model_digest[FAL_HASH_TEXT]; /* of the file that each AL round starts from (init file); "": none */
    char id[FAL_HASH_TEXT];                /* of all that */
    /* What follows from it. */
    fal_settings settings;
    fal_model *model;
    size_t size;       /* floats of the weights */
    size_t state_size; /* floats of the FL algorithm's state; 0: none */
    /* How far it is. */
    int64_t al_round;                     /* from 1 */
    int64_t fl_done;                      /* FL rounds of it; all of them: the AL round's model is final */
    float *weights;                       /* [size] */
    float *state;                         /* [state_size] of the FL algorithm's server */
    fal_table merged;                     /* fal_row_merged: who took part in this AL round */
    char kernels[FAL_SITE_STUDY_KERNELS]; /* of those who trained, "" as long as nobody has */
    char previous[FAL_HASH_TEXT];         /* checksum of the G that this one was made from; "" of the first */
    char sha256[FAL_HASH_TEXT];           /* of all of it: tells this G from all others */
} fal_site_study;

/** From study.ini: name, sites, classes, image, mean, std and parameters of fal_hpc. AL round 1, before its first FL
 *  round. FAL_ERR_USAGE: what is missing or wrong, by its line; FAL_ERR_INPUT: the file cannot be read. */
fal_status fal_site_study_make(const char *ini, fal_site_study **study);
/** A G. The file is looked at in a child process first: not with threads running. FAL_ERR_INPUT: it is none, damaged,
 *  altered, or what it holds can't be. */
fal_status fal_site_study_open(const char *path, fal_site_study **study);
/** Computes the checksum and writes the file, whole or not at all. */
fal_status fal_site_study_write(fal_site_study *study, const char *path);
void fal_site_study_destroy(fal_site_study *study);

/** The next AL round begins, with its start weights. init_model: the file that they come from (init file); NULL: of the
 *  name that the study knows it by, in this folder. FAL_ERR_USAGE: the present round has FL rounds to go, or it is the
 *  last; a file where the study has none. FAL_ERR_INPUT: the file is not there, or another than at the beginning. */
fal_status fal_site_study_next(fal_site_study *study, const char *init_model);

bool fal_site_study_is_final(const fal_site_study *study);
/** Learning rate of the FL round that comes. */
double fal_site_study_learning_rate(const fal_site_study *study);
/** Who takes part in it: takes_part [clients] out. */
fal_status fal_site_study_participants(const fal_site_study *study, uint8_t *takes_part);
/** The client of that name; -1: none. */
int fal_site_study_client(const fal_site_study *study, const char *site);
/** Training images of all sites. */
int64_t fal_site_study_images(const fal_site_study *study);
/** "AL round 2, after FL round 3 of 10" */
enum { FAL_SITE_STUDY_PLACE = 96 };
void fal_site_study_place(const fal_site_study *study, char text[FAL_SITE_STUDY_PLACE]);

#endif
