/*
 * The clocks of a time namespace, time_namespaces(7).
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "spec.h"
#include "step.h"

#define CLOCK_SECOND INT64_C(1000000000) /* in nanoseconds */

/* What the kernel lets a shifted clock read at most, in nanoseconds (timens_offsets_write: KTIME_SEC_MAX / 2). */
#define CLOCK_MOST (INT64_C(4611686018) * CLOCK_SECOND)

/* The names of the clocks in /proc/PID/timens_offsets. */
extern const char *const clock_names[CLOCK_COUNT];

/* "5", "-2.5h", "+250ms": seconds, or ms s m h d, with at most nine digits behind the point; "=1h": what the
 * clock shall read.  False if it is neither, or above 292 years. */
bool clock_read_wish(const char *text, struct clock_wish *);

/* Argument of time_offsets. */
struct clock_offsets {
	const char *path; /* "/proc/self/timens_offsets"; or its name, in own_proc of the launch */
	const char
		*text; /* a line "monotonic SECONDS NANOSECONDS" for each clock that is shifted */
};

/* Writes the offsets of a time namespace that nobody has entered yet. */
extern const struct step_kind time_offsets;

#endif
