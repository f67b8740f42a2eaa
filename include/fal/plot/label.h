/* A page to label images in: one file that opens from a disk, keeps what was answered in the browser, saves labels.csv
 * and asks nobody for anything. Its style and script are label.css and label.js. */
#ifndef FAL_PLOT_LABEL_H
#define FAL_PLOT_LABEL_H

#include <stdint.h>

#include "fal/base/text.h"

/** What an answer may be besides a class: the words for "can't tell", in labels.csv, folders and other programs'
 * exports. A class of such a name comes first. */
enum { FAL_LABEL_CANNOT_WORDS = 3 };
extern const char *const fal_label_cannot_words[FAL_LABEL_CANNOT_WORDS];
/** The word that stands for "can't tell" among these classes: the first that is no class, NULL if all are. `names`:
 *  `count` texts, one every `size` bytes. */
const char *fal_label_cannot_word(const char *names, size_t size, int count);

typedef struct {
    const char *title;
    const char *key; /* tells the query from all others, in the browser */
    int h, w;        /* of each image */
    bool suggest;    /* show `suggested` */
    bool smooth;     /* blur enlarged pixels until the reader wants them sharp */
} fal_label_page;

/** Up to the list of images. */
void fal_label_page_begin(fal_text *html, const fal_label_page *page);
/** Each class, in order. */
void fal_label_page_class(fal_text *html, const char *name, int number);
/** Between the last class and the first image. */
void fal_label_page_images(fal_text *html);
/** Each image, in order; number: from 0. suggested: a class, or -1. */
void fal_label_page_image(fal_text *html, int64_t number, int64_t client, int64_t order, int64_t image,
                          const char *file, int suggested);
/** Between the last image and the first picture. */
void fal_label_page_pictures(fal_text *html);
/** The bytes of a PNG file, for each image, in the same order. */
void fal_label_page_picture(fal_text *html, int64_t number, const unsigned char *png, size_t count);
void fal_label_page_end(fal_text *html);

#endif
