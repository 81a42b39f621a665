#!/usr/bin/env bash
# Installs Asterisk from Debian's unstable, which older releases do not have, into a root folder of its own, for
# test_live.py. To be run as root; needs the Debian packages mmdebstrap and sip-tester. It takes a minute and 350 MB.
set -euo pipefail

systems=${WISEPARTS_TEST_SYSTEMS:-$HOME/.cache/wiseparts-tests}
root=$systems/asterisk-root
if [[ -e $root/installed ]]; then
    exit
fi
mkdir --parents "$systems"
# The tests wait until this has ended.
exec 9> "$root.lock"
flock 9

# The source that this machine's packages come from also has unstable.
source=$(apt-get indextargets --format '$(REPO_URI)' | grep --invert-match security | sort --unique | head --lines 1)
rm --recursive --force --one-file-system "$root"
# A copy of the index that is older than its date says is as good.
mmdebstrap --quiet --variant=apt --include=asterisk --aptopt='Acquire::Check-Valid-Until "false"' unstable "$root" "$source"
rm --recursive --force "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
touch "$root/installed"
