# SPDX-License-Identifier: ISC
# completions/local.mk: completions of the shells.

# One file completes both programs; bash looks for one of each name.
bashcompletion_DATA = completions/msgfetch completions/msgfetchd
dist_zshcompletion_DATA = completions/_msgfetch
dist_fishcompletion_DATA = completions/msgfetch.fish completions/msgfetchd.fish
CLEANFILES += $(bashcompletion_DATA)

$(bashcompletion_DATA): completions/msgfetch.bash
	$(AM_V_at)$(MKDIR_P) completions
	$(AM_V_GEN)cp '$(srcdir)/completions/msgfetch.bash' $@

EXTRA_DIST += completions/msgfetch.bash
