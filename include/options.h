/*
 * THE option table.  A row says everything about an option; parsing, --help, --completion and
 * --dump-options read nothing else.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "spec.h"

enum option_group {
	GROUP_NAMESPACES,
	GROUP_IDENTITY,
	GROUP_NAMES,
	GROUP_FILES,
	GROUP_PROCESS,
	GROUP_LOOKING,
	GROUP_COUNT
};

/* How the value is read, and where in the spec it goes. */
enum option_type {
	TYPE_FLAG,        /* no value: the int at `field` becomes `number` */
	TYPE_KIND,        /* no value: asks for the kind `number` */
	TYPE_KINDS,       /* KIND[,KIND...]: a set of kinds, an unsigned */
	TYPE_TARGET,      /* PID[:KIND,...] or a path: one more struct join */
	TYPE_NAME,        /* a name that the kernel takes for a host: a string */
	TYPE_PATH,        /* a path, not empty: a string */
	TYPE_ID,          /* a user or group id: an int64_t */
	TYPE_PROCESS,     /* a process id, or "self": an int, 0 for that */
	TYPE_CLOCK,       /* a duration, or = and what a clock shall read: a struct clock_wish */
	TYPE_IDS,         /* ID[,ID...]: a struct id_list */
	TYPE_RANGE,       /* IN:OUT:COUNT, repeatable: a struct id_map */
	TYPE_CHOICE,      /* one of `choices`: an int, its index plus `number` */
	TYPE_TOPIC,       /* one of `choices`: a string */
	TYPE_PERMISSIONS, /* octal, up to 7777: an int, of the next operation */
	TYPE_SIZE,        /* bytes, or with K, M, G or T: a uint64_t, of the next operation */
	TYPE_OPERATION,   /* an operation on files, `number`; its words are those of `argument` */
	TYPE_WORDLESS,    /* no value: the same without words */
	TYPE_QUESTION,    /* no value: see `question` */
	TYPE_COUNT
};

enum {
	OPTION_HIDDEN = 1,   /* left out of help, completion and manual */
	OPTION_OPTIONAL = 2, /* its value may be left out; then the first choice, or nothing */
	OPTION_QUESTION = 4, /* goes with no command and no other question */
	OPTION_COMMON = 8,   /* shown by plain --help */
	OPTION_WORDS = 16    /* a question about kinds and ids of namespaces, which may follow */
};

/* Bounds of the table: rows, and bytes of a name. */
enum { OPTIONS_MAX = 160, OPTIONS_NAME_MAX = 32 };

struct option_row {
	const char *name; /* without dashes */
	char letter;      /* or 0 */
	enum option_group group;
	enum option_type type;
	size_t field;            /* offset in struct spec */
	int number;              /* see the type */
	const char *argument;    /* what help and messages call the value; NULL: takes none */
	const char *choices;     /* "private|slave", for the types that choose */
	unsigned implies;        /* set of kinds that it asks for besides */
	unsigned modifies;       /* set of kinds of which one must be new, else nothing uses it */
	const char *contradicts; /* names, blanks between; one row of a pair says it */
	const char *with;        /* names, blanks between: of these one must be given */
	enum question question;  /* with OPTION_QUESTION */
	unsigned flags;
	const char *alias; /* the row that is meant; then only name and letter count */
	const char *help;  /* one line */
};

extern const struct option_row options[];
extern const int options_count;

extern const char *const options_groups[GROUP_COUNT]; /* "namespaces" */
extern const char *const options_types[TYPE_COUNT];   /* "kind" */

/* The row of that name, aliases included, or NULL.  `length` bytes of `name` count. */
const struct option_row *options_find(const char *name, size_t length);

/* The row that an alias stands for, else the row itself. */
const struct option_row *options_resolve(const struct option_row *);

/* The index of `value` in "a|b|c", or -1. */
int options_choice(const char *choices, const char *value);

/* The name of the known option that looks most like `word`, or NULL if none does. */
const char *options_nearest(const char *word, size_t length);

/*
 * Fills the spec from a command line.  0, or -1 with a usage error that names option and value.
 * Values stay where argv has them.
 */
int options_parse(int argc, char **argv, struct spec *, struct error *);

/* Frees what options_parse took, also when it failed. */
void options_free(struct spec *);

/* The texts that the table yields.  `topic` is NULL, "all" or the name of a group. */
void options_help(FILE *out, const char *topic);
void options_dump(FILE *out);
void options_completion(FILE *out, enum shell);

#endif
