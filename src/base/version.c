/* What was built. The figures come from the generated version.h of the object folder. */
#include "fal/base/version.h"

#include "version.h"

const char *fal_version(void) { return FAL_VERSION; }
const char *fal_version_commit(void) { return FAL_COMMIT; }
const char *fal_version_compiler(void) { return FAL_COMPILER; }
const char *fal_version_flags(void) { return FAL_FLAGS; }
