/* Sites that have a file each, as part of what identifies a trial. */
#include "identity_internal.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/memory.h"

/* What tells a site's data from others: SHA-256 of the list of its arrays' checksums. */
static fal_status sum_of_site(const fal_dataset_file *site, char sha256[FAL_HASH_TEXT])
{
    char list[4 * FAL_HASH_TEXT + 1];
    const int length = snprintf(list, sizeof list, "%s\n%s\n%s\n%s\n", site->sha256_train_images,
                                site->sha256_train_labels, site->sha256_test_images, site->sha256_test_labels);
    return fal_hash_bytes(list, (size_t)length, sha256);
}

fal_status fal_identity_put_sites(fal_h5 *file, const fal_dataset *dataset)
{
    const char **texts = NULL;
    char(*sums)[FAL_HASH_TEXT] = NULL;
    fal_status status = FAL_OK;
    if (dataset->files == NULL) {
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_alloc(&texts, (size_t)dataset->sites, sizeof *texts, "sites"));
    FAL_TRY_GOTO(fal_alloc(&sums, (size_t)dataset->sites, sizeof *sums, "sites"));
    for (int k = 0; k < dataset->sites; k++) {
        texts[k] = dataset->files[k].name;
    }
    FAL_TRY_GOTO(fal_h5_set_texts(file, "/", "identity_site_names", texts, dataset->sites));
    for (int k = 0; k < dataset->sites; k++) {
        FAL_TRY_GOTO(sum_of_site(&dataset->files[k], sums[k]));
        texts[k] = sums[k];
    }
    status = fal_h5_set_texts(file, "/", "identity_site_data", texts, dataset->sites);
done:
    fal_free(sums);
    fal_free((void *)texts);
    return status;
}

fal_status fal_identity_compare_sites(fal_h5 *file, const fal_dataset *dataset, char *differs, size_t size)
{
    char(*stored)[FAL_HASH_TEXT] = NULL;
    char sum[FAL_HASH_TEXT];
    int count = 0;
    fal_status status = FAL_OK;
    const bool apart = fal_h5_has_attribute(file, "/", "identity_site_data");
    if (apart != (dataset->files != NULL)) {
        (void)snprintf(differs, size, "kind of data (there %s, now %s)", apart ? "a file per site" : "one file",
                       apart ? "one file" : "a file per site");
    }
    if (!apart || differs[0] != '\0') {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&stored, FAL_SITES_MAX, sizeof *stored, "sites"));
    FAL_TRY_GOTO(fal_h5_get_texts(file, "/", "identity_site_data", stored[0], sizeof *stored, FAL_SITES_MAX, &count));
    if (count != dataset->sites) {
        (void)snprintf(differs, size, "set of sites (there %d, now %d)", count, dataset->sites);
    }
    for (int k = 0; k < count && differs[0] == '\0'; k++) {
        FAL_TRY_GOTO(sum_of_site(&dataset->files[k], sum));
        if (strcmp(stored[k], sum) != 0) {
            (void)snprintf(differs, size, "version of the data of site %d (%s)", k, dataset->files[k].name);
        }
    }
done:
    fal_free(stored);
    return status;
}
