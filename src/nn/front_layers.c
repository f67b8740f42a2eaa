/* How many layers see a few images at a time, and how many images. */
#include "front_layers.h"

#include <stddef.h>

/* Bytes of a batch's map that are too many for the cache, and of a layer's two maps that are not. Measured with
 * mobilenet: 2 MiB and 4 MiB are slower by 1 to 3 % of the front layers. */
enum { FRONT_MAP = 6 << 20, FRONT_MAPS = 3 << 20 };

static size_t map_bytes(int h, int w, int c) { return (size_t)h * (size_t)w * (size_t)c * sizeof(float); }

/* All up to the one that reads the last large map. */
static int up_to_large(const fal_model *model, const bool *any_batch, int batch)
{
    int layers = 0;
    for (int l = 0; l + 1 < model->layer_count && any_batch[l] && any_batch[l + 1]; l++) {
        const fal_layer *layer = &model->layers[l];
        if ((size_t)batch * map_bytes(layer->ho, layer->wo, layer->co) >= FRONT_MAP) {
            layers = l + 2;
        }
    }
    return layers;
}

int fal_front_layers_plan(const fal_model *model, const bool *any_batch, int batch, int threads, int *images_at_once)
{
    const int layers = up_to_large(model, any_batch, batch);
    size_t most = 1;
    *images_at_once = batch;
    for (int l = 0; l < layers; l++) {
        const fal_layer *layer = &model->layers[l];
        const size_t maps = map_bytes(layer->h, layer->w, layer->ci) + map_bytes(layer->ho, layer->wo, layer->co);
        most = maps > most ? maps : most;
    }
    for (int l = layers; l < model->layer_count; l++) {
        const fal_layer *layer = &model->layers[l];
        if (layer->input + 1 < layers || (layer->residual >= 0 && layer->residual + 1 < layers)) {
            return 0;
        }
    }
    const size_t fit = FRONT_MAPS * (size_t)threads / most;
    const int at_once = fit < 1 ? 1 : fit > (size_t)batch ? batch : (int)fit, times = (batch + at_once - 1) / at_once;
    *images_at_once = (batch + times - 1) / times;
    return layers;
}
