/* SHA-256: the examples of FIPS 180, in any pieces. */
#include "support.h"

#include "fal/base/hash.h"

static void known_answers(void **state)
{
    (void)state;
    char text[FAL_HASH_TEXT];
    assert_ok(fal_hash_bytes("", 0, text));
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_ok(fal_hash_bytes("abc", 3, text));
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void pieces_do_not_matter_and_a_hash_starts_anew(void **state)
{
    (void)state;
    char whole[FAL_HASH_TEXT];
    char pieces[FAL_HASH_TEXT];
    unsigned char bytes[1000];
    fal_hash *hash = NULL;
    for (int i = 0; i < 1000; i++) {
        bytes[i] = (unsigned char)(i * 7);
    }
    assert_ok(fal_hash_bytes(bytes, sizeof bytes, whole));
    assert_ok(fal_hash_create(&hash));
    for (int turn = 0; turn < 2; turn++) {
        fal_hash_add(hash, bytes, 1);
        fal_hash_add(hash, bytes + 1, 0);
        fal_hash_add(hash, bytes + 1, 500);
        fal_hash_add(hash, bytes + 501, 499);
        fal_hash_finish(hash, pieces);
        assert_string_equal(whole, pieces);
    }
    fal_hash_destroy(hash);
    fal_hash_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(pieces_do_not_matter_and_a_hash_starts_anew),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
