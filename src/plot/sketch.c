/* Curves as text: a letter per column and curve, between the points as on a straight line. */
#include "fal/plot/sketch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEIGHT = 4, HEIGHT_MIN = 4, HEIGHT_MAX = 8, NAME = 256 };
static const char SEVERAL = '*';
static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

typedef struct {
    double x[2], y[2];
    int width, height;
    int margin; /* of the numbers at the left, with the bar after them */
    char low[16], high[16];
    char cells[HEIGHT_MAX][FAL_SKETCH_WIDTH_MAX + 1];
} canvas;

static char letter(int series) { return (size_t)series < sizeof letters - 1 ? letters[series] : '+'; }

static int within(int value, int low, int high) { return value < low ? low : value > high ? high : value; }

/* A terminal may lack other letters, so they are '?', one for each. */
static void to_ascii(const char *text, char ascii[NAME])
{
    int length = 0;
    bool good = false;
    for (const char *p = text; *p != '\0' && length < NAME - 1; p += fal_text_character(p, &good)) {
        ascii[length++] = (char)(*p >= ' ' && *p <= '~' ? *p : '?');
    }
    ascii[length] = '\0';
}

static bool holds(const fal_sketch_series *s, int i) { return isfinite(s->x[i]) && isfinite(s->y[i]); }

static void widen(double range[2], double value)
{
    range[0] = fmin(range[0], value);
    range[1] = fmax(range[1], value);
}

/* 0..1; one half where there is no range. Halves, since the largest numbers have no difference. */
static double share(const double range[2], double value)
{
    const double size = range[1] / 2 - range[0] / 2;
    return size > 0 ? (value / 2 - range[0] / 2) / size : 0.5;
}

static void number(double value, char text[16]) { (void)snprintf(text, 16, "%.4g", isfinite(value) ? value : 0.0); }

static void measure(const fal_sketch *sketch, canvas *c)
{
    c->x[0] = c->y[0] = INFINITY;
    c->x[1] = c->y[1] = -INFINITY;
    for (int s = 0; s < sketch->series_count; s++) {
        for (int i = 0; i < sketch->series[s].points; i++) {
            if (holds(&sketch->series[s], i)) {
                widen(c->x, sketch->series[s].x[i]);
                widen(c->y, sketch->series[s].y[i]);
            }
        }
    }
    c->height = within(sketch->height == 0 ? HEIGHT : sketch->height, HEIGHT_MIN, HEIGHT_MAX);
    c->width =
        within(sketch->width == 0 ? FAL_SKETCH_WIDTH : sketch->width, FAL_SKETCH_WIDTH_MIN, FAL_SKETCH_WIDTH_MAX);
    number(c->y[0], c->low);
    number(c->y[1], c->high);
    c->margin = (int)(strlen(c->low) > strlen(c->high) ? strlen(c->low) : strlen(c->high)) + 2;
    memset(c->cells, ' ', sizeof c->cells);
}

static void put(canvas *c, int column, double y, char mark)
{
    const int row = within((int)floor((1 - share(c->y, y)) * (c->height - 1) + 0.5), 0, c->height - 1);
    char *cell = &c->cells[row][column];
    *cell = *cell == ' ' || *cell == mark ? mark : SEVERAL;
}

static int column_of(const canvas *c, double x)
{
    const int columns = c->width - c->margin;
    return within((int)floor(share(c->x, x) * (columns - 1) + 0.5), 0, columns - 1);
}

/* From a point to the next one that has numbers, if that is the very next; points need not be in order. */
static void draw(canvas *c, const fal_sketch_series *s, char mark)
{
    for (int i = 0; i < s->points; i++) {
        if (!holds(s, i)) {
            continue;
        }
        const int from = column_of(c, s->x[i]);
        put(c, from, s->y[i], mark);
        if (i + 1 < s->points && holds(s, i + 1)) {
            const int to = column_of(c, s->x[i + 1]);
            const int way = to > from ? 1 : -1;
            for (int column = from + way; (to - column) * way > 0; column += way) {
                const double part = (double)(column - from) / (to - from);
                put(c, column, s->y[i] * (1 - part) + s->y[i + 1] * part, mark);
            }
        }
    }
}

/* A line without the blanks at its end. */
static void add_line(fal_text *text, char *line)
{
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == ' ') {
        length--;
    }
    line[length] = '\0';
    fal_text_add(text, "%s\n", line);
}

static void add_rows(const canvas *c, fal_text *text)
{
    char line[FAL_SKETCH_WIDTH_MAX + 1];
    for (int row = 0; row < c->height; row++) {
        const char *label = row == 0 ? c->high : row == c->height - 1 ? c->low : "";
        (void)snprintf(line, sizeof line, "%*s |%.*s", c->margin - 2, label, c->width - c->margin, c->cells[row]);
        add_line(text, line);
    }
}

/* The line below, and the ends of the axis with its name between them. */
static void add_axis(const fal_sketch *sketch, const canvas *c, fal_text *text)
{
    char line[FAL_SKETCH_WIDTH_MAX + 1];
    char name[NAME];
    char low[16];
    char high[16];
    memset(line, '-', sizeof line);
    memset(line, ' ', (size_t)c->margin);
    line[c->margin - 1] = '+';
    line[c->width] = '\0';
    add_line(text, line);
    to_ascii(sketch->x_name, name);
    number(c->x[0], low);
    number(c->x[1], high);
    const int room = c->width - c->margin - (int)strlen(low) - (int)strlen(high) - 2;
    const int length = within((int)strlen(name), 0, room);
    const int before = (room - length) / 2;
    (void)snprintf(line, sizeof line, "%*s%s %*s%.*s%*s %s", c->margin, "", low, before, "", length, name,
                   room - length - before, "", high);
    add_line(text, line);
}

/* After the last entry, on a new line if it would not fit there. */
static void add_entry(const canvas *c, const char *entry, int *used, fal_text *text)
{
    const int length = (int)strlen(entry);
    if (*used > 0 && *used + 3 + length > c->width) {
        fal_text_add(text, "\n");
        *used = 0;
    }
    const int indent = *used > 0 ? 3 : c->margin;
    fal_text_add(text, "%*s%s", indent, "", entry);
    *used += indent + length;
}

/* "a logo 78.2   b random 71.5   * several": names with their last values. */
static void add_legend(const fal_sketch *sketch, const canvas *c, fal_text *text)
{
    int used = 0;
    char name[NAME];
    char entry[FAL_SKETCH_WIDTH_MAX + 1];
    for (int s = 0; s < sketch->series_count; s++) {
        const fal_sketch_series *series = &sketch->series[s];
        char value[16] = "-";
        for (int i = series->points - 1; i >= 0 && *value == '-' && value[1] == '\0'; i--) {
            if (holds(series, i)) {
                number(series->y[i], value);
            }
        }
        to_ascii(series->name, name);
        const int room = c->width - c->margin - 3 - (int)strlen(value);
        (void)snprintf(entry, sizeof entry, "%c %.*s %s", letter(s), room, name, value);
        add_entry(c, entry, &used, text);
    }
    if (memchr(c->cells, SEVERAL, sizeof c->cells) != NULL) {
        add_entry(c, "* several", &used, text);
    }
    if (used > 0) {
        fal_text_add(text, "\n");
    }
}

fal_status fal_sketch_text(const fal_sketch *sketch, fal_text *text)
{
    canvas c = {0};
    char name[NAME];
    measure(sketch, &c);
    for (int s = 0; s < sketch->series_count; s++) {
        draw(&c, &sketch->series[s], letter(s));
    }
    to_ascii(sketch->y_name, name);
    if (*name != '\0') {
        fal_text_add(text, "%*s%.*s\n", c.margin, "", c.width - c.margin, name);
    }
    add_rows(&c, text);
    add_axis(sketch, &c, text);
    add_legend(sketch, &c, text);
    return fal_text_status(text);
}
