# SPDX-License-Identifier: ISC
# fish completion for msgfetchd(8): its options are read as those of msgfetch are.

source (status dirname)/msgfetch.fish

complete -c msgfetchd -e
__msgfetch_options msgfetchd
