/* SVG as text. Letters are of whatever sans-serif font the reader's program has, so widths are estimates. */
#include "fal/plot/svg.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
static const char ELLIPSIS[] = "\xe2\x80\xa6";

void fal_svg_begin(fal_text *svg, fal_svg_use use, int width, int height, const char *title, const char *label,
                   const char *attributes)
{
    const bool file = use == FAL_SVG_FILE;
    fal_text_add(svg, "%s<svg%s class=\"fal%s\" role=\"img\" aria-label=\"",
                 file ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : "",
                 file ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", file ? " fal-file" : "");
    fal_svg_escape(svg, label != NULL ? label : title);
    fal_text_add(
        svg, "\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\"%s%s>\n",
        width, height, width, height, *attributes != '\0' ? " " : "", attributes);
    if (file) {
        fal_text_add(svg, "<title>");
        fal_svg_escape(svg, *title != '\0' || label == NULL ? title : label);
        fal_text_add(svg, "</title>\n<style>\n%s</style>\n", fal_svg_style());
        fal_svg_rect(svg, 0, 0, width, height, "class=\"ground\"");
    }
    if (*title != '\0') {
        fal_svg_fitted(svg, 16, 24, FAL_SVG_START, "class=\"title\"", title, 15, width - 24);
    }
}

void fal_svg_end(fal_text *svg) { fal_text_add(svg, "</svg>\n"); }

static const char *entity(char letter)
{
    switch (letter) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
    case '\r':
    case '\t':
        return " ";
    default:
        return NULL;
    }
}

/* Halves of an em: from U+3000 on, and outside the basic plane, letters are wide. */
static int halves(const char *letter) { return (unsigned char)*letter >= 0xE3 ? 2 : 1; }

/* As much of the text as fits into `room` halves of an em. */
static void escape(fal_text *svg, const char *plain, int room)
{
    const char *p = plain;
    while (*p != '\0') {
        bool good = false;
        const size_t length = fal_text_character(p, &good);
        const char *instead = length == 1 ? entity(*p) : NULL;
        room -= halves(p);
        if (room < 0) {
            return;
        }
        if (instead != NULL || !good) {
            fal_text_add(svg, "%s", instead != NULL ? instead : "\xef\xbf\xbd");
        } else {
            fal_text_add(svg, "%.*s", (int)length, p);
        }
        p += length;
    }
}

void fal_svg_escape(fal_text *svg, const char *plain) { escape(svg, plain, INT32_MAX); }

/* A half em, and a little. */
static int pixels(int width, int size) { return (int)(((int64_t)width * size * 13 + 24) / 25); }

static int width_in_halves(const char *plain)
{
    int width = 0;
    bool good = false;
    for (const char *p = plain; *p != '\0' && width < INT32_MAX / 4; p += fal_text_character(p, &good)) {
        width += halves(p);
    }
    return width;
}

int fal_svg_width(const char *plain, int size)
{
    const int width = width_in_halves(plain);
    return pixels(width < 100000 ? width : 100000, size);
}

/* The content of a text element; one that is cut has the whole as its tooltip. */
static void fitted(fal_text *svg, const char *plain, int size, int room)
{
    if (fal_svg_width(plain, size) <= room) {
        fal_svg_escape(svg, plain);
        return;
    }
    fal_text_add(svg, "<title>");
    fal_svg_escape(svg, plain);
    fal_text_add(svg, "</title>");
    escape(svg, plain, room * 25 / (13 * size) - 1);
    fal_text_add(svg, "%s", ELLIPSIS);
}

void fal_svg_rect(fal_text *svg, double x, double y, double width, double height, const char *attributes)
{
    fal_text_add(svg, "<rect x=\"%.5g\" y=\"%.5g\" width=\"%.5g\" height=\"%.5g\" %s/>\n", x, y, width, height,
                 attributes);
}

void fal_svg_line(fal_text *svg, double x1, double y1, double x2, double y2, const char *attributes)
{
    fal_text_add(svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, attributes);
}

static void open_text(fal_text *svg, double x, double y, fal_svg_anchor anchor, const char *attributes)
{
    fal_text_add(svg, "<text x=\"%.5g\" y=\"%.5g\"%s%s%s>", x, y, anchors[anchor], *attributes != '\0' ? " " : "",
                 attributes);
}

void fal_svg_text(fal_text *svg, double x, double y, fal_svg_anchor anchor, const char *attributes, const char *plain)
{
    open_text(svg, x, y, anchor, attributes);
    fal_svg_escape(svg, plain);
    fal_text_add(svg, "</text>\n");
}

void fal_svg_print(fal_text *svg, double x, double y, fal_svg_anchor anchor, const char *attributes, const char *format,
                   ...)
{
    char plain[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(plain, sizeof plain, format, arguments);
    va_end(arguments);
    fal_svg_text(svg, x, y, anchor, attributes, plain);
}

void fal_svg_fitted(fal_text *svg, double x, double y, fal_svg_anchor anchor, const char *attributes, const char *plain,
                    int size, int room)
{
    open_text(svg, x, y, anchor, attributes);
    fitted(svg, plain, size, room);
    fal_text_add(svg, "</text>\n");
}

void fal_svg_turned(fal_text *svg, double x, double y, int degrees, const char *attributes, const char *plain, int size,
                    int room)
{
    fal_text_add(svg, "<text transform=\"translate(%.5g,%.5g) rotate(%d)\"%s%s>", x, y, degrees,
                 *attributes != '\0' ? " " : "", attributes);
    fitted(svg, plain, size, room);
    fal_text_add(svg, "</text>\n");
}

void fal_svg_series_begin(fal_text *svg, int series, const char *name, const char *classes)
{
    const unsigned number = (unsigned)series;
    fal_text_add(svg, "<g class=\"series s%u d%u%s\" data-name=\"", number % FAL_SVG_COLOURS,
                 (number + number / FAL_SVG_COLOURS) % FAL_SVG_DASHES, classes);
    fal_svg_escape(svg, name);
    fal_text_add(svg, "\">\n");
}

void fal_svg_series_end(fal_text *svg) { fal_text_add(svg, "</g>\n"); }

void fal_svg_reference(fal_text *svg, const char *source, int64_t row)
{
    if (source != NULL) {
        fal_text_add(svg, " data-v=\"%s:%lld\"", source, (long long)row);
    }
}

void fal_svg_references(fal_text *svg, const char *source, int64_t first, int64_t last)
{
    if (source != NULL) {
        fal_text_add(svg, " data-rows=\"%s:%lld:%lld\"", source, (long long)first, (long long)last);
    }
}
