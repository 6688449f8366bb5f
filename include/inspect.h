/*
 * --inspect: what is known of one process, in words or as JSON.
 */
#ifndef INSPECT_H
#define INSPECT_H

#include <stdio.h>

#include "subject.h"

void inspect_text(FILE *out, const struct subject *);
void inspect_json(FILE *out, const struct subject *);

#endif
