# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# bash completion for msgfetch(1) and msgfetchd(8).
#
# Options are read from --help, and remote paths asked for with --list, of the daemon that the
# command line so far names.

# _msgfetch_options PROGRAM: a line for each option of --help, "SHORT|LONG|VALUE", with VALUE
# as it is written there: " FILE", "[=HOW]", or nothing.
_msgfetch_options() {
    "$1" --help 2>/dev/null |
        sed -nE 's/^ +((-[[:alnum:]]), )?(--[a-z0-9-]+)( [A-Z][^ ]*|\[=[A-Z]*\])?(  .*|$)/\2|\3|\4/p'
}

# _msgfetch_value PROGRAM OPTION: the value that an option has, as above.
_msgfetch_value() {
    local short long value
    while IFS='|' read -r short long value; do
        if [[ $2 == "${short:-$long}" || $2 == "$long" ]]; then
            printf '%s' "$value"
        fi
    done < <(_msgfetch_options "$1")
}

# _msgfetch_local OPTION VALUE CURRENT: completes what is not the daemon's.
_msgfetch_local() {
    local words=''
    case $1,$2 in
    *FILE*) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$3") ;;
    *DIR*) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- "$3") ;;
    *USER*) mapfile -t COMPREPLY < <(compgen -u -- "$3") ;;
    --transport,*) words='auto inline ring' ;;
    --progress,*) words='auto always never' ;;
    --digest,*) words='xxh3 sha256' ;;
    --sort,*) words='name size time' ;;
    --sandbox,* | -s,*) words='strict best-effort off' ;;
    esac
    [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$3")
}

# _msgfetch_remote CURRENT COMMAND...: completes a path of the daemon that COMMAND asks.
_msgfetch_remote() {
    local current=$1 directory='' mode name
    shift
    current=${current#[\"\']}
    current=${current//\\/}
    [[ $current != */* ]] || directory=${current%/*}/
    while read -r -d '' mode _ _ _ _ _ name; do
        case $mode in
        d*) name+=/ ;;
        l*) name=${name%% -> *} ;;
        esac
        if [[ $directory$name == "$current"* ]]; then
            COMPREPLY+=("$directory$name")
        fi
    done < <("$@" --list --long --null --retry 0 --timeout 2 -- ${directory:+"$directory"} 2>/dev/null)
    # Quotes what has to be, too.
    compopt -o filenames
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace
    fi
}

# What the command line has on whom to ask, in $asked; and whether it is past "--", in $rest.
_msgfetch_look_back() {
    local i word next
    asked=() rest=''
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]} next=${COMP_WORDS[i + 1]}
        [[ $next != = ]] || next=${COMP_WORDS[i + 2]}
        case $word in
        --) rest=yes ;;
        -k | --key | --server-user) asked+=("$word" "$next") ;;
        -k?*) asked+=("$word") ;;
        esac
    done
}

_msgfetch() {
    local program=${1/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]} option='' value='' rest asked
    COMPREPLY=()
    ((COMP_CWORD < 2)) || option=${COMP_WORDS[COMP_CWORD - 1]}
    # "--name=value" are three words.
    if [[ $current == = ]]; then
        current=''
        value=$(_msgfetch_value "$program" "$option")
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
        value=$(_msgfetch_value "$program" "$option")
        # "-e NAME=DIR"
        [[ -n $value || $program != *msgfetchd ]] || value=' DIR'
    else
        value=$(_msgfetch_value "$program" "$option")
        [[ $value != '['* ]] || value=''
    fi
    _msgfetch_look_back
    if [[ -n $value && -z $rest ]]; then
        _msgfetch_local "$option" "$value" "$current"
    elif [[ $current == -* && -z $rest ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_msgfetch_options "$program" | cut -d '|' -f 2)" -- "$current")
    elif [[ $program != *msgfetchd ]]; then
        _msgfetch_remote "$current" "$program" "${asked[@]}"
    fi
}

complete -F _msgfetch msgfetch msgfetchd
