/* The backward half of a direct convolution.
 *
 * The images go through in groups whose dz stays near L2: dz of the group is written once, then serves the products of
 * both gradients. Each element of the weight gradient belongs to one item of work, which adds the groups in order, so
 * nothing is reduced over threads.
 *
 * dx: pixels of x fall into stride x stride classes by their parity. Of a class all pixels see the same taps at the
 * same offsets in dz, so each class is a product of its own without wasted zeros (3x3, stride 2: 1, 2, 2 and 4 taps).
 */
#ifndef FAL_NN_KERNELS_GEMM_BACKWARD_INC_H
#define FAL_NN_KERNELS_GEMM_BACKWARD_INC_H

#include "gradient.inc.h"

/* ---- dweight -------------------------------------------------------------------------------------------------------
 */

/* One panel of x at the place that a tap sees, for all pixels of the group. */
static void gemm_slice(const gemm_group *group, int tap, size_t column, float *slice)
{
    const gemm_layer *layer = group->layer;
    const fal_map *x = &layer->call->x;
    const size_t panel = (size_t)layer->panel_in;
    gemm_place at = {.image = group->first, .h = layer->call->layer->hc, .w = layer->call->layer->wc};
    const int di = tap / layer->kernel - layer->pad, dj = tap % layer->kernel - layer->pad;
    for (; at.image < group->first + group->images; gemm_next(&at), slice += panel) {
        const float *from = fal_map_pixel(x, at.image, at.i * layer->stride + di, at.j * layer->stride + dj) + column;
        for (size_t e = 0; e < panel; e += LANES) {
            v_store(slice + e, v_load(from + e));
        }
    }
}

static void gemm_weight_tile(const gemm_group *group, int item)
{
    const gemm_layer *layer = group->layer;
    const gemm_thread own = gemm_thread_of(layer);
    const int panels = layer->ci / layer->panel_in, slice = item % group->slices, tap = slice / panels;
    const size_t co = (size_t)layer->co, ci = (size_t)layer->ci;
    const size_t column = (size_t)(slice % panels) * (size_t)layer->panel_in;
    const size_t o = (size_t)(item / group->slices) * (size_t)group->block;
    const size_t count = co - o < (size_t)group->block ? co - o : (size_t)group->block;
    float *out = layer->taps == 1 ? layer->call->dweight : layer->scratch.by_tap + (size_t)tap * co * ci;
    const float *b = own.slice;
    if (PAIRS) {
        b = layer->scratch.slices + (size_t)slice * gemm_slice_floats(layer);
    } else {
        gemm_slice(group, tap, column, own.slice);
    }
    const gemm_sum outer = {.pixels = group->images * layer->pixels,
                            .a = layer->scratch.dz + o,
                            .a_row = layer->dz_row,
                            .b = b,
                            .b_row = (size_t)layer->panel_in,
                            .c = out + o * ci + column,
                            .c_row = ci,
                            .add = group->first > 0,
                            .own = PAIRS ? layer->scratch.own + o : NULL,
                            .own_chunk = co,
                            .tile = own.tile,
                            .scale = 1 / layer->dz_scale};
    gemm_outer(layer->panel_in, (int)count, outer);
}

/* The first layer has few channels: patches are the rows, and a part of the pixels has sums of its own. */
static void gemm_image_tile(const gemm_group *group, int part)
{
    const gemm_layer *layer = group->layer;
    const fal_map *x = &layer->call->x;
    const gemm_thread own = gemm_thread_of(layer);
    const int all = group->images * layer->pixels;
    const int p0 = (int)((int64_t)all * part / IMAGE_PARTS), p1 = (int)((int64_t)all * (part + 1) / IMAGE_PARTS);
    const size_t run = (size_t)(layer->kernel * layer->ci), co = (size_t)layer->co, patch = (size_t)layer->patch;
    const size_t row = (size_t)x->columns * (size_t)layer->ci;
    gemm_place at = gemm_place_of(p0, layer->call->layer->hc, layer->call->layer->wc);
    float *to = own.slice;
    for (int p = p0; p < p1; p++, gemm_next(&at), to += patch) {
        const float *from = fal_map_pixel(x, group->first + at.image, at.i * layer->stride - layer->pad,
                                          at.j * layer->stride - layer->pad);
        for (size_t k = 0; k < (size_t)layer->kernel; k++) {
            memcpy(to + k * run, from + k * row, run * sizeof *to);
        }
        for (size_t e = (size_t)layer->kernel * run; e < patch; e++) {
            to[e] = 0;
        }
    }
    for (size_t column = 0; column < co; column += (size_t)layer->panel) {
        const gemm_sum outer = {.pixels = p1 - p0,
                                .a = own.slice,
                                .a_row = patch,
                                .b = layer->scratch.dz + (size_t)p0 * layer->dz_row + column,
                                .b_row = layer->dz_row,
                                .c = layer->scratch.by_tap + (size_t)part * patch * co + column,
                                .c_row = co,
                                .add = true};
        gemm_outer(layer->panel, layer->patch, outer);
    }
}

/* From the order of the sums into PyTorch's, for output channel o. */
static void gemm_weight_order(void *context, int o)
{
    const gemm_layer *layer = context;
    const size_t ci = (size_t)layer->ci, co = (size_t)layer->co, taps = (size_t)layer->taps;
    float *out = layer->call->dweight + (size_t)o * ci * taps;
    for (size_t tap = 0; tap < taps; tap++) {
        const float *from = layer->scratch.by_tap + (tap * co + (size_t)o) * ci;
        const float *first = layer->scratch.by_tap + tap * ci * co + (size_t)o;
        for (size_t i = 0; i < ci; i++) {
            float sum = layer->on_images ? first[i * co] : from[i];
            for (size_t part = 1; layer->on_images && part < IMAGE_PARTS; part++) {
                sum += first[(part * (size_t)layer->patch + i) * co];
            }
            out[i * taps + tap] = sum;
        }
    }
}

/* ---- dx ------------------------------------------------------------------------------------------------------------
 */

/* Weights of one panel of input channels: [classes' taps][co][panel]; pairs: then sums of its columns. */
static void gemm_turn_panel(void *context, int number)
{
    const gemm_group *group = context;
    const gemm_layer *layer = group->layer;
    const size_t ci = (size_t)layer->ci, co = (size_t)layer->co, taps = (size_t)layer->taps;
    const size_t panel = (size_t)layer->panel_in, column = (size_t)number * panel;
    const vec scale = v_set(layer->turned_scale);
    float *begin = layer->scratch.turned + column * layer->turned_rows, *out = begin;
    const float *w = layer->call->weight + column * taps;
    for (size_t o = 0; o < co; o++, out += panel, w += ci * taps) {
        for (int k = 0; k < group->class_count; k++) {
            const gemm_class *class = &group->classes[k];
            for (int t = 0; t < class->taps; t++) {
                float *to = out + (size_t)(class->first + t) * co * panel;
                const size_t tap = (size_t) class->tap[t];
                for (size_t i = 0; taps == 1 && i < panel; i += LANES) {
                    v_store(to + i, PAIRS ? v_mul(v_load(w + i), scale) : v_load(w + i));
                }
                for (size_t i = 0; taps > 1 && i < panel; i++) {
                    to[i] = w[i * taps + tap];
                }
            }
        }
    }
    if (PAIRS) {
        gemm_panel_own(begin, layer->co);
    }
}

static void gemm_fill_dx_tables(const gemm_group *group, const gemm_class *class, int64_t r0, int rows,
                                const gemm_thread *own)
{
    const gemm_layer *layer = group->layer;
    const fal_layer *shape = layer->call->layer;
    gemm_place at = gemm_place_of(r0, class->h, class->w);
    for (int r = 0; r < rows; r++, gemm_next(&at)) {
        for (int t = 0; t < class->taps; t++) {
            const int i = at.i + class->di[t], j = at.j + class->dj[t];
            const bool inside = i >= 0 && i < shape->hc && j >= 0 && j < shape->wc;
            const size_t pixel = (size_t)((at.image * shape->hc + i) * shape->wc + j);
            own->a[(size_t)t * layer->table + (size_t)r] =
                inside ? layer->scratch.dz + pixel * layer->dz_row : layer->scratch.zeros;
        }
        own->c[r] = fal_map_pixel(&layer->call->dx, group->first + at.image, layer->stride * at.i + class->i,
                                  layer->stride * at.j + class->j);
    }
    for (int r = rows; r < rows + 2 * GEMM_ROWS; r++) {
        for (int t = 0; t < class->taps; t++) {
            own->a[(size_t)t * layer->table + (size_t)r] = layer->scratch.zeros;
        }
        own->c[r] = own->line;
    }
}

static void gemm_dx_item(const gemm_group *group, int item)
{
    const gemm_layer *layer = group->layer;
    int k = 0;
    while (item >= group->parts[k] * group->ranges[k]) {
        item -= group->parts[k] * group->ranges[k];
        k++;
    }
    const gemm_class *class = &group->classes[k];
    const gemm_thread own = gemm_thread_of(layer);
    const int part = item / group->ranges[k], range = item % group->ranges[k], panels = layer->ci / layer->panel_in;
    const int64_t r0 = (int64_t)part * layer->part_in, all = (int64_t)group->images * class->h * class->w;
    const int rows = all - r0 < layer->part_in ? (int)(all - r0) : layer->part_in;
    gemm_fill_dx_tables(group, class, r0, rows, &own);
    gemm_product product = {
        .runs = class->taps, .k = layer->co, .a = own.a, .a_run = layer->table, .c = own.c, .add = layer->call->add_dx};
    if (PAIRS) {
        product.packed = own.packed;
        product.own = own.own;
        product.table = layer->table;
        product.scale = 1 / layer->dz_scale / layer->turned_scale;
    }
    for (int number = panels * range / group->ranges[k]; number < panels * (range + 1) / group->ranges[k]; number++) {
        const size_t column = (size_t)number * (size_t)layer->panel_in;
        product.fetch = PAIRS && number == panels * range / group->ranges[k];
        product.b =
            layer->scratch.turned + column * layer->turned_rows + (size_t)(class->first * layer->co * layer->panel_in);
        gemm_rows(layer->panel_in, rows, &product, column);
    }
}

/* ---- all together --------------------------------------------------------------------------------------------------
 */

static void gemm_group_item(void *context, int item)
{
    const gemm_group *group = context;
    if (item >= group->tiles) {
        gemm_dx_item(group, item - group->tiles);
    } else if (group->layer->on_images) {
        gemm_image_tile(group, item);
    } else {
        gemm_weight_tile(group, item);
    }
}

static void gemm_plan_group(gemm_group *group, int first)
{
    const gemm_layer *layer = group->layer;
    group->first = first;
    group->images = layer->n - first < layer->group ? layer->n - first : layer->group;
    group->items = group->tiles;
    for (int k = 0; k < group->class_count; k++) {
        const gemm_class *class = &group->classes[k];
        const int64_t rows = (int64_t)group->images * class->h * class->w;
        const bool idle = layer->on_images || (class->taps == 0 && layer->call->add_dx);
        group->parts[k] = idle ? 0 : (int)((rows + layer->part_in - 1) / layer->part_in);
        const int wanted = group->parts[k] == 0 ? 1 : (layer->items + group->parts[k] - 1) / group->parts[k];
        const int panels = layer->on_images ? 1 : layer->ci / layer->panel_in;
        group->ranges[k] = wanted > panels ? panels : wanted;
        group->items += group->parts[k] * group->ranges[k];
    }
}

static void gemm_plan_groups(const gemm_layer *layer, gemm_group *group)
{
    *group = (gemm_group){.layer = layer, .class_count = layer->stride * layer->stride};
    int taps = 0;
    for (int k = 0; k < group->class_count; k++) {
        gemm_class_of(layer, k, taps, &group->classes[k]);
        taps += group->classes[k].taps;
    }
    if (layer->on_images) {
        group->tiles = IMAGE_PARTS;
        return;
    }
    group->slices = layer->taps * (layer->ci / layer->panel_in);
    const int blocks = (layer->co + OUTER_CHANNELS - 1) / OUTER_CHANNELS;
    group->block = group->slices * blocks >= ITEMS_LEAST ? OUTER_CHANNELS : OUTER_CHANNELS_FEW;
    group->blocks = (layer->co + group->block - 1) / group->block;
    group->tiles = group->slices * group->blocks;
}

static void gemm_backward(const fal_conv_call *call)
{
    gemm_layer layer;
    gemm_group group;
    gemm_begin(call, &layer);
    gemm_plan_groups(&layer, &group);
    const int bunches = (layer.n + layer.bunch - 1) / layer.bunch;
    fal_parallel_for(bunches, gemm_gradient_sums, &layer);
    fal_norm_gradient(call, layer.scratch.sums, (size_t)bunches, (double)layer.n * layer.pixels, &layer.state.channel);
    if (PAIRS) {
        gemm_scale_gradient(&layer, bunches);
    }
    if (layer.on_images) {
        memset(layer.scratch.by_tap, 0, IMAGE_PARTS * (size_t)(layer.patch * layer.co) * sizeof(float));
    } else {
        memset(layer.scratch.zeros, 0, (size_t)layer.co * sizeof(float));
        fal_parallel_for(layer.ci / layer.panel_in, gemm_turn_panel, &group);
    }
    for (int first = 0; first < layer.n; first += layer.group) {
        gemm_plan_group(&group, first);
        fal_parallel_for(group.images, gemm_dz_image, &group);
        if (PAIRS) {
            const int pixels = group.images * layer.pixels;
            fal_parallel_for((pixels + GEMM_PIXELS - 1) / GEMM_PIXELS, gemm_dz_own, &group);
            fal_parallel_for(group.images, gemm_slice_image, &group);
        }
        fal_parallel_for(group.items, gemm_group_item, &group);
    }
    if (layer.on_images || layer.taps > 1) {
        fal_parallel_for(layer.co, gemm_weight_order, &layer);
    }
}

#endif
