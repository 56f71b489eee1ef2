# SPDX-License-Identifier: ISC
# completions/local.mk: shell completions.

# bash loads a file by the name of each program.  Both names get the same file.
bashcompletion_DATA = completions/msgfetch completions/msgfetchd
dist_zshcompletion_DATA = completions/_msgfetch
dist_fishcompletion_DATA = completions/msgfetch.fish completions/msgfetchd.fish
CLEANFILES += $(bashcompletion_DATA)

$(bashcompletion_DATA): completions/msgfetch.bash
	$(AM_V_at)$(MKDIR_P) completions
	$(AM_V_GEN)cp '$(srcdir)/completions/msgfetch.bash' $@

EXTRA_DIST += completions/msgfetch.bash
