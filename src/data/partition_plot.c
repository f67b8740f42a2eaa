/* A picture of a partition as SVG: one rectangle per client and class, its shade by the share of the largest entry. */
#include "fal/data/partition_plot.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/data/emd.h"
#include "fal/data/longtail.h"

/* Sizes in pixels. */
enum { LEFT = 70, TOP = 92, RIGHT = 130, BOTTOM = 56, GRID_MAX = 1200, CELL_MAX = 48, ROW_MAX = 26, LABEL_CELL = 9 };

typedef struct {
    int cell_w, cell_h;
    int width, height;
    bool numbers;    /* in the cells */
    int column_step; /* every how many-th label is written */
    int row_step;
} layout;

static int fitting(int count, int largest)
{
    const int size = GRID_MAX / count;
    return size > largest ? largest : size < 1 ? 1 : size;
}

static layout plan(const fal_partition_plot *plot)
{
    layout l = {.cell_w = fitting(plot->classes, CELL_MAX), .cell_h = fitting(plot->clients, ROW_MAX)};
    l.numbers = l.cell_w >= 36 && l.cell_h >= 14;
    l.column_step = (LABEL_CELL + l.cell_w) / l.cell_w;
    l.row_step = (LABEL_CELL + l.cell_h) / l.cell_h;
    l.width = LEFT + l.cell_w * plot->classes + RIGHT;
    l.width = l.width < 620 ? 620 : l.width; /* the line below must fit */
    l.height = TOP + l.cell_h * plot->clients + BOTTOM;
    return l;
}

static fal_status add_escaped(fal_text *text, const char *plain)
{
    for (const char *p = plain; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            FAL_TRY(fal_text_add(text, "&amp;"));
            break;
        case '<':
            FAL_TRY(fal_text_add(text, "&lt;"));
            break;
        case '>':
            FAL_TRY(fal_text_add(text, "&gt;"));
            break;
        default:
            FAL_TRY(fal_text_add(text, "%c", (unsigned char)*p < 0x20 ? ' ' : *p));
        }
    }
    return FAL_OK;
}

/* White to dark blue; the root shows small shares too. */
static void shade(double share, int rgb[3])
{
    static const int dark[3] = {8, 64, 129};
    for (int i = 0; i < 3; i++) {
        rgb[i] = 255 - (int)((255 - dark[i]) * sqrt(share) + 0.5);
    }
}

static fal_status add_cell(const layout *l, int client, int class_number, int64_t count, int64_t most, fal_text *text)
{
    const int x = LEFT + class_number * l->cell_w;
    const int y = TOP + client * l->cell_h;
    const double share = most > 0 ? (double)count / (double)most : 0;
    int rgb[3];
    shade(share, rgb);
    FAL_TRY(fal_text_add(text, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%02x%02x%02x\"/>\n", x, y,
                         l->cell_w, l->cell_h, rgb[0], rgb[1], rgb[2]));
    if (l->numbers && count > 0) {
        return fal_text_add(text, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"%s\">%lld</text>\n",
                            x + l->cell_w / 2, y + l->cell_h / 2 + 4, share > 0.3 ? "#fff" : "#222", (long long)count);
    }
    return FAL_OK;
}

static fal_status add_row(const fal_partition_plot *plot, const layout *l, int client, int64_t most, fal_text *text)
{
    const int64_t *row = plot->counts + (int64_t)client * plot->classes;
    const int y = TOP + client * l->cell_h + l->cell_h / 2 + 4;
    const int right = LEFT + plot->classes * l->cell_w;
    int64_t images = 0;
    for (int c = 0; c < plot->classes; c++) {
        FAL_TRY(add_cell(l, client, c, row[c], most, text));
        images += row[c];
    }
    if (client % l->row_step != 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_text_add(text, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%d</text>\n", LEFT - 8, y, client));
    return fal_text_add(text,
                        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%lld</text>"
                        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.3f</text>\n",
                        right + 62, y, (long long)images, right + 116, y,
                        images > 0 ? fal_emd(row, plot->classes) : 0.0);
}

static fal_status add_column_label(const fal_partition_plot *plot, const layout *l, int class_number, fal_text *text)
{
    const int x = LEFT + class_number * l->cell_w + l->cell_w / 2;
    if (class_number % l->column_step != 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_text_add(text, "<text transform=\"translate(%d,%d) rotate(-40)\">", x, TOP - 8));
    if (plot->class_names != NULL) {
        FAL_TRY(add_escaped(text, plot->class_names + (size_t)class_number * (size_t)plot->name_size));
    } else {
        FAL_TRY(fal_text_add(text, "%d", class_number));
    }
    return fal_text_add(text, "</text>\n");
}

static fal_status add_summary(const fal_partition_plot *plot, const layout *l, fal_text *text)
{
    int64_t *totals = NULL;
    FAL_TRY(fal_alloc(&totals, (size_t)plot->classes, sizeof *totals, "picture of a partition"));
    for (int64_t i = 0; i < (int64_t)plot->clients * plot->classes; i++) {
        totals[i % plot->classes] += plot->counts[i];
    }
    const double rho = fal_longtail_rho(totals, plot->classes);
    fal_free(totals);
    return fal_text_add(text,
                        "<text x=\"%d\" y=\"%d\">local EMD (mean over clients) %.3f, global EMD %.3f, rho (largest / "
                        "smallest class) %.4g</text>\n",
                        LEFT, l->height - 22, fal_emd_local(plot->counts, plot->clients, plot->classes),
                        fal_emd_global(plot->counts, plot->clients, plot->classes), rho);
}

fal_status fal_partition_plot_svg(const fal_partition_plot *plot, fal_text *text)
{
    const layout l = plan(plot);
    const int right = LEFT + plot->classes * l.cell_w;
    int64_t most = 0;
    for (int64_t i = 0; i < (int64_t)plot->clients * plot->classes; i++) {
        most = plot->counts[i] > most ? plot->counts[i] : most;
    }
    FAL_TRY(fal_text_add(text,
                         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                         "font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n"
                         "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"16\" y=\"24\" font-size=\"14\">",
                         l.width, l.height, l.width, l.height, l.width, l.height));
    FAL_TRY(add_escaped(text, plot->title));
    FAL_TRY(fal_text_add(text,
                         "</text>\n<text x=\"%d\" y=\"%d\" text-anchor=\"end\">client</text>"
                         "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">images</text>"
                         "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">EMD</text>\n",
                         LEFT - 8, TOP - 8, right + 62, TOP - 8, right + 116, TOP - 8));
    for (int c = 0; c < plot->classes; c++) {
        FAL_TRY(add_column_label(plot, &l, c, text));
    }
    for (int k = 0; k < plot->clients; k++) {
        FAL_TRY(add_row(plot, &l, k, most, text));
    }
    FAL_TRY(fal_text_add(text, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#999\"/>\n",
                         LEFT, TOP, l.cell_w * plot->classes, l.cell_h * plot->clients));
    FAL_TRY(add_summary(plot, &l, text));
    return fal_text_add(text, "</svg>\n");
}
