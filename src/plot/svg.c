/* SVG as text. Letters are of whatever sans-serif font the reader's program has, so widths are estimates. */
#include "fal/plot/svg.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};

void fal_svg_begin(fal_text *svg, int width, int height, const char *title)
{
    fal_text_add(svg,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                 "font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n"
                 "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"16\" y=\"24\" font-size=\"14\">",
                 width, height, width, height, width, height);
    fal_svg_escape(svg, title);
    fal_text_add(svg, "</text>\n");
}

void fal_svg_end(fal_text *svg) { fal_text_add(svg, "</svg>\n"); }

void fal_svg_escape(fal_text *svg, const char *plain)
{
    for (const char *p = plain; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            fal_text_add(svg, "&amp;");
            break;
        case '<':
            fal_text_add(svg, "&lt;");
            break;
        case '>':
            fal_text_add(svg, "&gt;");
            break;
        default:
            fal_text_add(svg, "%c", (unsigned char)*p < 0x20 ? ' ' : *p);
        }
    }
}

void fal_svg_rect(fal_text *svg, int x, int y, int width, int height, const char *attributes)
{
    fal_text_add(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s/>\n", x, y, width, height, attributes);
}

void fal_svg_line(fal_text *svg, double x1, double y1, double x2, double y2, const char *attributes)
{
    fal_text_add(svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, attributes);
}

void fal_svg_text(fal_text *svg, int x, int y, fal_svg_anchor anchor, const char *attributes, const char *plain)
{
    fal_text_add(svg, "<text x=\"%d\" y=\"%d\"%s%s%s>", x, y, anchors[anchor], *attributes != '\0' ? " " : "",
                 attributes);
    fal_svg_escape(svg, plain);
    fal_text_add(svg, "</text>\n");
}

void fal_svg_print(fal_text *svg, int x, int y, fal_svg_anchor anchor, const char *attributes, const char *format, ...)
{
    char plain[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(plain, sizeof plain, format, arguments);
    va_end(arguments);
    fal_svg_text(svg, x, y, anchor, attributes, plain);
}

void fal_svg_turned(fal_text *svg, int x, int y, int degrees, const char *attributes, const char *plain)
{
    fal_text_add(svg, "<text transform=\"translate(%d,%d) rotate(%d)\"%s%s>", x, y, degrees,
                 *attributes != '\0' ? " " : "", attributes);
    fal_svg_escape(svg, plain);
    fal_text_add(svg, "</text>\n");
}

int fal_svg_width(const char *plain, int size)
{
    int letters = 0;
    for (const char *p = plain; *p != '\0'; p++) {
        letters += ((unsigned char)*p & 0xC0) != 0x80; /* bytes that continue a UTF-8 character */
    }
    return (letters * size * 13 + 24) / 25; /* half an em per letter, and a little */
}
