/* Step 4 of the balanced Dirichlet partition: controlled rounding by min-cost flow (algorithms.md section 2).
 *
 * F = floor(M) leaves each client (row) a need and each class (column) a rest, with equal sums. Unit by unit a client's
 * need is sent along a shortest augmenting path (Dijkstra with potentials) to a class that has a rest. An arc (k, c)
 * costs 1 - frac(M_kc) for its first unit, in steps of 2^-30, and 2 for every further one, so that integers decide and
 * the result is the same everywhere. Clients are served in rising order; equal distances go to the lower client, then
 * to the lower class. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "partition_internal.h"

enum { NODE_NONE = -1 };
static const int64_t UNIT = (int64_t)1 << 30;
static const int64_t FAR = INT64_MAX / 4;

/* Nodes 0 .. clients-1 are the clients, then come the classes. */
typedef struct {
    int clients, classes, nodes;
    const int64_t *cost; /* [clients][classes] of the first unit */
    int64_t *flow;       /* [clients][classes] */
    int64_t *need;       /* [nodes] units that a client still has to send, or a class to get */
    int64_t *potential;  /* [nodes] */
    int64_t *distance;   /* [nodes] */
    int *parent;         /* [nodes] */
    uint8_t *settled;    /* [nodes] */
    int *heap;           /* [nodes] reached and not settled, the nearest (ties: the lowest) first */
    int *place;          /* [nodes] in the heap, NODE_NONE if not reached */
    int heap_count;
} network;

static int64_t arc_cost(const network *net, int k, int c)
{
    const int64_t at = (int64_t)k * net->classes + c;
    return net->flow[at] == 0 ? net->cost[at] : 2 * UNIT;
}

/* What taking back one unit of the arc saves. */
static int64_t arc_refund(const network *net, int k, int c)
{
    const int64_t at = (int64_t)k * net->classes + c;
    return net->flow[at] == 1 ? net->cost[at] : 2 * UNIT;
}

static bool nearer(const network *net, int a, int b)
{
    return net->distance[a] != net->distance[b] ? net->distance[a] < net->distance[b] : a < b;
}

static void put(network *net, int place, int node)
{
    net->heap[place] = node;
    net->place[node] = place;
}

static void heap_rise(network *net, int node)
{
    int place = net->place[node];
    while (place > 0 && nearer(net, node, net->heap[(place - 1) / 2])) {
        put(net, place, net->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(net, place, node);
}

static int heap_take(network *net)
{
    FAL_ASSERT(net->heap_count > 0); /* every client reaches every class, and needs and rests have equal sums */
    const int nearest = net->heap[0];
    const int node = net->heap[--net->heap_count];
    int place = 0;
    for (int child = 1; child < net->heap_count; child = 2 * place + 1) {
        child += child + 1 < net->heap_count && nearer(net, net->heap[child + 1], net->heap[child]);
        if (!nearer(net, net->heap[child], node)) {
            break;
        }
        put(net, place, net->heap[child]);
        place = child;
    }
    put(net, place, node);
    return nearest;
}

static void relax(network *net, int from, int to, int64_t cost)
{
    const int64_t distance = net->distance[from] + cost + net->potential[from] - net->potential[to];
    if (!net->settled[to] && distance < net->distance[to]) {
        net->distance[to] = distance;
        net->parent[to] = from;
        if (net->place[to] == NODE_NONE) {
            net->place[to] = net->heap_count++;
        }
        heap_rise(net, to);
    }
}

static void relax_neighbours(network *net, int node)
{
    if (node < net->clients) {
        for (int c = 0; c < net->classes; c++) {
            relax(net, node, net->clients + c, arc_cost(net, node, c));
        }
        return;
    }
    const int c = node - net->clients;
    for (int k = 0; k < net->clients; k++) {
        if (net->flow[(int64_t)k * net->classes + c] > 0) {
            relax(net, node, k, -arc_refund(net, k, c));
        }
    }
}

/* Nearest class with a rest; distances of settled nodes are final and move the potentials. */
static int search(network *net, int client)
{
    for (int node = 0; node < net->nodes; node++) {
        net->distance[node] = FAR;
        net->parent[node] = NODE_NONE;
        net->place[node] = NODE_NONE;
    }
    net->heap_count = 0;
    memset(net->settled, 0, (size_t)net->nodes);
    net->distance[client] = 0;
    int node = client;
    while (node < net->clients || net->need[node] == 0) {
        net->settled[node] = 1;
        relax_neighbours(net, node);
        node = heap_take(net);
    }
    for (int i = 0; i < net->nodes; i++) {
        if (net->settled[i]) {
            net->potential[i] += net->distance[i] - net->distance[node];
        }
    }
    return node;
}

static void augment(network *net, int client, int sink)
{
    for (int node = sink; node != client; node = net->parent[node]) {
        const int from = net->parent[node];
        if (from < net->clients) {
            net->flow[(int64_t)from * net->classes + (node - net->clients)]++;
        } else {
            net->flow[(int64_t)node * net->classes + (from - net->clients)]--;
        }
    }
    net->need[client]--;
    net->need[sink]--;
}

/* counts = floor(m), what is left of the margins in need. The fit may have stopped early with a column above its
 * class count: then units go back from the column's largest entries. */
static void round_down(const fal_partition_shape *shape, const double *m, int64_t *counts, int64_t *need)
{
    for (int c = 0; c < shape->classes; c++) {
        need[shape->clients + c] = shape->class_counts[c];
    }
    for (int k = 0; k < shape->clients; k++) {
        need[k] = fal_partition_client_size(shape, k);
        for (int c = 0; c < shape->classes; c++) {
            const int64_t at = (int64_t)k * shape->classes + c;
            counts[at] = (int64_t)floor(m[at]);
            need[k] -= counts[at];
            need[shape->clients + c] -= counts[at];
        }
        FAL_ASSERT(need[k] >= 0); /* the fit ends with the rows */
    }
    for (int c = 0; c < shape->classes; c++) {
        for (; need[shape->clients + c] < 0; need[shape->clients + c]++) {
            int largest = 0;
            for (int k = 1; k < shape->clients; k++) {
                if (counts[(int64_t)k * shape->classes + c] > counts[(int64_t)largest * shape->classes + c]) {
                    largest = k;
                }
            }
            counts[(int64_t)largest * shape->classes + c]--;
            need[largest]++;
        }
    }
}

static void solve(const fal_partition_shape *shape, const double *m, int64_t *counts, network *net, int64_t *cost)
{
    const int64_t entries = (int64_t)shape->clients * shape->classes;
    round_down(shape, m, counts, net->need);
    for (int64_t at = 0; at < entries; at++) {
        cost[at] = llround((1.0 - (m[at] - floor(m[at]))) * (double)UNIT);
    }
    for (int k = 0; k < shape->clients; k++) {
        while (net->need[k] > 0) {
            augment(net, k, search(net, k));
        }
    }
    for (int64_t at = 0; at < entries; at++) {
        counts[at] += net->flow[at];
    }
}

fal_status fal_partition_round(const fal_partition_shape *shape, const double *m, int64_t *counts)
{
    network net = {.clients = shape->clients, .classes = shape->classes, .nodes = shape->clients + shape->classes};
    const size_t matrix = fal_arena_round((size_t)shape->clients * (size_t)shape->classes * sizeof *counts);
    const size_t nodes = (size_t)net.nodes;
    const size_t longs = fal_arena_round(nodes * sizeof *net.need);
    fal_arena arena;
    FAL_TRY(fal_arena_create(
        &arena, 2 * matrix + 3 * longs + 3 * fal_arena_round(nodes * sizeof *net.parent) + fal_arena_round(nodes),
        "partition"));
    int64_t *cost = fal_arena_take(&arena, matrix);
    net.cost = cost;
    net.flow = fal_arena_take(&arena, matrix);
    net.need = fal_arena_take(&arena, longs);
    net.potential = fal_arena_take(&arena, longs);
    net.distance = fal_arena_take(&arena, longs);
    net.parent = fal_arena_take(&arena, nodes * sizeof *net.parent);
    net.heap = fal_arena_take(&arena, nodes * sizeof *net.heap);
    net.place = fal_arena_take(&arena, nodes * sizeof *net.place);
    net.settled = fal_arena_take(&arena, nodes);
    solve(shape, m, counts, &net, cost);
    fal_arena_destroy(&arena);
    return FAL_OK;
}
