/*
 * --save: new namespaces kept in a directory, each by a bind mount of its link in /proc/PID/ns,
 * namespaces(7).
 *
 * The directory is locked (flock(2)) by whoever makes, fills or empties it, so that of many only one
 * does.  The mounts in it lie on a private mount of the directory on itself: on a shared one they would
 * arrive in other mount namespaces, and a mount namespace could not be kept (kernel-traps 46, 82).
 */
#ifndef SAVE_H
#define SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "namespaces.h"
#include "step.h"

/* The mode of a directory that --save makes, by which it is known later on: the sticky bit means
 * nothing where nobody else may write, so that no other program sets it there. */
#define SAVE_MODE 01700

/* The directory, while a process of nsrun has to do with it. */
struct save_place {
	const char *path;   /* as it was given */
	const char *parent; /* where it lies; the rest walks by descriptor */
	const char *name;   /* in its parent */
	int above, directory,
		on; /* descriptors: parent; directory, which holds the lock; its own mount */
	bool made;  /* by --save, now or earlier */
};

/* A place for `path`, its strings in the arena; NULL with errno: EINVAL if the last part of the path is no name. */
struct save_place *save_place_of(struct arena *, const char *path);

/* The kind that a file of this name in the directory keeps, or -1. */
int save_kind_of(const char *file);

/*
 * Opens the directory, made if it is missing and `make`, and waits for its lock, with `mask` as signal
 * mask, or with NULL as it is.  It is then the one that the path leads to.  0, or -1 and errno,
 * nothing open.  No allocation.
 */
int save_lock(struct save_place *, bool make, const uint64_t *mask);

/* Opens the directory of a locked place as it is now, with the mounts that others have made while the lock
 * was awaited: fills `on`.  0, or -1 and errno. */
int save_open(struct save_place *);

/* Closes what is open, which gives the lock back. */
void save_close(struct save_place *);

/* Argument of all kinds of step. */
struct save_call {
	struct save_place *place; /* one for all steps of a plan: outside's descriptors */
	enum kind kind;           /* save_bind: which namespace */
	const char *note;         /* save_pid_ended: what is said then, a line */
};

/* Locks the directory, which must be empty. */
extern const struct step_kind save_directory;

/* Mounts the directory on itself, private. */
extern const struct step_kind save_private;

/* Binds a namespace of inside to a file in it. */
extern const struct step_kind save_bind;

/* Gives the lock back, when nothing can fail any more. */
extern const struct step_kind save_unlock;

/* Lets the file of a PID namespace go, that has ended with the command. */
extern const struct step_kind save_pid_ended;

#endif
