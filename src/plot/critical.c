/* A critical-difference diagram as SVG. From the top: the critical difference, the axis, what is joined, names. */
#include "fal/plot/critical.h"

#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "layout.h"

/* Sizes in pixels. */
enum { PLOT_W = 400, NAME_MAX = 200, ABOVE = 44, LANE = 9, LEVEL = 20, ARM = 24, TICK = 5, BELOW = 12 };

typedef struct {
    const fal_critical *critical;
    int *order; /* [count] of the items with a rank, the best first */
    int *end;   /* [count] of the run of neighbours that begins at this place and is joined: its last; -1: none */
    int *lane;  /* [count] on which its line is */
    int count, lanes;
    fal_scale x;
    int left, right, axis, names; /* y of the axis and of the first name */
    int width, height;
} diagram;

static double rank_of(const diagram *d, int place) { return d->critical->items[d->order[place]].rank; }

static double x_of(const diagram *d, double rank) { return fal_scale_place(&d->x, rank, d->left, d->right); }

static void sort(diagram *d)
{
    for (int i = 0; i < d->critical->item_count; i++) {
        const double rank = d->critical->items[i].rank;
        int at = d->count;
        if (!isfinite(rank)) {
            continue;
        }
        for (; at > 0 && rank_of(d, at - 1) > rank; at--) {
            d->order[at] = d->order[at - 1];
        }
        d->order[at] = i;
        d->count++;
    }
}

static bool are_alike(const diagram *d, int a, int b)
{
    const fal_critical *c = d->critical;
    if (c->alike != NULL) {
        return c->alike[(int64_t)d->order[a] * c->item_count + d->order[b]];
    }
    return isfinite(c->difference) && fabs(rank_of(d, a) - rank_of(d, b)) < c->difference;
}

/* The last place such that all pairs from `first` to it are alike. */
static int run_of(const diagram *d, int first)
{
    int last = first;
    for (bool all = true; all && last + 1 < d->count;) {
        for (int i = first; all && i <= last; i++) {
            all = are_alike(d, i, last + 1);
        }
        last += all;
    }
    return last;
}

/* Runs that are not within another, each on the first lane that is free there. */
static void join(diagram *d)
{
    int furthest = 0;
    for (int first = 0; first < d->count; first++) {
        const int last = run_of(d, first);
        d->end[first] = last > first && last > furthest ? last : -1;
        furthest = fal_layout_larger(furthest, last);
        for (int other = 0; d->end[first] >= 0 && other < first; other++) {
            if (d->end[other] >= first && d->lane[other] == d->lane[first]) {
                d->lane[first]++;
                other = -1; /* from the start with the next lane */
            }
        }
        if (d->end[first] >= 0) {
            d->lanes = fal_layout_larger(d->lanes, d->lane[first] + 1);
        }
    }
}

static void plan(diagram *d)
{
    const fal_critical *c = d->critical;
    const int title = *c->title != '\0' ? FAL_LAYOUT_TITLE : 4;
    int name = 0;
    for (int i = 0; i < d->count; i++) {
        name = fal_layout_larger(name, fal_svg_width(c->items[d->order[i]].name, 12));
    }
    const double low = d->count > 0 ? fmin(1, rank_of(d, 0)) : 1;
    const double high = fmax(d->count > 0 ? rank_of(d, d->count - 1) : 2, fmax(d->count, 2));
    d->x = fal_scale_make(low, high, 12);
    if (low == 1 && high <= 40) { /* ranks: every whole one, or every second, and no zero */
        const double step = high > 21 ? 2 : 1;
        const int steps = (int)ceil((high - 1) / step);
        d->x = (fal_scale){.low = 1, .high = 1 + step * steps, .step = step, .ticks = steps + 1};
    }
    d->left = FAL_LAYOUT_MARGIN + fal_layout_smaller(name, NAME_MAX) + 8 + ARM;
    d->right = d->left + PLOT_W;
    d->axis = title + ABOVE;
    d->names = d->axis + 16 + LANE * d->lanes + LEVEL / 2;
    d->width = fal_layout_width(d->right + d->left, c->title, c->notes);
    d->height = d->names + LEVEL * fal_layout_larger((d->count + 1) / 2, 1) + BELOW +
                FAL_LAYOUT_LINE * fal_layout_notes(c->notes);
}

static void add_axis(const diagram *d, fal_text *svg)
{
    char text[FAL_SCALE_TEXT];
    fal_svg_line(svg, d->left, d->axis, d->right, d->axis, "class=\"axis\"");
    for (int i = 0; i < d->x.ticks; i++) {
        const double x = x_of(d, fal_scale_tick(&d->x, i));
        fal_scale_text(&d->x, i, text);
        fal_svg_line(svg, x, d->axis - TICK, x, d->axis, "class=\"axis\"");
        fal_svg_text(svg, floor(x + 0.5), d->axis - TICK - 4, FAL_SVG_MIDDLE, "", text);
    }
}

/* From the left end of the axis; wider than the axis it cannot be drawn, only said. */
static void add_difference(const diagram *d, fal_text *svg)
{
    const double difference = d->critical->difference;
    const double y = d->axis - 26;
    if (!isfinite(difference) || !(difference > 0)) {
        return;
    }
    const bool fits = difference <= d->x.high - d->x.low;
    const double end = fits ? x_of(d, d->x.low + difference) : d->left;
    if (fits) {
        fal_text_add(svg, "<path class=\"whisker\" d=\"M%d %.1fV%.1fM%d %.1fH%.1fM%.1f %.1fV%.1f\"/>\n", d->left, y - 4,
                     y + 4, d->left, y, end, end, y - 4, y + 4);
    }
    fal_svg_print(svg, fits ? end + 6 : end, y + 4, FAL_SVG_START, "class=\"value\"", "critical difference %.3g%s",
                  difference, fits ? "" : ", wider than the axis");
}

static void add_joined(const diagram *d, fal_text *svg)
{
    for (int first = 0; first < d->count; first++) {
        if (d->end[first] >= 0) {
            fal_text_add(svg, "<path class=\"joined\" d=\"M%.1f %dH%.1f\"/>\n", x_of(d, rank_of(d, first)),
                         d->axis + 12 + LANE * d->lane[first], x_of(d, rank_of(d, d->end[first])));
        }
    }
}

/* The better half goes to the left with the best on top, the others to the right with the worst on top: so no arm
 * crosses another's line. */
static void add_item(const diagram *d, int place, fal_text *svg)
{
    const int half = (d->count + 1) / 2;
    const bool left = place < half;
    const int y = d->names + LEVEL * (left ? place : d->count - 1 - place);
    const int edge = left ? d->left - ARM : d->right + ARM;
    const fal_critical_item *item = &d->critical->items[d->order[place]];
    const int64_t row = d->critical->first_row + d->order[place];
    const fal_svg_anchor anchor = left ? FAL_SVG_END : FAL_SVG_START;
    fal_svg_series_begin(svg, item->colour, item->name, "");
    fal_text_add(svg, "<path class=\"line\"");
    fal_svg_reference(svg, d->critical->source, row);
    fal_text_add(svg, " d=\"M%.1f %dV%dH%d\"/>\n", x_of(d, item->rank), d->axis, y, edge);
    fal_text_add(svg, "<text class=\"value tiny\" x=\"%d\" y=\"%d\"%s", left ? edge + 2 : edge - 2, y - 4,
                 left ? "" : " text-anchor=\"end\"");
    fal_svg_reference(svg, d->critical->source, row);
    fal_text_add(svg, ">%.2f</text>\n", item->rank);
    fal_svg_fitted(svg, left ? edge - 6 : edge + 6, y + 4, anchor, "class=\"name\"", item->name, 12, NAME_MAX);
    fal_svg_series_end(svg);
}

static void draw(const diagram *d, fal_svg_use use, fal_text *svg)
{
    char axis[FAL_LAYOUT_AXIS];
    fal_layout_x_attributes(&d->x, d->left, d->right, axis);
    fal_svg_begin(svg, use, d->width, d->height, d->critical->title, d->critical->label, axis);
    add_difference(d, svg);
    add_axis(d, svg);
    for (int i = 0; i < d->count; i++) {
        add_item(d, i, svg);
    }
    add_joined(d, svg);
    const int notes = fal_layout_notes(d->critical->notes);
    fal_layout_add_notes(svg, d->critical->notes, d->height - FAL_LAYOUT_LINE * notes + 6, d->width);
    fal_svg_end(svg);
}

fal_status fal_critical_svg(const fal_critical *critical, fal_svg_use use, fal_text *svg)
{
    const size_t items = (size_t)critical->item_count + 1;
    diagram d = {.critical = critical};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&d.order, items, sizeof *d.order, "diagram"));
    FAL_TRY_GOTO(fal_alloc(&d.end, items, sizeof *d.end, "diagram"));
    FAL_TRY_GOTO(fal_alloc(&d.lane, items, sizeof *d.lane, "diagram"));
    sort(&d);
    join(&d);
    plan(&d);
    draw(&d, use, svg);
    status = fal_text_status(svg);
done:
    fal_free(d.lane);
    fal_free(d.end);
    fal_free(d.order);
    return status;
}
