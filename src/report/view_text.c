/* Views as HTML and as LaTeX. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/svg.h"

#include "view_internal.h"

enum { SHOWN = 1400 }; /* the longest text of a frame that is shown in a cell */

/* Where numbers of a table stand in the frames: said once for a table, a column or a row where that is possible, since
 * pages have some ten thousand of them. <table data-f=FRAME>, <th data-c=COLUMN>, <tr data-r=ROW> hold for all cells
 * below and beside them; a cell for which they do not has data-v=ROW, COLUMN.ROW or FRAME.COLUMN.ROW. A <small> in it
 * is of the column after. End tags of cells and quotes around numbers, which HTML does not need, are left out. Of what
 * a row is about, <table data-a, data-b, data-s> name the columns. */
typedef struct {
    const fal_frame *frame; /* NULL: no numbers */
    int *columns;           /* [view's columns] of the frame; -1: not the same in all rows, or no numbers */
    int64_t *rows;          /* [view's rows] of the frame; -1: not the same in all columns */
} positions;

static const fal_view_cell *cell_at(const fal_view *view, int row, int column)
{
    return &view->cells[row * view->columns + column];
}

static fal_status find_positions(const fal_view *view, positions *to)
{
    FAL_TRY(fal_alloc(&to->columns, (size_t)view->columns, sizeof *to->columns, "report"));
    FAL_TRY(fal_alloc(&to->rows, (size_t)view->rows, sizeof *to->rows, "report"));
    for (int i = view->columns; i < view->rows * view->columns && to->frame == NULL; i++) {
        to->frame = view->cells[i].frame;
    }
    for (int c = 0; c < view->columns; c++) {
        to->columns[c] = -1;
        for (int r = view->rows - 1; r > 0 && to->frame != NULL; r--) { /* the first row's in the end */
            const fal_view_cell *cell = cell_at(view, r, c);
            to->columns[c] = cell->frame == to->frame ? cell->column : to->columns[c];
        }
    }
    for (int r = 0; r < view->rows; r++) {
        to->rows[r] = -1;
        for (int c = view->columns - 1; c >= 0 && to->frame != NULL; c--) {
            const fal_view_cell *cell = cell_at(view, r, c);
            to->rows[r] = cell->frame == to->frame ? cell->row : to->rows[r];
        }
        for (int c = 0; c < view->columns; c++) { /* a cell without a number must not get one */
            const fal_view_cell *cell = cell_at(view, r, c);
            if (to->columns[c] >= 0 && (cell->frame != to->frame || cell->row != to->rows[r])) {
                to->rows[r] = -1;
            }
        }
    }
    return FAL_OK;
}

static void html_reference(const fal_view_cell *cell, const positions *at, int row, int column, fal_text *html)
{
    const long long of = cell->row;
    if (cell->frame != at->frame) {
        fal_text_add(html, " data-v=%s.%d.%lld", cell->frame->id, cell->column, of);
    } else if (cell->column != at->columns[column]) {
        fal_text_add(html, " data-v=%d.%lld", cell->column, of);
    } else if (cell->row != at->rows[row]) {
        fal_text_add(html, " data-v=%lld", of);
    }
}

static void html_number(const fal_frame *frame, int64_t row, int column, fal_text *html)
{
    char shown[SHOWN];
    fal_frame_show(frame, row, column, shown, sizeof shown);
    fal_svg_escape(html, shown);
}

static void html_cell(const fal_view *view, const positions *at, int row, int column, fal_text *html)
{
    const fal_view_cell *cell = cell_at(view, row, column);
    const bool heading = row == 0 || column < view->fixed;
    fal_text_add(html, "<%s%s", heading ? "th" : "td", row == 0 ? " scope=col" : heading ? " scope=row" : "");
    if (row == 0 && at->columns[column] >= 0) {
        fal_text_add(html, " data-c=%d", at->columns[column]);
    }
    if (row == 0 && column > 0 && column < view->fixed) {
        fal_text_add(html, " class=l"); /* above texts */
    }
    if (cell->place > 0 || cell->shade > 0) {
        fal_text_add(html, " class=%s%d", cell->place > 0 ? "top" : "h", cell->place > 0 ? cell->place : cell->shade);
    }
    if (cell->frame != NULL) {
        html_reference(cell, at, row, column, html);
    }
    fal_text_add(html, ">");
    if (cell->frame != NULL) {
        html_number(cell->frame, cell->row, cell->column, html);
    }
    if (cell->frame != NULL && cell->spread >= 0) {
        FAL_ASSERT(cell->spread == cell->column + 1);
        fal_text_add(html, " ±<small>");
        html_number(cell->frame, cell->row, cell->spread, html);
        fal_text_add(html, "</small>");
    }
    if (cell->text != NULL) {
        fal_svg_escape(html, cell->text);
    }
}

static void html_row(const fal_view *view, const positions *at, int row, fal_text *html)
{
    fal_text_add(html, "<tr");
    if (row > 0 && at->rows[row] >= 0) {
        fal_text_add(html, " data-r=%lld", (long long)at->rows[row]);
    }
    fal_text_add(html, ">");
    for (int c = 0; c < view->columns; c++) {
        html_cell(view, at, row, c, html);
    }
    fal_text_add(html, "</tr>\n");
}

fal_status fal_view_html(const fal_view *view, fal_text *html)
{
    positions at = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(find_positions(view, &at));
    fal_text_add(html, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"");
    fal_svg_escape(html, view->caption);
    fal_text_add(html, "\"><table");
    if (at.frame != NULL) {
        fal_text_add(html, " data-f=\"%s\"", at.frame->id);
    }
    for (int i = 0; i < 3; i++) {
        if (view->about[i] >= 0) {
            fal_text_add(html, " data-%c=%d", "abs"[i], view -> about[i]);
        }
    }
    fal_text_add(html, "><caption>");
    fal_svg_escape(html, view->caption);
    fal_text_add(html, "</caption>\n<thead>");
    html_row(view, &at, 0, html);
    fal_text_add(html, "</thead>\n<tbody>");
    for (int r = 1; r < view->rows; r++) {
        html_row(view, &at, r, html);
    }
    fal_text_add(html, "</tbody></table></div>\n");
    status = view->failed ? fal_fail(FAL_ERR_MEMORY, "no memory for the report's tables") : fal_text_status(html);
done:
    fal_free(at.rows);
    fal_free(at.columns);
    return status;
}

static void latex_escape(const char *plain, fal_text *latex)
{
    for (const char *p = plain; *p != '\0'; p++) {
        switch (*p) {
        case '\\':
            fal_text_add(latex, "\\textbackslash{}");
            break;
        case '~':
            fal_text_add(latex, "\\textasciitilde{}");
            break;
        case '^':
            fal_text_add(latex, "\\textasciicircum{}");
            break;
        case '<':
            fal_text_add(latex, "\\textless{}");
            break;
        case '>':
            fal_text_add(latex, "\\textgreater{}");
            break;
        case '&':
        case '%':
        case '$':
        case '#':
        case '_':
        case '{':
        case '}':
            fal_text_add(latex, "\\%c", *p);
            break;
        default:
            fal_text_add(latex, "%c", *p);
        }
    }
}

static void latex_number(const fal_frame *frame, int64_t row, int column, fal_text *latex)
{
    char shown[SHOWN];
    fal_frame_show(frame, row, column, shown, sizeof shown);
    if (shown[0] == '-' && shown[1] != '\0') {
        fal_text_add(latex, "$-$");
        latex_escape(shown + 1, latex);
    } else {
        latex_escape(shown, latex);
    }
}

static void latex_cell(const fal_view_cell *cell, fal_text *latex)
{
    static const char *const places[] = {"", "\\textbf{", "\\underline{"};
    if (cell->frame != NULL) {
        fal_text_add(latex, "%s", places[cell->place]);
        latex_number(cell->frame, cell->row, cell->column, latex);
        fal_text_add(latex, "%s", cell->place > 0 ? "}" : "");
        if (cell->spread >= 0) {
            fal_text_add(latex, " $\\pm$ ");
            latex_number(cell->frame, cell->row, cell->spread, latex);
        }
    }
    if (cell->text != NULL) {
        latex_escape(cell->text, latex);
    }
}

fal_status fal_view_latex(const fal_view *view, fal_text *latex)
{
    fal_text_add(latex, "%% \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\caption{");
    latex_escape(view->caption, latex);
    fal_text_add(latex, "}\n\\begin{tabular}{");
    for (int c = 0; c < view->columns; c++) {
        fal_text_add(latex, "%c", c < view->fixed ? 'l' : 'r');
    }
    fal_text_add(latex, "}\n\\toprule\n");
    for (int r = 0; r < view->rows; r++) {
        const char *first = view->cells[r * view->columns].text;
        /* Else the row end before takes these for its own. */
        fal_text_add(latex, "%s", first != NULL && (first[0] == '[' || first[0] == '*') ? "{}" : "");
        for (int c = 0; c < view->columns; c++) {
            fal_text_add(latex, "%s", c > 0 ? " & " : "");
            latex_cell(&view->cells[r * view->columns + c], latex);
        }
        fal_text_add(latex, " \\\\\n%s", r == 0 ? "\\midrule\n" : "");
    }
    fal_text_add(latex, "\\bottomrule\n\\end{tabular}\n\\end{table}\n");
    return fal_text_status(latex);
}
