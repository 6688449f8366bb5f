/*
 * --limits: how many namespaces may be made and are, in words or as JSON.
 */
#ifndef USAGE_TEXT_H
#define USAGE_TEXT_H

#include <stdio.h>

#include "usage.h"

void usage_text(FILE *out, const struct usage *);
void usage_json(FILE *out, const struct usage *);

#endif
