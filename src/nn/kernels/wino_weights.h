/* Weights into Winograd's positions, and the gradient of the positions back to the weights. */
#ifndef FAL_NN_KERNELS_WINO_WEIGHTS_H
#define FAL_NN_KERNELS_WINO_WEIGHTS_H

#include "wino_layer.h"

typedef struct {
    wino_layer *wino;
    const float *factor; /* [co] each filter is multiplied by, or NULL */
    float *by_tap;       /* [9][ci][co] */
    float *by_tap_t;     /* [9][co][ci], NULL: not wanted */
} weight_work;

/* Both orders of the weights for a piece of the output channels. */
static void weights_by_tap(void *context, int piece)
{
    const weight_work *work = context;
    const size_t ci = (size_t)work->wino->ci, co = (size_t)work->wino->co;
    const size_t first = (size_t)piece * CHANNEL_PIECE;
    for (size_t o = first; o < first + CHANNEL_PIECE; o++) {
        const float *w = work->wino->call->weight + o * ci * 9;
        const float factor = work->factor == NULL ? 1.0F : work->factor[o];
        for (size_t tap = 0; tap < 9; tap++) {
            float *out = work->by_tap + tap * ci * co + o;
            for (size_t i = 0; i < ci; i++) {
                out[i * co] = factor * w[i * 9 + tap];
            }
            if (work->by_tap_t != NULL) {
                float *out_t = work->by_tap_t + (tap * co + o) * ci;
                for (size_t i = 0; i < ci; i++) {
                    out_t[i] = w[i * 9 + tap];
                }
            }
        }
    }
}

/* Row `k` of all positions of u from by_tap [9][k][n], n columns in panels. */
INLINE void weights_row(const float *by_tap, size_t rows, size_t n, size_t k, float *u, size_t u_step)
{
    const size_t panel = (size_t)gemm_panel((int)n);
    for (size_t j = 0; j < n; j += LANES) {
        float *out = u + (j / panel * rows + k) * panel + j % panel;
        six half[3];
        UNROLL
        for (int column = 0; column < 3; column++) {
            const float *w = by_tap + ((size_t)column * rows + k) * n + j;
            half[column] = wino_weight_1d(v_load(w), v_load(w + 3 * rows * n), v_load(w + 6 * rows * n));
        }
        UNROLL
        for (int i = 0; i < 6; i++) {
            const six full = wino_weight_1d(half[0].at[i], half[1].at[i], half[2].at[i]);
            UNROLL
            for (int column = 0; column < 6; column++) {
                v_store(out + (size_t)(6 * i + column) * u_step, full.at[column]);
            }
        }
    }
}

static void weights_transform(void *context, int piece)
{
    const weight_work *work = context;
    wino_layer *wino = work->wino;
    const int forward = wino->ci / CHANNEL_PIECE;
    const bool transposed = piece >= forward;
    const size_t first = (size_t)(transposed ? piece - forward : piece) * CHANNEL_PIECE;
    for (size_t k = first; k < first + CHANNEL_PIECE; k++) {
        if (transposed) {
            weights_row(work->by_tap_t, (size_t)wino->co, (size_t)wino->ci, k, wino->state.ut, wino->u_step);
        } else {
            weights_row(work->by_tap, (size_t)wino->ci, (size_t)wino->co, k, wino->state.u, wino->u_step);
        }
    }
}

/* u (and in training ut) of the call's weights, times factor per output channel. */
static void wino_weights(wino_layer *wino, const float *factor, bool transposed)
{
    float *by_tap = wino->workspace + (size_t)wino->call->use->threads * wino->thread_floats;
    const size_t count = 9 * (size_t)wino->ci * (size_t)wino->co;
    weight_work work = {wino, factor, by_tap, transposed ? by_tap + count : NULL};
    fal_parallel_for(wino->co / CHANNEL_PIECE, weights_by_tap, &work);
    fal_parallel_for((wino->ci + (transposed ? wino->co : 0)) / CHANNEL_PIECE, weights_transform, &work);
}

typedef struct {
    wino_layer *wino;
    int pieces;
} gradient_work;

/* Adds the pieces' sums in order, transforms them to 3x3 and puts them into PyTorch's order. */
static void weights_gradient_piece(void *context, int piece)
{
    const gradient_work *work = context;
    const wino_layer *wino = work->wino;
    const size_t ci = (size_t)wino->ci, co = (size_t)wino->co;
    const size_t first = (size_t)piece * CHANNEL_PIECE;
    const size_t piece_floats = WINO_POSITIONS * wino->u_step;
    _Alignas(64) float block[9][LANES];
    for (size_t i = first; i < first + CHANNEL_PIECE; i++) {
        for (size_t o = 0; o < co; o += LANES) {
            const float *sums = wino->state.piece_sums + i * co + o;
            vec half[3][6];
            UNROLL
            for (size_t column = 0; column < 6; column++) {
                vec sum[6], out[3];
                UNROLL
                for (size_t row = 0; row < 6; row++) {
                    sum[row] = v_load(sums + (6 * row + column) * wino->u_step);
                    for (int p = 1; p < work->pieces; p++) {
                        sum[row] = v_add(sum[row],
                                         v_load(sums + (size_t)p * piece_floats + (6 * row + column) * wino->u_step));
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
            for (size_t lane = 0; lane < LANES; lane++) {
                float *w = wino->call->dweight + ((o + lane) * ci + i) * 9;
                for (int tap = 0; tap < 9; tap++) {
                    w[tap] = block[tap][lane];
                }
            }
        }
    }
}

static void wino_weights_gradient(wino_layer *wino, int pieces)
{
    gradient_work work = {wino, pieces};
    fal_parallel_for(wino->ci / CHANNEL_PIECE, weights_gradient_piece, &work);
}

#endif
