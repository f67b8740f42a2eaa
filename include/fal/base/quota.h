/* The CPU quota of containers, systemd scopes and batch systems (cgroups). */
#ifndef FAL_BASE_QUOTA_H
#define FAL_BASE_QUOTA_H

/** Cores that the process's cgroup and all cgroups above it leave it, whichever leaves least, rounded up; 0: no quota.
 *  Both versions of cgroups, also side by side; where they are mounted and which one is ours comes from
 *  /proc/self/mountinfo and /proc/self/cgroup. `root` stands before every path: "" is this machine. */
int fal_quota_cores(const char *root);

#endif
