/* The whole report: frames, sections, verdict; as a page and as JSON. */
#include <stdio.h>
#include <string.h>

#include "fal/base/quote.h"
#include "fal/base/version.h"
#include "fal/plot/page.h"

#include "section_internal.h"

const char *fal_report_verdict(const fal_report *report)
{
    return report->verdict.chars != NULL ? report->verdict.chars : "";
}

static void add_names(fal_text *json, const char *key, const char *const *names, int count)
{
    fal_text_add(json, ",\n\"%s\":[", key);
    for (int i = 0; i < count; i++) {
        fal_text_add(json, "%s", i > 0 ? "," : "");
        fal_json_text(json, names[i]);
    }
    fal_text_add(json, "]");
}

void fal_report_json(const fal_report *report, fal_text *json)
{
    bool first = true;
    fal_text_add(json, "{\"format\":\"fal-report\",\"version\":1,\"program\":\"fal_report %s (%s)\",\"measure\":\"%s\"",
                 fal_version(), fal_version_commit(), fal_measure_name(report->found->curves[0].measure));
    fal_text_add(json, ",\"threshold\":\"%s\",\"rounds\":\"%s\"", report->options.summary.student ? "student" : "paper",
                 report->options.summary.tested ? "tested" : "all");
    add_names(json, "strategies", report->strategies, report->strategy_count);
    fal_text_add(json, ",\n\"settings\":[");
    for (int k = 0; k < report->setting_count; k++) {
        fal_text_add(json, "%s", k > 0 ? "," : "");
        fal_json_text(json, report->settings[k].name);
    }
    fal_text_add(json, "],\n\"verdict\":");
    fal_json_text(json, fal_report_verdict(report));
    fal_text_add(json, ",\n\"tables\":{");
    for (int i = 0; i < report->frame_count; i++) {
        if (!report->frames[i].aside) {
            fal_text_add(json, "%s\n\"%s\":", first ? "" : ",", report->frames[i].id);
            fal_frame_json(&report->frames[i], json);
            first = false;
        }
    }
    fal_text_add(json, "}}\n");
}

void fal_report_latex(const fal_report *report, fal_text *latex)
{
    for (int64_t i = 0; i < report->file_count; i++) {
        if (fal_text_ends_with(report->files[i].name, ".tex")) {
            fal_text_add(latex, "%s\n", report->files[i].text.chars);
        }
    }
}

static void add_verdict(const fal_report *report, fal_text *html)
{
    const char *line = fal_report_verdict(report);
    fal_text_add(html, "<div class=\"verdict\">\n");
    while (*line != '\0') {
        const char *end = strchr(line, '\n');
        char paragraph[4096];
        (void)snprintf(paragraph, sizeof paragraph, "%.*s", (int)(end - line), line);
        fal_text_add(html, "<p>");
        fal_svg_escape(html, paragraph);
        fal_text_add(html, "</p>\n");
        line = end + 1;
    }
    fal_text_add(html, "</div>\n");
}

void fal_report_html(const fal_report *report, const char *json, fal_text *html)
{
    fal_page_begin(html, "Federated active learning: which images are worth a label");
    fal_text_add(html,
                 "<p class=\"quiet\">%d trials, %d setting%s, %d strateg%s; measure: %s; fal_report %s (%s)</p>\n",
                 report->found->count, report->setting_count, report->setting_count == 1 ? "" : "s",
                 report->strategy_count, report->strategy_count == 1 ? "y" : "ies",
                 fal_measure_name(report->found->curves[0].measure), fal_version(), fal_version_commit());
    add_verdict(report, html);
    fal_text_add(html, "<nav aria-label=\"Contents\"><ul>\n%s</ul></nav>\n", report->contents.chars);
    fal_page_controls(html);
    fal_text_add(html, "%s", report->html.chars);
    fal_page_end(html, json);
}
