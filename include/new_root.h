/*
 * A root directory in the making, as nsrun and the programs of --explain=c have it.
 */
#ifndef NEW_ROOT_H
#define NEW_ROOT_H

#include <stdbool.h>
#include <stdint.h>

/* A root directory that is being made beside the one in force.  Until it is entered the process stays in the old
 * one, and no path of the caller's leads into the new one. */
struct new_root {
	int stage;     /* the tmpfs on which both lie */
	int first, fd; /* the new root's first mount, and its uppermost one */
	/* What has failed: something else, what shall appear, a place where nothing may be made, a link that
	 * leads nowhere (or .. below what is missing), a place, or to mount a file and a directory on each
	 * other. */
	enum { ROOT_OTHER, ROOT_SOURCE, ROOT_MISSING, ROOT_DANGLES, ROOT_PLACE, ROOT_TYPE } problem;
	bool skipped;  /* the last function has found nothing to do */
	uint64_t *own; /* of the mounts in which places may be made: their ids, statx(2); */
	int count;     /* how many, */
	int size;      /* and how many there is room for */
};

#endif
