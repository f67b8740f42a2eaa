/* Checked allocation and the arena: plan sizes once, take one aligned block, hand out pieces. */
#ifndef FAL_BASE_MEMORY_H
#define FAL_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

enum { FAL_ALIGNMENT = 64 };

/** `*out` = zeroed, 64-byte aligned memory for count elements of `size` bytes; count 0 gives a valid pointer.
 *  FAL_ERR_MEMORY on overflow or exhaustion, with `what` in the message. Release with fal_free. */
fal_status fal_alloc(void *out, size_t count, size_t size, const char *what);
void fal_free(void *memory);
/** `array` is the address of a pointer from fal_alloc (or NULL) to *room elements of `size` bytes, `count` of them in
 *  use: at least `wanted` fit afterwards. Rooms double, so that adding one by one takes no more than a few copies; what
 *  is not in use is zero. On failure all stays as it is. */
fal_status fal_grow(void *array, int64_t count, int64_t wanted, int64_t *room, size_t size, const char *what);

/** Before a library is called that may crash where it gets no memory: could it have this much? FAL_ERR_MEMORY. */
fal_status fal_memory_check(size_t bytes, const char *what);

/** Memory of this process that is in use now (resident), with program and libraries, in bytes; 0 where unknown. */
size_t fal_memory_resident(void);
/** Addresses of this process that are in use, in bytes, in memory or not; 0 where unknown. */
size_t fal_memory_mapped(void);

/** Bytes rounded up to the alignment: what fal_arena_take will use of an arena. */
size_t fal_arena_round(size_t bytes);

/** A block that is handed out from the front. Plan with fal_arena_round, create once, take in the same order. */
typedef struct {
    unsigned char *base;
    size_t size;
    size_t used;
} fal_arena;

fal_status fal_arena_create(fal_arena *arena, size_t bytes, const char *what);
void fal_arena_destroy(fal_arena *arena);
/** 64-byte aligned piece, not zeroed again. Taking more than planned is a bug (asserted). */
void *fal_arena_take(fal_arena *arena, size_t bytes);
void fal_arena_reset(fal_arena *arena);

#endif
