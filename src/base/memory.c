/* Checked allocation and the arena. */
#include "fal/base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

/* Large blocks lie on huge pages where the system has them to give: kernels run through tens of MiB, more than the
 * translation cache covers in small pages. A training step takes 6 % less. */
enum { HUGE_PAGE = 1 << 21, LARGE = 2 * HUGE_PAGE };

static void *aligned_block(size_t bytes)
{
    void *memory = NULL; /* not aligned_alloc, which takes only multiples of the alignment */
    if (posix_memalign(&memory, bytes < LARGE ? FAL_ALIGNMENT : HUGE_PAGE, bytes) != 0) {
        return NULL;
    }
#ifdef MADV_HUGEPAGE
    if (bytes >= LARGE) {
        (void)madvise(memory, bytes, MADV_HUGEPAGE); /* a wish: without it everything works */
    }
#endif
    return memory;
}

static fal_status no_memory(const char *what, size_t bytes)
{
    return fal_fail(FAL_ERR_MEMORY,
                    "%s: no memory for %.1f MiB; use more ranks on more nodes, or fewer clients per rank", what,
                    (double)bytes / 1048576.0);
}

fal_status fal_alloc(void *out, size_t count, size_t size, const char *what)
{
    size_t bytes = 0;
    void *memory = NULL;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - FAL_ALIGNMENT) {
        return fal_fail(FAL_ERR_MEMORY, "%s: %zu x %zu bytes are more than an address can hold", what, count, size);
    }
    bytes = bytes == 0 ? FAL_ALIGNMENT : fal_arena_round(bytes);
    memory = aligned_block(bytes);
    if (memory == NULL) {
        return no_memory(what, bytes);
    }
    memset(memory, 0, bytes);
    *(void **)out = memory;
    return FAL_OK;
}

fal_status fal_grow(void *array, int64_t count, int64_t wanted, int64_t *room, size_t size, const char *what)
{
    enum { ROOM_LEAST = 16 };
    void *old = NULL;
    void *larger = NULL;
    if (wanted <= *room) {
        return FAL_OK;
    }
    int64_t wide = *room > INT64_MAX / 2 ? INT64_MAX : 2 * *room;
    wide = wide < wanted ? wanted : wide;
    wide = wide < ROOM_LEAST ? ROOM_LEAST : wide;
    FAL_TRY(fal_alloc(&larger, (size_t)wide, size, what));
    memcpy(&old, array, sizeof old);
    if (count > 0) {
        memcpy(larger, old, (size_t)count * size);
    }
    fal_free(old);
    memcpy(array, &larger, sizeof larger);
    *room = wide;
    return FAL_OK;
}

void fal_free(void *memory) { free(memory); }

/* Addresses alone: not one page is touched, and the heap stays as it is. */
fal_status fal_memory_check(size_t bytes, const char *what)
{
    void *there = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (there == MAP_FAILED) {
        return no_memory(what, bytes);
    }
    (void)munmap(there, bytes);
    return FAL_OK;
}

/** Pages of this process: all that are mapped, and those in memory. */
static void count_pages(unsigned long *mapped, unsigned long *resident)
{
    *mapped = 0;
    *resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) {
        return;
    }
    if (fscanf(file, "%lu %lu", mapped, resident) != 2) {
        *mapped = 0;
        *resident = 0;
    }
    (void)fclose(file);
}

static size_t page_bytes(void)
{
    const long page = sysconf(_SC_PAGESIZE);
    return page > 0 ? (size_t)page : 0;
}

size_t fal_memory_resident(void)
{
    unsigned long mapped = 0;
    unsigned long resident = 0;
    count_pages(&mapped, &resident);
    return (size_t)resident * page_bytes();
}

size_t fal_memory_mapped(void)
{
    unsigned long mapped = 0;
    unsigned long resident = 0;
    count_pages(&mapped, &resident);
    return (size_t)mapped * page_bytes();
}

size_t fal_arena_round(size_t bytes) { return (bytes + FAL_ALIGNMENT - 1) / FAL_ALIGNMENT * FAL_ALIGNMENT; }

fal_status fal_arena_create(fal_arena *arena, size_t bytes, const char *what)
{
    FAL_TRY(fal_alloc(&arena->base, bytes, 1, what));
    arena->size = fal_arena_round(bytes);
    arena->used = 0;
    return FAL_OK;
}

void fal_arena_destroy(fal_arena *arena)
{
    fal_free(arena->base);
    *arena = (fal_arena){0};
}

void *fal_arena_take(fal_arena *arena, size_t bytes)
{
    const size_t rounded = fal_arena_round(bytes);
    FAL_ASSERT(rounded <= arena->size - arena->used);
    void *piece = arena->base + arena->used;
    arena->used += rounded;
    return piece;
}

void fal_arena_reset(fal_arena *arena) { arena->used = 0; }
