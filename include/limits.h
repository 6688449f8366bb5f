/*
 * --limits: how many namespaces may be made and are, in words or as JSON.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include <stdio.h>

#include "usage.h"

void limits_text(FILE *out, const struct usage *);
void limits_json(FILE *out, const struct usage *);

#endif
