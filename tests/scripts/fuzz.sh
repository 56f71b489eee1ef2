#!/bin/bash
# SPDX-License-Identifier: ISC
# fuzz.sh: a few seconds of each fuzz target; "make fuzz" is the long form.
exec "$(dirname "$0")/../fuzz/run" 2
