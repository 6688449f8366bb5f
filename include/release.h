/*
 * --release: what --save made is let go.
 */
#ifndef RELEASE_H
#define RELEASE_H

#include "error.h"

/* Takes away the mounts in a directory of saved namespaces, their files, and the directory if --save
 * made it.  0, or -1 with an error that names call and object; a directory that is none, or has anything else in
 * it, is left as it is. */
int release(const char *path, struct error *);

#endif
