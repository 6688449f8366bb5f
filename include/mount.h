/*
 * Mounts of the new mount namespace: propagation and a new /proc.
 */
#ifndef MOUNT_H
#define MOUNT_H

#include "step.h"

/* Argument of the three kinds of propagation. */
struct mount_propagation {
	const char *target; /* mount point; the whole tree from there */
	unsigned long flag; /* MS_PRIVATE, MS_SLAVE or MS_SHARED, mount(2) */
	const char *flag_name;
};

/* mount_namespaces(7) */
extern const struct step_kind mount_private, mount_slave, mount_shared;

/* Argument of mount_proc. */
struct mount_proc_call {
	bool in_user_namespace; /* a new one, that is: the kernel is stricter there */
	bool in_pid_namespace;  /* a new one */
};

/* A new proc over /proc, which shows the PID namespace of the process that mounts it
 * (kernel-traps 25). */
extern const struct step_kind mount_proc;

#endif
