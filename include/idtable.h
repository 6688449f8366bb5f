/*
 * A table of numbers by number, an open hash: what it takes to find one does not grow with the table.
 */
#ifndef IDTABLE_H
#define IDTABLE_H

#include <stddef.h>
#include <stdint.h>

/* All zero: an empty one. */
struct idtable {
	uint64_t *keys; /* 0: a free place */
	int *values;
	size_t size, count;
};

/* Where the value of `key`, which is not 0, is kept; 0 if the key is new.  NULL without memory.
 * The next key that is new may move it. */
int *idtable_take(struct idtable *, uint64_t key);

/* The same, but a key that is not there stays so: NULL. */
const int *idtable_find(const struct idtable *, uint64_t key);

void idtable_free(struct idtable *);

#endif
