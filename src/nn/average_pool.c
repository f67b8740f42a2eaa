/* Average pooling; sums in double, in row order. Pixels that no window covers get no gradient. */
#include "average_pool.h"

static int window_h(const fal_layer *layer) { return layer->pool == 0 ? layer->h : layer->pool; }

static int window_w(const fal_layer *layer) { return layer->pool == 0 ? layer->w : layer->pool; }

void fal_average_pool_forward(const fal_layer *layer, int n, const fal_map *x, const fal_map *y)
{
    const int h = window_h(layer);
    const int w = window_w(layer);
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < layer->ho; i++) {
            for (int j = 0; j < layer->wo; j++) {
                float *to = fal_map_pixel(y, k, i, j);
                for (int c = 0; c < layer->co; c++) {
                    double sum = 0.0;
                    for (int e = 0; e < h * w; e++) {
                        sum += (double)fal_map_pixel(x, k, i * h + e / w, j * w + e % w)[c];
                    }
                    to[c] = (float)(sum / (h * w));
                }
            }
        }
    }
}

void fal_average_pool_backward(const fal_layer *layer, int n, const fal_map *dy, const fal_map *dx, bool add)
{
    const int h = window_h(layer);
    const int w = window_w(layer);
    const float share = 1.0F / (float)(h * w);
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < layer->h; i++) {
            for (int j = 0; j < layer->w; j++) {
                const bool covered = i / h < layer->ho && j / w < layer->wo;
                const float *from = covered ? fal_map_pixel(dy, k, i / h, j / w) : NULL;
                float *to = fal_map_pixel(dx, k, i, j);
                for (int c = 0; c < layer->co; c++) {
                    const float g = covered ? from[c] * share : 0.0F;
                    to[c] = add ? to[c] + g : g;
                }
            }
        }
    }
}
