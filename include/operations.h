/*
 * The operations on files as options: words behind one another on the command line, of which getopt_long(3)
 * knows the first alone.
 */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "error.h"
#include "spec.h"

/* Reads the operation `number` of an option; `words` is what help calls its values ("SRC DEST").  The first
 * is `value`; further ones are taken from argv, at optind.  0, or -1 with a usage error. */
int operations_read(const char *option, int number, const char *words, const char *value,
	char **argv, struct spec *, struct error *);

/* The values of --perms and --size. */
int operations_read_permissions(const char *option, const char *value, int *permissions,
	struct error *);
int operations_read_size(const char *option, const char *value, uint64_t *size, struct error *);

/* Refuses a modifier that no operation has taken. */
int operations_check(const struct spec *, struct error *);

#endif
