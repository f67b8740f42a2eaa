/* Text tables: fal_csv. The first byte says whether fields may be long. */
#include "fuzz.h"

#include <string.h>

#include "fal/io/csv.h"

enum { LIMIT = 1 << 20 };

static fal_status walk(fal_csv *csv)
{
    int column = -1;
    bool there = false;
    int64_t before = 0;
    FAL_TRY(fal_csv_read_header(csv));
    FAL_TRY(fal_csv_find(csv, "label", &column));
    FAL_TRY(fal_csv_next(csv, &there));
    while (there) {
        int64_t number = 0;
        size_t length = 0;
        fuzz_expect(fal_csv_line(csv) > before, "a line that comes twice");
        before = fal_csv_line(csv);
        for (int i = 0; i <= fal_csv_fields(csv); i++) {
            length += strlen(fal_csv_field(csv, i));
        }
        fuzz_expect(length > 0, "a row without any text");
        if (column >= 0 && fal_csv_int(csv, column, 0, 9, &number) != FAL_OK) {
            fal_status_clear();
        }
        fuzz_expect(number >= 0 && number <= 9, "a number out of its range");
        const int64_t left = fal_csv_rows_left(csv);
        FAL_TRY(fal_csv_next(csv, &there));
        fuzz_expect(left > 0 || !there, "more rows than the bound says");
    }
    return FAL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fal_csv *csv = NULL;
    if (count == 0) {
        return 0;
    }
    fal_status status = fal_csv_open(fuzz_file("input.csv", bytes + 1, count - 1), LIMIT, &csv);
    if (status == FAL_OK) {
        if ((bytes[0] & 1) != 0) {
            fal_csv_allow_long_fields(csv);
        }
        status = walk(csv);
    }
    fal_csv_close(csv);
    return fuzz_end(status);
}
