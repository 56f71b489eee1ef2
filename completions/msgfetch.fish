# SPDX-License-Identifier: ISC
# fish completion for msgfetch(1).
#
# Options are read from --help, and remote paths asked for with --list, of the daemon that the
# command line so far names.

# The paths of the daemon that begin as the word at the cursor does.
function __msgfetch_remote
    set -l words (commandline -opc)
    set -l directory (string replace -r '[^/]*$' '' -- (commandline -ct | string unescape))
    set -l asked
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -k --key --server-user
                set -a asked $words[$i] $words[(math $i + 1)]
            case '-k?*' '--key=*' '--server-user=*'
                set -a asked $words[$i]
        end
    end
    $words[1] $asked --list --long --null --retry 0 --timeout 2 -- $directory 2>/dev/null |
        string split0 | while read -l line
            set -l name (string replace -r '^\S+( +\S+){5} ' '' -- $line)
            switch $line
                case 'd*'
                    set name $name/
                case 'l*'
                    set name (string replace -r ' -> .*' '' -- $name)
            end
            printf '%s\n' $directory$name
        end
end

# The options of a program, each with what can be its value.
function __msgfetch_options
    $argv[1] --help 2>/dev/null | while read -l line
        # Each group matches, if only nothing: one that did not would not be counted.
        set -l found (string match -r '^ *(|-\w, )--([a-z0-9-]+)( [A-Z]\S*|\[=[A-Z]*\]|)($|  .*)' -- $line)
        or continue
        set -l options -c $argv[1] -l $found[3] -d (string trim -- "$found[5]")
        test -z "$found[2]"; or set -a options -s (string sub -s 2 -l 1 -- $found[2])
        switch "$found[3],$found[4]"
            case '*FILE*'
                set -a options -r -F
            case '*NAME=DIR*'
                set -a options -r
            case '*DIR*'
                set -a options -x -a '(__fish_complete_directories)'
            case '*USER*'
                set -a options -x -a '(__fish_complete_users)'
            case 'transport,*'
                set -a options -x -a 'auto inline ring'
            case 'progress,*'
                set -a options -x -a 'auto always never'
            case 'sort,*'
                set -a options -x -a 'name size time'
            case 'digest,*'
                set -a options -f -a 'xxh3 sha256'
            case 'sandbox,*'
                set -a options -x -a 'strict best-effort off'
            case '*, *'
                set -a options -x
        end
        complete $options
    end
end

complete -c msgfetch -e
complete -c msgfetch -f -a '(__msgfetch_remote)'
__msgfetch_options msgfetch
