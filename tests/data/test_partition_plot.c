/* The picture of a partition: complete SVG with every number, safe titles, any shape. */
#include "support.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/partition_plot.h"

static int occurrences(const char *text, const char *part)
{
    int count = 0;
    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part)) {
        count++;
    }
    return count;
}

static void every_entry_has_a_cell_and_a_number(void **state)
{
    (void)state;
    const int64_t counts[2 * 3] = {111, 0, 222, 333, 444, 0};
    const char names[3][8] = {"cat", "a<b&c>", "dog"};
    const fal_partition_plot plot = {
        .title = "x & <y>\n", .counts = counts, .clients = 2, .classes = 3, .class_names = names[0], .name_size = 8};
    fal_text text = {0};
    assert_ok(fal_partition_plot_svg(&plot, &text));
    assert_memory_equal(text.chars, "<?xml", 5);
    assert_memory_equal(text.chars + text.length - 7, "</svg>\n", 7);
    assert_int_equal(occurrences(text.chars, "<rect"), 2 * 3 + 3); /* ground, grid and frame */
    assert_int_equal(occurrences(text.chars, "<text"), occurrences(text.chars, "</text>"));
    assert_non_null(strstr(text.chars, ">x &amp; &lt;y&gt; <"));
    assert_non_null(strstr(text.chars, ">a&lt;b&amp;c&gt;<"));
    static const char *const numbers[] = {">111<", ">222<", ">333<", ">444<", ">777<"};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(occurrences(text.chars, numbers[i]), i == 2 ? 2 : 1); /* client 0 holds 333 as well */
    }
    fal_text_destroy(&text);
}

static void large_and_empty_partitions_are_drawn(void **state)
{
    (void)state;
    enum { CLIENTS = 300, CLASSES = 200 };
    int64_t *counts = NULL;
    fal_text text = {0};
    assert_ok(fal_alloc(&counts, CLIENTS * CLASSES, sizeof *counts, "test"));
    const fal_partition_plot plot = {.title = "", .counts = counts, .clients = CLIENTS, .classes = CLASSES};
    assert_ok(fal_partition_plot_svg(&plot, &text));
    assert_int_equal(occurrences(text.chars, "<rect"), CLIENTS * CLASSES + 3);
    assert_null(strstr(text.chars, "class=\"on\"")); /* no numbers in cells of a few pixels */
    fal_text_destroy(&text);
    fal_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_has_a_cell_and_a_number),
        cmocka_unit_test(large_and_empty_partitions_are_drawn),
    };
    return cmocka_run_group_tests_name("data/partition_plot", tests, NULL, NULL);
}
