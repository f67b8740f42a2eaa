/* The labelling page as text. Pictures stand in it as base64 in elements that no browser looks at, and only the one in
 * view becomes an image: a page of hundreds opens at once. */
#include "fal/plot/label.h"

#include <string.h>

#include "fal/base/base64.h"
#include "fal/base/quote.h"
#include "fal/plot/svg.h"

#include "label_assets.h"

const char *const fal_label_cannot_words[FAL_LABEL_CANNOT_WORDS] = {"?", "can't tell", "cannot tell"};

const char *fal_label_cannot_word(const char *names, size_t size, int count)
{
    for (int w = 0; w < FAL_LABEL_CANNOT_WORDS; w++) {
        bool is_class = false;
        for (int i = 0; i < count && !is_class; i++) {
            is_class = strcmp(names + (size_t)i * size, fal_label_cannot_words[w]) == 0;
        }
        if (!is_class) {
            return fal_label_cannot_words[w];
        }
    }
    return NULL;
}

static const char controls[] =
    "<noscript><p><strong>Scripts are switched off, so this page cannot ask you anything.</strong> The pictures are in "
    "the folder <code>images</code> beside it. Write what each one shows into the column <code>label</code> of "
    "<code>labels.csv</code>, with a text editor or a spreadsheet program: the name of a class, or <code>?</code> "
    "where "
    "you can't tell. Or move the pictures into folders that are called as the classes are.</p></noscript>\n"
    "<div id=\"app\" hidden>\n"
    "<div class=\"bar\"><label>Your name <input type=\"text\" id=\"annotator\" maxlength=\"40\" autocomplete=\"off\">"
    "</label><progress id=\"progress\" value=\"0\" aria-label=\"Images with an answer\"></progress><span id=\"count\">"
    "</span></div>\n"
    "<p id=\"kept\" class=\"quiet\" hidden>This browser keeps nothing between two visits: save before you close the "
    "page.</p>\n"
    "<div class=\"work\">\n<figure id=\"frame\"><img id=\"picture\" alt=\"\"><figcaption id=\"caption\"></figcaption>"
    "</figure>\n"
    "<div class=\"side\">\n<p id=\"status\" role=\"status\"></p>\n<p id=\"suggestion\" hidden></p>\n"
    "<p class=\"bar\"><label>Find a class <input type=\"text\" id=\"find\" autocomplete=\"off\"></label></p>\n"
    "<div id=\"classes\" role=\"group\" aria-label=\"Classes\"></div>\n"
    "<div class=\"bar\">"
    "<button type=\"button\" id=\"back\">\xe2\x86\x90 Back</button>"
    "<button type=\"button\" id=\"forward\">Forward \xe2\x86\x92</button>"
    "<button type=\"button\" id=\"next\">Next without answer</button>"
    "<button type=\"button\" id=\"undo\">Undo</button></div>\n"
    "<div class=\"bar\">"
    "<button type=\"button\" id=\"save\" class=\"first\">Save labels.csv</button>"
    "<button type=\"button\" id=\"open\">Open labels.csv\xe2\x80\xa6</button>"
    "<input type=\"file\" id=\"file\" accept=\".csv,text/csv\" aria-label=\"Open labels.csv\" hidden></div>\n"
    "<div class=\"bar\"><button type=\"button\" id=\"smaller\" aria-label=\"Smaller picture\">\xe2\x88\x92</button>"
    "<button type=\"button\" id=\"larger\" aria-label=\"Larger picture\">+</button>"
    "<label><input type=\"checkbox\" id=\"smooth\"> smooth</label></div>\n"
    "<details><summary>Keys</summary><dl>\n"
    "<dt><kbd>0</kbd> \xe2\x80\xa6 <kbd>9</kbd></dt><dd id=\"numbers\"></dd>\n"
    "<dt><kbd id=\"cant\"></kbd></dt><dd>can't tell: the picture gets no label</dd>\n"
    "<dt><kbd>\xe2\x86\x90</kbd> <kbd>\xe2\x86\x92</kbd></dt><dd>back and forth</dd>\n"
    "<dt><kbd>n</kbd></dt><dd>next picture without an answer</dd>\n"
    "<dt><kbd>u</kbd>, <kbd>Ctrl</kbd>+<kbd>Z</kbd></dt><dd>undo</dd>\n"
    "<dt><kbd>s</kbd>, <kbd>Ctrl</kbd>+<kbd>S</kbd></dt><dd>save labels.csv</dd>\n"
    "<dt><kbd>+</kbd> <kbd>-</kbd></dt><dd>size of the picture</dd>\n"
    "<dt><kbd>/</kbd></dt><dd>find a class by its name, where there are many; Enter takes it, Esc ends it</dd>\n"
    "</dl></details>\n"
    "<p class=\"quiet\">Nothing leaves this page: your answers are in the file that you save, and until then in this "
    "browser. Hand in the saved labels.csv.</p>\n</div>\n</div>\n</div>\n";

void fal_label_page_begin(fal_text *html, const fal_label_page *page)
{
    fal_text_add(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                       "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    fal_svg_escape(html, page->title);
    fal_text_add(html, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n<h1>", label_css);
    fal_svg_escape(html, page->title);
    fal_text_add(html, "</h1>\n%s</main>\n<script type=\"application/json\" id=\"query\">{\"key\":", controls);
    fal_json_text(html, page->key);
    fal_text_add(html, ",\"h\":%d,\"w\":%d,\"suggest\":%s,\"smooth\":%s,\n\"classes\":[", page->h, page->w,
                 page->suggest ? "true" : "false", page->smooth ? "true" : "false");
}

void fal_label_page_class(fal_text *html, const char *name, int number)
{
    fal_text_add(html, "%s", number > 0 ? "," : "");
    fal_json_text(html, name);
}

void fal_label_page_images(fal_text *html) { fal_text_add(html, "],\n\"images\":["); }

void fal_label_page_image(fal_text *html, int64_t number, int64_t client, int64_t order, int64_t image,
                          const char *file, int suggested)
{
    fal_text_add(html, "%s\n{\"client\":%lld,\"order\":%lld,\"image\":%lld,\"file\":", number > 0 ? "," : "",
                 (long long)client, (long long)order, (long long)image);
    fal_json_text(html, file);
    fal_text_add(html, ",\"suggested\":%d}", suggested);
}

void fal_label_page_pictures(fal_text *html) { fal_text_add(html, "]}</script>\n"); }

void fal_label_page_picture(fal_text *html, int64_t number, const unsigned char *png, size_t count)
{
    fal_text_add(html, "<script type=\"text/plain\" id=\"p%lld\">", (long long)number);
    fal_base64_add(html, png, count);
    fal_text_add(html, "</script>\n");
}

void fal_label_page_end(fal_text *html) { fal_text_add(html, "<script>\n%s</script>\n</body>\n</html>\n", label_js); }
