/* Greedy k-centre (Sener and Savarese 2018): again and again the point that is farthest from all centres so far.
 *
 * Distances are direct differences, row by row, so identical rows tie exactly and a copy of a centre is at 0. */
#include "kcentre.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "rows.h"

enum { BLOCK = 256 };

typedef struct {
    const float *x;
    int64_t n;
    int d;
    const float *centres; /* new centres [count][d] */
    int64_t count;
    float *dist;   /* [n] squared distance to the nearest centre; -1: chosen */
    int64_t *best; /* [pieces] farthest point of the piece, the lowest of equals */
} kcentre;

/* Lower the distances of a block by the new centres; the block stays in cache while they pass. */
static void lower_piece(void *context, int piece)
{
    kcentre *k = context;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t rows = first + BLOCK < k->n ? BLOCK : k->n - first;
    float far[BLOCK];
    float *dist = k->dist + first;
    for (int64_t c = 0; c < k->count; c++) {
        fal_rows_distances(k->x + first * k->d, rows, k->d, k->centres + c * k->d, far);
        for (int64_t i = 0; i < rows; i++) {
            dist[i] = far[i] < dist[i] ? far[i] : dist[i];
        }
    }
    int64_t best = 0;
    for (int64_t i = 1; i < rows; i++) {
        best = dist[i] > dist[best] ? i : best;
    }
    k->best[piece] = first + best;
}

fal_status fal_kcentre_run(const float *x, int64_t n, int d, const float *seeds, int64_t m, int64_t b, int64_t *chosen)
{
    const int pieces = (int)((n + BLOCK - 1) / BLOCK);
    kcentre k = {.x = x, .n = n, .d = d, .centres = seeds, .count = m};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&k.dist, (size_t)n, sizeof *k.dist, "k-centre"));
    FAL_TRY_GOTO(fal_alloc(&k.best, (size_t)pieces, sizeof *k.best, "k-centre"));
    for (int64_t i = 0; i < n; i++) {
        k.dist[i] = INFINITY;
    }
    for (int64_t taken = 0; taken < b; taken++) {
        FAL_TRY_GOTO(fal_stop_inside());
        fal_parallel_for(pieces, lower_piece, &k);
        int64_t best = k.best[0];
        for (int piece = 1; piece < pieces; piece++) {
            best = k.dist[k.best[piece]] > k.dist[best] ? k.best[piece] : best;
        }
        chosen[taken] = best;
        k.dist[best] = -1.0F;
        k.centres = x + best * d;
        k.count = 1;
    }
done:
    fal_free(k.best);
    fal_free(k.dist);
    return status;
}
