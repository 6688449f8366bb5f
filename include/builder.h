/*
 * A plan while it is being built: what the files that choose steps share.
 */
#ifndef BUILDER_H
#define BUILDER_H

#include <stdbool.h>

#include "arena.h"
#include "error.h"
#include "facts.h"
#include "spec.h"
#include "step.h"

struct process_clone_call;
struct save_place;

/* Who writes an id map. */
enum writer { WRITER_INSIDE, WRITER_OUTSIDE, WRITER_HELPER };

struct builder {
	const struct spec *spec;
	const struct facts *facts;
	struct plan *plan;
	struct error *error;
	struct arena arena;
	unsigned kinds;           /* the set that is made */
	unsigned joined;          /* the set that is joined */
	unsigned joins[JOIN_MAX]; /* the same, by --join */
	const char *join_why;     /* all of them: "--join "5""; NULL: nothing is joined */
	unsigned kept;       /* the set that --save has kept already: joined, or the caller's */
	bool new_proc;       /* a proc is mounted over /proc */
	bool between;        /* a helper makes inside: clone(2) alone cannot do what is asked */
	unsigned by_between; /* the set that it makes, before it clones */
	unsigned by_inside;  /* the set that inside makes itself, later */
	enum actor first;    /* who is the first in a new user namespace */
	/* Of the maps of a new user namespace. */
	enum writer user_writer, group_writer;
	bool denies_setgroups;
	bool changed_ids;                 /* by a step so far */
	struct process_clone_call *clone; /* of inside; NULL with --no-fork */
	int clone_step;                   /* its index */
	struct save_place *save;          /* --save; else NULL */
	bool failed;                      /* out of memory */
};

/* Whether a namespace of that kind is made. */
bool builder_makes(const struct builder *, enum kind);

/* Zeroed memory that lives as long as the plan; NULL is noted in `failed`. */
void *builder_take(struct builder *, size_t size);

/* One step more.  A `why` that is NULL is noted in `failed`. */
void builder_add(struct builder *, enum actor, const struct step_kind *, const void *argument,
	const char *why);

/* A step of the process that becomes the command: nsrun itself with --no-fork. */
void builder_add_inside(struct builder *, const struct step_kind *, const void *argument,
	const char *why);

/* The name of the option that asked for a kind. */
const char *builder_asker(const struct builder *, enum kind);

/* Why a step is there: given itself ("--hostname"), or along with a kind ("with --uts"). */
const char *builder_why(struct builder *, const char *option, enum kind);

/* A file of /proc/self, as the launch opens it: after a join that is found by a descriptor alone. */
const char *builder_own_proc(struct builder *, const char *name);

/* The options behind all kinds of a set, each once: "--uts --pid"; "always" if it is empty. */
const char *builder_why_all(struct builder *, unsigned set);

/* The option that asked for the map of users, or of groups; NULL: none. */
const char *builder_map_asker(const struct builder *, bool users);

/* Why that map is as it is. */
const char *builder_map_why(struct builder *, bool users);

/* A map as the kernel reads it; `itself`: of the ids inside to the same ids. */
char *builder_map_text(struct builder *, const struct id_map *, bool itself);

#endif
