/*
 * Why the kernel refuses a new proc.
 */
#ifndef NEWPROC_H
#define NEWPROC_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "facts.h"

/* Writes why, as far as the facts tell; `in_...`: whether such a namespace is new there. */
void newproc_hint(const struct error *, const struct facts *, bool in_user_namespace,
	bool in_pid_namespace, FILE *out);

#endif
