/* What all kernels lay their work out by: arrays in a block, maps, memory of a thread, the fixed pieces of a batch. */
#include "fal/base/memory.h"
#include "fal/base/parallel.h"

#include "kernels.h"

void *fal_kernels_take(void *base, size_t *used, size_t bytes)
{
    void *array = base == NULL ? NULL : (unsigned char *)base + *used;
    *used += fal_arena_round(bytes);
    return array;
}

fal_map fal_kernels_map(int h, int w, int c)
{
    fal_map map = {.h = h, .w = w, .c = c, .rows = (h + 3) / 4 * 4 + 2, .columns = (w + 3) / 4 * 4 + 2};
    map.image = (size_t)map.rows * (size_t)map.columns * (size_t)c;
    return map;
}

fal_map fal_kernels_take_map(void *base, size_t *used, int images, int h, int w, int c)
{
    fal_map map = fal_kernels_map(h, w, c);
    map.at = fal_kernels_take(base, used, (size_t)images * map.image * sizeof(float));
    return map;
}

void *fal_kernels_thread(void *block, size_t bytes, const fal_kernel_use *use)
{
    const int thread = fal_parallel_thread();
    FAL_ASSERT(thread < use->threads);
    return (unsigned char *)block + (size_t)thread * bytes;
}

int fal_kernels_pieces(int n) { return n < FAL_PIECES ? n : FAL_PIECES; }

int fal_kernels_piece_first(int n, int piece)
{
    const int pieces = fal_kernels_pieces(n);
    return (int)((int64_t)n * piece / pieces);
}
