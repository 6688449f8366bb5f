/*
 * Control groups, cgroups(7), version 2.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include "step.h"

/* Writes the pid of inside to cgroup.procs, from outside: a clone into the cgroup fails on many
 * kernels (kernel-traps 48).  Argument: the path of that file, a string. */
extern const struct step_kind cgroup_enter;

#endif
