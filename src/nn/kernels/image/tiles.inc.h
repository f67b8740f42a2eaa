/* The first layer's convolution by Winograd F(4x4), with pooling and ReLU: from an image to the pooled map.
 *
 * With one to four input channels the products are few (108 for 16 outputs of a 3-channel image, against 432 directly),
 * and the transform of the outputs is most of the work. It stays in registers and in a few KiB of stack: LANES output
 * channels of TILES neighbouring tiles at a time. The input transform costs next to nothing: it is done once for all
 * output channels, vectorised over the tiles of a row. For that a row of pixels is split by channel and by column
 * modulo 4: the six columns of a tile's patch are then neighbouring elements of six such rows. */
#ifndef FAL_NN_KERNELS_IMAGE_TILES_INC_H
#define FAL_NN_KERNELS_IMAGE_TILES_INC_H

#include "layer.inc.h"
#include "../winograd/transform.inc.h"

enum { TILES = SIMD_COLUMNS }; /* 6 sums of each: as many registers as a block of a product has */

/* Weights times scale in Winograd's positions, [co / LANES][6 columns][ci][6 rows][LANES]. */
static void image_fold(image_layer *layer, size_t o, double scale)
{
    static const double g[6][3] = {{1, 0, 0},
                                   {WINO_GA, WINO_GA * WINO_A, WINO_GA * WINO_A2},
                                   {WINO_GA, -WINO_GA * WINO_A, WINO_GA * WINO_A2},
                                   {WINO_GB, WINO_GB * WINO_B, WINO_GB * WINO_B2},
                                   {WINO_GB, -WINO_GB * WINO_B, WINO_GB * WINO_B2},
                                   {0, 0, 1}};
    const size_t ci = (size_t)layer->ci;
    float *out = layer->state.folded + o / LANES * LANES * WINO_POSITIONS * ci + o % LANES;
    for (size_t c = 0; c < ci; c++) {
        const float *w = layer->call->weight + (o * ci + c) * 9;
        for (size_t i = 0; i < 6; i++) {
            double row[3];
            for (size_t v = 0; v < 3; v++) {
                row[v] = scale * (g[i][0] * (double)w[v] + g[i][1] * (double)w[3 + v] + g[i][2] * (double)w[6 + v]);
            }
            for (size_t j = 0; j < 6; j++) {
                out[((j * ci + c) * 6 + i) * LANES] = (float)(row[0] * g[j][0] + row[1] * g[j][1] + row[2] * g[j][2]);
            }
        }
    }
}

/* The image with a border of zeros, each row as [ci][4][tiles + 1]: column 4 q + s of the bordered image at [s][q]. */
INLINE void image_phases(const image_layer *layer, int image, float *phases, const size_t ci)
{
    const size_t quarter = (size_t)layer->tw + 1;
    const float *x = image_pixels(layer, image);
    memset(phases, 0, layer->phases * sizeof *phases);
    for (int i = 0; i < layer->h; i++) {
        float *row = phases + (size_t)(i + 1) * layer->phase_row;
        for (size_t j = 1; j <= (size_t)layer->w; j++) {
            float *out = row + j % 4 * quarter + j / 4;
            UNROLL
            for (size_t c = 0; c < ci; c++) {
                out[4 * c * quarter] = *x++;
            }
        }
    }
}

/* V of the tiles of row i, LANES of them together: [tiles / LANES][6 columns][ci][6 rows][LANES], as the weights are;
 * half: room for 6 rows. */
INLINE void image_transform_row(const image_layer *layer, const float *phases, int i, float *half, float *v,
                                const size_t ci)
{
    const size_t row = layer->phase_row, quarter = (size_t)layer->tw + 1;
    const float *x = phases + (size_t)(WINO_TILE * i) * row;
    for (size_t e = 0; e < row; e += LANES) {
        const six out = wino_input_1d(v_load(x + e), v_load(x + row + e), v_load(x + 2 * row + e),
                                      v_load(x + 3 * row + e), v_load(x + 4 * row + e), v_load(x + 5 * row + e));
        UNROLL
        for (int k = 0; k < 6; k++) {
            v_store(half + (size_t)k * row + e, out.at[k]);
        }
    }
    for (size_t q = 0; q < (size_t)layer->tw; q += LANES, v += WINO_POSITIONS * ci * LANES) {
        for (size_t k = 0; k < 6; k++) {
            for (size_t c = 0; c < ci; c++) {
                const float *d = half + k * row + 4 * c * quarter + q;
                const six out = wino_input_1d(v_load(d), v_load(d + quarter), v_load(d + 2 * quarter),
                                              v_load(d + 3 * quarter), v_load(d + 1), v_load(d + quarter + 1));
                UNROLL
                for (size_t j = 0; j < 6; j++) {
                    v_store(v + ((j * ci + c) * 6 + k) * LANES, out.at[j]);
                }
            }
        }
    }
}

/* A' M of TILES tiles, M = sum over input channels of V U; one column of positions at a time. */
INLINE void image_products(const float *v, const float *u, const int ci, vec half[TILES][4][6])
{
    for (int j = 0; j < 6; j++) {
        vec sum[TILES][6];
        UNROLL
        for (int t = 0; t < TILES; t++) {
            UNROLL
            for (int i = 0; i < 6; i++) {
                sum[t][i] = v_zero();
            }
        }
        for (int c = 0; c < ci; c++, u += 6 * LANES, v += 6 * LANES) {
            UNROLL
            for (int i = 0; i < 6; i++) {
                vec weight = v_load(u + i * LANES);
                V_IN_REGISTER(weight);
                UNROLL
                for (int t = 0; t < TILES; t++) {
                    sum[t][i] = v_fma(v_set(v[i * LANES + t]), weight, sum[t][i]);
                }
            }
        }
        UNROLL
        for (int t = 0; t < TILES; t++) {
            vec out[4];
            wino_output_1d(sum[t], out);
            UNROLL
            for (int k = 0; k < 4; k++) {
                half[t][k][j] = out[k];
            }
        }
    }
}

/* The largest of a window, and its number 0 to 3: the first of equals. */
INLINE vec image_largest(vec a, vec b, vec c, vec d, ivec *which)
{
    const vec above = v_max(b, a), below = v_max(d, c);
    const ivec low = i_select(v_greater(d, c), i_set(3), i_set(2));
    const ivec high = i_select(v_greater(b, a), i_set(1), i_set(0));
    *which = i_select(v_greater(below, above), low, high);
    return v_max(below, above);
}

/* Pools a tile and writes LANES channels of y and of the positions (not keep: NULL). rows x columns pooled pixels of
 * the tile are inside: pooling drops an odd edge, and the last tile may reach beyond the image. */
INLINE void image_pool(vec half[4][6], vec shift, int rows, int columns, float *y, size_t y_row, size_t co,
                       uint8_t *position, size_t position_row, const bool keep)
{
    vec z[4][4];
    UNROLL
    for (int k = 0; k < 4; k++) {
        wino_output_1d(half[k], z[k]);
    }
    UNROLL
    for (int i = 0; i < 2; i++) {
        UNROLL
        for (int j = 0; j < 2; j++) {
            ivec which;
            const vec best = image_largest(z[2 * i][2 * j], z[2 * i][2 * j + 1], z[2 * i + 1][2 * j],
                                           z[2 * i + 1][2 * j + 1], &which);
            if (i < rows && j < columns) {
                const vec out = v_relu(v_add(best, shift));
                v_store(y + (size_t)i * y_row + (size_t)j * co, out);
                if (keep) {
                    i_store_bytes(position + (size_t)i * position_row + (size_t)j * co,
                                  i_select(v_greater(out, v_zero()), which, i_set(IMAGE_OFF)));
                }
            }
        }
    }
}

/* Tiles (i, q) .. of LANES channels from o on. */
INLINE void image_pool_tiles(const image_layer *layer, int image, int i, int q, size_t o, vec half[TILES][4][6],
                             uint8_t *position, const bool keep)
{
    const size_t co = (size_t)layer->co, y_row = (size_t)layer->call->y.columns * co;
    const vec shift = v_load(layer->state.shift + o);
    const int rows = layer->ho - 2 * i < 2 ? layer->ho - 2 * i : 2;
    float *y = fal_map_pixel(&layer->call->y, image, 2 * i, 2 * q) + o;
    uint8_t *at = !keep ? NULL : position + (size_t)(2 * i * layer->wo + 2 * q) * co + o;
    for (int t = 0; t < TILES && q + t < layer->tw; t++, y += 2 * co, at = keep ? at + 2 * co : NULL) {
        const int columns = layer->wo - 2 * (q + t);
        if (rows == 2 && columns >= 2) {
            image_pool(half[t], shift, 2, 2, y, y_row, co, at, (size_t)layer->wo * co, keep);
        } else {
            image_pool(half[t], shift, rows, columns, y, y_row, co, at, (size_t)layer->wo * co, keep);
        }
    }
}

INLINE void image_convolve_row(const image_layer *layer, int image, int i, const float *v, const int ci,
                               uint8_t *position, const bool keep)
{
    for (size_t o = 0; o < (size_t)layer->co; o += LANES) {
        const float *u = layer->state.folded + o * WINO_POSITIONS * (size_t)ci;
        for (int q = 0; q < layer->tw; q += TILES) {
            vec half[TILES][4][6];
            image_products(v + q / LANES * LANES * WINO_POSITIONS * ci + q % LANES, u, ci, half);
            image_pool_tiles(layer, image, i, q, o, half, position, keep);
        }
    }
}

/* keep: training, with the positions of what pooling chose. */
INLINE void image_convolve(const image_layer *layer, int image, const int ci, const bool keep)
{
    float *phases = image_thread(layer), *half = phases + layer->phases, *v = half + 6 * layer->phase_row + 2 * LANES;
    uint8_t *position =
        keep ? layer->state.position + (size_t)image * (size_t)(layer->ho * layer->wo * layer->co) : NULL;
    image_phases(layer, image, phases, (size_t)ci);
    for (int i = 0; i < layer->th; i++) {
        image_transform_row(layer, phases, i, half, v, (size_t)ci);
        image_convolve_row(layer, image, i, v, ci, position, keep);
    }
}

#endif
