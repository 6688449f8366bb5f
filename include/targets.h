/*
 * What is there to be joined: the targets of --join, looked at before the launch.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include "facts.h"

/* Fills FACT_TARGETS, and what --join-env and --join-cgroup need. */
void targets_read(const struct spec *, struct facts *);

/* Closes what it left open. */
void targets_close(struct facts *);

#endif
