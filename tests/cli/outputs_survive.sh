#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that is full, a file that may not grow, a folder that cannot be written and a closed pipe: exit 4, a reason, and
# every output that was there before is still there byte by byte, with nothing beside it.
. "$(dirname "$0")/lib.sh"
small_scenario
expect_code 0 "$headroom" run small.yaml --quiet
cp -r out before
unharmed() { # what was done
  diff -r before out >stdout || fail "$1 changed the outputs: $(head -c 300 stdout)"
  [ -z "$(find out -type f -name '*.??????' | grep -vE '\.(pdf|json|csv)$')" ] || fail "$1 left a temporary file"
}
refused() { # what was done, words of the reason
  grep -q "$2" stderr || fail "$1: no reason '$2': $(cat stderr)"
  unharmed "$1"
}

# A file may grow to so many blocks of 1,024 bytes: nothing can be written, the small ones, all but the largest.
largest=$(($(wc -c < out/small/result.json) / 1024))
for blocks in 0 1 4 $((largest / 2)) $((largest - 1)); do
  (ulimit -f "$blocks"; exec "$headroom" run small.yaml --quiet --set simulation.seed=9 2>&1) | cat > stderr
  [ "${PIPESTATUS[0]}" = 4 ] || fail "a limit of $blocks blocks: $(cat stderr)"
  refused "a limit of $blocks blocks" "File too large"
done

# A device that is always full is written to, and stays.
expect_code 4 "$headroom" run small.yaml --quiet --set simulation.seed=9 --focus /dev/full
refused "a full device" "No space left on device"
[ -c /dev/full ] || fail "the device was replaced"

# A disk of 64 KiB, where mounting one is permitted.
if mount_works=$(unshare -rm bash -c 'mkdir -p disk && mount -t tmpfs -o size=64k none disk && echo yes' 2>/dev/null); then
  [ "$mount_works" = yes ] || fail "unexpected: $mount_works"
  code=$(unshare -rm bash -c "mount -t tmpfs -o size=64k none disk; echo old > disk/result.json
    '$headroom' run small.yaml --quiet --out disk > stdout 2> stderr; echo \$?
    [ \"\$(ls disk)\" = result.json ] && [ \"\$(cat disk/result.json)\" = old ] || echo harmed")
  [ "$code" = 4 ] || fail "a full disk: $code"
  grep -q "No space left on device" stderr || fail "a full disk: no reason"
fi

# Folders that nobody may write to, not even root.
expect_code 4 "$headroom" run small.yaml --quiet --out /proc/headroom
refused "a read-only file system" "cannot"
if [ "$(id -u)" != 0 ]; then
  chmod a-w out/small
  expect_code 4 "$headroom" run small.yaml --quiet --set simulation.seed=9
  chmod u+w out/small
  refused "a read-only folder" "Permission denied"
fi
: > taken
expect_code 4 "$headroom" run small.yaml --quiet --out taken/out
refused "a file for a folder" "taken"

# A reader that has gone: quiet, exit 4; the outputs of a run are whole by then, and the same.
bash -c "'$headroom' run small.yaml 2>stderr; echo \$? > code" | true
[ "$(cat code)" = 4 ] || fail "a closed pipe: exit code $(cat code)"
[ ! -s stderr ] || fail "a closed pipe is not quiet: $(cat stderr)"
rm before/small/manifest.json out/small/manifest.json # it records the command line
unharmed "a closed pipe"
echo ok
