/* The backward half of a unit. With g the gradient that arrives at BN's output (dy where ReLU was active, at the pixel
 * that pooling chose), N values per channel and xhat = (z - mean) / sqrt(var + eps):
 *   dbeta = sum g,  dgamma = sum g xhat,  dz = gamma / sqrt(var + eps) (g - dbeta / N - xhat dgamma / N). */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"

#include "plain_internal.h"

/* No gradient where ReLU was at or below zero; a NaN passes, so that it is noticed. */
static float masked(const fal_layer *layer, float dy, float y) { return layer->relu && y <= 0.0F ? 0.0F : dy; }

/* g of image k, dense [hc][wc][co]. */
static void gather_gradient(const fal_plain_work *work, int k, float *g)
{
    const fal_conv_call *call = work->call;
    const fal_layer *layer = call->layer;
    const size_t co = (size_t)layer->co;
    if (layer->max_pool) {
        memset(g, 0, work->place.z_image * sizeof *g);
    }
    for (int i = 0; i < layer->ho; i++) {
        for (int j = 0; j < layer->wo; j++) {
            const float *dy = fal_map_pixel(&call->dy, k, i, j);
            const float *y = fal_map_pixel(&call->y, k, i, j);
            if (!layer->max_pool) {
                float *to = g + (size_t)(i * layer->wc + j) * co;
                for (size_t c = 0; c < co; c++) {
                    to[c] = masked(layer, dy[c], y[c]);
                }
                continue;
            }
            const uint8_t *position =
                work->place.position + (size_t)k * work->place.y_image + (size_t)(i * layer->wo + j) * co;
            for (size_t c = 0; c < co; c++) {
                const int pixel = (2 * i + position[c] / 2) * layer->wc + 2 * j + position[c] % 2;
                g[(size_t)pixel * co + c] = masked(layer, dy[c], y[c]);
            }
        }
    }
}

static void sum_piece(void *context, int piece)
{
    const fal_plain_work *work = context;
    const fal_plain_place *place = &work->place;
    const int n = work->call->n;
    const size_t co = (size_t)work->call->layer->co;
    double *sum_g = place->sums + (size_t)piece * 2 * co;
    double *sum_gx = sum_g + co;
    memset(sum_g, 0, 2 * co * sizeof *sum_g);
    float *gradient = fal_plain_thread_image(work);
    for (int k = fal_kernels_piece_first(n, piece); k < fal_kernels_piece_first(n, piece + 1); k++) {
        gather_gradient(work, k, gradient);
        for (size_t pixel = 0; pixel < place->pixels; pixel++) {
            const float *g = gradient + pixel * co;
            const float *z = place->z + (size_t)k * place->z_image + pixel * co;
#pragma omp simd
            for (size_t c = 0; c < co; c++) {
                sum_g[c] += (double)g[c];
                sum_gx[c] += (double)g[c] * (((double)z[c] - place->mean[c]) * place->inverse[c]);
            }
        }
    }
}

/* g becomes dz in place, with the sums of all pieces in the place of the first. */
static void finish_dz(const fal_plain_work *work, int k, float *gradient)
{
    const fal_plain_place *place = &work->place;
    const size_t co = (size_t)work->call->layer->co;
    const double count = (double)work->call->n * (double)place->pixels;
    const double *sum_g = place->sums;
    const double *sum_gx = place->sums + co;
    for (size_t pixel = 0; pixel < place->pixels; pixel++) {
        float *g = gradient + pixel * co;
        const float *z = place->z + (size_t)k * place->z_image + pixel * co;
#pragma omp simd
        for (size_t c = 0; c < co; c++) {
            const double xhat = ((double)z[c] - place->mean[c]) * place->inverse[c];
            g[c] = (float)(place->scale[c] * ((double)g[c] - sum_g[c] / count - xhat * (sum_gx[c] / count)));
        }
    }
}

static void give_residual(const fal_plain_work *work, int k, const float *gradient)
{
    const fal_conv_call *call = work->call;
    const fal_layer *layer = call->layer;
    const size_t co = (size_t)layer->co;
    for (int i = 0; i < layer->hc; i++) {
        for (int j = 0; j < layer->wc; j++) {
            const float *g = gradient + (size_t)(i * layer->wc + j) * co;
            float *to = fal_map_pixel(&call->dresidual, k, i, j);
            for (size_t c = 0; c < co; c++) {
                to[c] = call->add_dresidual ? to[c] + g[c] : g[c];
            }
        }
    }
}

static void *piece_gradient(const fal_plain_work *work, int piece)
{
    const size_t element = work->product->sums_in_double ? sizeof(double) : sizeof(float);
    return work->place.gradient + (size_t)piece * fal_arena_round(work->place.weights * element);
}

static void backward_piece(void *context, int piece)
{
    const fal_plain_work *work = context;
    const fal_conv_call *call = work->call;
    const fal_plain_product *product = work->product;
    float *gradient = fal_plain_thread_image(work);
    void *buffer = fal_plain_thread_buffer(work);
    void *sums = piece_gradient(work, piece);
    memset(sums, 0, work->place.weights * (product->sums_in_double ? sizeof(double) : sizeof(float)));
    for (int k = fal_kernels_piece_first(call->n, piece); k < fal_kernels_piece_first(call->n, piece + 1); k++) {
        gather_gradient(work, k, gradient);
        if (call->dresidual.at != NULL) {
            give_residual(work, k, gradient);
        }
        finish_dz(work, k, gradient);
        product->weight_gradient(call->layer, &call->x, k, gradient, sums, buffer);
        if (call->dx.at != NULL) {
            if (!call->add_dx) {
                memset(call->dx.at + (size_t)k * call->dx.image, 0, call->dx.image * sizeof(float));
            }
            product->input_gradient(call->layer, work->place.weight, gradient, &call->dx, k, buffer);
        }
    }
}

/* Sums of g and g xhat of all pieces, into the place of the first piece and the gradients of gamma and beta. */
static void merge_sums(fal_plain_work *work)
{
    const fal_conv_call *call = work->call;
    const size_t co = (size_t)call->layer->co;
    const int pieces = fal_kernels_pieces(call->n);
    double *sums = work->place.sums;
    for (size_t c = 0; c < 2 * co; c++) {
        for (int piece = 1; piece < pieces; piece++) {
            sums[c] += sums[(size_t)piece * 2 * co + c];
        }
    }
    for (size_t c = 0; c < co; c++) {
        call->dbeta[c] = (float)sums[c];
        call->dgamma[c] = (float)sums[co + c];
    }
}

/* The pieces' sums of tap number `tap`, [ci / groups][co], into PyTorch's order. */
static void merge_weights(void *context, int tap)
{
    const fal_plain_work *work = context;
    const fal_layer *layer = work->call->layer;
    const int pieces = fal_kernels_pieces(work->call->n);
    const size_t taps = (size_t)(layer->kernel * layer->kernel);
    const size_t ci = (size_t)(layer->ci / layer->groups);
    const size_t co = (size_t)layer->co;
    for (size_t i = 0; i < ci; i++) {
        for (size_t o = 0; o < co; o++) {
            const size_t at = ((size_t)tap * ci + i) * co + o;
            double sum = 0.0;
            for (int piece = 0; piece < pieces; piece++) {
                const void *sums = piece_gradient(work, piece);
                sum += work->product->sums_in_double ? ((const double *)sums)[at] : (double)((const float *)sums)[at];
            }
            work->call->dweight[(o * ci + i) * taps + (size_t)tap] = (float)sum;
        }
    }
}

void fal_plain_backward(const fal_conv_call *call, const fal_plain_product *product)
{
    fal_plain_work work = {.call = call, .product = product, .place = fal_plain_place_call(call, product)};
    const int pieces = fal_kernels_pieces(call->n);
    fal_parallel_for(pieces, sum_piece, &work);
    merge_sums(&work);
    fal_parallel_for(pieces, backward_piece, &work);
    fal_parallel_for(call->layer->kernel * call->layer->kernel, merge_weights, &work);
    if (call->dbias != NULL) {
        memset(call->dbias, 0, (size_t)call->layer->co * sizeof(float));
    }
}
