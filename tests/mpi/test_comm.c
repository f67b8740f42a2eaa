/* Agreement, groups and transfers between ranks. */
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "mpi_support.h"

/* The message of a rank, followed by its name unless it is rank 0. */
static bool message_is_of(int rank, const char *text)
{
    char expected[512];
    if (rank == 0) {
        return strcmp(fal_status_message(), text) == 0;
    }
    (void)snprintf(expected, sizeof expected, "%s (rank %d on %s)", text, rank, fal_comm_host());
    return strcmp(fal_status_message(), expected) == 0;
}

static void agreement_picks_the_worst_status_and_its_lowest_rank(const fal_comm *world)
{
    const int rank = fal_comm_rank(world);
    const int size = fal_comm_size(world);
    CHECK(fal_comm_agree(world, FAL_OK) == FAL_OK);
    /* Every rank fails alone in turn; its message reaches all. */
    for (int failing = 0; failing < size; failing++) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "inputs/x.h5: bad on rank %d", failing);
        fal_status_clear();
        const fal_status mine = rank == failing ? fal_fail(FAL_ERR_INPUT, "%s", expected) : FAL_OK;
        CHECK(fal_comm_agree(world, mine) == FAL_ERR_INPUT);
        CHECK(message_is_of(failing, expected));
    }
    /* All fail: the upper half worse than the lower one. */
    char expected[64];
    (void)snprintf(expected, sizeof expected, "rank %d", size / 2);
    fal_status_clear();
    const fal_status mine = fal_fail(rank >= size / 2 ? FAL_ERR_OUTPUT : FAL_ERR_USAGE, "rank %d", rank);
    CHECK(fal_comm_agree(world, mine) == FAL_ERR_OUTPUT);
    CHECK(message_is_of(size / 2, expected));
    /* A stop is less than any error and needs no message. */
    fal_status_clear();
    CHECK(fal_comm_agree(world, rank == size - 1 ? FAL_STOPPED : FAL_OK) == FAL_STOPPED);
    CHECK(fal_status_message()[0] == '\0');
    CHECK(fal_comm_agree(world, FAL_OK) == FAL_OK);
    /* A numerical failure does not depend on where a client is, so the rank is not named. */
    fal_status_clear();
    CHECK(fal_comm_agree(world, rank == size - 1 ? fal_fail(FAL_ERR_NUMERIC, "client 9: loss") : FAL_OK) ==
          FAL_ERR_NUMERIC);
    CHECK(strcmp(fal_status_message(), "client 9: loss") == 0);
    fal_status_clear();
}

static void split_groups_keep_rank_order(const fal_comm *world)
{
    const int rank = fal_comm_rank(world);
    const int size = fal_comm_size(world);
    fal_comm *group = NULL;
    CHECK(fal_comm_split(world, rank % 2, &group) == FAL_OK);
    CHECK(fal_comm_size(group) == (rank % 2 == 0 ? (size + 1) / 2 : size / 2));
    CHECK(fal_comm_rank(group) == rank / 2);
    /* Groups agree by themselves: only the odd ranks see this failure. */
    fal_status_clear();
    const fal_status mine = rank == 1 ? fal_fail(FAL_ERR_NUMERIC, "odd") : FAL_OK;
    CHECK(fal_comm_agree(group, mine) == (rank % 2 == 1 ? FAL_ERR_NUMERIC : FAL_OK));
    int64_t sum = rank;
    int64_t expected = 0;
    for (int other = rank % 2; other < size; other += 2) {
        expected += other;
    }
    fal_comm_sum_int64(group, &sum, 1);
    CHECK(sum == expected);
    fal_comm_destroy(group);
    fal_comm_destroy(NULL);
    fal_status_clear();
}

static void transfers_deliver_what_was_sent(const fal_comm *world)
{
    const int rank = fal_comm_rank(world);
    const int size = fal_comm_size(world);
    char text[32] = "";
    if (rank == size - 1) {
        (void)snprintf(text, sizeof text, "from the last");
    }
    fal_comm_broadcast(world, text, sizeof text, size - 1);
    CHECK(strcmp(text, "from the last") == 0);
    CHECK(fal_comm_max(world, -5 + rank) == size - 6);

    int64_t values[100];
    for (int i = 0; i < 100; i++) {
        values[i] = ((int64_t)1 << 40) * (i - 50) + rank;
    }
    fal_comm_sum_int64(world, values, 100);
    for (int i = 0; i < 100; i++) {
        CHECK(values[i] == ((int64_t)1 << 40) * (i - 50) * size + (int64_t)size * (size - 1) / 2);
    }

    const int64_t before = fal_comm_sent_bytes();
    if (rank == 0) {
        for (int to = 1; to < size; to++) {
            fal_comm_send(world, &to, sizeof to, to, 7);
        }
        CHECK(fal_comm_sent_bytes() - before == (size - 1) * (int64_t)sizeof(int));
    } else {
        int got = -1;
        fal_comm_receive(world, &got, sizeof got, 0, 7);
        CHECK(got == rank);
    }
}

static void gather_joins_pieces_of_any_length_in_rank_order(const fal_comm *world)
{
    const int rank = fal_comm_rank(world);
    const int size = fal_comm_size(world);
    char piece[64];
    char *all = NULL;
    size_t sizes[64] = {0};
    size_t at = 0;
    memset(piece, 'a' + rank, sizeof piece);
    /* Rank r brings 3 (r mod 4) bytes: some bring none. */
    CHECK(fal_comm_gather(world, piece, 3 * (size_t)(rank % 4), (void **)&all, sizes) == FAL_OK);
    CHECK((all != NULL) == (rank == 0));
    for (int from = 0; rank == 0 && from < size; from++) {
        CHECK(sizes[from] == 3 * (size_t)(from % 4));
        for (size_t i = 0; i < sizes[from]; i++) {
            CHECK(all[at++] == 'a' + from);
        }
    }
    fal_free(all);
    all = NULL;
    CHECK(fal_comm_gather(world, piece, 1, (void **)&all, NULL) == FAL_OK);
    CHECK(rank != 0 || all[size - 1] == 'a' + size - 1);
    fal_free(all);
}

static void the_node_is_known(const fal_comm *world)
{
    /* One node here: all ranks are on it. */
    CHECK(fal_comm_node_size(world) == fal_comm_size(world));
    CHECK(fal_comm_node_rank(world) == fal_comm_rank(world));
    CHECK(strncmp(fal_comm_library(), "none", 4) != 0 && strstr(fal_comm_library(), ", MPI ") != NULL);
    CHECK(fal_comm_host()[0] != '\0');
    const bool shared = fal_comm_cores_shared(world);
    CHECK(fal_comm_size(world) > 1 || !shared);
    CHECK(getenv("OMPI_MCA_mpi_yield_when_idle") != NULL);
    fal_comm_barrier(world);
}

int main(int argc, char **argv)
{
    fal_comm *world = check_start(&argc, &argv);
    if (world == NULL) {
        return 1;
    }
    agreement_picks_the_worst_status_and_its_lowest_rank(world);
    split_groups_keep_rank_order(world);
    transfers_deliver_what_was_sent(world);
    gather_joins_pieces_of_any_length_in_rank_order(world);
    the_node_is_known(world);
    return check_end(world);
}
