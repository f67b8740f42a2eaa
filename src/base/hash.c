/* SHA-256 through libcrypto's EVP interface. */
#include "fal/base/hash.h"

#include <openssl/evp.h>

#include "fal/base/memory.h"

enum { MEMORY_OF_LIBRARY = 1 << 20 }; /* what libcrypto takes; it does not say that it got none */

struct fal_hash {
    EVP_MD_CTX *context;
};

fal_status fal_hash_create(fal_hash **hash)
{
    fal_hash *made = NULL;
    FAL_TRY(fal_memory_check(MEMORY_OF_LIBRARY, "hash"));
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "hash"));
    made->context = EVP_MD_CTX_new();
    if (made->context == NULL || EVP_DigestInit_ex(made->context, EVP_sha256(), NULL) != 1) {
        fal_hash_destroy(made);
        return fal_fail(FAL_ERR_INTERNAL, "libcrypto gives no SHA-256: check the installation of OpenSSL");
    }
    *hash = made;
    return FAL_OK;
}

void fal_hash_add(fal_hash *hash, const void *bytes, size_t count)
{
    FAL_ASSERT(EVP_DigestUpdate(hash->context, bytes, count) == 1);
}

void fal_hash_finish_bytes(fal_hash *hash, unsigned char bytes[FAL_HASH_BYTES])
{
    unsigned length = 0;
    FAL_ASSERT(EVP_DigestFinal_ex(hash->context, bytes, &length) == 1 && length == FAL_HASH_BYTES);
    FAL_ASSERT(EVP_DigestInit_ex(hash->context, NULL, NULL) == 1); /* NULL: SHA-256 again, without looking it up */
}

void fal_hash_finish(fal_hash *hash, char text[FAL_HASH_TEXT])
{
    unsigned char digest[FAL_HASH_BYTES];
    fal_hash_finish_bytes(hash, digest);
    for (int i = 0; i < FAL_HASH_BYTES; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    text[FAL_HASH_TEXT - 1] = '\0';
}

void fal_hash_destroy(fal_hash *hash)
{
    if (hash != NULL) {
        EVP_MD_CTX_free(hash->context);
        fal_free(hash);
    }
}

fal_status fal_hash_bytes(const void *bytes, size_t count, char text[FAL_HASH_TEXT])
{
    fal_hash *hash = NULL;
    FAL_TRY(fal_hash_create(&hash));
    fal_hash_add(hash, bytes, count);
    fal_hash_finish(hash, text);
    fal_hash_destroy(hash);
    return FAL_OK;
}
