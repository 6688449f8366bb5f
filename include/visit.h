/*
 * A look around in other namespaces, by a child that enters them, tells what it saw, and ends.
 */
#ifndef VISIT_H
#define VISIT_H

#include "namespaces.h"

struct visit {
	int number;        /* errno of entering; else 0 */
	char hostname[65]; /* with CLONE_NEWUTS */
	long long
		limit[KIND_COUNT]; /* with CLONE_NEWUSER alone: user.max_*_namespaces; -1 absent */
};

/* Enters by setns(2): `fd` is a pidfd, or a namespace, `flags` a mask of CLONE_NEW*.  The child shares no
 * memory with the caller, and nobody in there can trace it (kernel-traps 65). */
void visit_make(int fd, unsigned flags, struct visit *);

/* What is seen without entering anything. */
void visit_here(struct visit *);

#endif
