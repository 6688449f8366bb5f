/*
 * Who the command is: its ids, its supplementary groups, and what it keeps of its capabilities.
 * credentials(7), capabilities(7).
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <stdbool.h>

#include "spec.h"
#include "step.h"

/* Whether --setuid, --setgid or --groups is given: with any of them the supplementary groups are set. */
bool credentials_are_asked(const struct spec *);

/* Argument of the three kinds that change ids. */
struct credentials_call {
	struct id_list groups;  /* of ids_groups, perhaps none */
	uint32_t id;            /* of the other two */
	bool in_user_namespace; /* a new one, in which no capability is wanting */
};

/* setgroups(2); and all three of its group ids, or user ids. */
extern const struct step_kind ids_groups, ids_gid, ids_uid;

/* PR_SET_KEEPCAPS: else a change of all user ids from 0 takes the permitted set away.  No argument. */
extern const struct step_kind caps_keep;

/* Every capability that is permitted becomes ambient: exec drops the others where the user id is not 0
 * (kernel-traps 24).  No argument. */
extern const struct step_kind caps_ambient;

#endif
