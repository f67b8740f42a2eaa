/* How a map is cut into Winograd's tiles, and where a set of transformed tiles holds them.
 *
 * Tiles have 4 x 4 outputs; those of the last row and column may be smaller, by leaving out points (lines.inc.h), so
 * that 14 outputs are 4 + 4 + 4 + 2 and take (6 + 6 + 6 + 4)^2 products, not 24^2. A position that small tiles lack is
 * then that of the others alone. In the order low, full, narrow, corner each position's tiles are one range of slots.
 */
#ifndef FAL_NN_KERNELS_WINOGRAD_GRID_INC_H
#define FAL_NN_KERNELS_WINOGRAD_GRID_INC_H

#include "../kernels.h"
#include "lines.inc.h"

typedef struct {
    int h, w;                    /* outputs that count */
    int th, tw;                  /* tiles of an image */
    int small;                   /* outputs per side of the smaller tiles; 4: there are none */
    int full_rows, full_columns; /* of tiles with 4 outputs */
} wino_grid;

/* How the outputs that count are cut into tiles. Sizes of 4k + 2 or 4k + 3 end with a smaller tile; if rows and columns
 * ask for two sizes, or leave one output over, the last tiles reach beyond the edge. In inference pooling drops an odd
 * edge before anybody has seen it. */
INLINE wino_grid wino_grid_of(const fal_layer *layer, bool training)
{
    const bool drop = !training && layer->max_pool;
    wino_grid grid = {.h = drop ? 2 * layer->ho : layer->hc, .w = drop ? 2 * layer->wo : layer->wc, .small = WINO_TILE};
    grid.th = grid.full_rows = (grid.h + WINO_TILE - 1) / WINO_TILE;
    grid.tw = grid.full_columns = (grid.w + WINO_TILE - 1) / WINO_TILE;
    const int low = grid.h % WINO_TILE, narrow = grid.w % WINO_TILE, small = low > narrow ? low : narrow;
    if (small >= 2 && (low == 0 || low == small) && (narrow == 0 || narrow == small)) {
        grid.small = small;
        grid.full_rows -= low != 0;
        grid.full_columns -= narrow != 0;
    }
    return grid;
}

/* Products of an image per pair of channels. */
INLINE int wino_grid_products(const wino_grid *grid)
{
    const int less = WINO_TILE - grid->small;
    return (WINO_PATCH * grid->th - less * (grid->th - grid->full_rows)) *
           (WINO_PATCH * grid->tw - less * (grid->tw - grid->full_columns));
}

INLINE int wino_grid_tiles(const wino_grid *grid) { return grid->th * grid->tw; }

/* Rows and columns of outputs that all tiles have. */
INLINE int wino_grid_rows(const wino_grid *grid)
{
    return WINO_TILE * grid->full_rows + grid->small * (grid->th - grid->full_rows);
}

INLINE int wino_grid_columns(const wino_grid *grid)
{
    return WINO_TILE * grid->full_columns + grid->small * (grid->tw - grid->full_columns);
}

/* Sizes of tiles in the order in which a set of transformed tiles holds them: each position's tiles are a range. */
enum { TILES_LOW, TILES_FULL, TILES_NARROW, TILES_CORNER, TILE_KINDS };

/** Consecutive tiles of the batch, and where a set holds them. */
typedef struct {
    int first, count;
    int start[TILE_KINDS]; /* slot of the first of a kind */
    int shift[TILE_KINDS]; /* slot of a tile - tiles of its kind before it in the batch */
} wino_range;

/* Tiles of each kind before tile `tile` of the batch; returns its own kind. */
INLINE int wino_tiles_before(const wino_grid *grid, int tile, int before[TILE_KINDS])
{
    const int tiles = wino_grid_tiles(grid), image = tile / tiles, i = tile % tiles / grid->tw, j = tile % grid->tw;
    const int narrow = grid->tw - grid->full_columns;
    const bool low = i >= grid->full_rows;
    const int rows = image * grid->full_rows + (low ? grid->full_rows : i);
    const int low_rows = image * (grid->th - grid->full_rows) + (low ? i - grid->full_rows : 0);
    const int left = j < grid->full_columns ? j : grid->full_columns;
    before[TILES_FULL] = rows * grid->full_columns + (low ? 0 : left);
    before[TILES_NARROW] = rows * narrow + (low ? 0 : j - left);
    before[TILES_LOW] = low_rows * grid->full_columns + (low ? left : 0);
    before[TILES_CORNER] = low_rows * narrow + (low ? j - left : 0);
    return j < grid->full_columns ? (low ? TILES_LOW : TILES_FULL) : (low ? TILES_CORNER : TILES_NARROW);
}

INLINE wino_range wino_range_of(const wino_grid *grid, int first, int count)
{
    wino_range range = {.first = first, .count = count};
    int before[TILE_KINDS], end[TILE_KINDS], slot = 0;
    (void)wino_tiles_before(grid, first, before);
    (void)wino_tiles_before(grid, first + count, end);
    for (int k = 0; k < TILE_KINDS; k++) {
        range.start[k] = slot;
        range.shift[k] = slot - before[k];
        slot += end[k] - before[k];
    }
    return range;
}

/** Slots of the tiles that have a position. */
typedef struct {
    int first, count;
} wino_slots;

INLINE wino_slots wino_slots_of(const wino_grid *grid, const wino_range *range, size_t position)
{
    const bool low = wino_has(grid->small, (int)position / WINO_PATCH);
    const bool narrow = wino_has(grid->small, (int)position % WINO_PATCH);
    const int first = low ? 0 : range->start[TILES_FULL];
    const int end = !narrow ? range->start[TILES_NARROW] : low ? range->count : range->start[TILES_CORNER];
    return (wino_slots){first, end - first};
}

/** Where a tile of the batch lies: image, row and column of tiles, its slot in a set; its outputs per side, and how
 *  many of them are inside the map. */
typedef struct {
    int image, i, j, slot;
    int tall, wide, rows, columns;
} wino_place;

INLINE wino_place wino_place_of(const wino_grid *grid, const wino_range *range, int tile)
{
    int before[TILE_KINDS];
    const int kind = wino_tiles_before(grid, tile, before), inside = tile % wino_grid_tiles(grid);
    wino_place place = {.image = tile / wino_grid_tiles(grid), .i = inside / grid->tw, .j = inside % grid->tw};
    place.slot = range->shift[kind] + before[kind];
    place.tall = kind == TILES_LOW || kind == TILES_CORNER ? grid->small : WINO_TILE;
    place.wide = kind == TILES_NARROW || kind == TILES_CORNER ? grid->small : WINO_TILE;
    const int rows = grid->h - WINO_TILE * place.i, columns = grid->w - WINO_TILE * place.j;
    place.rows = rows < place.tall ? rows : place.tall;
    place.columns = columns < place.wide ? columns : place.wide;
    return place;
}

/* Call a function with the size of a tile as constants. */
#define WINO_SIZED(place, function, ...)                                                                               \
    switch (WINO_PATCH * (place).tall + (place).wide) {                                                                \
    case WINO_PATCH * 4 + 3:                                                                                           \
        function(__VA_ARGS__, 4, 3);                                                                                   \
        break;                                                                                                         \
    case WINO_PATCH * 4 + 2:                                                                                           \
        function(__VA_ARGS__, 4, 2);                                                                                   \
        break;                                                                                                         \
    case WINO_PATCH * 3 + 4:                                                                                           \
        function(__VA_ARGS__, 3, 4);                                                                                   \
        break;                                                                                                         \
    case WINO_PATCH * 3 + 3:                                                                                           \
        function(__VA_ARGS__, 3, 3);                                                                                   \
        break;                                                                                                         \
    case WINO_PATCH * 2 + 4:                                                                                           \
        function(__VA_ARGS__, 2, 4);                                                                                   \
        break;                                                                                                         \
    case WINO_PATCH * 2 + 2:                                                                                           \
        function(__VA_ARGS__, 2, 2);                                                                                   \
        break;                                                                                                         \
    default:                                                                                                           \
        function(__VA_ARGS__, 4, 4);                                                                                   \
    }

#endif
