/*
 * A root directory in the making, as nsrun and the programs of --explain=c have it.
 */
#ifndef NEW_ROOT_H
#define NEW_ROOT_H

#include <stdbool.h>
#include <stdint.h>

/* A root directory that is being made beside the one in force.  It is mounted over "/", where nobody sees it:
 * absolute paths still lead to the old one. */
struct new_root {
	int fd; /* of its uppermost mount */
	/* What has failed: what shall appear, a place where nothing may be made, a link that leads nowhere (or ..
	 * below what is missing), a place, or to mount a file and a directory on each other. */
	enum { ROOT_SOURCE = 1, ROOT_MISSING, ROOT_DANGLES, ROOT_PLACE, ROOT_TYPE } problem;
	int covers;        /* how many mounts, by operations on "/", lie over the first one */
	bool skipped;      /* the last function has found nothing to do */
	int count;         /* of the mounts in which places may be made: */
	uint64_t own[256]; /* their ids, statx(2) */
};

#endif
