# Shared by every step. `set -euo pipefail` is on, the working folder is the repository.

note() { printf '      %s\n' "$*"; }
# Ends the step as skipped: never silently, always with the reason.
skip() { printf '%s\n' "$*" >"${STEP_REASON:-/dev/null}"; note "skipped: $*"; exit 77; }
# Ends the step as failed.
fail() { printf '%s\n' "$*" >"${STEP_REASON:-/dev/null}"; note "failed: $*"; exit 1; }

# What may be kept between runs and clones: toolchains and virtual environments.
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/amm-ci"
mkdir -p "$CACHE"

# One step at a time: apt and the cached toolchains are shared by parallel steps.
alone() { (flock 9; "$@") 9>"$CACHE/lock"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

apt_update() {
    [ -n "$(find "$CACHE/apt-updated" -mmin -120 2>/dev/null)" ] && return
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update >"$CACHE/apt-update.log" 2>&1 && touch "$CACHE/apt-updated"
}

apt_install_missing() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    apt_update || return 1
    note "apt-get install ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        --no-install-recommends install "${missing[@]}" >"$CACHE/apt-install.log" 2>&1 ||
        { tail -5 "$CACHE/apt-install.log"; return 1; }
}

# Installs Debian packages that are not there yet; false if that cannot be done.
apt_install() { alone apt_install_missing "$@"; }

pip_install_missing() {
    local package missing=()
    for package in "$@"; do
        [ -d "$CACHE/venv/installed/$package" ] || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    [ -x "$CACHE/venv/bin/python" ] || python3 -m venv "$CACHE/venv" || return 1
    note "pip install ${missing[*]}"
    "$CACHE/venv/bin/pip" -q install "${missing[@]}" || return 1
    for package in "${missing[@]}"; do mkdir -p "$CACHE/venv/installed/$package"; done
}

# Makes `python3` one that has these packages; false if that cannot be done.
pip_install() {
    alone pip_install_missing "$@" || return 1
    PATH="$CACHE/venv/bin:$PATH"
}
