/* Products in pairs want operands of one size (pairs.inc.h): the powers of two that bring x, the weights and the
 * gradient of z there, and those that undo it in what comes out. Without pairs all of this is nothing.
 *
 * The rounding of such a product is relative to the larger operand's square, and counts beside the largest result: so
 * the size of something is its largest value. In training each channel of x and of dz has a power of its own, or
 * gradients of the weights of small channels would be off by what large ones are; the weights take it back, row by row.
 * Each column of the weights has one, too, or small output channels would suffer. In inference an image has one, so
 * that its result does not depend on its batch: results are off by some 1e-6 of what the largest x of the image and the
 * largest weight of a filter could make together, so a channel of x that is a thousand times smaller than another, with
 * weights as much larger, counts less exactly there (3e-4 of its result). Powers reach from 2^-60 to 2^60: gradients
 * below 1e-18 lose digits. Transforms make x and dz some eight times larger, the weights not. */
#ifndef FAL_NN_KERNELS_WINOGRAD_POWERS_INC_H
#define FAL_NN_KERNELS_WINOGRAD_POWERS_INC_H

#include "../pairs.h"
#include "layer.inc.h"

#define POWER_SIZE_U 4.0 /* of the largest weight, where x and dz get 1 */

/* What x is multiplied by; channels from c on. */
INLINE vec wino_power_x(const wino_layer *wino, int image, int c)
{
    if (!PAIRS) {
        return v_set(1.0F);
    }
    return wino->training ? v_load(wino->state.power.x.to + c) : v_set(wino->scratch.image.to[image]);
}

/* What weights are multiplied by: row k, which takes back the power of x or of dz, columns from n on. */
INLINE vec wino_power_weight(const wino_layer *wino, bool transposed, int k, int n)
{
    const wino_powers *power = &wino->state.power;
    if (!PAIRS) {
        return v_set(1.0F);
    }
    if (transposed) {
        return v_set(power->z.back[k]);
    }
    const vec column = v_load(power->u.to + n);
    return wino->training ? v_mul(v_set(power->x.back[k]), column) : column;
}

/* What z is multiplied by. */
INLINE vec wino_power_back(const wino_layer *wino, int image, int c)
{
    if (!PAIRS) {
        return v_set(1.0F);
    }
    const vec back = v_load(wino->state.power.u.back + c);
    return wino->training ? back : v_mul(back, v_set(wino->scratch.image.back[image]));
}

/* What the gradient of weights is multiplied by: filter o, input channels from c on. */
INLINE vec wino_power_dweight(const wino_layer *wino, int o, int c)
{
    const wino_powers *power = &wino->state.power;
    return PAIRS ? v_mul(v_set(power->z.back[o]), v_load(power->x.back + c)) : v_set(1.0F);
}

/* [co] what the gradient of y is multiplied by. */
INLINE const float *wino_dz_scale(const wino_layer *wino)
{
    return PAIRS ? wino->state.power.scale : wino->state.channel.bn.scale;
}

/* Power i brings values of which `most` is the largest to the size `wanted`. Where all are zeros they stay so, and what
 * comes of them is zero: the inverse is 0. */
INLINE void power_set(const wino_power *power, size_t i, double wanted, double most)
{
    power->to[i] = pairs_factor(wanted, most);
    power->back[i] = most > 0 ? 1 / power->to[i] : 0;
}

/* A NaN leaves `most` as it is. */
INLINE vec power_larger(vec most, vec a) { return v_max(v_max(a, v_sub(v_zero(), a)), most); }

INLINE float power_lanes(vec most)
{
    _Alignas(64) float lanes[LANES];
    float all = 0;
    v_store(lanes, most);
    for (int l = 0; l < LANES; l++) {
        all = lanes[l] > all ? lanes[l] : all;
    }
    return all;
}

/* The largest value of a channel in any image, from `most`. */
static double power_of_images(const wino_layer *wino, size_t c, size_t channels)
{
    double most = 0;
    for (size_t k = 0; k < (size_t)wino->n; k++) {
        most = fmax(most, (double)wino->scratch.most[k * channels + c]);
    }
    return most;
}

/* Training: the largest of each channel of an image. */
static void power_of_channels(void *context, int image)
{
    const wino_layer *wino = context;
    const fal_map *x = &wino->call->x;
    float *to = wino->scratch.most + (size_t)image * (size_t)x->c;
    for (int c = 0; c < x->c; c += LANES) {
        vec most = v_zero();
        for (int i = 0; i < x->h; i++) {
            const float *at = fal_map_pixel(x, image, i, 0) + c;
            for (int j = 0; j < x->w; j++, at += x->c) {
                most = power_larger(most, v_load(at));
            }
        }
        v_store(to + c, most);
    }
}

/* Inference: an image's power. */
static void power_of_image(void *context, int image)
{
    const wino_layer *wino = context;
    const fal_map *x = &wino->call->x;
    vec most[4] = {v_zero(), v_zero(), v_zero(), v_zero()};
    for (int i = 0; i < x->h; i++) {
        const float *at = fal_map_pixel(x, image, i, 0), *end = at + x->w * x->c;
        for (int q = 0; at < end; at += LANES, q = (q + 1) % 4) {
            most[q] = power_larger(most[q], v_load(at));
        }
    }
    const float size = power_lanes(v_max(v_max(most[0], most[1]), v_max(most[2], most[3])));
    power_set(&wino->scratch.image, (size_t)image, 1, (double)size);
}

static void wino_find_powers_x(wino_layer *wino)
{
    if (!PAIRS) {
        return;
    }
    if (!wino->training) {
        fal_parallel_for(wino->n, power_of_image, wino);
        return;
    }
    fal_parallel_for(wino->n, power_of_channels, wino);
    for (size_t c = 0; c < (size_t)wino->ci; c++) {
        power_set(&wino->state.power.x, c, 1, power_of_images(wino, c, (size_t)wino->ci));
    }
}

typedef struct {
    const wino_layer *wino;
    const float *factor; /* [co] as in weights_block, or NULL */
} power_filters;

static void power_of_filter(void *context, int o)
{
    const power_filters *work = context;
    const wino_layer *wino = work->wino;
    const size_t filter = (size_t)wino->ci * 9;
    const float *weight = wino->call->weight + (size_t)o * filter;
    vec most = v_zero();
    for (size_t i = 0; i < filter; i += LANES) {
        most = power_larger(most, v_mul(v_load(wino->scratch.taps + i), v_load(weight + i)));
    }
    const double by = work->factor == NULL ? 1 : fabs((double)work->factor[o]);
    power_set(&wino->state.power.u, (size_t)o, POWER_SIZE_U, by * (double)power_lanes(most));
}

/* Of the columns of the weights, forward. After x. */
static void wino_find_powers_u(const wino_layer *wino, const float *factor)
{
    power_filters work = {.wino = wino, .factor = factor};
    if (!PAIRS) {
        return;
    }
    for (size_t i = 0; i < (size_t)wino->ci * 9; i++) {
        wino->scratch.taps[i] = wino->training ? wino->state.power.x.back[i / 9] : 1;
    }
    fal_parallel_for(wino->co, power_of_filter, &work);
}

/* The size of a channel's dz: the root of what is left of the gradients' squares when their mean and slope are gone, or
 * the largest gradient and what is taken from it if that is less, or if the squares are too small for a float. */
static double power_size_z(const wino_layer *wino, size_t c)
{
    const norm_channels *bn = &wino->state.channel.bn;
    const size_t co = (size_t)wino->co;
    const double values = (double)wino->grid.h * wino->grid.w * wino->n, least = 1e-12, exact = 1e-30;
    double all = 0;
    for (size_t k = 0; k < (size_t)wino->n; k++) {
        all += (double)wino->scratch.square[k * co + c];
    }
    const double mean = (double)wino->call->dbeta[c] / values, slope = (double)wino->call->dgamma[c] / values;
    const double left = fmax(all - values * (mean * mean + slope * slope), least * all);
    const double largest = power_of_images(wino, c, co) + fabs(mean);
    return fabs((double)bn->scale[c]) * (all > exact ? fmin(sqrt(left), largest) : largest);
}

/* After the statistics of the gradient: dz = scale g + c0 + c1 (z - mean) with its powers in these constants. */
static void wino_find_powers_z(const wino_layer *wino)
{
    const wino_channels *channel = &wino->state.channel;
    const wino_powers *power = &wino->state.power;
    const size_t co = (size_t)wino->co;
    for (size_t c = 0; PAIRS && c < co; c++) {
        power_set(&power->z, c, 1, power_size_z(wino, c));
        power->scale[c] = channel->bn.scale[c] * power->z.to[c];
        channel->bn.c0[c] *= power->z.to[c];
        channel->bn.c1[c] *= power->z.to[c];
    }
}

#endif
