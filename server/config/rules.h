/* SPDX-License-Identifier: ISC */
/*
 * rules: how the rules of an export are spelled in the configuration file.
 *
 * Owns their names, their checks and their defaults.  Must not know what they lead
 * to (access, door).
 */
#ifndef MSGFETCH_SERVER_CONFIG_RULES_H
#define MSGFETCH_SERVER_CONFIG_RULES_H

#include "server/access/exports.h"

#include <confuse.h>

/* For the list of options of an export's section. */
#define RULES_OPTIONS                                          \
	CFG_STR_LIST("allow-users", NULL, CFGF_NONE),          \
		CFG_STR_LIST("allow-groups", NULL, CFGF_NONE), \
		CFG_STR_LIST("deny-users", NULL, CFGF_NONE),   \
		CFG_STR("default-access", NULL, CFGF_NONE),    \
		CFG_STR_LIST("hide", NULL, CFGF_NONE),         \
		CFG_STR("follow-symlinks", "beneath", CFGF_NONE)

/* Checks an option of the section that was just read; for cfg_set_validate_func(). */
int rules_check(cfg_t *section, cfg_opt_t *option);

/* The same for a list of users anywhere. */
int rules_check_users(cfg_t *cfg, cfg_opt_t *option);

/* Copies a list of users that was checked.  Returns 0, -ENOMEM, -ENOENT (one has gone). */
int rules_copy_users(cfg_t *cfg, const char *name, struct id_list *list);

/*
 * Copies the rules of a section that was read to export.  Returns 0, -ENOMEM, or
 * -ENOENT (a user or group has gone since the section was checked).
 */
int rules_copy(cfg_t *section, struct export *export);

#endif
