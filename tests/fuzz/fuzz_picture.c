/* Pictures: fal_picture_tell, fal_picture_measure, fal_picture_decode. */
#include "fuzz.h"

#include "fal/io/picture.h"

/* Larger ones take seconds under the sanitizers and show nothing else. */
enum { PIXELS_MOST = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fal_picture picture = {0};
    int h = 0;
    int w = 0;
    const fal_picture_kind kind = fal_picture_tell(bytes, count < FAL_PICTURE_HEAD ? count : FAL_PICTURE_HEAD);
    const fal_status measured = fal_picture_measure("input", bytes, count, &h, &w);
    fuzz_expect(measured != FAL_OK || kind == FAL_PICTURE_DECODED, "a picture that is not told");
    (void)fuzz_end(measured);
    if (measured == FAL_OK && (int64_t)h * w > PIXELS_MOST) {
        return 0;
    }
    const fal_status status = fal_picture_decode("input", bytes, count, &picture);
    if (status == FAL_OK) {
        unsigned sum = 0;
        fuzz_expect(measured == FAL_OK && picture.h == h && picture.w == w, "other sides than were measured");
        fuzz_expect(picture.c == 1 || picture.c == 3, "a number of channels");
        for (int64_t i = 0; i < (int64_t)h * w * picture.c; i++) {
            sum += picture.pixels[i];
        }
        *(volatile unsigned *)&sum = sum;
    }
    fal_picture_destroy(&picture);
    return fuzz_end(status);
}
