/* SPDX-License-Identifier: ISC */
/*
 * load: settings from the defaults, the configuration files and the command line.
 *
 * Owns their precedence: the command line wins over the files.  Must not know how a file is
 * parsed (parser).
 */
#ifndef MSGFETCH_SERVER_CONFIG_LOAD_H
#define MSGFETCH_SERVER_CONFIG_LOAD_H

#include "common/log.h"
#include "server/config/options.h"
#include "server/config/settings.h"

/*
 * Loads the settings.  Returns 0 and *settings, to be freed with settings_free(); -ENOMEM; or
 * -EINVAL after it logged the error, with file and line if it is in a file.
 */
int load_settings(const struct options *options, const struct log *log,
		  struct settings *settings);

#endif
