/*
 * No further user namespaces: a limit of one in the new user namespace, which a second one uses up.
 * The command has no capability in the first, so it cannot raise the limit (kernel-traps 10).
 */
#ifndef NESTED_H
#define NESTED_H

#include <stdbool.h>

#include "step.h"

/* Writes 1 to max_user_namespaces of the present user namespace.  No argument. */
extern const struct step_kind user_limit;

/* Argument of user_nested. */
struct nested_call {
	const char *users, *groups; /* the maps: what is mapped now, to itself */
	bool not_dumpable;          /* the process has changed its ids */
};

/* unshare(2) of a user namespace.  Its maps may have any range, so a child that stays behind and keeps
 * its capabilities there writes them (kernel-traps 21). */
extern const struct step_kind user_nested;

/* unshare(2) of a user namespace once more, which must fail.  No argument. */
extern const struct step_kind user_sealed;

#endif
