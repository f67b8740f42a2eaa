/* Base64 (RFC 4648, with padding): bytes as text, for data: addresses. */
#ifndef FAL_BASE_BASE64_H
#define FAL_BASE_BASE64_H

#include <stddef.h>

#include "fal/base/text.h"

/** Appends them; no line ends. */
void fal_base64_add(fal_text *text, const unsigned char *bytes, size_t count);

#endif
