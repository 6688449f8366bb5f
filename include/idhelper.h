/*
 * newuidmap(1) and newgidmap(1), which write what /etc/subuid and /etc/subgid grant to a caller who
 * may not write it himself.
 */
#ifndef IDHELPER_H
#define IDHELPER_H

#include "spec.h"
#include "step.h"

/* Argument of both kinds. */
struct idhelper_call {
	const char *path;   /* of the program */
	char **argv;        /* all of it; argv[1] is `pid` */
	char *pid;          /* room for the pid of `first`, which is known after the clone */
	enum actor first;   /* who is the first in the user namespace */
	struct id_map map;  /* that argv tells */
	const char *grants; /* "/etc/subuid" */
};

enum { IDHELPER_PID_SIZE = 12 };

/* Executes the program as a child of outside and waits for it.  What it says is caught: error->object has
 * its first line where it failed. */
extern const struct step_kind user_newuidmap, user_newgidmap;

#endif
