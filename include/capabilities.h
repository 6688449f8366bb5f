/*
 * The capabilities by name, capabilities(7).
 */
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include <stdint.h>
#include <stdio.h>

/* Those that this program has a name for: the first bits of a set. */
#define CAPABILITIES_COUNT 41

/* "CAP_CHOWN", by its number. */
extern const char *const capabilities[CAPABILITIES_COUNT];

/* A set in words: "none", "all", "all but CAP_SYS_TIME", or names.  `full` is the set of all that the kernel
 * has. */
void capabilities_list(FILE *out, uint64_t set, uint64_t full);

#endif
