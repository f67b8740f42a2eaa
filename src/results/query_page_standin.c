/* Stands in for the labelling page until query_page.c and query_tasks.c are here. */
#include "fal/results/query_folder.h"

fal_status fal_query_page_html(const fal_query *query, const fal_query_folder_options *options, fal_text *text)
{
    (void)options;
    fal_text_add(text, "%s\n", query->name);
    return fal_text_status(text);
}

fal_status fal_query_tasks_json(const fal_query *query, const fal_query_folder_options *options, fal_text *text)
{
    (void)query;
    (void)options;
    fal_text_add(text, "[]\n");
    return fal_text_status(text);
}
