/*
 * The root of one's own and what is put into it.  All of it is made beside the old root and entered last.
 */
#ifndef FILES_H
#define FILES_H

#include "new_root.h"
#include "step.h"

/* Argument of all kinds; of the fields behind `root` each kind uses some. */
struct files_call {
	struct new_root *root;         /* of the launch, in the plan's memory */
	const char *source;            /* a path of the caller's, or what a link leads to */
	const char *place;             /* a path inside the new root, from / on */
	const char *type;              /* of a file system */
	const char *const *parameters; /* its, fsconfig(2): names and values in turn */
	unsigned attributes;           /* MOUNT_ATTR_..., mount_setattr(2) */
	unsigned mode;
	bool own;               /* places may be made in it */
	bool read_only, tries;  /* see begin_root() and bind_inside() in code.h */
	bool in_user_namespace; /* of a new proc: as in mount.h */
	bool in_pid_namespace;
};

/* The new root: a copy of a tree, or an empty one; how it ends: read-only, entered. */
extern const struct step_kind root_tree, root_empty, root_read_only, root_enter;

/* What is put into it. */
extern const struct step_kind files_bind, files_mount, files_directory, files_symlink, files_chmod,
	files_remount_ro;

#endif
