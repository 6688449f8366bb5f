/*
 * Finding and executing the command.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

#include "arena.h"
#include "step.h"

/* chdir(2).  Argument: the directory, a string. */
extern const struct step_kind command_chdir;

/* Argument of command_exec. */
struct command_call {
	const char *typed;       /* the name as it was typed */
	const char *found;       /* --explain: the candidate that will run; else NULL */
	char *const *candidates; /* the files to try, in order; NULL ends */
	char *const *argv;
	char *const *environment; /* NULL: nsrun's own */
	bool shells; /* the candidates are shells, of which one may be there: argv is its name alone */
	char **shell_argv; /* for a file without #!: /bin/sh, room for the file, the rest of argv */
};

/*
 * execve(2) of the candidates as execvp(3) tries them.  error->number: ENOENT only if none
 * exists; error->detail: 1 if a file was found.
 */
extern const struct step_kind command_exec;

/* The files that `name` may mean, with `path` as PATH: itself if it holds a slash, else one in each
 * directory.  NULL-terminated, in `arena`; NULL and ENOMEM. */
char **command_candidates(struct arena *, const char *name, const char *path);

struct command_facts;

/* What the candidates lead to: the first one that can be executed, else the first that exists. */
void command_look_up(char *const *candidates, struct command_facts *);

/* The exit status that belongs to a failed command_exec: STATUS_NOT_FOUND or STATUS_CANNOT_RUN. */
int command_status(const struct error *);

#endif
