/*
 * The mounts that a process sees, by /proc/PID/mountinfo, proc(5): one after the other.
 */
#ifndef MOUNTINFO_H
#define MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Its strings hold until the next one is read.  The \040 that the kernel writes for a blank is undone. */
struct mountinfo_line {
	unsigned long long id, parent;
	const char *device; /* "259:1", of the file system */
	const char *
		root; /* what of the file system is mounted: a path, or a name as "net:[4026531840]" */
	const char *point;   /* where, as the process sees it */
	const char *options; /* of this mount: "ro,nosuid" */
	const char *type;    /* "ext4" */
};

/* All zero but for the file: one at its beginning. */
struct mountinfo {
	FILE *file;
	char *text; /* the present line */
	size_t room;
};

/* The mounts that the caller sees, or those of the process whose directory in /proc that is.  0, or -1 and
 * errno; then there are no lines, and closing is allowed. */
int mountinfo_open(struct mountinfo *);
int mountinfo_open_of(struct mountinfo *, int directory);

/* False at the end. */
bool mountinfo_next(struct mountinfo *, struct mountinfo_line *);

/* Goes on to the mount of that id; false if it is not among those that follow. */
bool mountinfo_find(struct mountinfo *, unsigned long long id, struct mountinfo_line *);

void mountinfo_close(struct mountinfo *);

#endif
