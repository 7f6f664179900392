#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Help, man pages and completion say the same commands and options: all are made from one table, and each is asked here
# in its own way. Every text of help fits 80 columns.
. "$(dirname "$0")/lib.sh"
options_of() { sed -nE 's/^  (-o, )?--([a-z-]+).*/\2/p'; }
"$headroom" man --out man || fail "man pages cannot be written"
"$headroom" completion bash > headroom.bash && . ./headroom.bash || fail "bash does not read its completion"
"$headroom" completion zsh > headroom.zsh && "$headroom" completion fish > headroom.fish || fail "no completion"
! command -v zsh >/dev/null || zsh -n headroom.zsh || fail "zsh does not read its completion"
! command -v fish >/dev/null || fish -n headroom.fish || fail "fish does not read its completion"
complete_words() { # words so far, the last may be empty
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _headroom
  printf '%s\n' "${COMPREPLY[@]}"
}
# The day of a page is the source's, or what SOURCE_DATE_EPOCH says (172800 s are two days), never that of the build.
printf 'include(%s)\nmessage(NOTICE ${HEADROOM_DATE})\n' "$source/cmake/ReleaseDate.cmake" > day.cmake
[ "$(SOURCE_DATE_EPOCH=172800 cmake -P day.cmake 2>&1)" = 1970-01-03 ] || fail "SOURCE_DATE_EPOCH is not kept"
day=$(env -u SOURCE_DATE_EPOCH cmake -P day.cmake 2>&1)
grep -qF "set(HEADROOM_DATE $day)" "$source/cmake/ReleaseDate.cmake" || fail "the day is '$day'"
for page in man/*.1; do
  head -n 1 "$page" | grep -qE '^\.TH "HEADROOM[A-Z-]*" 1 "20[0-9]{2}-[01][0-9]-[0-3][0-9]" "headroom [0-9.]+" "User commands"$' ||
    fail "$page: $(head -n 1 "$page")"
done
commands=$("$headroom" help | sed -nE 's/^  ([a-z]+) {2,}[^ ].*/\1/p' | grep -v headroom)
[ "$(wc -w <<< "$commands")" -ge 12 ] || fail "only $(wc -w <<< "$commands") commands: $commands"
[ "$(complete_words headroom '' | grep -v -e '^--' -e '^help$' | sort)" = "$(sort <<< "$commands")" ] || fail "bash completes other commands"
[ "$(complete_words headroom ru)" = run ] || fail "'ru' is not completed"
for command in $commands; do
  "$headroom" help "$command" > help_text || fail "no help of $command"
  head -n 1 help_text | grep -qE '^  ' || fail "help of $command does not begin with an example"
  awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' help_text || fail "help of $command is wider than 80 columns"
  [ "$(wc -l < help_text)" -le 60 ] || fail "help of $command is longer than a screen"
  options_of < help_text | sort > wanted
  [ -s wanted ] || fail "$command has no options"
  "$headroom" "$command" --help | diff -q - help_text >/dev/null || fail "$command --help is not help $command"
  sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "man/headroom-$command.1" | sed 's/\\-/-/g' |
    sed -nE 's/^\.B (-o, )?--([a-z-]+).*/\2/p' | sort | diff wanted - || fail "the man page of $command has other options"
  complete_words headroom "$command" - | sed -n 's/^--//p' | sort | diff wanted - || fail "bash completes other options of $command"
  sed -n "s/^complete -c headroom -n '__fish_seen_subcommand_from $command' -l \([a-z-]*\).*/\1/p" headroom.fish | sort |
    diff wanted - || fail "fish completes other options of $command"
  sed -n "/^    $command)\$/,/;;\$/p" headroom.zsh | sed -nE "s/^ +'\*--([a-z-]+).*/\1/p" | sort |
    diff wanted - || fail "zsh completes other options of $command"
  if command -v mandoc >/dev/null; then
    mandoc -W error "man/headroom-$command.1" >/dev/null || fail "mandoc refuses the page of $command"
  fi
  if command -v groff >/dev/null; then
    [ -z "$(groff -man -Tascii -ww "man/headroom-$command.1" 2>&1 >/dev/null)" ] || fail "groff warns of the page of $command"
  fi
done
[ "$(ls man | wc -l)" = $(($(wc -w <<< "$commands") + 1)) ] || fail "other man pages than commands"
complete_words headroom run scenario.yaml --csv cand | grep -x candidates >/dev/null || fail "tables are not completed"
complete_words headroom trace '' | grep -x convert >/dev/null || fail "sub-commands are not completed"
touch book.csv
complete_words headroom prices list --book boo | grep -x book.csv >/dev/null || fail "files are not completed"
for topic in tables formats; do "$headroom" help $topic | awk 'length($0) > 80 { exit 1 }' || fail "help $topic is too wide"; done
# Slips of the pen.
expect_code 2 "$headroom" rnu x; grep -q "did you mean 'run'" stderr || fail "no suggestion for a command"
expect_code 2 "$headroom" run --quite x; grep -q "did you mean '--quiet'" stderr || fail "no suggestion for an option"
expect_code 2 "$headroom" size x --focus=a; grep -q "it is an option of run" stderr || fail "an option of another command is not told"
expect_code 2 "$headroom" run --zzz x; grep -q "headroom help run lists" stderr || fail "no way out for an unknown option"
expect_code 2 "$headroom" completion tcsh
echo ok
