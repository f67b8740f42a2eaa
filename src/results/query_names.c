/* What tells a query and its images from all others. */
#include <stdio.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/results/query_folder.h"

fal_query fal_query_of(const fal_dataset *dataset)
{
    return (fal_query){.h = dataset->h,
                       .w = dataset->w,
                       .c = dataset->c,
                       .classes = dataset->classes,
                       .class_names = dataset->class_names,
                       .dataset = dataset->name,
                       .sha256_train_images = dataset->sha256_train_images,
                       .sha256_train_labels = dataset->sha256_train_labels};
}

fal_status fal_query_fill_sha256(const fal_query *query, fal_query_item *item)
{
    char all[FAL_HASH_TEXT];
    const size_t bytes = (size_t)query->h * (size_t)query->w * (size_t)query->c;
    FAL_TRY(fal_hash_bytes(query->pixels(query->context, item->image), bytes, all));
    memcpy(item->sha256, all, FAL_QUERY_DIGITS);
    item->sha256[FAL_QUERY_DIGITS] = '\0';
    return FAL_OK;
}

fal_status fal_query_hash(fal_query *query)
{
    fal_text text = {0};
    fal_text_add(&text, "%s\n%s\n%s\n%lld %lld\n", query->sha256_train_images, query->sha256_train_labels, query->name,
                 (long long)query->round, (long long)query->client);
    for (int64_t i = 0; i < query->count; i++) {
        const fal_query_item *item = &query->items[i];
        fal_text_add(&text, "%lld %lld %s\n", (long long)item->order, (long long)item->image, item->sha256);
    }
    fal_status status = fal_text_status(&text);
    if (status == FAL_OK) {
        status = fal_hash_bytes(text.chars, text.length, query->hash);
    }
    fal_text_destroy(&text);
    return status;
}

void fal_query_image_name(const fal_query_item *item, char name[FAL_QUERY_IMAGE_NAME])
{
    (void)snprintf(name, FAL_QUERY_IMAGE_NAME, "train_%06lld_%s.png", (long long)item->image, item->sha256);
}
