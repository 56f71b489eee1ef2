#!/bin/bash
# SPDX-License-Identifier: ISC
# library.sh: checks the shared library: its symbols, its header in C and C++, its manual pages,
# and the example of msgfetch(3), compiled and run.
#
# $top_builddir: the built tree.  $CC, $CXX: compilers.
set -euo pipefail

test_name=library
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/scripts/script.sh
. "$here/script.sh"

sources=${here%/*/*}
header=$sources/client/lib/msgfetch.h
example=$sources/client/lib/example.c
build=${top_builddir:?}
library=$build/.libs/libmsgfetch.so
key=0x6d736754
work=
daemon=

clean_up() {
    local status=$?
    if [[ -n $daemon ]]; then
        kill "$daemon" 2>/dev/null || :
        wait "$daemon" || :
    fi
    [[ -z $work ]] || rm -rf "$work"
    exit "$status"
}

# Prints the functions that the header declares but does not define.
declared() {
    tr '\n' ' ' <"$header" | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g; s/static inline[^{]*{[^}]*}//g' |
        grep -o '\bmsgfetch_[a-z_]*(' | tr -d '(' | sort -u
}

exports_what_is_declared_and_nothing_else() {
    diff <(declared) <(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' |
        sed 's/@.*//' | sort) || fail "the header and the library's symbols differ"
    nm -D --defined-only "$library" | awk '$2 != "A"' | grep -v '@@MSGFETCH_[0-9]*$' &&
        fail "these have no version"
    return 0
}

is_linked_as_it_has_to_be() {
    local dynamic
    dynamic=$(readelf -d "$library")
    grep -q 'SONAME.*\[libmsgfetch\.so\.0\]' <<<"$dynamic" || fail "another soname"
    grep -q 'NODELETE' <<<"$dynamic" || fail "it can be unloaded under its own thread"
    ! grep -q 'TEXTREL' <<<"$dynamic" || fail "its code is not position-independent"
}

# The library must not import functions that print, exit or touch signals.
calls_nothing_that_is_the_program_s() {
    local calls
    calls=$(nm -D --undefined-only "$library" | awk '{ print $2 }' | sed 's/@.*//')
    grep -Ex '_?exit|_Exit|quick_exit|abort|(__)?v?f?printf(_chk)?|puts|fputs|putchar|perror|fwrite|v?syslog|signal|sigaction|setenv|getenv|atexit|alarm|setitimer' \
        <<<"$calls" && fail "libmsgfetch calls these"
    return 0
}

# The linker itself adds 24 bytes of variables.
has_no_global_state() {
    local size
    size=$(size -A "$library" | awk '$1 == ".data" || $1 == ".bss" { sum += $2 } END { print sum }')
    ((size <= 24)) || fail "$size bytes of variables"
}

# libbsd's overlay would replace headers of the program that uses the library.
changes_no_header_of_the_program() {
    local flags
    if ! flags=$(PKG_CONFIG_PATH=$build/client/lib "${PKG_CONFIG:-pkg-config}" --cflags msgfetch); then
        fail "pkg-config does not accept msgfetch.pc"
    fi
    [[ $flags != *OVERLAY* && $flags != */bsd* ]] || fail "pkg-config --cflags msgfetch: $flags"
}

compiles() {
    say "$*"
    printf '#include <msgfetch.h>\nint main(void) { return MSGFETCH_OK; }\n' |
        "$@" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I"$sources/client/lib" \
            -fsyntax-only -
}

header_is_fit_for_programs() {
    compiles "${CC:-cc}" -x c -std=c99
    compiles "${CC:-cc}" -x c -std=c11
    compiles "${CC:-cc}" -x c -std=gnu17
    if command -v "${CXX:-g++}" >/dev/null; then
        compiles "${CXX:-g++}" -x c++ -std=c++11
    else
        say "SKIP library: C++: ${CXX:-g++} is not installed"
    fi
}

every_function_has_a_page() {
    local name link target
    for name in $(declared) msgfetch_options_init msgfetch_request_init; do
        target=$name
        link=$(grep -ow "$name=[a-z_]*" "$sources/man/local.mk" || :)
        [[ -z $link ]] || target=${link#*=}
        grep -q "^\.Nm $name\( ,\)\?$" "$sources/man/$target.3" || fail "$name has no page"
    done
}

page_shows_the_example() {
    sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$sources/man/msgfetch.3" |
        sed '1,/^\.Bd/d; /^\.Ed/d; s/\\e/\\/g; s/^\\&//' >"$work/page.c"
    # The page omits the two comment lines at the top.
    diff "$work/page.c" <(sed 1,2d "$example") || fail "msgfetch(3) has another example"
}

# build_example COMPILER...: builds as with an installed library.
build_example() {
    "$@" -Wall -Wextra -Werror -I"$sources/client/lib" "$example" -x none \
        -L"$build/.libs" -lmsgfetch -Wl,-rpath,"$build/.libs" -o "$work/example"
}

example_fetches() {
    local status=0
    (cd "$work" && ./example pub/file "$key" >out)
    cmp "$work/pub/file" "$work/out"
    "$work/example" pub/none "$key" 2>"$work/err" || status=$?
    [[ $status == 5 ]] || fail "exit status $status for a file that is not there"
    grep -q '^pub/none: No such file' "$work/err" || fail "said: $(cat "$work/err")"
    [[ $(ipcs -q | grep -c '^0x') == 1 ]] || fail "queues are left: $(ipcs -q)"
}

example_runs() {
    mkdir "$work/pub"
    head -c 300000 /dev/urandom >"$work/pub/file"
    "${MSGFETCHD:?}" --key "$key" --export "pub=$work/pub" 2>"$work/log" &
    daemon=$!
    await "${MSGFETCH:?}" --key "$key" --ping
    build_example "${CC:-cc}" -x c
    example_fetches
    if command -v "${CXX:-g++}" >/dev/null; then
        build_example "${CXX:-g++}" -x c++
        example_fetches
    fi
}

case ${1-} in
inside)
    work=$(mktemp -d "${TMPDIR:-/tmp}/msgfetch-library.XXXXXX")
    trap clean_up EXIT
    page_shows_the_example
    example_runs
    ;;
*)
    need nm readelf size "${CC:-cc}" "${PKG_CONFIG:-pkg-config}" unshare ipcs
    [[ $(nm -D "$library") != *__asan_* ]] ||
        skip "built with sanitizers, whose runtime a program would have to bring"
    exports_what_is_declared_and_nothing_else
    is_linked_as_it_has_to_be
    calls_nothing_that_is_the_program_s
    has_no_global_state
    changes_no_header_of_the_program
    header_is_fit_for_programs
    every_function_has_a_page
    options=(--ipc)
    [[ $EUID -eq 0 ]] || options+=(--user --map-root-user)
    unshare "${options[@]}" true 2>/dev/null || skip "the kernel grants no namespaces"
    unshare "${options[@]}" "$0" inside
    ;;
esac
