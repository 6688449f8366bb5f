/*
 * The namespaces of this machine, as far as the caller may look: those that processes are in, that open
 * descriptors, mounts and sockets keep, and those above them.  Reading changes nothing, and what ends
 * meanwhile is no error.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "error.h"
#include "idtable.h"
#include "namespaces.h"

/* What a namespace was found by; the first that is true of it is told. */
enum survey_source {
	SOURCE_PROCESS, /* a process is in it */
	SOURCE_CHILDREN, /* the children of a process will be (pid_for_children, time_for_children) */
	SOURCE_DESCRIPTOR, /* an open descriptor of a process */
	SOURCE_MOUNT,      /* a mount of type nsfs */
	SOURCE_SOCKET,     /* a socket, which belongs to a network namespace */
	SOURCE_PARENT,     /* it is the parent of another */
	SOURCE_OWNER,      /* it owns another */
	SOURCE_COUNT
};

extern const char *const survey_sources[SOURCE_COUNT]; /* "process" */

struct survey_namespace {
	enum kind kind;
	uint64_t id;      /* its inode number, as in "net:[4026531840]" */
	unsigned sources; /* set of enum survey_source */
	bool mine;        /* the caller is in it */
	uint64_t parent,
		owner; /* of a PID or user namespace; the user namespace; 0: not to be seen */
	int64_t owner_uid; /* who made a user namespace, as the caller numbers users; -1: not to be seen */

	int processes;
	pid_t pid; /* the lowest of them; 0: none */
	int64_t uid;
	const char *user, *command; /* of that process; NULL: it has ended meanwhile */

	pid_t holder;   /* the process with the descriptor, the socket or such children; 0: none */
	int descriptor; /* its number; -1: none */
	enum survey_source holds; /* which of the three it is */
	const char *path;         /* where it is mounted; NULL: nowhere to be seen */
	pid_t path_of;            /* a process that has that mount; 0: the caller has it */

	bool asked, mounts_read; /* while reading */
	/* survey_finish: index of what it hangs below in a tree; -1: nothing */
	int above;
	/* survey_choose: that it was asked for; that a tree shows it; and the tree of those: index of the first
	 * below it, and of the next beside it; -1: none */
	bool chosen, shown;
	int below, beside;
};

/* All zero: one of nothing. */
struct survey {
	struct survey_namespace *namespaces; /* after survey_finish by kind and id */
	int count, room;
	int top;              /* survey_choose: the first that hangs below nothing */
	struct idtable known; /* index of a namespace by id, plus 1 */
	struct arena arena;
	int processes, refused;    /* how many there are, and which part could not be read */
	int sockets, sockets_read; /* the same */
	bool failed;               /* memory was short */
};

/* The namespace of that id, taken in if it is new, and that it was found so.  NULL without memory.
 * The next one that is new may move it. */
struct survey_namespace *survey_add(struct survey *, enum kind, uint64_t id, enum survey_source);

/* The namespace of that id, or NULL. */
struct survey_namespace *survey_find(const struct survey *, uint64_t id);

/* The first source that is true of it. */
enum survey_source survey_source_of(const struct survey_namespace *);

/* Puts them in order and tells which hangs below which: each below the user namespace that owns it, but a
 * user namespace below its parent, and so a PID namespace whose parent has the same owner. */
void survey_finish(struct survey *);

/* Chooses by words, each of them a kind or an id (namespaces_read_word); NULL or none: all.  What lies
 * above a chosen one is shown in a tree too, and user namespaces stand there behind the others.  0, or -1
 * with an error that names a word that chooses nothing. */
int survey_choose(struct survey *, char **words, struct error *);

/* Reads this machine, and finishes.  `option` is named in the error.  0, or -1 if there is no /proc, or no
 * memory. */
int survey_read(struct survey *, const char *option, struct error *);

void survey_free(struct survey *);

#endif
