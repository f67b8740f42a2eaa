/* The labelling page of one client's query, and the same for Label Studio: both carry their images. */
#include <stdio.h>

#include "fal/base/base64.h"
#include "fal/base/memory.h"
#include "fal/base/quote.h"
#include "fal/io/png_write.h"
#include "fal/plot/label.h"
#include "fal/results/query_folder.h"

static fal_status pack(const fal_query *query, int64_t i, unsigned char **png, size_t *count)
{
    return fal_png_pack(query->pixels(query->context, query->items[i].image), query->h, query->w, query->c, png, count);
}

fal_status fal_query_page_html(const fal_query *query, const fal_query_folder_options *options, fal_text *text)
{
    char title[512];
    (void)snprintf(title, sizeof title, "%.300s, AL round %lld, client %lld: what do these %lld images show?",
                   query->name, (long long)query->round, (long long)query->client, (long long)query->count);
    const fal_label_page page = {.title = title,
                                 .key = query->hash,
                                 .h = query->h,
                                 .w = query->w,
                                 .suggest = options->suggest,
                                 .smooth = options->smooth};
    fal_label_page_begin(text, &page);
    for (int i = 0; i < query->classes; i++) {
        fal_label_page_class(text, query->class_names[i], i);
    }
    fal_label_page_images(text);
    for (int64_t i = 0; i < query->count; i++) {
        const fal_query_item *item = &query->items[i];
        char file[FAL_QUERY_IMAGE_NAME];
        fal_query_image_name(item, file);
        fal_label_page_image(text, i, query->client, item->order, item->image, file,
                             options->suggest ? item->suggested : -1);
    }
    fal_label_page_pictures(text);
    for (int64_t i = 0; i < query->count; i++) {
        unsigned char *png = NULL;
        size_t count = 0;
        FAL_TRY(pack(query, i, &png, &count));
        fal_label_page_picture(text, i, png, count);
        fal_free(png);
    }
    fal_label_page_end(text);
    return fal_text_status(text);
}

/* Label Studio shows what stands in data.image and hands the rest through, so that its exports find their way back. */
static void add_task(const fal_query *query, int64_t i, bool suggest, const unsigned char *png, size_t count,
                     fal_text *text)
{
    const fal_query_item *item = &query->items[i];
    char file[FAL_QUERY_IMAGE_NAME];
    fal_query_image_name(item, file);
    fal_text_add(text, "%s\n{\"data\":{\"client\":%lld,\"order\":%lld,\"row\":%lld,\"file\":", i > 0 ? "," : "",
                 (long long)query->client, (long long)item->order, (long long)item->image);
    fal_json_text(text, file);
    fal_text_add(text, ",\"score\":");
    fal_json_real(text, item->score);
    if (suggest && item->suggested >= 0) {
        fal_text_add(text, ",\"suggested\":");
        fal_json_text(text, query->class_names[item->suggested]);
    }
    fal_text_add(text, ",\"image\":\"data:image/png;base64,");
    fal_base64_add(text, png, count);
    fal_text_add(text, "\"}}");
}

fal_status fal_query_tasks_json(const fal_query *query, const fal_query_folder_options *options, fal_text *text)
{
    fal_text_add(text, "[");
    for (int64_t i = 0; i < query->count; i++) {
        unsigned char *png = NULL;
        size_t count = 0;
        FAL_TRY(pack(query, i, &png, &count));
        add_task(query, i, options->suggest, png, count, text);
        fal_free(png);
    }
    fal_text_add(text, "]\n");
    return fal_text_status(text);
}
