/*
 * Which ids a new user namespace knows: uid_map, gid_map and setgroups, user_namespaces(7).
 */
#ifndef IDMAP_H
#define IDMAP_H

#include <stdbool.h>

#include "step.h"

/* Argument of the three kinds. */
struct idmap_file {
	const char *name; /* the file of /proc/PID: "setgroups", "gid_map", "uid_map" */
	const char *
		own_path; /* "/proc/self/gid_map": what a child opens; or "gid_map", in its own_proc */
	const char *text;  /* what is written, in one write(2): the kernel takes no second */
	bool from_outside; /* to the file of `first`, by outside; else to one's own */
	enum actor first;  /* who is the first in the user namespace */
};

/*
 * Each writes one file.  From inside the kernel takes one line that maps the caller's own id, and
 * a gid_map only after "deny" in setgroups (kernel-traps 19, 20); anything else is for a
 * privileged process outside (kernel-traps 21).
 */
extern const struct step_kind user_setgroups, user_gid_map, user_uid_map;

#endif
