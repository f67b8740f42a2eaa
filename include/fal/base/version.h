/* What was built: recorded in every results file and printed by --version. */
#ifndef FAL_BASE_VERSION_H
#define FAL_BASE_VERSION_H

const char *fal_version(void);
const char *fal_version_commit(void);
const char *fal_version_compiler(void);
const char *fal_version_flags(void);

#endif
