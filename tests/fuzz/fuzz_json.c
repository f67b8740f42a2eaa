/* JSON that other programs export: fal_json. */
#include "fuzz.h"

#include <string.h>

#include "fal/io/json.h"

enum { LIMIT = 1 << 20 };

/* As deep as the reader's own bound. */
static void walk(const fal_json *json, const fal_json_value *value, int depth)
{
    const fal_json_value *found = NULL;
    fuzz_expect(depth <= FAL_JSON_DEPTH_MAX + 1, "deeper than the bound");
    fuzz_expect(value->text != NULL && strlen(value->text) < LIMIT, "a value without a text");
    if (fal_json_find(json, value, "data", &found) != FAL_OK) {
        fal_status_clear();
    }
    for (const fal_json_value *v = fal_json_first(json, value); v != NULL; v = fal_json_after(json, v)) {
        walk(json, v, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fal_json *json = NULL;
    const fal_json_value *element = NULL;
    fal_status status = fal_json_open(fuzz_file("input.json", bytes, count), LIMIT, &json);
    if (status == FAL_OK) {
        while ((status = fal_json_next(json, &element)) == FAL_OK && element != NULL) {
            walk(json, element, 1);
        }
    }
    fal_json_close(json);
    return fuzz_end(status);
}
