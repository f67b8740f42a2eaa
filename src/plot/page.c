/* The page around figures and tables. Its style and script are page.css and page.js, which the Makefile turns into
 * bytes. */
#include "fal/plot/page.h"

#include "fal/plot/svg.h"

#include "page_assets.h"

void fal_page_begin(fal_text *html, const char *title)
{
    fal_text_add(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                       "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    fal_svg_escape(html, title);
    fal_text_add(html, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<main>\n<h1>", fal_svg_style(), page_css);
    fal_svg_escape(html, title);
    fal_text_add(html, "</h1>\n");
}

void fal_page_controls(fal_text *html)
{
    fal_text_add(html, "<form id=\"controls\" hidden>\n"
                       "<label>Setting <select name=\"setting\"><option value=\"\">all</option></select></label>\n"
                       "<label>Strategy <select name=\"a\"><option value=\"\">all</option></select></label>\n"
                       "<label>against <select name=\"b\"><option value=\"\">all</option></select></label>\n"
                       "<label>Data <select name=\"what\"></select></label>\n"
                       "<button type=\"submit\">Download</button>\n</form>\n");
}

void fal_page_end(fal_text *html, const char *json)
{
    fal_text_add(html, "</main>\n<script type=\"application/json\" id=\"data\">");
    fal_text_add(html, "%s", json);
    fal_text_add(html, "</script>\n<script>\n%s</script>\n</body>\n</html>\n", page_js);
}
