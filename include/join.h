/*
 * Entering namespaces that exist: setns(2) and what goes with it.
 */
#ifndef JOIN_H
#define JOIN_H

#include <stdbool.h>

#include "step.h"

/* Argument of join_hide and join_show: none.  A process in the joined namespaces must not trace
 * this one, nor reach its memory, before the exec (kernel-traps 65); its own id map it can only
 * write while that is allowed (kernel-traps 81). */
extern const struct step_kind join_hide, join_show;

/* Argument of the kinds that open a target. */
struct join_opening {
	int slot;         /* which of launch->joined */
	const char *path; /* of a file or directory */
	int pid, alive;   /* of a process: its number, and its pidfd from before the plan or -1 */
};

/* pidfd_open(2), open(2) of a namespace file, and of a directory.  All targets are opened before the
 * first is joined: afterwards they may be out of sight (kernel-traps 42). */
extern const struct step_kind join_open_process, join_open_file, join_open_directory;

/* The same of /proc/self, for launch->own_proc: of the /proc that is joined it may be no part.
 * No argument. */
extern const struct step_kind join_open_self;

/* Argument of join_enter. */
struct join_entering {
	int slot;
	unsigned kinds;    /* a set */
	int pid;           /* of a process: the slot is its pidfd; 0: a file */
	bool foreign_user; /* they belong to another user namespace, which is not joined */
	bool after_user;   /* a user namespace is joined before */
	long long owner;   /* who made the user namespace; -1 unknown */
};

/* setns(2); one for all kinds of a process (kernel-traps 80). */
extern const struct step_kind join_enter;

/* setgid(2), setgroups(2) and setuid(2) of 0, where the joined user namespace has that id; else the
 * ids stay.  No argument. */
extern const struct step_kind join_ids;

/* Argument of join_root: two slots, opened by join_open_directory. */
struct join_place {
	int root, directory;
};

/* chroot(2) to the root of a process, and to its working directory. */
extern const struct step_kind join_root;

/* chdir(2) to the caller's working directory, a string, as far as it exists in the joined mount
 * namespace; else to /. */
extern const struct step_kind join_directory;

#endif
