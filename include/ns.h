/*
 * Names of the UTS namespace: the hostname and the domain name.
 */
#ifndef NS_H
#define NS_H

#include <linux/utsname.h>

#include "step.h"

/* The longest name that the kernel takes, in bytes: sethostname(2), setdomainname(2). */
#define NS_NAME_MAX __NEW_UTS_LEN

/* The hostname that --uts sets by itself. */
#define NS_HOSTNAME "nsrun"

/* sethostname(2) and setdomainname(2).  Argument: the name, a string of at most NS_NAME_MAX bytes,
 * perhaps empty. */
extern const struct step_kind uts_hostname, uts_domainname;

#endif
