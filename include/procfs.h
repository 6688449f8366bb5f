/*
 * Why /proc does not serve, as hints: each writes what the facts show to be so, or nothing.
 */
#ifndef PROCFS_H
#define PROCFS_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "facts.h"

/* Why the kernel refuses a new proc; `in_...`: whether such a namespace is new there. */
void procfs_hint_new(const struct error *, const struct facts *, bool in_user_namespace,
	bool in_pid_namespace, FILE *out);

/* Why a file of /proc cannot be opened; `what` is, say, "the namespaces are found".  Whether anything was
 * written. */
bool procfs_hint_open(const struct error *, const struct facts *, const char *what, FILE *out);

/* The same of a file that is written; `what` is, say, "uid_map". */
bool procfs_hint_write(const struct error *, const struct facts *, const char *what, FILE *out);

#endif
