/* An HTML page around figures and tables: one file that opens anywhere and asks for nothing else. */
#ifndef FAL_PLOT_PAGE_H
#define FAL_PLOT_PAGE_H

#include "fal/base/text.h"

/** Up to and with <main> and the heading. No request may leave the page (Content-Security-Policy). */
void fal_page_begin(fal_text *html, const char *title);
/** The controls, which only a script shows: filters for [data-setting], tr[data-a][data-b], g.series; a download. */
void fal_page_controls(fal_text *html);
/** The rest. `json`: what the script and other programs read, {"strategies": [...], "tables": {...}}; nothing in it may
 *  end an element. */
void fal_page_end(fal_text *html, const char *json);

#endif
