/*
 * A plan is an array of steps; what --explain prints is the array that is executed.
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stdio.h>

#include "arena.h"
#include "error.h"
#include "spec.h"

struct facts;
struct launch;
struct step;

/* Who runs a step: nsrun itself, a short-lived child that joins and then clones, or the process
 * that becomes the command. */
enum actor { OUTSIDE, BETWEEN, INSIDE, ACTOR_COUNT };

extern const char *const step_actors[ACTOR_COUNT]; /* "outside", "between", "inside" */

/* Flags of a step kind: what the walk, the choice of the launch and the hints have to know about it. */
enum {
	/* makes the next actor and gives it the turn */
	STEP_CLONES = 1,
	/* may wait for somebody else */
	STEP_WAITS = 2,
	/* changes the ids of the process */
	STEP_CHANGES_IDS = 4,
	/* outside's behind the exec: it is reached when the others are gone or executed */
	STEP_ENDS = 8,
	/* wants a capability, which a security module may withhold */
	STEP_PRIVILEGED = 16
};

/*
 * How a step's call is shown: the line of C that people read; the exact system calls, one a line, with _ for
 * pointers and descriptors; or what a C program does for it, one expression a line, each negative on failure.
 * Such a program has the helpers of code.h and the variables that explain_c.c declares.
 */
enum text_form { TEXT_CALL, TEXT_CALLS, TEXT_CODE };

struct step_kind {
	const char *name;   /* "mount.proc" */
	const char *about;  /* one plain sentence */
	const char *manual; /* the page to read */
	unsigned flags;
	bool optional;  /* how many calls it makes depends on what exists */
	unsigned facts; /* FACT_*: what its hint wants besides what every hint gets */

	/* Does it: 0, or -1 with the error filled.  Runs after the clone: no allocation, no
	 * stdio, no parsing. */
	int (*run)(struct launch *, const struct step *, struct error *);
	/* Takes it back after a later failure; outside's steps only; NULL: nothing to take back. */
	void (*undo)(struct launch *, const struct step *);
	/* Writes the call. */
	void (*text)(const struct step *, enum text_form, FILE *);
	/* Writes why the call was refused, as far as the facts tell; with error->number 0: what
	 * will surely stop it.  Writes nothing if it knows nothing.  May be NULL. */
	void (*hint)(const struct step *, const struct error *, const struct facts *, FILE *);
};

struct step {
	const struct step_kind *kind;
	enum actor actor;
	const void *argument; /* what the kind's functions take; owned by the plan */
	const char *why;      /* the option that asked for it, or the rule that implied it */
};

struct plan {
	struct step *steps;
	int count;
	int exec;              /* index of the step that becomes the command */
	unsigned new_kinds;    /* set of the kinds that are made */
	unsigned joined_kinds; /* set of the kinds that are joined */
	int enter_root;        /* index of the step that enters the new root, or 0 */
	int last_join;         /* index of the last step that joins, or -1 */
	struct id_map users,
		groups;       /* of a new user namespace; those of the spec, or in `memory` */
	unsigned clone_flags; /* of the clone that makes inside; 0 with --no-fork */
	bool shares_memory;   /* inside shares outside's memory until the exec */
	bool traces;          /* each step is reported as it happens */
	bool asks;            /* each step waits for Enter on the terminal */
	struct arena memory;  /* of the arguments and reasons */
};

/* What `print` writes of each step of a plan, in malloc'd memory; NULL, also for a single one, without memory. */
char **step_texts(const struct plan *, void print(FILE *, const struct plan *, int));
void step_texts_free(char **texts, const struct plan *);

/* A string as that form has it between double quotes. */
void step_string(FILE *, enum text_form, const char *value);

/* The same, shortened for people: what comes from a command line may be very long. */
void step_words(FILE *, enum text_form, const char *value);

#endif
