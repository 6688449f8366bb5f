/*
 * The part of a plan that enters namespaces which exist: --join.
 */
#ifndef PLAN_JOIN_H
#define PLAN_JOIN_H

#include "builder.h"

/* Which kinds are joined, and from now on the facts that hold inside: fills `joined`.  -1 where the
 * facts show that a target cannot be joined, or that two of them contradict each other. */
int plan_join_choose(struct builder *);

/* The steps of between, its first: all targets are opened, then entered. */
void plan_join_add(struct builder *);

/* Around what a process does to its own /proc/PID: it must be dumpable for that moment. */
void plan_join_show(struct builder *, enum actor);
void plan_join_hide(struct builder *, enum actor);

/* Outside's step for --join-cgroup. */
void plan_join_cgroup(struct builder *);

/* The working directory of the command, where nothing else sets it. */
void plan_join_directory(struct builder *);

#endif
