/* The forward half of a unit, and where everything lies.
 *
 * Training takes two passes over z for the variance (E[z^2] - E[z]^2 would cancel for channels whose mean is large
 * against their spread), and normalises in double for the same reason: it is the exact and slow way on purpose. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"

#include "plain_internal.h"

fal_plain_place fal_plain_place_of(const fal_layer *layer, const fal_kernel_use *use, const fal_plain_product *product,
                                   void *state, void *scratch)
{
    fal_plain_place place = {.pixels = (size_t)layer->hc * (size_t)layer->wc};
    const size_t co = (size_t)layer->co;
    const size_t batch = (size_t)use->batch;
    place.z_image = place.pixels * co;
    place.y_image = (size_t)layer->ho * (size_t)layer->wo * co;
    place.weights = (size_t)(layer->kernel * layer->kernel) * (size_t)(layer->ci / layer->groups) * co;
    size_t used = 0;
    place.weight = fal_kernels_take(state, &used, place.weights * sizeof(float));
    place.mean = fal_kernels_take(state, &used, co * sizeof(double));
    place.inverse = fal_kernels_take(state, &used, co * sizeof(double));
    place.scale = fal_kernels_take(state, &used, co * sizeof(double));
    if (use->training) {
        place.z = fal_kernels_take(state, &used, batch * place.z_image * sizeof(float));
        place.position = fal_kernels_take(state, &used, layer->max_pool ? batch * place.y_image : 0);
    }
    place.state_bytes = used;
    used = 0;
    if (use->training) {
        place.sums = fal_kernels_take(scratch, &used, FAL_PIECES * 2 * co * sizeof(double));
        const size_t element = product->sums_in_double ? sizeof(double) : sizeof(float);
        place.gradient = fal_kernels_take(scratch, &used, FAL_PIECES * fal_arena_round(place.weights * element));
    }
    place.thread_buffer = fal_arena_round(place.z_image * sizeof(float));
    const size_t buffer = product->buffer_bytes(layer);
    const size_t one_pixel = co * sizeof(float);
    place.thread_bytes = place.thread_buffer + fal_arena_round(buffer > one_pixel ? buffer : one_pixel);
    place.threads = fal_kernels_take(scratch, &used, (size_t)use->threads * place.thread_bytes);
    place.scratch_bytes = used;
    return place;
}

fal_plain_place fal_plain_place_call(const fal_conv_call *call, const fal_plain_product *product)
{
    return fal_plain_place_of(call->layer, call->use, product, call->state, call->scratch);
}

float *fal_plain_thread_image(const fal_plain_work *work)
{
    return fal_kernels_thread(work->place.threads, work->place.thread_bytes, work->call->use);
}

void *fal_plain_thread_buffer(const fal_plain_work *work)
{
    return (unsigned char *)fal_plain_thread_image(work) + work->place.thread_buffer;
}

fal_kernel_bytes fal_plain_plan(const fal_layer *layer, const fal_kernel_use *use, const fal_plain_product *product)
{
    const fal_plain_place place = fal_plain_place_of(layer, use, product, NULL, NULL);
    return (fal_kernel_bytes){.state = place.state_bytes, .scratch = place.scratch_bytes};
}

/* [co][ci / groups][kh][kw] -> [kh][kw][ci / groups][co] */
static void turn_weights(const fal_conv_call *call, float *turned)
{
    const size_t taps = (size_t)(call->layer->kernel * call->layer->kernel);
    const size_t ci = (size_t)(call->layer->ci / call->layer->groups);
    const size_t co = (size_t)call->layer->co;
    for (size_t o = 0; o < co; o++) {
        for (size_t i = 0; i < ci; i++) {
            for (size_t tap = 0; tap < taps; tap++) {
                turned[(tap * ci + i) * co + o] = call->weight[(o * ci + i) * taps + tap];
            }
        }
    }
}

static void convolve_image(void *context, int k)
{
    const fal_plain_work *work = context;
    work->product->forward(work->call->layer, work->place.weight, &work->call->x, k,
                           work->place.z + (size_t)k * work->place.z_image, fal_plain_thread_buffer(work));
}

/* Sums over a piece: of z, or of (z - mean)^2 once the mean is known. */
static void sum_piece(const fal_plain_work *work, int piece, bool squares)
{
    const int n = work->call->n;
    const size_t co = (size_t)work->call->layer->co;
    const double *mean = work->place.mean;
    double *sum = work->place.sums + (size_t)piece * co;
    memset(sum, 0, co * sizeof *sum);
    const float *z = work->place.z + (size_t)fal_kernels_piece_first(n, piece) * work->place.z_image;
    const float *end = work->place.z + (size_t)fal_kernels_piece_first(n, piece + 1) * work->place.z_image;
    for (; z < end; z += co) {
        if (squares) {
#pragma omp simd
            for (size_t c = 0; c < co; c++) {
                const double apart = (double)z[c] - mean[c];
                sum[c] += apart * apart;
            }
        } else {
#pragma omp simd
            for (size_t c = 0; c < co; c++) {
                sum[c] += (double)z[c];
            }
        }
    }
}

static void sum_piece_z(void *context, int piece) { sum_piece(context, piece, false); }

static void sum_piece_squares(void *context, int piece) { sum_piece(context, piece, true); }

static double sum_of_pieces(const fal_plain_work *work, size_t channel)
{
    const int pieces = fal_kernels_pieces(work->call->n);
    double sum = 0.0;
    for (int piece = 0; piece < pieces; piece++) {
        sum += work->place.sums[(size_t)piece * (size_t)work->call->layer->co + channel];
    }
    return sum;
}

static void batch_statistics(fal_plain_work *work)
{
    const fal_conv_call *call = work->call;
    const fal_plain_place *place = &work->place;
    const int pieces = fal_kernels_pieces(call->n);
    const size_t co = (size_t)call->layer->co;
    const double count = (double)call->n * (double)place->pixels;
    fal_parallel_for(pieces, sum_piece_z, work);
    for (size_t c = 0; c < co; c++) {
        place->mean[c] = sum_of_pieces(work, c) / count;
    }
    fal_parallel_for(pieces, sum_piece_squares, work);
    for (size_t c = 0; c < co; c++) {
        const double squares = sum_of_pieces(work, c);
        const double bias = call->bias == NULL ? 0.0 : (double)call->bias[c];
        const double unbiased = squares / (count > 1.0 ? count - 1.0 : 1.0);
        place->inverse[c] = 1.0 / sqrt(squares / count + FAL_BN_EPS);
        place->scale[c] = (double)call->gamma[c] * place->inverse[c];
        call->mean[c] =
            (float)((1.0 - FAL_BN_MOMENTUM) * (double)call->mean[c] + FAL_BN_MOMENTUM * (place->mean[c] + bias));
        call->var[c] = (float)((1.0 - FAL_BN_MOMENTUM) * (double)call->var[c] + FAL_BN_MOMENTUM * unbiased);
    }
}

/* BN, residual and ReLU of one pixel. */
static void finish_pixel(const fal_plain_work *work, const float *z, const float *residual, float *y)
{
    const fal_layer *layer = work->call->layer;
    const double *mean = work->place.mean;
    const double *scale = work->place.scale;
    const float *beta = work->call->beta;
    const int co = layer->co;
#pragma omp simd
    for (int c = 0; c < co; c++) {
        y[c] = (float)(((double)z[c] - mean[c]) * scale[c] + (double)beta[c]);
    }
    if (residual != NULL) {
        for (int c = 0; c < co; c++) {
            y[c] += residual[c];
        }
    }
    if (layer->relu) {
        for (int c = 0; c < co; c++) {
            y[c] = y[c] <= 0.0F ? 0.0F : y[c]; /* a NaN stays */
        }
    }
}

/* The larger of two candidates, the earlier one if equal; a NaN wins and stays, as in PyTorch. */
static void pool_pixel(const float *candidate, int which, int co, float *best, uint8_t *position)
{
    for (int c = 0; c < co; c++) {
        const bool wins = which == 0 || candidate[c] > best[c] || (candidate[c] != candidate[c]);
        best[c] = wins ? candidate[c] : best[c];
        if (position != NULL) {
            position[c] = wins ? (uint8_t)which : position[c];
        }
    }
}

/* From z of image k to y; `one` is room for one pixel. */
static void finish_image(const fal_plain_work *work, int k, const float *z, float *one)
{
    const fal_conv_call *call = work->call;
    const fal_layer *layer = call->layer;
    const size_t co = (size_t)layer->co;
    for (int i = 0; i < layer->ho; i++) {
        for (int j = 0; j < layer->wo; j++) {
            float *y = fal_map_pixel(&call->y, k, i, j);
            if (!layer->max_pool) {
                const float *residual = call->residual.at == NULL ? NULL : fal_map_pixel(&call->residual, k, i, j);
                finish_pixel(work, z + (size_t)(i * layer->wc + j) * co, residual, y);
                continue;
            }
            uint8_t *position = work->place.position;
            if (position != NULL) {
                position += (size_t)k * work->place.y_image + (size_t)(i * layer->wo + j) * co;
            }
            for (int which = 0; which < 4; which++) {
                const int pixel = (2 * i + which / 2) * layer->wc + 2 * j + which % 2;
                finish_pixel(work, z + (size_t)pixel * co, NULL, one);
                pool_pixel(one, which, layer->co, y, position);
            }
        }
    }
}

static void finish_image_train(void *context, int k)
{
    const fal_plain_work *work = context;
    /* The thread's image is free here. */
    finish_image(work, k, work->place.z + (size_t)k * work->place.z_image, fal_plain_thread_image(work));
}

void fal_plain_forward_train(const fal_conv_call *call, const fal_plain_product *product)
{
    fal_plain_work work = {.call = call, .product = product, .place = fal_plain_place_call(call, product)};
    FAL_ASSERT(!call->layer->max_pool || call->residual.at == NULL);
    turn_weights(call, work.place.weight);
    fal_parallel_for(call->n, convolve_image, &work);
    batch_statistics(&work);
    fal_parallel_for(call->n, finish_image_train, &work);
}

void fal_plain_prepare_infer(const fal_conv_call *call, const fal_plain_product *product)
{
    const fal_plain_place place = fal_plain_place_call(call, product);
    turn_weights(call, place.weight);
    for (int c = 0; c < call->layer->co; c++) {
        const double bias = call->bias == NULL ? 0.0 : (double)call->bias[c];
        place.mean[c] = (double)call->running_mean[c] - bias;
        place.inverse[c] = 1.0 / sqrt((double)call->running_var[c] + FAL_BN_EPS);
        place.scale[c] = (double)call->gamma[c] * place.inverse[c];
    }
}

static void infer_image(void *context, int k)
{
    const fal_plain_work *work = context;
    float *z = fal_plain_thread_image(work);
    float *one = fal_plain_thread_buffer(work); /* free again after the product */
    work->product->forward(work->call->layer, work->place.weight, &work->call->x, k, z, one);
    finish_image(work, k, z, one);
}

void fal_plain_forward_infer(const fal_conv_call *call, const fal_plain_product *product)
{
    fal_plain_work work = {.call = call, .product = product, .place = fal_plain_place_call(call, product)};
    work.place.position = NULL;
    fal_parallel_for(call->n, infer_image, &work);
}
