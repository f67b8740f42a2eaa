/* Views: cells that refer to frames, which of them are best, and what LaTeX must not see. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "report/view_internal.h"

static const fal_frame_column columns[] = {
    {"strategy", FAL_FRAME_NAME, 0, ""}, {"mean", FAL_FRAME_REAL, 1, ""}, {"sd", FAL_FRAME_REAL, 1, ""}};

static fal_frame frame;
static fal_view view;

/* A row of numbers, one for each strategy. */
static void make(const double *means, int count)
{
    static const char *const names[] = {"a_b", "50 % & more", "c<d>", "e"};
    fal_frame_init(&frame, "things", "Things", columns, 3);
    assert_ok(fal_view_create(&view, "Means & more", 2, count + 1, 1));
    fal_view_text(&view, 0, 0, "round");
    fal_view_text(&view, 1, 0, "%d", 1);
    for (int i = 0; i < count; i++) {
        fal_frame_put_text(&frame, names[i]);
        fal_frame_put_real(&frame, means[i]);
        fal_frame_put_real(&frame, 0.25);
        fal_view_text(&view, 0, i + 1, "%s", names[i]);
        fal_view_number(&view, 1, i + 1, &frame, i, 1, 2);
    }
    assert_ok(fal_frame_status(&frame));
}

static int destroy(void **state)
{
    (void)state;
    fal_view_destroy(&view);
    fal_frame_destroy(&frame);
    return 0;
}

static int place(int column) { return view.cells[view.columns + column].place; }

static void best_and_second_are_marked(void **state)
{
    (void)state;
    make((const double[]){1, 3, 2, NAN}, 4);
    fal_view_mark(&view, 1, true, 1, 4, false);
    assert_int_equal(place(1), 0);
    assert_int_equal(place(2), 1);
    assert_int_equal(place(3), 2);
    assert_int_equal(place(4), 0);
    fal_view_mark(&view, 1, true, 1, 4, true); /* low is good */
    assert_int_equal(place(1), 1);
    assert_int_equal(place(3), 2);
    assert_int_equal(place(2), 0);
}

static void equals_share_a_place_and_all_equal_have_none(void **state)
{
    (void)state;
    make((const double[]){3, 3, 2}, 3);
    fal_view_mark(&view, 1, true, 1, 3, false);
    assert_int_equal(place(1), 1);
    assert_int_equal(place(2), 1);
    assert_int_equal(place(3), 0);
    (void)destroy(NULL);
    make((const double[]){3, 3}, 2);
    fal_view_mark(&view, 1, true, 1, 2, false);
    assert_int_equal(place(1), 0);
}

static void html_escapes_and_refers(void **state)
{
    (void)state;
    fal_text html = {0};
    make((const double[]){1, 3, 2}, 3);
    fal_view_mark(&view, 1, true, 1, 3, false);
    fal_view_about(&view, 0, 2, -1);
    assert_ok(fal_view_html(&view, &html));
    fal_test_text_has(html.chars, "Means &amp; more</caption>");
    fal_test_text_has(html.chars, "c&lt;d&gt;");
    fal_test_text_has(html.chars, "<table data-f=\"things\" data-a=0 data-b=2>");
    fal_test_text_has(html.chars, "<th scope=col data-c=1>c&lt;d&gt;");
    fal_test_text_has(html.chars, "<tr><th scope=row>1<td data-v=0>1.0 ±<small>0.2</small><td class=top1 data-v=1>3.0");
    assert_null(strstr(html.chars, "<d>"));
    fal_text_destroy(&html);
}

/* A row of the frame in each row: said once for the row, but not where another row, column, frame or a text stands. */
static void references_are_short(void **state)
{
    (void)state;
    static const int which[] = {0, 1, 2, -1};
    fal_text html = {0};
    fal_frame other;
    make((const double[]){1, 3, 2, 5}, 4);
    fal_view_destroy(&view);
    fal_frame_init(&other, "others", "Others", columns + 1, 1);
    fal_frame_put_real(&other, 7);
    assert_ok(fal_view_of_rows(&view, "Things", &frame, (const int64_t[]){1, 3, 2, 0}, 0, 4, which, 1));
    fal_view_number(&view, 2, 2, &frame, 1, 2, -1);
    fal_view_number(&view, 3, 1, &other, 0, 0, -1);
    fal_view_text(&view, 4, 2, "none");
    view.cells[4 * 3 + 2].frame = NULL;
    assert_ok(fal_view_html(&view, &html));
    fal_test_text_has(html.chars, "<table data-f=\"things\">");
    fal_test_text_has(html.chars, "<th scope=col data-c=1>mean<th scope=col data-c=2>sd</tr>");
    fal_test_text_has(html.chars, "<tr data-r=1><th scope=row>50 % &amp; more<td>3.0<td>0.2</tr>");
    fal_test_text_has(html.chars, "<tr><th scope=row>e<td data-v=3>5.0<td data-v=1>0.2</tr>");
    fal_test_text_has(html.chars, "<tr><th scope=row>c&lt;d&gt;<td data-v=others.0.0>7.0<td data-v=2>0.2</tr>");
    fal_test_text_has(html.chars, "<tr><th scope=row>a_b<td data-v=0>1.0<td>none</tr>");
    fal_frame_destroy(&other);
    fal_text_destroy(&html);
}

static void latex_is_escaped(void **state)
{
    (void)state;
    fal_text latex = {0};
    make((const double[]){-1, 3, 2}, 3);
    fal_view_mark(&view, 1, true, 1, 3, false);
    assert_ok(fal_view_latex(&view, &latex));
    fal_test_text_has(latex.chars, "\\caption{Means \\& more}");
    fal_test_text_has(latex.chars, "round & a\\_b & 50 \\% \\& more & c\\textless{}d\\textgreater{} \\\\\n\\midrule\n");
    fal_test_text_has(latex.chars,
                      "1 & $-$1.0 $\\pm$ 0.2 & \\textbf{3.0} $\\pm$ 0.2 & \\underline{2.0} $\\pm$ 0.2 \\\\");
    fal_text_destroy(&latex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(best_and_second_are_marked, destroy),
        cmocka_unit_test_teardown(equals_share_a_place_and_all_equal_have_none, destroy),
        cmocka_unit_test_teardown(html_escapes_and_refers, destroy),
        cmocka_unit_test_teardown(references_are_short, destroy),
        cmocka_unit_test_teardown(latex_is_escaped, destroy),
    };
    return cmocka_run_group_tests_name("report/view", tests, NULL, NULL);
}
