/* The built-in data set: settings, labels, and all images in parallel. */
#include "fal/data/synth.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/text.h"
#include "synth_internal.h"

enum { IMAGES_PER_PIECE = 64 };

double fal_synth_uniform(fal_synth_draws *draws, double low, double high)
{
    return low + (high - low) * fal_rng_uniform(&draws->rng, draws->next++);
}

int fal_synth_below(fal_synth_draws *draws, int n)
{
    return (int)fal_rng_below(&draws->rng, draws->next++, (uint64_t)n);
}

bool fal_synth_chance(fal_synth_draws *draws, double probability)
{
    return fal_rng_uniform(&draws->rng, draws->next++) < probability;
}

typedef struct {
    const fal_synth_settings *settings;
    uint8_t *images;
    int16_t *labels;
    float *scratch; /* [threads][2][side][side][3] */
    int64_t count;
    bool test;
} split;

static void draw_piece(void *context, int piece)
{
    const split *s = context;
    const int64_t bytes = (int64_t)s->settings->side * s->settings->side * 3;
    const int64_t first = (int64_t)piece * IMAGES_PER_PIECE;
    const int64_t end = first + IMAGES_PER_PIECE < s->count ? first + IMAGES_PER_PIECE : s->count;
    float *scratch = s->scratch + fal_parallel_thread() * 2 * bytes;
    for (int64_t i = first; i < end; i++) {
        s->labels[i] = (int16_t)(i % s->settings->classes);
        fal_synth_scene(s->settings, s->test, i, s->labels[i], scratch, s->images + i * bytes);
    }
}

static fal_status draw_split(const fal_synth_settings *settings, bool test, int64_t count, uint8_t **images,
                             int16_t **labels)
{
    const size_t bytes = (size_t)settings->side * (size_t)settings->side * 3;
    split s = {.settings = settings, .count = count, .test = test};
    FAL_TRY(fal_alloc(images, (size_t)count, bytes, "synthetic images"));
    FAL_TRY(fal_alloc(labels, (size_t)count, sizeof **labels, "synthetic labels"));
    FAL_TRY(fal_alloc(&s.scratch, 2 * bytes * (size_t)fal_parallel_threads(), sizeof *s.scratch, "synthetic images"));
    s.images = *images;
    s.labels = *labels;
    fal_parallel_for((int)((count + IMAGES_PER_PIECE - 1) / IMAGES_PER_PIECE), draw_piece, &s);
    fal_free(s.scratch);
    return FAL_OK;
}

static fal_status check(const fal_synth_settings *settings)
{
    if (settings->classes < 2 || settings->classes > FAL_SYNTH_CLASSES) {
        return fal_fail(FAL_ERR_USAGE, "synthetic data: %d classes: choose 2 to %d", settings->classes,
                        FAL_SYNTH_CLASSES);
    }
    if (settings->side < FAL_SYNTH_SIDE_MIN || settings->side > FAL_SYNTH_SIDE_MAX) {
        return fal_fail(FAL_ERR_USAGE, "synthetic data: images of %d pixels a side: choose %d to %d", settings->side,
                        FAL_SYNTH_SIDE_MIN, FAL_SYNTH_SIDE_MAX);
    }
    if (settings->scenes < 1 || settings->scenes > FAL_SYNTH_SCENES_MAX) {
        return fal_fail(FAL_ERR_USAGE, "synthetic data: %d scenes per class: choose 1 to %d", settings->scenes,
                        FAL_SYNTH_SCENES_MAX);
    }
    if (settings->n_train < settings->classes || settings->n_test < settings->classes ||
        settings->n_train > FAL_IMAGES_MAX || settings->n_test > FAL_IMAGES_MAX) {
        return fal_fail(FAL_ERR_USAGE,
                        "synthetic data: %lld training and %lld test images: choose %d (one per class) to %d each",
                        (long long)settings->n_train, (long long)settings->n_test, settings->classes, FAL_IMAGES_MAX);
    }
    return FAL_OK;
}

fal_status fal_synth_make(const fal_synth_settings *settings, fal_dataset_parts *parts)
{
    FAL_TRY(check(settings));
    memset(parts, 0, sizeof *parts);
    (void)fal_text_copy(parts->name, sizeof parts->name, "synth");
    (void)snprintf(parts->source, sizeof parts->source,
                   "drawn by fal_data synth: seed %llu, %lld + %lld images, %d x %d",
                   (unsigned long long)settings->seed, (long long)settings->n_train, (long long)settings->n_test,
                   settings->side, settings->side);
    (void)fal_text_copy(parts->license, sizeof parts->license, "CC0");
    parts->h = settings->side;
    parts->w = settings->side;
    parts->c = 3;
    parts->classes = settings->classes;
    parts->flip = true; /* every object may be mirrored */
    for (int channel = 0; channel < 3; channel++) {
        parts->mean[channel] = 0.5F;
        parts->std[channel] = 0.25F;
    }
    for (int c = 0; c < settings->classes; c++) {
        (void)fal_text_copy(parts->class_names[c], FAL_NAME_MAX, fal_synth_shape_name(c));
    }
    parts->n_train = settings->n_train;
    parts->n_test = settings->n_test;
    fal_status status = draw_split(settings, false, settings->n_train, &parts->train_images, &parts->train_labels);
    if (status == FAL_OK) {
        status = draw_split(settings, true, settings->n_test, &parts->test_images, &parts->test_labels);
    }
    if (status != FAL_OK) {
        fal_dataset_parts_destroy(parts);
    }
    return status;
}
