/* Checked allocation and the arena. */
#include "support.h"

#include <string.h>

#include "fal/base/memory.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    unsigned char *memory = NULL;
    assert_ok(fal_alloc(&memory, 1000, 3, "test"));
    assert_int_equal((uintptr_t)memory % FAL_ALIGNMENT, 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(memory[i], 0);
    }
    fal_free(memory);
    fal_free(NULL);
}

static void nothing_asked_for_gives_a_valid_pointer(void **state)
{
    (void)state;
    void *memory = NULL;
    assert_ok(fal_alloc(&memory, 0, 8, "test"));
    assert_non_null(memory);
    fal_free(memory);
}

static void sizes_that_overflow_are_refused_and_leave_the_output(void **state)
{
    (void)state;
    void *memory = state;
    assert_fails(fal_alloc(&memory, SIZE_MAX / 2, 3, "pool"), FAL_ERR_MEMORY, "pool");
    assert_fails(fal_alloc(&memory, SIZE_MAX - 8, 1, "pool"), FAL_ERR_MEMORY, "pool");
    assert_ptr_equal(memory, state);
}

static void rooms_grow_and_keep_what_they_hold(void **state)
{
    (void)state;
    int32_t *numbers = NULL;
    int64_t room = 0;
    for (int32_t i = 0; i < 1000; i++) {
        assert_ok(fal_grow(&numbers, i, i + 1, &room, sizeof *numbers, "test"));
        assert_true(room > i);
        assert_int_equal(numbers[i], 0);
        numbers[i] = i;
    }
    assert_int_equal(room, 1024);
    for (int32_t i = 0; i < 1000; i++) {
        assert_int_equal(numbers[i], i);
    }
    assert_ok(fal_grow(&numbers, 1000, 5000, &room, sizeof *numbers, "test"));
    assert_int_equal(room, 5000);
    const int32_t *before = numbers;
    assert_fails(fal_grow(&numbers, 1000, INT64_MAX, &room, sizeof *numbers, "pool"), FAL_ERR_MEMORY, "pool");
    assert_true(numbers == before && room == 5000 && numbers[999] == 999);
    fal_free(numbers);
}

static void arena_pieces_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    fal_arena arena;
    assert_int_equal(fal_arena_round(0), 0);
    assert_int_equal(fal_arena_round(1), 64);
    assert_int_equal(fal_arena_round(64), 64);
    assert_ok(fal_arena_create(&arena, fal_arena_round(10) + fal_arena_round(100), "test"));
    unsigned char *a = fal_arena_take(&arena, 10);
    unsigned char *b = fal_arena_take(&arena, 100);
    assert_int_equal((uintptr_t)a % FAL_ALIGNMENT, 0);
    assert_int_equal((uintptr_t)b % FAL_ALIGNMENT, 0);
    memset(a, 1, 10);
    memset(b, 2, 100);
    assert_int_equal(a[9], 1);
    assert_int_equal(arena.used, arena.size);
    fal_arena_reset(&arena);
    assert_ptr_equal(fal_arena_take(&arena, 10), a);
    fal_arena_destroy(&arena);
    assert_null(arena.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(nothing_asked_for_gives_a_valid_pointer),
        cmocka_unit_test(sizes_that_overflow_are_refused_and_leave_the_output),
        cmocka_unit_test(rooms_grow_and_keep_what_they_hold),
        cmocka_unit_test(arena_pieces_are_aligned_and_do_not_overlap),
    };
    return cmocka_run_group_tests_name("base/memory", tests, NULL, NULL);
}
