/* Exact sums: the mean against long double, the same bits for every dealing of clients and every MPI algorithm (the
 * digest is compared over numbers of ranks by the runner), failures and stops travel. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/random.h"
#include "fal/comm/exact_sum.h"
#include "mpi_support.h"

enum { CLIENTS = 12, SIZE = 5000, BLOCKS = 5 };
/* Odd lengths, a gap of 3 before block 2, an empty block, and floats 4904 .. 4999 in no block. */
static const size_t offsets[BLOCKS] = {0, 1000, 1020, 4900, 4900};
static const size_t counts[BLOCKS] = {1000, 17, 3880, 0, 4};
static const char *const names[BLOCKS] = {"large", "tiny", "mixed", "empty", "extreme"};
static const int64_t weights[CLIENTS] = {250, 1, 0, 77, 250, 123456, 3, 9, 250, 250, 31, 64};
static float values[CLIENTS][SIZE];

static int64_t total_weight(void)
{
    int64_t total = 0;
    for (int client = 0; client < CLIENTS; client++) {
        total += weights[client];
    }
    return total;
}

static void make_values(void)
{
    for (int client = 0; client < CLIENTS; client++) {
        const fal_rng rng = {.seed = 9, .purpose = FAL_RNG_TEST, .client = (uint32_t)client};
        for (size_t i = 0; i < SIZE; i++) {
            const double u = fal_rng_normal(&rng, i);
            double scale = 1;
            if (i >= offsets[1] && i < offsets[1] + counts[1]) {
                scale = 0x1p-140; /* denormal numbers */
            } else if (i >= offsets[2] && i < offsets[2] + counts[2]) {
                scale = ldexp(1, (int)(i % 60) - 30);
            }
            values[client][i] = (float)(u * scale);
        }
        values[client][4900] = 3.4028235e38f; /* the largest float, everywhere: the mean must not overflow */
        values[client][4901] = client % 2 == 0 ? 3.4028235e38f : -3.4028235e38f;
        values[client][4902] = 0;
        values[client][4903] = -3.4028235e38f;
    }
}

static bool is_mine(const fal_comm *comm, int client, bool dealt_round)
{
    const int size = fal_comm_size(comm);
    return (dealt_round ? client % size : client * size / CLIENTS) == fal_comm_rank(comm);
}

static void run(fal_exact_sum *sum, const fal_comm *comm, bool dealt_round, float *mean)
{
    int64_t stop = fal_comm_rank(comm) == fal_comm_size(comm) - 1 ? 3 : 0;
    fal_exact_sum_begin(sum);
    for (int client = 0; client < CLIENTS; client++) {
        if (is_mine(comm, client, dealt_round)) {
            fal_exact_sum_scan(sum, values[client], client);
        }
    }
    CHECK(fal_exact_sum_agree(sum, comm, FAL_OK, &stop, names, "AL round 1, FL round 2") == FAL_OK);
    CHECK(stop == 3);
    for (int client = CLIENTS - 1; client >= 0; client--) {
        if (is_mine(comm, client, dealt_round)) {
            fal_exact_sum_add(sum, values[client], weights[client], total_weight());
        }
    }
    fal_exact_sum_finish(sum, comm, mean);
}

static void the_mean_is_that_of_long_double(const float *mean)
{
    for (int block = 0; block < BLOCKS; block++) {
        long double largest = 0;
        for (int client = 0; client < CLIENTS; client++) {
            for (size_t i = offsets[block]; i < offsets[block] + counts[block]; i++) {
                largest = fmaxl(largest, fabsl((long double)values[client][i]));
            }
        }
        for (size_t i = offsets[block]; i < offsets[block] + counts[block]; i++) {
            long double expected = 0;
            for (int client = 0; client < CLIENTS; client++) {
                expected += (long double)values[client][i] * weights[client] / total_weight();
            }
            /* Half a unit of float32 (denormal at the bottom), half a unit of the integers per client, and the rounding
             * of the weights to double. */
            const long double bound = fabsl(expected) * 0x1.001p-24L + largest * CLIENTS * 0x1p-50L + 0x1p-150L;
            CHECK(fabsl((long double)mean[i] - expected) <= bound);
        }
    }
    CHECK(mean[1017] == 0 && mean[1018] == 0 && mean[1019] == 0 && mean[4999] == 0);
    CHECK(mean[4900] == 3.4028235e38f && mean[4903] == -3.4028235e38f && mean[4902] == 0);
}

static void failures_and_values_that_are_not_finite_reach_all(fal_exact_sum *sum, const fal_comm *world)
{
    const int size = fal_comm_size(world);
    const int rank = fal_comm_rank(world);
    /* Clients 7 and 4 are bad; 4 is named with its first bad block, whichever rank holds them. */
    const float keep[2] = {values[7][3], values[4][1100]};
    values[7][3] = INFINITY;
    values[4][1100] = NAN;
    for (int dealt = 0; dealt < 2; dealt++) {
        int64_t stop = rank;
        fal_exact_sum_begin(sum);
        for (int client = 0; client < CLIENTS; client++) {
            if (is_mine(world, client, dealt == 1)) {
                fal_exact_sum_scan(sum, values[client], client);
            }
        }
        fal_status_clear();
        CHECK(fal_exact_sum_agree(sum, world, FAL_OK, &stop, names, "AL round 3, FL round 8") == FAL_ERR_NUMERIC);
        CHECK(strstr(fal_status_message(), "client 4, AL round 3, FL round 8: mixed ") != NULL);
        CHECK(stop == size - 1);
    }
    values[7][3] = keep[0];
    values[4][1100] = keep[1];
    /* A rank's own failure comes through with its message. */
    int64_t stop = 0;
    fal_exact_sum_begin(sum);
    fal_status_clear();
    const fal_status mine = rank == size / 2 ? fal_fail(FAL_ERR_NUMERIC, "client 9: loss") : FAL_OK;
    CHECK(fal_exact_sum_agree(sum, world, mine, &stop, names, "") == FAL_ERR_NUMERIC);
    CHECK(strcmp(fal_status_message(), "client 9: loss") == 0);
    fal_status_clear();
}

static void one_client_alone_keeps_its_values(const fal_comm *world)
{
    const size_t offset = 0;
    const size_t count = 1000;
    fal_exact_sum *sum = NULL;
    float mean[1000];
    int64_t stop = 0;
    CHECK(fal_exact_sum_create(1000, 1, &offset, &count, &sum) == FAL_OK);
    fal_exact_sum_begin(sum);
    if (fal_comm_rank(world) == 0) {
        fal_exact_sum_scan(sum, values[0], 0);
    }
    CHECK(fal_exact_sum_agree(sum, world, FAL_OK, &stop, names, "") == FAL_OK);
    if (fal_comm_rank(world) == 0) {
        fal_exact_sum_add(sum, values[0], 40, 40);
    }
    fal_exact_sum_finish(sum, world, mean);
    CHECK(memcmp(mean, values[0], sizeof mean) == 0);
    fal_exact_sum_destroy(sum);
}

int main(int argc, char **argv)
{
    static float mean[SIZE];
    static float alone[SIZE];
    char digest[FAL_HASH_TEXT];
    fal_comm *world = check_start(&argc, &argv);
    fal_comm *self = NULL;
    fal_exact_sum *sum = NULL;
    if (world == NULL) {
        return 1;
    }
    make_values();
    CHECK(fal_comm_split(world, fal_comm_rank(world), &self) == FAL_OK);
    CHECK(fal_exact_sum_create(SIZE, BLOCKS, offsets, counts, &sum) == FAL_OK);
    run(sum, self, false, alone);
    the_mean_is_that_of_long_double(alone);
    run(sum, world, false, mean);
    CHECK(memcmp(mean, alone, sizeof mean) == 0);
    run(sum, world, true, mean);
    CHECK(memcmp(mean, alone, sizeof mean) == 0);
    failures_and_values_that_are_not_finite_reach_all(sum, world);
    one_client_alone_keeps_its_values(world);
    CHECK(fal_hash_bytes(mean, sizeof mean, digest) == FAL_OK);
    if (fal_comm_rank(world) == 0) {
        (void)printf("digest %s\n", digest);
    }
    fal_exact_sum_destroy(sum);
    fal_exact_sum_destroy(NULL);
    fal_comm_destroy(self);
    return check_end(world);
}
