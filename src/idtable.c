#include "idtable.h"

#include <stdbool.h>
#include <stdlib.h>

/* The place of the key, or the free one where it would be.  The size is a power of 2. */
static size_t place_of(const struct idtable *table, uint64_t key)
{
	/* Inode numbers follow one another: the multiplication, by 2^64 over the golden ratio, spreads them. */
	size_t place = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (table->size - 1);

	while (table->keys[place] && table->keys[place] != key)
		place = (place + 1) & (table->size - 1);
	return place;
}

static bool grow(struct idtable *table)
{
	struct idtable larger = {.size = table->size ? 2 * table->size : 64, .count = table->count};

	larger.keys = calloc(larger.size, sizeof *larger.keys);
	larger.values = calloc(larger.size, sizeof *larger.values);
	if (!larger.keys || !larger.values) {
		idtable_free(&larger);
		return false;
	}
	for (size_t i = 0; i < table->size; i++) {
		size_t place;

		if (!table->keys[i])
			continue;
		place = place_of(&larger, table->keys[i]);
		larger.keys[place] = table->keys[i];
		larger.values[place] = table->values[i];
	}
	idtable_free(table);
	*table = larger;
	return true;
}

int *idtable_take(struct idtable *table, uint64_t key)
{
	size_t place;

	if (2 * (table->count + 1) > table->size && !grow(table))
		return NULL;
	place = place_of(table, key);
	if (!table->keys[place]) {
		table->keys[place] = key;
		table->count++;
	}
	return &table->values[place];
}

const int *idtable_find(const struct idtable *table, uint64_t key)
{
	size_t place;

	if (!key || !table->size)
		return NULL;
	place = place_of(table, key);
	return table->keys[place] ? &table->values[place] : NULL;
}

void idtable_free(struct idtable *table)
{
	free(table->keys);
	free(table->values);
	*table = (struct idtable){0};
}
