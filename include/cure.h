/*
 * What would allow that which was refused, as lines for a shell, as far as a fact tells.
 */
#ifndef CURE_H
#define CURE_H

#include <stdio.h>

#include "facts.h"

/* For a set of kinds, refused with the errno `number`; `program` is the path of nsrun.  Writes nothing if
 * no command helps. */
void cure_print(FILE *out, unsigned kinds, int number, const struct facts *, const char *program);

#endif
