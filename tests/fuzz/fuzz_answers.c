/* What people hand in: fal_said_read. The first byte says whether it is a table or JSON. */
#include "fuzz.h"

#include "fal/results/said.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static const char names[][FAL_NAME_MAX] = {"cat", "dog", "Gr\303\274\303\237e"};
    fal_said_list list = {.classes = 3, .class_names = names, .nobody = ""};
    if (count == 0) {
        return 0;
    }
    list.by_row = (bytes[0] & 2) != 0;
    const char *name = (bytes[0] & 1) != 0 ? "input.json" : "input.csv";
    const fal_status status = fal_said_read(&list, fuzz_file(name, bytes + 1, count - 1));
    for (int64_t i = 0; status == FAL_OK && i < list.count; i++) {
        char where[FAL_SAID_WHERE];
        fal_said_where(&list, &list.rows[i], where);
        fuzz_expect(list.rows[i].label < list.classes, "a label that is no class");
        fuzz_expect(list.rows[i].annotator < list.annotator_count, "an annotator that is not there");
        fuzz_expect(fal_said_label_name(&list, list.rows[i].label) != NULL, "a class without a name");
    }
    fal_said_destroy(&list);
    return fuzz_end(status);
}
