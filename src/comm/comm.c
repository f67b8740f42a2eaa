/* Groups of ranks over MPI: start, end, split, agreement on failures, plain transfers, and the one MPI_Abort. Whatever
 * may wait for other ranks does so through wait.c.
 *
 * MPI's own errors end the job inside MPI (MPI_ERRORS_ARE_FATAL, the default), so return codes of its calls say
 * nothing and are not looked at. MPI is called by the main thread only (FUNNELED). */
#include "fal/comm/comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "comm_internal.h"
#include "fal/base/crash.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "library.h"

/* MPI keeps memory of plug-ins that it has unloaded already, which the address sanitizer cannot tell from leaks of
 * ours: what MPI_Init allocates does not count, and leaks are looked for before MPI_Finalize. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define LEAKS_DO_NOT_COUNT() __lsan_disable()
#define LEAKS_COUNT() __lsan_enable()
#define LOOK_FOR_LEAKS() __lsan_do_leak_check()
#else
#define LEAKS_DO_NOT_COUNT() ((void)0)
#define LEAKS_COUNT() ((void)0)
#define LOOK_FOR_LEAKS() ((void)0)
#endif

enum {
    CHUNK_BYTES = 1 << 30, /* of one MPI call, so that its int count never overflows */
    CROWDED_CHUNK_BYTES =
        1 << 19,          /* of one non-blocking sum: what stays in a core's cache is summed up to 10 x faster */
    MEETING_COUNT = 8192, /* numbers from which a sum has steps enough to be worth a meeting before it */
    GATHER_TAG = 32767    /* the largest tag that every MPI must allow; callers use smaller ones */
};

static int64_t sent_bytes;
static char library_text[128] = "none";
static char host_text[MPI_MAX_PROCESSOR_NAME + 1] = "unknown";

static void abort_all(int exit_code)
{
    int started = 0;
    int ended = 0;
    (void)MPI_Initialized(&started);
    (void)MPI_Finalized(&ended);
    fal_crash_leave();
    if (started && !ended) {
        (void)MPI_Abort(MPI_COMM_WORLD, exit_code);
    }
}

/* Fills `created`, which takes over `all`; the rest is as in `parent`, if there is one. Collective over `all`, so the
 * memory is the caller's, who can agree on having it. */
static void wrap(MPI_Comm all, const fal_comm *parent, fal_comm *created)
{
    if (parent != NULL) {
        *created = *parent;
    }
    created->all = all;
    (void)MPI_Comm_rank(all, &created->rank);
    (void)MPI_Comm_size(all, &created->size);
    (void)MPI_Comm_split_type(all, MPI_COMM_TYPE_SHARED, created->rank, MPI_INFO_NULL, &created->node);
    (void)MPI_Comm_rank(created->node, &created->node_rank);
    (void)MPI_Comm_size(created->node, &created->node_size);
}

static void read_library(char *name, size_t size, bool *gives_way)
{
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    int major = 0;
    int minor = 0;
    (void)MPI_Get_library_version(version, &length);
    (void)MPI_Get_version(&major, &minor);
    fal_library_name(version, name, size);
    (void)snprintf(library_text, sizeof library_text, "%s, MPI %d.%d", name, major, minor);
    *gives_way = fal_library_gives_way(version);
}

/* Several copies that are alone each: one says so. Launchers end all when the first leaves with an error, so the others
 * leave a moment later. */
static fal_status check_alone(const fal_launch *launch, const char *library)
{
    const fal_status status = fal_launch_check_alone(launch, library);
    if (status != FAL_OK && !launch->speaks) {
        const struct timespec moment = {.tv_sec = 1};
        (void)nanosleep(&moment, NULL);
    }
    return status;
}

fal_status fal_comm_start(int *argc, char ***argv, fal_comm **world)
{
    int provided = MPI_THREAD_SINGLE;
    int length = 0;
    bool gives_way = false;
    char library[80];
    fal_watch watch;
    fal_status status = FAL_OK;
    /* Ranks that outnumber the cores and spin while they wait cost a factor of 3 (docs: performance); where cores are
     * free, yielding costs nothing. A value set by the user or by mpirun --mca stays. */
    (void)setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    read_library(library, sizeof library, &gives_way);
    const fal_launch launch = fal_launch_look(library);
    if (launch.launcher < 0) { /* Open MPI 5 leaves the shared memory of a process that nobody started: 16 MiB each. Who
                                * is alone needs no way to others, whatever the user has set. */
        (void)setenv("OMPI_MCA_btl", "self", 1);
    }
    fal_watch_start(&watch, &launch, library);
    LEAKS_DO_NOT_COUNT();
    (void)MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    LEAKS_COUNT();
    fal_watch_end(&watch);
    fal_status_set_abort(abort_all);
    (void)MPI_Get_processor_name(host_text, &length);
    FAL_TRY(fal_alloc(world, 1, sizeof **world, "group of ranks"));
    wrap(MPI_COMM_WORLD, NULL, *world);
    fal_wait_choose(*world, gives_way);
    if (provided < MPI_THREAD_FUNNELED) {
        status = fal_fail(FAL_ERR_USAGE,
                          "%s: it does not allow threads inside a rank (MPI_THREAD_FUNNELED): use an MPI "
                          "library built with thread support",
                          library);
    } else if ((*world)->size == 1) {
        status = check_alone(&launch, library);
    }
    if (status != FAL_OK) {
        fal_comm_end(*world);
        *world = NULL;
    }
    return status;
}

void fal_comm_end(fal_comm *world)
{
    if (world != NULL) {
        fal_wait_meet(world);
        (void)MPI_Comm_free(&world->node);
        fal_free(world);
    }
    fal_status_set_abort(NULL);
    LOOK_FOR_LEAKS();
    (void)MPI_Finalize();
}

int fal_comm_rank(const fal_comm *comm) { return comm->rank; }

int fal_comm_size(const fal_comm *comm) { return comm->size; }

int fal_comm_node_size(const fal_comm *comm) { return comm->node_size; }

int fal_comm_node_rank(const fal_comm *comm) { return comm->node_rank; }

bool fal_comm_cores_shared(const fal_comm *comm) { return comm->cores_shared; }

const char *fal_comm_library(void) { return library_text; }

const char *fal_comm_host(void) { return host_text; }

fal_status fal_comm_split(const fal_comm *comm, int color, fal_comm **group)
{
    MPI_Comm all = MPI_COMM_NULL;
    fal_comm *created = NULL;
    FAL_ASSERT(color >= 0);
    const fal_status status = fal_comm_agree(comm, fal_alloc(&created, 1, sizeof *created, "group of ranks"));
    if (status != FAL_OK) {
        fal_free(created);
        return status;
    }
    fal_wait_meet(comm);
    (void)MPI_Comm_split(comm->all, color, comm->rank, &all);
    wrap(all, comm, created);
    *group = created;
    return FAL_OK;
}

void fal_comm_destroy(fal_comm *group)
{
    if (group == NULL) {
        return;
    }
    (void)MPI_Comm_free(&group->node);
    (void)MPI_Comm_free(&group->all);
    fal_free(group);
}

int64_t fal_comm_status_code(const fal_comm *comm, fal_status status)
{
    return (int64_t)status * comm->size + (comm->size - 1 - comm->rank);
}

/* What rank 0 of a group did not see, the reader must be able to find; of numerical failures it
 * says nothing, since they are the same wherever a client is. A message that has been agreed on in a group
 * keeps the name that it got there. */
static void name_rank(fal_status status, int rank, char message[FAL_MESSAGE_MAX])
{
    const size_t used = strlen(message);
    int in_world = 0;
    const bool of_rank = status >= FAL_ERR_USAGE && status != FAL_ERR_NUMERIC;
    if (rank > 0 && of_rank && used > 0 && strstr(message, " (rank ") == NULL) {
        (void)MPI_Comm_rank(MPI_COMM_WORLD, &in_world);
        (void)snprintf(message + used, FAL_MESSAGE_MAX - used, " (rank %d on %s)", in_world, host_text);
    }
}

fal_status fal_comm_status_settle(const fal_comm *comm, int64_t code)
{
    const fal_status status = (fal_status)(code / comm->size);
    const int rank = comm->size - 1 - (int)(code % comm->size);
    char message[FAL_MESSAGE_MAX] = "";
    if (status == FAL_OK) {
        return FAL_OK;
    }
    if (rank == comm->rank) {
        (void)fal_text_copy(message, sizeof message, fal_status_message());
        name_rank(status, rank, message);
    }
    fal_comm_broadcast(comm, message, sizeof message, rank);
    fal_status_clear();
    return fal_fail(status, "%s", message);
}

fal_status fal_comm_agree(const fal_comm *comm, fal_status status)
{
    return fal_comm_status_settle(comm, fal_comm_max(comm, fal_comm_status_code(comm, status)));
}

void fal_comm_barrier(const fal_comm *comm) { fal_wait_meet(comm); }

void fal_comm_broadcast(const fal_comm *comm, void *bytes, size_t count, int root)
{
    for (size_t done = 0; done < count; done += CHUNK_BYTES) {
        const size_t now = count - done < CHUNK_BYTES ? count - done : CHUNK_BYTES;
        MPI_Request request = MPI_REQUEST_NULL;
        (void)MPI_Ibcast((char *)bytes + done, (int)now, MPI_BYTE, root, comm->all, &request);
        fal_wait_for(comm, &request);
    }
    sent_bytes += comm->rank == root && comm->size > 1 ? (int64_t)count : 0;
}

void fal_comm_reduce_int64(const fal_comm *comm, int64_t *values, size_t count, MPI_Op operation)
{
    const bool crowded = comm->waiting == FAL_WAIT_NAP;
    const size_t most = (crowded ? CROWDED_CHUNK_BYTES : CHUNK_BYTES) / sizeof *values;
    if (comm->size == 1) {
        return;
    }
    if (crowded && count >= MEETING_COUNT) {
        fal_wait_meet(comm); /* the long wait; in the steps of the sum itself naps begin short again */
    }
    for (size_t done = 0; done < count; done += most) {
        const size_t now = count - done < most ? count - done : most;
        MPI_Request request = MPI_REQUEST_NULL;
        if (comm->waiting == FAL_WAIT_INSIDE) {
            (void)MPI_Allreduce(MPI_IN_PLACE, values + done, (int)now, MPI_INT64_T, operation, comm->all);
            continue;
        }
        (void)MPI_Iallreduce(MPI_IN_PLACE, values + done, (int)now, MPI_INT64_T, operation, comm->all, &request);
        fal_wait_for(comm, &request);
    }
    sent_bytes += (int64_t)(count * sizeof *values);
}

int64_t fal_comm_max(const fal_comm *comm, int64_t value)
{
    fal_comm_reduce_int64(comm, &value, 1, MPI_MAX);
    return value;
}

void fal_comm_sum_int64(const fal_comm *comm, int64_t *values, size_t count)
{
    fal_comm_reduce_int64(comm, values, count, MPI_SUM);
}

fal_status fal_comm_gather(const fal_comm *comm, const void *bytes, size_t count, void **all, size_t *sizes)
{
    const bool root = comm->rank == 0;
    uint64_t mine = count;
    uint64_t *counts = NULL;
    char *joined = NULL;
    size_t total = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    fal_status status = root ? fal_alloc(&counts, (size_t)comm->size, sizeof *counts, "gathered sizes") : FAL_OK;
    FAL_TRY_GOTO(fal_comm_agree(comm, status));
    (void)MPI_Igather(&mine, 1, MPI_UINT64_T, counts, 1, MPI_UINT64_T, 0, comm->all, &request);
    fal_wait_for(comm, &request);
    for (int rank = 0; root && rank < comm->size; rank++) {
        total += counts[rank];
    }
    status = root ? fal_alloc(&joined, total, 1, "gathered bytes") : FAL_OK;
    FAL_TRY_GOTO(fal_comm_agree(comm, status));
    if (!root) {
        fal_comm_send(comm, bytes, count, 0, GATHER_TAG);
    }
    for (size_t rank = 0, at = 0; root && rank < (size_t)comm->size; at += counts[rank], rank++) {
        if (rank > 0) {
            fal_comm_receive(comm, joined + at, counts[rank], (int)rank, GATHER_TAG);
        } else if (count > 0) {
            memcpy(joined, bytes, count);
        }
        if (sizes != NULL) {
            sizes[rank] = counts[rank];
        }
    }
    *all = joined;
    joined = NULL;
done:
    fal_free(joined);
    fal_free(counts);
    return status;
}

void fal_comm_send(const fal_comm *comm, const void *bytes, size_t count, int to, int tag)
{
    for (size_t done = 0; done < count; done += CHUNK_BYTES) {
        const size_t now = count - done < CHUNK_BYTES ? count - done : CHUNK_BYTES;
        MPI_Request request = MPI_REQUEST_NULL;
        (void)MPI_Isend((const char *)bytes + done, (int)now, MPI_BYTE, to, tag, comm->all, &request);
        fal_wait_for(comm, &request);
    }
    sent_bytes += (int64_t)count;
}

void fal_comm_receive(const fal_comm *comm, void *bytes, size_t count, int from, int tag)
{
    for (size_t done = 0; done < count; done += CHUNK_BYTES) {
        const size_t now = count - done < CHUNK_BYTES ? count - done : CHUNK_BYTES;
        MPI_Request request = MPI_REQUEST_NULL;
        (void)MPI_Irecv((char *)bytes + done, (int)now, MPI_BYTE, from, tag, comm->all, &request);
        fal_wait_for(comm, &request);
    }
}

bool fal_comm_arrived(const fal_comm *comm, int tag, int *from)
{
    int arrived = 0;
    MPI_Status message;
    (void)MPI_Iprobe(MPI_ANY_SOURCE, tag, comm->all, &arrived, &message);
    if (arrived) {
        *from = message.MPI_SOURCE;
    }
    return arrived != 0;
}

int fal_comm_await(const fal_comm *comm, int tag)
{
    MPI_Status message;
    fal_wait_message(comm, tag, &message);
    return message.MPI_SOURCE;
}

int64_t fal_comm_sent_bytes(void) { return sent_bytes; }
