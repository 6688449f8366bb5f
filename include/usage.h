/*
 * How many namespaces may be made, and how many are, in a user namespace and all that are further out.
 *
 * The kernel counts each namespace against its maker in the user namespace where it was made, and against the
 * maker of that one in its parent, and so on (kernel-traps 10).  It tells no count: what is in use is what a
 * survey finds.
 */
#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "namespaces.h"

/* User namespaces nest 32 deep in the initial one. */
enum { USAGE_LEVELS = 33 };

struct usage_level {
	uint64_t id; /* of the user namespace */
	int64_t uid; /* against whom it counts there, as the caller numbers it; -1 not known */
	int number;  /* errno of reading the limits there; else 0 */
	long long limit[KIND_COUNT]; /* -1: no such kind */
	int used[KIND_COUNT];        /* that were found, and count against `uid` */
	int maybe[KIND_COUNT];       /* that somebody made there, nobody knows who */
};

struct usage {
	unsigned kinds; /* set of the kinds that the kernel has */
	struct usage_level levels[USAGE_LEVELS];
	int count;
	bool hidden; /* there are more levels, further out than the caller may see */
	int unread;  /* processes whose namespaces could not be read */
};

/* No limit was set: what a new user namespace begins with. */
#define USAGE_UNLIMITED INT32_MAX

/* Of process `pid`, or of the caller with 0.  0, or -1 with an error. */
int usage_read(int pid, struct usage *, struct error *);

/* The level that will be the first to refuse that kind, as far as is known; -1: none sets a limit. */
int usage_first(const struct usage *, int kind);

#endif
