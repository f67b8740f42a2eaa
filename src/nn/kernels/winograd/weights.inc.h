/* Weights into Winograd's positions, and the gradient of the positions back to the weights. */
#ifndef FAL_NN_KERNELS_WINOGRAD_WEIGHTS_INC_H
#define FAL_NN_KERNELS_WINOGRAD_WEIGHTS_INC_H

#include "powers.inc.h"

/** A block of weights as a matrix: rows k (what products sum over), columns n. Forward k is the input channel,
 *  transposed (for dV = Z U') the output channel. */
typedef struct {
    bool transposed;
    int k0, k, n0, n;
    const float *factor; /* forward: [co] columns are multiplied by, or NULL */
} weights_block;

/* One row and vector of columns, whose taps lie at w[lanes]: 36 positions at out, step apart. A gather per tap serves
 * as the transposition. */
INLINE void weights_vector(const float *w, ivec lanes, vec factor, float *out, size_t step)
{
    six half[3];
    UNROLL
    for (int j = 0; j < 3; j++) {
        half[j] = wino_weight_1d(v_mul(factor, v_gather(w + j, lanes)), v_mul(factor, v_gather(w + j + 3, lanes)),
                                 v_mul(factor, v_gather(w + j + 6, lanes)));
    }
    UNROLL
    for (int i = 0; i < 6; i++) {
        const six full = wino_weight_1d(half[0].at[i], half[1].at[i], half[2].at[i]);
        UNROLL
        for (int j = 0; j < 6; j++) {
            v_store(out + (size_t)(6 * i + j) * step, full.at[j]);
        }
    }
}

/* Where row k, column n of a block lies in a position of u. */
INLINE size_t weights_offset(const weights_block *block, int k, int n)
{
    const int panel = simd_panel(block->n, SIMD_PANEL);
    return (size_t)((n / panel * block->k + k) * panel + n % panel);
}

/* What row k is multiplied by, columns from n on. */
INLINE vec weights_factor(const wino_layer *wino, const weights_block *block, int k, int n)
{
    const vec factor = block->factor == NULL ? v_set(1.0F) : v_load(block->factor + block->n0 + n);
    return v_mul(factor, wino_power_weight(wino, block->transposed, block->k0 + k, block->n0 + n));
}

/* Products in pairs: the own pairs of a block's columns behind each of `positions` positions from `first` on. */
static void wino_weights_own(const wino_layer *wino, int k, int n, int first, int positions, float *u)
{
    const int panel = simd_panel(n, SIMD_PANEL);
    for (int p = first; PAIRS && p < first + positions; p++) {
        float *at = u + (size_t)p * wino->u_step;
        for (int j = 0; j < n; j += panel) {
            pairs_own_columns(at + j * k, (size_t)panel, k, panel, at + n * k + j);
        }
    }
}

/* Rows first .. first + count - 1 of a block's positions, in panels, to u; count is a multiple of CHANNELS_LEAST. Both
 * orders read the weights as they lie. Forward the lanes are filters, ci x 9 floats apart, which for 512 channels all
 * fall into two L1 sets: some of each are copied to where the gathers find them side by side. */
static void wino_weights_rows(const wino_layer *wino, const weights_block *block, int first, int count, float *u)
{
    enum { COPIED = CHANNELS_LEAST * 9, APART = COPIED + 1 };
    const size_t filter = (size_t)wino->ci * 9;
    const float *weight = wino->call->weight;
    float near[LANES * APART];
    for (int k = first; block->transposed && k < first + count; k++) {
        const float *w = weight + (size_t)(block->k0 + k) * filter + (size_t)block->n0 * 9;
        for (int n = 0; n < block->n; n += LANES) {
            weights_vector(w + n * 9, i_lanes(9), weights_factor(wino, block, k, n), u + weights_offset(block, k, n),
                           wino->u_step);
        }
    }
    for (int n = 0; !block->transposed && n < block->n; n += LANES) {
        for (int row = first; row < first + count; row += CHANNELS_LEAST) {
            for (int lane = 0; lane < LANES; lane++) {
                memcpy(near + lane * APART,
                       weight + (size_t)(block->n0 + n + lane) * filter + (size_t)(block->k0 + row) * 9,
                       COPIED * sizeof(float));
            }
            for (int k = 0; k < CHANNELS_LEAST; k++) {
                weights_vector(near + k * 9, i_lanes(APART), weights_factor(wino, block, row + k, n),
                               u + weights_offset(block, row + k, n), wino->u_step);
            }
        }
    }
}

typedef struct {
    const wino_layer *wino;
    bool transposed;
    const float *factor;
    float *u; /* all pairs */
    int pieces;
} weights_work;

/* Some rows of one pair. */
static void weights_item(void *context, int item)
{
    const weights_work *work = context;
    const wino_layer *wino = work->wino;
    const int rows = work->transposed ? wino->co : wino->ci, columns = work->transposed ? wino->ci : wino->co;
    const int n_blocks = wino_blocks(columns);
    const int n = item % n_blocks, first = item / n_blocks * CHANNELS_LEAST, k = first / CHANNEL_BLOCK;
    const weights_block block = {.transposed = work->transposed,
                                 .k0 = k * CHANNEL_BLOCK,
                                 .k = wino_width(rows, k),
                                 .n0 = n * CHANNEL_BLOCK,
                                 .n = wino_width(columns, n),
                                 .factor = work->factor};
    wino_weights_rows(wino, &block, first - block.k0, CHANNELS_LEAST,
                      work->u + (size_t)(k * n_blocks + n) * wino_block_pair_floats(wino));
}

enum { OWN_POSITIONS = 6 }; /* of an item */

static void weights_own_item(void *context, int item)
{
    const weights_work *work = context;
    const wino_layer *wino = work->wino;
    const int n_blocks = wino_blocks(wino->co), pair = item / (WINO_POSITIONS / OWN_POSITIONS);
    wino_weights_own(wino, wino_width(wino->ci, pair / n_blocks), wino_width(wino->co, pair % n_blocks),
                     item % (WINO_POSITIONS / OWN_POSITIONS) * OWN_POSITIONS, OWN_POSITIONS,
                     work->u + (size_t)pair * wino_block_pair_floats(wino));
}

/* All pairs of blocks to u: [k block][n block]. */
static void wino_weights(const wino_layer *wino, bool transposed, const float *factor, float *u)
{
    weights_work work = {.wino = wino, .transposed = transposed, .factor = factor, .u = u};
    const int rows = transposed ? wino->co : wino->ci, columns = transposed ? wino->ci : wino->co;
    fal_parallel_for(rows / CHANNELS_LEAST * wino_blocks(columns), weights_item, &work);
    if (PAIRS && !transposed) {
        fal_parallel_for((int)wino->block_pairs * (WINO_POSITIONS / OWN_POSITIONS), weights_own_item, &work);
    }
}

/* Gradient of `count` filters from o0 on and the n input channels from i0 on: sums [36][count][n] of Z' V, the pieces'
 * added in order, back to 3x3 and into PyTorch's order. */
static void wino_weights_gradient_rows(const wino_layer *wino, int o0, int count, int i0, int n, const float *sums,
                                       int pieces, size_t piece_floats)
{
    const size_t step = wino->u_step;
    _Alignas(64) float block[9][LANES];
    for (int o = 0; o < count; o++) {
        for (int i = 0; i < n; i += LANES) {
            const float *at = sums + (size_t)o * (size_t)n + (size_t)i;
            const vec back = wino_power_dweight(wino, o0 + o, i0 + i);
            vec half[3][6];
            UNROLL
            for (size_t column = 0; column < 6; column++) {
                vec sum[6], out[3];
                UNROLL
                for (size_t row = 0; row < 6; row++) {
                    const float *from = at + (6 * row + column) * step;
                    sum[row] = v_load(from);
                    for (int p = 1; p < pieces; p++) {
                        sum[row] = v_add(sum[row], v_load(from + (size_t)p * piece_floats));
                    }
                }
                wino_weight_adjoint_1d(sum, out);
                UNROLL
                for (int row = 0; row < 3; row++) {
                    half[row][column] = out[row];
                }
            }
            UNROLL
            for (int row = 0; row < 3; row++) {
                vec out[3];
                wino_weight_adjoint_1d(half[row], out);
                UNROLL
                for (int column = 0; column < 3; column++) {
                    v_store(block[3 * row + column], wino_sized(out[column], back));
                }
            }
            float *w = wino->call->dweight + ((size_t)(o0 + o) * (size_t)wino->ci + (size_t)(i0 + i)) * 9;
            for (int lane = 0; lane < LANES; lane++) {
                for (int tap = 0; tap < 9; tap++) {
                    w[lane * 9 + tap] = block[tap][lane];
                }
            }
        }
    }
}

/* By tiles: some filters of one pair. */
static void weights_gradient_item(void *context, int item)
{
    const weights_work *work = context;
    const wino_layer *wino = work->wino;
    const int blocks = wino_blocks(wino->ci), i = item % blocks;
    const int o = item / blocks * CHANNELS_LEAST, b = o / CHANNEL_BLOCK, n = wino_width(wino->ci, i);
    const float *sums =
        work->u + (size_t)(b * blocks + i) * wino_block_pair_floats(wino) + (size_t)(o - b * CHANNEL_BLOCK) * (size_t)n;
    wino_weights_gradient_rows(wino, o, CHANNELS_LEAST, i * CHANNEL_BLOCK, n, sums, work->pieces,
                               wino->block_pairs * wino_block_pair_floats(wino));
}

static void wino_weights_gradient(const wino_layer *wino, int pieces)
{
    weights_work work = {.wino = wino, .u = wino->scratch.piece_sums, .pieces = pieces};
    fal_parallel_for(wino->co / CHANNELS_LEAST * wino_blocks(wino->ci), weights_gradient_item, &work);
}

#endif
