/*
 * Memory that is freed all at once: what a plan points to lives as long as the plan.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *blocks;
};

/* `size` zeroed bytes, or NULL and ENOMEM. */
void *arena_take(struct arena *, size_t size);

/* A string as by printf(3), or NULL and ENOMEM. */
char *arena_print(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees all that was taken. */
void arena_free(struct arena *);

#endif
