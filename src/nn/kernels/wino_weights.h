/* Weights into Winograd's positions, and the gradient of the positions back to the weights. */
#ifndef FAL_NN_KERNELS_WINO_WEIGHTS_H
#define FAL_NN_KERNELS_WINO_WEIGHTS_H

#include "wino_layer.h"

/** A block of weights as a matrix: rows k (what products sum over), columns n. Forward k is the input channel,
 *  transposed (for dV = Z U') the output channel. */
typedef struct {
    bool transposed;
    int k0, k, n0, n;
    const float *factor; /* [co] columns are multiplied by, or NULL */
} weights_block;

/* Rows first .. first + count - 1 of a block's positions, in panels, to u. Lanes are columns; a gather per tap serves
 * as the transposition, which costs less than an ordered copy of all weights. */
static void wino_weights_rows(const wino_layer *wino, const weights_block *block, int first, int count, float *u)
{
    const size_t ci = (size_t)wino->ci, step = wino->u_step;
    const size_t k_step = block->transposed ? ci * 9 : 9, n_step = block->transposed ? 9 : ci * 9;
    const size_t panel = (size_t)gemm_panel(block->n);
    const ivec lanes = i_lanes((int)n_step);
    for (size_t n = 0; n < (size_t)block->n; n += LANES) {
        const float *column = wino->call->weight + ((size_t)block->n0 + n) * n_step;
        const vec factor = block->factor == NULL ? v_set(1.0F) : v_load(block->factor + (size_t)block->n0 + n);
        for (size_t k = (size_t)first; k < (size_t)(first + count); k++) {
            const float *w = column + ((size_t)block->k0 + k) * k_step;
            float *out = u + (n / panel * (size_t)block->k + k) * panel + n % panel;
            six half[3];
            UNROLL
            for (int j = 0; j < 3; j++) {
                half[j] =
                    wino_weight_1d(v_mul(factor, v_gather(w + j, lanes)), v_mul(factor, v_gather(w + j + 3, lanes)),
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
static void weights_unit(void *context, int unit)
{
    const weights_work *work = context;
    const wino_layer *wino = work->wino;
    const int rows = work->transposed ? wino->co : wino->ci, columns = work->transposed ? wino->ci : wino->co;
    const int n_blocks = wino_blocks(columns);
    const int n = unit % n_blocks, first = unit / n_blocks * CHANNEL_PIECE, k = first / CHANNEL_BLOCK;
    const weights_block block = {.transposed = work->transposed,
                                 .k0 = k * CHANNEL_BLOCK,
                                 .k = wino_width(rows, k),
                                 .n0 = n * CHANNEL_BLOCK,
                                 .n = wino_width(columns, n),
                                 .factor = work->factor};
    wino_weights_rows(wino, &block, first - block.k0, CHANNEL_PIECE,
                      work->u + (size_t)(k * n_blocks + n) * wino_pair_floats(wino));
}

/* All pairs of blocks to u: [k block][n block]. */
static void wino_weights(const wino_layer *wino, bool transposed, const float *factor, float *u)
{
    weights_work work = {.wino = wino, .transposed = transposed, .factor = factor, .u = u};
    const int rows = transposed ? wino->co : wino->ci, columns = transposed ? wino->ci : wino->co;
    fal_parallel_for(rows / CHANNEL_PIECE * wino_blocks(columns), weights_unit, &work);
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
                    v_store(block[3 * row + column], out[column]);
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
static void weights_gradient_unit(void *context, int unit)
{
    const weights_work *work = context;
    const wino_layer *wino = work->wino;
    const int blocks = wino_blocks(wino->ci), i = unit % blocks;
    const int o = unit / blocks * CHANNEL_PIECE, b = o / CHANNEL_BLOCK, n = wino_width(wino->ci, i);
    const float *sums =
        work->u + (size_t)(b * blocks + i) * wino_pair_floats(wino) + (size_t)(o - b * CHANNEL_BLOCK) * (size_t)n;
    wino_weights_gradient_rows(wino, o, CHANNEL_PIECE, i * CHANNEL_BLOCK, n, sums, work->pieces,
                               wino->pairs * wino_pair_floats(wino));
}

static void wino_weights_gradient(const wino_layer *wino, int pieces)
{
    weights_work work = {.wino = wino, .u = wino->scratch.piece_sums, .pieces = pieces};
    fal_parallel_for(wino->co / CHANNEL_PIECE * wino_blocks(wino->ci), weights_gradient_unit, &work);
}

#endif
