/*
 * What /etc/subuid and /etc/subgid grant, and /etc/passwd calls, an ordinary user: subuid(5), passwd(5).
 * The files themselves, without NSS: nsrun is static.
 */
#ifndef SUBIDS_H
#define SUBIDS_H

#include <stddef.h>
#include <sys/types.h>

#include "spec.h"

/* The name of a user in such a file as /etc/passwd; the number where none is found. */
void subids_name(const char *path, uid_t uid, char *name, size_t size);

/* The ranges that a user has by name or number, in the file's order: outside and count; and the first id
 * from 100000 on behind everybody's.  The caller frees map->ranges. */
void subids_read(const char *path, const char *name, uid_t uid, struct id_map *map,
	uint32_t *free_id);

#endif
