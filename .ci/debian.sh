# What the scripts here need of Debian's packages; sourced by them.

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

install() {
    local log
    log=$({ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; } 2>&1) ||
        fail "apt-get could not install $*: $log"
}

# The address that this machine's apt takes Debian's own packages from: main, and not its updates or security fixes. A machine whose apt was never
# updated knows no releases.
debian_mirror() {
    (. /etc/os-release && [[ $ID == debian ]]) ||
        fail "this needs a package of Debian trixie, and this machine is no Debian whose mirror could be asked for it"
    local mirror
    mirror=$(known_mirror)
    if [[ -z $mirror ]]; then
        apt-get update >&2
        mirror=$(known_mirror)
    fi
    [[ -n $mirror ]] || fail "apt's sources name no Debian mirror with the component main"
    echo "$mirror"
}

known_mirror() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk '$3 == "main" && $2 !~ /-/ && !found { print $1; found = 1 }'
}
