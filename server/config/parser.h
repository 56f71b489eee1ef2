/* SPDX-License-Identifier: ISC */
/*
 * parser: the configuration file and its fragments, read with libconfuse.
 *
 * Owns which settings there are, their defaults, and which values are good.  Must not know
 * what they lead to (settings).
 */
#ifndef MSGFETCH_SERVER_CONFIG_PARSER_H
#define MSGFETCH_SERVER_CONFIG_PARSER_H

#include "common/log.h"
#include "server/config/setting_sources.h"

#include <confuse.h>

#define DEFAULT_WORKERS 128
#define DEFAULT_WAITING 512
#define DEFAULT_DRAIN_LIMIT 10
#define DEFAULT_STALL_LIMIT 60
#define DEFAULT_JANITOR_AGE 3600
#define DEFAULT_LOG_LEVEL "notice"

#define IDENTITY_SERVICE "service"
#define IDENTITY_REQUESTER "requester"

/* Not given: half of what all have together. */
#define PARSER_HALF (-1)

/*
 * Reads path and its fragments: a setting that is given again replaces the earlier one,
 * exports add up.  Each is noted in setting sources.  Returns 0 and *cfg, to be given to
 * cfg_free(); or -EINVAL after it told log what is wrong, with file and line; -ENOMEM.
 */
int parser_read(const char *path, const struct log *log, struct setting_sources *sources,
		cfg_t **cfg);

#endif
